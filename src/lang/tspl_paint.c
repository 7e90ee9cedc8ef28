/* One function per command that draws; the rest passes by. */
#include "lang/tspl_paint.h"

#include <string.h>

#include "base/mem.h"
#include "lang/form.h"
#include "lang/tspl_lex.h"

#define ROWS_MOST 20000

struct tspl {
	struct form form;
	int64_t left, top; /* REFERENCE */
};

static unsigned next(struct str *args)
{
	return tspl_number(tspl_arg(args));
}

/* "72.5 mm", "300 dot", or inches, in dots. */
static uint32_t length(const struct tspl *t, struct str arg)
{
	unsigned whole = tspl_number(arg), part = 0, scale = 1;
	size_t at = 0;
	while (at < arg.len && arg.ptr[at] >= '0' && arg.ptr[at] <= '9')
		at++;
	if (at < arg.len && arg.ptr[at] == '.')
		for (at++; at < arg.len && arg.ptr[at] >= '0' && arg.ptr[at] <= '9'; at++)
			if (scale < 10000) {
				part = part * 10 + (unsigned)(arg.ptr[at] - '0');
				scale *= 10;
			}
	struct str unit = str_trim(str_from(arg, at));
	uint64_t milli = (uint64_t)whole * 1000 + (uint64_t)part * 1000 / scale;
	uint64_t dots = str_is_nocase(unit, "mm") ? (milli * t->form.dpi + 12700) / 25400 :
	    str_starts(unit, "dot") ? whole : (milli * t->form.dpi + 500) / 1000;
	return dots < ROWS_MOST ? (uint32_t)dots : ROWS_MOST;
}

static void size(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	tspl_arg(&args);
	t->form.height = length(t, tspl_arg(&args));
}

static void reference(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	t->left = next(&args);
	t->top = next(&args);
}

static void cls(struct tspl *t, const struct tspl_line *l)
{
	(void)l;
	form_clear(&t->form);
}

/* In TSPL a 0 prints. */
static void bitmap(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	int64_t x = t->left + next(&args), y = t->top + next(&args);
	size_t bytes = next(&args), rows = next(&args);
	uint8_t row[1024];
	if (!bytes || bytes > sizeof(row) || y > ROWS_MOST || l->data.len < bytes * rows)
		return;
	for (size_t i = 0; i < rows && i < ROWS_MOST; i++) {
		for (size_t b = 0; b < bytes; b++)
			row[b] = (uint8_t)~l->data.ptr[i * bytes + b];
		bitmap_draw(&t->form.dots, x, y + (int64_t)i, row, bytes, (uint32_t)bytes * 8, 1,
		    1, 1);
	}
}

static void bar(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	int64_t x = t->left + next(&args), y = t->top + next(&args), w = next(&args);
	form_box(&t->form, (int64_t[]){ x, y, w, next(&args) }, ROWS_MOST);
}

static void box(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	int64_t x = next(&args), y = next(&args), x2 = next(&args), y2 = next(&args);
	if (x2 > x && y2 > y)
		form_box(&t->form, (int64_t[]){ t->left + x, t->top + y, x2 - x, y2 - y },
		    next(&args));
}

/* TEXT x,y,"font",rotation,wide,high,[alignment,]"text" */
static void text(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args, last = STR_NONE;
	int64_t x = t->left + next(&args), y = t->top + next(&args);
	tspl_arg(&args);
	tspl_arg(&args);
	unsigned wide = next(&args), high = next(&args);
	while (args.len)
		last = tspl_arg(&args);
	form_text(&t->form, x, y, wide, high, last);
}

static const struct {
	const char *name;
	enum symbology symbology;
} kinds[] = {
	{ "128", SYM_CODE128 }, { "128M", SYM_CODE128 }, { "EAN128", SYM_GS1_128 },
	{ "39", SYM_CODE39 }, { "39C", SYM_CODE39 }, { "93", SYM_CODE93 }, { "25", SYM_ITF },
	{ "EAN13", SYM_EAN13 }, { "EAN8", SYM_EAN8 }, { "UPCA", SYM_UPC_A }, { "UPCE", SYM_UPC_E },
	{ "CODA", SYM_CODABAR },
};

/* BARCODE x,y,"kind",height,readable,rotation,narrow,wide,"content" */
static void barcode(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args, last = STR_NONE;
	int64_t x = t->left + next(&args), y = t->top + next(&args);
	struct str kind = tspl_arg(&args);
	unsigned height = next(&args);
	next(&args);
	next(&args);
	unsigned narrow = next(&args);
	while (args.len)
		last = tspl_arg(&args);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (str_is_nocase(kind, kinds[i].name))
			form_code(&t->form, x, y, kinds[i].symbology, last,
			    (unsigned[]){ narrow, height });
}

/* QRCODE x,y,level,cell,mode,rotation,[model,mask,]"content" */
static void qrcode(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args, last = STR_NONE;
	int64_t x = t->left + next(&args), y = t->top + next(&args);
	tspl_arg(&args);
	unsigned cell = next(&args);
	while (args.len)
		last = tspl_arg(&args);
	form_code(&t->form, x, y, SYM_QR, last, (unsigned[]){ cell, cell });
}

static void print(struct tspl *t, const struct tspl_line *l)
{
	struct str args = l->args;
	unsigned sets = next(&args), copies = args.len ? next(&args) : 1;
	if (sets > FORM_COPIES_MAX || copies > FORM_COPIES_MAX)
		sets = FORM_COPIES_MAX, copies = 1;
	form_print(&t->form, sets * copies);
}

static const struct {
	const char *word;
	void (*run)(struct tspl *t, const struct tspl_line *l);
} draws[] = {
	{ "SIZE", size }, { "REFERENCE", reference }, { "CLS", cls }, { "BITMAP", bitmap },
	{ "BAR", bar }, { "BOX", box }, { "TEXT", text }, { "BARCODE", barcode },
	{ "QRCODE", qrcode }, { "PRINT", print },
};

enum err tspl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why)
{
	struct tspl t = { 0 };
	struct tspl_line l;
	form_init(&t.form, setup, take, arg, why);
	for (size_t at = 0; !t.form.roll.err && tspl_lex(bytes, &at, &l);)
		for (size_t i = 0; i < COUNT_OF(draws); i++)
			if (str_is_nocase(l.word, draws[i].word))
				draws[i].run(&t, &l);
	return form_finish(&t.form);
}

void tspl_text(struct str bytes, const struct profile *profile, struct buf *out)
{
	struct tspl_line l;
	(void)profile;
	for (size_t at = 0; !out->failed && tspl_lex(bytes, &at, &l);) {
		struct str args = l.args, last = STR_NONE;
		if (!str_is_nocase(l.word, "TEXT") && !str_is_nocase(l.word, "BLOCK"))
			continue;
		while (args.len)
			last = tspl_arg(&args);
		buf_add_str(out, last);
		buf_add_byte(out, '\n');
	}
}
