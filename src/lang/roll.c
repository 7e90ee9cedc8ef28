/* Rows are counted over all papers, so that no stream can ask for miles. */
#include "lang/roll.h"

#include "base/buf.h"

void roll_init(struct roll *r, uint32_t width_dots, paper_take *take, void *arg,
    struct why *why)
{
	*r = (struct roll){ .take = take, .arg = arg, .why = why };
	bitmap_init(&r->dots, width_dots);
}

bool roll_feed(struct roll *r, uint64_t rows)
{
	if (r->err)
		return false;
	if (rows > ROLL_ROWS_MAX - r->total - r->y ||
	    !bitmap_need(&r->dots, r->y + (uint32_t)rows)) {
		r->err = why_fail(r->why, E_TOO_LARGE, "It prints more than %u rows",
		    ROLL_ROWS_MAX);
		return false;
	}
	r->y += (uint32_t)rows;
	return true;
}

void roll_cut(struct roll *r)
{
	uint32_t width = r->dots.width_dots;
	if (!r->err && r->y) {
		r->dots.height_dots = r->y; /* what was drawn below has not come out */
		r->err = r->take(&r->dots, r->arg, r->why);
	}
	r->total += r->y;
	r->y = 0;
	bitmap_finish(&r->dots);
	bitmap_init(&r->dots, width);
}

enum err roll_finish(struct roll *r)
{
	roll_cut(r);
	bitmap_finish(&r->dots);
	return r->err;
}
