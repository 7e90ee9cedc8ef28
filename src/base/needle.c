/*
 * Both sides are read as folded code points: capital letters as small ones, a
 * run of blanks as one. The first one is looked for, the rest compared from there.
 */
#include "base/needle.h"

#include "base/mem.h"
#include "base/text.h"

/* Capitals that lie `step` apart from each other and `up` before their small ones. */
static const struct range {
	uint32_t first, last;
	uint8_t step, up;
} capitals[] = {
	{ 'A', 'Z', 1, 32 },
	{ 0xc0, 0xd6, 1, 32 },     /* Latin-1 */
	{ 0xd8, 0xde, 1, 32 },
	{ 0x100, 0x136, 2, 1 },    /* Latin Extended-A */
	{ 0x139, 0x147, 2, 1 },
	{ 0x14a, 0x176, 2, 1 },
	{ 0x179, 0x17d, 2, 1 },
	{ 0x386, 0x386, 1, 38 },   /* Greek */
	{ 0x388, 0x38a, 1, 37 },
	{ 0x38c, 0x38c, 1, 64 },
	{ 0x38e, 0x38f, 1, 63 },
	{ 0x391, 0x3ab, 1, 32 },
	{ 0x400, 0x40f, 1, 80 },   /* Cyrillic */
	{ 0x410, 0x42f, 1, 32 },
	{ 0x490, 0x490, 1, 1 },
	{ 0x531, 0x556, 1, 48 },   /* Armenian */
};

static uint32_t fold(uint32_t code)
{
	for (size_t i = 0; i < COUNT_OF(capitals); i++) {
		const struct range *r = &capitals[i];
		if (code < r->first)
			return code;
		if (code <= r->last)
			return (code - r->first) % r->step ? code : code + r->up;
	}
	return code;
}

static bool blank(uint32_t code)
{
	return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0;
}

/* The folded code point at *at, past it and the blanks that belong to it. */
static uint32_t next(struct str s, size_t *at)
{
	uint8_t byte = (uint8_t)s.ptr[*at];
	uint32_t code;
	if (byte >= 'a' && byte <= 'z') {
		++*at;
		return byte;
	}
	code = utf8_next(s, at);
	if (!blank(code))
		return fold(code);
	for (size_t ahead = *at; ahead < s.len && blank(utf8_next(s, &ahead));)
		*at = ahead;
	return ' ';
}

bool needle_init(struct needle *n, struct str text)
{
	size_t at = 0;
	n->len = 0;
	text = str_trim(text);
	while (at < text.len && n->len < NEEDLE_MAX)
		n->codes[n->len++] = next(text, &at);
	return n->len && at == text.len;
}

static bool follows(const struct needle *n, struct str s, size_t at)
{
	for (size_t i = 1; i < n->len; i++)
		if (at >= s.len || next(s, &at) != n->codes[i])
			return false;
	return true;
}

bool needle_in(const struct needle *n, struct str text)
{
	for (size_t at = 0; at < text.len;)
		if (next(text, &at) == n->codes[0] && follows(n, text, at))
			return true;
	return false;
}
