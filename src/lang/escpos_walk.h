/*
 * A walk over ESC/POS bytes: what would they do besides printing?
 *
 * A pure state machine. Bytes may be fed in pieces cut anywhere; the finding
 * is the same. It allocates nothing and skips image data by its length.
 *
 * It decides for a printer that nobody has seen, so where printers differ it
 * leans to the side of the drawer:
 *
 * - Data is skipped by its length only where every printer takes it as data.
 *   As soon as some may not, the walk is `in doubt` to its end: it goes on as
 *   before, and besides looks for the dangerous commands at every offset
 *   (IN_DOUBT in escpos_command.def), which finds them in any reading. What
 *   brings doubt: a command we do not know (its parameters may be longer);
 *   GS v 0 with text in the line, in page mode, with odd parameters or more
 *   than 2303 rows, which some take as text (escpos.md section 9); an ESC, FS
 *   or GS among the parameters of a short command (section 16: ESC p without
 *   times, ESC 4 n) or in a code's data (section 10: a code that is refused is
 *   read as commands).
 * - Two-byte text (section 10): no trail byte of GBK, Big5 or Shift-JIS is a
 *   control byte, so text is walked byte by byte; but a byte above 7F right
 *   before a command brings doubt unless FS . was sent, because the printer
 *   may swallow the ESC as the second half of a character.
 * - Real-time sequences are looked for everywhere, data included (2, 4).
 *
 * A last command that is cut off passes, unless its first bytes already tell;
 * the language then sends NULs until it is whole, so that neither our cut nor
 * the next job is eaten as pixels (escpos.md section 9).
 */
#ifndef LANG_ESCPOS_WALK_H
#define LANG_ESCPOS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lang.h"

struct escpos_command;

struct escpos_walk {
	int step; /* what the next byte is */
	const struct escpos_command *family, *command;
	uint8_t prefix, second;
	uint8_t parameters[8];
	unsigned have, need;
	uint64_t left;      /* bytes of data still to skip */
	bool image;         /* they are pixels: every printer skips them */
	unsigned each;      /* parameters of each further item ... */
	unsigned items;     /* ... of which so many follow */
	uint8_t last_tab;

	bool line;          /* there may be something in the print buffer */
	bool page;          /* page mode */
	bool one_byte;      /* FS . was sent */
	bool high;          /* the byte before was text above 7F */
	bool doubt;

	uint64_t last;      /* the last eight bytes */
	unsigned near;      /* a command byte is among the last eight while > 0 */
	unsigned real_row, real_at; /* match of a real-time sequence */

	unsigned answers;   /* bytes that it makes the printer answer with, in order */
	bool drawer;
	const char *refused;
	char unknown[24];   /* "" while none */
};

void escpos_walk_init(struct escpos_walk *w);
void escpos_walk_feed(struct escpos_walk *w, const uint8_t *bytes, size_t len);
void escpos_walk_finish(const struct escpos_walk *w, struct finding *f);
/* Whether the last command is whole: what is sent next is not taken as its
 * parameters or data. */
bool escpos_walk_whole(const struct escpos_walk *w);

#endif
