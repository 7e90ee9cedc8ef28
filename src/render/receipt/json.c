/*
 * The JSON receipt: an array of blocks, or an object with one. It is read twice:
 * the first time nothing is put out, so that a mistake in its last block is
 * told before the first is on paper.
 */
#include "render/receipt/json.h"

#include <stdlib.h>

#include "base/mem.h"

#define BYTES_MAX (16u << 20)

static const char *const types[] = { TYPE_RECEIPT, NULL };

/* --- blocks -------------------------------------------------------------------------- */

typedef enum err put_block(struct json_receipt *r, const struct json *block,
    const struct path *at, struct why *why);

static enum err put_text(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path text = { at, "text", 0 };
	struct json_style style = json_style_initial(r);
	struct receipt_cell cell = { .flex = 1 };
	struct receipt_row row = { .cells = &cell, .count = 1 };
	enum err err = json_style_read(block, at, &style, why);

	err = err ? err : json_runs(r, json_get(block, "text"), &text, &style, &cell, why);
	row.small = style.small;
	row.wrap = style.wrap;
	return err || r->checking ? err : receipt_row(r->receipt, &row, why);
}

static enum err put_rule(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	static const char *const words[] = { "solid", "double", "dashed", "dotted", NULL };
	static const struct receipt_cell cell = { .flex = 1 };
	static const struct receipt_row row = { .cells = &cell, .count = 1 };
	struct path place = { at, "rule", 0 };
	const struct json *v = json_get(block, "rule");
	int word = RULE_SOLID;

	if (!(json_is(v, JSON_BOOL) && json_bool(v, false))) {
		enum err err = json_word(v, &place, words, &word, why);
		if (err)
			return err;
	}
	if (r->checking)
		return E_OK;
	return receipt_rule(r->receipt, &row, (enum receipt_rule)word, why);
}

static enum err put_feed(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path place = { at, "feed", 0 };
	unsigned lines = 0;
	enum err err = json_whole(json_get(block, "feed"), &place, 1, 100, &lines, why);

	return err || r->checking ? err : receipt_feed(r->receipt, lines, why);
}

static enum err put_cut(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	static const char *const words[] = { "partial", "full", NULL };
	struct path place = { at, "cut", 0 };
	const struct json *v = json_get(block, "cut");
	int word = 0;

	if (!(json_is(v, JSON_BOOL) && json_bool(v, false))) {
		enum err err = json_word(v, &place, words, &word, why);
		if (err)
			return err;
	}
	if (r->checking)
		return E_OK;
	return receipt_cut(r->receipt, word ? CUT_FULL : CUT_PARTIAL, why);
}

static enum err put_drawer(struct json_receipt *r, const struct json *block,
    const struct path *at, struct why *why)
{
	struct path place = { at, "drawer", 0 };
	const struct json *v = json_get(block, "drawer");
	int64_t pin = 2;

	if (!(json_is(v, JSON_BOOL) && json_bool(v, false)) &&
	    (!json_int(v, &pin) || (pin != 2 && pin != 5)))
		return json_wrong(&place, why, "must be true, 2 or 5 (the pin of its connector)");
	if (!r->task->options->drawer)
		return why_field(why, "drawer", E_NOT_ALLOWED,
		    "The receipt opens the drawer, which who sent it may not");
	return r->checking ? E_OK : receipt_drawer(r->receipt, (unsigned)pin, why);
}

static enum err put_beep(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path place = { at, "beep", 0 };
	const struct json *v = json_get(block, "beep");
	unsigned times = 1;

	if (!(json_is(v, JSON_BOOL) && json_bool(v, false))) {
		enum err err = json_whole(v, &place, 1, 9, &times, why);
		if (err)
			return err;
	}
	return r->checking ? E_OK : receipt_beep(r->receipt, times, why);
}

#define STYLE "bold", "underline", "invert", "red", "size", "align", "font", "wrap"

/* The member that a kind of block goes by comes first; a table has columns too. */
static const struct kind {
	put_block *put;
	const char *members[16];
} kinds[] = {
	{ put_text, { "text", STYLE } },
	{ json_table, { "table", "columns", "header", "gap", "border", STYLE } },
	{ json_columns, { "columns", "gap", "border", STYLE } },
	{ put_rule, { "rule" } },
	{ json_image, { "image", "width", "align" } },
	{ json_barcode, { "barcode", "type", "module", "height", "hri", "align" } },
	{ json_qr, { "qr", "module", "level", "align" } },
	{ put_feed, { "feed" } },
	{ put_cut, { "cut" } },
	{ put_drawer, { "drawer" } },
	{ put_beep, { "beep" } },
};

