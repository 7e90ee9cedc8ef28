/*
 * Star's packets over anything: a whole one has the form and the length that
 * its header says, every byte is accounted for, and after noise the next packet
 * is understood. The last line of defence is the same for TSPL: any byte.
 */
#include <string.h>

#include "fuzz.h"
#include "lang/star_reply.h"
#include "lang/tspl_reply.h"

static void check_packet(const struct star_reply *r)
{
	struct facts f = { 0 };
	MUST(r->len == r->need && r->len >= 7 && r->len <= sizeof(r->bytes));
	MUST((r->bytes[0] & 0x91) == 0x01);
	for (size_t i = 2; i < r->len; i++)
		MUST((r->bytes[i] & 0x91) == 0);
	star_reply_facts(r, &f);
	MUST(f.online && f.paper_loaded && f.cover_open);
	int counter = star_reply_counter(r);
	MUST(r->len > 7 ? counter >= 0 && counter < 32 : counter == STAR_NO_COUNTER);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t packet[] = { 0x23, 0x86, 0x28, 0, 0, 0x08, 0, 0x02, 0 };
	struct star_reply r;
	size_t whole = 0;
	star_reply_init(&r);
	for (size_t i = 0; i < size; i++) {
		struct facts f = { 0 };
		if (star_reply_feed(&r, bytes[i])) {
			check_packet(&r);
			whole += r.len;
		}
		tspl_reply_facts(bytes[i], &f);
		MUST(f.online && tspl_reply_printing(bytes[i]) == ((bytes[i] & 0x20) != 0));
	}
	MUST(whole + r.foreign + (r.len < r.need ? r.len : 0) == size);
	star_reply_feed(&r, 0xFF);
	for (size_t i = 0; i < sizeof(packet); i++)
		MUST(star_reply_feed(&r, packet[i]) == (i + 1 == sizeof(packet)));
	MUST(!memcmp(r.bytes, packet, sizeof(packet)) && star_reply_counter(&r) == 1);
	return 0;
}
