/*
 * Values: tokens to lengths, colours, numbers, gradients, track lists. Each
 * reader moves `at` past what it took, or returns false and stays.
 */
#ifndef RENDER_HTML_CSS_VALUE_H
#define RENDER_HTML_CSS_VALUE_H

#include "render/html/doc.h"

struct value {
	struct doc *doc;
	struct tokens t;
	size_t at;
	float em, rem;          /* font sizes that em and rem stand for, dots */
	struct style *style;    /* what is being computed; NULL outside the cascade */
	const struct style *parent;
};

/* What a length may be, besides a length. */
enum { LENGTH_AUTO = 1, LENGTH_SHARE = 2, LENGTH_SIGNED = 4, LENGTH_INTRINSIC = 8, LENGTH_NONE = 16,
	LENGTH_NUMBER = 32, /* a bare number is pixels (quirks, SVG) */
	LENGTH_NORMAL = 64, LENGTH_FR = 128 };

const struct token *value_look(const struct value *v); /* past blanks; T_END at the end */
const struct token *value_next(struct value *v);
bool value_end(const struct value *v);
bool value_ident(struct value *v, const char *name);
bool value_delim(struct value *v, char c);
/* The arguments of the function or bracket that comes next. */
bool value_function(struct value *v, const char *name, struct tokens *arguments);

bool value_length(struct value *v, unsigned what, struct len *out);
bool value_number(struct value *v, double *out);
bool value_color(struct value *v, struct color *out);
bool value_angle(struct value *v, float *degrees);
bool value_gradient(struct value *v, struct gradient **out);
bool value_tracks(struct value *v, struct track_list **out);

#endif
