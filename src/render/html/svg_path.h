/*
 * The `d` attribute of a path, and other lists of numbers.
 */
#ifndef RENDER_HTML_SVG_PATH_H
#define RENDER_HTML_SVG_PATH_H

#include <cairo.h>

#include "render/html/arena.h"

/* Add it to the current path; false (with what was good so far) where it is not valid. */
bool svg_path(cairo_t *c, struct arena *a, struct str d);
/* The next number of a list, past blanks and a comma; false at the end. */
bool svg_number(struct str *s, double *out);

#endif
