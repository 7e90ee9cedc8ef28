/*
 * Lengths come in three shapes: a number with a unit, a keyword, or arithmetic
 * (calc, min, max, clamp), which is carried as dots plus a share of the whole.
 */
#include "render/html/css_value.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define CALC_DEPTH_MAX 16

const struct token *value_look(const struct value *v)
{
	static const struct token end = { .kind = T_END };
	size_t at = v->at;
	while (at < v->t.count && v->t.ptr[at].kind == T_BLANK)
		at++;
	return at < v->t.count ? &v->t.ptr[at] : &end;
}

const struct token *value_next(struct value *v)
{
	const struct token *t = value_look(v);
	if (t->kind != T_END)
		v->at = (size_t)(t - v->t.ptr) + 1;
	return t;
}

bool value_end(const struct value *v)
{
	return value_look(v)->kind == T_END;
}

bool value_ident(struct value *v, const char *name)
{
	if (!token_is(value_look(v), name))
		return false;
	value_next(v);
	return true;
}

bool value_delim(struct value *v, char c)
{
	if (!token_delim(value_look(v), c))
		return false;
	value_next(v);
	return true;
}

bool value_function(struct value *v, const char *name, struct tokens *arguments)
{
	const struct token *t = value_look(v);
	if (t->kind != T_FUNCTION || !str_is_nocase(t->text, name))
		return false;
	size_t from = (size_t)(t - v->t.ptr), end = tokens_skip(v->t, from);
	size_t stop = token_delim(&v->t.ptr[end - 1], ')') ? end - 1 : end;
	*arguments = tokens_trim((struct tokens){ t + 1, stop > from ? stop - from - 1 : 0 });
	v->at = end;
	return true;
}

/* Units in CSS pixels; em and the like depend on the element. */
static const struct { const char *name; double px; } units[] = {
	{ "px", 1 }, { "pt", 96 / 72.0 }, { "mm", 96 / 25.4 }, { "cm", 96 / 2.54 }, { "in", 96 },
	{ "pc", 16 }, { "q", 96 / 101.6 },
};

static bool unit_dots(const struct value *v, struct str unit, double *dots)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_is_nocase(unit, units[i].name)) {
			*dots = units[i].px * v->doc->dots_per_px;
			return true;
		}
	if (str_is_nocase(unit, "em"))
		*dots = v->em;
	else if (str_is_nocase(unit, "rem"))
		*dots = v->rem;
	else if (str_is_nocase(unit, "ex") || str_is_nocase(unit, "ch"))
		*dots = v->em / 2;
	else if (str_is_nocase(unit, "vw"))
		*dots = (double)v->doc->paper_width / 100;
	else
		return false;
	return true;
}

/* What arithmetic works on: a number, or dots plus a share. */
struct term {
	bool number;
	double dots, share;
};

struct calc {
	struct value v;
	int depth;
};

static bool calc_sum(struct calc *c, struct term *out);

static bool compare(struct calc *c, int want, struct term *out)
{
	struct term t;
	if (!calc_sum(c, out))
		return false;
	while (value_delim(&c->v, ',')) {
		if (!calc_sum(c, &t) || t.number != out->number || t.share != out->share)
			return false; /* which is less depends on the whole */
		if ((t.dots < out->dots) == (want < 0) && t.dots != out->dots)
			*out = t;
	}
	return value_end(&c->v);
}

static bool clamp(struct calc *c, struct term *out)
{
	struct term low, high;
	if (!calc_sum(c, &low) || !value_delim(&c->v, ',') || !calc_sum(c, out) ||
	    !value_delim(&c->v, ',') || !calc_sum(c, &high))
		return false;
	if (low.share != out->share || high.share != out->share)
		return false;
	out->dots = fmax(low.dots, fmin(out->dots, high.dots));
	return true;
}

static bool calc_function(struct calc *c, struct term *out)
{
	static const char *const names[] = { "calc", "min", "max", "clamp", "-webkit-calc" };
	struct calc inner = *c;
	struct tokens arguments;
	if (++inner.depth > CALC_DEPTH_MAX)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!value_function(&c->v, names[i], &arguments))
			continue;
		inner.v.t = arguments;
		inner.v.at = 0;
		return i == 1 ? compare(&inner, -1, out) : i == 2 ? compare(&inner, 1, out) :
		    i == 3 ? clamp(&inner, out) : calc_sum(&inner, out) && value_end(&inner.v);
	}
	return false;
}

static bool calc_bracket(struct calc *c, struct term *out)
{
	if (++c->depth > CALC_DEPTH_MAX || !value_delim(&c->v, '('))
		return false;
	bool good = calc_sum(c, out) && value_delim(&c->v, ')');
	c->depth--;
	return good;
}

