/*
 * A line goes out as STEP_TEXT when the printer has every character of it in
 * a font of its own; otherwise it is drawn into a strip of dots as high as the
 * printer's line would have been, each column where the printer has it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/inside.h"

/* --- which characters the printer has ------------------------------------------ */

static bool any_page_has(const struct receipt *r, uint32_t code)
{
	for (size_t i = 0; i < r->page_count; i++)
		if (codepage_byte(r->pages[i], code))
			return true;
	return false;
}

bool line_prints(struct receipt *r, uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	size_t slot = code % COUNT_OF(r->charset);
	if (r->charset[slot].code != code) {
		r->charset[slot].code = code;
		r->charset[slot].known = any_page_has(r, code);
	}
	return r->charset[slot].known;
}

static bool prints_all(struct receipt *r, struct str text)
{
	for (size_t at = 0; at < text.len;)
		if (!line_prints(r, utf8_next(text, &at)))
			return false;
	return true;
}

/* --- lines in the printer's fonts ------------------------------------------------ */

/* A line being set: runs over one buffer, so that neighbours of one style join. */
struct setting {
	struct run runs[STEP_RUNS_MAX];
	size_t count, used;
	unsigned column; /* cells so far */
	bool full;
	char text[STEP_TEXT_MAX];
};

static void setting_open(struct setting *s)
{
	s->count = s->used = s->column = 0;
	s->full = false;
}

static bool same_style(const struct run *a, const struct run *b)
{
	return a->font_b == b->font_b && a->bold == b->bold && a->underline == b->underline &&
	       a->invert == b->invert && a->red == b->red && a->wide == b->wide &&
	       a->high == b->high;
}

static void set_text(struct setting *s, const struct run *style, struct str text)
{
	struct run *last = s->count ? &s->runs[s->count - 1] : NULL;

	if (s->used + text.len > sizeof s->text ||
	    (!(last && same_style(last, style)) && s->count == STEP_RUNS_MAX)) {
		s->full = true;
		return;
	}
	memcpy(s->text + s->used, text.ptr, text.len);
	if (!last || !same_style(last, style)) {
		last = &s->runs[s->count++];
		*last = *style;
		last->text = (struct str){ s->text + s->used, 0 };
	}
	last->text.len += text.len;
	s->used += text.len;
}

static void set_upto(struct setting *s, unsigned column, bool small)
{
	struct run blank = { .font_b = small, .wide = 1, .high = 1 };

	for (; s->column < column; s->column++)
		set_text(s, &blank, STR(" "));
}

static void set_bar(struct setting *s, const struct receipt *r, unsigned high, bool small)
{
	struct run bar = { .font_b = small, .wide = 1, .high = (uint8_t)high };

	set_text(s, &bar, r->boxes ? STR("│") : STR("|"));
	s->column++;
}

/* Cells left of the line within its column. */
static unsigned lead_of(const struct column *c, const struct grid *grid, enum align align)
{
	unsigned used = (c->line.width + grid->cell.width - 1) / grid->cell.width;
	unsigned rest = c->width > used ? c->width - used : 0;

	return align == ALIGN_END ? rest : align == ALIGN_CENTER ? (rest + 1) / 2 : 0;
}

static enum align align_of(const struct receipt *r, const struct column *c)
{
	const struct receipt_cell *cell = c->cell;

	if (!cell->natural || cell->align != ALIGN_START || c->line.count == 0)
		return cell->align;
	for (size_t i = c->first; i < c->first + c->count; i++) {
		struct str text = r->pieces.at[i].text;
		struct cluster first = cluster_next(text, 0);
		if (first.shaped)
			return cluster_is_rtl(text) ? ALIGN_END : ALIGN_START;
	}
	return ALIGN_START;
}

