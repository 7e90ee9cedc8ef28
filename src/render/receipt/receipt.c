/*
 * What a receipt is made of before anything is laid out: the grids of its
 * fonts, the characters that the printer has.
 */
#include "render/receipt/receipt.h"

#include <stdlib.h>

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/inside.h"

/* Font A and B of a receipt printer, at 203 dpi. */
static const struct cell usual[2] = { { 12, 24 }, { 9, 17 } };

void receipt_warm(void)
{
	static bool warm;

	for (size_t i = 0; i < COUNT_OF(usual) && !warm; i++)
		glyph_warm(&usual[i]);
	if (!warm)
		paragraph_warm(&usual[0]);
	warm = true;
}

static unsigned at_dpi(unsigned dots, unsigned dpi)
{
	return dpi > 250 ? (dots * dpi + 101) / 203 : dots;
}

static struct grid grid_of(const struct render_options *o, uint32_t width, bool small)
{
	const struct abilities *a = &o->abilities;
	unsigned columns = small ? a->columns_b : a->columns;
	unsigned height = small ? a->cell_height_b : a->cell_height;
	struct grid g = { .device = columns > 0 && !o->raster };

	if (columns > 0 && a->width_dots / columns > 0) {
		g.cell.width = a->width_dots / columns;
		g.cell.height = height ? height : 2 * g.cell.width;
	} else {
		g.cell.width = at_dpi(usual[small].width, a->dpi);
		g.cell.height = at_dpi(usual[small].height, a->dpi);
		columns = BARS_MAX;
	}
	unsigned fitting = width / g.cell.width;
	g.columns = columns < fitting ? columns : fitting;
	if (g.columns == 0)
		g.columns = 1;
	if (g.columns > BARS_MAX)
		g.columns = BARS_MAX;
	return g;
}

static void find_pages(struct receipt *r)
{
	const char *const *name = r->task->options->abilities.codepages;

	for (; name && *name && r->page_count < COUNT_OF(r->pages); name++) {
		const struct codepage *page = codepage_find(str_of(*name));
		if (page)
			r->pages[r->page_count++] = page;
	}
}

static bool has_boxes(struct receipt *r)
{
	struct str needed = STR("─│┌┐└┘├┤┬┴┼═");

	for (size_t at = 0; at < needed.len;)
		if (!line_prints(r, utf8_next(needed, &at)))
			return false;
	return true;
}

enum err receipt_begin(const struct task *t, struct receipt **out, struct why *why)
{
	const struct render_options *o = t->options;
	uint32_t width = o->abilities.width_dots;
	struct receipt *r = mem_alloc(sizeof *r);

	if (o->width_dots && o->width_dots < width)
		width = o->width_dots;
	r->task = t;
	r->paper.width = width;
	r->grids[0] = grid_of(o, width, false);
	r->grids[1] = grid_of(o, width, true);
	find_pages(r);
	r->grids[0].device = r->grids[0].device && r->page_count > 0;
	r->grids[1].device = r->grids[1].device && r->page_count > 0;
	r->boxes = !r->grids[0].device || has_boxes(r);
	*out = r;
	return paper_begin(r, why);
}

enum err receipt_expect(const struct receipt *r, size_t lines, struct why *why)
{
	if (lines <= SHEET_ROWS_MAX / r->grids[0].cell.height)
		return E_OK;
	return why_fail(why, E_TOO_LARGE, "The document is longer than %d rows of dots",
	    SHEET_ROWS_MAX);
}

enum err receipt_end(struct receipt *r, enum err err, struct why *why)
{
	if (!err)
		err = table_close(r, why);
	if (!err)
		err = paper_end(r, why);
	bitmap_finish(&r->paper.band);
	bitmap_finish(&r->paper.red);
	free(r->pieces.at);
	free(r);
	return err;
}

enum err receipt_table_end(struct receipt *r, struct why *why)
{
	return table_close(r, why);
}

enum err receipt_feed(struct receipt *r, unsigned lines, struct why *why)
{
	enum err err = table_close(r, why);

	return err ? err : paper_feed(r, lines * r->grids[0].cell.height, why);
}

static enum err act(struct receipt *r, struct step s, struct why *why)
{
	enum err err = table_close(r, why);

	return err ? err : paper_put(r, &s, 0, why);
}

enum err receipt_cut(struct receipt *r, enum cut cut, struct why *why)
{
	if (!r->task->options->abilities.cutter || cut == CUT_NONE)
		return table_close(r, why);
	return act(r, (struct step){ .kind = STEP_CUT, .cut = cut }, why);
}

enum err receipt_drawer(struct receipt *r, unsigned pin, struct why *why)
{
	return act(r, (struct step){ .kind = STEP_PULSE, .pin = (uint8_t)pin }, why);
}

enum err receipt_beep(struct receipt *r, unsigned times, struct why *why)
{
	return act(r, (struct step){ .kind = STEP_BEEP, .times = (uint8_t)times }, why);
}

struct str receipt_utf8(struct str text, struct buf *copy)
{
	if (utf8_valid(text))
		return text;
	for (size_t at = 0; at < text.len;) {
		char bytes[4];
		size_t len = utf8_encode(utf8_next(text, &at), bytes);
		if (!buf_add(copy, bytes, len))
			break;
	}
	return buf_str(copy);
}
