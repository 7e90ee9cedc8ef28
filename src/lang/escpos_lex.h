/*
 * ESC/POS bytes as a row of commands and single characters, cut apart by the walk
 * (escpos_walk.h), so that everything reads them alike.
 */
#ifndef LANG_ESCPOS_LEX_H
#define LANG_ESCPOS_LEX_H

#include "base/str.h"
#include "lang/escpos_walk.h"

struct escpos_token {
	const uint8_t *bytes; /* of a command: its prefix first; else one byte */
	size_t len;
	bool command, whole;  /* whole: not cut off by the end of the stream */
};

/* The next one from `*at` on; false at the end. */
bool escpos_lex(struct str bytes, size_t *at, struct escpos_token *t);

#endif
