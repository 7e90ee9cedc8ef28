/*
 * Letters wait until something prints their line, because only then is its place
 * known. One function per command that draws; the rest passes by.
 */
#include "lang/star_paint.h"

#include <stdlib.h>

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "gfx/barcode.h"
#include "lang/letter.h"
#include "lang/roll.h"
#include "lang/star_compose.h"
#include "lang/star_lex.h"

#define LINE_LETTERS 512
#define LINE_FEED 32     /* dots: 4 mm, 3 mm after ESC 0 */
#define LARGEST 6

struct item {
	struct letter letter;
	uint32_t code;
	int64_t x;
};

struct star {
	const struct composing *setup;
	struct roll roll;
	struct star_lexer lexer;
	struct letter letter;
	const struct codepage *page;
	uint8_t align;
	uint32_t spacing;
	struct item items[LINE_LETTERS];
	unsigned count;
	int64_t at;
	struct str qr;
	uint8_t qr_level, qr_module;
	bool cut_at_end;         /* ESC * r E */
};

typedef void paint_fn(struct star *s, const uint8_t *p, size_t len);

static void reset(struct star *s)
{
	s->letter = (struct letter){ .wide = 1, .high = 1 };
	s->page = star_page(s->setup->profile, 0);
	s->align = 0;
	s->spacing = LINE_FEED;
	s->qr_level = 0;
	s->qr_module = 3;
	s->cut_at_end = true;
}

static int64_t left_of(const struct star *s, int64_t width)
{
	int64_t rest = (int64_t)s->roll.dots.width_dots - width;
	return rest > 0 ? rest * s->align / 2 : 0;
}

static void line(struct star *s, uint32_t feed)
{
	uint32_t top = s->roll.y, height = 0;
	int64_t left = left_of(s, s->at);
	for (unsigned i = 0; i < s->count; i++)
		if (letter_height(&s->items[i].letter) > height)
			height = letter_height(&s->items[i].letter);
	if (!roll_feed(&s->roll, height > feed ? height : feed))
		s->count = 0;
	for (unsigned i = 0; i < s->count; i++) {
		const struct item *item = &s->items[i];
		letter_draw(&item->letter, item->code, &s->roll.dots, left + item->x,
		    (int64_t)top + height - letter_height(&item->letter));
	}
	s->count = 0;
	s->at = 0;
}

static void flush(struct star *s)
{
	if (s->count)
		line(s, s->spacing);
}

static void letter(struct star *s, uint8_t byte)
{
	uint32_t code = codepage_code(s->page, byte), width = letter_width(&s->letter);
	if (byte < 0x20 || byte == 0x7f)
		return;
	if (s->at + width > s->roll.dots.width_dots || s->count == LINE_LETTERS)
		flush(s);
	s->items[s->count++] = (struct item){ s->letter, code ? code : 0xFFFD, s->at };
	s->at += width;
}

/* --- letters ------------------------------------------------------------------ */

static uint8_t number(uint8_t n)
{
	return n >= '0' ? n - '0' : n;
}

static void esc_at(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	reset(s);
}

static void font(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->letter.font_b = number(p[0]) == 1;
}

static void page(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->page = star_page(s->setup->profile, p[0]);
}

static void bold_on(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.bold = true;
}

static void bold_off(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.bold = false;
}

static void invert_on(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.invert = true;
}

static void invert_off(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.invert = false;
}

static void underline(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->letter.underline = number(p[0]) == 1;
}

static uint8_t times(uint8_t n)
{
	n = number(n);
	return n < LARGEST ? n + 1 : LARGEST;
}

static void size(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->letter.high = times(p[0]);
	s->letter.wide = times(p[1]);
}

static void wide(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->letter.wide = times(p[0]);
}

static void high(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->letter.high = times(p[0]);
}

static void twice_wide(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.wide = 2;
}

static void once_wide(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->letter.wide = 1;
}

static void align(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	flush(s);
	if (number(p[0]) <= 2)
		s->align = number(p[0]);
}

static void tab(struct star *s, const uint8_t *p, size_t len)
{
	int64_t cell = 8 * (int64_t)letter_width(&s->letter);
	(void)p, (void)len;
	s->at = (s->at / cell + 1) * cell;
}

/* --- feeds and cuts ----------------------------------------------------------- */

static void lf(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	line(s, s->spacing);
}

