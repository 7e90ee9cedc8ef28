/*
 * A vigil: one loop over whatever comes, the printer's word or its state, until
 * the word is there or the time is up. Questions of state are asked one by
 * one; a round of them is believed as a whole.
 */
#include "lang/escpos_confirm.h"

#include <string.h>

#include "base/mem.h"
#include "lang/escpos_status.h"
#include "lang/escpos_talk.h"
#include "lang/escpos_walk.h"
#include "lang/patience.h"
#include "sys/clock.h"

#define ASK_EVERY_MS 1000 /* and four times at least before patience ends */
#define REPLY_2_ERROR 0x40

static const uint8_t round_of[] = { 1, 2, 4, 3 }; /* the last after an error only */

struct vigil {
	struct escpos_talk talk;
	struct patience patience;
	enum proof proof;
	const char *token;
	unsigned fences;        /* bytes that still come before, and with, the word */
	unsigned at;            /* in round_of */
	bool asked;             /* ... and waits for its answer */
	bool error;
	bool word;              /* it is over, and well */
	int64_t pause;          /* between two rounds of questions */
	int64_t next;           /* when to ask, or to give up waiting for the answer */
	struct facts fresh;     /* of this round */
};

static void take_facts(struct vigil *v, const struct facts *f)
{
	patience_told(&v->patience, f);
	if (v->proof == PROOF_STATUS && !patience_held(&v->patience))
		v->word = true;
}

static void begin_round(struct vigil *v, int64_t when)
{
	v->at = 0;
	v->asked = v->error = false;
	v->next = when;
	v->fresh = (struct facts){ 0 };
}

static void on_status(struct vigil *v, uint8_t b)
{
	if (!v->asked)
		return; /* an old question's */
	uint8_t n = round_of[v->at];
	escpos_reply_status(n, b, &v->fresh);
	v->asked = false;
	v->next = clock_mono();
	v->error = v->error || (n == 2 && b & REPLY_2_ERROR);
	if (++v->at < (v->error ? 4 : 3))
		return;
	take_facts(v, &v->fresh);
	begin_round(v, clock_mono() + v->pause);
}

/* GS r 1 is the last of the bytes that are due; what it says is our word. */
static void on_byte(struct vigil *v, uint8_t b)
{
	struct facts f = { 0 };
	if (v->proof != PROOF_ORDERED || !v->fences || --v->fences)
		return;
	v->word = true;
	escpos_reply_paper(b, &f);
	press_told(v->talk.press, &f);
}

static void on_token(struct vigil *v, const uint8_t *token)
{
	if (v->proof == PROOF_PROCESS_ID && !memcmp(token, v->token, ESCPOS_TOKEN_BYTES))
		v->word = true;
}

static void on_asb(struct vigil *v, const uint8_t *asb)
{
	struct facts f = { 0 };
	escpos_reply_asb(asb, &f);
	take_facts(v, &f);
}

static void on_reply(struct vigil *v, enum escpos_reply_kind kind)
{
	const uint8_t *bytes = v->talk.in.bytes;
	switch (kind) {
	case ESCPOS_STATUS:
		on_status(v, bytes[0]);
		break;
	case ESCPOS_BYTE:
		on_byte(v, bytes[0]);
		break;
	case ESCPOS_TOKEN:
		on_token(v, bytes);
		break;
	case ESCPOS_ASB:
		on_asb(v, bytes);
		break;
	case ESCPOS_NOTHING:
	case ESCPOS_TEXT:
	case ESCPOS_BLOCK:
		break;
	}
}

/* The time has come to ask, or to stop waiting for an answer. */
static enum err inquire(struct vigil *v, struct why *why)
{
	if (v->asked) {
		begin_round(v, clock_mono() + v->pause);
		return E_OK;
	}
	const uint8_t dle_eot[] = { 0x10, 0x04, round_of[v->at] };
	v->asked = true;
	v->next = clock_mono() + ESCPOS_PATIENCE_MS;
	return press_control(v->talk.press, dle_eot, sizeof(dle_eot), why);
}

