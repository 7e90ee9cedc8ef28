/*
 * Bar codes (GS k) and symbols (GS ( k): zint has their modules, the rest is size.
 * What does not fit the paper is not printed, as printers do.
 */
#include <string.h>

#include "base/mem.h"
#include "gfx/barcode.h"
#include "lang/escpos_painter.h"

#define TEXT_MOST 1024
#define SIDE_MOST 4096
#define LETTER_GAP 2

enum { GS = 0x1d };

static void draw_modules(struct escpos_painter *e, const struct modules *m, int64_t x, uint32_t y,
    unsigned wide, unsigned high)
{
	for (unsigned row = 0; row < m->rows; row++)
		for (unsigned col = 0; col < m->cols; col++)
			if (m->cell[row * m->cols + col])
				bitmap_fill(&e->roll.dots, x + col * wide, y + row * high, wide,
				    high, true);
}

static const enum symbology bars[] = {
	SYM_UPC_A, SYM_UPC_E, SYM_EAN13, SYM_EAN8, SYM_CODE39, SYM_ITF, SYM_CODABAR, SYM_CODE93,
	SYM_CODE128, SYM_GS1_128, SYM_DATABAR,
};

/* {A, {B and {C choose a code set, {{ is a brace; in C a byte is two digits. */
static void code128(const uint8_t *p, size_t len, struct buf *out)
{
	bool pairs = false;
	for (size_t i = 0; i < len; i++) {
		bool escape = p[i] == '{' && i + 1 < len;
		if (escape && p[++i] != '{')
			pairs = p[i] >= 'A' && p[i] <= 'C' ? p[i] == 'C' : pairs;
		else if (pairs && p[i] < 100)
			buf_printf(out, "%02u", p[i]);
		else
			buf_add_byte(out, p[i]);
	}
}

static void add_check_digit(enum symbology symbology, struct buf *text)
{
	size_t want = symbology == SYM_UPC_A ? 11 : symbology == SYM_EAN13 ? 12 :
	    symbology == SYM_EAN8 ? 7 : 0;
	unsigned sum = 0;
	if (!want || text->len != want)
		return;
	for (size_t i = 0; i < want; i++)
		sum += (unsigned)(text->ptr[i] - '0') * ((want - i) % 2 ? 3 : 1);
	buf_add_byte(text, (uint8_t)('0' + (10 - sum % 10) % 10));
}

static void spell(enum symbology symbology, const uint8_t *p, size_t len, struct buf *text)
{
	if (symbology == SYM_CODE128)
		code128(p, len, text);
	else
		buf_add(text, p, len);
	add_check_digit(symbology, text);
	bool capitals = symbology == SYM_CODE39 || symbology == SYM_CODABAR;
	for (size_t i = 0; capitals && i < text->len; i++)
		if (text->ptr[i] >= 'a' && text->ptr[i] <= 'z')
			text->ptr[i] = (uint8_t)(text->ptr[i] - 'a' + 'A');
}

static void draw_text(struct escpos_painter *e, int64_t x, uint32_t y, uint32_t width,
    struct str text)
{
	struct letter l = { .font_b = e->set.hri_font & 1, .wide = 1, .high = 1 };
	uint32_t cell = letter_width(&l);
	x += ((int64_t)width - (int64_t)text.len * cell) / 2;
	for (size_t i = 0; i < text.len; i++, x += cell) {
		uint8_t byte = (uint8_t)text.ptr[i];
		letter_draw(&l, byte < 0x20 ? ' ' : byte, &e->roll.dots, x, y);
	}
}

static void draw_bar(struct escpos_painter *e, const struct modules *m, struct str text)
{
	struct letter l = { .font_b = e->set.hri_font & 1, .wide = 1, .high = 1 };
	uint32_t letters = letter_height(&l) + LETTER_GAP, width = m->cols * e->set.bar_width;
	uint32_t above = e->set.hri & 1 ? letters : 0, below = e->set.hri & 2 ? letters : 0;
	uint32_t height = above + e->set.bar_height + below, top;
	if (width > paint_area(e)) {
		paint_line(e, e->set.bar_height);
		return;
	}
	paint_flush(e);
	top = e->roll.y;
	if (!roll_feed(&e->roll, height))
		return;
	int64_t x = paint_left(e, width);
	if (above)
		draw_text(e, x, top, width, text);
	if (below)
		draw_text(e, x, top + height - letters + LETTER_GAP, width, text);
	draw_modules(e, m, x, top + above, e->set.bar_width, e->set.bar_height);
}

