/*
 * The line buffer. Characters are collected until something prints the line;
 * only then are their places known (alignment, common base line), they are
 * drawn, and the line becomes one mark. Codes and pictures are blocks: they
 * end the line before them and take rows of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "escpos.h"
#include "printer.h"

enum { LINE_TEXT_MAX = 8192 };

static struct paper *paper_of(struct escpos *e)
{
	return &e->printer->paper;
}

static struct bitmap *dots_of(struct escpos *e)
{
	return paper_of(e)->draw ? &paper_of(e)->dots : NULL;
}

uint32_t line_area(const struct escpos *e)
{
	uint32_t width = e->printer->paper.dots.width_dots;
	uint32_t margin = e->set.margin < width ? e->set.margin : 0;

	if (e->page.on)
		return canvas_length(&e->page.area);
	if (!e->set.area || e->set.area > width - margin)
		return width - margin;
	return e->set.area;
}

static int64_t left_margin(const struct escpos *e)
{
	return e->set.margin < e->printer->paper.dots.width_dots ? e->set.margin : 0;
}

static int64_t align(const struct escpos *e, int64_t width)
{
	int64_t rest = (int64_t)line_area(e) - width;

	return e->page.on || rest < 0 ? 0 : rest * e->set.align / 2;
}

bool line_empty(const struct escpos *e)
{
	return e->line.count == 0;
}

void line_clear(struct escpos *e)
{
	for (unsigned i = 0; i < e->line.count; i++)
		bitmap_finish(&e->line.cells[i].picture);
	free(e->line.cells);
	e->line = (struct line){ 0 };
}

struct cell *line_cell(struct escpos *e, uint32_t width, uint32_t height)
{
	struct line *line = &e->line;

	if (line->count && (line->at + width > line_area(e) || line->count == LINE_CELLS))
		line_print(e, e->set.spacing);
	if (line->count == line->cap) {
		line->cap = line->cap ? line->cap * 2 : 48;
		line->cells = mem_grow(line->cells, line->cap, sizeof *line->cells);
	}
	struct cell *cell = &line->cells[line->count++];
	*cell = (struct cell){ .x = line->at, .width = width, .height = height };
	line->at += width;
	if (line->at > line->end)
		line->end = line->at;
	return cell;
}

static uint32_t line_height(const struct line *line)
{
	uint32_t height = 0;

	for (unsigned i = 0; i < line->count; i++) {
		if (line->cells[i].height > height)
			height = line->cells[i].height;
	}
	return height;
}

static void draw_cell(const struct canvas *canvas, const struct cell *cell, int64_t x, int64_t y)
{
	struct glyph glyph;
	struct picture picture = { glyph.rows, GLYPH_STRIDE, 0, 0, 1, 1 };

	if (!cell->code) {
		picture = (struct picture){ cell->picture.rows, cell->picture.stride,
			cell->picture.width_dots, cell->picture.height_dots, cell->sx, cell->sy };
	} else {
		font_draw(cell->code, &cell->style, &glyph);
		picture.width = glyph.width;
		picture.height = glyph.height;
	}
	canvas_draw(canvas, x, y, &picture);
}

/* Their bottoms on `base`. */
static void draw_cells(struct escpos *e, const struct canvas *canvas, int64_t x, int64_t base)
{
	if (!canvas->dots)
		return;
	for (unsigned i = 0; i < e->line.count; i++) {
		const struct cell *cell = &e->line.cells[i];
		draw_cell(canvas, cell, x + cell->x, base - cell->height);
	}
}

/* The text as a person would type it: gaps become blanks. */
static void collect_text(const struct line *line, struct buf *text, struct style *style)
{
	int64_t at = 0;
	char utf8[4];

	for (unsigned i = 0; i < line->count; i++) {
		const struct cell *cell = &line->cells[i];
		if (!cell->code)
			continue;
		uint32_t blank = font_width(&cell->style);
		for (; at + blank <= cell->x; at += blank)
			buf_add_byte(text, ' ');
		buf_add(text, utf8, utf8_encode(cell->code, utf8));
		at = cell->x + cell->width;
		style->bold |= cell->style.bold;
	}
}

static void mark_line(struct escpos *e, int64_t x, int64_t y, uint32_t height)
{
	struct mark mark = { .kind = MARK_LINE, .x = x, .y = y, .height = height };
	struct buf text;

	for (unsigned i = 0; i < e->line.count && !mark.style.width; i++) {
		if (e->line.cells[i].code)
			mark.style = e->line.cells[i].style;
	}
	if (!mark.style.width)
		return; /* nothing but pictures */
	mark.width = (uint32_t)e->line.end;
	buf_init(&text, LINE_TEXT_MAX);
	collect_text(&e->line, &text, &mark.style);
	marks_add(e->page.on ? &e->page.marks : &paper_of(e)->marks, &mark, buf_str(&text));
	buf_finish(&text);
}

static void mark_pictures(struct escpos *e, int64_t x, int64_t base)
{
	for (unsigned i = 0; i < e->line.count; i++) {
		const struct cell *c = &e->line.cells[i];
		struct mark mark = { .kind = MARK_IMAGE, .x = x + c->x, .y = base - c->height,
			.width = c->width, .height = c->height };
		struct str rows = { (const char *)c->picture.rows,
			c->picture.stride * c->picture.height_dots };
		char hex[65];
		if (c->code)
			continue;
		sha256_hex(rows, hex);
		marks_add(e->page.on ? &e->page.marks : &paper_of(e)->marks, &mark,
		    (struct str){ hex, 64 });
	}
}

