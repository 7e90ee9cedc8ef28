/*
 * Question and answer with an ESC/POS printer over a press: what escpos_status
 * and escpos_confirm share. Worker thread only.
 */
#ifndef LANG_ESCPOS_TALK_H
#define LANG_ESCPOS_TALK_H

#include "core/print.h"
#include "lang/escpos_reply.h"

#define ESCPOS_PATIENCE_MS 1000 /* for one reply */

struct escpos_talk {
	struct press *press;
	struct escpos_reply in;
	uint8_t raw[64];        /* read, not yet looked at */
	size_t at, have;
	unsigned owed_status, owed_text; /* questions that were not answered in time */
	uint8_t said[ESCPOS_REPLY_BYTES]; /* the last answer */
	size_t said_len;
};

void escpos_talk_begin(struct escpos_talk *t, struct press *p);
void escpos_talk_end(struct escpos_talk *t); /* wipes: an answer may be a serial number */

/* The next reply of any kind, which is then in `t->in`; ESCPOS_NOTHING at `until`. */
enum err escpos_talk_hear(struct escpos_talk *t, int64_t until, enum escpos_reply_kind *kind,
    struct why *why);
/*
 * Wait for the answer of this kind to the question just asked; it is then in
 * `said`. While older questions are owed their answers, the first to come are
 * taken for those.
 */
enum err escpos_talk_await(struct escpos_talk *t, enum escpos_reply_kind kind, int64_t until,
    bool *answered, struct why *why);

/* DLE EOT n and its answer. */
enum err escpos_talk_status(struct escpos_talk *t, uint8_t n, int64_t until, bool *answered,
    struct why *why);
/* DLE EOT 1, 2, 4 and 3 after an error (or `errors`); false in `*answered` when 1 was not. */
enum err escpos_talk_round(struct escpos_talk *t, bool errors, int64_t until,
    struct poll_answer *answer, struct why *why);

/* GS ( H fn 48 and GS r 1: only the request. */
enum err escpos_talk_ask_token(struct escpos_talk *t, const char token[4], struct why *why);
enum err escpos_talk_ask_paper(struct escpos_talk *t, struct why *why);

#endif
