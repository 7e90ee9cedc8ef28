/*
 * Paper for tests of engines: steps painted into one long picture, what the
 * printer would set in its own fonts drawn with the glyphs that dots would have
 * had. So a receipt in text mode and in raster mode look the same, dot for dot,
 * when they say the same in the same places.
 */
#ifndef TEST_RENDER_PAPER_H
#define TEST_RENDER_PAPER_H

#include "gfx/bitmap.h"
#include "render/engine.h"

struct test_paper {
	struct bitmap dots;
	struct abilities abilities;
	struct buf log;      /* one line per step */
	unsigned steps[STEP_KINDS];
	unsigned fail_at;    /* 0: never; else the sink refuses this step */
	unsigned count;
	bool open;           /* between STEP_PAGE and STEP_END */
};

/* A 576-dot printer with fonts (`raster`: none are used), a cutter, and the
 * code pages of an Epson. */
struct render_options test_options(const char *type, bool raster);

void test_paper_init(struct test_paper *p, const struct render_options *o);
void test_paper_finish(struct test_paper *p);
struct sheet_sink test_paper_sink(struct test_paper *p);

/* Draw `bytes` with an engine onto `p`. */
enum err test_draw(const struct engine_plug *engine, struct str bytes,
    const struct render_options *o, struct test_paper *p, struct render_note *note,
    struct why *why);

#endif
