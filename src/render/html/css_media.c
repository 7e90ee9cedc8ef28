/*
 * A media query is `not`? type? (`and` condition)*; conditions are rows of a
 * table: what to compare, and with what.
 */
#include "render/html/css_media.h"

#include <math.h>

#include "render/html/css_cascade.h"
#include "render/html/css_value.h"

static struct value value_of(struct doc *d, struct tokens t)
{
	float medium = 16 * d->dots_per_px;
	return (struct value){ .doc = d, .t = tokens_trim(t), .em = medium, .rem = medium };
}

struct media_feature {
	const char *name;
	int compare;      /* -1: at most, 1: at least, 0: a word or a number that must equal */
	const char *word; /* NULL: the paper's width */
};

static const struct media_feature media_features[] = {
	{ "min-width", 1, NULL }, { "max-width", -1, NULL }, { "width", 0, NULL },
	{ "orientation", 0, "portrait" }, { "color", 0, "0" }, { "monochrome", 0, "1" },
	{ "prefers-color-scheme", 0, "light" }, { "prefers-reduced-motion", 0, "reduce" },
	{ "hover", 0, "none" }, { "pointer", 0, "none" }, { "scripting", 0, "none" },
	{ "update", 0, "none" }, { "grid", 0, "0" },
};

static bool compare_width(struct doc *d, const struct media_feature *f, struct value *v)
{
	struct len l;
	if (!value_length(v, 0, &l))
		return false;
	float more = (float)d->paper_width - l.dots;
	return f->compare ? more * (float)f->compare >= -0.01f : fabsf(more) < 0.5f;
}

static bool condition_holds(struct doc *d, struct tokens t)
{
	struct tokens rest;
	struct tokens name = tokens_trim(tokens_cut(t, ':', &rest));
	struct value v = value_of(d, rest);
	if (name.count != 1 || name.ptr->kind != T_IDENT) {
		feature_note(d, FEATURE_LAYOUT, "media query (%.*s)",
		    STR_ARG(tokens_text(&d->arena, t)));
		return false;
	}
	for (size_t i = 0; i < sizeof(media_features) / sizeof(*media_features); i++) {
		const struct media_feature *f = &media_features[i];
		if (!token_is(name.ptr, f->name))
			continue;
		if (!f->word)
			return compare_width(d, f, &v);
		return rest.count ? str_is(tokens_text(&d->arena, v.t), f->word) :
		    !str_is(str_of(f->word), "0") && !str_is(str_of(f->word), "none");
	}
	/* resolutions, heights: nothing that a receipt's layout hangs on */
	feature_note(d, FEATURE_HARMLESS, "media query %.*s", STR_ARG(name.ptr->text));
	return false;
}

static struct tokens inside(struct value *v)
{
	const struct token *open = value_look(v);
	size_t from = (size_t)(open - v->t.ptr), end = tokens_skip(v->t, from);
	v->at = end;
	bool closed = end > from + 1 && token_delim(&v->t.ptr[end - 1], ')');
	return tokens_trim((struct tokens){ open + 1, end - from - 1 - closed });
}

static bool query_holds(struct doc *d, struct tokens query)
{
	struct value v = value_of(d, query);
	value_ident(&v, "only");
	bool negated = value_ident(&v, "not"), holds = true;
	while (!value_end(&v)) {
		if (value_ident(&v, "and"))
			continue;
		if (token_delim(value_look(&v), '(')) {
			holds &= condition_holds(d, inside(&v));
			continue;
		}
		const struct token *t = value_next(&v);
		holds &= token_is(t, "print") || token_is(t, "all");
	}
	return holds != negated;
}

bool media_holds(struct doc *d, struct tokens query)
{
	bool any = !tokens_trim(query).count;
	while (query.count) {
		struct tokens one = tokens_cut(query, ',', &query);
		any |= query_holds(d, one);
	}
	return any;
}

static bool supports(struct doc *d, struct tokens t, int depth);

static bool supports_part(struct doc *d, struct value *v, int depth)
{
	if (value_end(v))
		return false;
	if (value_ident(v, "not"))
		return !supports_part(d, v, depth);
	if (!token_delim(value_look(v), '(')) {
		v->at = tokens_skip(v->t, (size_t)(value_look(v) - v->t.ptr));
		return false;
	}
	struct tokens rest, body = inside(v), name = tokens_trim(tokens_cut(body, ':', &rest));
	if (name.count == 1 && rest.count)
		return name.ptr->kind == T_IDENT && (str_starts(name.ptr->text, "--") ||
		    cascade_property(name.ptr->text));
	return supports(d, body, depth + 1);
}

static bool supports(struct doc *d, struct tokens t, int depth)
{
	struct value v = value_of(d, t);
	if (depth > 8 || value_end(&v))
		return false;
	bool holds = supports_part(d, &v, depth);
	while (!value_end(&v)) {
		bool either = value_ident(&v, "or");
		if (!either && !value_ident(&v, "and"))
			return false;
		if (value_end(&v))
			return false;
		bool other = supports_part(d, &v, depth);
		holds = either ? holds || other : holds && other;
	}
	return holds;
}

bool media_supports(struct doc *d, struct tokens condition)
{
	return supports(d, condition, 0);
}

static void page_size(struct doc *d, struct value *v)
{
	struct len width, height;
	if (!value_length(v, 0, &width))
		return; /* auto, portrait, a paper's name: the paper is what it is */
	bool square = !value_length(v, 0, &height);
	if (value_ident(v, "auto"))
		return;
	d->page.width = width.dots;
	d->page.height = square ? width.dots : height.dots;
}

static void page_margins(struct doc *d, struct value *v)
{
	struct len m[4];
	int n = 0;
	while (n < 4 && value_length(v, LENGTH_SHARE, &m[n]))
		n++;
	if (!n)
		return;
	for (int i = 0; i < 4; i++)
		d->page.margin[i] = m[i < n ? i : i == 3 && n > 1];
}

void media_page(struct doc *d, struct tokens body)
{
	static const char *const sides[] = { "margin-top", "margin-right", "margin-bottom",
		"margin-left" };
	while (body.count) {
		struct tokens rest, one = tokens_cut(body, ';', &body);
		struct tokens name = tokens_trim(tokens_cut(one, ':', &rest));
		struct value v = value_of(d, rest);
		if (name.count != 1)
			continue;
		if (token_is(name.ptr, "margin"))
			page_margins(d, &v);
		else if (token_is(name.ptr, "size"))
			page_size(d, &v);
		for (int i = 0; i < 4; i++)
			if (token_is(name.ptr, sides[i]))
				value_length(&v, LENGTH_SHARE, &d->page.margin[i]);
	}
}
