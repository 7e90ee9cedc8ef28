/*
 * Three steps: between replies, within a status packet, within a block. Bit
 * positions are the manual's; near-end and end of paper stand elsewhere in a
 * packet (03, 0C) than in DLE EOT 4 (0C, 60).
 */
#include "lang/escpos_reply.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define XON 0x11
#define XOFF 0x13
#define BLOCK_GS_I 0x5F
#define BLOCK_PROCESS 0x37
#define PROCESS_ID 0x22

enum step { BETWEEN, IN_ASB, IN_BLOCK };

void escpos_reply_init(struct escpos_reply *r)
{
	mem_wipe(r, sizeof(*r)); /* texts may hold a serial number */
}

static void begin(struct escpos_reply *r, enum step step, uint8_t b)
{
	r->step = step;
	r->bytes[0] = b;
	r->len = 1;
}

static enum escpos_reply_kind first(struct escpos_reply *r, uint8_t b)
{
	begin(r, BETWEEN, b);
	if ((b & 0x93) == 0x12)
		return ESCPOS_STATUS;
	if ((b & 0x90) == 0x00)
		return ESCPOS_BYTE;
	if ((b & 0x93) == 0x10)
		r->step = IN_ASB;
	else if (b && memchr("\x35\x37\x3B\x3D\x5F", b, 5))
		r->step = IN_BLOCK;
	else
		r->foreign++;
	return ESCPOS_NOTHING;
}

/* The three after the first belong to the packet, whatever they are; only a
 * packet of the right form is believed. */
static enum escpos_reply_kind asb(struct escpos_reply *r, uint8_t b)
{
	r->bytes[r->len++] = b;
	if (r->len < ESCPOS_ASB_BYTES)
		return ESCPOS_NOTHING;
	r->step = BETWEEN;
	if (!((r->bytes[1] | r->bytes[2] | r->bytes[3]) & 0x90))
		return ESCPOS_ASB;
	r->foreign += ESCPOS_ASB_BYTES;
	return ESCPOS_NOTHING;
}

static void drop_front(struct escpos_reply *r, size_t n)
{
	r->len -= n;
	memmove(r->bytes, r->bytes + n, r->len);
}

static enum escpos_reply_kind block_done(struct escpos_reply *r)
{
	r->step = BETWEEN;
	if (r->bytes[0] == BLOCK_GS_I) {
		drop_front(r, 1);
		return ESCPOS_TEXT;
	}
	if (r->len == 2 + ESCPOS_TOKEN_BYTES && r->bytes[0] == BLOCK_PROCESS &&
	    r->bytes[1] == PROCESS_ID) {
		drop_front(r, 2);
		return ESCPOS_TOKEN;
	}
	return ESCPOS_BLOCK;
}

static enum escpos_reply_kind block(struct escpos_reply *r, uint8_t b)
{
	if (!b)
		return block_done(r);
	if (r->len < sizeof(r->bytes)) {
		r->bytes[r->len++] = b;
		return ESCPOS_NOTHING;
	}
	r->foreign += r->len + 1;
	r->step = BETWEEN;
	return ESCPOS_NOTHING;
}

enum escpos_reply_kind escpos_reply_feed(struct escpos_reply *r, uint8_t b)
{
	if (b == XON || b == XOFF)
		return ESCPOS_NOTHING;
	switch ((enum step)r->step) {
	case IN_ASB:
		return asb(r, b);
	case IN_BLOCK:
		return block(r, b);
	case BETWEEN:
		break;
	}
	return first(r, b);
}

static enum tri tri(unsigned bits)
{
	return bits ? TRI_YES : TRI_NO;
}

static void printer(uint8_t b, struct facts *f)
{
	f->drawer_high = tri(b & 0x04);
	f->online = tri(!(b & 0x08));
	f->feeding = tri(b & 0x40);
}

/* Bit 5 says that printing has stopped for want of paper; without it, DLE EOT
 * 4 knows whether there is some. No error at all is an answer, too. */
static void offline(uint8_t b, struct facts *f)
{
	f->cover_open = tri(b & 0x04);
	if (b & 0x08)
		f->feeding = TRI_YES;
	if (b & 0x20)
		f->paper_loaded = TRI_NO;
	if (!(b & 0x40))
		f->mechanical = f->cutter_error = f->unrecoverable = f->hot = TRI_NO;
}

/* Bit 6 recovers by itself: the head cools down, or the cover is closed again. */
static void error(uint8_t b, struct facts *f)
{
	f->mechanical = tri(b & 0x04);
	f->cutter_error = tri(b & 0x08);
	f->unrecoverable = tri(b & 0x20);
	f->hot = tri((b & 0x40) && f->cover_open != TRI_YES);
}

static void paper(unsigned low, unsigned out, struct facts *f)
{
	f->paper_low = tri(low);
	f->paper_loaded = tri(!out);
}

/* Both replies 2 and 4 can tell that paper is out; either is enough. */
static void roll(uint8_t b, struct facts *f)
{
	bool stopped = f->paper_loaded == TRI_NO;
	paper(b & 0x0C, stopped || b & 0x60, f);
}

void escpos_reply_status(unsigned n, uint8_t b, struct facts *f)
{
	static void (*const readers[])(uint8_t, struct facts *) = { printer, offline, error, roll };
	if (n >= 1 && n <= COUNT_OF(readers))
		readers[n - 1](b, f);
}

void escpos_reply_asb(const uint8_t *asb, struct facts *f)
{
	printer(asb[0], f);
	f->cover_open = tri(asb[0] & 0x20);
	error(asb[1], f);
	paper(asb[2] & 0x03, asb[2] & 0x0C, f);
}

void escpos_reply_paper(uint8_t b, struct facts *f)
{
	paper(b & 0x03, b & 0x0C, f);
}
