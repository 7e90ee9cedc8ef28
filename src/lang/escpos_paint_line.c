/*
 * The line: letters and column pictures wait until something prints them, because
 * only then are their places known; they stand on a common base line.
 */
#include <string.h>

#include "lang/escpos_painter.h"

#define DRAWN_ROWS 24

enum { ESC = 0x1b, GS = 0x1d };

static unsigned dpi(const struct escpos_painter *e)
{
	return e->setup->abilities->dpi;
}

int64_t paint_units(unsigned per_inch, unsigned unit, int64_t n)
{
	return (2 * n * per_inch + unit) / (2 * (int64_t)unit);
}

static uint32_t margin(const struct escpos_painter *e)
{
	return e->set.margin < e->roll.dots.width_dots ? e->set.margin : 0;
}

uint32_t paint_area(const struct escpos_painter *e)
{
	uint32_t room = e->roll.dots.width_dots - margin(e);
	return e->set.area && e->set.area < room ? e->set.area : room;
}

int64_t paint_left(const struct escpos_painter *e, int64_t width)
{
	int64_t rest = (int64_t)paint_area(e) - width;
	return margin(e) + (rest > 0 ? rest * e->set.align / 2 : 0);
}

static struct paint_item *add(struct escpos_painter *e, uint32_t advance, uint32_t height)
{
	if (e->count && (e->at + advance > paint_area(e) || e->count == PAINT_ITEMS))
		paint_line(e, e->set.spacing);
	struct paint_item *item = &e->items[e->count++];
	*item = (struct paint_item){ .x = e->at, .width = advance, .height = height };
	e->at += advance;
	if (e->at > e->end)
		e->end = e->at;
	return item;
}

void paint_letter(struct escpos_painter *e, uint32_t code, bool wide)
{
	struct letter l = e->set.letter;
	uint32_t width = letter_width(&l) * (wide ? 2 : 1);
	struct paint_item *item = add(e, width + e->set.char_spacing * l.wide,
	    letter_height(&l));
	item->code = code;
	item->letter = l;
	if (wide)
		item->letter.wide = l.wide < 4 ? (uint8_t)(2 * l.wide) : 8;
}

void paint_tab(struct escpos_painter *e)
{
	uint32_t cell = letter_width(&e->set.letter) + e->set.char_spacing;
	int64_t to = (e->at / (8 * cell) + 1) * 8 * cell;
	for (unsigned i = 0; i < e->set.tab_count; i++) {
		if (e->set.tabs[i] > e->at) {
			e->at = e->set.tabs[i];
			return;
		}
	}
	if (!e->set.tab_count)
		e->at = to < paint_area(e) ? to : paint_area(e);
}

static bool column_dot(const struct paint_item *item, uint32_t x, uint32_t y)
{
	return item->columns[x * item->depth + y / 8] >> (7 - y % 8) & 1;
}

static void draw_columns(struct escpos_painter *e, const struct paint_item *item, int64_t left,
    int64_t top)
{
	for (uint32_t x = 0; x < item->count; x++)
		for (uint32_t y = 0; y < item->depth * 8; y++)
			if (column_dot(item, x, y))
				bitmap_fill(&e->roll.dots, left + x * item->sx,
				    top + y * item->sy, item->sx, item->sy, true);
}

void paint_line(struct escpos_painter *e, uint32_t feed)
{
	uint32_t top = e->roll.y, height = 0;
	int64_t left = paint_left(e, e->end);
	for (unsigned i = 0; i < e->count; i++)
		height = e->items[i].height > height ? e->items[i].height : height;
	if (!roll_feed(&e->roll, height > feed ? height : feed))
		e->count = 0;
	for (unsigned i = 0; i < e->count; i++) {
		const struct paint_item *item = &e->items[i];
		int64_t y = (int64_t)top + height - item->height;
		if (item->columns)
			draw_columns(e, item, left + item->x, y);
		else
			letter_draw(&item->letter, item->code, &e->roll.dots, left + item->x, y);
	}
	e->count = 0;
	e->at = e->end = 0;
}

void paint_flush(struct escpos_painter *e)
{
	if (e->count)
		paint_line(e, e->set.spacing);
}

/* ESC * m nL nH: 8 dots three times as high, or 24; odd m at full density. */
void paint_columns(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	unsigned depth = p[0] >= 32 ? 3 : 1, sx = p[0] & 1 ? 1 : 2;
	uint32_t count = paint_word(p + 1), room = paint_area(e) / sx;
	if (len < 3 + (size_t)count * depth || !count)
		return;
	count = count < room ? count : room;
	struct paint_item *item = add(e, count * sx, DRAWN_ROWS);
	item->columns = p + 3;
	item->count = count;
	item->depth = depth;
	item->sx = sx;
	item->sy = depth == 3 ? 1 : 3;
}

static void esc_spacing(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.spacing = (uint32_t)paint_units(dpi(e), e->set.unit_y, p[0]);
}

static void esc_spacing_usual(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)p, (void)len;
	e->set.spacing = 30;
}

static void esc_feed_dots(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	paint_line(e, (uint32_t)paint_units(dpi(e), e->set.unit_y, p[0]));
}

static void esc_feed_lines(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	paint_line(e, p[0] * e->set.spacing);
}

static void esc_align(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	uint8_t n = p[0] >= '0' ? p[0] - '0' : p[0];
	(void)len;
	if (n <= 2 && !e->count)
		e->set.align = n;
}

static void esc_char_spacing(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.char_spacing = (uint32_t)paint_units(dpi(e), e->set.unit_x, p[0]);
}

static void gs_margin(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!e->count)
		e->set.margin = (uint32_t)paint_units(dpi(e), e->set.unit_x, paint_word(p));
}

static void gs_area(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!e->count)
		e->set.area = (uint32_t)paint_units(dpi(e), e->set.unit_x, paint_word(p));
}

static void gs_units(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.unit_x = p[0] ? p[0] : dpi(e);
	e->set.unit_y = p[1] ? p[1] : dpi(e);
}

static void move(struct escpos_painter *e, int64_t x)
{
	if (x >= 0 && x <= paint_area(e))
		e->at = x;
}

static void esc_position(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	move(e, paint_units(dpi(e), e->set.unit_x, paint_word(p)));
}

static void esc_move(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	(void)len;
	move(e, e->at + (int16_t)paint_word(p) * (int64_t)dpi(e) / (int64_t)e->set.unit_x);
}

static void esc_tabs(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	uint32_t cell = letter_width(&e->set.letter) + e->set.char_spacing;
	e->set.tab_count = 0;
	for (size_t i = 0; i < len && p[i] && e->set.tab_count < PAINT_TABS; i++)
		e->set.tabs[e->set.tab_count++] = p[i] * cell;
}

const struct paint_row paint_line_rows[] = {
	{ ESC, '2', 0, esc_spacing_usual },
	{ ESC, '3', 1, esc_spacing },
	{ ESC, 'J', 1, esc_feed_dots },
	{ ESC, 'd', 1, esc_feed_lines },
	{ ESC, 'a', 1, esc_align },
	{ ESC, ' ', 1, esc_char_spacing },
	{ ESC, '$', 2, esc_position },
	{ ESC, '\\', 2, esc_move },
	{ ESC, 'D', 0, esc_tabs },
	{ GS, 'L', 2, gs_margin },
	{ GS, 'W', 2, gs_area },
	{ GS, 'P', 2, gs_units },
	{ 0 },
};
