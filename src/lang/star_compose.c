/* One function per kind of step; white is owed until something comes below it. */
#include "lang/star_compose.h"

#include "base/mem.h"
#include "core/profile.h"
#include "lang/rows.h"

#define GAP_ROWS 4
#define FEED_MOST 255
#define PULSE_MOST 127 /* ESC BEL, times 10 ms */

typedef void put(struct star_composer *c, const struct composing *setup, const struct step *s,
    struct buf *out);

static void settle(struct star_composer *c, struct buf *out)
{
	c->inked = true;
	for (uint32_t n; c->blank; c->blank -= n) {
		n = c->blank < FEED_MOST ? c->blank : FEED_MOST;
		const uint8_t esc_i[] = { 0x1B, 'I', (uint8_t)n };
		buf_add(out, esc_i, sizeof(esc_i));
	}
}

static void begin(struct star_composer *c, const struct composing *setup, struct buf *out)
{
	static const uint8_t esc_at[] = { 0x1B, '@' };
	c->begun = true;
	c->wide = c->high = 1;
	buf_add(out, esc_at, sizeof(esc_at));
	if (setup->ticket->banner[0]) {
		buf_puts(out, setup->ticket->banner);
		buf_add_byte(out, '\n');
	}
}

/* ESC GS S 1 xL xH yL yH 0: a block, printed and moved past. */
static void block(const struct rows *r, const struct row_run *run, struct buf *out)
{
	const uint8_t head[] = { 0x1B, 0x1D, 'S', 1, (uint8_t)run->bytes,
		(uint8_t)(run->bytes >> 8), (uint8_t)run->count, (uint8_t)(run->count >> 8), 0 };
	buf_add(out, head, sizeof(head));
	uint8_t *to = buf_space(out, run->bytes * run->count);
	for (uint32_t i = 0; to && i < run->count; i++)
		rows_copy(r, run->first + i, to + i * run->bytes, run->bytes);
	if (to)
		buf_grown(out, run->bytes * run->count);
}

/* Raster mode: enter, endless page, a row per `b`, leave. */
static void raster(const struct rows *r, const struct row_run *run, struct buf *out)
{
	static const uint8_t enter[] = "\x1B*rA\x1B*rP0", leave[] = "\x1B*rB";
	buf_add(out, enter, sizeof(enter)); /* with the NUL that ends P's number */
	for (uint32_t i = 0; i < run->count; i++) {
		size_t len = rows_used(r, run->first + i);
		const uint8_t head[] = { 'b', (uint8_t)len, (uint8_t)(len >> 8) };
		buf_add(out, head, sizeof(head));
		uint8_t *to = buf_space(out, len);
		if (!to)
			return;
		rows_copy(r, run->first + i, to, len);
		buf_grown(out, len);
	}
	buf_add(out, leave, sizeof(leave) - 1);
}

static void put_dots(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	bool line_mode = setup->profile && setup->profile->features & HAS_STAR &&
	    !(setup->profile->features & HAS_STAR_BLOCK);
	struct rows r = rows_of(s, setup->abilities->width_dots);
	struct row_run run;
	star_align(c, ALIGN_START, out);
	for (uint32_t y = 0; rows_next(&r, &y, GAP_ROWS, &run);) {
		c->blank += run.blank;
		settle(c, out);
		if (line_mode)
			raster(&r, &run, out);
		else
			block(&r, &run, out);
	}
	c->blank += run.blank;
}

static void put_feed(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	(void)setup, (void)out;
	c->blank += s->height;
}

/* ESC d 2, 3: feed to the cutter, then cut. */
static void cut(struct star_composer *c, enum cut kind, struct buf *out)
{
	const uint8_t esc_d[] = { 0x1B, 'd', kind == CUT_FULL ? 2 : 3 };
	if (kind == CUT_NONE)
		return;
	settle(c, out);
	buf_add(out, esc_d, sizeof(esc_d));
	c->inked = false;
}

static void put_cut(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	(void)setup;
	cut(c, s->cut, out);
}

/* The ticket's times are in 2 ms. */
static void put_pulse(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	unsigned on = setup->ticket->drawer_on / 5, off = setup->ticket->drawer_off / 5;
	const uint8_t esc_bel[] = { 0x1B, 0x07, (uint8_t)(on < 1 ? 1 : on),
		(uint8_t)(off < 1 ? 1 : off > PULSE_MOST ? PULSE_MOST : off),
		s->pin == 5 ? 0x1A : 0x07 };
	(void)c;
	buf_add(out, esc_bel, sizeof(esc_bel));
}

static void beep(unsigned times, struct buf *out)
{
	static const uint8_t esc_gs_bel[] = { 0x1B, 0x1D, 0x07, 1, 5, 5 };
	for (unsigned i = 0; i < times; i++)
		buf_add(out, esc_gs_bel, sizeof(esc_gs_bel));
}

static void put_beep(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	(void)c, (void)setup;
	beep(s->times, out);
}

static void put_end(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out)
{
	(void)setup, (void)s;
	if (c->blank)
		settle(c, out);
}

static void finish(struct star_composer *c, const struct composing *setup, struct buf *out)
{
	const struct ticket *t = setup->ticket;
	put_end(c, setup, NULL, out);
	for (unsigned i = 0; i < t->feed_lines && i < FEED_MOST; i++)
		buf_add_byte(out, '\n');
	if (c->inked || t->feed_lines)
		cut(c, t->cut, out);
	beep(t->beeps, out);
}

static put *const puts_of[STEP_KINDS] = {
	[STEP_DOTS] = put_dots,
	[STEP_FEED] = put_feed,
	[STEP_CUT] = put_cut,
	[STEP_PULSE] = put_pulse,
	[STEP_BEEP] = put_beep,
	[STEP_END] = put_end,
};

enum err star_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why)
{
	struct star_composer *c = state;
	enum err err = E_OK;
	if (!c->begun)
		begin(c, setup, out);
	if (s && (s->kind == STEP_TEXT || s->kind == STEP_CODE))
		settle(c, out);
	if (!s)
		finish(c, setup, out);
	else if (s->kind == STEP_TEXT)
		err = star_letters(c, setup, s, out, why);
	else if (s->kind == STEP_CODE)
		err = star_code(c, s, out, why);
	else if (s->kind < STEP_KINDS && puts_of[s->kind])
		puts_of[s->kind](c, setup, s, out);
	if (!err && out->failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	return err;
}
