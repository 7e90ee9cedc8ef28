/*
 * What stands in a page as one thing: pictures from data: URLs, inline SVG and
 * bar codes (<platen-barcode type=ean13 value=4006381333931>).
 */
#ifndef RENDER_HTML_PICTURE_BOX_H
#define RENDER_HTML_PICTURE_BOX_H

#include "render/html/paint.h"

/* Whether the box is of that kind; its picture is then measured. What cannot be
 * drawn is recorded. */
bool picture_box_make(struct doc *d, struct box *b);
/* As layout_box, for these. */
void picture_box_size(struct box *b, const struct offer *o);
void measure_picture(struct layout *l, struct box *b, float *least, float *most);
void picture_box_paint(struct brush *p, const struct box *b);
/* A background-image that is a URL. */
void picture_background(struct brush *p, const struct box *b, float x, float y, float w, float h);

/* The bytes of a data: URL and its type; false for anything else. */
bool picture_data_url(struct arena *a, struct str url, struct str *type, struct str *bytes);

#endif
