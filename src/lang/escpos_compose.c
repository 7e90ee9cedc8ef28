/*
 * One function per kind of step. White is owed until something is printed below
 * it, so that a run of blank rows is one feed however it came.
 */
#include "lang/escpos_compose.h"

#include <string.h>

#include "base/mem.h"
#include "core/profile.h"

#define FEED_MOST 255
#define UNITS_MOST 255 /* GS P takes a byte */
#define TIMES_MOST 9   /* ESC B */

typedef enum err put(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why);

/* Impact printers have no GS P: their unit is half a row (1/144 inch). */
static bool impact(const struct composing *setup)
{
	const struct profile *p = setup->profile;
	return p && !(p->features & (HAS_RASTER | HAS_GRAPHICS | HAS_DENSITY));
}

unsigned escpos_row_units(const struct composing *setup)
{
	return impact(setup) ? 2 : 1;
}

void escpos_compose_settle(struct escpos_composer *c, const struct composing *setup,
    struct buf *out)
{
	uint64_t units = (uint64_t)c->blank * escpos_row_units(setup);
	escpos_raster_flush(c, setup, out);
	c->blank = 0;
	while (units) {
		uint8_t n = (uint8_t)(units < FEED_MOST ? units : FEED_MOST);
		const uint8_t esc_j[] = { 0x1B, 'J', n };
		buf_add(out, esc_j, sizeof(esc_j));
		units -= n;
	}
	c->inked = true;
}

/* ESC @, one-byte characters, the American set, a dot per motion unit. */
static void begin(struct escpos_composer *c, const struct composing *setup, struct buf *out)
{
	static const uint8_t start[] = { 0x1B, '@', 0x1C, '.', 0x1B, 'R', 0 };
	unsigned dpi = setup->abilities->dpi;
	const uint8_t gs_p[] = { 0x1D, 'P', 0, (uint8_t)dpi };
	c->begun = true;
	c->style.wide = c->style.high = 1;
	buf_add(out, start, sizeof(start));
	if (!impact(setup) && dpi <= UNITS_MOST)
		buf_add(out, gs_p, sizeof(gs_p));
	if (setup->ticket->banner[0]) {
		buf_puts(out, setup->ticket->banner);
		buf_add_byte(out, '\n');
	}
}

static enum err put_nothing(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)c, (void)setup, (void)s, (void)out, (void)why;
	return E_OK;
}

static enum err put_dots(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)why;
	escpos_raster(c, setup, s, out);
	return E_OK;
}

static enum err put_feed(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)why;
	escpos_raster_flush(c, setup, out);
	c->blank += s->height;
	return E_OK;
}

static enum err put_text(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	escpos_compose_settle(c, setup, out);
	return escpos_letters(c, setup, s, out, why);
}

static enum err put_code(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	escpos_compose_settle(c, setup, out);
	return escpos_code(c, s, out, why);
}

/* GS V 65, 66: what was printed last stands above the cutter first. */
static void cut(struct escpos_composer *c, const struct composing *setup, enum cut kind,
    struct buf *out)
{
	unsigned has = setup->profile ? setup->profile->features : HAS_FULL_CUT | HAS_PART_CUT;
	bool full = kind == CUT_FULL ? has & HAS_FULL_CUT : !(has & HAS_PART_CUT);
	const uint8_t gs_v[] = { 0x1D, 'V', full ? 65 : 66, 0 };
	if (kind == CUT_NONE || !(has & (HAS_FULL_CUT | HAS_PART_CUT)))
		return;
	escpos_compose_settle(c, setup, out);
	buf_add(out, gs_v, sizeof(gs_v));
	c->inked = false;
}

static enum err put_cut(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)why;
	cut(c, setup, s->cut, out);
	return E_OK;
}

static enum err put_pulse(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	const uint8_t esc_p[] = { 0x1B, 'p', s->pin == 5, (uint8_t)setup->ticket->drawer_on,
		(uint8_t)setup->ticket->drawer_off };
	(void)c, (void)why;
	buf_add(out, esc_p, sizeof(esc_p));
	return E_OK;
}

static void beep(unsigned times, struct buf *out)
{
	for (unsigned n; times; times -= n) {
		n = times < TIMES_MOST ? times : TIMES_MOST;
		const uint8_t esc_b[] = { 0x1B, 'B', (uint8_t)n, 1 };
		buf_add(out, esc_b, sizeof(esc_b));
	}
}

static enum err put_beep(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)c, (void)setup, (void)why;
	beep(s->times, out);
	return E_OK;
}

static enum err put_end(struct escpos_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why)
{
	(void)s, (void)why;
	if (c->blank || c->strip_rows)
		escpos_compose_settle(c, setup, out);
	return E_OK;
}

/* What the ticket asks for after each copy, as for raw documents. */
static void finish(struct escpos_composer *c, const struct composing *setup, struct buf *out)
{
	const struct ticket *t = setup->ticket;
	static const uint8_t esc_2[] = { 0x1B, '2' };
	put_end(c, setup, NULL, out, NULL);
	if (t->has_tail) {
		buf_add(out, t->tail, t->tail_len);
	} else {
		if (t->feed_lines)
			buf_add(out, esc_2, sizeof(esc_2));
		for (unsigned i = 0; i < t->feed_lines && i < FEED_MOST; i++)
			buf_add_byte(out, '\n');
		if (c->inked || t->feed_lines)
			cut(c, setup, t->cut, out);
	}
	beep(t->beeps, out);
}

static put *const puts_of[STEP_KINDS] = {
	[STEP_PAGE] = put_nothing,
	[STEP_DOTS] = put_dots,
	[STEP_FEED] = put_feed,
	[STEP_TEXT] = put_text,
	[STEP_CODE] = put_code,
	[STEP_CUT] = put_cut,
	[STEP_PULSE] = put_pulse,
	[STEP_BEEP] = put_beep,
	[STEP_END] = put_end,
};

enum err escpos_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	struct escpos_composer *c = state;
	enum err err = E_OK;
	if (!c->begun)
		begin(c, setup, out);
	if (!s)
		finish(c, setup, out);
	else if (s->kind < STEP_KINDS)
		err = puts_of[s->kind](c, setup, s, out, why);
	if (!err && out->failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	return err;
}
