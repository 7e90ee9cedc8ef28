/*
 * Colours: names, #rgb and the functional notations. On paper they end as grey,
 * but which is lighter than which decides what prints.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html/css_value.h"

struct named { const char *name; uint32_t rgb; };

static const struct named names[] = {
#define COLOR(name, rgb) { name, rgb },
#include "render/html/css_color.def"
#undef COLOR
};

static int compare_names(const void *key, const void *row)
{
	return strcmp(key, ((const struct named *)row)->name);
}

static bool named_color(struct str name, struct color *out)
{
	char lower[24];
	if (name.len >= sizeof(lower))
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)(name.ptr[i] | 32);
	lower[name.len] = '\0';
	const struct named *n = bsearch(lower, names, sizeof(names) / sizeof(*names),
	    sizeof(*names), compare_names);
	if (n)
		*out = (struct color){ (uint8_t)(n->rgb >> 16), (uint8_t)(n->rgb >> 8),
			(uint8_t)n->rgb, 255, false };
	return n != NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ?
	    (c | 32) - 'a' + 10 : -1;
}

static bool hex_color(struct str s, struct color *out)
{
	uint8_t v[4] = { 0, 0, 0, 255 };
	size_t wide = s.len > 4 ? 2 : 1, n = s.len / wide;
	if ((n != 3 && n != 4) || s.len != n * wide)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(s.ptr[i * wide]), low = hex_digit(s.ptr[i * wide + wide - 1]);
		if (high < 0 || low < 0)
			return false;
		v[i] = (uint8_t)(high * 16 + low);
	}
	*out = (struct color){ v[0], v[1], v[2], v[3], false };
	return true;
}

static uint8_t byte_of(double v)
{
	return (uint8_t)lround(v < 0 ? 0 : v > 255 ? 255 : v);
}

static double hue_part(double h, double s, double l, int n)
{
	double k = fmod(n + h / 30, 12), a = s * fmin(l, 1 - l);
	return l - a * fmax(-1, fmin(fmin(k - 3, 9 - k), 1));
}

static void from_hsl(const double v[static 3], struct color *out)
{
	double h = fmod(fmod(v[0], 360) + 360, 360);
	double s = fmax(0, fmin(1, v[1])), l = fmax(0, fmin(1, v[2]));
	out->r = byte_of(255 * hue_part(h, s, l, 0));
	out->g = byte_of(255 * hue_part(h, s, l, 8));
	out->b = byte_of(255 * hue_part(h, s, l, 4));
}

/* "r, g, b, a", "r g b / a", shares or numbers, a hue with or without "deg". */
static bool color_arguments(struct value *v, bool hsl, struct color *out)
{
	double part[4] = { 0, 0, 0, 1 };
	int n = 0;
	for (; n < 4 && !value_end(v); n++) {
		const struct token *t = value_next(v);
		if (t->kind == T_PERCENT)
			part[n] = t->number / 100 * (hsl || n == 3 ? 1 : 255);
		else if (t->kind == T_NUMBER || (t->kind == T_DIMENSION && hsl && n == 0))
			part[n] = t->number;
		else
			return false;
		if (!value_delim(v, ','))
			value_delim(v, '/');
	}
	if (n < 3 || !value_end(v))
		return false;
	*out = (struct color){ byte_of(part[0]), byte_of(part[1]), byte_of(part[2]),
		byte_of(part[3] * 255), false };
	if (hsl)
		from_hsl(part, out);
	return true;
}

static bool function_color(struct value *v, struct color *out)
{
	static const char *const functions[] = { "rgb", "rgba", "hsl", "hsla" };
	struct value inner = *v;
	inner.at = 0;
	for (int i = 0; i < 4; i++)
		if (value_function(v, functions[i], &inner.t))
			return color_arguments(&inner, i >= 2, out);
	return false;
}

bool value_color(struct value *v, struct color *out)
{
	const struct token *t = value_look(v);
	if (t->kind == T_FUNCTION)
		return function_color(v, out);
	if (token_is(t, "transparent"))
		*out = (struct color){ 0 };
	else if (token_is(t, "currentcolor"))
		*out = (struct color){ .current = true };
	else if (!(t->kind == T_HASH && hex_color(t->text, out)) &&
	    !(t->kind == T_IDENT && named_color(t->text, out)))
		return false;
	value_next(v);
	return true;
}
