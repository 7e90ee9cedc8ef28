/*
 * Most shorthands hand slices of their tokens to longhands by name; so each
 * longhand's reader is the only one that knows what it takes, and `inherit`
 * works everywhere.
 */
#include "render/html/css_shorthand.h"

#include <math.h>
#include <string.h>

#include "render/html/css_cascade.h"
#include "render/html/css_property.h"

#define SHORTHAND(name) bool shorthand_##name(struct value *v)
#define PARTS_MAX 16

static bool set(struct value *v, const char *longhand, struct tokens t)
{
	return cascade_apply(v, property_find(str_of(longhand)), t);
}

static bool set_word(struct value *v, const char *longhand, const char *word)
{
	struct token t = { .kind = T_IDENT, .text = str_of(word) };
	return set(v, longhand, (struct tokens){ &t, 1 });
}

/* Blank-separated parts; a function with its arguments is one. */
static size_t parts_of(struct value *v, struct tokens out[PARTS_MAX])
{
	size_t n = 0;
	while (!value_end(v) && n < PARTS_MAX) {
		size_t from = (size_t)(value_look(v) - v->t.ptr);
		v->at = tokens_skip(v->t, from);
		out[n++] = (struct tokens){ v->t.ptr + from, v->at - from };
	}
	return value_end(v) ? n : 0;
}

static bool four(struct value *v, const char *const names[4])
{
	struct tokens part[PARTS_MAX];
	size_t n = parts_of(v, part);
	if (!n || n > 4)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!set(v, names[i], part[i < n ? i : i == 3 && n > 1]))
			return false;
	return true;
}

static bool two(struct value *v, const char *first, const char *second)
{
	struct tokens part[PARTS_MAX];
	size_t n = parts_of(v, part);
	return (n == 1 || n == 2) && set(v, first, part[0]) && set(v, second, part[n - 1]);
}

#define FOUR(name, top, right, bottom, left) \
	SHORTHAND(name) \
	{ \
		static const char *const names[] = { top, right, bottom, left }; \
		return four(v, names); \
	}
FOUR(margin, "margin-top", "margin-right", "margin-bottom", "margin-left")
FOUR(padding, "padding-top", "padding-right", "padding-bottom", "padding-left")
FOUR(inset, "top", "right", "bottom", "left")
FOUR(border_width, "border-top-width", "border-right-width", "border-bottom-width",
    "border-left-width")
FOUR(border_style, "border-top-style", "border-right-style", "border-bottom-style",
    "border-left-style")
FOUR(border_color, "border-top-color", "border-right-color", "border-bottom-color",
    "border-left-color")
#undef FOUR

#define TWO(name, first, second) \
	SHORTHAND(name) \
	{ \
		return two(v, first, second); \
	}
TWO(margin_block, "margin-top", "margin-bottom")
TWO(padding_block, "padding-top", "padding-bottom")
TWO(gap, "row-gap", "column-gap")
TWO(place_content, "align-content", "justify-content")
TWO(place_items, "align-items", "justify-items")
TWO(place_self, "align-self", "justify-self")
#undef TWO

