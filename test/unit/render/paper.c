#include "paper.h"

#include <stdlib.h>
#include <string.h>

#include "gfx/barcode.h"
#include "render/glyph.h"

static const char *const pages[] = { "cp437", "cp850", "cp852", "cp858", "cp866", "cp1252", NULL };

struct render_options test_options(const char *type, bool raster)
{
	struct render_options o = { .raster = raster, .abilities = {
		.width_dots = 576, .dpi = 203, .columns = 48, .columns_b = 64, .cell_height = 24,
		.cell_height_b = 17, .cutter = true, .codepages = pages } };

	str_copy(o.type, sizeof o.type, str_of(type));
	return o;
}

void test_paper_init(struct test_paper *p, const struct render_options *o)
{
	*p = (struct test_paper){ .abilities = o->abilities };
	bitmap_init(&p->dots, o->abilities.width_dots);
	buf_init(&p->log, 8u << 20);
}

void test_paper_finish(struct test_paper *p)
{
	bitmap_finish(&p->dots);
	buf_finish(&p->log);
}

static void paint_text(struct test_paper *p, const struct step *s)
{
	const struct abilities *a = &p->abilities;
	unsigned high = 1, height = a->cell_height;
	uint32_t top = p->dots.height_dots, x = 0;

	for (size_t i = 0; i < s->run_count; i++) {
		high = s->runs[i].high > high ? s->runs[i].high : high;
		height = s->runs[i].font_b ? a->cell_height_b : a->cell_height;
	}
	bitmap_need(&p->dots, top + high * height);
	for (size_t i = 0; i < s->run_count; i++) {
		const struct run *run = &s->runs[i];
		struct cell cell = { a->width_dots / (run->font_b ? a->columns_b : a->columns), height };
		for (size_t at = 0; at < run->text.len;) {
			struct cluster c = cluster_next(run->text, at);
			struct str text = str_head(str_from(run->text, at), c.len);
			if (c.code != ' ' || run->underline || run->invert)
				glyph_draw(&p->dots, x, top + (high - run->high) * height, text, run,
				    &cell);
			x += c.cells * cell.width * run->wide;
			at += c.len;
		}
	}
}

static void paint_code(struct test_paper *p, const struct step *s)
{
	struct barcode_options options = { .level = s->level };
	struct modules m;
	uint32_t top = p->dots.height_dots + 8;

	if (barcode_make((enum symbology)s->symbology, s->content, &options, &m, NULL))
		return;
	uint32_t high = m.rows == 1 ? (s->height ? s->height : 72) : s->module;
	uint32_t left = (p->dots.width_dots - m.cols * s->module) / 2;
	for (unsigned y = 0; y < m.rows; y++)
		for (unsigned x = 0; x < m.cols; x++)
			if (m.cell[y * m.cols + x])
				bitmap_fill(&p->dots, left + x * s->module, top + y * high, s->module,
				    high, true);
	bitmap_need(&p->dots, top + m.rows * high + 8);
	modules_finish(&m);
}

static void paint(struct test_paper *p, const struct step *s)
{
	switch (s->kind) {
	case STEP_DOTS:
		bitmap_need(&p->dots, p->dots.height_dots + s->height);
		bitmap_draw(&p->dots, 0, p->dots.height_dots - s->height, s->black, s->stride,
		    s->width, s->height, 1, 1);
		break;
	case STEP_FEED:
		bitmap_need(&p->dots, p->dots.height_dots + s->height);
		break;
	case STEP_TEXT:
		paint_text(p, s);
		break;
	case STEP_CODE:
		paint_code(p, s);
		break;
	default:
		break;
	}
}

static void log_run(struct test_paper *p, const struct run *run)
{
	buf_puts(&p->log, " [");
	if (run->font_b)
		buf_puts(&p->log, "b ");
	if (run->bold)
		buf_puts(&p->log, "bold ");
	if (run->underline)
		buf_puts(&p->log, "underline ");
	if (run->invert)
		buf_puts(&p->log, "invert ");
	if (run->red)
		buf_puts(&p->log, "red ");
	if (run->wide != 1 || run->high != 1)
		buf_printf(&p->log, "%ux%u ", run->wide, run->high);
	buf_printf(&p->log, "%.*s]", STR_ARG(run->text));
}

static void log_step(struct test_paper *p, const struct step *s)
{
	static const char *const names[STEP_KINDS] = { "page", "dots", "feed", "text", "code", "cut",
		"pulse", "beep", "end" };

	buf_puts(&p->log, names[s->kind]);
	if (s->kind == STEP_PAGE || s->kind == STEP_DOTS)
		buf_printf(&p->log, " %u x %u", s->width, s->height);
	if (s->kind == STEP_FEED)
		buf_printf(&p->log, " %u", s->height);
	if (s->kind == STEP_CODE)
		buf_printf(&p->log, " %d module %u level %u align %d height %u%s %.*s", s->symbology,
		    s->module, s->level, s->align, s->height, s->hri ? " hri" : "",
		    STR_ARG(s->content));
	if (s->kind == STEP_PULSE)
		buf_printf(&p->log, " %u", s->pin);
	if (s->kind == STEP_BEEP)
		buf_printf(&p->log, " %u", s->times);
	if (s->kind == STEP_CUT)
		buf_puts(&p->log, s->cut == CUT_FULL ? " full" : " partial");
	for (size_t i = 0; i < s->run_count; i++)
		log_run(p, &s->runs[i]);
	buf_puts(&p->log, "\n");
}

/* Each step goes through its bytes, as between the processes. */
static enum err take(const struct step *given, void *arg, struct why *why)
{
	struct test_paper *p = arg;
	struct run runs[STEP_RUNS_MAX];
	struct step s;
	struct buf wire;

	if (++p->count == p->fail_at)
		return why_fail(why, E_CANCELLED, "The test wants no more");
	buf_init(&wire, STEP_BYTES_MAX);
	step_write(given, &wire);
	enum err err = step_read(buf_str(&wire), &s, runs, why);
	if (!err && (s.kind == STEP_PAGE) == p->open)
		err = why_fail(why, E_INTERNAL, "The pages are out of order");
	p->open = s.kind != STEP_END;
	p->steps[s.kind]++;
	if (!err) {
		log_step(p, &s);
		paint(p, &s);
	}
	buf_finish(&wire);
	return err;
}

struct sheet_sink test_paper_sink(struct test_paper *p)
{
	return (struct sheet_sink){ take, p };
}

enum err test_draw(const struct engine_plug *engine, struct str bytes,
    const struct render_options *o, struct test_paper *p, struct render_note *note,
    struct why *why)
{
	struct task task = { .bytes = bytes, .options = o, .sink = test_paper_sink(p),
		.note = note };

	*note = (struct render_note){ 0 };
	return engine->draw(&task, why);
}
