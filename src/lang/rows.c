/*
 * A row is looked at from its end, eight bytes at a time, since most of a receipt
 * is white; only what has dots is copied, shifted to its place.
 */
#include "lang/rows.h"

#include <string.h>

struct rows rows_of(const struct step *s, uint32_t paper_dots)
{
	uint32_t room = s->width < paper_dots ? paper_dots - s->width : 0;
	return (struct rows){
		.black = s->black,
		.red = s->red,
		.stride = s->stride,
		.width = s->width,
		.height = s->height,
		.left = s->align == ALIGN_CENTER ? room / 2 : s->align == ALIGN_END ? room : 0,
		.bytes_max = (paper_dots + 7) / 8,
	};
}

/* Bytes of one colour's row up to its last dot; dots past `width` do not count. */
static size_t used(const uint8_t *row, uint32_t width)
{
	size_t len = (width + 7) / 8;
	if (width % 8 && (row[len - 1] & (uint8_t)(0xff00 >> (width % 8))))
		return len;
	len = width / 8;
	for (uint64_t eight; len >= 8; len -= 8) {
		memcpy(&eight, row + len - 8, 8);
		if (eight)
			break;
	}
	while (len && !row[len - 1])
		len--;
	return len;
}

size_t rows_used(const struct rows *r, uint32_t y)
{
	size_t len = used(r->black + y * r->stride, r->width);
	if (r->red) {
		size_t red = used(r->red + y * r->stride, r->width);
		len = red > len ? red : len;
	}
	if (!len)
		return 0;
	size_t dots = len * 8 < r->width ? len * 8 : r->width;
	len = (r->left + dots + 7) / 8;
	return len < r->bytes_max ? len : r->bytes_max;
}

static void lay(const struct rows *r, const uint8_t *row, uint8_t *to, size_t len)
{
	size_t have = (r->width + 7) / 8, at = r->left / 8;
	unsigned shift = r->left % 8;
	for (size_t i = 0; i < have && at + i < len; i++) {
		uint8_t b = row[i];
		if (i + 1 == have && r->width % 8)
			b &= (uint8_t)(0xff00 >> (r->width % 8));
		to[at + i] |= (uint8_t)(b >> shift);
		if (shift && at + i + 1 < len)
			to[at + i + 1] |= (uint8_t)(b << (8 - shift));
	}
}

void rows_copy(const struct rows *r, uint32_t y, uint8_t *to, size_t len)
{
	if (!r->left && !r->red && len * 8 <= r->width) {
		memcpy(to, r->black + y * r->stride, len);
		return;
	}
	memset(to, 0, len);
	lay(r, r->black + y * r->stride, to, len);
	if (r->red)
		lay(r, r->red + y * r->stride, to, len);
}

bool rows_next(const struct rows *r, uint32_t *y, uint32_t gap, struct row_run *run)
{
	*run = (struct row_run){ 0 };
	for (; *y < r->height; ++*y) {
		size_t bytes = rows_used(r, *y);
		if (bytes) {
			if (!run->bytes)
				run->first = *y;
			run->count = *y + 1 - run->first;
			run->bytes = bytes > run->bytes ? bytes : run->bytes;
		} else if (!run->bytes) {
			run->blank++;
		} else if (*y + 1 - run->first - run->count >= gap) {
			break;
		}
	}
	if (!run->bytes)
		return false;
	*y = run->first + run->count;
	return true;
}
