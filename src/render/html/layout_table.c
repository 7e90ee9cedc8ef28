/*
 * Tables, once the columns have their widths: rows as high as their cells, cells
 * aligned in them, captions above and below.
 */
#include <math.h>

#include "render/html/table.h"

/* What a cell's border takes from its content: half of a shared one. */
static float cell_border(const struct table *t, const struct box *c, int side)
{
	return t->collapse ? c->border[side] / 2 : c->border[side];
}

static float span_width(const struct table *t, const struct box *c)
{
	float w = t->gap_x * (float)(c->columns - 1);
	for (unsigned i = c->column; i < c->column + c->columns; i++)
		w += t->columns[i].width;
	return w;
}

static void layout_cell(struct layout *l, struct table *t, struct box *c)
{
	float border[4];
	struct offer o = { span_width(t, c), UNKNOWN, span_width(t, c), UNKNOWN, false };
	for (int i = 0; i < 4; i++)
		border[i] = cell_border(t, c, i);
	struct style *s = c->style;
	float kept[4];
	for (int i = 0; i < 4; i++) {
		kept[i] = s->box.border_width[i];
		s->box.border_width[i] = border[i];
	}
	struct len height = s->box.height;
	if (height.share != 0)
		s->box.height = (struct len){ .kind = LEN_AUTO };
	c->cell_shift = 0;
	layout_box(l, c, &o);
	for (int i = 0; i < 4; i++)
		s->box.border_width[i] = kept[i];
	s->box.height = height;
}

static bool is_baseline(const struct box *c)
{
	uint8_t how = c->style->box.valign.how;
	return how != VALIGN_TOP && how != VALIGN_MIDDLE && how != VALIGN_BOTTOM;
}

static float baseline_of(const struct box *c)
{
	float at = box_first_baseline(c);
	return at >= 0 ? at : c->h - c->padding[BOTTOM] - c->border[BOTTOM];
}

static void row_heights(struct layout *l, struct table *t)
{
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		layout_cell(l, t, c);
		if (is_baseline(c))
			t->rows[c->row].baseline = fmaxf(t->rows[c->row].baseline, baseline_of(c));
	}
	for (unsigned r = 0; r < t->row_count; r++)
		t->rows[r].height = len_or(t->rows[r].box->style->box.height, UNKNOWN, 0);
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		struct row *r = &t->rows[c->row];
		float lowered = is_baseline(c) ? fmaxf(0, r->baseline - baseline_of(c)) : 0;
		if (c->rows == 1)
			r->height = fmaxf(r->height, c->h + lowered);
	}
	for (size_t i = 0; i < t->cell_count; i++) {
		struct box *c = t->cells[i];
		float have = t->gap_y * (float)(c->rows - 1);
		for (unsigned r = c->row; c->rows > 1 && r < c->row + c->rows; r++)
			have += t->rows[r].height;
		if (c->rows > 1 && c->h > have)
			t->rows[c->row + c->rows - 1].height += c->h - have;
	}
}

static void stretch_rows(struct table *t, float more)
{
	float sum = 0;
	for (unsigned r = 0; r < t->row_count; r++)
		sum += t->rows[r].height;
	for (unsigned r = 0; r < t->row_count && more > 0; r++)
		t->rows[r].height += sum > 0 ? more * t->rows[r].height / sum :
		    more / (float)t->row_count;
}

static void align_cell(const struct table *t, struct box *c, float height)
{
	const struct row *r = &t->rows[c->row];
	float free = height - c->h;
	uint8_t how = c->style->box.valign.how;
	float shift = how == VALIGN_MIDDLE ? free / 2 : how == VALIGN_BOTTOM ? free :
	    how == VALIGN_TOP ? 0 : fmaxf(0, r->baseline - baseline_of(c));
	c->h = height;
	if (shift > 0)
		layout_shift(c, floorf(shift));
}

