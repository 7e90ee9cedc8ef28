/*
 * Attributes that style: align, width, bgcolor, dir and their like.
 */
#ifndef RENDER_HTML_CSS_HINTS_H
#define RENDER_HTML_CSS_HINTS_H

#include "render/html/css_parse.h"

/* As declarations; NULL when the element has none. */
struct declaration *css_hints(struct doc *d, const struct node *n, size_t *count);
/* The style sheet that browsers begin with. */
extern const char css_browser_sheet[], css_quirks_sheet[];

#endif
