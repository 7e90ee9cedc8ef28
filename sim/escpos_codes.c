/*
 * Bar codes (GS k) and two-dimensional codes (GS ( k). zint knows the
 * symbologies; module sizes, heights and the text below are ours.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "escpos.h"
#include "gfx/barcode.h"
#include "printer.h"

enum { CODE_SIDE_MAX = 4096 };

/* Each module of `m` as w x h dots. */
static void draw_modules(const struct block *b, const struct modules *m, unsigned w, unsigned h)
{
	for (unsigned y = 0; b->canvas.dots && y < m->rows; y++) {
		for (unsigned x = 0; x < m->cols; x++) {
			if (m->cell[y * m->cols + x])
				canvas_fill(&b->canvas, b->x + x * w, b->y + y * h, w, h);
		}
	}
}

/* Bar codes */

struct bar {
	enum symbology symbology;
	const char *name;
};

/* m of form A counts from 0, of form B from 65. */
static const struct bar bars[] = {
	{ SYM_UPC_A, "UPC-A" }, { SYM_UPC_E, "UPC-E" }, { SYM_EAN13, "EAN13" },
	{ SYM_EAN8, "EAN8" }, { SYM_CODE39, "CODE39" }, { SYM_ITF, "ITF" },
	{ SYM_CODABAR, "CODABAR" }, { SYM_CODE93, "CODE93" }, { SYM_CODE128, "CODE128" },
	{ SYM_GS1_128, "GS1-128" }, { SYM_DATABAR, "GS1-DATABAR" },
};

static size_t bar_length(const uint8_t *p, size_t have)
{
	if (!have)
		return 1;
	if (p[0] >= 65 && p[0] <= 79)
		return have < 2 ? 2 : 2 + (size_t)p[1];
	if (p[0] > 6)
		return 1;
	return have > 1 && (p[have - 1] == 0 || have > 256) ? have : have + 1;
}

static void code128_byte(struct buf *out, uint8_t set, uint8_t byte)
{
	if (set == 'C' && byte < 100)
		buf_printf(out, "%02u", byte);
	else
		buf_add_byte(out, byte);
}

/* {A {B {C choose the set, {{ is a brace, {1 to {4 functions; zint chooses its
 * own sets, so only what they spell matters. False: no set was chosen. */
static bool code128_text(const uint8_t *p, size_t len, struct buf *out)
{
	uint8_t set = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] != '{' || i + 1 == len) {
			code128_byte(out, set, p[i]);
			continue;
		}
		i++;
		if (p[i] >= 'A' && p[i] <= 'C')
			set = p[i];
		else if (p[i] == '{')
			buf_add_byte(out, '{');
	}
	return set != 0;
}

static void upper(struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		if (text->ptr[i] >= 'a' && text->ptr[i] <= 'z')
			text->ptr[i] -= 'a' - 'A';
	}
}

/* EAN and UPC-A without their last digit: the printer finds it. */
static void add_check_digit(enum symbology symbology, struct buf *text)
{
	static const size_t lengths[] = { [SYM_UPC_A] = 11, [SYM_EAN13] = 12, [SYM_EAN8] = 7 };
	unsigned sum = 0;

	if (symbology >= COUNT_OF(lengths) || !text->len || text->len != lengths[symbology])
		return;
	for (size_t i = 0; i < text->len; i++)
		sum += (text->ptr[i] - '0') * ((text->len - i) % 2 ? 3u : 1u);
	buf_add_byte(text, (uint8_t)('0' + (10 - sum % 10) % 10));
}

static void draw_hri(struct escpos *e, const struct block *b, int64_t y, uint32_t width,
    struct str text)
{
	struct style style = { .font = e->set.hri_font & 1 ? FONT_B : FONT_A, .width = 1,
		.height = 1 };
	struct glyph glyph;
	uint32_t cell = font_width(&style);
	int64_t x = b->x + ((int64_t)width - (int64_t)text.len * cell) / 2;

	for (size_t i = 0; b->canvas.dots && i < text.len; i++, x += cell) {
		uint8_t byte = (uint8_t)text.ptr[i];
		struct picture picture = { glyph.rows, GLYPH_STRIDE, 0, 0, 1, 1 };
		font_draw(byte < 0x20 ? ' ' : byte, &style, &glyph);
		picture.width = glyph.width;
		picture.height = glyph.height;
		canvas_draw(&b->canvas, x, y, &picture);
	}
}