static void feed_lines(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	line(s, number(p[0]) * s->spacing);
}

/* ESC I n: an eighth of a millimetre each; ESC J n: a quarter. */
static void feed_dots(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	line(s, p[0]);
}

static void feed_quarters(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	line(s, 2u * p[0]);
}

static void narrow_lines(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	s->spacing = LINE_FEED * 3 / 4;
}

static void spacing(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	s->spacing = number(p[0]) == 1 ? LINE_FEED : LINE_FEED * 3 / 4;
}

static void cut(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	flush(s);
	roll_cut(&s->roll);
}

/* --- pictures ------------------------------------------------------------------ */

static unsigned word(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static void block(struct star *s, const uint8_t *p, size_t len)
{
	size_t bytes = word(p + 1), rows = word(p + 3);
	flush(s);
	uint32_t top = s->roll.y;
	if (len - 6 == bytes * rows && bytes && roll_feed(&s->roll, rows))
		bitmap_draw(&s->roll.dots, left_of(s, (int64_t)bytes * 8), top, p + 6, bytes,
		    (uint32_t)bytes * 8, (uint32_t)rows, 1, 1);
}

/* `b` prints its row and goes on to the next, `k` stays. */
static void raster_row(struct star *s, const struct star_token *t)
{
	uint32_t top = s->roll.y;
	if (!roll_feed(&s->roll, 1))
		return;
	if (t->params.len)
		bitmap_draw(&s->roll.dots, 0, top, (const uint8_t *)t->params.ptr, t->params.len,
		    (uint32_t)t->params.len * 8, 1, 1, 1);
	if (*t->name.ptr == 'k')
		s->roll.y = top;
}

static unsigned decimal(const uint8_t *p, size_t len)
{
	unsigned n = 0;
	for (size_t i = 0; i < len && p[i] >= '0' && p[i] <= '9' && n < ROLL_ROWS_MAX; i++)
		n = n * 10 + (p[i] - '0');
	return n;
}

static void raster_enter(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	flush(s);
}

static void raster_feed(struct star *s, const uint8_t *p, size_t len)
{
	roll_feed(&s->roll, decimal(p, len));
}

/* 1 is nothing, 2 and 3 feed only; the others cut. */
static void raster_end(struct star *s, const uint8_t *p, size_t len)
{
	unsigned n = decimal(p, len);
	s->cut_at_end = !n || n > 3;
}

static void raster_page(struct star *s, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	if (s->cut_at_end)
		roll_cut(&s->roll);
}

/* --- codes ------------------------------------------------------------------------ */

static void draw(struct star *s, enum symbology symbology, struct str content,
    const struct barcode_options *options, unsigned module, unsigned height)
{
	struct modules m = { 0 };
	flush(s);
	uint32_t top = s->roll.y;
	if (barcode_make(symbology, content, options, &m, NULL))
		return;
	height = m.rows > 1 ? module : height;
	int64_t left = left_of(s, (int64_t)m.cols * module);
	if (roll_feed(&s->roll, (uint64_t)m.rows * height))
		for (unsigned i = 0; i < m.rows * m.cols; i++)
			if (m.cell[i])
				bitmap_fill(&s->roll.dots, left + i % m.cols * module,
				    top + i / m.cols * height, module, height, true);
	modules_finish(&m);
}

static const struct {
	uint8_t n;
	enum symbology symbology;
} bars[] = {
	{ 0, SYM_UPC_E }, { 1, SYM_UPC_A }, { 2, SYM_EAN8 }, { 3, SYM_EAN13 },
	{ 4, SYM_CODE39 }, { 5, SYM_ITF }, { 6, SYM_CODE128 }, { 7, SYM_CODE93 },
	{ 8, SYM_CODABAR },
};

/* ESC b kind readable width height content RS */
static void barcode(struct star *s, const uint8_t *p, size_t len)
{
	if (len < 5)
		return;
	struct str content = { (const char *)p + 4, len - 5 };
	unsigned module = number(p[2]) % 3;
	for (size_t i = 0; i < COUNT_OF(bars); i++)
		if (bars[i].n == number(p[0]))
			draw(s, bars[i].symbology, content, NULL, module ? module + 1 : 4, p[3]);
	if (number(p[1]) % 2)
		return;
	for (size_t i = 0; i < content.len; i++)
		letter(s, (uint8_t)content.ptr[i]);
	line(s, s->spacing);
}

static void qr_set(struct star *s, const uint8_t *p, size_t len)
{
	(void)len;
	if (number(p[0]) == 1)
		s->qr_level = number(p[1]) & 3;
	if (number(p[0]) == 2)
		s->qr_module = p[1] >= 1 && p[1] <= 8 ? p[1] : 3;
}

static void qr_keep(struct star *s, const uint8_t *p, size_t len)
{
	s->qr = (struct str){ (const char *)p + 3, len - 3 };
}

static void qr_print(struct star *s, const uint8_t *p, size_t len)
{
	struct barcode_options options = { .level = s->qr_level + 1u };
	(void)p, (void)len;
	if (s->qr.len)
		draw(s, SYM_QR, s->qr, &options, s->qr_module, 0);
}

static const struct {
	const char *name;
	paint_fn *run;
} draws[] = {
	{ "\x1B@", esc_at }, { "\x1B\x1E" "F", font }, { "\x1B\x1D" "t", page },
	{ "\x1B" "E", bold_on }, { "\x1B" "F", bold_off }, { "\x1B" "4", invert_on },
	{ "\x1B" "5", invert_off }, { "\x1B-", underline }, { "\x1B" "i", size },
	{ "\x1B" "W", wide }, { "\x1B" "h", high }, { "\x0E", twice_wide },
	{ "\x14", once_wide }, { "\x1B\x1D" "a", align }, { "\x09", tab }, { "\x0A", lf },
	{ "\x1B" "a", feed_lines }, { "\x1B" "I", feed_dots }, { "\x1B" "J", feed_quarters },
	{ "\x1B" "0", narrow_lines }, { "\x1B" "z", spacing }, { "\x1B" "d", cut },
	{ "\x1B\x1D" "S", block }, { "\x1B*rA", raster_enter }, { "\x1B*rY", raster_feed },
	{ "\x1B*rE", raster_end }, { "\x1B\x0C", raster_page }, { "\x1B" "b", barcode },
	{ "\x1B\x1D" "yS", qr_set }, { "\x1B\x1D" "yD1", qr_keep }, { "\x1B\x1D" "yP", qr_print },
};

static void run(struct star *s, const struct star_token *t)
{
	for (size_t i = 0; i < COUNT_OF(draws); i++)
		if (star_is(t, draws[i].name))
			draws[i].run(s, (const uint8_t *)t->params.ptr, t->params.len);
}

enum err star_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why)
{
	struct star *s = mem_alloc(sizeof(*s));
	struct star_token t;
	s->setup = setup;
	s->lexer.bytes = bytes;
	roll_init(&s->roll, setup->abilities->width_dots, take, arg, why);
	reset(s);
	while (!s->roll.err && star_lex(&s->lexer, &t)) {
		if (t.kind == STAR_LETTER && !s->lexer.raster)
			letter(s, (uint8_t)*t.name.ptr);
		else if (t.kind == STAR_ROW)
			raster_row(s, &t);
		else
			run(s, &t);
	}
	flush(s);
	enum err err = roll_finish(&s->roll);
	free(s);
	return err;
}