static bool calc_term(struct calc *c, struct term *out)
{
	const struct token *t = value_look(&c->v);
	double unit;
	if (t->kind == T_FUNCTION)
		return calc_function(c, out);
	if (token_delim(t, '('))
		return calc_bracket(c, out);
	*out = (struct term){ .number = t->kind == T_NUMBER, .dots = t->number };
	if (t->kind == T_PERCENT)
		*out = (struct term){ .share = t->number / 100 };
	else if (t->kind == T_DIMENSION && unit_dots(&c->v, t->text, &unit))
		out->dots = t->number * unit;
	else if (t->kind != T_NUMBER)
		return false;
	value_next(&c->v);
	return true;
}

static bool calc_product(struct calc *c, struct term *out)
{
	struct term t;
	if (!calc_term(c, out))
		return false;
	for (;;) {
		bool by = value_delim(&c->v, '*');
		if (!by && !value_delim(&c->v, '/'))
			return true;
		if (!calc_term(c, &t) || !(t.number || (by && out->number)) || (!by && !t.dots))
			return false;
		double k = t.number ? t.dots : out->dots;
		struct term base = t.number ? *out : t;
		k = by ? k : 1 / k;
		*out = (struct term){ base.number, base.dots * k, base.share * k };
	}
}

static bool calc_sum(struct calc *c, struct term *out)
{
	struct term t;
	if (!calc_product(c, out))
		return false;
	for (;;) {
		int sign = value_delim(&c->v, '+') ? 1 : value_delim(&c->v, '-') ? -1 : 0;
		if (!sign)
			return true;
		if (!calc_product(c, &t) || t.number != out->number)
			return false;
		out->dots += sign * t.dots;
		out->share += sign * t.share;
	}
}

static const struct { const char *name; unsigned what; uint8_t kind; } length_words[] = {
	{ "auto", LENGTH_AUTO, LEN_AUTO },
	{ "none", LENGTH_NONE, LEN_AUTO },
	{ "normal", LENGTH_NORMAL, LEN_AUTO },
	{ "min-content", LENGTH_INTRINSIC, LEN_MIN_CONTENT },
	{ "max-content", LENGTH_INTRINSIC, LEN_MAX_CONTENT },
	{ "fit-content", LENGTH_INTRINSIC, LEN_FIT_CONTENT },
	{ "-webkit-fit-content", LENGTH_INTRINSIC, LEN_FIT_CONTENT },
};

static bool length_word(struct value *v, unsigned what, struct len *out)
{
	for (size_t i = 0; i < sizeof(length_words) / sizeof(*length_words); i++)
		if ((what & length_words[i].what) && value_ident(v, length_words[i].name)) {
			*out = (struct len){ .kind = length_words[i].kind };
			return true;
		}
	return false;
}

bool value_length(struct value *v, unsigned what, struct len *out)
{
	const struct token *t = value_look(v);
	struct calc c = { .v = *v };
	struct term term;
	if (t->kind == T_IDENT)
		return length_word(v, what, out);
	if ((what & LENGTH_FR) && t->kind == T_DIMENSION && str_is_nocase(t->text, "fr")) {
		*out = (struct len){ .kind = LEN_FR, .share = (float)t->number };
		value_next(v);
		return t->number >= 0;
	}
	if (!calc_term(&c, &term) || (term.share != 0 && !(what & LENGTH_SHARE)))
		return false;
	if (term.number) {
		if (term.dots != 0 && !(what & LENGTH_NUMBER))
			return false;
		term.dots *= v->doc->dots_per_px;
	}
	if (!(what & LENGTH_SIGNED) && t->kind != T_FUNCTION && (term.dots < 0 || term.share < 0))
		return false;
	v->at = c.v.at;
	*out = (struct len){ LEN_FIXED, (float)term.dots, (float)term.share };
	return true;
}

bool value_number(struct value *v, double *out)
{
	struct calc c = { .v = *v };
	struct term term;
	if (!calc_term(&c, &term) || !term.number)
		return false;
	v->at = c.v.at;
	*out = term.dots;
	return true;
}

bool value_angle(struct value *v, float *degrees)
{
	static const struct { const char *name; double degrees; } angles[] = {
		{ "deg", 1 }, { "grad", 0.9 }, { "rad", 57.29577951308232 }, { "turn", 360 } };
	const struct token *t = value_look(v);
	if (t->kind == T_NUMBER && t->number == 0) {
		value_next(v);
		*degrees = 0;
		return true;
	}
	for (size_t i = 0; t->kind == T_DIMENSION && i < 4; i++)
		if (str_is_nocase(t->text, angles[i].name)) {
			*degrees = (float)(t->number * angles[i].degrees);
			value_next(v);
			return true;
		}
	return false;
}

struct side_word { const char *name; float degrees; };

