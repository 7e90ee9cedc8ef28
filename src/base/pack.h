/*
 * Small values as bytes, for our own processes on this machine: little-endian
 * numbers and length-prefixed text. Reading trusts nothing: past the end, or
 * out of a range, `bad` is set and what follows reads as zero, so that a long
 * row of reads needs one check at the end.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buf.h"

void pack_u8(struct buf *b, unsigned value);
void pack_u32(struct buf *b, uint32_t value);
void pack_i64(struct buf *b, int64_t value);
void pack_str(struct buf *b, struct str s);

struct unpack {
	struct str rest;
	bool bad;
};

unsigned unpack_u8(struct unpack *u, unsigned low, unsigned high);
uint32_t unpack_u32(struct unpack *u, uint32_t low, uint32_t high);
int64_t unpack_i64(struct unpack *u);
struct str unpack_str(struct unpack *u, size_t max);   /* a slice of the bytes */
struct str unpack_bytes(struct unpack *u, size_t len); /* exactly these many */
bool unpack_text(struct unpack *u, char *to, size_t size); /* no NUL inside; fits whole */
bool unpack_done(const struct unpack *u);              /* nothing bad and nothing left */

#endif
