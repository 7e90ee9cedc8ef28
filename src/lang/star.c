/*
 * Star printers in Line Mode or StarPRNT. Documents are the printer's own bytes;
 * status is the packet; proof is ETB, which is counted once all before it has
 * been printed.
 */
#include <string.h>

#include "core/lang.h"
#include "core/print.h"
#include "lang/patience.h"
#include "lang/star_compose.h"
#include "lang/star_lex.h"
#include "lang/star_paint.h"
#include "lang/star_reply.h"
#include "sys/clock.h"

#define REPLY_MS 1000
#define QUICK_MS 300
#define LOOK_EVERY_MS 250
#define PROBE_LOOKS 6
#define COUNTERS 32

static const uint8_t ESC_ACK_SOH[] = { 0x1B, 0x06, 0x01 };
static const uint8_t ETB[] = { 0x17 };

static bool star_takes(const char *type)
{
	return str_is(str_of(type), TYPE_RAW);
}

static enum err star_print(struct press *p, const struct document *doc, const struct ticket *t,
    struct why *why)
{
	return press_document(p, doc, t->chunk_delay, why);
}

static bool take(struct star_reply *packet, const uint8_t *bytes, size_t len)
{
	bool whole = false;
	for (size_t i = 0; i < len && !whole; i++)
		whole = star_reply_feed(packet, bytes[i]);
	return whole;
}

/* A packet that was pushed is as good as the answer. */
static enum err ask(struct press *p, struct star_reply *packet, int64_t ms, bool *answered,
    struct why *why)
{
	int64_t until = clock_mono() + ms;
	uint8_t bytes[64];
	size_t got = 1;
	star_reply_init(packet);
	*answered = false;
	enum err err = press_drain(p, why);
	if (!err)
		err = press_control(p, ESC_ACK_SOH, sizeof(ESC_ACK_SOH), why);
	while (!err && got && !*answered && clock_mono() < until) {
		err = press_read(p, bytes, sizeof(bytes), until, &got, why);
		*answered = !err && take(packet, bytes, got);
	}
	return err;
}

static bool counted_one(const struct star_reply *packet, int before)
{
	int now = star_reply_counter(packet);
	return before != STAR_NO_COUNTER && now == (before + 1) % COUNTERS;
}

/* An ETB puts nothing on paper: an idle printer counts it at once. */
static enum err find_proof(struct press *p, int before, enum proof *proof, struct why *why)
{
	struct star_reply packet;
	bool answered;
	enum err err = before == STAR_NO_COUNTER ? E_OK : press_control(p, ETB, sizeof(ETB), why);
	enum proof found = PROOF_STATUS;
	for (int i = 0; i < PROBE_LOOKS && before != STAR_NO_COUNTER && !err; i++) {
		err = ask(p, &packet, REPLY_MS, &answered, why);
		if (!err && answered && counted_one(&packet, before)) {
			found = PROOF_COUNTER;
			break;
		}
		if (!err)
			err = press_pause(p, LOOK_EVERY_MS, why);
	}
	if (!err)
		*proof = found;
	return err;
}

static enum err star_poll(struct press *p, const struct poll_wish *wish,
    struct poll_answer *answer, struct why *why)
{
	struct star_reply packet;
	*answer = (struct poll_answer){ 0 };
	enum err err = ask(p, &packet, wish->quick ? QUICK_MS : REPLY_MS, &answer->valid, why);
	if (err || !answer->valid)
		return err;
	star_reply_facts(&packet, &answer->facts);
	if (!wish->proof || wish->quick || facts_hold(&answer->facts))
		return E_OK;
	return find_proof(p, star_reply_counter(&packet), &answer->proof, why);
}

/* Where the document may hold an ETB of its own, the count is not ours alone. */
static bool counts(const struct press *p, enum proof proof)
{
	unsigned copies;
	const struct document *doc = press_work(p, &copies);
	return proof == PROOF_COUNTER && (!doc || !memchr(doc->bytes, ETB[0], doc->len));
}

/* Looks until the count has gone up; without one (`before` STAR_NO_COUNTER), until
 * nothing is wrong. */
static enum err wait(struct patience *patience, int before, struct why *why)
{
	for (;;) {
		struct star_reply packet;
		bool answered;
		struct facts f = { 0 };
		enum err err = ask(patience->press, &packet, REPLY_MS, &answered, why);
		if (err)
			return err;
		if (answered) {
			star_reply_facts(&packet, &f);
			patience_told(patience, &f);
		}
		if (before == STAR_NO_COUNTER && !patience_held(patience))
			return E_OK; /* well, or never heard of */
		if (answered && counted_one(&packet, before))
			return E_OK;
		if (clock_mono() >= patience_end(patience))
			return patience_over(patience, why);
		err = press_pause(patience->press, LOOK_EVERY_MS, why);
		if (err)
			return err;
	}
}

static enum err star_confirm(struct press *p, enum proof proof, const char token[4],
    enum evidence *evidence, struct why *why)
{
	struct patience patience;
	struct star_reply packet;
	bool answered = false;
	int before = STAR_NO_COUNTER;
	enum err err = E_OK;
	patience_begin(&patience, p);
	if (counts(p, proof))
		err = ask(p, &packet, REPLY_MS, &answered, why);
	if (!err && answered)
		before = star_reply_counter(&packet);
	if (!err && before != STAR_NO_COUNTER)
		err = press_control(p, ETB, sizeof(ETB), why);
	if (!err)
		err = wait(&patience, before, why);
	if (err)
		return patience_lost(err, why);
	*evidence = before != STAR_NO_COUNTER ? EVIDENCE_PRINTED :
	    patience.heard ? EVIDENCE_STATUS : EVIDENCE_SENT;
	(void)token;
	return E_OK;
}

static enum err star_kick(struct press *p, const struct ticket *t, struct why *why)
{
	struct star_composer c = { .begun = true };
	struct composing setup = { .ticket = t };
	struct step pulse = { .kind = STEP_PULSE, .pin = (uint8_t)t->drawer_pin };
	struct buf bytes;
	buf_init(&bytes, 64);
	enum err err = star_compose(&c, &setup, &pulse, &bytes, why);
	if (!err)
		err = press_payload(p, bytes.ptr, bytes.len, why);
	buf_finish(&bytes);
	return err;
}

const struct language language_star = {
	.name = "star",
	.summary = "Star Line Mode and StarPRNT, with status",
	.takes = star_takes,
	.examine = star_examine,
	.print = star_print,
	.kick = star_kick,
	.poll = star_poll,
	.confirm = star_confirm,
	.steps = STAR_STEPS,
	.composer_bytes = sizeof(struct star_composer),
	.compose = star_compose,
	.paint = star_paint,
	.text = star_text,
};
