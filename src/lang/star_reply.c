/*
 * A byte that does not fit ends the packet it stands in and may begin the next.
 */
#include "lang/star_reply.h"

#define SHORTEST 7 /* up to the paper's byte and one more: the oldest format */
#define COUNTER_AT 7

void star_reply_init(struct star_reply *r)
{
	*r = (struct star_reply){ 0 };
}

static unsigned number(uint8_t b)
{
	return ((b >> 2) & 0x18u) | ((b >> 1) & 0x07u);
}

static bool fits(size_t at, uint8_t b)
{
	if (at == 0)
		return (b & 0x91) == 0x01 && number(b) >= SHORTEST;
	return (b & (at == 1 ? 0x11 : 0x91)) == 0;
}

bool star_reply_feed(struct star_reply *r, uint8_t b)
{
	if (r->len == r->need)
		r->len = r->need = 0;
	if (!fits(r->len, b)) {
		r->foreign += r->len;
		r->len = r->need = 0;
	}
	if (!fits(r->len, b)) {
		r->foreign++;
		return false;
	}
	if (!r->len)
		r->need = number(b);
	r->bytes[r->len++] = b;
	return r->len == r->need;
}

static enum tri tri(unsigned bits)
{
	return bits ? TRI_YES : TRI_NO;
}

void star_reply_facts(const struct star_reply *r, struct facts *f)
{
	const uint8_t *b = r->bytes + 2;
	f->online = tri(!(b[0] & 0x08));
	f->drawer_high = tri(b[0] & 0x04);
	f->cover_open = tri(b[0] & 0x20);
	f->cutter_error = tri(b[1] & 0x08);
	f->unrecoverable = tri(b[1] & 0x20);
	f->hot = tri(b[1] & 0x40);
	f->mechanical = tri((b[1] & 0x04) | (b[2] & 0x04)); /* also of the presenter */
	f->paper_low = tri(b[3] & 0x04);
	f->paper_loaded = tri(!(b[3] & 0x08));
}

int star_reply_counter(const struct star_reply *r)
{
	return r->len > COUNTER_AT ? (int)number(r->bytes[COUNTER_AT]) : STAR_NO_COUNTER;
}
