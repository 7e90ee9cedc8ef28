/*
 * Text in the printer's own fonts, and codes that it draws itself. A character is
 * sent in the page in force when that has it, else in the first of the model's that
 * does; styles are sent when they change.
 */
#include <string.h>

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/profile.h"
#include "gfx/barcode.h"
#include "lang/escpos_compose.h"

#define BAR_HEIGHT 80
#define SPACING_MOST 255
#define QR_MODULE 4
#define CODE_BYTES_MOST 255 /* GS k */

static void three(struct buf *out, uint8_t prefix, uint8_t code, unsigned n)
{
	const uint8_t bytes[] = { prefix, code, (uint8_t)n };
	buf_add(out, bytes, sizeof(bytes));
}

void escpos_align(struct escpos_composer *c, enum align align, struct buf *out)
{
	if (c->align == align)
		return;
	c->align = (uint8_t)align;
	three(out, 0x1B, 'a', align);
}

static void set_style(struct escpos_composer *c, const struct run *r, struct buf *out)
{
	struct escpos_style *now = &c->style;
	uint8_t wide = r->wide ? r->wide : 1, high = r->high ? r->high : 1;
	if (now->font_b != r->font_b)
		three(out, 0x1B, 'M', r->font_b);
	if (now->bold != r->bold)
		three(out, 0x1B, 'E', r->bold);
	if (now->underline != r->underline)
		three(out, 0x1B, '-', r->underline);
	if (now->invert != r->invert)
		three(out, 0x1D, 'B', r->invert);
	if (now->red != r->red)
		three(out, 0x1B, 'r', r->red);
	if (now->wide != wide || now->high != high)
		three(out, 0x1D, '!', (unsigned)((wide - 1) << 4 | (high - 1)));
	*now = (struct escpos_style){ r->font_b, r->bold, r->underline, r->invert, r->red, wide,
		high };
}

static const struct codepage *page_with(const struct composing *setup, uint32_t code,
    const char **name)
{
	const char *const *names = setup->abilities->codepages;
	for (; names && *names; names++) {
		const struct codepage *page = codepage_find(str_of(*names));
		if (page && codepage_byte(page, code) &&
		    profile_page_number(setup->profile, *names) >= 0) {
			*name = *names;
			return page;
		}
	}
	return NULL;
}

/* 0 when no page of the model has it. */
static uint8_t encode(struct escpos_composer *c, const struct composing *setup, uint32_t code,
    struct buf *out)
{
	const struct codepage *page = c->page ? codepage_find(str_of(c->page)) : NULL;
	if (code < 0x80)
		return code < 0x20 || code == 0x7f ? 0 : (uint8_t)code;
	if (!page || !codepage_byte(page, code)) {
		page = page_with(setup, code, &c->page);
		if (!page)
			return 0;
		three(out, 0x1B, 't', (unsigned)profile_page_number(setup->profile, c->page));
	}
	return codepage_byte(page, code);
}

static enum err characters(struct escpos_composer *c, const struct composing *setup,
    struct str text, struct buf *out, struct why *why)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t code = utf8_next(text, &at);
		uint8_t byte = encode(c, setup, code, out);
		if (!byte)
			return why_fail(why, E_UNSUPPORTED,
			    "The printer has no letter for U+%04X", (unsigned)code);
		buf_add_byte(out, byte);
	}
	return E_OK;
}

static unsigned line_height(const struct composing *setup, const struct step *s)
{
	unsigned most = 0;
	for (size_t i = 0; i < s->run_count; i++) {
		const struct run *r = &s->runs[i];
		unsigned cell = r->font_b ? setup->abilities->cell_height_b :
		    setup->abilities->cell_height;
		unsigned height = cell * (r->high ? r->high : 1);
		most = height > most ? height : most;
	}
	return most ? most : setup->abilities->cell_height;
}

enum err escpos_letters(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	unsigned spacing = line_height(setup, s) * escpos_row_units(setup);
	enum err err = E_OK;
	spacing = spacing < SPACING_MOST ? spacing : SPACING_MOST;
	if (c->spacing != spacing)
		three(out, 0x1B, '3', spacing);
	c->spacing = (uint8_t)spacing;
	escpos_align(c, s->align, out);
	for (size_t i = 0; i < s->run_count && !err; i++) {
		set_style(c, &s->runs[i], out);
		err = characters(c, setup, s->runs[i].text, out, why);
	}
	buf_add_byte(out, '\n');
	return err;
}

