/*
 * The pen: rows of dots from the top become steps. It begins and ends pages
 * (a label printer has as many as it takes) and cuts rows into bands.
 */
#ifndef RENDER_PEN_H
#define RENDER_PEN_H

#include "gfx/halftone.h"
#include "render/engine.h"

struct pen {
	const struct task *task;
	uint32_t width;        /* of the rows */
	size_t stride;
	struct halftone *halftone;
	uint8_t *band;         /* room for STEP_ROWS_MAX rows, */
	uint32_t held;         /* of which these are there; */
	uint32_t band_rows;    /* it goes out when these are: few at first */
	uint32_t page_rows;    /* left on this page; label printers only */
	bool page;             /* one is open */
};

/* The width of the content: what was wished, at most what the paper has. */
uint32_t pen_width(const struct task *t);
/* Rows of `width` pixels of grey follow. E_TOO_LARGE when there is no memory. */
enum err pen_begin(struct pen *p, const struct task *t, uint32_t width, struct why *why);
enum err pen_grey(struct pen *p, const uint8_t *grey, struct why *why);
/* What follows begins a page of its own, where there are pages. */
enum err pen_break(struct pen *p, struct why *why);
/* Put out what is held back and end the page. */
enum err pen_end(struct pen *p, struct why *why);
void pen_finish(struct pen *p); /* whatever happened */

#endif
