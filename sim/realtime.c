/*
 * A command has no second DLE in it, so when a sequence breaks off, the only
 * place where the next can begin is the byte that broke it.
 */
#include "realtime.h"

#include <string.h>

enum { EOT = 0x04, ENQ = 0x05, DLE_BYTE = 0x10, DC4 = 0x14 };

unsigned realtime_eot_params(uint8_t n)
{
	return n == 7 || n == 8 || n == 18 ? 2 : 1;
}

unsigned realtime_dc4_params(uint8_t fn)
{
	switch (fn) {
	case 1: return 3;  /* m t */
	case 2: return 3;  /* 01 08 */
	case 3: return 7;  /* buzzer */
	case 7: return 2;  /* m */
	case 8: return 8;  /* 01 03 14 01 06 02 08 */
	default: return 1;
	}
}

/* Whole length of what begins with `seq`; 0 if that is no command. */
static unsigned length(const struct realtime *r)
{
	if (r->len < 2)
		return 2;
	if (r->seq[1] == EOT)
		return r->len < 3 ? 3 : 2 + realtime_eot_params(r->seq[2]);
	if (r->seq[1] == ENQ)
		return 3;
	if (r->seq[1] == DC4)
		return r->len < 3 ? 3 : 2 + realtime_dc4_params(r->seq[2]);
	return 0;
}

static void start(struct realtime *r, uint8_t byte)
{
	r->seq[0] = byte;
	r->len = byte == DLE_BYTE;
}

size_t realtime_scan(struct realtime *r, const uint8_t *bytes, size_t len, bool *complete)
{
	size_t at = 0;

	*complete = false;
	while (at < len) {
		if (!r->len) {
			const uint8_t *dle = memchr(bytes + at, DLE_BYTE, len - at);
			if (!dle)
				return len;
			at = (size_t)(dle - bytes) + 1;
			start(r, DLE_BYTE);
			continue;
		}
		r->seq[r->len++] = bytes[at++];
		unsigned want = length(r);
		if (!want)
			start(r, r->seq[r->len - 1]);
		else if (r->len == want) {
			*complete = true;
			return at;
		}
	}
	return len;
}
