/*
 * Fonts that a document brings along as data: URLs: TrueType, OpenType, WOFF and
 * WOFF2. They are known to this document alone.
 */
#ifndef RENDER_HTML_WEBFONT_H
#define RENDER_HTML_WEBFONT_H

#include <pango/pangocairo.h>

#include "render/html/doc.h"

/* The font map for a document: the common one, or one of its own with its fonts. */
PangoFontMap *webfont_map(struct doc *d);

#endif
