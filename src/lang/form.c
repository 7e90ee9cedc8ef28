/* What all label languages can draw, at absolute places. */
#include "lang/form.h"

#include "base/text.h"
#include "lang/letter.h"

#define TIMES_MOST 8
#define SIDE_MOST 20000

void form_init(struct form *f, const struct composing *setup, paper_take *take, void *arg,
    struct why *why)
{
	const struct abilities *a = setup->abilities;
	*f = (struct form){ .height = a->label_height, .dpi = a->dpi };
	roll_init(&f->roll, a->width_dots, take, arg, why);
	bitmap_init(&f->dots, a->width_dots);
}

enum err form_finish(struct form *f)
{
	bitmap_finish(&f->dots);
	return roll_finish(&f->roll);
}

void form_clear(struct form *f)
{
	uint32_t width = f->dots.width_dots;
	bitmap_finish(&f->dots);
	bitmap_init(&f->dots, width);
}

void form_print(struct form *f, unsigned copies)
{
	uint32_t height = f->height ? f->height : f->dots.height_dots;
	copies = copies < FORM_COPIES_MAX ? copies : FORM_COPIES_MAX;
	for (unsigned i = 0; i < copies && roll_feed(&f->roll, height); i++) {
		uint32_t rows = f->dots.height_dots < height ? f->dots.height_dots : height;
		if (rows)
			bitmap_draw(&f->roll.dots, 0, 0, f->dots.rows, f->dots.stride,
			    f->dots.width_dots, rows, 1, 1);
		roll_cut(&f->roll);
	}
}

void form_text(struct form *f, int64_t x, int64_t y, unsigned wide, unsigned high, struct str text)
{
	struct letter l = {
		.wide = (uint8_t)(wide < 1 ? 1 : wide > TIMES_MOST ? TIMES_MOST : wide),
		.high = (uint8_t)(high < 1 ? 1 : high > TIMES_MOST ? TIMES_MOST : high),
	};
	if (y > SIDE_MOST)
		return;
	for (size_t at = 0; at < text.len && x < f->dots.width_dots; x += letter_width(&l))
		letter_draw(&l, utf8_next(text, &at), &f->dots, x, y);
}

void form_code(struct form *f, int64_t x, int64_t y, enum symbology symbology, struct str content,
    const unsigned size[static 2])
{
	struct modules m = { 0 };
	unsigned wide = size[0] < 1 ? 1 : size[0] > 20 ? 20 : size[0];
	if (y > SIDE_MOST || barcode_make(symbology, content, NULL, &m, NULL))
		return;
	unsigned high = m.rows > 1 ? wide : size[1] < SIDE_MOST ? size[1] : SIDE_MOST;
	for (unsigned row = 0; row < m.rows; row++)
		for (unsigned col = 0; col < m.cols; col++)
			if (m.cell[row * m.cols + col])
				bitmap_fill(&f->dots, x + col * wide, y + row * high, wide, high,
				    true);
	modules_finish(&m);
}

/* box: x, y, width, height. */
void form_box(struct form *f, const int64_t box[static 4], uint32_t thick)
{
	uint32_t w = box[2] < SIDE_MOST ? (uint32_t)box[2] : SIDE_MOST;
	uint32_t h = box[3] < SIDE_MOST ? (uint32_t)box[3] : SIDE_MOST;
	thick = thick < 1 ? 1 : thick;
	if (box[1] > SIDE_MOST)
		return;
	if (thick * 2 >= w || thick * 2 >= h) {
		bitmap_fill(&f->dots, box[0], box[1], w, h, true);
		return;
	}
	bitmap_fill(&f->dots, box[0], box[1], w, thick, true);
	bitmap_fill(&f->dots, box[0], box[1] + h - thick, w, thick, true);
	bitmap_fill(&f->dots, box[0], box[1], thick, h, true);
	bitmap_fill(&f->dots, box[0] + w - thick, box[1], thick, h, true);
}
