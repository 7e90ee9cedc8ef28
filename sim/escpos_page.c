/*
 * Page mode: everything is drawn on a page in memory, in an area and direction
 * of one's choice, and FF prints the page as one block.
 */
#include "escpos.h"
#include "printer.h"

enum { PAGE_ROWS_MAX = 8000, PAGE_ROWS_DEFAULT = 1662, FIRST_BASELINE = 24 };

static void home(struct escpos *e)
{
	line_clear(e);
	e->page.y = FIRST_BASELINE;
}

static void set_area(struct escpos *e, int64_t x, int64_t y, int64_t w, int64_t h)
{
	uint32_t width = e->printer->paper.dots.width_dots;

	if (x >= width || y >= PAGE_ROWS_MAX || !w || !h)
		return;
	if (w > width - x)
		w = width - x;
	if (h > PAGE_ROWS_MAX - y)
		h = PAGE_ROWS_MAX - y;
	e->page.area.x = x;
	e->page.area.y = y;
	e->page.area.width = (uint32_t)w;
	e->page.area.height = (uint32_t)h;
	home(e);
}

static void esc_page(struct escpos *e, const uint8_t *p, size_t len)
{
	struct paper *paper = &e->printer->paper;

	(void)p;
	(void)len;
	if (e->page.on || !line_empty(e))
		return;
	e->page = (struct page){ .on = true };
	bitmap_init(&e->page.dots, paper->dots.width_dots);
	e->page.area.dots = paper->draw ? &e->page.dots : NULL;
	set_area(e, 0, 0, paper->dots.width_dots, PAGE_ROWS_DEFAULT);
}

void page_leave(struct escpos *e)
{
	line_clear(e);
	bitmap_finish(&e->page.dots);
	marks_finish(&e->page.marks);
	e->page.on = false;
}

void page_clear(struct escpos *e)
{
	uint32_t width = e->printer->paper.dots.width_dots;

	if (!e->page.on)
		return;
	bitmap_finish(&e->page.dots);
	bitmap_init(&e->page.dots, width);
	marks_finish(&e->page.marks);
	e->page.extent = 0;
	home(e);
}

void page_used(struct escpos *e)
{
	uint32_t bottom = (uint32_t)(e->page.area.y + e->page.area.height);

	if (bottom > e->page.extent)
		e->page.extent = bottom;
}

void page_print(struct escpos *e)
{
	struct printer *printer = e->printer;
	struct page *page = &e->page;

	line_print(e, 0);
	printer_begin(printer);
	printer_reserve(printer, page->extent);
	if (page->area.dots)
		bitmap_draw(&printer->paper.dots, 0, printer->paper.rows, page->dots.rows,
		    page->dots.stride, page->dots.width_dots, page->dots.height_dots, 1, 1);
	marks_move(&printer->paper.marks, &page->marks, printer->paper.rows);
	printer_feed(printer, page->extent);
}

static void esc_page_print_stay(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	if (e->page.on) {
		page_print(e);
		e->page.y = FIRST_BASELINE;
	}
}

static void esc_standard(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	if (e->page.on)
		page_leave(e);
}

/* ESC W: x, y, width, height of the area, each two bytes. */
static void esc_area(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!e->page.on)
		return;
	line_print(e, 0);
	set_area(e, units_x(e, word(p)), units_y(e, word(p + 2)), units_x(e, word(p + 4)),
	    units_y(e, word(p + 6)));
	page_used(e);
}

static void esc_direction(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!e->page.on)
		return;
	line_print(e, 0);
	e->page.area.turn = (enum turn)(p[0] & 3);
	home(e);
}

static void gs_vertical(struct escpos *e, const uint8_t *p, size_t len)
{
	int64_t at = e->line.at;

	(void)len;
	if (!e->page.on)
		return;
	line_print(e, 0);
	e->line.at = at;
	e->page.y = units_y(e, word(p));
}

static void gs_vertical_move(struct escpos *e, const uint8_t *p, size_t len)
{
	int64_t at = e->line.at;

	(void)len;
	if (!e->page.on)
		return;
	line_print(e, 0);
	e->line.at = at;
	e->page.y += units_y(e, (int16_t)word(p));
}

const struct command page_commands[] = {
	{ ESC, 'L', 0, NULL, esc_page },
	{ ESC, 'S', 0, NULL, esc_standard },
	{ ESC, 'W', 8, NULL, esc_area },
	{ ESC, 'T', 1, NULL, esc_direction },
	{ ESC, 0x0c, 0, NULL, esc_page_print_stay },
	{ GS, '$', 2, NULL, gs_vertical },
	{ GS, '\\', 2, NULL, gs_vertical_move },
	{ 0 },
};
