/*
 * Strings are where the megabytes are. The scan takes sixteen bytes at a time,
 * which the compiler turns into whatever vectors the machine has; escapes are
 * checked while scanning and resolved only when somebody wants the string.
 */
#include "base/json.h"

#include <string.h>

#include "base/json_value.h"
#include "base/text.h"

typedef uint8_t block __attribute__((vector_size(16)));

static block splat(uint8_t byte)
{
	return (block){ 0 } + byte;
}

static bool any(block b)
{
	uint64_t halves[2];
	memcpy(halves, &b, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

/* The first quote, backslash or control character; `*high` is set if there
 * was anything beyond ASCII before it. */
static const char *scan_plain(const char *at, const char *end, bool *high)
{
	const block quote = splat('"'), backslash = splat('\\'), space = splat(' ');
	block seen = splat(0), bytes;
	for (; (size_t)(end - at) >= sizeof(block); at += sizeof(block)) {
		memcpy(&bytes, at, sizeof(bytes));
		if (any((block)((bytes == quote) | (bytes == backslash) | (bytes < space))))
			break;
		seen |= bytes;
	}
	uint8_t rest = 0;
	while (at < end && *at != '"' && *at != '\\' && (uint8_t)*at >= ' ')
		rest |= (uint8_t)*at++;
	*high |= any(seen & splat(0x80)) || rest & 0x80;
	return at;
}

static bool hex4(const char *at, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i], l = (char)(c | 0x20);
		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32_t)(c - '0');
		else if (l >= 'a' && l <= 'f')
			*unit = *unit << 4 | (uint32_t)(l - 'a' + 10);
		else
			return false;
	}
	return true;
}

static const char escape_letters[] = "\"\\/bfnrt";
static const char escape_values[] = "\"\\/\b\f\n\r\t";

/* \uXXXX at `*at`, advancing over it. */
static bool read_unit(const char **at, const char *end, uint32_t *unit)
{
	if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' || !hex4(*at + 2, unit))
		return false;
	*at += 6;
	return true;
}

/* The escape at `*at`, advancing over it; a pair of surrogates is one. */
static bool read_escape(const char **at, const char *end, uint32_t *code)
{
	const char *p = *at, *letter;
	uint32_t low;
	if (end - p >= 2 && p[1] && (letter = strchr(escape_letters, p[1]))) {
		*code = (uint8_t)escape_values[letter - escape_letters];
		*at += 2;
		return true;
	}
	if (!read_unit(&p, end, code) || (*code >= 0xdc00 && *code <= 0xdfff))
		return false;
	if (*code >= 0xd800 && *code <= 0xdbff) {
		if (!read_unit(&p, end, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	}
	*at = p;
	return true;
}

const char *json_string_scan(const char **at, const char *end, struct str *inner, bool *escaped)
{
	const char *start = ++*at;
	bool high = false;
	uint32_t code;
	*escaped = false;
	for (;;) {
		*at = scan_plain(*at, end, &high);
		if (*at == end)
			return "the string has no end";
		if (**at == '"')
			break;
		if (**at != '\\')
			return "a control character in a string";
		if (!read_escape(at, end, &code))
			return "this escape is not valid";
		*escaped = true;
	}
	*inner = (struct str){ start, (size_t)(*at - start) };
	if (high && !utf8_valid(*inner)) {
		*at = start;
		return "the string is not UTF-8";
	}
	++*at;
	return NULL;
}

struct str json_string_decode(struct json_doc *doc, struct str inner)
{
	char *out = json_doc_take(doc, inner.len), *to = out;
	const char *at = inner.ptr, *end = inner.ptr + inner.len;
	while (at < end) {
		const char *backslash = memchr(at, '\\', (size_t)(end - at));
		size_t plain = (size_t)((backslash ? backslash : end) - at);
		memcpy(to, at, plain);
		to += plain;
		at += plain;
		uint32_t code;
		char utf8[4];
		if (at == end || !read_escape(&at, end, &code))
			break;
		size_t len = utf8_encode(code, utf8);
		memcpy(to, utf8, len);
		to += len;
	}
	return (struct str){ out, (size_t)(to - out) };
}

/* Decodes at the first call: the one change that a `const` value knows, and
 * nobody can see. */
struct str json_string(const struct json *v)
{
	if (!json_is(v, JSON_STRING))
		return STR_NONE;
	if (v->escaped) {
		struct json *own = (struct json *)v;
		struct str inner = { v->source.ptr + 1, v->source.len - 2 };
		own->string = json_string_decode(v->doc, inner);
		own->escaped = false;
	}
	return v->string;
}
