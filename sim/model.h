/*
 * Kinds of printers: what each says it is, and what it cannot do. A model is a
 * row; `platen-sim printer --model NAME` picks one.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct model {
	const char *name;
	const char *summary;
	const char *maker, *product, *firmware, *language; /* GS I 66, 67, 65, 69 */
	uint8_t model_id, type_id, rom_id;                 /* GS I 1, 2, 3 */
	uint32_t width_dots;
	bool realtime;   /* answers DLE EOT */
	bool queries;    /* answers GS I, GS r */
	bool asb;        /* GS a */
	bool fence;      /* GS ( H */
	bool one_connection; /* refuses a second one; else it waits */
	bool two_byte;   /* in GBK mode at power-on */
	bool strict;     /* ignores what Epson's printers ignore in mid line */
};

const struct model *model_find(const char *name); /* NULL if unknown */
const struct model *model_at(unsigned index);     /* NULL past the end */

#endif
