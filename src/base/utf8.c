/*
 * UTF-8 by a table of first bytes; plain ASCII is passed a word at a time.
 */
#include "base/text.h"

#include <string.h>

#include "base/mem.h"

/* Sequences by their first byte: the bits it carries, how many bytes follow,
 * and the range of the second one, which rules out overlong forms, surrogates
 * and what lies beyond U+10FFFF (RFC 3629 section 4). */
static const struct lead {
	uint8_t first, last, bits, follow, low, high;
} leads[] = {
	{ 0xc2, 0xdf, 0x1f, 1, 0x80, 0xbf },
	{ 0xe0, 0xe0, 0x0f, 2, 0xa0, 0xbf },
	{ 0xe1, 0xec, 0x0f, 2, 0x80, 0xbf },
	{ 0xed, 0xed, 0x0f, 2, 0x80, 0x9f },
	{ 0xee, 0xef, 0x0f, 2, 0x80, 0xbf },
	{ 0xf0, 0xf0, 0x07, 3, 0x90, 0xbf },
	{ 0xf1, 0xf3, 0x07, 3, 0x80, 0xbf },
	{ 0xf4, 0xf4, 0x07, 3, 0x80, 0x8f },
};

static const struct lead *lead_of(uint8_t byte)
{
	for (size_t i = 0; i < COUNT_OF(leads); i++)
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	return NULL;
}

/* Length of the sequence at the start of `s`, 0 if it is none. */
static size_t sequence(struct str s, uint32_t *code)
{
	const uint8_t *p = (const uint8_t *)s.ptr;
	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	const struct lead *lead = lead_of(p[0]);
	if (!lead || s.len < 1u + lead->follow || p[1] < lead->low || p[1] > lead->high)
		return 0;
	*code = p[0] & lead->bits;
	for (size_t i = 1; i <= lead->follow; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	return 1u + lead->follow;
}

static size_t ascii_run(struct str s)
{
	size_t i = 0;
	uint64_t word;
	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		if (word & 0x8080808080808080)
			break;
	}
	return i;
}

bool utf8_valid(struct str s)
{
	uint32_t code;
	for (size_t at = 0; at < s.len;) {
		at += ascii_run(str_from(s, at));
		if (at == s.len)
			break;
		size_t len = sequence(str_from(s, at), &code);
		if (!len)
			return false;
		at += len;
	}
	return true;
}

uint32_t utf8_next(struct str s, size_t *at)
{
	uint32_t code;
	size_t len = sequence(str_from(s, *at), &code);
	*at += len ? len : 1;
	return len ? code : 0xfffd;
}

size_t utf8_encode(uint32_t code, char out[static 4])
{
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t follow = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const uint8_t marks[] = { 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = follow; i; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(marks[follow] | code);
	return follow + 1;
}
