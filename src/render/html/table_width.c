/*
 * Widths of columns: from what the cells need or, with table-layout: fixed, from
 * the first row.
 */
#include <math.h>

#include "render/html/table.h"

static void measure_cell(struct layout *l, struct table *t, struct box *c, float *least,
    float *most)
{
	/* layout_measure counts whole borders and would forget these edges */
	c->measured = false;
	layout_measure(l, c);
	float half = t->collapse ? (c->border[LEFT] + c->border[RIGHT]) / 2 : 0;
	struct len w = c->style->box.width;
	*least = c->least - half;
	*most = c->most - half;
	if (w.kind == LEN_FIXED && w.share == 0 && c->columns == 1) {
		float wanted = layout_wanted_width(c, UNKNOWN) + box_edges(c, LEFT, RIGHT) - half;
		struct column *col = &t->columns[c->column];
		col->fixed = fmaxf(col->fixed, fmaxf(wanted, *least));
	} else if (w.kind == LEN_FIXED && w.share > 0 && c->columns == 1) {
		t->columns[c->column].share = fmaxf(t->columns[c->column].share, w.share);
	}
}

/* A span's need is given to its columns, by what they have already. */
static void spread(const struct table *t, const struct box *c, float least, float most)
{
	float have_least = t->gap_x * (float)(c->columns - 1), have_most = have_least;
	unsigned open = 0;
	for (unsigned i = c->column; i < c->column + c->columns; i++) {
		have_least += t->columns[i].least;
		have_most += t->columns[i].most;
		open += t->columns[i].fixed == 0;
	}
	for (unsigned i = c->column; i < c->column + c->columns; i++) {
		struct column *col = &t->columns[i];
		bool takes = col->fixed == 0 || !open;
		float part = !takes ? 0 : have_most > 0 && open == c->columns ?
		    col->most / have_most : 1.0f / (float)(open ? open : c->columns);
		if (least > have_least)
			col->least += (least - have_least) * part;
		if (most > have_most)
			col->most += (most - have_most) * part;
		col->most = fmaxf(col->most, col->least);
	}
}

static void measure_columns(struct layout *l, struct table *t, struct box *b)
{
	for (unsigned span = 1; span <= t->column_count; span++) {
		unsigned next = t->column_count + 1;
		for (size_t i = 0; i < t->cell_count; i++) {
			struct box *c = t->cells[i];
			float least, most;
			if (c->columns > span && c->columns < next)
				next = c->columns;
			if (c->columns != span)
				continue;
			measure_cell(l, t, c, &least, &most);
			if (span > 1) {
				spread(t, c, least, most);
				continue;
			}
			struct column *col = &t->columns[c->column];
			col->least = fmaxf(col->least, least);
			col->most = fmaxf(col->most, most);
		}
		for (unsigned i = 0; span == 1 && i < t->column_count; i++) {
			struct column *col = &t->columns[i];
			if (col->fixed > 0 && col->share == 0)
				col->most = col->fixed = fmaxf(col->fixed, col->least);
		}
		span = next - 1;
	}
}

void measure_table(struct layout *l, struct box *b, float *least, float *most)
{
	struct table *t = table_grid(l, b);
	float percent_most = 0, share = 0, rest = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		t->columns[i].least = t->columns[i].most = 0;
	table_edges(t, b);
	measure_columns(l, t, b);
	*least = *most = table_gaps(t);
	for (unsigned i = 0; i < t->column_count; i++) {
		const struct column *c = &t->columns[i];
		*least += c->least;
		*most += c->most;
		if (c->share > 0) {
			percent_most = fmaxf(percent_most, c->most / fminf(c->share, 1));
			share += c->share;
		} else {
			rest += c->most;
		}
	}
	if (share > 0 && share < 0.99f)
		percent_most = fmaxf(percent_most, rest / (1 - share));
	*most = fmaxf(*most, fminf(percent_most, 1e6f));
	for (struct box *c = b->first; c; c = c->next)
		if (c->kind == BOX_CAPTION) {
			layout_edges(c, 0);
			layout_measure(l, c);
			*least = fmaxf(*least, c->least);
			*most = fmaxf(*most, c->least);
		}
	if (b->style->box.table_fixed && b->style->box.width.kind == LEN_FIXED)
		*least = fminf(*least, layout_wanted_width(b, UNKNOWN) < 0 ? table_gaps(t) :
		    layout_wanted_width(b, UNKNOWN));
}

enum class { CLASS_AUTO, CLASS_FIXED, CLASS_SHARE };

static enum class class_of(const struct column *c)
{
	return c->share > 0 ? CLASS_SHARE : c->fixed > 0 ? CLASS_FIXED : CLASS_AUTO;
}

