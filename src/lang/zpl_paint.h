/*
 * What ZPL puts on labels: ^GF, ^GB, fields of text, and the usual bar codes, without
 * their rotations; letters are our own.
 */
#ifndef LANG_ZPL_PAINT_H
#define LANG_ZPL_PAINT_H

#include "core/lang.h"

enum err zpl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why);
void zpl_text(struct str bytes, const struct profile *profile, struct buf *out);

#endif