static void print_bar(struct escpos *e, const struct bar *bar, const struct modules *m,
    struct str text)
{
	struct style style = { .font = e->set.hri_font & 1 ? FONT_B : FONT_A, .width = 1,
		.height = 1 };
	uint32_t letters = font_height(&style) + 2;
	uint32_t above = e->set.hri & 1 ? letters : 0, below = e->set.hri & 2 ? letters : 0;
	uint32_t width = m->cols * e->set.bar_width, height = above + e->set.bar_height + below;

	if (width > line_area(e)) {
		printer_warn(e->printer, "a bar code is wider than the paper: not printed");
		line_print(e, e->set.bar_height);
		return;
	}
	struct block b = block_begin(e, width, height);
	struct mark mark = { .kind = MARK_CODE, .x = b.mark_x, .y = b.mark_y + above,
		.width = width, .height = e->set.bar_height, .type = bar->name };
	block_mark(e, &mark, text);
	if (above)
		draw_hri(e, &b, b.y, width, text);
	if (below)
		draw_hri(e, &b, b.y + height - letters + 2, width, text);
	b.y += above;
	draw_modules(&b, m, e->set.bar_width, e->set.bar_height);
	block_end(e, width, height);
}

static void bar_code(struct escpos *e, const struct bar *bar, const uint8_t *p, size_t len)
{
	struct modules modules;
	struct why why;
	struct buf text;

	buf_init(&text, 1024);
	if (bar->symbology != SYM_CODE128)
		buf_add(&text, p, len);
	else if (!code128_text(p, len, &text))
		printer_warn(e->printer, "CODE128 without a code set ({A, {B or {C)");
	add_check_digit(bar->symbology, &text);
	if (bar->symbology == SYM_CODE39 || bar->symbology == SYM_CODABAR)
		upper(&text);
	if (barcode_make(bar->symbology, buf_str(&text), NULL, &modules, &why) == E_OK)
		print_bar(e, bar, &modules, buf_str(&text));
	else
		printer_warn(e->printer, "a bar code's data do not fit its symbology: not printed");
	modules_finish(&modules);
	buf_finish(&text);
}

static void gs_bar(struct escpos *e, const uint8_t *p, size_t len)
{
	unsigned index = p[0] >= 65 ? p[0] - 65u : p[0];
	size_t head = p[0] >= 65 ? 2 : 1, tail = p[0] >= 65 ? 0 : 1;

	if (len < head + tail || (p[0] > 6 && p[0] < 65)) {
		printer_unknown(e->printer, "1D 6B %02X", p[0]);
		return;
	}
	if (!line_empty(e) && !e->page.on) {
		printer_warn(e->printer, "a bar code with text in the line buffer");
		if (e->printer->opt.model->strict)
			return;
	}
	if (index < COUNT_OF(bars))
		bar_code(e, &bars[index], p + head, len - head - tail);
	else
		printer_warn(e->printer, "a GS1 DataBar of a kind that is not printed");
}

static void gs_bar_height(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (p[0])
		e->set.bar_height = p[0];
}

static void gs_bar_width(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (p[0] >= 1 && p[0] <= 6)
		e->set.bar_width = p[0];
}

static void gs_hri(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.hri = (p[0] >= '0' ? p[0] - '0' : p[0]) & 3;
}

static void gs_hri_font(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.hri_font = p[0] & 1;
}

/* Two-dimensional codes: cn fn ... */

struct family_row {
	uint8_t cn;
	enum symbology symbology;
	const char *name;
	struct symbol standard;
};

static const struct family_row families[] = {
	[FAMILY_PDF417] = { 48, SYM_PDF417, "PDF417", { .module = 3, .row_height = 3 } },
	[FAMILY_QR] = { 49, SYM_QR, "QR", { .module = 3, .level = 1, .model = 50 } },
	[FAMILY_MAXICODE] = { 50, SYM_MAXICODE, "MAXICODE", { .module = 1 } },
	[FAMILY_AZTEC] = { 53, SYM_AZTEC, "AZTEC", { .module = 3 } },
	[FAMILY_DATAMATRIX] = { 54, SYM_DATAMATRIX, "DATAMATRIX", { .module = 3 } },
};

void codes_reset(struct escpos *e)
{
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		struct buf data = e->symbols[i].data;
		buf_clear(&data);
		e->symbols[i] = families[i].standard;
		e->symbols[i].data = data;
	}
}

static enum err make(struct escpos *e, enum family family, struct modules *m)
{
	const struct symbol *s = &e->symbols[family];
	struct barcode_options options = { .level = s->level, .columns = s->columns };
	enum symbology symbology = families[family].symbology;
	struct why why;

	if (family == FAMILY_QR && s->model == 51)
		symbology = SYM_MICRO_QR;
	return barcode_make(symbology, buf_str(&s->data), &options, m, &why);
}

