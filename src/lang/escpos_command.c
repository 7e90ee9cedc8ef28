/*
 * Rules read lengths, judges read functions; both see the parameters only.
 */
#include "lang/escpos_command.h"

#include "base/mem.h"

#define ROWS_EVERYWHERE 2303 /* escpos.md section 9: T81, HPRT; T88V fails near it */
#define COLUMNS_HIGH 7
#define CODE_LEAD 2 /* bytes of a counted command that tell what it is */

static enum judgement graphics(const struct escpos_walk *w);

static uint32_t number(const uint8_t *low, unsigned bytes)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < bytes; i++)
		n |= (uint32_t)low[i] << (8 * i);
	return n;
}

/* GS ( x, GS 8 L, FS ( x, ESC ( x: a length, then that many bytes, of which
 * the first two tell the function. */
static void counted(struct escpos_walk *w)
{
	unsigned header = w->command->parameters;
	uint32_t count = number(w->parameters, header);
	unsigned lead = count < CODE_LEAD ? count : CODE_LEAD;
	const uint8_t *code = w->parameters + header;
	if (w->need < header + lead) {
		w->need = header + lead;
		return;
	}
	for (unsigned i = 0; i < lead; i++)
		escpos_command_doubt(w, code[i]);
	w->left = count - lead;
	/* fn 112 and 113: pixels for the print buffer */
	w->image = w->command->judge == graphics && code[0] == 0x30 &&
	    (code[1] == 112 || code[1] == 113);
}

static void columns(struct escpos_walk *w)
{
	const uint8_t *p = w->parameters;
	bool high = p[0] == 32 || p[0] == 33;
	if (p[0] > 1 && !high) {
		w->doubt = true; /* "the following is processed as normal data" */
	} else if (w->need < 3) {
		w->need = 3;
	} else {
		w->left = (uint64_t)number(p + 1, 2) * (high ? 3 : 1);
		w->image = true;
		if (p[2] > COLUMNS_HIGH)
			w->doubt = true;
	}
}

static void raster(struct escpos_walk *w)
{
	const uint8_t *p = w->parameters;
	uint32_t x = number(p + 2, 2), y = number(p + 4, 2);
	bool known = p[0] == '0' && (p[1] <= 3 || (p[1] >= '0' && p[1] <= '3'));
	if (!known || !x || !y || y > ROWS_EVERYWHERE || w->line || w->page)
		w->doubt = true;
	w->left = (uint64_t)x * y;
	w->image = true;
}

static void download(struct escpos_walk *w)
{
	w->left = (uint64_t)w->parameters[0] * w->parameters[1] * 8;
	if (!w->left)
		w->doubt = true;
}

static void barcode(struct escpos_walk *w)
{
	uint8_t m = w->parameters[0];
	if (m >= 65 && m <= 79) {
		if (w->need == 2)
			w->left = w->parameters[1];
		w->need = 2;
	} else if (m <= 10) {
		w->step = UNTIL_NUL;
		if (m > 6)
			w->doubt = true;
	} else {
		w->doubt = true;
	}
}

static void cut(struct escpos_walk *w)
{
	uint8_t m = w->parameters[0];
	if (m == 65 || m == 66 || m == 97 || m == 98 || m == 103 || m == 104)
		w->need = 2;
	else if (m > 1 && m != 48 && m != 49)
		w->doubt = true;
	escpos_command_doubt(w, w->parameters[w->need - 1]);
}

/* Two bytes on Epson, three from some encoders: with these nobody can tell. */
static void italic(struct escpos_walk *w)
{
	uint8_t n = w->parameters[0];
	if (n > 1 && n != 48 && n != 49)
		w->doubt = true;
}

static void tabs(struct escpos_walk *w)
{
	w->step = TAB_STOPS;
	w->last_tab = 0;
	w->items = 0;
}

/* y c1 c2, then for each character its width x and x * y bytes. */
static void characters(struct escpos_walk *w)
{
	const uint8_t *p = w->parameters;
	if (w->need == 4) {
		w->left = (uint64_t)p[3] * p[0];
	} else if (p[2] < p[1] || !p[0]) {
		w->doubt = true;
	} else {
		w->items = (unsigned)(p[2] - p[1]);
		w->each = 1;
		w->need = 4;
	}
}

/* 72 bytes for the usual 24 x 24; other fonts have fewer. */
static void kanji(struct escpos_walk *w)
{
	w->left = 72;
	w->doubt = true;
}

static void nv_user(struct escpos_walk *w)
{
	if (w->parameters[0] == '1')
		w->left = number(w->parameters + 6, 2);
	else if (w->parameters[0] != '2')
		w->doubt = true;
}

