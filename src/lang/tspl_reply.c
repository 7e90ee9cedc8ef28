/* One bit each; jam, ribbon and "other" have no fact of their own. */
#include "lang/tspl_reply.h"

#define HEAD_OPEN 0x01
#define JAM 0x02
#define PAPER_OUT 0x04
#define RIBBON_OUT 0x08
#define PAUSE 0x10
#define PRINTING 0x20
#define OTHER 0x40
#define HOT 0x80

static enum tri tri(unsigned bits)
{
	return bits ? TRI_YES : TRI_NO;
}

void tspl_reply_facts(uint8_t b, struct facts *f)
{
	f->online = tri(!(b & PAUSE));
	f->cover_open = tri(b & HEAD_OPEN);
	f->paper_loaded = tri(!(b & PAPER_OUT));
	f->mechanical = tri(b & (JAM | RIBBON_OUT | OTHER));
	f->hot = tri(b & HOT);
}

bool tspl_reply_printing(uint8_t b)
{
	return b & PRINTING;
}
