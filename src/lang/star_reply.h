/*
 * Star's status packet, asked with ESC ACK SOH or pushed (Star Line Mode and
 * StarPRNT command specifications, "Automatic status").
 *
 *   header 1   0xx0xxx1   how many bytes in all, these two included
 *   header 2   1xx0xxx0   version of the format
 *   3 ...      0xx0xxx0   status; byte 8 counts the ETBs that were printed
 *
 * The five bits of a number are 6, 5, 3, 2, 1. Pure: bytes may come in pieces
 * cut anywhere; what is no packet is passed over.
 */
#ifndef LANG_STAR_REPLY_H
#define LANG_STAR_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

#define STAR_REPLY_BYTES 31
#define STAR_NO_COUNTER (-1)

struct star_reply {
	size_t len, need;
	uint8_t bytes[STAR_REPLY_BYTES]; /* of the last whole packet, until the next feed */
	uint64_t foreign;                /* bytes that were part of no packet */
};

void star_reply_init(struct star_reply *r);
/* True when the byte makes a packet whole. */
bool star_reply_feed(struct star_reply *r, uint8_t b);
/* What a whole packet tells. */
void star_reply_facts(const struct star_reply *r, struct facts *f);
int star_reply_counter(const struct star_reply *r); /* 0 to 31, or STAR_NO_COUNTER */

#endif
