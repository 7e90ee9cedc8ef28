/*
 * EPL2, read: lines of a letter or two and arguments; only GW carries bytes that may
 * look like anything (EPL2 programming guide 14245L).
 */
#ifndef LANG_EPL_READ_H
#define LANG_EPL_READ_H

#include "core/lang.h"

/* The byte policy: any line that is not known to put something on the label only, and
 * a picture that is cut off, needs the right `raw`. */
void epl_examine(const struct document *doc, struct finding *f);
enum err epl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why);
void epl_text(struct str bytes, const struct profile *profile, struct buf *out);

#endif
