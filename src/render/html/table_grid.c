/*
 * A table's grid: rows in the order they print, cells in slots, the styles of
 * columns, and borders that neighbours share.
 */
#include <math.h>

#include "render/html/table.h"

#define COLUMNS_MAX 1000
#define SLOTS_MAX 200000

static void *resize(struct doc *d, struct table *t, unsigned columns)
{
	if (columns > COLUMNS_MAX)
		arena_fail(&d->arena, E_TOO_LARGE, "a table has more than %d columns", COLUMNS_MAX);
	while (t->column_count < columns) {
		t->columns = arena_more(&d->arena, t->columns, t->column_count,
		    sizeof(*t->columns));
		t->columns[t->column_count++] = (struct column){ 0 };
	}
	return t;
}

/* How many more rows each column is taken by a cell from above. */
struct occupancy {
	uint16_t left[COLUMNS_MAX];
};

static void add_cell(struct doc *d, struct table *t, struct occupancy *o, struct box *c,
    unsigned *at)
{
	while (*at < COLUMNS_MAX && o->left[*at])
		++*at;
	unsigned end = *at + c->columns;
	if (end > COLUMNS_MAX)
		end = COLUMNS_MAX;
	if (*at >= end)
		arena_fail(&d->arena, E_TOO_LARGE, "a table has more than %d columns", COLUMNS_MAX);
	c->column = (uint16_t)*at;
	c->columns = (uint16_t)(end - *at);
	c->row = (uint16_t)(t->row_count - 1);
	resize(d, t, end);
	for (unsigned i = *at; i < end; i++)
		o->left[i] = c->rows;
	*at = end;
	t->cells = arena_more(&d->arena, t->cells, t->cell_count, sizeof(*t->cells));
	t->cells[t->cell_count++] = c;
	if (t->cell_count > SLOTS_MAX || t->row_count > 65000)
		arena_fail(&d->arena, E_TOO_LARGE, "a table is too large");
}

static void add_row(struct doc *d, struct table *t, struct occupancy *o, struct box *row)
{
	unsigned at = 0;
	t->rows = arena_more(&d->arena, t->rows, t->row_count, sizeof(*t->rows));
	t->rows[t->row_count++] = (struct row){ .box = row };
	for (struct box *c = row->first; c; c = c->next)
		if (c->kind == BOX_CELL)
			add_cell(d, t, o, c, &at);
	for (unsigned i = 0; i < t->column_count; i++)
		o->left[i] -= o->left[i] > 0;
}

static void add_group(struct doc *d, struct table *t, struct occupancy *o, struct box *g)
{
	if (g->kind == BOX_ROW)
		add_row(d, t, o, g);
	for (struct box *r = g->first; g->kind == BOX_ROW_GROUP && r; r = r->next)
		if (r->kind == BOX_ROW)
			add_row(d, t, o, r);
	/* a cell does not reach into the next group */
	for (unsigned i = 0; g->kind == BOX_ROW_GROUP && i < t->column_count; i++)
		o->left[i] = 0;
}

static void column_style(struct doc *d, struct table *t, const struct box *c, unsigned *at)
{
	for (unsigned i = 0; i < c->columns && *at < COLUMNS_MAX; i++, ++*at) {
		resize(d, t, *at + 1);
		struct len w = c->style->box.width;
		t->columns[*at].fixed = len_or(w, UNKNOWN, 0);
		t->columns[*at].share = w.kind == LEN_FIXED ? w.share : 0;
	}
}

static void column_styles(struct doc *d, struct table *t, const struct box *b)
{
	unsigned at = 0;
	for (const struct box *c = b->first; c; c = c->next) {
		if (c->kind == BOX_COLUMN)
			column_style(d, t, c, &at);
		else if (c->kind == BOX_COLUMN_GROUP && !c->first)
			column_style(d, t, c, &at);
		for (const struct box *k = c->first; c->kind == BOX_COLUMN_GROUP && k; k = k->next)
			if (k->kind == BOX_COLUMN)
				column_style(d, t, k, &at);
	}
}

