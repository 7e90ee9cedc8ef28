/*
 * TSPL as a row of commands (TSC's TSPL/TSPL2 programming manual): lines of a word and
 * its arguments; only BITMAP carries bytes that may look like anything.
 *
 * tspl_command.def says what each word may do; `tspl_examine` is the byte policy of
 * raw jobs by it.
 */
#ifndef LANG_TSPL_LEX_H
#define LANG_TSPL_LEX_H

#include "core/lang.h"

struct tspl_line {
	struct str word, args;
	struct str data; /* BITMAP's; shorter than said when the stream ends */
};

bool tspl_lex(struct str bytes, size_t *at, struct tspl_line *l);
/* The next argument, without its quotes; `*args` gets the rest. */
struct str tspl_arg(struct str *args);
/* As a number; 0 when it is none. Digits after a point are left out. */
unsigned tspl_number(struct str arg);
void tspl_examine(const struct document *doc, struct finding *f);

#endif