/* GS k function B. */
static const struct {
	enum symbology symbology;
	uint8_t m;
} bars[] = {
	{ SYM_UPC_A, 65 }, { SYM_UPC_E, 66 }, { SYM_EAN13, 67 }, { SYM_EAN8, 68 },
	{ SYM_CODE39, 69 }, { SYM_ITF, 70 }, { SYM_CODABAR, 71 }, { SYM_CODE93, 72 },
	{ SYM_CODE128, 73 },
};

/* CODE128 begins with its code set; a literal brace is doubled. */
static void bar_data(uint8_t m, struct str content, struct buf *out)
{
	size_t length_at = out->len;
	buf_add_byte(out, 0);
	if (m == 73)
		buf_puts(out, "{B");
	for (size_t i = 0; i < content.len; i++) {
		buf_add_byte(out, (uint8_t)content.ptr[i]);
		if (m == 73 && content.ptr[i] == '{')
			buf_add_byte(out, '{');
	}
	if (!out->failed)
		out->ptr[length_at] = (uint8_t)(out->len - length_at - 1);
}

static void bar(const struct step *s, uint8_t m, struct buf *out)
{
	unsigned module = s->module < 2 ? 2 : s->module > 6 ? 6 : s->module;
	unsigned height = s->height ? s->height : BAR_HEIGHT;
	const uint8_t gs_k[] = { 0x1D, 'k', m };
	three(out, 0x1D, 'h', height < 255 ? height : 255);
	three(out, 0x1D, 'w', module);
	three(out, 0x1D, 'H', s->hri ? 2 : 0);
	buf_add(out, gs_k, sizeof(gs_k));
	bar_data(m, s->content, out);
}

/* GS ( k pL pH cn fn, then `data`. */
static void symbol(struct buf *out, uint8_t cn, uint8_t fn, struct str data)
{
	size_t len = data.len + 2;
	const uint8_t head[] = { 0x1D, '(', 'k', (uint8_t)len, (uint8_t)(len >> 8), cn, fn };
	buf_add(out, head, sizeof(head));
	buf_add_str(out, data);
}

static void symbol_number(struct buf *out, uint8_t cn, uint8_t fn, unsigned n)
{
	char byte = (char)n;
	symbol(out, cn, fn, (struct str){ &byte, 1 });
}

static void store_and_print(struct buf *out, uint8_t cn, struct str content)
{
	size_t len = content.len + 3;
	const uint8_t head[] = { 0x1D, '(', 'k', (uint8_t)len, (uint8_t)(len >> 8), cn, 80, 48 };
	buf_add(out, head, sizeof(head));
	buf_add_str(out, content);
	symbol_number(out, cn, 81, 48);
}

static void qr(const struct step *s, struct buf *out)
{
	unsigned module = s->module ? s->module : QR_MODULE;
	symbol(out, 49, 65, (struct str){ "2\0", 2 }); /* model 2 */
	symbol_number(out, 49, 67, module < 16 ? module : 16);
	symbol_number(out, 49, 69, 48 + (s->level ? (s->level - 1u) & 3 : 1));
	store_and_print(out, 49, s->content);
}

static void pdf417(const struct step *s, struct buf *out)
{
	unsigned module = s->module < 2 ? 2 : s->module > 8 ? 8 : s->module;
	const char level[] = { 48, (char)(48 + (s->level < 8 ? s->level : 8)) };
	symbol_number(out, 48, 67, module);
	symbol_number(out, 48, 68, 3);
	symbol(out, 48, 69, (struct str){ level, 2 });
	store_and_print(out, 48, s->content);
}

enum err escpos_code(struct escpos_composer *c, const struct step *s, struct buf *out,
    struct why *why)
{
	escpos_align(c, s->align, out);
	if (s->symbology == SYM_QR)
		qr(s, out);
	else if (s->symbology == SYM_PDF417)
		pdf417(s, out);
	for (size_t i = 0; i < COUNT_OF(bars); i++) {
		if ((int)bars[i].symbology != s->symbology)
			continue;
		size_t braces = 2;
		for (size_t j = 0; j < s->content.len; j++)
			braces += s->content.ptr[j] == '{';
		if (s->content.len + braces > CODE_BYTES_MOST)
			return why_fail(why, E_FIELD, "A bar code of %zu bytes is too long",
			    s->content.len);
		bar(s, bars[i].m, out);
	}
	return E_OK;
}
