/*
 * Rows go through the halftone as they come. The first bands are small, so that
 * paper moves early.
 */
#include "render/pen.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 24

static enum halftone_method method_of(enum halftone_choice choice)
{
	static const enum halftone_method methods[] = {
		[HALFTONE_AUTO] = HT_HYBRID, [HALFTONE_THRESHOLD] = HT_THRESHOLD,
		[HALFTONE_DIFFUSION] = HT_DIFFUSION, [HALFTONE_ATKINSON] = HT_ATKINSON,
		[HALFTONE_ORDERED] = HT_ORDERED, [HALFTONE_BLUE_NOISE] = HT_BLUE_NOISE,
	};
	return methods[choice];
}

uint32_t pen_width(const struct task *t)
{
	uint32_t paper = t->options->abilities.width_dots, wish = t->options->width_dots;
	return wish && wish < paper ? wish : paper;
}

enum err pen_begin(struct pen *p, const struct task *t, uint32_t width, struct why *why)
{
	*p = (struct pen){
		.task = t, .width = width, .stride = (width + 7) / 8, .band_rows = FIRST_ROWS,
	};
	p->halftone = halftone_create(method_of(t->options->halftone), width,
	    t->options->threshold);
	p->band = malloc(p->stride * STEP_ROWS_MAX);
	return p->halftone && p->band ? E_OK : why_fail(why, E_TOO_LARGE,
	    "The picture needs too much memory");
}

void pen_finish(struct pen *p)
{
	if (p->halftone)
		halftone_destroy(p->halftone);
	free(p->band);
	*p = (struct pen){ 0 };
}

static enum err put(const struct pen *p, const struct step *s, struct why *why)
{
	return p->task->sink.put(s, p->task->sink.arg, why);
}

static enum err end_page(struct pen *p, struct why *why)
{
	const struct step end = { .kind = STEP_END };
	p->page = false;
	return put(p, &end, why);
}

static enum err begin_page(struct pen *p, struct why *why)
{
	const struct abilities *a = &p->task->options->abilities;
	const struct step page = {
		.kind = STEP_PAGE, .width = a->width_dots, .height = a->label_height,
		.gap = a->label_gap,
	};
	p->page = true;
	p->page_rows = a->label_height;
	return put(p, &page, why);
}

static enum err put_rows(struct pen *p, const uint8_t *rows, uint32_t count, struct why *why)
{
	const struct step dots = {
		.kind = STEP_DOTS, .width = p->width, .height = count, .stride = p->stride,
		.black = rows,
	};
	p->page_rows -= p->page_rows ? count : 0;
	return put(p, &dots, why);
}

/* On labels a band may be cut in two by the end of a page. */
static enum err put_band(struct pen *p, uint32_t count, struct why *why)
{
	const uint8_t *rows = p->band;
	enum err err = E_OK;

	while (count > 0 && !err) {
		bool label = p->task->options->abilities.label_height > 0;
		if (p->page && label && p->page_rows == 0)
			err = end_page(p, why);
		if (!err && !p->page)
			err = begin_page(p, why);
		uint32_t part = label && p->page_rows < count ? p->page_rows : count;
		if (!err)
			err = put_rows(p, rows, part, why);
		rows += part * p->stride;
		count -= part;
	}
	return err;
}

/* Take what is finished; a full band goes out, the next may be larger. */
static enum err gather(struct pen *p, struct why *why)
{
	enum err err = E_OK;
	do {
		p->held += halftone_take(p->halftone, p->band + p->held * p->stride, p->stride,
		    p->band_rows - p->held);
		if (p->held < p->band_rows)
			break;
		err = put_band(p, p->held, why);
		p->held = 0;
		p->band_rows = 2 * p->band_rows < STEP_ROWS_MAX ? 2 * p->band_rows
		    : STEP_ROWS_MAX;
	} while (!err);
	return err;
}

enum err pen_grey(struct pen *p, const uint8_t *grey, struct why *why)
{
	halftone_feed(p->halftone, grey, p->width, 1);
	return gather(p, why);
}

static enum err flush(struct pen *p, struct why *why)
{
	enum err err;

	halftone_end(p->halftone);
	err = gather(p, why);
	if (!err && p->held > 0)
		err = put_band(p, p->held, why);
	p->held = 0;
	return err;
}

enum err pen_break(struct pen *p, struct why *why)
{
	const struct render_options *o = p->task->options;
	enum err err;

	if (!o->abilities.label_height)
		return E_OK;
	err = flush(p, why);
	halftone_destroy(p->halftone);
	p->halftone = halftone_create(method_of(o->halftone), p->width, o->threshold);
	if (!p->halftone)
		return why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	return !err && p->page ? end_page(p, why) : err;
}

enum err pen_end(struct pen *p, struct why *why)
{
	enum err err = flush(p, why);
	return !err && p->page ? end_page(p, why) : err;
}
