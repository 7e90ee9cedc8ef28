/* What mkcodepage.py makes: bytes 0x80 to 0xFF of each page, 0 where it has a hole. */
#ifndef SIM_CODEPAGE_TABLE_H
#define SIM_CODEPAGE_TABLE_H

#include <stdint.h>

struct codepage_table {
	uint8_t number; /* ESC t n */
	const char *name;
	uint16_t upper[128];
};

extern const struct codepage_table codepage_tables[];
extern const unsigned codepage_table_count;

#endif