/* n, then for each image xL xH yL yH and x * y * 8 bytes. */
static void nv_images(struct escpos_walk *w)
{
	const uint8_t *p = w->parameters;
	if (w->need == 5) {
		w->left = (uint64_t)number(p + 1, 2) * number(p + 3, 2) * 8;
	} else if (p[0]) {
		w->items = p[0] - 1u;
		w->each = 4;
		w->need = 5;
	}
}

static enum judgement pass(const struct escpos_walk *w)
{
	(void)w;
	return PASSES;
}

static enum judgement drawer(const struct escpos_walk *w)
{
	(void)w;
	return DRAWER;
}

static enum judgement refuse(const struct escpos_walk *w)
{
	(void)w;
	return REFUSED;
}

static enum judgement deselect(const struct escpos_walk *w)
{
	return w->parameters[0] & 1 ? PASSES : REFUSED;
}

static enum judgement recover(const struct escpos_walk *w)
{
	return w->parameters[0] == 2 || w->parameters[0] == '2' ? REFUSED : PASSES;
}

static enum judgement fence(const struct escpos_walk *w)
{
	return w->have > 2 && (w->parameters[2] == 48 || !w->parameters[2]) ? REFUSED : PASSES;
}

/* fn 65 to 68 delete and define NV graphics. */
static enum judgement graphics(const struct escpos_walk *w)
{
	unsigned header = w->command->parameters;
	uint8_t fn = w->have > header + 1 ? w->parameters[header + 1] : 0;
	return fn >= 65 && fn <= 68 ? REFUSED : PASSES;
}

static enum judgement nv_user_judged(const struct escpos_walk *w)
{
	return w->parameters[0] == '1' || w->parameters[0] == 1 ? REFUSED : PASSES;
}

static enum judgement counter(const struct escpos_walk *w)
{
	return w->parameters[0] == '0' || !w->parameters[0] ? REFUSED : PASSES;
}

#define plain NULL
#define ROW(byte, text, count, how, what, judged) \
	[byte] = { .name = text, .parameters = count, .rule = how, .effect = what, \
	    .judge = judged },

static const struct escpos_command gs_paren_rows[ESCPOS_COMMAND_BYTES] = {
#define GS_PAREN ROW
#include "lang/escpos_command.def"
#undef GS_PAREN
};
static const struct escpos_command gs_8_rows[ESCPOS_COMMAND_BYTES] = {
#define GS_8 ROW
#include "lang/escpos_command.def"
#undef GS_8
};
static const struct escpos_command gs_c_rows[ESCPOS_COMMAND_BYTES] = {
#define GS_C ROW
#include "lang/escpos_command.def"
#undef GS_C
};
static const struct escpos_command fs_paren_rows[ESCPOS_COMMAND_BYTES] = {
#define FS_PAREN ROW
#include "lang/escpos_command.def"
#undef FS_PAREN
};
static const struct escpos_command esc_paren_rows[ESCPOS_COMMAND_BYTES] = {
#define ESC_PAREN ROW
#include "lang/escpos_command.def"
#undef ESC_PAREN
};
static const struct escpos_command dle_rows[ESCPOS_COMMAND_BYTES] = {
#define DLE ROW
#include "lang/escpos_command.def"
#undef DLE
};
static const struct escpos_command dc2_rows[ESCPOS_COMMAND_BYTES] = {
#define DC2 ROW
#include "lang/escpos_command.def"
#undef DC2
};
static const struct escpos_command esc_rows[ESCPOS_COMMAND_BYTES] = {
	['('] = { .family = esc_paren_rows, .counted = true },
#define ESC ROW
#include "lang/escpos_command.def"
#undef ESC
};
static const struct escpos_command fs_rows[ESCPOS_COMMAND_BYTES] = {
	['('] = { .family = fs_paren_rows, .counted = true },
#define FS ROW
#include "lang/escpos_command.def"
#undef FS
};
static const struct escpos_command gs_rows[ESCPOS_COMMAND_BYTES] = {
	['('] = { .family = gs_paren_rows, .counted = true },
	['8'] = { .family = gs_8_rows },
	['C'] = { .family = gs_c_rows },
#define GS ROW
#include "lang/escpos_command.def"
#undef GS
};
const struct escpos_command escpos_command_unknown = {
	.name = "", .parameters = 2, .rule = counted, .judge = pass,
};

static const struct escpos_command *const tables[] = {
	[0x10] = dle_rows, [0x12] = dc2_rows, [0x1B] = esc_rows, [0x1C] = fs_rows, [0x1D] = gs_rows,
};

const struct escpos_command *escpos_command_table(uint8_t prefix)
{
	return prefix < COUNT_OF(tables) ? tables[prefix] : NULL;
}
