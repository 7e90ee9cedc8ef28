/*
 * One step per byte: text, a command's second and third byte, its parameters,
 * its data. Three things run beside it: real-time sequences anywhere, the
 * search at every offset once the walk is in doubt, and whether the printer's
 * line is empty.
 */
#include "lang/escpos_walk.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define LF 0x0A
#define FF 0x0C
#define HT 0x09
#define ROWS_EVERYWHERE 2303 /* escpos.md section 9: T81, HPRT; T88V fails near it */
#define COLUMNS_HIGH 7
#define TABS_MOST 32
#define CODE_LEAD 2 /* bytes of a counted command that tell what it is */
/* A sequence of IN_DOUBT ends at most this many bytes after its first. */
#define NEAR 9

enum step { TEXT, SECOND, THIRD, PARAMETERS, SKIPPED, UNTIL_NUL, TAB_STOPS };
enum judgement { PASSES, DRAWER, REFUSED };
enum effect {
	KEEPS,
	FILLS_LINE,
	ENDS_LINE,
	ENTERS_PAGE,
	LEAVES_PAGE,
	RESETS,
	TWO_BYTE_ON,
	TWO_BYTE_OFF,
};

struct escpos_command {
	const char *name; /* NULL: unknown */
	unsigned parameters;
	void (*rule)(struct escpos_walk *w);
	enum effect effect;
	enum judgement (*judge)(const struct escpos_walk *w);
	const struct escpos_command *family; /* by the third byte */
	bool counted;                        /* unknown ones of the family have a length too */
};

static enum judgement graphics(const struct escpos_walk *w);

static void plain(struct escpos_walk *w)
{
	(void)w;
}

static bool opens_command(uint8_t b)
{
	return b == 0x10 || b == 0x12 || (b >= 0x1B && b <= 0x1D) || b == 0x1F;
}

/* Among parameters; DLE is left out, being a frequent GS ! size and obeyed as
 * a real-time command anyway. */
static void doubt_if_command(struct escpos_walk *w, uint8_t b)
{
	if (b >= 0x1B && b <= 0x1D)
		w->doubt = true;
}

/* Within data that is no image. */
static void doubt_if_data(struct escpos_walk *w, uint8_t b)
{
	if (!w->image && opens_command(b) && b != 0x10)
		w->doubt = true;
}

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
		doubt_if_command(w, code[i]);
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
	doubt_if_command(w, w->parameters[w->need - 1]);
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

#define ROW(byte, text, count, how, what, judged) \
	[byte] = { .name = text, .parameters = count, .rule = how, .effect = what, .judge = judged },
#define TABLE_BYTES 128 /* no command has a higher second or third byte */

static const struct escpos_command gs_paren_rows[TABLE_BYTES] = {
#define GS_PAREN ROW
#include "lang/escpos_command.def"
#undef GS_PAREN
};
static const struct escpos_command gs_8_rows[TABLE_BYTES] = {
#define GS_8 ROW
#include "lang/escpos_command.def"
#undef GS_8
};
static const struct escpos_command gs_c_rows[TABLE_BYTES] = {
#define GS_C ROW
#include "lang/escpos_command.def"
#undef GS_C
};
static const struct escpos_command fs_paren_rows[TABLE_BYTES] = {
#define FS_PAREN ROW
#include "lang/escpos_command.def"
#undef FS_PAREN
};
static const struct escpos_command esc_paren_rows[TABLE_BYTES] = {
#define ESC_PAREN ROW
#include "lang/escpos_command.def"
#undef ESC_PAREN
};
static const struct escpos_command dle_rows[TABLE_BYTES] = {
#define DLE ROW
#include "lang/escpos_command.def"
#undef DLE
};
static const struct escpos_command dc2_rows[TABLE_BYTES] = {
#define DC2 ROW
#include "lang/escpos_command.def"
#undef DC2
};
static const struct escpos_command esc_rows[TABLE_BYTES] = {
	['('] = { .family = esc_paren_rows, .counted = true },
#define ESC ROW
#include "lang/escpos_command.def"
#undef ESC
};
static const struct escpos_command fs_rows[TABLE_BYTES] = {
	['('] = { .family = fs_paren_rows, .counted = true },
#define FS ROW
#include "lang/escpos_command.def"
#undef FS
};
static const struct escpos_command gs_rows[TABLE_BYTES] = {
	['('] = { .family = gs_paren_rows, .counted = true },
	['8'] = { .family = gs_8_rows },
	['C'] = { .family = gs_c_rows },
#define GS ROW
#include "lang/escpos_command.def"
#undef GS
};
static const struct escpos_command *const tables[0x20] = {
	[0x10] = dle_rows, [0x12] = dc2_rows, [0x1B] = esc_rows, [0x1C] = fs_rows, [0x1D] = gs_rows,
};
static const struct escpos_command unknown_counted = {
	.name = "", .parameters = 2, .rule = counted, .judge = pass,
};

