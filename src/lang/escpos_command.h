/*
 * The table of ESC/POS commands behind the walk (escpos_walk.h), made from
 * escpos_command.def: what follows each, and whether it may be sent.
 */
#ifndef LANG_ESCPOS_COMMAND_H
#define LANG_ESCPOS_COMMAND_H

#include "lang/escpos_walk.h"

#define ESCPOS_COMMAND_BYTES 128 /* no command has a higher second or third byte */

enum walk_step { TEXT, SECOND, THIRD, PARAMETERS, SKIPPED, UNTIL_NUL, TAB_STOPS };
enum judgement { PASSES, DRAWER, REFUSED };
enum effect {
	KEEPS,
	FILLS_LINE,
	ENDS_LINE,
	ENTERS_PAGE,
	LEAVES_PAGE,
	RESETS,
	TWO_BYTE_ON,
	TWO_BYTE_OFF,
	ANSWERS, /* one byte comes back when it is executed */
};

struct escpos_command {
	const char *name; /* NULL: unknown */
	unsigned parameters;
	/* Called with the parameters: asks for more of them by raising `need`,
	 * or says how much data follows. NULL: none does. */
	void (*rule)(struct escpos_walk *w);
	enum effect effect;
	enum judgement (*judge)(const struct escpos_walk *w);
	const struct escpos_command *family; /* by the third byte */
	bool counted;                        /* unknown ones of the family have a length too */
};

/* By the second byte; NULL: `prefix` opens no command that we know. */
const struct escpos_command *escpos_command_table(uint8_t prefix);
/* For unknown members of a family with lengths. */
extern const struct escpos_command escpos_command_unknown;

static inline bool escpos_command_opens(uint8_t b)
{
	return b == 0x10 || b == 0x12 || (b >= 0x1B && b <= 0x1D) || b == 0x1F;
}

/* A parameter that would open a command if the one before it were shorter. DLE
 * is left out, being a frequent GS ! size and obeyed in real time anyway. */
static inline void escpos_command_doubt(struct escpos_walk *w, uint8_t b)
{
	if (b >= 0x1B && b <= 0x1D)
		w->doubt = true;
}

#endif