static bool set_column(struct setting *s, struct receipt *r, const struct column *c,
    const struct grid *grid)
{
	bool small = grid == &r->grids[1];

	if (c->line.count == 0)
		return true;
	set_upto(s, c->x + lead_of(c, grid, align_of(r, c)), small);
	for (size_t i = c->line.first; i < c->line.first + c->line.count; i++) {
		const struct piece *p = &r->pieces.at[i];
		struct run style = *p->style;
		if (p->shaped || !prints_all(r, p->text))
			return false;
		style.wide = p->wide;
		style.font_b = small;
		style.red = style.red && r->task->options->abilities.two_colour;
		set_text(s, &style, p->text);
		s->column += p->width / grid->cell.width;
	}
	return true;
}

/* False: this line is not one for the printer's fonts. */
static bool set_line(struct setting *s, struct receipt *r, const struct grid *grid, unsigned high,
    bool bars)
{
	bool small = grid == &r->grids[1];

	for (size_t i = 0; i < r->column_count; i++) {
		const struct column *c = &r->columns[i];
		if (bars) {
			set_upto(s, c->x - 1, small);
			set_bar(s, r, high, small);
		}
		if (!set_column(s, r, c, grid))
			return false;
	}
	if (bars && r->column_count > 0) {
		const struct column *last = &r->columns[r->column_count - 1];
		set_upto(s, last->x + last->width, small);
		set_bar(s, r, high, small);
	}
	return !s->full && s->column <= grid->columns;
}

static enum err put_text(struct receipt *r, const struct setting *s, uint32_t rows,
    struct why *why)
{
	struct step step = { .kind = STEP_TEXT, .runs = s->runs, .run_count = s->count };

	return paper_put(r, &step, rows, why);
}

/* --- lines as dots ----------------------------------------------------------------- */

struct strip {
	struct bitmap black, red;
	const struct grid *grid;
	unsigned high;
	bool two_colour;
};

static void draw_cells(struct strip *s, struct receipt *r, const struct column *c, int64_t x)
{
	const struct cell *cell = &s->grid->cell;

	for (size_t i = c->line.first; i < c->line.first + c->line.count; i++) {
		const struct piece *p = &r->pieces.at[i];
		struct run style = *p->style;
		struct bitmap *to = style.red && s->two_colour ? &s->red : &s->black;
		style.wide = p->wide;
		if (!p->blank || style.underline || style.invert)
			glyph_draw(to, x, (int64_t)(s->high - style.high) * cell->height, p->text,
			    &style, cell);
		x += p->width;
	}
}

static bool has_shaped(const struct receipt *r, const struct line *line)
{
	for (size_t i = line->first; i < line->first + line->count; i++)
		if (r->pieces.at[i].shaped)
			return true;
	return false;
}

/* Pieces of one style next to each other in the text are one run again. */
static void draw_shaped(struct strip *s, struct receipt *r, const struct column *c)
{
	struct run *runs = mem_array(c->line.count, sizeof *runs);
	const struct cell *cell = &s->grid->cell;
	size_t count = 0;
	bool red = s->two_colour;

	for (size_t i = c->line.first; i < c->line.first + c->line.count; i++) {
		const struct piece *p = &r->pieces.at[i];
		struct run *last = count ? &runs[count - 1] : NULL;
		red = red && p->style->red;
		if (last && last->text.ptr + last->text.len == p->text.ptr &&
		    same_style(last, p->style)) {
			last->text.len += p->text.len;
			continue;
		}
		runs[count] = *p->style;
		runs[count++].text = p->text;
	}
	struct place place = { .x = (int64_t)c->x * cell->width,
		.width = c->width * cell->width, .height = s->high * cell->height,
		.align = align_of(r, c) };
	paragraph_draw(red ? &s->red : &s->black, &place, runs, count, cell);
	free(runs);
}

static void draw_bar(struct strip *s, unsigned column)
{
	struct run style = { .wide = 1, .high = 1 };
	const struct cell *cell = &s->grid->cell;

	for (unsigned i = 0; i < s->high; i++)
		glyph_draw(&s->black, (int64_t)column * cell->width, (int64_t)i * cell->height,
		    STR("│"), &style, cell);
}

