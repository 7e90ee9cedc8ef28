/*
 * The cascade: which declarations hold for an element, in which order, and the
 * style that they compute to.
 */
#ifndef RENDER_HTML_CSS_CASCADE_H
#define RENDER_HTML_CSS_CASCADE_H

#include "render/html/css_parse.h"
#include "render/html/css_value.h"

/* A row of css_property.def; NULL when it is not implemented. */
const struct property *cascade_property(struct str name);
/* Record a property that has no row. */
void cascade_unknown(struct doc *d, struct str name, struct tokens value);

/* Compute the style of every element and of its ::before and ::after. */
void cascade_document(struct doc *d);
/* The same for another tree (an SVG picture) with a sheet of its own. */
void cascade_tree(struct doc *d, struct node *root, struct sheet *sheet);
/* Of a box without an element, from the style it inherits. */
struct style *cascade_anonymous(struct doc *d, const struct style *parent, enum display display);
/* The tokens of a variable or an SVG property; count 0 when it is not set. */
struct tokens style_variable(const struct style *s, struct str name);

/* For css_property.c: give a longhand its value, with `inherit` and its like. */
bool cascade_apply(struct value *v, const struct property *p, struct tokens value);

#endif
