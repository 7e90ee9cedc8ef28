/*
 * Profiles: what is known of a printer's model. One row of profile.def each,
 * with the source of its facts.
 */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "core/lang.h"
#include "core/sheet.h"

/* How it takes a code page: the number of ESC t, the name of base/codepage.h. */
struct profile_page {
	uint8_t number;
	const char *name;
};

/* What a model has, a bit each; the words of profile.def. */
enum profile_feature {
	HAS_BARCODE = 1 << 0,   /* GS k with a length (function B) */
	HAS_QR = 1 << 1,        /* GS ( k 49 */
	HAS_PDF417 = 1 << 2,    /* GS ( k 48 */
	HAS_RASTER = 1 << 3,    /* GS v 0 */
	HAS_GRAPHICS = 1 << 4,  /* GS ( L */
	HAS_COLUMNS = 1 << 5,   /* ESC * */
	HAS_DENSITY = 1 << 6,   /* ... with 24 dots */
	HAS_FULL_CUT = 1 << 7,
	HAS_PART_CUT = 1 << 8,
	HAS_PULSE = 1 << 9,     /* ESC p */
	HAS_BEL = 1 << 10,      /* the drawer by BEL */
	HAS_RED = 1 << 11,      /* a second colour, ESC r */
	HAS_STAR = 1 << 12,     /* Star's own commands */
	HAS_STAR_BLOCK = 1 << 13, /* ... of StarPRNT: ESC GS S */
};

struct profile {
	const char *name, *vendor, *title;
	uint16_t width_dots, dpi;      /* 0: not known */
	uint8_t columns, columns_b;    /* 0: no such font */
	unsigned features;             /* of enum profile_feature */
	const struct profile_page *pages; /* the ones that we have too; name NULL ends */
	const char *const *page_names;    /* their names, NULL-terminated */
};

/* By name, without case; NULL: unknown, or "". */
const struct profile *profile_find(struct str name);
/* The name nearest to one that is not there. */
const char *profile_near(struct str name);
const struct profile *profile_at(size_t i); /* NULL past the last */

/* What the configuration says besides the profile; 0: nothing. */
struct paper_settings {
	uint32_t width_dots;
	unsigned dpi;
	uint32_t label_height, label_gap; /* dots */
};

/*
 * What documents for this printer can count on: the settings, else the profile
 * (NULL: none), else 576 dots at 203 dpi and what nearly all printers of the
 * language have. Pointers in it live as long as the program.
 */
void profile_abilities(const struct profile *p, const struct language *language,
    const struct paper_settings *settings, struct abilities *out);

/* The ESC t number of a page of base/codepage.h: the model's, else Epson's; -1: none. */
int profile_page_number(const struct profile *p, const char *name);

#endif
