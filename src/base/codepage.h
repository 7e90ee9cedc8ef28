/*
 * Text for printers: UTF-8 to the single-byte pages that they print.
 */
#ifndef BASE_CODEPAGE_H
#define BASE_CODEPAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct codepage;

/* A page of codepage.def ("cp858", "iso8859-15"), in any case; else NULL. */
const struct codepage *codepage_find(struct str name);
/* Its number in ESC t by Epson's tables; -1 when Epson has none. And back. */
int codepage_number(const struct codepage *page);
const struct codepage *codepage_numbered(unsigned number);

/* The byte of a character, 0 when the page lacks it; control characters have none. */
uint8_t codepage_byte(const struct codepage *page, uint32_t code);
/* The character of a byte; 0 when it means nothing. Below 80 it is itself. */
uint32_t codepage_code(const struct codepage *page, uint8_t byte);
/* Whether the page has every character of `text` (UTF-8). */
bool codepage_has(const struct codepage *page, struct str text);

/*
 * Append `text` (UTF-8) in the page: control characters but line feeds are
 * left out, what the page lacks becomes '?', so the result holds no command.
 * False if `out` is full.
 */
bool codepage_encode(const struct codepage *page, struct str text, struct buf *out);

#endif
