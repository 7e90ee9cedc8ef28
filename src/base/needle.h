/*
 * Finding what a person typed in text of any source: capital and small letters are
 * the same (Latin, Greek, Cyrillic, Armenian), and any run of blanks and line ends is
 * one blank, so that neither columns nor line breaks hide a match. Text is UTF-8;
 * what is none matches nothing but itself.
 */
#ifndef BASE_NEEDLE_H
#define BASE_NEEDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define NEEDLE_MAX 128 /* characters */

struct needle {
	uint32_t codes[NEEDLE_MAX];
	size_t len;
};

/* Blanks at both ends do not count. False when nothing is left, or too much. */
bool needle_init(struct needle *n, struct str text);
/* At most NEEDLE_MAX looks per character. */
bool needle_in(const struct needle *n, struct str text);

#endif
