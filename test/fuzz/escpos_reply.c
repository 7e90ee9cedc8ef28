/*
 * The return stream over anything: every reply has the form of its kind, XON
 * and XOFF between any two bytes change nothing, and after noise the next
 * answer is understood.
 */
#include <string.h>

#include "fuzz.h"
#include "lang/escpos_reply.h"

static void check_form(const struct escpos_reply *r, enum escpos_reply_kind kind)
{
	MUST(r->len <= sizeof(r->bytes));
	switch (kind) {
	case ESCPOS_NOTHING:
		break;
	case ESCPOS_STATUS:
		MUST(r->len == 1 && (r->bytes[0] & 0x93) == 0x12);
		break;
	case ESCPOS_BYTE:
		MUST(r->len == 1 && (r->bytes[0] & 0x90) == 0);
		break;
	case ESCPOS_ASB:
		MUST(r->len == 4 && (r->bytes[0] & 0x93) == 0x10);
		MUST(((r->bytes[1] | r->bytes[2] | r->bytes[3]) & 0x90) == 0);
		break;
	case ESCPOS_TOKEN:
		MUST(r->len == 4);
		/* fall through */
	case ESCPOS_TEXT:
	case ESCPOS_BLOCK:
		MUST(!memchr(r->bytes, 0, r->len));
		break;
	}
}

static void tell(const struct escpos_reply *r, enum escpos_reply_kind kind, uint8_t b)
{
	struct facts f = { 0 }, all = { 0 };
	enum tri value;
	for (unsigned n = 0; n < 6; n++)
		escpos_reply_status(n, b, &f);
	escpos_reply_paper(b, &f);
	if (kind != ESCPOS_ASB)
		return;
	escpos_reply_asb(r->bytes, &all);
	for (unsigned i = 0; facts_at(&all, i, &value); i++)
		MUST(value != TRI_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint8_t end[] = { 0, 0, 0, 0 };
	struct escpos_reply plain, paced;
	escpos_reply_init(&plain);
	escpos_reply_init(&paced);
	for (size_t i = 0; i < size; i++) {
		MUST(escpos_reply_feed(&paced, i & 1 ? 0x11 : 0x13) == ESCPOS_NOTHING);
		enum escpos_reply_kind kind = escpos_reply_feed(&plain, bytes[i]);
		MUST(escpos_reply_feed(&paced, bytes[i]) == kind);
		MUST(plain.len == paced.len && !memcmp(plain.bytes, paced.bytes, plain.len));
		check_form(&plain, kind);
		tell(&plain, kind, bytes[i]);
	}
	MUST(plain.foreign == paced.foreign && plain.foreign <= size);
	for (size_t i = 0; i < sizeof(end); i++)
		escpos_reply_feed(&plain, end[i]);
	MUST(escpos_reply_feed(&plain, 0x16) == ESCPOS_STATUS && plain.bytes[0] == 0x16);
	return 0;
}
