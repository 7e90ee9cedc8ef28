/*
 * Text is cut into clusters, and stretches of shaped text where a line of them
 * may end; lines are then filled with these pieces until one does not fit.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/inside.h"

enum { TAB_COLUMNS = 8 };

/* What the next piece is told of the one before it. */
struct cutting {
	struct receipt *r;
	const struct grid *grid;
	const struct run *run;
	struct cluster last;   /* len 0: at the beginning of a line */
	bool after_blank;
	unsigned column;       /* for tabs: cells since the line began */
};

static struct piece *add(struct cutting *c, struct str text)
{
	struct pieces *p = &c->r->pieces;

	if (p->count == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 512;
		p->at = mem_grow(p->at, p->cap, sizeof *p->at);
	}
	struct piece *piece = &p->at[p->count++];
	*piece = (struct piece){ .text = text, .style = c->run, .wide = c->run->wide };
	return piece;
}

static void add_newline(struct cutting *c)
{
	add(c, STR_NONE)->newline = true;
	c->last = (struct cluster){ 0 };
	c->after_blank = false;
	c->column = 0;
}

static void add_cells(struct cutting *c, struct str text, const struct cluster *cluster)
{
	struct piece *piece = add(c, text);
	uint32_t width = cluster->cells * c->grid->cell.width * c->run->wide;

	piece->width = width;
	piece->blank = cluster->code == ' ' || cluster->code == 0x3000;
	piece->breaks = !piece->blank && c->last.len > 0 &&
	    (c->after_blank || cluster_breaks(&c->last, cluster));
	c->after_blank = piece->blank;
	c->last = *cluster;
	c->column += cluster->cells * c->run->wide;
}

static void add_tab(struct cutting *c)
{
	static const struct cluster blank = { .code = ' ', .len = 1, .cells = 1 };

	do
		add_cells(c, STR(" "), &blank);
	while (c->column % TAB_COLUMNS);
}

static void add_shaped_piece(struct cutting *c, struct str text, bool breaks)
{
	struct piece *piece = add(c, text);

	piece->width = paragraph_measure(text, c->run, &c->grid->cell);
	piece->shaped = true;
	piece->breaks = breaks;
	c->column += piece->width / c->grid->cell.width;
}

/* A stretch wider than the paper is cut at its clusters. */
static void add_stretch(struct cutting *c, struct str text, bool breaks)
{
	uint32_t paper = c->grid->columns * c->grid->cell.width;

	if (paragraph_measure(text, c->run, &c->grid->cell) <= paper) {
		add_shaped_piece(c, text, breaks);
		return;
	}
	for (size_t at = 0; at < text.len;) {
		struct cluster cluster = cluster_next(text, at);
		add_shaped_piece(c, str_head(str_from(text, at), cluster.len), at ? true : breaks);
		at += cluster.len;
	}
}

static size_t shaped_length(struct str text)
{
	size_t at = 0;

	while (at < text.len) {
		struct cluster cluster = cluster_next(text, at);
		if (!cluster.shaped)
			break;
		at += cluster.len;
	}
	return at;
}

static size_t add_shaped(struct cutting *c, struct str text)
{
	struct str all = str_head(text, shaped_length(text));
	bool *breaks = mem_array(all.len + 1, sizeof *breaks);
	bool first_breaks = c->last.len > 0 && c->after_blank;
	size_t from = 0;

	paragraph_breaks(all, breaks);
	for (size_t at = 1; at <= all.len; at++) {
		if (at < all.len && !breaks[at])
			continue;
		add_stretch(c, str_head(str_from(all, from), at - from),
		    from ? true : first_breaks);
		from = at;
	}
	free(breaks);
	c->last = (struct cluster){ .len = 1, .shaped = true };
	c->after_blank = false;
	return all.len;
}

