/*
 * Text encodings: base64, hex, UTF-8, printable ASCII, card numbers.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * Decode base64 of the standard or the URL alphabet onto `out`; padding is
 * optional, ASCII white space is ignored, anything else (also a dangling
 * sextet or data after padding) is false and `out` keeps its old length.
 */
bool base64_decode(struct str text, struct buf *out);
bool base64_encode(struct str bytes, struct buf *out); /* standard, padded */

bool hex_decode(struct str text, struct buf *out); /* pairs; blanks between pairs allowed */
void hex_encode(const void *bytes, size_t len, char *out); /* lower case, terminated: 2*len+1 */

bool utf8_valid(struct str s); /* RFC 3629: no surrogates, no overlong forms */
/* Decode one code point at *at and advance; U+FFFD on bad input (advances 1). */
uint32_t utf8_next(struct str s, size_t *at);
size_t utf8_encode(uint32_t code, char out[static 4]);

/* What a device sent, for people: at most `max` printable ASCII characters,
 * others dropped; always terminated (`out` has max + 1 bytes). */
void text_printable(const void *bytes, size_t len, size_t max, char *out);

/* Mask runs of 13 to 19 digits that pass the Luhn check to their last four, in place. */
void text_mask_cards(char *text, size_t len);

#endif
