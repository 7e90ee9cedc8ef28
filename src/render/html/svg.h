/*
 * SVG: the part of it that logos, QR codes and bar codes are made of.
 *
 * Elements: svg g defs symbol use path rect circle ellipse line polyline polygon
 * text tspan linearGradient radialGradient stop image title desc style. Others
 * are recorded.
 */
#ifndef RENDER_HTML_SVG_H
#define RENDER_HTML_SVG_H

#include "render/html/paint.h"

struct svg;

/* Of an <svg> within a styled document. */
struct svg *svg_of_node(struct doc *d, const struct node *n);
/* Of a picture: a document of its own. */
struct svg *svg_parse(struct doc *d, struct str bytes);
/* Its own size in dots (0: none) and the ratio of its viewBox (0: none). */
void svg_size(const struct svg *s, float *width, float *height, float *ratio);
void svg_paint(struct brush *p, const struct svg *s, float x, float y, float w, float h);

#endif
