/*
 * Slices: a pointer and a length into bytes that somebody else owns. They are
 * not terminated and may contain NUL.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* The same where C wants a constant: in the initialiser of a static table. */
#define STR_INIT(literal) { (literal), sizeof(literal) - 1 }
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).ptr

struct str str_of(const char *text); /* NULL gives STR_NONE */
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
bool str_is(struct str a, const char *text);
bool str_is_nocase(struct str a, const char *text);
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
struct str str_trim(struct str s); /* ASCII blanks at both ends */
struct str str_from(struct str s, size_t offset); /* the rest; empty past the end */
struct str str_head(struct str s, size_t len);

/* Cut at the first `sep`: returns the part before, `*rest` gets the part after
 * (STR_NONE when there was no separator). */
struct str str_cut(struct str s, char sep, struct str *rest);

/* Whole slice as a decimal number. False on anything else, incl. overflow. */
bool str_to_u64(struct str s, uint64_t *out); /* digits only */
bool str_to_i64(struct str s, int64_t *out);  /* optional '-' */

/* Copy into a fixed array, always terminated. False if it did not fit whole. */
bool str_copy(char *to, size_t size, struct str s);

/* Whether they are equal, in time that depends on the lengths only. */
bool str_eq_secret(struct str a, struct str b);

/* Edit distance, for "did you mean"; at most `limit`. */
unsigned str_distance(struct str a, struct str b, unsigned limit);

#endif
