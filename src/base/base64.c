/*
 * base64 is a hot path: megabytes of raster pass through it on the loop
 * thread, so four characters at a time go through a table, and one by one only
 * where there is white space, padding or the end.
 */
#include "base/text.h"

/* What a character is in base64: SEXTET | value, or one of the others, or 0. */
enum { SEXTET = 0x40, BLANK = 0x80, PAD = 0x81 };

#define V(c, value) [c] = SEXTET | (value)
static const uint8_t sextets[256] = {
	V('A', 0), V('B', 1), V('C', 2), V('D', 3), V('E', 4), V('F', 5), V('G', 6), V('H', 7),
	V('I', 8), V('J', 9), V('K', 10), V('L', 11), V('M', 12), V('N', 13), V('O', 14),
	V('P', 15), V('Q', 16), V('R', 17), V('S', 18), V('T', 19), V('U', 20), V('V', 21),
	V('W', 22), V('X', 23), V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28),
	V('d', 29), V('e', 30), V('f', 31), V('g', 32), V('h', 33), V('i', 34), V('j', 35),
	V('k', 36), V('l', 37), V('m', 38), V('n', 39), V('o', 40), V('p', 41), V('q', 42),
	V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47), V('w', 48), V('x', 49),
	V('y', 50), V('z', 51), V('0', 52), V('1', 53), V('2', 54), V('3', 55), V('4', 56),
	V('5', 57), V('6', 58), V('7', 59), V('8', 60), V('9', 61), V('+', 62), V('/', 63),
	V('-', 62), V('_', 63),
	[' '] = BLANK, ['\t'] = BLANK, ['\n'] = BLANK, ['\v'] = BLANK, ['\f'] = BLANK,
	['\r'] = BLANK, ['='] = PAD,
};
#undef V

static uint8_t sextet_at(struct str text, size_t i)
{
	return sextets[(uint8_t)text.ptr[i]];
}

/* White space and padding off the end. Whether the sextets before it call for
 * so much padding is seen when they are decoded. */
static bool trim_padding(struct str *text, size_t *pads)
{
	size_t len = text->len;
	*pads = 0;
	for (; len && sextet_at(*text, len - 1) >= BLANK; len--)
		*pads += sextet_at(*text, len - 1) == PAD;
	text->len = len;
	return *pads <= 2;
}

static size_t count_sextets(struct str text)
{
	size_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += sextet_at(text, i) != BLANK;
	return count;
}

static size_t bytes_of(size_t sextet_count)
{
	return sextet_count / 4 * 3 + sextet_count % 4 * 3 / 4;
}

/* Whole groups of four without white space. Returns how many characters went. */
static size_t decode_groups(struct str text, uint8_t **to)
{
	const uint8_t *from = (const uint8_t *)text.ptr;
	uint8_t *out = *to;
	size_t i = 0;
	for (; text.len - i >= 4; i += 4, out += 3) {
		uint32_t a = sextets[from[i]], b = sextets[from[i + 1]];
		uint32_t c = sextets[from[i + 2]], d = sextets[from[i + 3]];
		if (!(a & b & c & d & SEXTET))
			break;
		uint32_t bits = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
		out[0] = (uint8_t)(bits >> 16);
		out[1] = (uint8_t)(bits >> 8);
		out[2] = (uint8_t)bits;
	}
	*to = out;
	return i;
}

/* One group character by character, white space between. Returns the number
 * of sextets found, less than four only at the end; -1 on a bad character. */
static int decode_group(struct str text, size_t *at, uint8_t **to)
{
	uint32_t bits = 0;
	int count = 0;
	for (; *at < text.len && count < 4; ++*at) {
		uint8_t v = sextet_at(text, *at);
		if (v == BLANK)
			continue;
		if (!(v & SEXTET))
			return -1;
		bits |= (uint32_t)(v & 63) << (18 - 6 * count);
		count++;
	}
	for (size_t i = 0; i < bytes_of((size_t)count); i++)
		*(*to)++ = (uint8_t)(bits >> (16 - 8 * i));
	return count;
}

bool base64_decode(struct str text, struct buf *out)
{
	size_t pads;
	if (!trim_padding(&text, &pads))
		return false;
	size_t most = bytes_of(text.len);
	if (most > out->max - out->len) /* white space may account for it */
		most = bytes_of(count_sextets(text));
	uint8_t *start = buf_space(out, most), *to = start;
	if (!start)
		return false;
	int last = 4;
	for (size_t at = 0; at < text.len;) {
		at += decode_groups(str_from(text, at), &to);
		last = decode_group(text, &at, &to);
		if (last < 0)
			return false;
	}
	if (last == 1 || (pads && last + (int)pads != 4))
		return false;
	buf_grown(out, (size_t)(to - start));
	return true;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode_group(const uint8_t *from, size_t len, uint8_t *to)
{
	uint32_t bits = (uint32_t)from[0] << 16;
	if (len > 1)
		bits |= (uint32_t)from[1] << 8;
	if (len > 2)
		bits |= from[2];
	to[0] = (uint8_t)alphabet[bits >> 18];
	to[1] = (uint8_t)alphabet[bits >> 12 & 63];
	to[2] = len > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
	to[3] = len > 2 ? (uint8_t)alphabet[bits & 63] : '=';
}

bool base64_encode(struct str bytes, struct buf *out)
{
	if (bytes.len > SIZE_MAX / 4 * 3 - 3)
		return false;
	size_t len = (bytes.len + 2) / 3 * 4;
	uint8_t *to = buf_space(out, len);
	if (!to)
		return false;
	const uint8_t *from = (const uint8_t *)bytes.ptr;
	for (size_t i = 0; i < bytes.len; i += 3, to += 4)
		encode_group(from + i, bytes.len - i, to);
	buf_grown(out, len);
	return true;
}