static void print_on_page(struct escpos *e, uint32_t feed)
{
	uint32_t height = line_height(&e->line);
	int64_t x = e->page.area.x, y = e->page.area.y + e->page.y;

	if (e->line.count) {
		draw_cells(e, &e->page.area, 0, e->page.y);
		mark_line(e, x, y - height, height);
		mark_pictures(e, x, y);
		page_used(e);
	}
	e->page.y += feed;
}

static void print_on_paper(struct escpos *e, uint32_t feed)
{
	uint32_t height = line_height(&e->line);
	int64_t x = align(e, e->line.end);

	printer_reserve(e->printer, height > feed ? height : feed);
	if (e->line.count) {
		struct paper *paper = paper_of(e);
		struct canvas canvas = { dots_of(e), left_margin(e), paper->rows, line_area(e),
			height, e->set.upside ? TURN_OVER : TURN_NONE };
		draw_cells(e, &canvas, x, height);
		mark_line(e, left_margin(e) + x, paper->rows, height);
		mark_pictures(e, left_margin(e) + x, (int64_t)paper->rows + height);
	}
	printer_feed(e->printer, height > feed ? height : feed);
}

void line_print(struct escpos *e, uint32_t feed)
{
	if (e->page.on)
		print_on_page(e, feed);
	else
		print_on_paper(e, feed);
	for (unsigned i = 0; i < e->line.count; i++)
		bitmap_finish(&e->line.cells[i].picture);
	e->line.count = 0;
	e->line.at = e->line.end = 0;
}

void line_flush(struct escpos *e)
{
	if (e->line.count && !e->page.on)
		line_print(e, e->set.spacing);
}

struct block block_begin(struct escpos *e, uint32_t width, uint32_t height)
{
	struct block b;

	printer_begin(e->printer);
	line_flush(e);
	if (e->page.on) {
		b = (struct block){ .canvas = e->page.area, .x = e->line.at,
			.y = e->page.y - height };
		b.mark_x = e->page.area.x + b.x;
		b.mark_y = e->page.area.y + b.y;
		return b;
	}
	printer_reserve(e->printer, height);
	b = (struct block){ .x = align(e, width) };
	b.canvas = (struct canvas){ dots_of(e), left_margin(e), paper_of(e)->rows,
		line_area(e), height, TURN_NONE };
	b.mark_x = left_margin(e) + b.x;
	b.mark_y = paper_of(e)->rows;
	return b;
}

void block_mark(struct escpos *e, const struct mark *mark, struct str text)
{
	marks_add(e->page.on ? &e->page.marks : &paper_of(e)->marks, mark, text);
}

void block_end(struct escpos *e, uint32_t width, uint32_t height)
{
	if (!e->page.on) {
		printer_feed(e->printer, height);
		return;
	}
	e->line.at += width;
	page_used(e);
}

static void esc_spacing(struct escpos *e, const uint8_t *p, size_t len)
{
	e->set.spacing = len ? (uint32_t)units_y(e, p[0]) : escpos_defaults.spacing;
}

static void esc_feed_dots(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	line_print(e, (uint32_t)units_y(e, p[0]));
}

static void esc_feed_lines(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	line_print(e, p[0] * e->set.spacing);
}

static void esc_align(struct escpos *e, const uint8_t *p, size_t len)
{
	uint8_t n = p[0] >= '0' ? p[0] - '0' : p[0];

	(void)len;
	if (n <= 2 && line_empty(e))
		e->set.align = n;
}

static void gs_margin(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (line_empty(e))
		e->set.margin = (uint32_t)units_x(e, word(p));
}

static void gs_area(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (line_empty(e))
		e->set.area = (uint32_t)units_x(e, word(p));
}

static void move_to(struct escpos *e, int64_t x)
{
	if (x >= 0 && x <= line_area(e))
		e->line.at = x;
}

static void esc_position(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	move_to(e, units_x(e, word(p)));
}

static void esc_move(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	move_to(e, e->line.at + units_x(e, (int16_t)word(p)));
}

/* GS P: units per inch; 0 restores. */
static void gs_units(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->set.unit_x = p[0] ? p[0] : escpos_defaults.unit_x;
	e->set.unit_y = p[1] ? p[1] : escpos_defaults.unit_y;
}

/* GS T: to the beginning of the line, dropping or printing what is there. */
static void gs_line_start(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (p[0] & 1)
		line_print(e, 0);
	else
		line_clear(e);
}

const struct command line_commands[] = {
	{ ESC, '2', 0, NULL, esc_spacing },
	{ ESC, '3', 1, NULL, esc_spacing },
	{ ESC, 'J', 1, NULL, esc_feed_dots },
	{ ESC, 'd', 1, NULL, esc_feed_lines },
	{ ESC, 'K', 1, NULL, NULL }, /* backwards: this roll only goes forward */
	{ ESC, 'e', 1, NULL, NULL },
	{ ESC, 'a', 1, NULL, esc_align },
	{ ESC, '$', 2, NULL, esc_position },
	{ ESC, '\\', 2, NULL, esc_move },
	{ ESC, 'U', 1, NULL, NULL }, /* unidirectional printing */
	{ ESC, '<', 0, NULL, NULL }, /* home the head */
	{ GS, 'L', 2, NULL, gs_margin },
	{ GS, 'W', 2, NULL, gs_area },
	{ GS, 'P', 2, NULL, gs_units },
	{ GS, 'T', 1, NULL, gs_line_start },
	{ 0 },
};
