/*
 * What Star printers make of a stream: its dots, its text.
 */
#ifndef LANG_STAR_PAINT_H
#define LANG_STAR_PAINT_H

#include "core/lang.h"

enum err star_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why);
void star_text(struct str bytes, const struct profile *profile, struct buf *out);

#endif