static void draw_columns(struct strip *s, struct receipt *r, bool bars)
{
	const struct cell *cell = &s->grid->cell;

	for (size_t i = 0; i < r->column_count; i++) {
		const struct column *c = &r->columns[i];
		if (bars && i == 0)
			draw_bar(s, c->x - 1);
		if (bars)
			draw_bar(s, c->x + c->width);
		if (has_shaped(r, &c->line))
			draw_shaped(s, r, c);
		else
			draw_cells(s, r, c, (int64_t)cell->width *
			    (c->x + lead_of(c, s->grid, align_of(r, c))));
	}
}

static void warn_missing(struct receipt *r)
{
	uint32_t code = ink_missing();

	if (code && !r->warned)
		task_warn(r->task, "No installed font has the character U+%04X", (unsigned)code);
	r->warned = r->warned || code;
}

static enum err strip_open(struct strip *s, const struct receipt *r, const struct grid *grid,
    unsigned high, struct why *why)
{
	*s = (struct strip){ .grid = grid, .high = high,
		.two_colour = r->task->options->abilities.two_colour };
	bitmap_init(&s->black, r->paper.width);
	bitmap_init(&s->red, r->paper.width);
	if (bitmap_need(&s->black, high * grid->cell.height) &&
	    (!s->two_colour || bitmap_need(&s->red, high * grid->cell.height)))
		return E_OK;
	return why_fail(why, E_INTERNAL, NULL);
}

static enum err strip_close(struct strip *s, struct receipt *r, struct why *why)
{
	enum err err;

	warn_missing(r);
	if (paper_is_blank(&s->black) && paper_is_blank(&s->red)) {
		err = paper_feed(r, s->black.height_dots, why);
	} else {
		err = paper_dots(r, &s->black, &s->red, 0, why);
	}
	bitmap_finish(&s->black);
	bitmap_finish(&s->red);
	return err;
}

/* --- one line ------------------------------------------------------------------------ */

enum err line_put(struct receipt *r, const struct grid *grid, unsigned high, bool bars,
    struct why *why)
{
	struct setting s;
	struct strip strip;

	setting_open(&s);
	if (grid->device && set_line(&s, r, grid, high, bars)) {
		uint32_t rows = high * grid->cell.height;
		return s.count ? put_text(r, &s, rows, why) : paper_feed(r, rows, why);
	}
	enum err err = strip_open(&strip, r, grid, high, why);
	if (err)
		return err;
	draw_columns(&strip, r, bars);
	return strip_close(&strip, r, why);
}

static enum err draw_text(struct receipt *r, const struct grid *grid, unsigned x, struct str text,
    struct why *why)
{
	struct run style = { .wide = 1, .high = 1 };
	struct strip strip;
	enum err err = strip_open(&strip, r, grid, 1, why);

	if (err)
		return err;
	for (size_t at = 0; at < text.len;) {
		struct cluster c = cluster_next(text, at);
		glyph_draw(&strip.black, (int64_t)x * grid->cell.width, 0,
		    str_head(str_from(text, at), c.len), &style, &grid->cell);
		x += c.cells;
		at += c.len;
	}
	return strip_close(&strip, r, why);
}

enum err line_text(struct receipt *r, const struct grid *grid, unsigned x, struct str text,
    struct why *why)
{
	struct run style = { .font_b = grid == &r->grids[1], .wide = 1, .high = 1 };
	struct setting s;

	if (text.len == 0)
		return paper_feed(r, grid->cell.height, why);
	setting_open(&s);
	set_upto(&s, x, style.font_b);
	set_text(&s, &style, text);
	if (grid->device && !s.full)
		return put_text(r, &s, grid->cell.height, why);
	return draw_text(r, grid, x, text, why);
}
