/*
 * Columns: of one row, or of a table whose rows share their widths.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "render/receipt/json.h"

#define COLUMN_STYLE "align", "bold", "underline", "invert", "red", "size"

/* A table's column or a row's: what all of its cells have in common. */
struct shape {
	struct json_style style;
	unsigned width, flex;
};

struct columns {
	struct shape shape[RECEIPT_CELLS_MAX];
	struct receipt_cell cells[RECEIPT_CELLS_MAX];
	size_t count;
	struct receipt_row row;
	bool header; /* the first row of the table is one */
};

static enum err read_width(const struct json *v, const struct path *at, struct shape *s,
    struct why *why)
{
	struct path width = { at, "width", 0 }, flex = { at, "flex", 0 };
	const struct json *w = json_get(v, "width");
	enum err err = E_OK;

	if (json_is(w, JSON_STRING) && str_is(json_string(w), "auto"))
		s->width = RECEIPT_WIDTH_CONTENT;
	else if (w && !json_is(w, JSON_NUMBER))
		err = json_wrong(&width, why, "must be a number of characters or \"auto\"");
	else
		err = json_whole(w, &width, 1, 1000, &s->width, why);
	err = err ? err : json_whole(json_get(v, "flex"), &flex, 1, 100, &s->flex, why);
	if (!err && s->width && s->flex)
		err = json_wrong(at, why, "has a width and a flex: it can have one of them");
	return err;
}

/* The first takes what is left and the others what they need, unless they say. */
static void default_widths(struct columns *c)
{
	bool any = false;

	for (size_t i = 0; i < c->count; i++)
		any = any || c->shape[i].flex > 0;
	for (size_t i = 0; i < c->count; i++) {
		struct shape *s = &c->shape[i];
		if (s->width || s->flex)
			continue;
		if (i == 0 && !any)
			s->flex = 1;
		else
			s->width = RECEIPT_WIDTH_CONTENT;
	}
}

/* The last of several is for amounts, unless it says otherwise. */
static void default_align(struct columns *c, const struct json_receipt *r)
{
	struct json_style *last = &c->shape[c->count - 1].style;

	if (c->count > 1 && (last->natural || (r->rtl && last->align == ALIGN_END))) {
		last->align = r->rtl ? ALIGN_START : ALIGN_END;
		last->natural = false;
	}
}

static enum err read_row(struct json_receipt *r, const struct json *block, const struct path *at,
    struct columns *c, struct json_style *style, struct why *why)
{
	static const char *const borders[] = { "none", "line", NULL };
	struct path gap = { at, "gap", 0 }, border = { at, "border", 0 };
	int lined = 0;

	*style = json_style_initial(r);
	c->row = (struct receipt_row){ .gap = 1 };
	enum err err = json_style_read(block, at, style, why);
	err = err ? err : json_whole(json_get(block, "gap"), &gap, 0, 16, &c->row.gap, why);
	err = err ? err : json_word(json_get(block, "border"), &border, borders, &lined, why);
	c->row.lined = lined == 1;
	c->row.small = style->small;
	c->row.wrap = style->wrap;
	return err;
}

static enum err read_shape(const struct json *v, const struct path *at,
    const struct json_style *style, struct shape *s, struct why *why)
{
	*s = (struct shape){ .style = *style };
	if (!json_is(v, JSON_OBJECT))
		return E_OK;
	enum err err = json_style_read(v, at, &s->style, why);
	return err ? err : read_width(v, at, s, why);
}

static enum err check_count(const struct json *list, const struct path *at, struct why *why)
{
	size_t count = json_count(list);

	if (!json_is(list, JSON_ARRAY) || count == 0 || count > RECEIPT_CELLS_MAX)
		return json_wrong(at, why, "must be an array of 1 to %d columns",
		    RECEIPT_CELLS_MAX);
	return E_OK;
}

/* From right to left the first column is the right one. */
static enum err put(struct json_receipt *r, struct columns *c, struct why *why)
{
	for (size_t i = 0; i < c->count; i++) {
		c->cells[i].width = c->shape[i].width;
		c->cells[i].flex = c->shape[i].flex;
	}
	for (size_t i = 0; r->rtl && i < c->count / 2; i++) {
		struct receipt_cell other = c->cells[c->count - 1 - i];
		c->cells[c->count - 1 - i] = c->cells[i];
		c->cells[i] = other;
	}
	c->row.cells = c->cells;
	c->row.count = c->count;
	return r->checking ? E_OK : receipt_row(r->receipt, &c->row, why);
}

/* --- a row ------------------------------------------------------------------------ */

static enum err read_cell(struct json_receipt *r, const struct json *v, const struct path *at,
    const struct shape *s, struct receipt_cell *cell, struct why *why)
{
	static const char *const known[] = { "text", "width", "flex", COLUMN_STYLE, NULL };
	struct path text = { at, "text", 0 };

	if (!json_is(v, JSON_OBJECT))
		return json_runs(r, v, at, &s->style, cell, why);
	enum err err = json_members(v, at, known, why);
	return err ? err : json_runs(r, json_get(v, "text"), &text, &s->style, cell, why);
}

