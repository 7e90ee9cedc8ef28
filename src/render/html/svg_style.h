/*
 * What an SVG element's attributes and style say, for svg.c that draws it.
 */
#ifndef RENDER_HTML_SVG_STYLE_H
#define RENDER_HTML_SVG_STYLE_H

#include "render/html/svg.h"

#define USES_MAX 8       /* <use> of <use> */

struct svg {
	struct doc *doc;
	const struct node *root;
	float width, height;    /* dots; 0: none */
	double view[4];
	bool has_view;
};

struct drawing {
	struct brush *brush;
	const struct svg *svg;
	int uses;
	unsigned shapes;
};

/* An attribute as a length in user units; a share is of `whole`, the view's width or height. */
double svg_length(const struct drawing *g, const struct node *n, const char *attr, double whole);
double svg_across(const struct drawing *g, const struct node *n, const char *attr);
double svg_down(const struct drawing *g, const struct node *n, const char *attr);
/* A property that is a number; whether it is this word. */
double svg_property(const struct drawing *g, const struct node *n, const char *property,
    double otherwise);
bool svg_word(const struct drawing *g, const struct node *n, const char *property, const char *is);
struct node *svg_by_id(const struct svg *s, struct str id);
struct str svg_reference(const struct node *n); /* the id that href names */
cairo_matrix_t svg_transform(struct str s);
/* Choose what `fill` or `stroke` says; false: nothing is to be drawn. `initial`: it is black
 * when nothing is said. */
bool svg_choose(const struct drawing *g, const struct node *n, const char *property, bool initial);
/* Fill and stroke the path. */
void svg_paint_path(const struct drawing *g, const struct node *n);

#endif
