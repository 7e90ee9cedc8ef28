/*
 * Faces: a style's font as Pango knows it, with its measures, and the fonts
 * that a document brings along.
 */
#ifndef RENDER_HTML_FONTS_H
#define RENDER_HTML_FONTS_H

#include <pango/pangocairo.h>

#include "render/html/doc.h"

/* In dots; whole CSS pixels, as browsers round them. */
struct measures {
	float ascent, descent, gap, x_height;
	bool coloured;          /* pictures instead of outlines: emoji */
};

struct face {
	struct face *next;
	const struct style *style;      /* the first that asked */
	PangoFontDescription *description;
	struct measures measures;
};

struct fonts {
	PangoFontMap *map;
	PangoContext *context;
	struct face *faces;
	struct font_measures *measured;
	struct str list, chosen; /* of families, last asked for; the one that is installed */
};

/* Load the document's own fonts (data: URLs), then be ready for faces. */
void fonts_open(struct doc *d);
struct face *fonts_face(struct doc *d, struct style *s);
/* Of the font that a piece of text really got. */
struct measures fonts_measures(struct doc *d, PangoFont *font);
/* One line of text in this style, for SVG and list markers; release by g_object_unref. */
PangoLayout *fonts_layout(struct doc *d, struct style *s, struct str text);

#endif
