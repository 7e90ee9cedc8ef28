/*
 * Sheets in TSPL: one form per page, rows as BITMAP (TSC's TSPL/TSPL2 manual).
 */
#ifndef LANG_TSPL_COMPOSE_H
#define LANG_TSPL_COMPOSE_H

#include "lang/label.h"

enum err tspl_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why);

#endif
