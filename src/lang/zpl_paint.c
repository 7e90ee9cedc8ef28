/* A field gathers its place, its kind and its data, and is drawn at ^FS. */
#include "lang/zpl_paint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lang/form.h"
#include "lang/zpl_lex.h"

#define PICTURE_MOST (8u << 20)
#define ROWS_MOST 20000
#define CELL_HEIGHT 24
#define CELL_WIDTH 12
#define FIELD_MOST 4096

struct field {
	int64_t x, y;
	bool base;        /* ^FT: y is the lowest row */
	bool code;
	enum symbology symbology;
	unsigned module, height;
	unsigned wide, high;
	char escape;      /* ^FH; 0: none */
	struct str data;
	bool has_data;
};

struct zpl {
	struct form form;
	struct field field;
	int64_t left, top;          /* ^LH */
	unsigned module, bar;       /* ^BY */
	unsigned wide, high;        /* ^CF */
	unsigned copies;            /* ^PQ */
};

static void begin_field(struct zpl *z)
{
	z->field = (struct field){ .x = z->left, .y = z->top, .module = z->module,
		.height = z->bar, .wide = z->wide, .high = z->high };
}

static void format(struct zpl *z, const struct zpl_command *c)
{
	(void)c;
	form_clear(&z->form);
	z->left = z->top = 0;
	z->module = 2;
	z->bar = 10;
	z->wide = z->high = 1;
	z->copies = 1;
	begin_field(z);
}

static void end_format(struct zpl *z, const struct zpl_command *c)
{
	(void)c;
	form_print(&z->form, z->copies);
	form_clear(&z->form);
}

static void label_length(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	unsigned rows = zpl_number(zpl_param(&params));
	z->form.height = rows < ROWS_MOST ? rows : ROWS_MOST;
}

static void home(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	z->left = zpl_number(zpl_param(&params));
	z->top = zpl_number(zpl_param(&params));
	begin_field(z);
}

static void copies(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	unsigned n = zpl_number(zpl_param(&params));
	z->copies = n ? n : 1;
}

static void place(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	z->field.x = z->left + zpl_number(zpl_param(&params));
	z->field.y = z->top + zpl_number(zpl_param(&params));
	z->field.base = c->name[1] == 'T';
}

/* Sizes are dots; ours are multiples of the cell. */
static unsigned times(unsigned dots, unsigned cell)
{
	return dots < cell ? 1 : (dots + cell / 2) / cell;
}

/* ^Afo,h,w */
static void font(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	zpl_param(&params);
	unsigned high = zpl_number(zpl_param(&params)), wide = zpl_number(zpl_param(&params));
	z->field.high = times(high, CELL_HEIGHT);
	z->field.wide = wide ? times(wide, CELL_WIDTH) : z->field.high;
}

static void usual_font(struct zpl *z, const struct zpl_command *c)
{
	font(z, c);
	z->wide = z->field.wide;
	z->high = z->field.high;
}

static void bars(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	unsigned module = zpl_number(zpl_param(&params));
	zpl_param(&params);
	unsigned height = zpl_number(zpl_param(&params));
	z->module = z->field.module = module ? module : z->module;
	z->bar = z->field.height = height ? height : z->bar;
}

/* At which parameter the height (of a symbol: its module) stands. */
static const struct {
	char name;
	enum symbology symbology;
	unsigned height_at;
} codes[] = {
	{ 'C', SYM_CODE128, 1 }, { '3', SYM_CODE39, 2 }, { 'E', SYM_EAN13, 1 },
	{ '8', SYM_EAN8, 1 }, { 'U', SYM_UPC_A, 1 }, { '9', SYM_UPC_E, 1 }, { '2', SYM_ITF, 1 },
	{ 'A', SYM_CODE93, 1 }, { 'K', SYM_CODABAR, 2 }, { 'Q', SYM_QR, 2 },
	{ 'X', SYM_DATAMATRIX, 1 }, { 'O', SYM_AZTEC, 1 }, { '7', SYM_PDF417, 1 },
};

static void code(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		if (codes[i].name != c->name[1])
			continue;
		for (unsigned n = 0; n < codes[i].height_at; n++)
			zpl_param(&params);
		unsigned height = zpl_number(zpl_param(&params));
		bool symbol = codes[i].symbology >= SYM_QR;
		z->field.code = true;
		z->field.symbology = codes[i].symbology;
		if (symbol && height)
			z->field.module = height;
		else if (height)
			z->field.height = height;
	}
}

static void escape(struct zpl *z, const struct zpl_command *c)
{
	z->field.escape = c->params.len ? *c->params.ptr : '_';
}

