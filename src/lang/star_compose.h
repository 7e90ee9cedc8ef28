/*
 * Sheets for Star printers (Star Line Mode and StarPRNT command specifications).
 *
 * Dots go as ESC GS S blocks (StarPRNT), on models of Line Mode as raster rows
 * (ESC * r); feeds by ESC I, an eighth of a millimetre each: a dot at 203 dpi.
 */
#ifndef LANG_STAR_COMPOSE_H
#define LANG_STAR_COMPOSE_H

#include "core/lang.h"

struct codepage;

#define STAR_STEPS (1u << STEP_TEXT | 1u << STEP_CODE | 1u << STEP_PULSE | 1u << STEP_BEEP)

struct star_composer {
	bool begun, inked;
	uint32_t blank;
	bool font_b, bold, underline, invert;
	uint8_t wide, high, align;
	const char *page;
};

enum err star_compose(void *state, const struct composing *setup, const struct step *s,
    struct buf *out, struct why *why);
/* star_letters.c: text and codes */
void star_align(struct star_composer *c, enum align align, struct buf *out);
enum err star_letters(struct star_composer *c, const struct composing *setup,
    const struct step *s, struct buf *out, struct why *why);
/* The page that ESC GS t chooses; what nobody knows is the one it starts with. */
const struct codepage *star_page(const struct profile *p, unsigned number);
enum err star_code(struct star_composer *c, const struct step *s, struct buf *out,
    struct why *why);

#endif