static size_t add_next(struct cutting *c, struct str text, size_t at)
{
	struct cluster cluster = cluster_next(text, at);
	struct str rest = str_from(text, at);

	if (cluster.code == '\n')
		add_newline(c);
	else if (cluster.code == '\t')
		add_tab(c);
	else if (cluster.shaped)
		return add_shaped(c, rest);
	else if (cluster.cells > 0 && cluster.code >= 0x20 &&
	         !(cluster.code >= 0x7f && cluster.code < 0xa0))
		add_cells(c, str_head(rest, cluster.len), &cluster);
	return cluster.len;
}

enum err piece_add(struct receipt *r, const struct grid *grid, const struct receipt_cell *cell,
    struct why *why)
{
	struct cutting c = { .r = r, .grid = grid };
	size_t bytes = 0;

	for (size_t i = 0; i < cell->count; i++) {
		c.run = &cell->runs[i];
		bytes += c.run->text.len;
		if (bytes > RECEIPT_TEXT_MAX)
			return why_fail(why, E_TOO_LARGE, "A line has more than %d bytes of text",
			    RECEIPT_TEXT_MAX);
		for (size_t at = 0; at < c.run->text.len;)
			at += add_next(&c, c.run->text, at);
	}
	return E_OK;
}

uint32_t piece_widest(const struct receipt *r, size_t first, size_t count)
{
	uint32_t width = 0, widest = 0;

	for (size_t i = first; i < first + count; i++) {
		const struct piece *p = &r->pieces.at[i];
		width = p->newline ? 0 : width + p->width;
		widest = width > widest ? width : widest;
	}
	return widest;
}

/* A character enlarged beyond its column is enlarged less. */
static void fit(struct piece *p, uint32_t room)
{
	uint32_t once = p->wide ? p->width / p->wide : 0;

	while (!p->shaped && p->width > room && p->wide > 1) {
		p->wide--;
		p->width = once * p->wide;
	}
}

static void end_line(struct receipt *r, struct column *c, size_t end, bool trim)
{
	const struct piece *at = r->pieces.at;
	struct line *line = &c->line;

	while (trim && end > line->first && at[end - 1].blank)
		end--;
	line->count = end - line->first;
	line->width = 0;
	for (size_t i = line->first; i < end; i++)
		line->width += at[i].width;
}

static size_t past_blanks(const struct receipt *r, size_t i, size_t end)
{
	while (i < end && r->pieces.at[i].blank)
		i++;
	return i < end && r->pieces.at[i].newline ? i + 1 : i;
}

static size_t past_newline(const struct receipt *r, size_t i, size_t end)
{
	while (i < end && !r->pieces.at[i].newline)
		i++;
	return i < end ? i + 1 : end;
}

/* The piece at `i` does not fit: where the line ends, what the next begins with. */
static void overflow(struct receipt *r, struct column *c, size_t i, size_t last,
    enum receipt_wrap wrap)
{
	size_t end = c->first + c->count;

	if (wrap == WRAP_NONE) {
		end_line(r, c, i, false);
		c->next = past_newline(r, i, end);
	} else if (wrap == WRAP_CHARS) {
		end_line(r, c, i, false);
		c->next = i;
	} else if (r->pieces.at[i].blank) {
		end_line(r, c, i, true);
		c->next = past_blanks(r, i, end);
	} else {
		end_line(r, c, last ? last : i, true);
		c->next = last ? last : i;
	}
}

bool piece_line(struct receipt *r, struct column *c, const struct grid *grid,
    enum receipt_wrap wrap)
{
	size_t end = c->first + c->count, i, last = 0;
	uint32_t room = c->width * grid->cell.width, width = 0;

	c->line = (struct line){ .first = c->next };
	if (c->next >= end)
		return false;
	for (i = c->next; i < end; i++) {
		struct piece *p = &r->pieces.at[i];
		if (p->newline)
			break;
		fit(p, room);
		if (i > c->next && p->breaks)
			last = i;
		if (width + p->width > room && i > c->next) {
			overflow(r, c, i, last, wrap);
			return true;
		}
		width += p->width;
	}
	end_line(r, c, i, false);
	c->next = i < end ? i + 1 : end;
	return true;
}