struct real_time {
	unsigned len;
	const char *low, *high;
	enum judgement what;
	const char *name;
};
static const struct real_time real_times[] = {
#define REAL_TIME(len, low, high, what, name) { len, low, high, what, name },
#include "lang/escpos_command.def"
#undef REAL_TIME
};

static const struct {
	uint64_t bytes, mask;
	enum judgement what;
	const char *name;
} in_doubts[] = {
#define IN_DOUBT(bytes, mask, what, name) { bytes, mask, what, name },
#include "lang/escpos_command.def"
#undef IN_DOUBT
};

static void note(struct escpos_walk *w, enum judgement what, const char *name)
{
	if (what == DRAWER)
		w->drawer = true;
	if (what == REFUSED && !w->refused)
		w->refused = name;
}

static bool fits(const struct real_time *r, unsigned at, uint8_t b)
{
	return at < r->len && b >= (uint8_t)r->low[at] && b <= (uint8_t)r->high[at];
}

/* They begin alike and differ in the third byte, and none has its first byte
 * again, so that one match at a time is enough. */
static void match_real_time(struct escpos_walk *w, uint8_t b)
{
	if (w->real_at == 2) {
		w->real_row = 0;
		while (w->real_row + 1 < COUNT_OF(real_times) &&
		    !fits(&real_times[w->real_row], 2, b))
			w->real_row++;
	}
	const struct real_time *r = &real_times[w->real_row];
	if (!fits(r, w->real_at, b)) {
		w->real_at = b == 0x10;
		return;
	}
	if (++w->real_at < r->len)
		return;
	note(w, r->what, r->name);
	w->real_at = 0;
}

static void match_in_doubt(struct escpos_walk *w)
{
	for (size_t i = 0; i < COUNT_OF(in_doubts); i++) {
		if ((w->last & in_doubts[i].mask) == in_doubts[i].bytes)
			note(w, in_doubts[i].what, in_doubts[i].name);
	}
}

static void unknown(struct escpos_walk *w, const uint8_t *bytes, size_t len)
{
	w->doubt = true;
	if (w->unknown[0])
		return;
	for (size_t i = 0; i < len; i++)
		snprintf(w->unknown + 3 * i, sizeof(w->unknown) - 3 * i, "%02X ", bytes[i]);
	w->unknown[3 * len - 1] = '\0';
}

static void affect(struct escpos_walk *w, enum effect effect)
{
	switch (effect) {
	case KEEPS:
		break;
	case FILLS_LINE:
		w->line = true;
		break;
	case ENDS_LINE:
		w->line = false;
		break;
	case ENTERS_PAGE:
		w->page = true;
		break;
	case LEAVES_PAGE:
		w->page = false;
		break;
	case RESETS:
		w->line = w->page = w->one_byte = false;
		break;
	case TWO_BYTE_ON:
	case TWO_BYTE_OFF:
		w->one_byte = effect == TWO_BYTE_OFF;
		break;
	}
}

static void text(struct escpos_walk *w, uint8_t b)
{
	w->step = TEXT;
	if (opens_command(b)) {
		w->step = SECOND;
		w->prefix = b;
		if (w->high && !w->one_byte)
			w->doubt = true;
	} else if (b == LF || b == FF) {
		w->line = false;
		w->page = w->page && b != FF;
	} else if (b >= 0x20 || b == HT) {
		w->line = true;
	}
	w->high = b >= 0x80;
}

/* The parameters are there: ask the rule whether there are more, else judge. */
static void complete(struct escpos_walk *w)
{
	unsigned need = w->need;
	w->command->rule(w);
	if (w->need > need)
		return;
	note(w, w->command->judge(w), w->command->name);
	affect(w, w->command->effect);
	if (w->step != PARAMETERS)
		return; /* the rule knows how it goes on */
	w->step = w->left ? SKIPPED : TEXT;
}

/* An item of several is done: its parameters make room for the next one's. */
static void next_item(struct escpos_walk *w)
{
	if (w->step != TEXT || !w->items)
		return;
	w->items--;
	w->have -= w->each;
	w->step = PARAMETERS;
}

static void begin(struct escpos_walk *w, const struct escpos_command *command)
{
	w->command = command;
	w->need = command->parameters;
	w->have = w->items = 0;
	w->left = 0;
	w->image = false;
	w->step = PARAMETERS;
	memset(w->parameters, 0, sizeof(w->parameters));
	if (!w->need)
		complete(w);
}

static void second(struct escpos_walk *w, uint8_t b)
{
	const struct escpos_command *table = tables[w->prefix];
	const struct escpos_command *c = table && b < TABLE_BYTES ? &table[b] : NULL;
	w->second = b;
	if (c && c->name) {
		begin(w, c);
	} else if (c && c->family) {
		w->family = c;
		w->step = THIRD;
	} else {
		unknown(w, (const uint8_t[]){ w->prefix, b }, 2);
		w->step = opens_command(b) ? SECOND : TEXT;
		w->prefix = b;
	}
}

