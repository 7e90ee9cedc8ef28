/*
 * The plug point of a language: what a printer speaks.
 *
 * `print` turns a document and its ticket into writes on a press (core/print):
 * straight blocking code on the device's worker. Control bytes that put
 * nothing on paper go by press_control, the document by press_payload: from
 * the first payload byte on the job counts as begun. `examine` runs on the
 * loop thread before acceptance and must be fast and pure.
 *
 * `compose` turns a sheet (core/sheet.h) into bytes, step by step: everything
 * that is not the printer's own bytes already goes this way. `paint` and `text`
 * go the other way, from bytes to what they put on paper. All three are pure and
 * may run on any thread.
 */
#ifndef CORE_LANG_H
#define CORE_LANG_H

#include <stdbool.h>

#include "base/err.h"
#include "core/document.h"
#include "core/sheet.h"
#include "core/status.h"
#include "gfx/bitmap.h"

struct press;
struct profile;

/* What a sheet is composed for; the same for every step of a document. */
struct composing {
	const struct profile *profile;     /* NULL: nothing is known of the model */
	const struct abilities *abilities; /* as the renderer had them */
	const struct ticket *ticket;
};

/*
 * Takes one paper of a stream that is painted: what hangs out when it is cut, or
 * at the end. `dots` is only lent. An error ends the painting.
 */
typedef enum err paper_take(const struct bitmap *dots, void *arg, struct why *why);

/* What bytes would do besides printing; found by a language's walker. */
struct finding {
	bool drawer;         /* pulses a drawer */
	const char *refused; /* name of the first command that is never allowed; NULL: none */
	const char *unknown; /* name or bytes of the first unknown command; NULL: none */
	char unknown_text[24];
};

/* What a poll should ask besides the status. */
struct poll_wish {
	bool identity;      /* who it is */
	bool errors;        /* the cause of an error, after one was reported */
	bool proof;         /* once per printer: how it proves a print */
	bool quick;         /* around a job: the status alone, 300 ms at most */
};

/* What a poll brought. */
struct poll_answer {
	bool valid;         /* at least one valid reply to the status request */
	struct facts facts;
	bool printing;      /* it is at work; false where it does not say */
	struct identity identity;
	enum proof proof;   /* PROOF_UNKNOWN: not asked or nothing to conclude */
};

struct language {
	const char *name;
	const char *summary;
	/* Whether it prints this media type. */
	bool (*takes)(const char *type);
	/* Walk the document's bytes, chunks joined. NULL: it has no walker yet,
	 * so that raw bytes need the `raw` capability. */
	void (*examine)(const struct document *doc, struct finding *f);
	enum err (*print)(struct press *p, const struct document *doc, const struct ticket *t,
	    struct why *why);
	enum err (*beep)(struct press *p, const struct ticket *t, struct why *why);
	enum err (*kick)(struct press *p, const struct ticket *t, struct why *why);
	/*
	 * Ask the printer for its state over the open link. E_OK also when it
	 * was silent or babbled: `answer->valid` tells. An error is the wire's.
	 * NULL: this language has no status.
	 */
	enum err (*poll)(struct press *p, const struct poll_wish *wish, struct poll_answer *answer,
	    struct why *why);
	/*
	 * Before the first byte of a job that is to be proven by `proof`, when an
	 * earlier connection broke off: see to it that the printer takes what
	 * follows for a job. `*sure` when it has said so; E_UNREADY when it
	 * should have: nothing of the job has left then. NULL: it cannot.
	 */
	enum err (*ready)(struct press *p, enum proof proof, const char token[4], bool *sure,
	    struct why *why);
	/*
	 * After the last byte of a job: wait for the printer's own word that it
	 * came out, by `proof`. `token` is four printable characters that no
	 * other job of this printer uses. `*evidence` says what was proven;
	 * E_UNCONFIRMED when the word did not come in time (the job is then in
	 * doubt), E_PAPER, E_COVER, E_PRINTER when the printer told why.
	 * NULL: it cannot.
	 */
	enum err (*confirm)(struct press *p, enum proof proof, const char token[4],
	    enum evidence *evidence, struct why *why);
	/*
	 * On an idle link that is kept open: report what the printer tells
	 * unasked (press_told) until the wire fails or E_CANCELLED. `arm`: have
	 * it tell at all; a job may have switched that off.
	 * NULL: it tells nothing.
	 */
	enum err (*listen)(struct press *p, bool arm, struct why *why);
	/*
	 * The bytes that a step means, appended to `out`. `state` is
	 * `composer_bytes` of zeroes before the first step of each copy. After the
	 * last step comes one call with `s` NULL: the end of the copy, where the
	 * ticket's banner, feed, cut and beeps have their place. `out` may be sent
	 * and cleared between calls. Besides STEP_PAGE, STEP_DOTS, STEP_FEED,
	 * STEP_CUT and STEP_END (which every composer knows) it takes the kinds in
	 * `steps`, a bit per enum step_kind; E_UNSUPPORTED for others.
	 * `compose_finish` frees what the state may hold; call it once per copy,
	 * also after an error. NULL: it holds nothing.
	 * `compose` NULL: prints its own bytes only.
	 */
	unsigned steps;
	size_t composer_bytes;
	enum err (*compose)(void *state, const struct composing *setup, const struct step *s,
	    struct buf *out, struct why *why);
	void (*compose_finish)(void *state);
	/*
	 * After the end of the first copy: for how many copies its bytes ask, so that
	 * they are not sent again for those. NULL: one.
	 */
	unsigned (*copies)(const void *state);
	/*
	 * What a printer of these abilities makes of the bytes, one call of `take`
	 * per paper. `profile` may be NULL. E_TOO_LARGE past BITMAP's ceiling.
	 * NULL: nobody here can read this language.
	 */
	enum err (*paint)(struct str bytes, const struct composing *setup, paper_take *take,
	    void *arg, struct why *why);
	/* The text that the bytes print, as UTF-8 lines; what is drawn is left out.
	 * Up to the ceiling of `out`. NULL: cannot. */
	void (*text)(struct str bytes, const struct profile *profile, struct buf *out);
};

extern const struct language language_cpcl;
extern const struct language language_epl;
extern const struct language language_raw;
extern const struct language language_escpos;
extern const struct language language_star;
extern const struct language language_tspl;
extern const struct language language_zpl;

const struct language *language_find(struct str name);
const struct language *language_at(size_t i);

#endif