static const struct kind *kind_of(const struct json *block)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (json_get(block, kinds[i].members[0]))
			return &kinds[i];
	return NULL;
}

static enum err put_string(struct json_receipt *r, const struct json *block,
    const struct path *at, struct why *why)
{
	struct json_style style = json_style_initial(r);
	struct receipt_cell cell = { .flex = 1 };
	struct receipt_row row = { .cells = &cell, .count = 1 };
	enum err err = json_runs(r, block, at, &style, &cell, why);

	return err || r->checking ? err : receipt_row(r->receipt, &row, why);
}

static enum err put(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	r->run_count = 0;
	if (json_is(block, JSON_STRING))
		return put_string(r, block, at, why);
	if (!json_is(block, JSON_OBJECT))
		return json_wrong(at, why, "must be a string or an object");
	const struct kind *kind = kind_of(block);
	if (!kind)
		return json_wrong(at, why, "must have one of text, columns, table, rule, image, "
		    "barcode, qr, feed, cut, drawer and beep");
	enum err err = json_members(block, at, kind->members, why);
	return err ? err : kind->put(r, block, at, why);
}

/* --- the document ---------------------------------------------------------------------- */

static enum err put_all(struct json_receipt *r, const struct json *blocks, struct why *why)
{
	static const struct path at = { NULL, "blocks", 0 };
	enum err err = E_OK;
	size_t i = 0;

	for (const struct json *v = json_first(blocks); v && !err; v = json_next(v)) {
		struct path place = { &at, NULL, i++ };
		err = put(r, v, &place, why);
	}
	return err;
}

static enum err read_root(struct json_receipt *r, const struct json *root,
    const struct json **blocks, struct why *why)
{
	static const char *const known[] = { "blocks", "direction", "$schema", NULL };
	static const char *const directions[] = { "ltr", "rtl", NULL };
	static const struct path at = { NULL, "", 0 }, list = { NULL, "blocks", 0 },
		direction = { NULL, "direction", 0 };
	int word = 0;
	enum err err = E_OK;

	*blocks = root;
	if (json_is(root, JSON_ARRAY))
		return E_OK;
	if (!json_is(root, JSON_OBJECT))
		return json_wrong(&at, why, "must be an array of blocks, or an object with one");
	*blocks = json_get(root, "blocks");
	err = json_members(root, &at, known, why);
	err = err ? err : json_word(json_get(root, "direction"), &direction, directions, &word,
	    why);
	r->rtl = word == 1;
	if (!err && !json_is(*blocks, JSON_ARRAY))
		err = json_wrong(&list, why, "must be an array");
	return err;
}

/* The check needs a receipt to measure with, but nothing may come of it yet. */
static enum err swallow(const struct step *s, void *arg, struct why *why)
{
	(void)s;
	(void)arg;
	(void)why;
	return E_OK;
}

static enum err check(struct json_receipt *r, const struct task *t, const struct json *blocks,
    struct why *why)
{
	struct task quiet = *t;

	quiet.sink = (struct sheet_sink){ swallow, NULL };
	r->checking = true;
	enum err err = receipt_begin(&quiet, &r->receipt, why);
	err = err ? err : put_all(r, blocks, why);
	return receipt_end(r->receipt, err, why);
}

static enum err print(struct json_receipt *r, const struct task *t, const struct json *blocks,
    struct why *why)
{
	r->checking = false;
	enum err err = receipt_begin(t, &r->receipt, why);
	err = err ? err : put_all(r, blocks, why);
	return receipt_end(r->receipt, err, why);
}

static enum err receipt_draw(const struct task *t, struct why *why)
{
	struct json_receipt *r = mem_alloc(sizeof *r);
	const struct json *blocks;
	struct json_doc *doc = NULL;
	enum err err;

	r->task = t;
	if (t->bytes.len > BYTES_MAX)
		err = why_fail(why, E_TOO_LARGE, "The receipt is larger than %u bytes", BYTES_MAX);
	else
		err = json_parse(t->bytes, NULL, &doc, why);
	err = err ? err : read_root(r, json_root(doc), &blocks, why);
	err = err ? err : check(r, t, blocks, why);
	err = err ? err : print(r, t, blocks, why);
	json_destroy(doc);
	free(r);
	return err;
}

const struct engine_plug engine_receipt = {
	.name = "receipt",
	.types = types,
	.warm = receipt_warm,
	.draw = receipt_draw,
};
