/*
 * The mark is the job's own token with a sign in front that no token has, so
 * that it is not taken for the word at the end.
 */
#include "lang/escpos_ready.h"

#include <string.h>

#include "lang/escpos_status.h"
#include "lang/escpos_talk.h"
#include "sys/clock.h"

#define ZEROS 16384 /* more than any command but a picture can lack */

static enum err await_token(struct escpos_talk *t, const char mark[4], int64_t until, bool *back,
    struct why *why)
{
	bool heard = true;
	enum err err = escpos_talk_ask_token(t, mark, why);
	while (!err && heard && !*back) {
		err = escpos_talk_await(t, ESCPOS_TOKEN, until, &heard, why);
		*back = !err && heard && !memcmp(t->said, mark, ESCPOS_TOKEN_BYTES);
	}
	return err;
}

static enum err await_byte(struct escpos_talk *t, int64_t until, bool *back, struct why *why)
{
	enum err err = escpos_talk_ask_paper(t, why);
	return err ? err : escpos_talk_await(t, ESCPOS_BYTE, until, back, why);
}

static enum err mark(struct press *p, enum proof proof, const char token[4], bool *back,
    struct why *why)
{
	const char own[] = { '?', token[0], token[1], token[2] };
	int64_t patience = press_patience(p);
	int64_t until = clock_mono() +
	    (patience < ESCPOS_PATIENCE_MS ? patience : ESCPOS_PATIENCE_MS);
	struct escpos_talk t;
	enum err err = press_drain(p, why);
	if (err)
		return err;
	escpos_talk_begin(&t, p);
	return proof == PROOF_PROCESS_ID ? await_token(&t, own, until, back, why)
					 : await_byte(&t, until, back, why);
}

/* It may have been stopped since it was asked. */
static enum err excuse(struct press *p, struct why *why)
{
	static const struct poll_wish quick = { .quick = true };
	struct poll_answer now;
	enum err err = escpos_status_poll(p, &quick, &now, why);
	if (!err && now.valid) {
		press_told(p, &now.facts);
		err = press_held(&now.facts, why);
	}
	return err;
}

static enum err fill_up(struct press *p, struct why *why)
{
	static const uint8_t zeros[1024];
	enum err err = E_OK;
	for (size_t sent = 0; sent < ZEROS && !err; sent += sizeof(zeros))
		err = press_control(p, zeros, sizeof(zeros), why);
	return err;
}

enum err escpos_ready(struct press *p, enum proof proof, const char token[4], bool *sure,
    struct why *why)
{
	if (proof != PROOF_PROCESS_ID && proof != PROOF_ORDERED)
		return E_OK;
	enum err err = mark(p, proof, token, sure, why);
	if (err || *sure)
		return err;
	err = excuse(p, why);
	if (!err)
		err = fill_up(p, why);
	if (!err)
		err = mark(p, proof, token, sure, why);
	if (err || *sure)
		return err;
	return why_fail(why, E_UNREADY, NULL);
}
