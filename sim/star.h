/*
 * The interpreter of Star's languages, Line Mode and StarPRNT: what receipts are made
 * of. Letters, their looks and places, feeds and cuts, raster rows and blocks, QR
 * codes and bar codes, drawer pulses, status and the count of ETB. Everything else is
 * noted as unknown. Bytes may be split anywhere. Source: Star's Line Mode and
 * StarPRNT command specifications.
 */
#ifndef SIM_STAR_H
#define SIM_STAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "font.h"

struct printer;

enum { STAR_LINE = 300 };

struct star_letter {
	struct style style;
	uint32_t code;
	uint32_t x;
};

struct star {
	struct printer *printer;
	uint32_t width_dots;
	struct buf held;                 /* of a command that is not whole yet */
	struct star_letter line[STAR_LINE];
	unsigned letters;
	uint32_t at;                     /* where the next letter goes */
	struct style style;
	uint8_t page, align, spacing;
	bool raster;
	uint8_t qr_level, qr_side;
	uint8_t qr[4096];
	size_t qr_len;
	uint8_t pulse_on, pulse_off;     /* times 10 ms */
	uint8_t counted;                 /* ETBs, of 32 */
};

void star_init(struct star *s, struct printer *printer, uint32_t width_dots);
void star_finish(struct star *s);
/* Takes all of it. */
void star_feed(struct star *s, const uint8_t *bytes, size_t len);

#endif
