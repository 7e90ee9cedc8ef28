/*
 * Our reader against jansson: both accept or both refuse, and what they accept
 * they tell alike. Then our writer's text of it is read again.
 */
#include "base/json.h"

#include <string.h>

#include "fuzz.h"
#include "json_oracle.h"

#define TOKENS_MAX (1 << 24)

static void tell(const struct json *v, struct buf *tokens);

static void tell_text(char kind, struct str s, struct buf *tokens)
{
	uint64_t count = s.len;
	buf_add_byte(tokens, (uint8_t)kind);
	buf_add(tokens, &count, sizeof(count));
	buf_add_str(tokens, s);
}

static bool is_real(const struct json *v)
{
	struct str s = json_source(v);
	return memchr(s.ptr, '.', s.len) || memchr(s.ptr, 'e', s.len) || memchr(s.ptr, 'E', s.len);
}

static void tell_number(const struct json *v, struct buf *tokens)
{
	int64_t n = 0;
	double d = 0;
	bool real = is_real(v);
	MUST(real ? json_double(v, &d) : json_int(v, &n));
	buf_add_byte(tokens, real ? 'r' : 'i');
	buf_add(tokens, real ? (void *)&d : (void *)&n, 8);
	/* a whole number is the same by both ways, as far as a double is exact */
	if (real && json_int(v, &n) && n > -(1LL << 53) && n < 1LL << 53)
		MUST((double)n == d);
}

static void tell_container(const struct json *v, const char *brackets, struct buf *tokens)
{
	size_t count = 0;
	buf_add_byte(tokens, (uint8_t)brackets[0]);
	for (const struct json *m = json_first(v); m; m = json_next(m), count++) {
		if (json_is(v, JSON_OBJECT))
			tell_text('k', json_key(m), tokens);
		tell(m, tokens);
	}
	MUST(count == json_count(v));
	buf_add_byte(tokens, (uint8_t)brackets[1]);
}

static void tell(const struct json *v, struct buf *tokens)
{
	switch (json_type(v)) {
	case JSON_NULL:
		buf_add_byte(tokens, 'n');
		break;
	case JSON_BOOL:
		buf_add_byte(tokens, json_bool(v, false) ? 't' : 'f');
		break;
	case JSON_NUMBER:
		tell_number(v, tokens);
		break;
	case JSON_STRING:
		tell_text('s', json_string(v), tokens);
		break;
	case JSON_ARRAY:
		tell_container(v, "[]", tokens);
		break;
	case JSON_OBJECT:
		tell_container(v, "{}", tokens);
		break;
	}
}

static void write_again(const struct json *v, struct json_w *w);

static void write_object(const struct json *v, struct json_w *w)
{
	json_w_object(w);
	for (const struct json *m = json_first(v); m; m = json_next(m)) {
		char *key = strndup(json_key(m).ptr, json_key(m).len);
		MUST(json_get(v, key) == m);
		json_w_key(w, key);
		free(key);
		write_again(m, w);
	}
	json_w_object_end(w);
}

static void write_again(const struct json *v, struct json_w *w)
{
	if (json_is(v, JSON_OBJECT)) {
		write_object(v, w);
	} else if (json_is(v, JSON_ARRAY)) {
		json_w_array(w);
		for (const struct json *e = json_first(v); e; e = json_next(e))
			write_again(e, w);
		json_w_array_end(w);
	} else if (json_is(v, JSON_STRING)) {
		json_w_str(w, json_string(v));
	} else {
		json_w_raw(w, json_source(v));
	}
}

static void read_written(const struct json *root, const struct json_limits *limits,
    struct buf *tokens)
{
	struct buf text, again;
	struct json_doc *doc;
	buf_init(&text, TOKENS_MAX);
	buf_init(&again, TOKENS_MAX);
	struct json_w w = json_w(&text);
	write_again(root, &w);
	MUST(!text.failed);
	MUST(json_parse(buf_str(&text), limits, &doc, NULL) == E_OK);
	tell(json_root(doc), &again);
	MUST(str_eq(buf_str(tokens), buf_str(&again)));
	json_destroy(doc);
	buf_finish(&text);
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct json_limits limits = { .depth = 2048 };
	struct json_doc *doc = NULL;
	struct why why = { 0 };
	struct buf theirs, ours;
	buf_init(&theirs, TOKENS_MAX);
	buf_init(&ours, TOKENS_MAX);
	enum oracle oracle = json_oracle(bytes, size, &theirs);
	enum err err = json_parse((struct str){ (const char *)bytes, size }, &limits, &doc, &why);
	if (oracle == ORACLE_ACCEPTS && !err) {
		tell(json_root(doc), &ours);
		MUST(str_eq(buf_str(&theirs), buf_str(&ours)));
		read_written(json_root(doc), &limits, &ours);
	}
	if (oracle != ORACLE_CANNOT && !strstr(why.text, "too deeply"))
		MUST((oracle == ORACLE_ACCEPTS) == !err);
	json_destroy(doc);
	buf_finish(&theirs);
	buf_finish(&ours);
	return 0;
}
