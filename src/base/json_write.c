/*
 * The writer keeps one bit of state: whether the next value needs a comma
 * before it. Values set it, openings and keys clear it.
 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

struct json_w json_w(struct buf *out)
{
	return (struct json_w){ .out = out };
}

/* Between two values; `after` is whether one may follow what comes now. */
static void begin(struct json_w *w, bool after)
{
	if (w->comma)
		buf_add_byte(w->out, ',');
	w->comma = after;
}

static void open(struct json_w *w, uint8_t bracket)
{
	begin(w, false);
	buf_add_byte(w->out, bracket);
}

static void close(struct json_w *w, uint8_t bracket)
{
	buf_add_byte(w->out, bracket);
	w->comma = true;
}

void json_w_object(struct json_w *w)
{
	open(w, '{');
}

void json_w_object_end(struct json_w *w)
{
	close(w, '}');
}

void json_w_array(struct json_w *w)
{
	open(w, '[');
}

void json_w_array_end(struct json_w *w)
{
	close(w, ']');
}

static const char *short_escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	}
	return NULL;
}

static bool is_plain(char c)
{
	return c >= ' ' && c != '"' && c != '\\' && (unsigned char)c < 0x80;
}

/* One character that is not plain ASCII. */
static void put_special(struct buf *out, struct str s, size_t *at)
{
	char c = s.ptr[*at], utf8[4];
	const char *escape = short_escape(c);
	uint32_t code = utf8_next(s, at);
	if (escape)
		buf_puts(out, escape);
	else if (code < ' ')
		buf_printf(out, "\\u%04x", (unsigned)code);
	else
		buf_add(out, utf8, utf8_encode(code, utf8));
}

static void put_string(struct buf *out, struct str s)
{
	buf_add_byte(out, '"');
	for (size_t at = 0; at < s.len;) {
		size_t from = at;
		while (at < s.len && is_plain(s.ptr[at]))
			at++;
		buf_add(out, s.ptr + from, at - from);
		if (at < s.len)
			put_special(out, s, &at);
	}
	buf_add_byte(out, '"');
}

void json_w_key(struct json_w *w, const char *key)
{
	begin(w, false);
	put_string(w->out, str_of(key));
	buf_add_byte(w->out, ':');
}

void json_w_str(struct json_w *w, struct str s)
{
	begin(w, true);
	put_string(w->out, s);
}

void json_w_raw(struct json_w *w, struct str json)
{
	begin(w, true);
	buf_add_str(w->out, json);
}

void json_w_null(struct json_w *w)
{
	json_w_raw(w, STR("null"));
}

void json_w_text(struct json_w *w, const char *text)
{
	if (text)
		json_w_str(w, str_of(text));
	else
		json_w_null(w);
}

void json_w_int(struct json_w *w, int64_t n)
{
	begin(w, true);
	buf_printf(w->out, "%" PRId64, n);
}

/* The shortest text that reads back as the same number. */
void json_w_double(struct json_w *w, double n)
{
	char text[40];
	if (!isfinite(n)) {
		json_w_null(w);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, n);
		if (strtod(text, NULL) == n)
			break;
	}
	json_w_raw(w, str_of(text));
}

void json_w_bool(struct json_w *w, bool b)
{
	json_w_raw(w, b ? STR("true") : STR("false"));
}

void json_w_text_field(struct json_w *w, const char *key, const char *text)
{
	json_w_key(w, key);
	json_w_text(w, text);
}

void json_w_str_field(struct json_w *w, const char *key, struct str s)
{
	json_w_key(w, key);
	json_w_str(w, s);
}

void json_w_int_field(struct json_w *w, const char *key, int64_t n)
{
	json_w_key(w, key);
	json_w_int(w, n);
}

void json_w_bool_field(struct json_w *w, const char *key, bool b)
{
	json_w_key(w, key);
	json_w_bool(w, b);
}
