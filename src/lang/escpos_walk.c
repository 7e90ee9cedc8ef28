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
#include "lang/escpos_command.h"

#define LF 0x0A
#define FF 0x0C
#define HT 0x09
#define GS_PREFIX 0x1D
#define TABS_MOST 32
/* A sequence of IN_DOUBT ends at most this many bytes after its first. */
#define NEAR 9

/* Within data that is no image. */
static void doubt_if_data(struct escpos_walk *w, uint8_t b)
{
	if (!w->image && escpos_command_opens(b) && b != 0x10)
		w->doubt = true;
}

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

/* GS I 1 to 3, also as digits; from 65 on it is a text, told apart by its head. */
static bool answers_byte(const struct escpos_walk *w)
{
	unsigned n = w->parameters[0] & ~0x30u;
	return w->prefix != GS_PREFIX || w->second != 'I' || (n >= 1 && n <= 3);
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
	case ANSWERS:
		w->answers += answers_byte(w);
		break;
	}
}

static void text(struct escpos_walk *w, uint8_t b)
{
	w->step = TEXT;
	if (escpos_command_opens(b)) {
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
	if (w->command->rule)
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
	const struct escpos_command *table = escpos_command_table(w->prefix);
	const struct escpos_command *c = table && b < ESCPOS_COMMAND_BYTES ? &table[b] : NULL;
	w->second = b;
	if (c && c->name) {
		begin(w, c);
	} else if (c && c->family) {
		w->family = c;
		w->step = THIRD;
	} else {
		unknown(w, (const uint8_t[]){ w->prefix, b }, 2);
		w->step = escpos_command_opens(b) ? SECOND : TEXT;
		w->prefix = b;
	}
}

static void third(struct escpos_walk *w, uint8_t b)
{
	const struct escpos_command *c = b < ESCPOS_COMMAND_BYTES ? &w->family->family[b] : NULL;
	bool known = c && c->name;
	if (!known)
		unknown(w, (const uint8_t[]){ w->prefix, w->second, b }, 3);
	w->second = b;
	if (known)
		begin(w, c);
	else if (w->family->counted)
		begin(w, &escpos_command_unknown);
	else
		text(w, b);
}

static void parameter(struct escpos_walk *w, uint8_t b)
{
	w->parameters[w->have++] = b;
	if (!w->command->rule)
		escpos_command_doubt(w, b);
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
	escpos_command_doubt(w, b);
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
	switch ((enum walk_step)w->step) {
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
	if (escpos_command_opens(b))
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
	while (n < len && bytes[n] >= lowest && !escpos_command_opens(bytes[n]))
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

bool escpos_walk_whole(const struct escpos_walk *w)
{
	return w->step == TEXT;
}