static void place_cell(struct table *t, struct box *c)
{
	const struct row *first = &t->rows[c->row], *last = &t->rows[c->row + c->rows - 1];
	align_cell(t, c, last->y + last->height - first->y);
	c->x = t->columns[c->column].x - t->columns[0].x;
	if (c->style->text.rtl && c->parent->parent->style->text.rtl)
		c->x = table_sum(t) + t->gap_x * (float)(t->column_count - 1) - c->x - c->w;
	c->y = 0;
}

/* Rows and groups as boxes, for their backgrounds. */
static void place_rows(struct table *t, struct box *b, float x, float width)
{
	for (unsigned r = 0; r < t->row_count; r++) {
		struct box *row = t->rows[r].box, *group = row->parent;
		row->laid_out = true;
		row->w = width;
		row->h = t->rows[r].height;
		row->x = x;
		row->y = t->rows[r].y;
		if (group == b)
			continue;
		if (!group->laid_out || t->rows[r].y < group->y) {
			group->x = x;
			group->y = t->rows[r].y;
			group->w = width;
		}
		group->laid_out = true;
		group->h = fmaxf(group->h, t->rows[r].y + row->h - group->y);
		row->x = 0;
		row->y -= group->y;
	}
}

static float place_captions(struct layout *l, struct box *b, bool below, float y)
{
	float from = y;
	for (struct box *c = b->first; c; c = c->next) {
		if (c->kind != BOX_CAPTION || c->style->text.caption_bottom != below)
			continue;
		struct offer o = { b->w, UNKNOWN, UNKNOWN, UNKNOWN, false };
		layout_box(l, c, &o);
		c->x = c->margin[LEFT];
		c->y = y + c->margin[TOP];
		y += c->margin[TOP] + c->h + c->margin[BOTTOM];
	}
	return y - from;
}

float layout_table(struct layout *l, struct box *b, float width, float height)
{
	float least, most;
	measure_table(l, b, &least, &most);
	struct table *t = b->table;
	if (t->collapse)
		for (int i = 0; i < 4; i++)
			b->border[i] = 0;
	b->caption_top = place_captions(l, b, false, 0);
	float x = b->border[LEFT] + b->padding[LEFT] + t->gap_x + table_outer(t, b, LEFT);
	float y = b->caption_top + b->border[TOP] + b->padding[TOP] + t->gap_y +
	    table_outer(t, b, TOP);
	float room = width - table_gaps(t) - table_outer(t, b, LEFT) - table_outer(t, b, RIGHT);
	if (t->collapse)
		room = b->w - table_outer(t, b, LEFT) - table_outer(t, b, RIGHT);
	table_widths(t, b, room);
	float at = x;
	for (unsigned i = 0; i < t->column_count; i++) {
		t->columns[i].x = at;
		at += t->columns[i].width + t->gap_x;
	}
	row_heights(l, t);
	float bottom = t->gap_y + table_outer(t, b, BOTTOM), top = y;
	float sum = 0;
	for (unsigned r = 0; r < t->row_count; r++)
		sum += t->rows[r].height + (r ? t->gap_y : 0);
	float content = sum + t->gap_y * 2 + table_outer(t, b, TOP) + table_outer(t, b, BOTTOM);
	if (height > content)
		stretch_rows(t, height - content);
	for (unsigned r = 0; r < t->row_count; r++) {
		t->rows[r].y = y;
		y += t->rows[r].height + t->gap_y;
	}
	y = t->row_count ? y - t->gap_y : top - t->gap_y;
	place_rows(t, b, x, table_sum(t) + t->gap_x * (float)(t->column_count ?
	    t->column_count - 1 : 0));
	for (size_t i = 0; i < t->cell_count; i++)
		place_cell(t, t->cells[i]);
	float table_end = y + bottom + b->padding[BOTTOM] + b->border[BOTTOM];
	b->caption_bottom = place_captions(l, b, true, table_end);
	if (t->row_count && t->rows[0].baseline > 0)
		b->baseline = b->last_baseline = t->rows[0].y + t->rows[0].baseline;
	return table_end + b->caption_bottom - box_edges(b, TOP, BOTTOM);
}