/* Start is where reading begins: the right, from right to left. */
#define INLINE(property) \
	SHORTHAND(property##_inline) \
	{ \
		bool rtl = v->style->text.rtl; \
		return two(v, rtl ? #property "-right" : #property "-left", \
		    rtl ? #property "-left" : #property "-right"); \
	} \
	SHORTHAND(property##_inline_start) \
	{ \
		bool rtl = v->style->text.rtl; \
		return set(v, rtl ? #property "-right" : #property "-left", v->t); \
	} \
	SHORTHAND(property##_inline_end) \
	{ \
		bool rtl = v->style->text.rtl; \
		return set(v, rtl ? #property "-left" : #property "-right", v->t); \
	}
INLINE(margin)
INLINE(padding)
#undef INLINE

static const char *const border_parts[4][3] = {
	{ "border-top-width", "border-top-style", "border-top-color" },
	{ "border-right-width", "border-right-style", "border-right-color" },
	{ "border-bottom-width", "border-bottom-style", "border-bottom-color" },
	{ "border-left-width", "border-left-style", "border-left-color" },
};

/* Width, style and colour in any order; what is not named is as at first. */
static bool border_side(struct value *v, int side, const struct tokens *part, size_t n)
{
	static const char *const initial[] = { "medium", "none", "currentcolor" };
	bool given[3] = { false, false, false };
	for (int k = 0; k < 3; k++)
		set_word(v, border_parts[side][k], initial[k]);
	for (size_t i = 0; i < n; i++) {
		int k = 0;
		while (k < 3 && (given[k] || !set(v, border_parts[side][k], part[i])))
			k++;
		if (k == 3)
			return false;
		given[k] = true;
	}
	return n > 0;
}

static bool border(struct value *v, unsigned sides)
{
	struct tokens part[PARTS_MAX];
	size_t n = parts_of(v, part);
	for (int side = 0; side < 4; side++)
		if (sides >> side & 1 && !border_side(v, side, part, n))
			return false;
	return true;
}

SHORTHAND(border)
{
	return border(v, 15);
}

SHORTHAND(border_top)
{
	return border(v, 1 << TOP);
}

SHORTHAND(border_right)
{
	return border(v, 1 << RIGHT);
}

SHORTHAND(border_bottom)
{
	return border(v, 1 << BOTTOM);
}

SHORTHAND(border_left)
{
	return border(v, 1 << LEFT);
}

/* Corners that are parts of ellipses become parts of circles. */
SHORTHAND(border_radius)
{
	static const char *const names[] = { "border-top-left-radius", "border-top-right-radius",
		"border-bottom-right-radius", "border-bottom-left-radius" };
	struct tokens rest;
	v->t = tokens_cut(v->t, '/', &rest);
	return four(v, names);
}

SHORTHAND(font)
{
	static const char *const leading[] = { "font-style", "font-weight", "font-variant" };
	struct tokens part, all = v->t, height;
	for (int i = 0; i < 3; i++)
		set_word(v, leading[i], "normal");
	set_word(v, "line-height", "normal");
	for (;;) {
		const struct token *t = value_look(v);
		bool taken = value_ident(v, "normal");
		for (int i = 0; i < 3 && !taken && t->kind != T_END; i++) {
			part = (struct tokens){ t, 1 };
			taken = set(v, leading[i], part);
			v->at += taken ? (size_t)(t - all.ptr) + 1 - v->at : 0;
		}
		if (!taken)
			break;
	}
	if (value_end(v))
		return false;
	size_t from = (size_t)(value_look(v) - all.ptr);
	v->at = tokens_skip(all, from);
	part = (struct tokens){ all.ptr + from, v->at - from };
	struct value size = *v;
	if (!set(v, "font-size", part))
		return false;
	if (value_delim(v, '/')) {
		if (value_end(v))
			return false;
		from = (size_t)(value_look(v) - all.ptr);
		v->at = tokens_skip(all, from);
		height = (struct tokens){ all.ptr + from, v->at - from };
		size.em = v->style->text.font_size;
		if (!set(&size, "line-height", height))
			return false;
	}
	part = (struct tokens){ all.ptr + v->at, all.count - v->at };
	v->at = all.count;
	return set(v, "font-family", tokens_trim(part));
}

SHORTHAND(list_style)
{
	struct tokens part[PARTS_MAX];
	size_t n = parts_of(v, part);
	for (size_t i = 0; i < n; i++)
		if (!set(v, "list-style-type", part[i]) && !set(v, "list-style-position", part[i]))
			return false;
	return n > 0;
}

SHORTHAND(background_image)
{
	struct box_style *b = &v->style->box;
	b->gradient = NULL;
	b->background_url = STR_NONE;
	if (value_ident(v, "none"))
		return true;
	if (value_look(v)->kind == T_URL) {
		b->background_url = value_next(v)->text;
		return value_end(v);
	}
	return value_gradient(v, &b->gradient) && value_end(v);
}

static bool position_word(struct value *v, struct len position[2])
{
	static const struct { const char *name; int axis; float share; } words[] = {
		{ "left", 0, 0 }, { "right", 0, 1 }, { "top", 1, 0 }, { "bottom", 1, 1 } };
	for (int i = 0; i < 4; i++)
		if (value_ident(v, words[i].name)) {
			position[words[i].axis] = (struct len){ LEN_FIXED, 0, words[i].share };
			return true;
		}
	return false;
}

static bool position_value(struct value *v, struct len position[2])
{
	const struct len middle = { LEN_FIXED, 0, 0.5f };
	int n = 0, words = 0;
	position[0] = position[1] = middle;
	for (; n + words < 2; ) {
		if (position_word(v, position) || (value_ident(v, "center")))
			words++;
		else if (value_length(v, LENGTH_SHARE | LENGTH_SIGNED, &position[n + words]))
			n++;
		else
			break;
	}
	return n + words > 0;
}

static bool size_value(struct value *v, struct box_style *b)
{
	b->background_fit = FIT_NONE;
	b->background_size[0] = b->background_size[1] = (struct len){ .kind = LEN_AUTO };
	if (value_ident(v, "cover"))
		b->background_fit = FIT_COVER;
	else if (value_ident(v, "contain"))
		b->background_fit = FIT_CONTAIN;
	else if (!value_length(v, LENGTH_AUTO | LENGTH_SHARE, &b->background_size[0]))
		return false;
	else
		value_length(v, LENGTH_AUTO | LENGTH_SHARE, &b->background_size[1]);
	return true;
}

static bool repeat_value(struct value *v, struct box_style *b)
{
	static const struct word words[] = { { "repeat", 3 }, { "repeat-x", 1 }, { "repeat-y", 2 },
		{ "no-repeat", 0 }, { 0 } };
	uint8_t bits;
	if (!property_word(v, words, &bits))
		return false;
	b->repeat_x = bits & 1;
	b->repeat_y = bits >> 1;
	return true;
}

SHORTHAND(background_position)
{
	return position_value(v, v->style->box.background_position) && value_end(v);
}

SHORTHAND(background_size)
{
	return size_value(v, &v->style->box) && value_end(v);
}

SHORTHAND(background_repeat)
{
	return repeat_value(v, &v->style->box) && value_end(v);
}

static bool background_part(struct value *v, struct box_style *b)
{
	static const char *const boxes[] = { "scroll", "fixed", "local", "border-box",
	    "padding-box",
		"content-box", "none" };
	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++)
		if (value_ident(v, boxes[i]))
			return true;
	if (value_look(v)->kind == T_URL) {
		b->background_url = value_next(v)->text;
		return true;
	}
	if (value_delim(v, '/'))
		return size_value(v, b);
	return value_color(v, &b->background) || value_gradient(v, &b->gradient) ||
	    repeat_value(v, b) || position_value(v, b->background_position);
}

SHORTHAND(background)
{
	struct box_style *b = &v->style->box;
	const struct box_style *first = &property_initial.box;
	b->background = (struct color){ 0 };
	b->gradient = NULL;
	b->background_url = STR_NONE;
	b->repeat_x = b->repeat_y = true;
	b->background_fit = FIT_NONE;
	memcpy(b->background_position, first->background_position, sizeof(b->background_position));
	memcpy(b->background_size, first->background_size, sizeof(b->background_size));
	while (!value_end(v)) {
		struct len position[2];
		memcpy(position, b->background_position, sizeof(position));
		const struct token *t = value_look(v);
		if (!background_part(v, b))
			return false;
		/* a part that is no position leaves it as it was */
		if (value_look(v) == t)
			memcpy(b->background_position, position, sizeof(position));
	}
	return true;
}

static bool translate(struct value *v, struct box_style *b)
{
	static const char *const names[] = { "translate", "translatex", "translatey" };
	const unsigned what = LENGTH_SHARE | LENGTH_SIGNED;
	struct value inner = *v;
	inner.at = 0;
	for (int i = 0; i < 3; i++) {
		if (!value_function(v, names[i], &inner.t))
			continue;
		if (!value_length(&inner, what, &b->shift[i == 2]))
			return false;
		if (i == 0 && value_delim(&inner, ','))
			return value_length(&inner, what, &b->shift[1]) && value_end(&inner);
		return value_end(&inner);
	}
	return false;
}

/* Quarter turns about the middle, and translations: what dots can do without blur. */
SHORTHAND(transform)
{
	struct box_style *b = &v->style->box;
	b->quarter_turns = 0;
	b->shift[0] = b->shift[1] = (struct len){ .kind = LEN_FIXED };
	if (value_ident(v, "none"))
		return true;
	while (!value_end(v)) {
		struct value inner = *v;
		float degrees = 0;
		inner.at = 0;
		if (value_function(v, "rotate", &inner.t) ||
		    value_function(v, "rotatez", &inner.t)) {
			if (!value_angle(&inner, &degrees) || fmodf(degrees, 90) != 0)
				return false;
			int turns = (int)(fmodf(degrees, 360) / 90);
			b->quarter_turns = (uint8_t)((b->quarter_turns + turns + 4) % 4);
		} else if (b->quarter_turns || !translate(v, b)) {
			return false;
		}
	}
	return true;
}

SHORTHAND(flex)
{
	struct box_style *b = &v->style->box;
	struct tokens part[PARTS_MAX];
	bool none = token_is(value_look(v), "none");
	if (none || token_is(value_look(v), "auto")) {
		b->flex_grow = b->flex_shrink = !none;
		b->flex_basis = (struct len){ .kind = LEN_AUTO };
		value_next(v);
		return value_end(v);
	}
	size_t n = parts_of(v, part);
	int numbers = 0;
	b->flex_grow = b->flex_shrink = 1;
	b->flex_basis = (struct len){ .kind = LEN_FIXED };
	for (size_t i = 0; i < n; i++) {
		bool bare = part[i].ptr->kind == T_NUMBER && numbers < 2;
		if (!set(v, !bare ? "flex-basis" : numbers ? "flex-shrink" : "flex-grow", part[i]))
			return false;
		numbers += bare;
	}
	return n > 0;
}

SHORTHAND(flex_flow)
{
	struct tokens part[PARTS_MAX];
	size_t n = parts_of(v, part);
	for (size_t i = 0; i < n; i++)
		if (!set(v, "flex-direction", part[i]) && !set(v, "flex-wrap", part[i]))
			return false;
	return n > 0;
}

static bool area_pair(struct value *v, const char *start, const char *end)
{
	struct tokens second, first = tokens_trim(tokens_cut(v->t, '/', &second));
	v->at = v->t.count;
	if (!set(v, start, first))
		return false;
	bool named = first.count == 1 && first.ptr->kind == T_IDENT;
	if (second.count)
		return set(v, end, tokens_trim(second));
	return named ? set(v, end, first) : set_word(v, end, "auto");
}

SHORTHAND(grid_row)
{
	return area_pair(v, "grid-row-start", "grid-row-end");
}

SHORTHAND(grid_column)
{
	return area_pair(v, "grid-column-start", "grid-column-end");
}

SHORTHAND(grid_area)
{
	static const char *const names[] = { "grid-row-start", "grid-column-start", "grid-row-end",
		"grid-column-end" };
	struct tokens rest = v->t, first = { NULL, 0 };
	v->at = v->t.count;
	for (int i = 0; i < 4; i++) {
		struct tokens part = tokens_trim(tokens_cut(rest, '/', &rest));
		if (i == 0)
			first = part;
		bool named = first.count == 1 && first.ptr->kind == T_IDENT;
		bool good = part.count ? set(v, names[i], part) :
		    named ? set(v, names[i], first) : set_word(v, names[i], "auto");
		if (!good)
			return false;
	}
	return true;
}