struct extent {
	uint32_t width, height;
	unsigned module_height;
};

static struct extent extent_of(const struct symbol *s, enum family family,
    const struct modules *m)
{
	unsigned high = family == FAMILY_PDF417 ? s->module * s->row_height : s->module;

	return (struct extent){ m->cols * s->module, m->rows * high, high };
}

static bool printable(const struct escpos *e, const struct extent *x)
{
	return x->width <= line_area(e) && x->height <= CODE_SIDE_MAX;
}

static void symbol_print(struct escpos *e, enum family family)
{
	struct symbol *s = &e->symbols[family];
	struct modules m;

	if (make(e, family, &m) != E_OK) {
		printer_warn(e->printer, "a code's data are missing or do not fit: not printed");
		return;
	}
	struct extent x = extent_of(s, family, &m);
	if (printable(e, &x)) {
		struct block b = block_begin(e, x.width, x.height);
		struct mark mark = { .kind = MARK_CODE, .x = b.mark_x, .y = b.mark_y,
			.width = x.width, .height = x.height, .type = families[family].name };
		block_mark(e, &mark, buf_str(&s->data));
		draw_modules(&b, &m, s->module, x.module_height);
		block_end(e, x.width, x.height);
	} else {
		printer_warn(e->printer, "a code is wider than the paper: not printed");
	}
	modules_finish(&m);
}

/* fn 82: 37 36 width 1F height 1F 31 1F printable 00 */
static void symbol_size(struct escpos *e, enum family family)
{
	struct modules m;
	struct extent x = { 0 };
	bool fits = make(e, family, &m) == E_OK;
	char reply[64] = "\x37\x36";

	if (fits)
		x = extent_of(&e->symbols[family], family, &m);
	fits = fits && printable(e, &x);
	int n = snprintf(reply + 2, sizeof reply - 2, "%u\x1f%u\x1f" "1\x1f%c", x.width, x.height,
	    fits ? '0' : '1');
	printer_reply(e->printer, reply, (size_t)n + 3);
	modules_finish(&m);
}

static uint8_t clamp(uint8_t n, uint8_t low, uint8_t high)
{
	return n < low ? low : n > high ? high : n;
}

/* Settings differ by family: the same fn means another thing. */
static void pdf417_set(struct symbol *s, uint8_t fn, const uint8_t *p, size_t len)
{
	switch (fn) {
	case 65: s->columns = p[0]; break;
	case 67: s->module = clamp(p[0], 1, 8); break;
	case 68: s->row_height = clamp(p[0], 2, 8); break;
	case 69: s->level = p[0] == 48 && len > 1 ? clamp(p[1], 48, 56) - 48 : 0; break;
	default: break;
	}
}

static void qr_set(struct symbol *s, uint8_t fn, const uint8_t *p)
{
	switch (fn) {
	case 65: s->model = p[0]; break;
	case 67: s->module = clamp(p[0], 1, 16); break;
	case 69: s->level = clamp(p[0], 48, 51) - 47; break;
	default: break;
	}
}

static void symbol_set(struct escpos *e, enum family family, const uint8_t *p, size_t len)
{
	struct symbol *s = &e->symbols[family];
	uint8_t fn = p[1];

	if (family == FAMILY_PDF417)
		pdf417_set(s, fn, p + 2, len - 2);
	else if (family == FAMILY_QR)
		qr_set(s, fn, p + 2);
	else if (fn == 67 && family != FAMILY_MAXICODE)
		s->module = clamp(p[2], 1, 16);
}

void codes_function(struct escpos *e, const uint8_t *p, size_t len)
{
	enum family family = FAMILY_PDF417;

	while (family < FAMILY_COUNT && (len < 3 || families[family].cn != p[0]))
		family++;
	if (family == FAMILY_COUNT) {
		printer_unknown(e->printer, "1D 28 6B cn %u", len ? p[0] : 0u);
		return;
	}
	switch (p[1]) {
	case 80:
		buf_clear(&e->symbols[family].data);
		buf_add(&e->symbols[family].data, p + 3, len - 3);
		break;
	case 81:
		symbol_print(e, family);
		break;
	case 82:
		symbol_size(e, family);
		break;
	default:
		symbol_set(e, family, p, len);
		break;
	}
}

const struct command code_commands[] = {
	{ GS, 'k', 0, bar_length, gs_bar },
	{ GS, 'h', 1, NULL, gs_bar_height },
	{ GS, 'w', 1, NULL, gs_bar_width },
	{ GS, 'H', 1, NULL, gs_hri },
	{ GS, 'f', 1, NULL, gs_hri_font },
	{ 0 },
};
