/*
 * A row: widths first, then line by line across its columns.
 */
#include <string.h>

#include "render/receipt/inside.h"

static bool is_shown(const struct receipt_cell *cell)
{
	return cell->width > 0 || cell->flex > 0;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The widest gives way first, of two the right one. */
static void shrink(struct receipt *r, unsigned sum, unsigned room)
{
	while (sum > room) {
		struct column *widest = &r->columns[0];
		for (size_t i = 1; i < r->column_count; i++)
			if (r->columns[i].width >= widest->width)
				widest = &r->columns[i];
		if (widest->width == 0)
			return;
		widest->width--;
		sum--;
	}
}

static unsigned own_width(struct receipt *r, const struct column *c, const struct grid *grid)
{
	if (c->cell->width != RECEIPT_WIDTH_CONTENT)
		return least(c->cell->width, grid->columns);
	uint32_t dots = piece_widest(r, c->first, c->count);
	return least((dots + grid->cell.width - 1) / grid->cell.width, grid->columns);
}

/* Set the widths of r->columns so that they take no more than `room`; their sum. */
static unsigned share(struct receipt *r, const struct grid *grid, unsigned room)
{
	unsigned fixed = 0, flexes = 0, shares = 0, sum = 0;

	for (size_t i = 0; i < r->column_count; i++) {
		struct column *c = &r->columns[i];
		c->width = c->cell->flex ? 0 : own_width(r, c, grid);
		fixed += c->width;
		shares += c->cell->flex;
		flexes += c->cell->flex > 0;
	}
	unsigned left = room > fixed ? room - fixed : 0;
	if (left < flexes)
		left = flexes;
	for (size_t i = 0, before = 0; i < r->column_count; i++) {
		struct column *c = &r->columns[i];
		size_t upto = before + c->cell->flex;
		if (c->cell->flex)
			c->width = (unsigned)((size_t)left * upto / shares -
			    (size_t)left * before / shares);
		before = upto;
		sum += c->width;
	}
	shrink(r, sum, room);
	return least(sum, room);
}

static unsigned offset(enum align align, unsigned free)
{
	return align == ALIGN_END ? free : align == ALIGN_CENTER ? (free + 1) / 2 : 0;
}

static struct extent extent_of(struct receipt *r, const struct receipt_row *row)
{
	const struct grid *grid = &r->grids[row->small];
	unsigned count = (unsigned)r->column_count, gap = row->lined ? 1 : row->gap;
	unsigned frame = count > 1 ? (count - 1) * gap : 0;
	struct extent e = { 0 };

	if (row->lined)
		frame += 2;
	e.width = share(r, grid, grid->columns > frame ? grid->columns - frame : 0) + frame;
	e.width = least(e.width, grid->columns);
	e.x = offset(row->align, grid->columns - e.width);
	unsigned x = e.x + row->lined;
	for (size_t i = 0; i < r->column_count; i++) {
		r->columns[i].x = x;
		x += r->columns[i].width + gap;
	}
	return e;
}

static enum err take_cells(struct receipt *r, const struct receipt_row *row, bool with_text,
    struct why *why)
{
	const struct grid *grid = &r->grids[row->small];

	r->pieces.count = 0;
	r->column_count = 0;
	for (size_t i = 0; i < row->count && r->column_count < RECEIPT_CELLS_MAX; i++) {
		if (!is_shown(&row->cells[i]))
			continue;
		struct column *c = &r->columns[r->column_count++];
		*c = (struct column){ .cell = &row->cells[i], .first = r->pieces.count };
		enum err err = with_text ? piece_add(r, grid, c->cell, why) : E_OK;
		if (err)
			return err;
		c->count = r->pieces.count - c->first;
		c->next = c->first;
	}
	return E_OK;
}

static unsigned highest(const struct receipt *r)
{
	unsigned high = 1;

	for (size_t i = 0; i < r->column_count; i++) {
		const struct line *line = &r->columns[i].line;
		for (size_t k = 0; k < line->count; k++) {
			const struct piece *p = &r->pieces.at[line->first + k];
			high = p->style->high > high ? p->style->high : high;
		}
	}
	return high;
}

static enum err put_lines(struct receipt *r, const struct receipt_row *row, struct why *why)
{
	const struct grid *grid = &r->grids[row->small];

	for (bool first = true;; first = false) {
		bool any = false;
		for (size_t i = 0; i < r->column_count; i++)
			any |= piece_line(r, &r->columns[i], grid, row->wrap);
		if (!any && !first)
			return E_OK;
		enum err err = line_put(r, grid, highest(r), row->lined, why);
		if (err)
			return err;
	}
}

enum err receipt_row(struct receipt *r, const struct receipt_row *row, struct why *why)
{
	enum err err = take_cells(r, row, true, why);

	if (err)
		return err;
	struct extent e = extent_of(r, row);
	err = table_row(r, row, e, why);
	return err ? err : put_lines(r, row, why);
}

enum err row_measure(struct receipt *r, const struct receipt_row *row, struct extent *e,
    struct why *why)
{
	enum err err = take_cells(r, row, false, why);

	if (!err)
		*e = extent_of(r, row);
	return err;
}

static enum err put_rule(struct receipt *r, const struct grid *grid, struct extent e,
    enum receipt_rule style, struct why *why)
{
	static const struct {
		const char *box, *ascii;
	} strokes[] = {
		[RULE_SOLID] = { "─", "-" }, [RULE_DOUBLE] = { "═", "=" },
		[RULE_DASHED] = { "-", "-" }, [RULE_DOTTED] = { ".", "." },
	};
	const char *stroke = r->boxes ? strokes[style].box : strokes[style].ascii;
	struct buf text;

	buf_init(&text, 4 * BARS_MAX);
	for (unsigned i = 0; i < e.width; i++)
		buf_puts(&text, stroke);
	enum err err = line_text(r, grid, e.x, buf_str(&text), why);
	buf_finish(&text);
	return err;
}

enum err receipt_rule(struct receipt *r, const struct receipt_row *row,
    enum receipt_rule style, struct why *why)
{
	struct extent e;
	enum err err = row_measure(r, row, &e, why);

	if (err)
		return err;
	if (row->lined) {
		r->table.ruled = r->table.open;
		return E_OK;
	}
	err = table_close(r, why);
	return err ? err : put_rule(r, &r->grids[row->small], e, style, why);
}

enum err receipt_measure(struct receipt *r, const struct receipt_cell *cell, bool small,
    unsigned *cells, struct why *why)
{
	const struct grid *grid = &r->grids[small];
	enum err err;

	r->pieces.count = 0;
	err = piece_add(r, grid, cell, why);
	*cells = (piece_widest(r, 0, r->pieces.count) + grid->cell.width - 1) / grid->cell.width;
	return err;
}
