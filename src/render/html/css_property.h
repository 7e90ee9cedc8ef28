/*
 * The rows of css_property.def as a table, and the words that values are made of.
 */
#ifndef RENDER_HTML_CSS_PROPERTY_H
#define RENDER_HTML_CSS_PROPERTY_H

#include "render/html/css_value.h"

struct word {
	const char *name;
	uint8_t value;
};

enum property_kind { P_PROP, P_WORD, P_MANY, P_IDLE, P_LOOKS, P_SVG };

struct property {
	const char *name;
	enum property_kind kind;
	size_t offset, size;                /* the field in struct style */
	bool (*read)(struct value *v, void *field, unsigned argument);
	unsigned argument;
	const struct word *words;
	bool (*many)(struct value *v);
};

/* NULL when there is no row. */
const struct property *property_find(struct str name);
/* Whether others are measured by it: the font, the colour. */
bool property_is_early(const struct property *p);
/* Read a word of `words` into *out. */
bool property_word(struct value *v, const struct word *words, uint8_t *out);
extern const struct style property_initial;

#endif
