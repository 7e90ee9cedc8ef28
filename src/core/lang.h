/*
 * The plug point of a language: what a printer speaks.
 *
 * `print` turns a document and its ticket into writes on a press (core/print):
 * straight blocking code on the device's worker. Control bytes that put
 * nothing on paper go by press_control, the document by press_payload: from
 * the first payload byte on the job counts as begun. `examine` runs on the
 * loop thread before acceptance and must be fast and pure.
 */
#ifndef CORE_LANG_H
#define CORE_LANG_H

#include <stdbool.h>

#include "base/err.h"
#include "core/document.h"

struct press;

/* What bytes would do besides printing; found by a language's walker. */
struct finding {
	bool drawer;         /* pulses a drawer */
	const char *refused; /* name of the first command that is never allowed; NULL: none */
	const char *unknown; /* name or bytes of the first unknown command; NULL: none */
	char unknown_text[24];
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
};

extern const struct language language_raw;
extern const struct language language_escpos;

const struct language *language_find(struct str name);
const struct language *language_at(size_t i);

#endif
