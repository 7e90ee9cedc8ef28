/*
 * A question is a write, an answer the next reply of its kind. Replies of other
 * kinds are passed over: nobody asked for them here.
 */
#include "lang/escpos_talk.h"

#include <string.h>

#include "base/mem.h"
#include "sys/clock.h"

#define REPLY_2_ERROR 0x40

void escpos_talk_begin(struct escpos_talk *t, struct press *p)
{
	memset(t, 0, sizeof(*t));
	t->press = p;
	escpos_reply_init(&t->in);
}

void escpos_talk_end(struct escpos_talk *t)
{
	mem_wipe(t, sizeof(*t));
}

/* What has been read is looked at even when the time is up; nothing is read
 * after that, so that a printer that never stops talking cannot hold us. */
enum err escpos_talk_hear(struct escpos_talk *t, int64_t until, enum escpos_reply_kind *kind,
    struct why *why)
{
	*kind = ESCPOS_NOTHING;
	for (bool late = false;; late = clock_mono() >= until) {
		while (t->at < t->have) {
			*kind = escpos_reply_feed(&t->in, t->raw[t->at++]);
			if (*kind)
				return E_OK;
		}
		if (late)
			return E_OK;
		t->at = t->have = 0;
		enum err err = press_read(t->press, t->raw, sizeof(t->raw), until, &t->have, why);
		if (err || !t->have)
			return err;
	}
}

static unsigned *owed(struct escpos_talk *t, enum escpos_reply_kind kind)
{
	return kind == ESCPOS_TEXT ? &t->owed_text : &t->owed_status;
}

static bool keeps_count(enum escpos_reply_kind kind)
{
	return kind == ESCPOS_TEXT || kind == ESCPOS_STATUS;
}

enum err escpos_talk_await(struct escpos_talk *t, enum escpos_reply_kind kind, int64_t until,
    bool *answered, struct why *why)
{
	unsigned *debt = owed(t, kind);
	unsigned due = 1 + (keeps_count(kind) ? *debt : 0), came = 0;
	enum escpos_reply_kind heard;
	enum err err;

	do {
		err = escpos_talk_hear(t, until, &heard, why);
		if (err || heard != kind)
			continue;
		came++;
		memcpy(t->said, t->in.bytes, t->in.len);
		t->said_len = t->in.len;
	} while (!err && heard && came < due);
	*answered = came > 0;
	if (keeps_count(kind))
		*debt = came ? 0 : due;
	return err;
}

enum err escpos_talk_status(struct escpos_talk *t, uint8_t n, int64_t until, bool *answered,
    struct why *why)
{
	const uint8_t dle_eot[] = { 0x10, 0x04, n };
	enum err err = press_control(t->press, dle_eot, sizeof(dle_eot), why);
	return err ? err : escpos_talk_await(t, ESCPOS_STATUS, until, answered, why);
}

/* `until` 0: each has its own patience. */
static enum err question(struct escpos_talk *t, uint8_t n, int64_t until, struct facts *f,
    struct why *why)
{
	bool answered = false;
	enum err err = E_OK;
	int64_t now = clock_mono();
	if (!until || now < until)
		err = escpos_talk_status(t, n, until ? until : now + ESCPOS_PATIENCE_MS,
		    &answered, why);
	t->said_len = !err && answered ? 1 : 0;
	if (t->said_len)
		escpos_reply_status(n, t->said[0], f);
	return err;
}

enum err escpos_talk_round(struct escpos_talk *t, bool errors, int64_t until,
    struct poll_answer *answer, struct why *why)
{
	enum err err = question(t, 1, until, &answer->facts, why);
	answer->valid = t->said_len;
	if (err || !answer->valid)
		return err;
	err = question(t, 2, until, &answer->facts, why);
	errors = errors || (t->said_len && t->said[0] & REPLY_2_ERROR);
	if (!err)
		err = question(t, 4, until, &answer->facts, why);
	if (!err && errors)
		err = question(t, 3, until, &answer->facts, why);
	return err;
}

enum err escpos_talk_ask_token(struct escpos_talk *t, const char token[4], struct why *why)
{
	uint8_t gs_paren_h[] = { 0x1D, 0x28, 0x48, 6, 0, 0x30, 0x30, 0, 0, 0, 0 };
	memcpy(gs_paren_h + 7, token, ESCPOS_TOKEN_BYTES);
	return press_control(t->press, gs_paren_h, sizeof(gs_paren_h), why);
}

enum err escpos_talk_ask_paper(struct escpos_talk *t, struct why *why)
{
	static const uint8_t gs_r_paper[] = { 0x1D, 0x72, 1 };
	return press_control(t->press, gs_r_paper, sizeof(gs_r_paper), why);
}
