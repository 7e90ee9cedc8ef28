/*
 * Hex as people write it in configurations and as digests are shown.
 */
#include "base/text.h"

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_pairs(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len;) {
		if (is_blank(text.ptr[i])) {
			i++;
			continue;
		}
		int high = hex_digit(text.ptr[i]);
		int low = i + 1 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
		if (high < 0 || low < 0 || !buf_add_byte(out, (uint8_t)(high << 4 | low)))
			return false;
		i += 2;
	}
	return true;
}

bool hex_decode(struct str text, struct buf *out)
{
	size_t before = out->len;
	if (hex_pairs(text, out))
		return true;
	out->len = before;
	return false;
}

void hex_encode(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[from[i] >> 4];
		*out++ = digits[from[i] & 15];
	}
	*out = '\0';
}