static bool ends_line(const struct star_token *t)
{
	static const char *const names[] = { "\x0A", "\x1B" "I", "\x1B" "J", "\x1B" "a",
		"\x1B" "d" };
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (star_is(t, names[i]))
			return true;
	return false;
}

static void text_of_letter(const struct codepage *page, uint8_t byte, struct buf *out)
{
	uint32_t code = codepage_code(page, byte);
	char utf8[4];
	if (code >= 0x20 && code != 0x7f)
		buf_add(out, utf8, utf8_encode(code, utf8));
}

void star_text(struct str bytes, const struct profile *profile, struct buf *out)
{
	const struct codepage *now = star_page(profile, 0);
	struct star_lexer l = { .bytes = bytes };
	struct star_token t;
	while (!out->failed && star_lex(&l, &t)) {
		if (t.kind == STAR_LETTER && !l.raster)
			text_of_letter(now, (uint8_t)*t.name.ptr, out);
		else if (star_is(&t, "\x1B\x1D" "t"))
			now = star_page(profile, (uint8_t)*t.params.ptr);
		else if (star_is(&t, "\x1B@"))
			now = star_page(profile, 0);
		else if (ends_line(&t) && out->len && out->ptr[out->len - 1] != '\n')
			buf_add_byte(out, '\n');
	}
}
