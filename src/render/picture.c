/*
 * Pictures on paper: decode, scale to the paper's width, halftone, row by row,
 * so that the first band is out while the rest is still being decoded.
 */
#include "render/picture.h"

#include "render/engine.h"
#include "render/pen.h"
#include "render/scale.h"

struct drawing {
	const struct task *task;
	struct scale *scale;
	struct pen pen;
};

static enum err on_scaled(const uint8_t *grey, void *arg, struct why *why)
{
	struct drawing *d = arg;
	return pen_grey(&d->pen, grey, why);
}

/* Smaller when it is wider than the paper; larger only when a width was wished. */
static enum err on_size(const struct picture *p, void *arg, struct why *why)
{
	struct drawing *d = arg;
	const struct scale_sink sink = { on_scaled, d };
	uint32_t most = pen_width(d->task);
	bool exact = d->task->options->width_dots > 0;
	uint32_t width = exact || p->width > most ? most : p->width;
	uint64_t height = ((uint64_t)p->height * width + p->width / 2) / p->width;

	if (height > SHEET_ROWS_MAX)
		return why_fail(why, E_TOO_LARGE, "The picture would be %llu rows long",
		    (unsigned long long)height);
	d->scale = scale_create(p->width, p->height, width, height ? (uint32_t)height : 1, &sink);
	if (!d->scale)
		return why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	return pen_begin(&d->pen, d->task, width, why);
}

static enum err on_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct drawing *d = arg;
	return scale_row(d->scale, grey, why);
}

/* A decoder may shrink at little cost, but never below what is needed. */
static enum err draw(const struct task *t, struct why *why)
{
	struct drawing d = { .task = t };
	const struct picture_sink sink = { on_size, on_row, &d };
	enum err err = picture_decode(t->bytes, pen_width(t), &sink, why);

	if (!err)
		err = pen_end(&d.pen, why);
	pen_finish(&d.pen);
	scale_destroy(d.scale);
	return err;
}

static enum err discard(const struct step *s, void *arg, struct why *why)
{
	return E_OK;
}

/* A BMP of one bit a pixel, 576 x 64, all of one colour. */
static void rehearse(void)
{
	static char bmp[62 + 72 * 64] = { 'B', 'M', [10] = 62, [14] = 40, [18] = 64, [19] = 2,
		[22] = 64, [26] = 1, [28] = 1, [58] = '\xff', [59] = '\xff', [60] = '\xff' };
	struct render_options o = { .abilities.width_dots = 576 };
	struct render_note note = { 0 };
	const struct task t = { .bytes = { bmp, sizeof(bmp) }, .options = &o,
		.sink = { discard, NULL }, .note = &note };
	draw(&t, NULL);
}

static const char *const types[] = {
	TYPE_PNG, TYPE_JPEG, TYPE_GIF, TYPE_BMP, TYPE_WEBP, NULL,
};

const struct engine_plug engine_picture = {
	.name = "picture",
	.types = types,
	.rehearse = rehearse,
	.draw = draw,
};
