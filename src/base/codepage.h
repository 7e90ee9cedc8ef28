/*
 * Text for printers: UTF-8 to the single-byte pages that they print.
 */
#ifndef BASE_CODEPAGE_H
#define BASE_CODEPAGE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

struct codepage;

/* cp437, cp850, cp852, cp858, cp866, cp1252, in any case; else NULL. */
const struct codepage *codepage_find(struct str name);
/* Its number in ESC t, by Epson's tables. */
unsigned codepage_number(const struct codepage *page);

/*
 * Append `text` (UTF-8) in the page: control characters but line feeds are
 * left out, what the page lacks becomes '?', so the result holds no command.
 * False if `out` is full.
 */
bool codepage_encode(const struct codepage *page, struct str text, struct buf *out);

#endif
