/* Each line is found in one table: what it draws, or that it does no harm. */
#include "lang/epl_read.h"

#include <string.h>

#include "base/mem.h"
#include "lang/form.h"
#include "lang/tspl_lex.h"

#define SIDE_MOST 20000
#define PICTURE_ARGS 4

struct line {
	struct str word, args;
	struct str data;  /* GW's */
	bool cut_off;     /* GW has fewer bytes than it says */
};

struct epl {
	struct form form;
	int64_t left, top; /* R */
};

static bool ends(char c)
{
	return c == '\n' || c == '\r' || !c;
}

static size_t line_length(struct str rest)
{
	size_t len = 0;
	while (len < rest.len && !ends(rest.ptr[len]))
		len++;
	return len;
}

/* GWx,y,bytes,rows,data. `l` has the line as far as an end that may be one of its dots. */
static size_t picture_length(struct str rest, struct line *l)
{
	uint64_t n[PICTURE_ARGS];
	size_t at = 2, from = 2;
	for (unsigned i = 0; i < PICTURE_ARGS; i++, from = ++at) {
		while (at < rest.len && rest.ptr[at] != ',' && !ends(rest.ptr[at]))
			at++;
		if (at == rest.len || ends(rest.ptr[at])) {
			l->cut_off = true;
			return at;
		}
		n[i] = tspl_number(str_trim(str_head(str_from(rest, from), at - from)));
	}
	uint64_t need = n[2] * n[3];
	l->args = str_head(str_from(rest, 2), at - 2);
	l->cut_off = need > rest.len - at;
	l->data = str_head(str_from(rest, at), l->cut_off ? rest.len - at : (size_t)need);
	return at + l->data.len;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool next_line(struct str bytes, size_t *at, struct line *l)
{
	while (*at < bytes.len && ends(bytes.ptr[*at]))
		++*at;
	struct str rest = str_from(bytes, *at);
	size_t len = line_length(rest), word = 0;
	*l = (struct line){ 0 };
	if (!rest.len)
		return false;
	while (word < len && word < 2 && is_letter(rest.ptr[word]))
		word++;
	l->word = str_head(rest, word ? word : len);
	l->args = str_from(str_head(rest, len), l->word.len);
	if (str_is(l->word, "GW"))
		len = picture_length(rest, l);
	*at += len;
	return true;
}

static unsigned next(struct str *args)
{
	return tspl_number(tspl_arg(args));
}

static void clear(struct epl *e, struct str args, struct str data)
{
	(void)args, (void)data;
	form_clear(&e->form);
}

static void reference(struct epl *e, struct str args, struct str data)
{
	(void)data;
	e->left = next(&args);
	e->top = next(&args);
}

static void length(struct epl *e, struct str args, struct str data)
{
	unsigned rows = next(&args);
	(void)data;
	e->form.height = rows < SIDE_MOST ? rows : SIDE_MOST;
}

/* A 0 prints. */
static void picture(struct epl *e, struct str args, struct str data)
{
	int64_t x = e->left + next(&args), y = e->top + next(&args);
	size_t bytes = next(&args), rows = next(&args);
	uint8_t row[1024];
	if (!bytes || bytes > sizeof(row) || y > SIDE_MOST || data.len < bytes * rows)
		return;
	for (size_t i = 0; i < rows && i < SIDE_MOST; i++) {
		for (size_t b = 0; b < bytes; b++)
			row[b] = (uint8_t)~data.ptr[i * bytes + b];
		bitmap_draw(&e->form.dots, x, y + (int64_t)i, row, bytes, (uint32_t)bytes * 8, 1,
		    1, 1);
	}
}

static void bar(struct epl *e, struct str args, struct str data)
{
	int64_t x = e->left + next(&args), y = e->top + next(&args), w = next(&args);
	(void)data;
	form_box(&e->form, (int64_t[]){ x, y, w, next(&args) }, SIDE_MOST);
}

/* Xx,y,thickness,x2,y2 */
static void box(struct epl *e, struct str args, struct str data)
{
	int64_t x = next(&args), y = next(&args);
	unsigned thick = next(&args);
	int64_t x2 = next(&args), y2 = next(&args);
	(void)data;
	if (x2 > x && y2 > y)
		form_box(&e->form, (int64_t[]){ e->left + x, e->top + y, x2 - x, y2 - y }, thick);
}

/* Ax,y,rotation,font,wide,high,reverse,"text" */
static void text(struct epl *e, struct str args, struct str data)
{
	int64_t x = e->left + next(&args), y = e->top + next(&args);
	(void)data;
	tspl_arg(&args);
	tspl_arg(&args);
	unsigned wide = next(&args), high = next(&args);
	tspl_arg(&args);
	form_text(&e->form, x, y, wide, high, tspl_arg(&args));
}

static void print(struct epl *e, struct str args, struct str data)
{
	unsigned sets = next(&args), copies = args.len ? next(&args) : 1;
	(void)data;
	if (sets > FORM_COPIES_MAX || copies > FORM_COPIES_MAX)
		sets = FORM_COPIES_MAX, copies = 1;
	form_print(&e->form, (sets ? sets : 1) * copies);
}

/* What does no harm; B, barcodes, passes undrawn. */
static const struct {
	const char *word;
	void (*draw)(struct epl *e, struct str args, struct str data);
} lines[] = {
	{ "N", clear }, { "R", reference }, { "Q", length }, { "GW", picture }, { "LO", bar },
	{ "X", box }, { "A", text }, { "P", print }, { "B", NULL }, { "b", NULL }, { "C", NULL },
	{ "D", NULL }, { "I", NULL }, { "S", NULL }, { "q", NULL }, { "JB", NULL }, { "JF", NULL },
	{ "LE", NULL }, { "LS", NULL }, { "LW", NULL }, { "ZB", NULL }, { "ZT", NULL },
};

static int find(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		if (str_is(word, lines[i].word))
			return (int)i;
	return -1;
}

void epl_examine(const struct document *doc, struct finding *f)
{
	struct str bytes = { (const char *)doc->bytes, doc->len };
	struct line l;
	*f = (struct finding){ 0 };
	for (size_t at = 0; !f->refused && next_line(bytes, &at, &l);) {
		if (find(l.word) >= 0 && !l.cut_off)
			continue;
		for (size_t i = 0; i < l.word.len && i < sizeof(f->unknown_text) - 1; i++)
			f->unknown_text[i] = l.word.ptr[i] > ' ' && l.word.ptr[i] < 0x7f ?
			    l.word.ptr[i] : '?';
		f->refused = f->unknown = f->unknown_text;
	}
}

enum err epl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why)
{
	struct epl e = { 0 };
	struct line l;
	form_init(&e.form, setup, take, arg, why);
	for (size_t at = 0; !e.form.roll.err && next_line(bytes, &at, &l);) {
		int row = find(l.word);
		if (row >= 0 && lines[row].draw)
			lines[row].draw(&e, l.args, l.data);
	}
	return form_finish(&e.form);
}

void epl_text(struct str bytes, const struct profile *profile, struct buf *out)
{
	struct line l;
	(void)profile;
	for (size_t at = 0; !out->failed && next_line(bytes, &at, &l);) {
		int row = find(l.word);
		if (row < 0 || lines[row].draw != text)
			continue;
		for (int i = 0; i < 7; i++)
			tspl_arg(&l.args);
		buf_add_str(out, tspl_arg(&l.args));
		buf_add_byte(out, '\n');
	}
}
