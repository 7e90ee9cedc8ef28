/*
 * The tree of a document, from gumbo (HTML5's algorithm: any bytes have one).
 * Names are in lower case. SVG inside HTML and SVG alone are the same tree.
 */
#ifndef RENDER_HTML_DOM_H
#define RENDER_HTML_DOM_H

#include <stdbool.h>

#include "render/html/arena.h"

#define DOM_DEPTH_MAX 64
#define DOM_NODES_MAX 50000
#define DOM_BYTES_MAX (8u << 20)

struct style;

struct attr {
	struct str name, value;
};

struct node {
	struct node *parent, *first, *last, *prev, *next;
	struct str tag;        /* empty: text */
	struct str text;
	const struct attr *attrs;
	unsigned attr_count;
	struct str id;
	const struct str *classes;
	unsigned class_count;
	unsigned place;        /* among its parent's elements, from 1 */
	bool svg;
	struct style *style;   /* once styled */
	struct style *before, *after; /* of its pseudo-elements; NULL: none */
};

struct dom {
	struct node *root;     /* <html> */
	struct node *body;
	bool quirks;           /* no or an old doctype */
};

/* E_TOO_LARGE past the ceilings above, by arena_fail. */
void dom_parse(struct arena *a, struct str html, struct dom *out);

bool node_is(const struct node *n, const char *tag);
bool node_has(const struct node *n, const char *attr);
struct str node_attr(const struct node *n, const char *attr); /* STR_NONE when absent */
double node_number(const struct node *n, const char *attr, double otherwise);
/* The element before or after among its siblings; NULL at the ends. */
struct node *node_prev(const struct node *n);
struct node *node_next(const struct node *n);
/* The next node in document order within `top`; NULL at its end. */
struct node *node_walk(const struct node *n, const struct node *top);
struct node *node_skip(const struct node *n, const struct node *top); /* past its children */
struct str node_content(struct arena *a, const struct node *n); /* all text within */

#endif
