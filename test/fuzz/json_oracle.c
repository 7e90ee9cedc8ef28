#include "json_oracle.h"

#include <jansson.h>
#include <string.h>

static void tell(const json_t *j, struct buf *tokens);

static void tell_text(char kind, const char *text, size_t len, struct buf *tokens)
{
	uint64_t count = len;
	buf_add_byte(tokens, (uint8_t)kind);
	buf_add(tokens, &count, sizeof(count));
	buf_add(tokens, text, len);
}

static void tell_number(const json_t *j, struct buf *tokens)
{
	int64_t n = json_integer_value(j);
	double d = json_real_value(j);
	buf_add_byte(tokens, json_is_real(j) ? 'r' : 'i');
	buf_add(tokens, json_is_real(j) ? (void *)&d : (void *)&n, 8);
}

static void tell_array(const json_t *j, struct buf *tokens)
{
	buf_add_byte(tokens, '[');
	for (size_t i = 0; i < json_array_size(j); i++)
		tell(json_array_get(j, i), tokens);
	buf_add_byte(tokens, ']');
}

static void tell_object(const json_t *j, struct buf *tokens)
{
	const char *key;
	json_t *value;
	buf_add_byte(tokens, '{');
	json_object_foreach((json_t *)j, key, value) {
		tell_text('k', key, strlen(key), tokens);
		tell(value, tokens);
	}
	buf_add_byte(tokens, '}');
}

static void tell(const json_t *j, struct buf *tokens)
{
	if (json_is_string(j))
		tell_text('s', json_string_value(j), json_string_length(j), tokens);
	else if (json_is_array(j))
		tell_array(j, tokens);
	else if (json_is_object(j))
		tell_object(j, tokens);
	else if (json_is_number(j))
		tell_number(j, tokens);
	else
		buf_add_byte(tokens, json_is_null(j) ? 'n' : json_is_true(j) ? 't' : 'f');
}

static bool is_beyond(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);
	return code == json_error_numeric_overflow || code == json_error_stack_overflow ||
	    code == json_error_null_byte_in_key;
}

enum oracle json_oracle(const uint8_t *bytes, size_t size, struct buf *tokens)
{
	json_error_t error;
	if (size && memchr(bytes, '\0', size))
		return ORACLE_REFUSES; /* jansson takes it for the end of the text */
	json_t *root = json_loadb((const char *)bytes, size,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!root)
		return is_beyond(&error) ? ORACLE_CANNOT : ORACLE_REFUSES;
	tell(root, tokens);
	json_decref(root);
	return ORACLE_ACCEPTS;
}
