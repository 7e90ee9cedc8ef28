/*
 * Star's languages as a row of tokens: characters, commands with what belongs to
 * them, rows of raster mode. star_command.def has the commands; where one is not
 * there, nobody knows how long it is, and the walk ends.
 */
#ifndef LANG_STAR_LEX_H
#define LANG_STAR_LEX_H

#include "core/lang.h"

struct star_lexer {
	struct str bytes;
	size_t at;
	bool raster; /* between ESC * r A and ESC * r B: `b` and `k` begin rows */
};

enum star_kind { STAR_LETTER, STAR_COMMAND, STAR_ROW, STAR_UNKNOWN, STAR_CUT_OFF };

struct star_token {
	enum star_kind kind;
	struct str name;   /* the command's own bytes; a letter's one; a row's `b` or `k` */
	struct str params; /* what follows; of STAR_ROW the dots, without their count */
};

/* False at the end, and after STAR_UNKNOWN or STAR_CUT_OFF. */
bool star_lex(struct star_lexer *l, struct star_token *t);
bool star_is(const struct star_token *t, const char *name); /* of names without NUL */

/*
 * The byte policy of raw jobs: what cannot be walked to its end is refused, for it
 * may hide anything.
 */
void star_examine(const struct document *doc, struct finding *f);

#endif
