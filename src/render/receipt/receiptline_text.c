/*
 * Decorations toggle, sizes replace one another; both end with the column.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/receiptline.h"

static const struct size {
	uint8_t wide, high;
} sizes[] = {
	{ 1, 1 }, { 2, 1 }, { 1, 2 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 }, { 6, 6 },
};

void line_text_clear(struct line_text *t)
{
	buf_clear(&t->bytes);
	t->count = 0;
}

void line_text_finish(struct line_text *t)
{
	buf_finish(&t->bytes);
	free(t->runs);
	free(t->offsets);
}

/* What follows is in this style. */
static void begin_run(struct line_text *t, const struct run *style)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->runs = mem_grow(t->runs, t->cap, sizeof *t->runs);
		t->offsets = mem_grow(t->offsets, t->cap, sizeof *t->offsets);
	}
	t->runs[t->count] = *style;
	t->offsets[t->count++] = t->bytes.len;
}

static size_t carets(struct str text, size_t at)
{
	size_t n = 0;

	while (at + n < text.len && text.ptr[at + n] == '^')
		n++;
	return n;
}

static void set_size(struct run *style, size_t count)
{
	const struct size *s = &sizes[count < COUNT_OF(sizes) ? count : COUNT_OF(sizes) - 1];

	if (style->wide == s->wide && style->high == s->high)
		s = &sizes[0];
	style->wide = s->wide;
	style->high = s->high;
}

/* True when `c` is a decoration: the style is then another one. */
static bool decorate(struct run *style, char c)
{
	switch (c) {
	case '_':
		style->underline = !style->underline;
		return true;
	case '"':
		style->bold = !style->bold;
		return true;
	case '`':
		style->invert = !style->invert;
		return true;
	default:
		return false;
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* After a backslash; returns how many bytes of `rest` it took. */
static size_t add_escape(struct line_text *t, struct str rest)
{
	if (rest.len == 0)
		return 0;
	if (strchr("\\|{}-=~_\"`^", rest.ptr[0]) && rest.ptr[0])
		buf_add_byte(&t->bytes, (uint8_t)rest.ptr[0]);
	if (rest.ptr[0] == 'n')
		buf_add_byte(&t->bytes, '\n');
	if (rest.ptr[0] == 'x' && rest.len > 2 && hex_value(rest.ptr[1]) >= 0 &&
	    hex_value(rest.ptr[2]) >= 0) {
		uint32_t code = (uint32_t)(hex_value(rest.ptr[1]) * 16 + hex_value(rest.ptr[2]));
		char bytes[4];
		if (code >= 0x20 && !(code >= 0x7f && code < 0xa0))
			buf_add(&t->bytes, bytes, utf8_encode(code, bytes));
		return 3;
	}
	size_t at = 0;
	utf8_next(rest, &at);
	return at;
}

static bool is_control(char c)
{
	return (uint8_t)c < 0x20 || c == 0x7f;
}

void line_text_add(struct line_text *t, struct str text, bool first_line)
{
	struct run style = { .wide = 1, .high = 1 };

	begin_run(t, &style);
	for (size_t at = 0; at < text.len;) {
		char c = text.ptr[at];
		if (first_line && c == '\\' && at + 1 < text.len && text.ptr[at + 1] == 'n')
			return;
		if (c == '\\') {
			at += 1 + add_escape(t, str_from(text, at + 1));
		} else if (c == '^') {
			size_t count = carets(text, at);
			set_size(&style, count);
			begin_run(t, &style);
			at += count;
		} else {
			if (decorate(&style, c))
				begin_run(t, &style);
			else if (!is_control(c))
				buf_add_byte(&t->bytes, c == '~' ? ' ' : (uint8_t)c);
			at++;
		}
	}
}

struct run *line_text_runs(struct line_text *t)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t end = i + 1 < t->count ? t->offsets[i + 1] : t->bytes.len;
		t->runs[i].text = str_head(str_from(buf_str(&t->bytes), t->offsets[i]),
		    end - t->offsets[i]);
	}
	return t->runs;
}
