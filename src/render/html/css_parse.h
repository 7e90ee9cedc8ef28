/*
 * Style sheets: rules, at-rules, declarations.
 */
#ifndef RENDER_HTML_CSS_PARSE_H
#define RENDER_HTML_CSS_PARSE_H

#include "render/html/css_select.h"
#include "render/html/doc.h"

struct property;

struct declaration {
	const struct property *property; /* NULL: a variable, `name` */
	struct str name;
	struct tokens value;
	bool important;
	bool variable;                   /* its value has var() in it */
};

struct rule {
	const struct selector *selector;
	const struct declaration *declarations;
	size_t count;
	unsigned order;
	struct rule *next;               /* of the same bucket */
};

struct font_face {
	struct font_face *next;
	struct str family, url;
	unsigned weight;
	bool italic;
};

#define SHEET_BUCKETS 128

/* Rules by what the last part of their selector asks for. */
struct sheet {
	struct rule *buckets[SHEET_BUCKETS], *any;
	unsigned rule_count;
	struct font_face *fonts;
};

/* Add the rules of `css` that hold for printing. What cannot be parsed is left
 * out as CSS says; what is not implemented is recorded. */
void css_parse_sheet(struct doc *d, struct str css, struct sheet *out);
/* The declarations of a style attribute or of a rule's block. */
struct declaration *css_parse_declarations(struct doc *d, struct tokens body, size_t *count);
/* Rules whose selector may match: chains of them, until NULL. */
typedef void css_visit(void *arg, const struct rule *rule);
void css_candidates(const struct sheet *s, const struct node *n, css_visit *visit, void *arg);

#endif