/* Whether nothing is to be waited for: a status that nobody answers. */
static bool pointless(const struct vigil *v)
{
	return v->proof == PROOF_STATUS && !v->patience.heard && !v->asked &&
	    v->next > clock_mono();
}

static enum err keep(struct vigil *v, struct why *why)
{
	while (!v->word && !pointless(v)) {
		enum escpos_reply_kind kind;
		int64_t end = patience_end(&v->patience);
		enum err err = escpos_talk_hear(&v->talk, v->next < end ? v->next : end, &kind,
		    why);
		if (err)
			return err;
		on_reply(v, kind);
		if (v->word)
			break;
		if (clock_mono() >= patience_end(&v->patience))
			return patience_over(&v->patience, why);
		if (clock_mono() >= v->next)
			err = inquire(v, why);
		if (err)
			return err;
	}
	return E_OK;
}

/* What is found at any place, in a document that may be read in two ways. */
static unsigned occurrences(const struct document *doc)
{
	static const char *const asks[] = { "\x1Dr", "\x1DI", "\x1Bu", "\x1Bv" };
	unsigned n = 0;
	for (size_t i = 0; i < COUNT_OF(asks); i++) {
		const uint8_t *from = doc->bytes, *end = from + doc->len;
		while (from && (from = memmem(from, (size_t)(end - from), asks[i], 2))) {
			from += 2;
			n++;
		}
	}
	return n;
}

/* The bytes that the document itself makes the printer answer with; false when
 * only the printer can tell how many. */
static bool own_answers(const struct document *doc, unsigned copies, unsigned *count)
{
	struct escpos_walk walk;
	*count = 0;
	if (!doc)
		return true;
	escpos_walk_init(&walk);
	escpos_walk_feed(&walk, doc->bytes, doc->len);
	*count = walk.answers * copies;
	return !walk.doubt || occurrences(doc) == walk.answers;
}

static enum err ask_for_word(struct vigil *v, struct why *why)
{
	unsigned copies, own;
	const struct document *doc = press_work(v->talk.press, &copies);
	if (v->proof == PROOF_PROCESS_ID)
		return escpos_talk_ask_token(&v->talk, v->token, why);
	if (v->proof == PROOF_ORDERED && own_answers(doc, copies, &own)) {
		v->fences = own + 1;
		/* With nothing due, what has come so far is a stray. */
		enum err err = own ? E_OK : press_drain(v->talk.press, why);
		return err ? err : escpos_talk_ask_paper(&v->talk, why);
	}
	v->proof = PROOF_STATUS;
	v->next = clock_mono();
	return press_drain(v->talk.press, why);
}

static enum evidence found(const struct vigil *v)
{
	if (v->proof == PROOF_PROCESS_ID)
		return EVIDENCE_PRINTED;
	if (v->proof == PROOF_ORDERED)
		return EVIDENCE_ORDERED;
	return v->word ? EVIDENCE_STATUS : EVIDENCE_SENT;
}

/* The paper is out, but the cutter may have jammed behind it: a look, whose
 * failure takes nothing away from the evidence. */
static void look_after(struct press *p)
{
	static const struct poll_wish quick = { .quick = true };
	struct poll_answer after;
	struct why why;
	if (!escpos_status_poll(p, &quick, &after, &why) && after.valid)
		press_told(p, &after.facts);
}

enum err escpos_confirm(struct press *p, enum proof proof, const char token[4],
    enum evidence *evidence, struct why *why)
{
	int64_t often = press_patience(p) / 4;
	struct vigil v = { .proof = proof, .token = token };
	v.pause = often < ASK_EVERY_MS ? often : ASK_EVERY_MS;
	escpos_talk_begin(&v.talk, p);
	patience_begin(&v.patience, p);
	begin_round(&v, clock_mono() + v.pause);
	enum err err = ask_for_word(&v, why);
	if (!err)
		err = keep(&v, why);
	if (err)
		return patience_lost(err, why);
	*evidence = found(&v);
	if (v.proof != PROOF_STATUS)
		look_after(p);
	return E_OK;
}
