/*
 * Clusters: what a reader takes for one character, and what it takes of a line.
 *
 * Most stand in cells as on a printer: one for Latin, Greek, Cyrillic, two for
 * CJK and emoji. Scripts whose letters join, stack or run from right to left
 * (Arabic, Hebrew, Thai, the Indic ones) stand in no cells: a line that has
 * them is shaped as a whole (render/paragraph.h).
 */
#ifndef RENDER_CLUSTER_H
#define RENDER_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define CLUSTER_BYTES_MAX 64 /* what is longer is cut there */

struct cluster {
	uint32_t code;  /* its first character */
	size_t len;     /* bytes; 0 only at the end of the text */
	unsigned cells; /* 0: shaped, or nothing to be seen */
	bool shaped;
};

struct cluster cluster_next(struct str text, size_t at);

/* Whether a line may end after `a` and go on with `b` when neither is blank. */
bool cluster_breaks(const struct cluster *a, const struct cluster *b);

/* Whether it is read from right to left, by its first strong character. */
bool cluster_is_rtl(struct str text);

#endif