/* What a column would have if there were room: by its class. */
static float preferred(const struct column *c, enum class upto, float whole)
{
	enum class class = class_of(c);
	if (class == CLASS_SHARE)
		return fmaxf(c->least, c->share * whole);
	if (class == CLASS_FIXED && upto >= CLASS_FIXED)
		return fmaxf(c->least, c->most);
	return upto == CLASS_AUTO ? c->least : c->most;
}

static void grow_columns(struct table *t, float room, enum class class)
{
	float sum = 0;
	unsigned n = 0;
	for (unsigned i = 0; i < t->column_count; i++)
		if (class_of(&t->columns[i]) == class) {
			sum += class == CLASS_SHARE ? t->columns[i].share : t->columns[i].most;
			n++;
		}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		float weight = class == CLASS_SHARE ? c->share : c->most;
		if (class_of(c) == class)
			c->width += room * (sum > 0 ? weight / sum : 1.0f / (float)n);
	}
}

/* Between `from` and `to` of every column, as far as there is room. */
static void blend(struct table *t, float room, enum class from, enum class to, float whole)
{
	float low = 0, high = 0;
	for (unsigned i = 0; i < t->column_count; i++) {
		low += preferred(&t->columns[i], from, whole);
		high += preferred(&t->columns[i], to, whole);
	}
	float k = high > low ? fmaxf(0, fminf(1, (room - low) / (high - low))) : 0;
	for (unsigned i = 0; i < t->column_count; i++) {
		float a = preferred(&t->columns[i], from, whole);
		t->columns[i].width = a + k * (preferred(&t->columns[i], to, whole) - a);
	}
}

/* CSS Tables 3, "distribution algorithm": four guesses, the room lies between two. */
static void distribute(struct table *t, float room)
{
	float least = 0, shares = 0, fixed = 0, most = 0;
	bool has[3] = { false, false, false };
	for (unsigned i = 0; i < t->column_count; i++) {
		const struct column *c = &t->columns[i];
		least += c->least;
		shares += preferred(c, CLASS_AUTO, room);
		fixed += class_of(c) == CLASS_AUTO ? c->least : preferred(c, CLASS_FIXED, room);
		most += preferred(c, CLASS_SHARE, room);
		has[class_of(c)] = true;
	}
	if (room <= shares) {
		float k = shares > least ? fmaxf(0, (room - least) / (shares - least)) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			c->width = c->least + k * (preferred(c, CLASS_AUTO, room) - c->least);
		}
		return;
	}
	if (room <= fixed) {
		float k = fixed > shares ? (room - shares) / (fixed - shares) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			float base = preferred(c, CLASS_AUTO, room);
			float to = class_of(c) == CLASS_AUTO ? base :
			    preferred(c, CLASS_FIXED, room);
			c->width = base + k * (to - base);
		}
		return;
	}
	if (room < most) {
		float k = most > fixed ? (room - fixed) / (most - fixed) : 0;
		for (unsigned i = 0; i < t->column_count; i++) {
			struct column *c = &t->columns[i];
			float to = preferred(c, CLASS_SHARE, room);
			float base = class_of(c) == CLASS_AUTO ? c->least : to;
			c->width = base + k * (to - base);
		}
		return;
	}
	blend(t, room, CLASS_SHARE, CLASS_SHARE, room);
	grow_columns(t, room - table_sum(t), has[CLASS_AUTO] ? CLASS_AUTO :
	    has[CLASS_FIXED] ? CLASS_FIXED : CLASS_SHARE);
}

/* Widths from <col> and the first row alone; the rest is shared evenly. */
static void distribute_fixed(struct table *t, float room)
{
	unsigned open = 0;
	float taken = 0;
	for (size_t i = 0; i < t->cell_count && t->cells[i]->row == 0; i++) {
		const struct box *c = t->cells[i];
		struct len w = c->style->box.width;
		for (unsigned k = 0; k < c->columns && w.kind == LEN_FIXED; k++) {
			struct column *col = &t->columns[c->column + k];
			float edges = c->style->box.border_box ? 0 : box_edges(c, LEFT, RIGHT);
			if (w.share > 0)
				col->share = w.share / (float)c->columns;
			else
				col->fixed = (w.dots + edges) / (float)c->columns;
		}
	}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		c->width = c->share > 0 ? c->share * room : c->fixed;
		taken += c->width;
		open += class_of(c) == CLASS_AUTO;
	}
	for (unsigned i = 0; i < t->column_count; i++) {
		struct column *c = &t->columns[i];
		if (open && class_of(c) == CLASS_AUTO)
			c->width = fmaxf(0, room - taken) / (float)open;
		else if (!open && taken > 0)
			c->width *= room / taken;
	}
}

void table_widths(struct table *t, const struct box *b, float room)
{
	if (b->style->box.table_fixed && b->style->box.width.kind == LEN_FIXED)
		distribute_fixed(t, room);
	else
		distribute(t, room);
}
