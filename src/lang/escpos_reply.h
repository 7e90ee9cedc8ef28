/*
 * What an ESC/POS printer sends back: one stream on which answers of different
 * commands and unasked status packets mix (Epson's ESC/POS reference, "DLE EOT",
 * "GS a", "GS I", "GS ( H"; Citizen and Star clones agree).
 *
 * The first byte tells what a reply is, prefix-free:
 *
 *   0xx1xx10            DLE EOT, one byte
 *   0xx1xx00            automatic status (GS a), and the next three bytes
 *   0xx0xxxx            GS r, GS I 1 to 3, ESC u, ESC v: one byte
 *   35 37 3B 3D 5F      a block, up to a 00
 *   11, 13              XON, XOFF: skipped wherever they stand
 *
 * Pure: bytes may come in pieces cut anywhere. Which request a reply answers
 * only their order tells; whoever asks keeps no two open of one kind, or counts.
 */
#ifndef LANG_ESCPOS_REPLY_H
#define LANG_ESCPOS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

#define ESCPOS_REPLY_BYTES 512 /* a longer block is noise: Epson's have 80 at most */
#define ESCPOS_ASB_BYTES 4
#define ESCPOS_TOKEN_BYTES 4

enum escpos_reply_kind {
	ESCPOS_NOTHING, /* the reply is not whole yet, or the byte belongs to none */
	ESCPOS_STATUS,  /* DLE EOT: one byte */
	ESCPOS_BYTE,    /* one byte of a queued command */
	ESCPOS_ASB,     /* four bytes, all of the right form */
	ESCPOS_TEXT,    /* GS I 65 and up: the text, without header and end */
	ESCPOS_TOKEN,   /* GS ( H fn 48: the four characters */
	ESCPOS_BLOCK,   /* any other block */
};

struct escpos_reply {
	int step;
	size_t len;
	uint8_t bytes[ESCPOS_REPLY_BYTES]; /* of the last whole reply, until the next feed */
	uint64_t foreign;                  /* bytes that were part of no reply */
};

void escpos_reply_init(struct escpos_reply *r);
enum escpos_reply_kind escpos_reply_feed(struct escpos_reply *r, uint8_t b);

/* The answer to DLE EOT `n`, 1 to 4. What it does not tell stays as it is in `f`. */
void escpos_reply_status(unsigned n, uint8_t b, struct facts *f);
/* A packet of ESCPOS_ASB: tells every fact. */
void escpos_reply_asb(const uint8_t *asb, struct facts *f);
/* The answer to GS r 1. */
void escpos_reply_paper(uint8_t b, struct facts *f);

#endif
