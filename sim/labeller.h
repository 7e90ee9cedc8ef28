/*
 * The interpreter of label languages: TSPL and ZPL in, labels out, one paper each.
 *
 * It knows what sheets are made of: sizes, pictures, copies. Everything else is
 * passed over and noted as unknown. Bytes may be split anywhere. Sources: TSC's
 * TSPL/TSPL2 manual, Zebra's ZPL II programming guide.
 */
#ifndef SIM_LABELLER_H
#define SIM_LABELLER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "gfx/bitmap.h"

struct printer;

enum speech { SPEAKS_ESCPOS, SPEAKS_TSPL, SPEAKS_ZPL, SPEAKS_STAR, SPEECHES };
const char *speech_name(enum speech s);

struct labeller {
	struct printer *printer;
	struct buf held;       /* of a command that is not whole yet */
	struct bitmap dots;
	uint32_t height;       /* of the label, 0: as long as it is drawn */
	uint32_t x, y;         /* ZPL: ^FO */
	unsigned copies;       /* ZPL: ^PQ */
};

void labeller_init(struct labeller *l, struct printer *printer, uint32_t width_dots);
void labeller_finish(struct labeller *l);
/* Takes all of it. */
void labeller_feed(struct labeller *l, const uint8_t *bytes, size_t len);

#endif
