/*
 * ReceiptLine, line by line: cut at the bars, told apart, put out. Nothing but
 * the state of the properties goes from one line to the next.
 */
#include "render/receipt/receiptline.h"

#include <stdlib.h>

#include "base/mem.h"

#define BYTES_MAX (8u << 20)

static const char *const types[] = { TYPE_RECEIPTLINE, NULL };

struct reader {
	const struct task *task;
	struct receipt *receipt;
	struct line_state state;
	struct line_text text;
	struct line_property property;
	struct line_column columns[RECEIPT_CELLS_MAX];
	size_t count;
	size_t number; /* of the line */
};

/* --- a line into columns ------------------------------------------------------------ */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the column that begins at `at` ends: at a bar, or the end. */
static size_t column_end(struct str line, size_t at)
{
	while (at < line.len && line.ptr[at] != '|')
		at += line.ptr[at] == '\\' && at + 1 < line.len ? 2 : 1;
	return at < line.len ? at : line.len;
}

/* A blank that is escaped is of the text. */
static struct str trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* How a bar pulls at a column: towards it, away from it, not at all. */
static int pull(bool bar, bool touches)
{
	return !bar ? 0 : touches ? 1 : -1;
}

static enum align align_of(struct str raw, bool left_bar, bool right_bar)
{
	int left = pull(left_bar, raw.len > 0 && !is_blank(raw.ptr[0]));
	int right = pull(right_bar, raw.len > 0 && !is_blank(raw.ptr[raw.len - 1]));

	return left > right ? ALIGN_START : left < right ? ALIGN_END : ALIGN_CENTER;
}

static void cut_columns(struct reader *r, struct str line)
{
	bool left = line.len > 0 && line.ptr[0] == '|';

	r->count = 0;
	for (size_t at = left; r->count < RECEIPT_CELLS_MAX;) {
		size_t end = column_end(line, at);
		struct str raw = str_head(str_from(line, at), end - at);
		bool right = end < line.len;
		r->columns[r->count++] =
		    (struct line_column){ trim(raw), align_of(raw, left, right) };
		at = end + 1;
		left = true;
		if (at >= line.len)
			break;
	}
}

/* --- rows --------------------------------------------------------------------------- */

/* The cells of a row by the widths in force; text from `columns` where there is one. */
static void make_row(const struct reader *r, struct receipt_row *row, struct receipt_cell *cells)
{
	const struct line_state *s = &r->state;

	row->count = s->width_count ? s->width_count : r->count;
	for (size_t i = 0; i < row->count; i++) {
		unsigned width = s->width_count ? s->widths[i] : (unsigned)LINE_WIDTH_REST;
		bool rest = width == (unsigned)LINE_WIDTH_REST;
		cells[i] = (struct receipt_cell){ .width = rest ? 0 : width, .flex = rest };
		if (i < r->count)
			cells[i].align = r->columns[i].align;
	}
	row->cells = cells;
	row->align = s->align;
	row->lined = s->lined;
	row->gap = s->gap;
	row->wrap = s->nowrap ? WRAP_NONE : WRAP_CHARS;
}

static enum err put_row(struct reader *r, struct why *why)
{
	struct receipt_cell cells[RECEIPT_CELLS_MAX];
	size_t first[RECEIPT_CELLS_MAX + 1];
	struct receipt_row row = { 0 };

	line_text_clear(&r->text);
	for (size_t i = 0; i < r->count; i++) {
		first[i] = r->text.count;
		line_text_add(&r->text, r->columns[i].text, r->state.nowrap);
	}
	first[r->count] = r->text.count;
	if (r->text.bytes.failed)
		return why_fail(why, E_TOO_LARGE, "Line %zu is too long", r->number);
	make_row(r, &row, cells);
	struct run *runs = line_text_runs(&r->text);
	for (size_t i = 0; i < row.count && i < r->count; i++) {
		cells[i].runs = runs + first[i];
		cells[i].count = first[i + 1] - first[i];
	}
	return receipt_row(r->receipt, &row, why);
}

static enum err put_rule(struct reader *r, struct why *why)
{
	struct receipt_cell cells[RECEIPT_CELLS_MAX];
	struct receipt_row row = { 0 };

	make_row(r, &row, cells);
	return receipt_rule(r->receipt, &row, RULE_SOLID, why);
}

/* --- properties ------------------------------------------------------------------------ */

/* A code or picture that cannot be is left out, and said to be. */
static enum err forgive(struct reader *r, enum err err, const char *what, struct why *why)
{
	if (err != E_FIELD && err != E_DOCUMENT && err != E_UNSUPPORTED && err != E_MEDIA)
		return err;
	task_warn(r->task, "line %zu: the %s is left out: %s", r->number, what, why->text);
	*why = (struct why){ 0 };
	return E_OK;
}

static enum err put_image(struct reader *r, struct why *why)
{
	struct receipt_cell cells[RECEIPT_CELLS_MAX];
	struct receipt_row row = { 0 };
	struct receipt_image image = { .bytes = buf_str(&r->property.image),
		.align = r->columns[0].align, .within = &row };

