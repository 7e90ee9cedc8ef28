/*
 * The lexer says where commands are; the rows of three tables say what they do.
 */
#include "lang/escpos_paint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/profile.h"
#include "lang/escpos_lex.h"
#include "lang/escpos_painter.h"

#define LINE_SPACING 30 /* 3.75 mm at 203 dpi */

enum { HT = 0x09, LF = 0x0a, FF = 0x0c, ESC = 0x1b, FS = 0x1c, GS = 0x1d };

static unsigned dpi(const struct escpos_painter *e)
{
	return e->setup->abilities->dpi;
}

/* A number that means nothing is taken for 0, as printers do. */
static const struct codepage *page_numbered(const struct profile *p, unsigned number)
{
	const struct codepage *usual = codepage_numbered(number);
	if (!p || !p->pages[0].name)
		return usual ? usual : codepage_numbered(0);
	for (const struct profile_page *has = p->pages; has->name; has++)
		if (has->number == number)
			return codepage_find(str_of(has->name));
	return codepage_find(str_of(p->pages[0].name));
}

static void reset(struct escpos_painter *e)
{
	e->set = (struct paint_settings){
		.letter = { .wide = 1, .high = 1 },
		.page = page_numbered(e->setup->profile, 0),
		.spacing = LINE_SPACING,
		.unit_x = dpi(e),
		.unit_y = dpi(e),
		.bar_height = 162,
		.bar_width = 3,
	};
	e->count = 0;
	e->at = e->end = 0;
	e->lead = 0;
	paint_codes_reset(e);
}

static uint8_t number(uint8_t n)
{
	return n >= '0' && n <= '9' ? n - '0' : n;
}

static void esc_at(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	reset(e);
}

static void esc_mode(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	struct letter *l = &e->set.letter;
	(void)len;
	l->font_b = p[0] & 0x01;
	l->bold = p[0] & 0x08;
	l->high = p[0] & 0x10 ? 2 : 1;
	l->wide = p[0] & 0x20 ? 2 : 1;
	l->underline = p[0] & 0x80 ? 1 : 0;
}

static void esc_font(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.letter.font_b = number(p[0]) == 1;
}

static void gs_size(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.letter.wide = (uint8_t)((p[0] >> 4 & 7) + 1);
	e->set.letter.high = (uint8_t)((p[0] & 7) + 1);
}

static void esc_bold(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.letter.bold = p[0] & 1;
}

static void esc_underline(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (number(p[0]) <= 2)
		e->set.letter.underline = number(p[0]);
}

static void gs_invert(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.letter.invert = p[0] & 1;
}

static void esc_turn(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.letter.turned = number(p[0]) == 1 || number(p[0]) == 2;
}

static void esc_page(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.page = page_numbered(e->setup->profile, p[0]);
}

static void fs_two_bytes(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	e->set.two_byte = true;
}

static void fs_one_byte(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	e->set.two_byte = false;
}

static void cut(struct escpos_painter *e, unsigned feed)
{
	paint_flush(e);
	roll_feed(&e->roll, (uint64_t)paint_units(dpi(e), e->set.unit_y, feed));
	roll_cut(&e->roll);
}

static void gs_cut(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	cut(e, len > 1 ? p[1] : 0);
}

static void esc_cut(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	cut(e, 0);
}

static const struct paint_row letter_rows[] = {
	{ ESC, '@', 0, esc_at },
	{ ESC, '!', 1, esc_mode },
	{ ESC, 'M', 1, esc_font },
	{ GS, '!', 1, gs_size },
	{ ESC, 'E', 1, esc_bold },
	{ ESC, 'G', 1, esc_bold },
	{ ESC, '-', 1, esc_underline },
	{ GS, 'B', 1, gs_invert },
	{ ESC, 'V', 1, esc_turn },
	{ ESC, 't', 1, esc_page },
	{ FS, '&', 0, fs_two_bytes },
	{ FS, '.', 0, fs_one_byte },
	{ GS, 'V', 1, gs_cut },
	{ ESC, 'i', 0, esc_cut },
	{ ESC, 'm', 0, esc_cut },
	{ 0 },
};

static const struct paint_row *const tables[] = {
	letter_rows, paint_line_rows, paint_picture_rows, paint_code_rows,
};

static void command(struct escpos_painter *e, const struct escpos_token *t)
{
	e->lead = 0;
	if (!t->whole || t->len < 2)
		return;
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct paint_row *r = tables[i]; r->prefix; r++)
			if (r->prefix == t->bytes[0] && r->code == t->bytes[1] &&
			    t->len - 2 >= r->least)
				r->fn(e, t->bytes + 2, t->len - 2);
}

/* Two-byte characters are not in our fonts: each is a box of its width. */
static void character(struct escpos_painter *e, uint8_t b)
{
	if (e->lead) {
		e->lead = 0;
		paint_letter(e, 0xFFFD, true);
	} else if (e->set.two_byte && b >= 0x81 && b < 0xff) {
		e->lead = b;
	} else if (b == HT) {
		paint_tab(e);
	} else if (b == LF || b == FF) {
		paint_line(e, e->set.spacing);
	} else if (b >= 0x20 && b != 0x7f) {
		uint32_t code = codepage_code(e->set.page, b);
		paint_letter(e, code ? code : 0xFFFD, false);
	}
}

enum err escpos_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why)
{
	struct escpos_painter *e = mem_alloc(sizeof(*e));
	struct escpos_token t;
	e->setup = setup;
	roll_init(&e->roll, setup->abilities->width_dots, take, arg, why);
	reset(e);
	for (size_t at = 0; !e->roll.err && escpos_lex(bytes, &at, &t);) {
		if (t.command)
			command(e, &t);
		else
			character(e, t.bytes[0]);
	}
	paint_flush(e);
	enum err err = roll_finish(&e->roll);
	free(e);
	return err;
}

static bool ends_line(const struct escpos_token *t)
{
	uint8_t code = t->len > 1 ? t->bytes[1] : 0;
	return t->bytes[0] == ESC ? code == 'd' || code == 'J' || code == 'i' || code == 'm' :
	    t->bytes[0] == GS && code == 'V';
}

static void text_of_command(const struct escpos_token *t, const struct profile *profile,
    const struct codepage **page, struct buf *out)
{
	bool esc = t->bytes[0] == ESC && t->len > 1;
	if (esc && t->bytes[1] == '@')
		*page = page_numbered(profile, 0);
	else if (esc && t->bytes[1] == 't' && t->len > 2)
		*page = page_numbered(profile, t->bytes[2]);
	else if (ends_line(t) && out->len && out->ptr[out->len - 1] != '\n')
		buf_add_byte(out, '\n');
}

void escpos_text(struct str bytes, const struct profile *profile, struct buf *out)
{
	const struct codepage *page = page_numbered(profile, 0);
	struct escpos_token t;
	for (size_t at = 0; !out->failed && escpos_lex(bytes, &at, &t);) {
		uint8_t b = t.bytes[0];
		char utf8[4];
		if (t.command)
			text_of_command(&t, profile, &page, out);
		else if (b == LF || b == HT || (b >= 0x20 && b < 0x7f))
			buf_add_byte(out, b);
		else if (b >= 0x80 && codepage_code(page, b))
			buf_add(out, utf8, utf8_encode(codepage_code(page, b), utf8));
	}
}
