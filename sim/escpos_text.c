/*
 * Characters: bytes to code points by the mode in force (code page, GBK, UTF-8)
 * and on to the line buffer in the style in force; and the commands that set
 * modes and styles.
 */
#include "base/text.h"
#include "codepage.h"
#include "escpos.h"
#include "printer.h"

enum { HT = 0x09, UNKNOWN_CHARACTER = 0xfffd };

/* Many programs send the digits '0' to '9' as parameters: both count. */
static uint8_t number(uint8_t n)
{
	return n >= '0' && n <= '9' ? n - '0' : n;
}

static uint8_t larger(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

static void put(struct escpos *e, uint32_t code, bool wide)
{
	struct style style = e->set.style;

	printer_begin(e->printer);
	if (wide) {
		style.wide = true;
		style.width = larger(e->set.kanji.width, style.width);
		style.height = larger(e->set.kanji.height, style.height);
		style.underline = e->set.kanji.underline;
	}
	uint32_t width = font_width(&style);
	struct cell *cell = line_cell(e, width + e->set.char_spacing * style.width,
	    font_height(&style));
	cell->width = width;
	cell->code = code ? code : UNKNOWN_CHARACTER;
	cell->style = style;
}

static void tab(struct escpos *e)
{
	uint32_t cell = font_width(&e->set.style) + e->set.char_spacing;
	uint32_t at = (uint32_t)e->line.at;

	for (unsigned i = 0; i < e->set.tab_count; i++) {
		if (e->set.tabs[i] > at) {
			e->line.at = e->set.tabs[i];
			return;
		}
	}
	if (!e->set.tab_count)
		e->line.at = (at / (8 * cell) + 1) * 8 * cell;
	if (e->line.at > line_area(e))
		e->line.at = line_area(e);
}

static unsigned utf8_length(uint8_t first)
{
	return first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
}

static void utf8_byte(struct escpos *e, uint8_t byte)
{
	size_t at = 0;

	e->multi[e->multi_len++] = byte;
	if (e->multi_len < utf8_length(e->multi[0]))
		return;
	uint32_t code = utf8_next((struct str){ (const char *)e->multi, e->multi_len }, &at);
	e->multi_len = 0;
	put(e, code, code >= 0x1100 && !font_has(code));
}

/* Two bytes, or four when the second is a digit (GB18030). */
static void gbk_byte(struct escpos *e, uint8_t byte)
{
	e->multi[e->multi_len++] = byte;
	unsigned need = e->multi_len > 1 && e->multi[1] >= 0x30 && e->multi[1] <= 0x39 ? 4 : 2;
	if (e->multi_len < need)
		return;
	uint32_t code = codepage_gbk(e->multi, e->multi_len);
	e->multi_len = 0;
	put(e, code, true);
}

void text_break(struct escpos *e, uint8_t byte)
{
	bool broken = e->set.utf8 ? (byte & 0xc0) != 0x80 : byte < 0x30;

	if (!e->multi_len || !broken)
		return;
	e->multi_len = 0;
	put(e, UNKNOWN_CHARACTER, false);
}

void text_byte(struct escpos *e, uint8_t byte)
{
	if (byte == HT && !e->multi_len)
		tab(e);
	else if (e->set.utf8 && (e->multi_len || byte >= 0x80))
		utf8_byte(e, byte);
	else if (e->set.two_byte && (e->multi_len || (byte >= 0x81 && byte < 0xff)))
		gbk_byte(e, byte);
	else if (byte < 0x7f)
		put(e, codepage_national(e->set.country, byte), false);
	else if (byte > 0x7f)
		put(e, codepage_decode(e->set.codepage, byte), false);
}

/* ESC ! : font, bold, double height, double width and underline in one byte. */
static void esc_print_mode(struct escpos *e, const uint8_t *p, size_t len)
{
	struct style *s = &e->set.style;

	(void)len;
	s->font = p[0] & 1 ? FONT_B : FONT_A;
	s->bold = p[0] & 0x08;
	s->height = p[0] & 0x10 ? 2 : 1;
	s->width = p[0] & 0x20 ? 2 : 1;
	s->underline = p[0] & 0x80 ? 1 : 0;
}

static void esc_font(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.style.font = number(p[0]) == 1 ? FONT_B : FONT_A;
}

/* GS ! : width in the high nibble, height in the low one. */
static void gs_size(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.style.width = (uint8_t)((p[0] >> 4 & 7) + 1);
	e->set.style.height = (uint8_t)((p[0] & 7) + 1);
}

static void esc_bold(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.style.bold = p[0] & 1;
}

static void esc_underline(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (number(p[0]) <= 2)
		e->set.style.underline = number(p[0]);
}

static void gs_reverse(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.style.reverse = p[0] & 1;
}

static void esc_upside_down(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (line_empty(e))
		e->set.upside = p[0] & 1;
}

static void esc_rotate(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.style.rotated = number(p[0]) == 1 || number(p[0]) == 2;
}

static void esc_char_spacing(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.char_spacing = (uint32_t)units_x(e, p[0]);
}

static void esc_codepage(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!codepage_known(p[0]))
		printer_warn(e->printer, "a code page that this printer lacks was selected");
	e->set.codepage = p[0];
}