static enum err read_columns(struct json_receipt *r, const struct json *list,
    const struct path *at, const struct json_style *style, struct columns *c, struct why *why)
{
	enum err err = check_count(list, at, why);

	if (err)
		return err;
	c->count = json_count(list);
	size_t i = 0;
	for (const struct json *v = json_first(list); v && !err; v = json_next(v), i++) {
		struct path column = { at, NULL, i };
		err = read_shape(v, &column, style, &c->shape[i], why);
	}
	if (err)
		return err;
	default_widths(c);
	default_align(c, r);
	i = 0;
	for (const struct json *v = json_first(list); v && !err; v = json_next(v), i++) {
		struct path column = { at, NULL, i };
		err = read_cell(r, v, &column, &c->shape[i], &c->cells[i], why);
	}
	return err;
}

enum err json_columns(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct columns *c = mem_alloc(sizeof *c);
	struct path list = { at, "columns", 0 };
	struct json_style style;
	enum err err = read_row(r, block, at, c, &style, why);

	err = err ? err : read_columns(r, json_get(block, "columns"), &list, &style, c, why);
	err = err ? err : put(r, c, why);
	free(c);
	return err;
}

/* --- a table ----------------------------------------------------------------------- */

static enum err read_table_row(struct json_receipt *r, const struct json *row,
    const struct path *at, struct columns *c, bool header, struct why *why)
{
	enum err err = check_count(row, at, why);
	size_t i = 0;

	if (!err && json_count(row) != c->count)
		return json_wrong(at, why, "must have %zu cells, as the first row", c->count);
	for (const struct json *v = json_first(row); v && !err; v = json_next(v), i++) {
		struct path cell = { at, NULL, i };
		struct shape s = c->shape[i];
		s.style.run.bold = s.style.run.bold || header;
		err = json_runs(r, v, &cell, &s.style, &c->cells[i], why);
	}
	return err;
}

/* Columns as wide as their content are so over all rows. */
static enum err widen(struct json_receipt *r, struct columns *c, unsigned *widest,
    struct why *why)
{
	enum err err = E_OK;

	for (size_t i = 0; i < c->count && !err; i++) {
		unsigned cells;
		if (c->shape[i].width != RECEIPT_WIDTH_CONTENT)
			continue;
		err = receipt_measure(r->receipt, &c->cells[i], c->row.small, &cells, why);
		if (!err && cells > widest[i])
			widest[i] = cells;
	}
	return err;
}

static enum err read_shapes(struct json_receipt *r, const struct json *block,
    const struct path *at, const struct json_style *style, struct columns *c, struct why *why)
{
	static const char *const known[] = { "width", "flex", COLUMN_STYLE, NULL };
	const struct json *list = json_get(block, "columns");
	struct path columns = { at, "columns", 0 };
	enum err err = E_OK;

	for (size_t i = 0; i < c->count; i++)
		c->shape[i] = (struct shape){ .style = *style };
	if (list && (!json_is(list, JSON_ARRAY) || json_count(list) != c->count))
		return json_wrong(&columns, why, "must be an array of %zu objects", c->count);
	size_t i = 0;
	for (const struct json *v = json_first(list); v && !err; v = json_next(v), i++) {
		struct path column = { &columns, NULL, i };
		if (!json_is(v, JSON_OBJECT))
			return json_wrong(&column, why, "must be an object");
		err = json_members(v, &column, known, why);
		err = err ? err : read_shape(v, &column, style, &c->shape[i], why);
	}
	default_widths(c);
	default_align(c, r);
	return err;
}

/* One pass measures (`widest`), the next puts out. */
static enum err each_row(struct json_receipt *r, const struct json *rows, const struct path *at,
    struct columns *c, unsigned *widest, struct why *why)
{
	enum err err = E_OK;
	size_t i = 0;

	for (const struct json *row = json_first(rows); row && !err; row = json_next(row), i++) {
		struct path place = { at, NULL, i };
		r->run_count = 0;
		err = read_table_row(r, row, &place, c, c->header && i == 0, why);
		if (!err && widest)
			err = widen(r, c, widest, why);
		else if (!err)
			err = put(r, c, why);
		if (!err && !widest && !r->checking && c->header && i == 0)
			err = receipt_rule(r->receipt, &c->row, RULE_SOLID, why);
	}
	return err;
}

static enum err put_table(struct json_receipt *r, const struct json *rows, const struct path *at,
    struct columns *c, struct why *why)
{
	unsigned widest[RECEIPT_CELLS_MAX] = { 0 };
	enum err err = each_row(r, rows, at, c, widest, why);

	for (size_t i = 0; i < c->count; i++)
		if (c->shape[i].width == RECEIPT_WIDTH_CONTENT)
			c->shape[i].width = widest[i] ? widest[i] : 1;
	return err || r->checking ? err : each_row(r, rows, at, c, NULL, why);
}

enum err json_table(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct columns *c = mem_alloc(sizeof *c);
	const struct json *rows = json_get(block, "table");
	struct path place = { at, "table", 0 }, header = { at, "header", 0 };
	struct path first = { &place, NULL, 0 };
	struct json_style style;
	enum err err = read_row(r, block, at, c, &style, why);

	err = err ? err : json_flag(json_get(block, "header"), &header, &c->header, why);
	if (!err && (!json_is(rows, JSON_ARRAY) || json_count(rows) == 0))
		err = json_wrong(&place, why, "must be an array of rows");
	err = err ? err : check_count(json_first(rows), &first, why);
	if (!err) {
		c->count = json_count(json_first(rows));
		err = read_shapes(r, block, at, &style, c, why);
	}
	err = err ? err : put_table(r, rows, &place, c, why);
	free(c);
	return err;
}
