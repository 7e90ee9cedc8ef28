/*
 * What TSPL puts on labels: BITMAP, BAR, BOX, TEXT, BARCODE and QRCODE, without their
 * rotations; letters are our own. PUTBMP and the like need the printer's memory.
 */
#ifndef LANG_TSPL_PAINT_H
#define LANG_TSPL_PAINT_H

#include "core/lang.h"

enum err tspl_paint(struct str bytes, const struct composing *setup, paper_take *take,
    void *arg, struct why *why);
void tspl_text(struct str bytes, const struct profile *profile, struct buf *out);

#endif
