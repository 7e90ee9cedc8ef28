/*
 * What ESC/POS bytes put on paper: the preview, and the text of a job.
 *
 * Text in the code page in force, GS v 0, ESC *, GS ( L and GS 8 L, bar codes and
 * symbols, feeds and cuts. Page mode is painted as if it were lines; pictures that
 * the printer keeps in its own memory are left out. Sources: Epson's ESC/POS
 * reference.
 */
#ifndef LANG_ESCPOS_PAINT_H
#define LANG_ESCPOS_PAINT_H

#include "core/lang.h"

enum err escpos_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why);
void escpos_text(struct str bytes, const struct profile *profile, struct buf *out);

#endif