/* k: m data NUL, or m n data. */
static void gs_k(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	size_t head = p[0] >= 65 ? 2 : 1, tail = p[0] >= 65 ? 0 : 1;
	unsigned index = p[0] >= 65 ? p[0] - 65u : p[0];
	struct modules m = { 0 };
	struct buf text;
	if (len < head + tail || index >= COUNT_OF(bars) || (p[0] > 6 && p[0] < 65))
		return;
	buf_init(&text, TEXT_MOST);
	spell(bars[index], p + head, len - head - tail, &text);
	if (!barcode_make(bars[index], buf_str(&text), NULL, &m, NULL))
		draw_bar(e, &m, buf_str(&text));
	modules_finish(&m);
	buf_finish(&text);
}

static void gs_h(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.bar_height = p[0] ? p[0] : e->set.bar_height;
}

static void gs_w(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.bar_width = p[0] && p[0] <= 6 ? p[0] : e->set.bar_width;
}

static void gs_hri(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.hri = (p[0] >= '0' ? p[0] - '0' : p[0]) & 3;
}

static void gs_f(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.hri_font = p[0];
}

static const struct {
	uint8_t cn;
	enum symbology symbology;
	struct paint_symbol usual;
} kinds[PAINT_SYMBOLS] = {
	[PAINT_PDF417] = { 48, SYM_PDF417, { .module = 3, .row_height = 3 } },
	[PAINT_QR] = { 49, SYM_QR, { .module = 3, .level = 1, .model = 50 } },
	[PAINT_MAXICODE] = { 50, SYM_MAXICODE, { .module = 1 } },
	[PAINT_AZTEC] = { 53, SYM_AZTEC, { .module = 3 } },
	[PAINT_DATAMATRIX] = { 54, SYM_DATAMATRIX, { .module = 3 } },
};

void paint_codes_reset(struct escpos_painter *e)
{
	for (size_t i = 0; i < PAINT_SYMBOLS; i++) {
		struct str data = e->symbols[i].data;
		e->symbols[i] = kinds[i].usual;
		e->symbols[i].data = data;
	}
}

static void print(struct escpos_painter *e, enum paint_symbols kind)
{
	const struct paint_symbol *s = &e->symbols[kind];
	struct barcode_options options = { .level = s->level, .columns = s->columns };
	bool micro = kind == PAINT_QR && s->model == 51;
	struct modules m = { 0 };
	if (barcode_make(micro ? SYM_MICRO_QR : kinds[kind].symbology, s->data, &options, &m, NULL))
		return;
	unsigned high = kind == PAINT_PDF417 ? s->module * s->row_height : s->module;
	uint32_t width = m.cols * s->module, height = m.rows * high;
	if (width <= paint_area(e) && height <= SIDE_MOST) {
		paint_flush(e);
		uint32_t top = e->roll.y;
		if (roll_feed(&e->roll, height))
			draw_modules(e, &m, paint_left(e, width), top, s->module, high);
	}
	modules_finish(&m);
}

static uint8_t within(uint8_t n, uint8_t low, uint8_t high)
{
	return n < low ? low : n > high ? high : n;
}

static void set_pdf417(struct paint_symbol *s, uint8_t fn, const uint8_t *p, size_t len)
{
	if (fn == 65)
		s->columns = p[0];
	else if (fn == 67)
		s->module = within(p[0], 1, 8);
	else if (fn == 68)
		s->row_height = within(p[0], 2, 8);
	else if (fn == 69)
		s->level = p[0] == 48 && len > 1 ? within(p[1], 48, 56) - 48 : 0;
}

static void set(struct escpos_painter *e, enum paint_symbols kind, const uint8_t *p, size_t len)
{
	struct paint_symbol *s = &e->symbols[kind];
	if (kind == PAINT_PDF417)
		set_pdf417(s, p[1], p + 2, len - 2);
	else if (p[1] == 67 && kind != PAINT_MAXICODE)
		s->module = within(p[2], 1, 16);
	else if (p[1] == 65 && kind == PAINT_QR)
		s->model = p[2];
	else if (p[1] == 69 && kind == PAINT_QR)
		s->level = within(p[2], 48, 51) - 47;
}

/* ( k pL pH cn fn ... */
static void gs_paren_k(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	if (p[0] != 'k' || len < 6)
		return;
	for (enum paint_symbols kind = 0; kind < PAINT_SYMBOLS; kind++) {
		if (kinds[kind].cn != p[3])
			continue;
		if (p[4] == 80)
			e->symbols[kind].data = (struct str){ (const char *)p + 6, len - 6 };
		else if (p[4] == 81)
			print(e, kind);
		else
			set(e, kind, p + 3, len - 3);
	}
}

const struct paint_row paint_code_rows[] = {
	{ GS, 'k', 2, gs_k },
	{ GS, 'h', 1, gs_h },
	{ GS, 'w', 1, gs_w },
	{ GS, 'H', 1, gs_hri },
	{ GS, 'f', 1, gs_f },
	{ GS, '(', 3, gs_paren_k },
	{ 0 },
};
