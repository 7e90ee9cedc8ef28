/* Pictures: GS v 0, GS ( L and GS 8 L, ESC *. */
#include "lang/escpos_painter.h"

#define PRINT_HEAD 10 /* m fn a bx by c xL xH yL yH */

enum { ESC = 0x1b, GS = 0x1d };

static void draw(struct escpos_painter *e, const struct paint_picture *p, int64_t x, uint32_t y)
{
	uint32_t room = p->rows ? paint_area(e) / p->sx : 0;
	if (room)
		bitmap_draw(&e->roll.dots, x, y, p->rows, (p->width + 7) / 8,
		    p->width < room ? p->width : room, p->height, p->sx, p->sy);
}

static void place(struct escpos_painter *e, const struct paint_picture *pictures, size_t count)
{
	uint32_t width = 0, height = 0, top;
	for (size_t i = 0; i < count; i++) {
		uint32_t w = pictures[i].width * pictures[i].sx;
		uint32_t h = pictures[i].height * pictures[i].sy;
		width = w > width ? w : width;
		height = h > height ? h : height;
	}
	paint_flush(e);
	top = e->roll.y;
	if (!height || !roll_feed(&e->roll, height))
		return;
	for (size_t i = 0; i < count; i++)
		draw(e, &pictures[i], paint_left(e, width), top);
}

/* v 0: m xL xH yL yH rows */
static void gs_v(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	uint32_t bytes = paint_word(p + 2), rows = paint_word(p + 4);
	struct paint_picture picture = { p + 6, bytes * 8, rows, p[1] & 1 ? 2 : 1,
		p[1] & 2 ? 2 : 1 };
	if (p[0] == '0' && bytes && rows && len - 6 >= (size_t)bytes * rows)
		place(e, &picture, 1);
}

/* m fn ...: 112 stores a colour, 2 and 50 print all that is stored. */
static void graphics(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	if (len >= 2 && (p[1] == 2 || p[1] == 50)) {
		place(e, e->stored, 2);
		e->stored[0] = e->stored[1] = (struct paint_picture){ 0 };
	}
	if (len < PRINT_HEAD || p[1] != 112 || p[2] != 48)
		return;
	struct paint_picture picture = { p + PRINT_HEAD, paint_word(p + 6), paint_word(p + 8),
		p[3] == 2 ? 2 : 1, p[4] == 2 ? 2 : 1 };
	if (len - PRINT_HEAD >= (size_t)(picture.width + 7) / 8 * picture.height)
		e->stored[p[5] == 50] = picture;
}

static void gs_paren(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	if (p[0] == 'L')
		graphics(e, p + 3, len - 3);
}

static void gs_8(struct escpos_painter *e, const uint8_t *p, size_t len)
{
	if (p[0] == 'L')
		graphics(e, p + 5, len - 5);
}

const struct paint_row paint_picture_rows[] = {
	{ GS, 'v', 6, gs_v },
	{ GS, '(', 3, gs_paren },
	{ GS, '8', 5, gs_8 },
	{ ESC, '*', 3, paint_columns },
	{ 0 },
};
