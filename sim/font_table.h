/*
 * What mkfont.py makes of the bitmap fonts: sorted code points and, for each,
 * `height` rows of 16 bits, the leftmost dot highest. In the order of
 * enum font.
 */
#ifndef SIM_FONT_TABLE_H
#define SIM_FONT_TABLE_H

#include <stdint.h>

struct font_table {
	const uint16_t *codes;
	const uint16_t *rows;
	unsigned count;
	unsigned height;
};

extern const struct font_table font_tables[];

#endif
