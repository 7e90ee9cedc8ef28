/*
 * Strips of dots gather in a band, so that not every line is a picture of its
 * own; the first leaves at once, the rest before anything that is not dots.
 */
#include <string.h>

#include "render/receipt/inside.h"

/* --- steps and pages ---------------------------------------------------------- */

static enum err put(struct receipt *r, const struct step *s, struct why *why)
{
	const struct sheet_sink *sink = &r->task->sink;

	return sink->put(s, sink->arg, why);
}

static enum err flush(struct receipt *r, struct why *why)
{
	struct paper *p = &r->paper;

	if (p->band.height_dots == 0)
		return E_OK;
	struct step s = { .kind = STEP_DOTS, .width = p->width, .height = p->band.height_dots,
		.stride = p->band.stride, .black = p->band.rows,
		.red = p->red.height_dots ? p->red.rows : NULL };
	enum err err = put(r, &s, why);
	p->band.height_dots = p->red.height_dots = 0;
	p->begun = true;
	return err;
}

static enum err begin_page(struct receipt *r, struct why *why)
{
	const struct abilities *a = &r->task->options->abilities;
	struct step s = { .kind = STEP_PAGE, .width = a->width_dots, .height = a->label_height,
		.gap = a->label_gap };

	r->paper.page_rows = 0;
	return put(r, &s, why);
}

enum err paper_begin(struct receipt *r, struct why *why)
{
	bitmap_init(&r->paper.band, r->paper.width);
	bitmap_init(&r->paper.red, r->paper.width);
	r->paper.pages = 1;
	return begin_page(r, why);
}

enum err paper_end(struct receipt *r, struct why *why)
{
	struct step s = { .kind = STEP_END };
	enum err err = flush(r, why);

	return err ? err : put(r, &s, why);
}

/* There will be `rows` more: still within the ceilings, still on this label? */
static enum err make_room(struct receipt *r, uint32_t rows, struct why *why)
{
	uint32_t label = r->task->options->abilities.label_height;
	struct paper *p = &r->paper;

	if (rows > SHEET_ROWS_MAX - p->rows)
		return why_fail(why, E_TOO_LARGE, "The document is longer than %d rows of dots",
		    SHEET_ROWS_MAX);
	p->rows += rows;
	if (label && rows > label)
		return why_fail(why, E_TOO_LARGE, "Something is higher than the label");
	if (label && p->page_rows + rows > label) {
		if (++p->pages > SHEET_PAGES_MAX)
			return why_fail(why, E_TOO_LARGE, "The document has more than %d pages",
			    SHEET_PAGES_MAX);
		enum err err = paper_end(r, why);
		err = err ? err : begin_page(r, why);
		if (err)
			return err;
	}
	p->page_rows += rows;
	return E_OK;
}

enum err paper_put(struct receipt *r, const struct step *s, uint32_t rows, struct why *why)
{
	enum err err = make_room(r, rows, why);

	err = err ? err : flush(r, why);
	return err ? err : put(r, s, why);
}

enum err paper_feed(struct receipt *r, uint32_t rows, struct why *why)
{
	struct step s = { .kind = STEP_FEED, .height = rows };

	return rows ? paper_put(r, &s, rows, why) : E_OK;
}

/* --- dots --------------------------------------------------------------------- */

bool paper_is_blank(const struct bitmap *b)
{
	for (size_t i = 0; i < b->stride * b->height_dots; i++)
		if (b->rows[i])
			return false;
	return true;
}

static bool take_rows(struct bitmap *to, const struct bitmap *from, uint32_t first, uint32_t count,
    uint32_t x)
{
	uint32_t at = to->height_dots;

	if (!bitmap_need(to, at + count))
		return false;
	if (from->height_dots >= first + count)
		bitmap_draw(to, x, at, from->rows + first * from->stride, from->stride,
		    from->width_dots, count, 1, 1);
	return true;
}

/* Append a strip to the band; `red` may be empty. */
static enum err put_strip(struct receipt *r, const struct bitmap *black, const struct bitmap *red,
    uint32_t x, struct why *why)
{
	struct paper *p = &r->paper;
	enum err err = E_OK;

	for (uint32_t first = 0; first < black->height_dots && !err;) {
		uint32_t room = STEP_ROWS_MAX - p->band.height_dots;
		uint32_t left = black->height_dots - first, count = left < room ? left : room;
		bool two = p->red.height_dots > 0 || !paper_is_blank(red);
		if (two && p->red.height_dots < p->band.height_dots)
			bitmap_need(&p->red, p->band.height_dots);
		if (!take_rows(&p->band, black, first, count, x) ||
		    (two && !take_rows(&p->red, red, first, count, x)))
			return why_fail(why, E_INTERNAL, NULL);
		first += count;
		if (p->band.height_dots == STEP_ROWS_MAX || !p->begun)
			err = flush(r, why);
	}
	return err;
}

enum err paper_dots(struct receipt *r, const struct bitmap *black, const struct bitmap *red,
    uint32_t x, struct why *why)
{
	enum err err = make_room(r, black->height_dots, why);

	return err ? err : put_strip(r, black, red, x, why);
}