static void esc_country(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.country = p[0];
}

static void fs_two_byte_on(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	e->set.two_byte = true;
}

static void fs_two_byte_off(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	e->set.two_byte = false;
}

static void fs_print_mode(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.kanji.width = p[0] & 0x04 ? 2 : 1;
	e->set.kanji.height = p[0] & 0x08 ? 2 : 1;
	e->set.kanji.underline = p[0] & 0x80 ? 1 : 0;
}

static void fs_underline(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (number(p[0]) <= 2)
		e->set.kanji.underline = number(p[0]);
}

static void fs_quadruple(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.kanji.width = e->set.kanji.height = p[0] & 1 ? 2 : 1;
}

/* FS ( C fn 48: character encoding, 1 = one byte, 2 = UTF-8. */
static void fs_function(struct escpos *e, const uint8_t *p, size_t len)
{
	if (p[0] == 'C' && len >= 5 && p[3] == 48)
		e->set.utf8 = number(p[4]) == 2;
}

static size_t fs_function_length(const uint8_t *p, size_t have)
{
	return length_prefixed(p, have, 1);
}

/* ESC D: columns in rising order, closed by NUL. */
static size_t tabs_length(const uint8_t *p, size_t have)
{
	return have && (p[have - 1] == 0 || have > TABS_MAX) ? have : have + 1;
}

static void esc_tabs(struct escpos *e, const uint8_t *p, size_t len)
{
	uint32_t cell = font_width(&e->set.style) + e->set.char_spacing;

	e->set.tab_count = 0;
	for (size_t i = 0; i + 1 < len && e->set.tab_count < TABS_MAX; i++)
		e->set.tabs[e->set.tab_count++] = p[i] * cell;
}

/* ESC & : user-defined characters; taken, not drawn. */
static size_t user_chars_length(const uint8_t *p, size_t have)
{
	size_t at = 3;

	if (have < at)
		return at;
	for (unsigned code = p[1]; code <= p[2]; code++) {
		if (have < at + 1)
			return at + 1;
		at += 1 + (size_t)p[at] * p[0];
	}
	return at;
}

const struct command text_commands[] = {
	{ ESC, '!', 1, NULL, esc_print_mode },
	{ ESC, 'M', 1, NULL, esc_font },
	{ GS, '!', 1, NULL, gs_size },
	{ ESC, 'E', 1, NULL, esc_bold },
	{ ESC, 'G', 1, NULL, esc_bold },
	{ ESC, '-', 1, NULL, esc_underline },
	{ GS, 'B', 1, NULL, gs_reverse },
	{ ESC, '{', 1, NULL, esc_upside_down },
	{ ESC, 'V', 1, NULL, esc_rotate },
	{ ESC, ' ', 1, NULL, esc_char_spacing },
	{ ESC, 't', 1, NULL, esc_codepage },
	{ ESC, 'R', 1, NULL, esc_country },
	{ FS, '&', 0, NULL, fs_two_byte_on },
	{ FS, '.', 0, NULL, fs_two_byte_off },
	{ FS, '!', 1, NULL, fs_print_mode },
	{ FS, '-', 1, NULL, fs_underline },
	{ FS, 'W', 1, NULL, fs_quadruple },
	{ FS, '(', 0, fs_function_length, fs_function },
	{ ESC, 'D', 0, tabs_length, esc_tabs },
	{ ESC, '&', 0, user_chars_length, NULL },
	{ ESC, '%', 1, NULL, NULL }, /* user-defined characters on */
	{ ESC, '?', 1, NULL, NULL }, /* forget one of them */
	{ ESC, '4', 1, NULL, NULL }, /* italic, on printers that have it */
	{ ESC, 'r', 1, NULL, NULL }, /* colour */
	{ GS, 'b', 1, NULL, NULL },  /* smoothing */
	{ FS, 'C', 1, NULL, NULL },  /* Japanese code system */
	{ FS, 'S', 2, NULL, NULL },  /* spacing of two-byte characters */
	{ FS, '2', 74, NULL, NULL }, /* user-defined two-byte character */
	{ FS, '?', 2, NULL, NULL },
	{ 0 },
};