static bool gradient_angle(struct value *v, struct gradient *g)
{
	static const struct side_word sides[] = { { "top", 0 }, { "right", 90 }, { "bottom", 180 },
		{ "left", 270 } };
	g->degrees = 180;
	if (value_angle(v, &g->degrees))
		return value_delim(v, ',');
	if (!value_ident(v, "to"))
		return true;
	float sum = 0;
	int words = 0;
	bool top_and_left[2] = { false, false };
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 4; k++)
			if (value_ident(v, sides[k].name)) {
				sum += sides[k].degrees;
				words++;
				top_and_left[k == 3] |= k == 0 || k == 3;
			}
	if (!words)
		return false;
	g->degrees = sum / (float)words + (top_and_left[0] && top_and_left[1] ? 180 : 0);
	return value_delim(v, ',');
}

static bool gradient_stops(struct value *v, struct gradient *g)
{
	do {
		struct gradient_stop *s = &g->stops[g->count];
		struct len at;
		if (g->count == 16 || !value_color(v, &s->color))
			return false;
		s->at = -1;
		g->count++;
		if (value_length(v, LENGTH_SHARE | LENGTH_SIGNED, &at)) {
			if (at.dots != 0)
				return false;
			s->at = at.share < 0 ? 0 : at.share > 1 ? 1 : at.share;
			struct len second;
			if (g->count < 16 && value_length(v, LENGTH_SHARE, &second)) {
				g->stops[g->count] = *s;
				g->stops[g->count++].at = second.share > 1 ? 1 : second.share;
			}
		}
	} while (value_delim(v, ','));
	return value_end(v) && g->count >= 2;
}

bool value_gradient(struct value *v, struct gradient **out)
{
	struct value inner = *v;
	bool linear = value_function(v, "linear-gradient", &inner.t);
	if (!linear && !value_function(v, "radial-gradient", &inner.t))
		return false;
	struct gradient *g = ARENA_NEW(&v->doc->arena, struct gradient);
	inner.at = 0;
	g->radial = !linear;
	if (g->radial && (value_ident(&inner, "circle") || value_ident(&inner, "ellipse")) &&
	    !value_delim(&inner, ','))
		return false;
	if (linear && !gradient_angle(&inner, g))
		return false;
	*out = g;
	return gradient_stops(&inner, g);
}

static bool track_size(struct value *v, struct track *out)
{
	const unsigned what = LENGTH_AUTO | LENGTH_SHARE | LENGTH_INTRINSIC | LENGTH_FR;
	struct value inner = *v;
	if (value_function(v, "minmax", &inner.t)) {
		inner.at = 0;
		return value_length(&inner, what, &out->min) && value_delim(&inner, ',') &&
		    value_length(&inner, what, &out->max) && value_end(&inner) &&
		    out->min.kind != LEN_FR;
	}
	if (value_function(v, "fit-content", &inner.t)) {
		inner.at = 0;
		out->min = (struct len){ .kind = LEN_AUTO };
		return value_length(&inner, LENGTH_SHARE, &out->max);
	}
	if (!value_length(v, what, &out->max))
		return false;
	out->min = out->max;
	if (out->max.kind == LEN_FR)
		out->min = (struct len){ .kind = LEN_AUTO };
	return true;
}

static bool track_repeat(struct value *v, struct track_list *list)
{
	struct value inner = *v;
	double n = 1;
	if (!value_function(v, "repeat", &inner.t))
		return false;
	inner.at = 0;
	bool fill = value_ident(&inner, "auto-fill"), fit = !fill &&
	    value_ident(&inner, "auto-fit");
	if ((!fill && !fit && !value_number(&inner, &n)) || !value_delim(&inner, ',') || n < 1)
		return false;
	unsigned from = list->count;
	while (list->count < TRACKS_MAX && track_size(&inner, &list->tracks[list->count]))
		list->count++;
	unsigned each = list->count - from;
	if (!value_end(&inner) || !each || ((fill || fit) && each > 1))
		return false;
	list->repeat_fill = fill || fit;
	list->repeat_fit = fit;
	list->repeat_at = from;
	for (unsigned i = from; n > 1 && list->count < TRACKS_MAX &&
	    list->count < from + each * (unsigned)fmin(n, TRACKS_MAX); i++)
		list->tracks[list->count++] = list->tracks[i];
	return n * each + from <= TRACKS_MAX;
}

bool value_tracks(struct value *v, struct track_list **out)
{
	if (value_ident(v, "none")) {
		*out = NULL;
		return value_end(v);
	}
	struct track_list *list = ARENA_NEW(&v->doc->arena, struct track_list);
	while (!value_end(v)) {
		const struct token *t = value_look(v);
		if (t->kind == T_FUNCTION && str_is_nocase(t->text, "repeat")) {
			if (!track_repeat(v, list))
				return false;
		} else if (list->count == TRACKS_MAX ||
		    !track_size(v, &list->tracks[list->count++])) {
			return false;
		}
	}
	*out = list;
	return list->count > 0;
}
