/*
 * profile.def as a table, and what follows from a row.
 */
#include "core/profile.h"

#include "base/codepage.h"
#include "base/mem.h"
#include "gfx/barcode.h"

#define WIDTH_USUAL 576
#define DPI_USUAL 203
#define CELL_A_WIDTH 12
#define CELL_B_WIDTH 9
#define CELL_A_HEIGHT 24
#define CELL_B_HEIGHT 17
#define NEAR_MOST 16

#define PAGES(set, list) \
	static const struct profile_page pages_##set[] = { list { 0, NULL } };
#define P(number, name) { number, name },
#define N(number, name) { number, name },
#include "core/profile.def"
#undef PAGES
#undef P
#undef N

#define PAGES(set, list) static const char *const names_##set[] = { list NULL };
#define P(number, name) name,
#define N(number, name)
#include "core/profile.def"
#undef PAGES
#undef P
#undef N

static const struct profile profiles[] = {
#define PROFILE(model, maker, text, dots, density, a, b, set, has) \
	{ .name = model, .vendor = maker, .title = text, .width_dots = dots, .dpi = density, \
	    .columns = a, .columns_b = b, .features = has, .pages = pages_##set, \
	    .page_names = names_##set },
#include "core/profile.def"
#undef PROFILE
};

/* The only numbers of ESC t that almost all printers agree on are those of these. */
static const char *const pages_usual[] = { "cp437", "cp1252", "cp866", "cp852", "cp858", NULL };

const struct profile *profile_at(size_t i)
{
	return i < COUNT_OF(profiles) ? &profiles[i] : NULL;
}

const struct profile *profile_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(profiles); i++)
		if (str_is_nocase(name, profiles[i].name))
			return &profiles[i];
	return NULL;
}

const char *profile_near(struct str name)
{
	const char *nearest = profiles[0].name;
	unsigned least = NEAR_MOST;
	for (size_t i = 0; i < COUNT_OF(profiles); i++) {
		unsigned distance = str_distance(name, str_of(profiles[i].name), least);
		if (distance < least) {
			least = distance;
			nearest = profiles[i].name;
		}
	}
	return nearest;
}

int profile_page_number(const struct profile *p, const char *name)
{
	const struct codepage *page = codepage_find(str_of(name));
	if (!p)
		return page ? codepage_number(page) : -1;
	for (const struct profile_page *has = p->pages; has->name; has++)
		if (str_is_nocase(str_of(name), has->name))
			return has->number;
	return -1;
}

/* As many as there are, unless the paper is narrower than what they were counted on. */
static unsigned columns(unsigned known, uint32_t width_dots, unsigned cell)
{
	return known && known * cell <= width_dots + cell ? known : width_dots / cell;
}

static void fonts(const struct profile *p, struct abilities *out)
{
	out->columns = columns(p ? p->columns : 0, out->width_dots, CELL_A_WIDTH);
	out->cell_height = CELL_A_HEIGHT;
	if (!p || p->columns_b) {
		out->columns_b = columns(p ? p->columns_b : 0, out->width_dots, CELL_B_WIDTH);
		out->cell_height_b = CELL_B_HEIGHT;
	}
	out->codepages = p && p->page_names[0] ? p->page_names : pages_usual;
}

/* Without a profile codes are drawn: a printer that has none prints their data. */
static uint32_t codes(const struct profile *p)
{
	uint32_t all = 0;
	if (p && p->features & HAS_BARCODE)
		all |= 1u << SYM_UPC_A | 1u << SYM_UPC_E | 1u << SYM_EAN13 | 1u << SYM_EAN8 |
		    1u << SYM_CODE39 | 1u << SYM_ITF | 1u << SYM_CODABAR | 1u << SYM_CODE93 |
		    1u << SYM_CODE128;
	if (p && p->features & HAS_QR)
		all |= 1u << SYM_QR;
	if (p && p->features & HAS_PDF417)
		all |= 1u << SYM_PDF417;
	return all;
}

void profile_abilities(const struct profile *p, const struct language *language,
    const struct paper_settings *settings, struct abilities *out)
{
	uint32_t width = settings->width_dots ? settings->width_dots : p ? p->width_dots : 0;
	unsigned dpi = settings->dpi ? settings->dpi : p ? p->dpi : 0;
	unsigned steps = language ? language->steps : 0;

	*out = (struct abilities){
		.width_dots = width ? width : WIDTH_USUAL,
		.dpi = dpi ? dpi : DPI_USUAL,
		.cutter = !p || p->features & (HAS_FULL_CUT | HAS_PART_CUT),
		.two_colour = p && p->features & HAS_RED,
		.label_height = settings->label_height,
		.label_gap = settings->label_gap,
	};
	if (steps & 1u << STEP_TEXT)
		fonts(p, out);
	if (steps & 1u << STEP_CODE)
		out->codes = codes(p);
}
