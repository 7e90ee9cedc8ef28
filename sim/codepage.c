/*
 * The pages are tables made at build time (mkcodepage.py). The national sets
 * are the twelve positions of ISO 646, as printed in Epson's manuals. GBK is
 * too large for a table and comes from the C library.
 */
#include "codepage.h"

#include <iconv.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "codepage_table.h"

static const struct codepage_table *find(uint8_t number)
{
	for (unsigned i = 0; i < codepage_table_count; i++) {
		if (codepage_tables[i].number == number)
			return &codepage_tables[i];
	}
	return NULL;
}

bool codepage_known(uint8_t number)
{
	return find(number) != NULL;
}

const char *codepage_name(uint8_t number)
{
	const struct codepage_table *t = find(number);

	return t ? t->name : NULL;
}

uint32_t codepage_decode(uint8_t number, uint8_t byte)
{
	const struct codepage_table *t = find(number);

	if (byte < 0x80)
		return byte;
	return (t ? t : &codepage_tables[0])->upper[byte - 0x80];
}

static const char positions[] = "#$@[\\]^`{|}~";

/* One row per country of ESC R, in the order of `positions`. */
static const uint16_t national[][12] = {
	{ '#', '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~' },       /* USA */
	{ '#', '$', 0xe0, 0xb0, 0xe7, 0xa7, '^', '`', 0xe9, 0xf9, 0xe8, 0xa8 }, /* France */
	{ '#', '$', 0xa7, 0xc4, 0xd6, 0xdc, '^', '`', 0xe4, 0xf6, 0xfc, 0xdf }, /* Germany */
	{ 0xa3, '$', '@', '[', '\\', ']', '^', '`', '{', '|', '}', '~' },      /* UK */
	{ '#', '$', '@', 0xc6, 0xd8, 0xc5, '^', '`', 0xe6, 0xf8, 0xe5, '~' },   /* Denmark I */
	{ '#', 0xa4, 0xc9, 0xc4, 0xd6, 0xc5, 0xdc, 0xe9, 0xe4, 0xf6, 0xe5, 0xfc }, /* Sweden */
	{ '#', '$', '@', 0xb0, '\\', 0xe9, '^', 0xf9, 0xe0, 0xf2, 0xe8, 0xec }, /* Italy */
	{ 0x20a7, '$', '@', 0xa1, 0xd1, 0xbf, '^', '`', 0xa8, 0xf1, '}', '~' }, /* Spain I */
	{ '#', '$', '@', '[', 0xa5, ']', '^', '`', '{', '|', '}', '~' },       /* Japan */
	{ '#', 0xa4, 0xc9, 0xc6, 0xd8, 0xc5, 0xdc, 0xe9, 0xe6, 0xf8, 0xe5, 0xfc }, /* Norway */
	{ '#', '$', 0xc9, 0xc6, 0xd8, 0xc5, 0xdc, 0xe9, 0xe6, 0xf8, 0xe5, 0xfc }, /* Denmark II */
	{ '#', '$', 0xe1, 0xa1, 0xd1, 0xbf, 0xe9, '`', 0xed, 0xf1, 0xf3, 0xfa }, /* Spain II */
	{ '#', '$', 0xe1, 0xa1, 0xd1, 0xbf, 0xe9, 0xfc, 0xed, 0xf1, 0xf3, 0xfa }, /* Latin */
	{ '#', '$', '@', '[', 0x20a9, ']', '^', '`', '{', '|', '}', '~' },     /* Korea */
};

uint32_t codepage_national(uint8_t country, uint8_t byte)
{
	const char *at = byte ? strchr(positions, byte) : NULL;

	if (!at || country >= sizeof national / sizeof national[0])
		return byte;
	return national[country][at - positions];
}

uint32_t codepage_gbk(const uint8_t *bytes, unsigned len)
{
	static iconv_t gbk = (iconv_t)-1;
	char text[8], *in = (char *)bytes, *out = text;
	size_t in_left = len, out_left = sizeof text, at = 0;

	if (gbk == (iconv_t)-1)
		gbk = iconv_open("UTF-8", "GB18030");
	if (gbk == (iconv_t)-1)
		return 0;
	if (iconv(gbk, &in, &in_left, &out, &out_left) == (size_t)-1 || out == text) {
		iconv(gbk, NULL, NULL, NULL, NULL);
		return 0;
	}
	return utf8_next((struct str){ text, (size_t)(out - text) }, &at);
}
