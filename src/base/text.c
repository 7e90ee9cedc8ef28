/*
 * Text for people's eyes: what a device said, and what must not be seen.
 */
#include "base/text.h"

#include <string.h>

void text_printable(const void *bytes, size_t len, size_t max, char *out)
{
	const char *from = bytes;
	size_t used = 0;
	for (size_t i = 0; i < len && used < max; i++)
		if (from[i] >= ' ' && from[i] <= '~')
			out[used++] = from[i];
	out[used] = '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ISO/IEC 7812: from the right, every second digit counts double. */
static bool luhn(const char *digits, size_t len)
{
	int sum = 0;
	for (size_t i = 0; i < len; i++) {
		int n = digits[len - 1 - i] - '0';
		if (i % 2)
			n = n > 4 ? 2 * n - 9 : 2 * n;
		sum += n;
	}
	return sum % 10 == 0;
}

void text_mask_cards(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t run = 0;
		while (i + run < len && is_digit(text[i + run]))
			run++;
		if (run >= 13 && run <= 19 && luhn(text + i, run))
			memset(text + i, '*', run - 4);
		i += run ? run : 1;
	}
}
