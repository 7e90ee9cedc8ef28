/*
 * The walker over anything: it must end in the same finding however the bytes
 * are cut (the first byte says how), and a real-time pulse behind any bytes
 * must be found.
 */
#include <string.h>

#include "fuzz.h"
#include "lang/escpos_walk.h"

static void walk_in(size_t piece, const uint8_t *bytes, size_t len, struct escpos_walk *w)
{
	escpos_walk_init(w);
	for (size_t at = 0; at < len; at += piece)
		escpos_walk_feed(w, bytes + at, len - at < piece ? len - at : piece);
}

static int same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* the zeros end a sequence that `bytes` may have begun */
	static const uint8_t pulse[] = { 0, 0, 0x10, 0x14, 0x01, 0x00, 0x01 };
	struct escpos_walk whole, pieces;
	struct finding a, b;
	if (!len)
		return 0;
	size_t piece = 1u + bytes[0] % 32;
	bytes++;
	len--;
	walk_in(len ? len : 1, bytes, len, &whole);
	walk_in(piece, bytes, len, &pieces);
	escpos_walk_finish(&whole, &a);
	escpos_walk_finish(&pieces, &b);
	MUST(a.drawer == b.drawer);
	MUST(same(a.refused, b.refused));
	MUST(same(a.unknown, b.unknown));
	MUST(whole.step == pieces.step && whole.left == pieces.left);
	MUST(whole.doubt == pieces.doubt);
	escpos_walk_feed(&whole, pulse, sizeof(pulse));
	escpos_walk_finish(&whole, &a);
	MUST(a.drawer);
	return 0;
}
