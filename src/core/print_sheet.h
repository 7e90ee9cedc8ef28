/*
 * Printing what has to be rendered: the renderer's steps, put into bytes by the
 * language's composer, as payload of a press.
 */
#ifndef CORE_PRINT_SHEET_H
#define CORE_PRINT_SHEET_H

#include "core/print.h"

/*
 * All copies of the document. The first bytes leave as soon as they are known;
 * the other copies are the same bytes again, or rendered again when those were
 * many. `cancel_fd` as for the renderer.
 */
enum err print_sheet(struct press *p, const struct language *lang,
    const struct press_paper *paper, const struct order *order, int cancel_fd, struct why *why);

/* How the renderer is to draw it. */
struct render_options print_sheet_options(const struct document *doc, const struct ticket *t,
    const struct abilities *a);

#endif
