/* Looking a letter up. */
#include "gfx/font_table.h"

#include <stddef.h>

const uint16_t *font_table_rows(const struct font_table *t, uint32_t code)
{
	unsigned low = 0, high = t->count;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (t->codes[middle] == code)
			return t->rows + (size_t)middle * t->height;
		if (t->codes[middle] < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