static void data(struct zpl *z, const struct zpl_command *c)
{
	z->field.data = c->params;
	z->field.has_data = true;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ^FH: an escape and two hex digits are a byte; line ends are not printed. */
static void spell(const struct field *f, struct buf *out)
{
	for (size_t i = 0; i < f->data.len; i++) {
		char c = f->data.ptr[i];
		bool two = f->escape && c == f->escape && i + 2 < f->data.len &&
		    nibble(f->data.ptr[i + 1]) >= 0 && nibble(f->data.ptr[i + 2]) >= 0;
		if (two) {
			buf_add_byte(out, (uint8_t)(nibble(f->data.ptr[i + 1]) << 4 |
			    nibble(f->data.ptr[i + 2])));
			i += 2;
		} else if (c != '\r' && c != '\n') {
			buf_add_byte(out, (uint8_t)c);
		}
	}
}

/* The first parameters of a QR field are its level and mode: "QA,text". */
static struct str content(const struct field *f, struct str text)
{
	if (f->code && f->symbology == SYM_QR && text.len > 3 && text.ptr[2] == ',')
		return str_from(text, 3);
	if (f->code && f->symbology == SYM_CODE128 && text.len > 2 && text.ptr[0] == '>' &&
	    text.ptr[1] >= '9' && text.ptr[1] <= ';')
		return str_from(text, 2);
	return text;
}

static void end_field(struct zpl *z, const struct zpl_command *c)
{
	const struct field *f = &z->field;
	struct buf text;
	(void)c;
	buf_init(&text, FIELD_MOST);
	spell(f, &text);
	struct str s = content(f, buf_str(&text));
	int64_t y = f->y;
	if (f->base)
		y -= f->code ? f->height : f->high * CELL_HEIGHT;
	if (f->has_data && f->code)
		form_code(&z->form, f->x, y, f->symbology, s,
		    (unsigned[]){ f->module, f->height });
	else if (f->has_data)
		form_text(&z->form, f->x, y, f->wide, f->high, s);
	buf_finish(&text);
	begin_field(z);
}

/* ^GBw,h,t */
static void box(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	unsigned w = zpl_number(zpl_param(&params)), h = zpl_number(zpl_param(&params));
	unsigned thick = zpl_number(zpl_param(&params));
	thick = thick ? thick : 1;
	form_box(&z->form, (int64_t[]){ z->field.x, z->field.y, w > thick ? w : thick,
	    h > thick ? h : thick }, thick);
}

/* ^GFa,bytes,total,stride,data */
static void picture(struct zpl *z, const struct zpl_command *c)
{
	struct str params = c->params;
	struct str kind = zpl_param(&params);
	zpl_param(&params);
	size_t total = zpl_number(zpl_param(&params)), stride = zpl_number(zpl_param(&params));
	bool ascii = kind.len && (*kind.ptr == 'A' || *kind.ptr == 'a');
	if (!stride || stride > 4096 || !total || total > PICTURE_MOST || z->field.y > ROWS_MOST)
		return;
	uint8_t *rows = calloc(1, total + stride);
	size_t have = c->data.len < total ? c->data.len : total;
	if (rows && ascii)
		have = zpl_unpack(params, stride, rows, total);
	else if (rows && have)
		memcpy(rows, c->data.ptr, have);
	uint32_t height = (uint32_t)((have + stride - 1) / stride);
	if (rows)
		bitmap_draw(&z->form.dots, z->field.x, z->field.y, rows, stride,
		    (uint32_t)stride * 8, height < ROWS_MOST ? height : ROWS_MOST, 1, 1);
	free(rows);
}

static const struct {
	const char *name;
	void (*run)(struct zpl *z, const struct zpl_command *c);
} draws[] = {
	{ "XA", format }, { "XZ", end_format }, { "LL", label_length }, { "LH", home },
	{ "PQ", copies }, { "FO", place }, { "FT", place }, { "A", font }, { "CF", usual_font },
	{ "BY", bars }, { "FH", escape }, { "FD", data }, { "FV", data }, { "FS", end_field },
	{ "GB", box }, { "GF", picture },
};

static void run(struct zpl *z, const struct zpl_command *c)
{
	if (c->prefix != '^')
		return;
	if (c->name[0] == 'B' && c->name[1] != 'Y')
		code(z, c);
	for (size_t i = 0; i < COUNT_OF(draws); i++)
		if (!strcmp(c->name, draws[i].name))
			draws[i].run(z, c);
}

enum err zpl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why)
{
	struct zpl z = { .copies = 1, .module = 2, .bar = 10, .wide = 1, .high = 1 };
	struct zpl_command c;
	form_init(&z.form, setup, take, arg, why);
	begin_field(&z);
	for (size_t at = 0; !z.form.roll.err && zpl_lex(bytes, &at, &c);)
		run(&z, &c);
	return form_finish(&z.form);
}

void zpl_text(struct str bytes, const struct profile *profile, struct buf *out)
{
	struct field f = { 0 };
	struct zpl_command c;
	(void)profile;
	for (size_t at = 0; !out->failed && zpl_lex(bytes, &at, &c);) {
		if (c.prefix == '^' && !strcmp(c.name, "FH"))
			f.escape = c.params.len ? *c.params.ptr : '_';
		if (c.prefix == '^' && !strcmp(c.name, "FS"))
			f.escape = 0;
		if (c.prefix != '^' || (strcmp(c.name, "FD") && strcmp(c.name, "FV")))
			continue;
		f.data = c.params;
		spell(&f, out);
		buf_add_byte(out, '\n');
	}
}