	make_row(r, &row, cells);
	return forgive(r, receipt_image(r->receipt, &image, why), "image", why);
}

static enum err put_code(struct reader *r, struct why *why)
{
	struct receipt_cell cells[RECEIPT_CELLS_MAX];
	struct receipt_row row = { 0 };
	struct receipt_code code;
	enum err err;

	make_row(r, &row, cells);
	if (line_property_code(&r->state, buf_str(&r->property.code), &code)) {
		code.align = r->columns[0].align;
		code.within = &row;
		err = receipt_code(r->receipt, &code, why);
	} else {
		err = why_fail(why, E_FIELD, "it has not as many digits as such a code");
	}
	return forgive(r, err, "code", why);
}

static enum err put_property(struct reader *r, struct str text, struct why *why)
{
	struct line_property *p = &r->property;
	struct why reason = { 0 };
	bool was_lined = r->state.lined;
	enum err err = E_OK;

	p->has_code = p->has_image = p->has_command = p->border = false;
	line_property_read(p, &r->state, text);
	if (was_lined && p->border && !r->state.lined)
		err = receipt_table_end(r->receipt, &reason);
	if (!err && p->has_image)
		err = put_image(r, &reason);
	if (!err && p->has_code)
		err = put_code(r, &reason);
	if (p->has_command)
		task_warn(r->task, "line %zu: commands of a device are not passed on", r->number);
	if (err && why)
		*why = reason;
	return err;
}

/* --- a line ---------------------------------------------------------------------------- */

static bool is_all(struct str s, char c)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != c)
			return false;
	return s.len > 0;
}

/* Whether a brace stands in it that is not escaped. */
static bool has_brace(struct str s)
{
	for (size_t at = 0; at < s.len; at += s.ptr[at] == '\\' ? 2 : 1)
		if (s.ptr[at] == '{' || s.ptr[at] == '}')
			return true;
	return false;
}

static bool is_property(struct str s)
{
	return s.len >= 2 && s.ptr[0] == '{' && s.ptr[s.len - 1] == '}' &&
	       !has_brace((struct str){ s.ptr + 1, s.len - 2 });
}

static enum err put_line(struct reader *r, struct str line, struct why *why)
{
	cut_columns(r, trim(line));
	struct str only = r->count == 1 ? r->columns[0].text : STR_NONE;
	if (is_property(only))
		return put_property(r, (struct str){ only.ptr + 1, only.len - 2 }, why);
	if (is_all(only, '-'))
		return put_rule(r, why);
	if (is_all(only, '='))
		return receipt_cut(r->receipt, CUT_PARTIAL, why);
	for (size_t i = 0; i < r->count; i++) {
		if (!has_brace(r->columns[i].text))
			continue;
		task_warn(r->task, "line %zu: a brace in text needs a backslash; left out",
		    r->number);
		return E_OK;
	}
	return put_row(r, why);
}

static enum err put_lines(struct reader *r, struct str text, struct why *why)
{
	enum err err = E_OK;

	while (text.len > 0 && !err) {
		struct str rest, line = str_cut(text, '\n', &rest);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		r->number++;
		err = put_line(r, line, why);
		text = rest;
	}
	return err;
}

static enum err line_draw(const struct task *t, struct why *why)
{
	struct reader *r = mem_alloc(sizeof *r);
	struct buf copy;
	enum err err;

	buf_init(&copy, 3 * (size_t)BYTES_MAX);
	buf_init(&r->text.bytes, 4 * RECEIPT_TEXT_MAX);
	buf_init(&r->property.code, 8192);
	buf_init(&r->property.image, BYTES_MAX);
	r->task = t;
	r->state = line_state_initial();
	if (t->bytes.len > BYTES_MAX) {
		err = why_fail(why, E_TOO_LARGE, "The receipt is larger than %u bytes", BYTES_MAX);
	} else {
		struct str text = receipt_utf8(t->bytes, &copy);
		err = receipt_begin(t, &r->receipt, why);
		err = err ? err : put_lines(r, text, why);
		err = receipt_end(r->receipt, err, why);
	}
	line_text_finish(&r->text);
	buf_finish(&r->property.code);
	buf_finish(&r->property.image);
	buf_finish(&copy);
	free(r);
	return err;
}

static enum err discard(const struct step *s, void *arg, struct why *why)
{
	return E_OK;
}

static void line_rehearse(void)
{
	struct render_options o = { .abilities.width_dots = 576, .abilities.dpi = 203 };
	struct render_note note = { 0 };
	struct task t = { .bytes = STR("^^Shop\n---\nCoffee, very large|9.40\n^TOTAL|^9.40\n"
	    "{code:12345678; option:qrcode}\nשלום"), .options = &o, .sink = { discard, NULL },
		.note = &note };
	line_draw(&t, NULL);
}

const struct engine_plug engine_receiptline = {
	.name = "receiptline",
	.types = types,
	.warm = receipt_warm,
	.rehearse = line_rehearse,
	.draw = line_draw,
};
