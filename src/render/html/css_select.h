/*
 * Selectors: parsed once, matched from their last part towards the root.
 */
#ifndef RENDER_HTML_CSS_SELECT_H
#define RENDER_HTML_CSS_SELECT_H

#include "render/html/doc.h"

enum pseudo_element { PSEUDO_NONE, PSEUDO_BEFORE, PSEUDO_AFTER, PSEUDO_MARKER, PSEUDO_OTHER };

struct condition {
	struct condition *next;
	uint8_t kind;               /* css_select.c's */
	uint8_t operator;           /* of an attribute: '=' '~' '|' '^' '$' '*', 0: is there */
	bool no_case;
	struct str name, value;
	int step, offset;           /* :nth-child(step n + offset) */
	struct selector *list;      /* :not(), :is() */
};

struct compound {               /* div.total:first-child */
	struct compound *left;      /* what comes before it, by `combinator` */
	char combinator;            /* ' ' '>' '+' '~' */
	struct str tag;             /* empty: any */
	struct condition *conditions;
};

struct selector {
	struct selector *next;      /* of a comma list */
	struct compound *last;
	uint32_t specificity;
	enum pseudo_element pseudo;
	struct tokens source;       /* what it was, for messages */
};

/* A comma list; NULL when it is not valid. What is valid and cannot be
 * evaluated is recorded and never matches. */
struct selector *css_selectors(struct doc *d, struct tokens t);
bool css_match(struct doc *d, const struct selector *s, const struct node *n);

#endif