static unsigned group_order(const struct box *g)
{
	return g->style->box.display == DISPLAY_HEADER_GROUP ? 0 :
	    g->style->box.display == DISPLAY_FOOTER_GROUP ? 2 : 1;
}

static void clip_spans(struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		const struct box *group = c->parent->parent;
		unsigned end = c->row;
		while (end < t->row_count && end - c->row < c->rows &&
		    t->rows[end].box->parent == group)
			end++;
		c->rows = (uint16_t)(end > c->row ? end - c->row : 1);
	}
}

struct table *table_grid(struct layout *l, struct box *b)
{
	if (b->table)
		return b->table;
	struct doc *d = l->doc;
	struct table *t = b->table = ARENA_NEW(&d->arena, struct table);
	struct occupancy *o = ARENA_NEW(&d->arena, struct occupancy);
	t->collapse = b->style->text.collapse;
	if (!t->collapse) {
		t->gap_x = b->style->text.border_spacing[0];
		t->gap_y = b->style->text.border_spacing[1];
	}
	column_styles(d, t, b);
	for (unsigned order = 0; order < 3; order++)
		for (struct box *g = b->first; g; g = g->next)
			if ((g->kind == BOX_ROW || g->kind == BOX_ROW_GROUP) &&
			    group_order(g) == order)
				add_group(d, t, o, g);
	clip_spans(t);
	return t;
}

/* --- collapsed borders: every line between two cells is drawn once --- */

static float stronger(float a, float b)
{
	return fmaxf(a, b);
}

/*
 * A collapsed border lies half in each of its neighbours: cells get half of the
 * stronger of the two, and paint.c draws the whole from the cell above or left.
 */
static void collapse_borders(struct table *t, struct box *b)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		const float *own = c->style->box.border_width, *outer = b->style->box.border_width;
		bool first_row = c->row == 0, last_row = c->row + c->rows >= (int)t->row_count;
		bool first = c->column == 0, last = c->column + c->columns >= (int)t->column_count;
		bool edge[4] = { first_row, last, last_row, first };
		for (int side = 0; side < 4; side++)
			c->border[side] = edge[side] ? stronger(own[side], outer[side]) : own[side];
	}
	for (size_t i = 0; i < t->cell_count; i++)
		for (size_t k = i + 1; k < t->cell_count && t->cells[k]->row <=
		    t->cells[i]->row + t->cells[i]->rows; k++) {
			struct box *a = t->cells[i], *c = t->cells[k];
			bool beside = c->column == a->column + a->columns &&
			    c->row < a->row + a->rows;
			bool below = c->row == a->row + a->rows &&
			    c->column < a->column + a->columns &&
			    a->column < c->column + c->columns;
			if (beside)
				a->border[RIGHT] = c->border[LEFT] =
				    stronger(a->border[RIGHT], c->border[LEFT]);
			if (below)
				a->border[BOTTOM] = c->border[TOP] =
				    stronger(a->border[BOTTOM], c->border[TOP]);
		}
}

void table_edges(struct table *t, struct box *b)
{
	for (size_t i = 0; i < t->cell_count; i++)
		layout_edges(t->cells[i], 0);
	if (!t->collapse)
		return;
	collapse_borders(t, b);
}

float table_gaps(const struct table *t)
{
	return t->column_count ? t->gap_x * (float)(t->column_count + 1) : 0;
}

float table_outer(const struct table *t, const struct box *b, int side)
{
	float most = 0;
	for (size_t i = 0; t->collapse && i < t->cell_count; i++) {
		const struct box *c = t->cells[i];
		bool at = side == LEFT ? c->column == 0 : side == TOP ? c->row == 0 :
		    side == RIGHT ? c->column + c->columns >= (int)t->column_count :
		    c->row + c->rows >= (int)t->row_count;
		if (at)
			most = fmaxf(most, c->border[side] / 2);
	}
	return most;
}

float table_sum(const struct table *t)
{
	float sum = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		sum += t->columns[i].width;
	return sum;
}