static void third(struct escpos_walk *w, uint8_t b)
{
	const struct escpos_command *c = b < TABLE_BYTES ? &w->family->family[b] : NULL;
	bool known = c && c->name;
	if (!known)
		unknown(w, (const uint8_t[]){ w->prefix, w->second, b }, 3);
	w->second = b;
	if (known)
		begin(w, c);
	else if (w->family->counted)
		begin(w, &unknown_counted);
	else
		text(w, b);
}

static void parameter(struct escpos_walk *w, uint8_t b)
{
	w->parameters[w->have++] = b;
	if (w->command->rule == plain)
		doubt_if_command(w, b);
	if (w->have < w->need)
		return;
	complete(w);
	next_item(w);
}

static void skip(struct escpos_walk *w, uint64_t len)
{
	w->left -= len;
	if (w->left)
		return;
	w->step = TEXT;
	w->high = false;
	next_item(w);
}

/* Stops ascend; one that does not ends the list and is read as usual. */
static void tab_stop(struct escpos_walk *w, uint8_t b)
{
	doubt_if_command(w, b);
	if (b == 0) {
		w->step = TEXT;
	} else if (b <= w->last_tab || ++w->items > TABS_MOST) {
		w->items = 0;
		text(w, b);
	}
	w->last_tab = b;
}

static void step(struct escpos_walk *w, uint8_t b)
{
	switch ((enum step)w->step) {
	case TEXT:
		text(w, b);
		break;
	case SECOND:
		second(w, b);
		break;
	case THIRD:
		third(w, b);
		break;
	case PARAMETERS:
		parameter(w, b);
		break;
	case SKIPPED:
		doubt_if_data(w, b);
		skip(w, 1);
		break;
	case UNTIL_NUL:
		doubt_if_data(w, b);
		if (!b)
			w->step = TEXT;
		break;
	case TAB_STOPS:
		tab_stop(w, b);
		break;
	}
}

static void byte(struct escpos_walk *w, uint8_t b)
{
	match_real_time(w, b);
	step(w, b);
	w->last = w->last << 8 | b;
	if (opens_command(b))
		w->near = NEAR;
	if (w->near) {
		w->near--;
		if (w->doubt)
			match_in_doubt(w);
	}
}

/* Pixels, up to where a real-time sequence may begin. */
static size_t pixels(const uint8_t *bytes, size_t len)
{
	const uint8_t *dle = memmem(bytes, len, "\x10\x14", 2);
	return dle ? (size_t)(dle - bytes) : len - (bytes[len - 1] == 0x10);
}

/* Bytes among which no command and no sequence of any kind can begin. */
static size_t dull(const uint8_t *bytes, size_t len, uint8_t lowest)
{
	size_t n = 0;
	while (n < len && bytes[n] >= lowest && !opens_command(bytes[n]))
		n++;
	return n;
}

/* How much of the input can be taken at once. */
static size_t take_run(struct escpos_walk *w, const uint8_t *bytes, size_t len)
{
	if (w->real_at || (w->doubt && w->near))
		return 0;
	if (w->step == SKIPPED) {
		size_t most = w->left < len ? (size_t)w->left : len;
		bool trusted = w->image && !w->doubt;
		size_t n = trusted ? pixels(bytes, most) : dull(bytes, most, 0);
		if (n)
			skip(w, n);
		return n;
	}
	size_t n = w->step == TEXT ? dull(bytes, len, 0x20) : 0;
	if (n) {
		w->line = true;
		w->high = bytes[n - 1] >= 0x80;
	}
	return n;
}

void escpos_walk_init(struct escpos_walk *w)
{
	*w = (struct escpos_walk){ 0 };
}

void escpos_walk_feed(struct escpos_walk *w, const uint8_t *bytes, size_t len)
{
	while (len) {
		size_t n = take_run(w, bytes, len);
		if (n) {
			w->last = 0; /* what it held cannot grow into a sequence now */
			w->near = 0;
		} else {
			byte(w, *bytes);
			n = 1;
		}
		bytes += n;
		len -= n;
	}
}

/* What follows our bytes (a cut, the next job) would complete a command that
 * breaks off, so it is judged by what there is: ESC p at the end is a drawer. */
void escpos_walk_finish(const struct escpos_walk *w, struct finding *f)
{
	struct escpos_walk end = *w;
	if (w->step == PARAMETERS)
		note(&end, w->command->judge(w), w->command->name);
	*f = (struct finding){ .drawer = end.drawer, .refused = end.refused };
	memcpy(f->unknown_text, w->unknown, sizeof(f->unknown_text));
	f->unknown = w->unknown[0] ? f->unknown_text : NULL;
}
