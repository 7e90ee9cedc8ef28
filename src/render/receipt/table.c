/*
 * Between two rows of a table there is a line when one was asked for or when
 * their bars stand elsewhere. Each of its corners has an arm up where the row
 * above has a bar and one down where the row below has.
 */
#include <string.h>

#include "render/receipt/inside.h"

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

static const char *const corners[16] = {
	[0] = " ", [UP] = "│", [DOWN] = "│", [UP | DOWN] = "│",
	[LEFT] = "─", [RIGHT] = "─", [LEFT | RIGHT] = "─",
	[DOWN | RIGHT] = "┌", [DOWN | LEFT] = "┐", [DOWN | LEFT | RIGHT] = "┬",
	[UP | RIGHT] = "└", [UP | LEFT] = "┘", [UP | LEFT | RIGHT] = "┴",
	[UP | DOWN | RIGHT] = "├", [UP | DOWN | LEFT] = "┤", [UP | DOWN | LEFT | RIGHT] = "┼",
};

static const char *corner(const struct receipt *r, unsigned arms)
{
	if (r->boxes)
		return corners[arms];
	return (arms & (LEFT | RIGHT)) == 0 ? "|" : arms & (UP | DOWN) ? "+" : "-";
}

/* The line between two rows; one of them may be absent. */
static enum err put_line(struct receipt *r, const struct table *above, const struct table *below,
    struct why *why)
{
	const struct table *one = above ? above : below;
	struct extent e = one->extent;
	unsigned end = e.x + e.width;
	struct buf text;

	if (above && below) {
		unsigned other = below->extent.x + below->extent.width;
		e.x = below->extent.x < e.x ? below->extent.x : e.x;
		end = other > end ? other : end;
	}
	buf_init(&text, 4 * BARS_MAX);
	for (unsigned x = e.x; x < end; x++) {
		unsigned arms = (x > e.x ? LEFT : 0u) | (x + 1 < end ? RIGHT : 0u);
		arms |= (above && above->bar[x] ? UP : 0u) | (below && below->bar[x] ? DOWN : 0u);
		buf_puts(&text, corner(r, arms));
	}
	enum err err = line_text(r, &r->grids[one->small], e.x, buf_str(&text), why);
	buf_finish(&text);
	return err;
}

static void set_bars(const struct receipt *r, struct extent e, struct table *t)
{
	t->bar[e.x] = true;
	for (size_t i = 0; i < r->column_count; i++) {
		unsigned x = r->columns[i].x + r->columns[i].width;
		if (x < BARS_MAX)
			t->bar[x] = true;
	}
}

static bool same_bars(const struct table *a, const struct table *b)
{
	return memcmp(a->bar, b->bar, sizeof a->bar) == 0;
}

enum err table_row(struct receipt *r, const struct receipt_row *row, struct extent e,
    struct why *why)
{
	struct table now = { .open = true, .small = row->small, .extent = e };
	enum err err = E_OK;

	if (!row->lined || (r->table.open && r->table.small != row->small))
		err = table_close(r, why);
	if (err || !row->lined)
		return err;
	set_bars(r, e, &now);
	if (!r->table.open)
		err = put_line(r, NULL, &now, why);
	else if (r->table.ruled || !same_bars(&r->table, &now))
		err = put_line(r, &r->table, &now, why);
	r->table = now;
	return err;
}

enum err table_settle(struct receipt *r, struct why *why)
{
	if (!r->table.open || !r->table.ruled)
		return E_OK;
	r->table.ruled = false;
	return put_line(r, &r->table, &r->table, why);
}

enum err table_close(struct receipt *r, struct why *why)
{
	if (!r->table.open)
		return E_OK;
	r->table.open = r->table.ruled = false;
	return put_line(r, &r->table, NULL, why);
}
