/*
 * The status first, because nothing else is worth asking of a printer that is
 * silent or off-line; then who it is, then how it can prove a print.
 */
#include "lang/escpos_status.h"

#include <string.h>

#include "base/mem.h"
#include "lang/escpos_talk.h"
#include "sys/clock.h"

#define QUICK_MS 300
#define PROBE_MS 1500  /* a process id, alone and on an idle printer */
#define SILENT_MOST 2  /* GS I without an answer: the rest is not asked */
#define TEXT_MOST 128
#define LISTEN_MS 60000 /* per turn; it listens on */

/* No job has one like it: theirs are letters and digits. */
static const char PROBE_TOKEN[] = "?~?~";

static void printable(const uint8_t *text, size_t len, char *out)
{
	size_t n = 0;
	for (size_t i = 0; i < len && n < TEXT_MOST; i++) {
		if (text[i] >= 0x20 && text[i] <= 0x7E)
			out[n++] = (char)text[i];
	}
	out[n] = '\0';
}

static enum err ask_text(struct escpos_talk *t, uint8_t n, char *out, bool *answered,
    struct why *why)
{
	const uint8_t gs_i[] = { 0x1D, 0x49, n };
	enum err err = press_control(t->press, gs_i, sizeof(gs_i), why);
	if (!err)
		err = escpos_talk_await(t, ESCPOS_TEXT, clock_mono() + ESCPOS_PATIENCE_MS,
		    answered, why);
	if (!err && *answered)
		printable(t->said, t->said_len, out);
	return err;
}

static enum err ask_identity(struct escpos_talk *t, struct identity *who, struct why *why)
{
	const struct {
		uint8_t n;
		char *text;
	} parts[] = {
		{ 0x42, who->manufacturer },
		{ 0x43, who->model },
		{ 0x44, who->serial },
		{ 0x41, who->firmware },
	};
	unsigned silent = 0;
	for (size_t i = 0; i < COUNT_OF(parts) && silent < SILENT_MOST; i++) {
		bool answered = false;
		enum err err = ask_text(t, parts[i].n, parts[i].text, &answered, why);
		if (parts[i].text == who->serial && who->serial[0])
			identity_mask_serial(who->serial, sizeof(who->serial));
		if (err)
			return err;
		silent += !answered;
		who->known = who->known || parts[i].text[0];
	}
	return E_OK;
}

static enum err answers_token(struct escpos_talk *t, bool *yes, struct why *why)
{
	int64_t until = clock_mono() + PROBE_MS;
	bool echoed = true;
	enum err err = escpos_talk_ask_token(t, PROBE_TOKEN, why);
	while (!err && echoed && !*yes) {
		err = escpos_talk_await(t, ESCPOS_TOKEN, until, &echoed, why);
		*yes = echoed && !memcmp(t->said, PROBE_TOKEN, ESCPOS_TOKEN_BYTES);
	}
	return err;
}

static enum err answers_paper(struct escpos_talk *t, bool *yes, struct why *why)
{
	enum err err = escpos_talk_ask_paper(t, why);
	if (!err)
		err = escpos_talk_await(t, ESCPOS_BYTE, clock_mono() + ESCPOS_PATIENCE_MS, yes,
		    why);
	return err;
}

/* Only of a printer that could print now: another one's silence proves nothing. */
static enum err find_proof(struct escpos_talk *t, bool knows_gs_i, struct poll_answer *answer,
    struct why *why)
{
	bool yes = false;
	if (answer->facts.paper_loaded != TRI_YES || facts_hold(&answer->facts))
		return E_OK;
	enum proof found = PROOF_STATUS;
	enum err err = knows_gs_i ? answers_token(t, &yes, why) : E_OK;
	if (yes)
		found = PROOF_PROCESS_ID;
	else if (!err && knows_gs_i)
		err = answers_paper(t, &yes, why);
	if (yes && found == PROOF_STATUS)
		found = PROOF_ORDERED;
	if (!err)
		answer->proof = found;
	return err;
}

static enum err talk(struct escpos_talk *t, const struct poll_wish *wish,
    struct poll_answer *answer, struct why *why)
{
	int64_t until = wish->quick ? clock_mono() + QUICK_MS : 0;
	enum err err = escpos_talk_round(t, wish->errors, until, answer, why);
	if (err || wish->quick || answer->facts.online != TRI_YES)
		return err;
	if (wish->identity)
		err = ask_identity(t, &answer->identity, why);
	if (!err && wish->proof)
		err = find_proof(t, !wish->identity || answer->identity.known, answer, why);
	return err;
}

enum err escpos_status_poll(struct press *p, const struct poll_wish *wish,
    struct poll_answer *answer, struct why *why)
{
	struct escpos_talk t;
	*answer = (struct poll_answer){ 0 };
	enum err err = press_drain(p, why);
	if (err)
		return err;
	escpos_talk_begin(&t, p);
	err = talk(&t, wish, answer, why);
	escpos_talk_end(&t);
	return err;
}

enum err escpos_status_listen(struct press *p, bool arm, struct why *why)
{
	static const uint8_t gs_a_all[] = { 0x1D, 0x61, 0xFF };
	struct escpos_talk t;
	escpos_talk_begin(&t, p);
	enum err err = arm ? press_control(p, gs_a_all, sizeof(gs_a_all), why) : E_OK;
	while (!err) {
		enum escpos_reply_kind kind;
		struct facts f = { 0 };
		err = escpos_talk_hear(&t, clock_mono() + LISTEN_MS, &kind, why);
		if (!err && kind == ESCPOS_ASB) {
			escpos_reply_asb(t.in.bytes, &f);
			press_told(p, &f);
		}
	}
	escpos_talk_end(&t);
	return err;
}
