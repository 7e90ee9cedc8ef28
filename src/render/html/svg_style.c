/*
 * Presentation attributes are declarations like any (css_hints.c), so a property is
 * looked up in one place, wherever it was written.
 */
#include "render/html/svg_style.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/html/css_cascade.h"
#include "render/html/svg_path.h"

double svg_length(const struct drawing *g, const struct node *n, const char *attr, double whole)
{
	struct str s = node_attr(n, attr);
	char *end;
	double v = s.len ? strtod(s.ptr, &end) : 0;
	if (!s.len || end == s.ptr || !isfinite(v))
		return 0;
	static const struct { const char *unit; double k; } units[] =
	    { { "%", 0 }, { "mm", 96 / 25.4 },
		{ "cm", 96 / 2.54 }, { "pt", 96 / 72.0 }, { "in", 96 }, { "em", 16 } };
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(end, units[i].unit))
			return i ? v * units[i].k : v / 100 * whole;
	return fmax(-1e6, fmin(1e6, v));
}

double svg_across(const struct drawing *g, const struct node *n, const char *attr)
{
	return svg_length(g, n, attr, g->svg->has_view ? g->svg->view[2] : g->svg->width);
}

double svg_down(const struct drawing *g, const struct node *n, const char *attr)
{
	return svg_length(g, n, attr, g->svg->has_view ? g->svg->view[3] : g->svg->height);
}

static struct value svg_value(const struct drawing *g, const struct node *n, const char *property)
{
	return (struct value){ .doc = g->svg->doc, .t = style_variable(n->style, str_of(property)),
		.em = n->style->text.font_size, .rem = n->style->text.font_size };
}

double svg_property(const struct drawing *g, const struct node *n, const char *property,
    double otherwise)
{
	struct value v = svg_value(g, n, property);
	struct len l;
	if (!v.t.count || !value_length(&v, LENGTH_NUMBER | LENGTH_SIGNED, &l))
		return otherwise;
	return l.dots / g->svg->doc->dots_per_px;
}

bool svg_word(const struct drawing *g, const struct node *n, const char *property, const char *is)
{
	struct value v = svg_value(g, n, property);
	return v.t.count && value_ident(&v, is);
}

struct node *svg_by_id(const struct svg *s, struct str id)
{
	for (struct node *n = (struct node *)s->root; n; n = node_walk(n, s->root))
		if (n->tag.len && id.len && str_eq(n->id, id))
			return n;
	return NULL;
}

struct str svg_reference(const struct node *n)
{
	struct str href = node_attr(n, "href");
	if (!href.ptr)
		href = node_attr(n, "xlink:href");
	return href.len && *href.ptr == '#' ? str_from(href, 1) : STR_NONE;
}

struct transform { const char *name; int least; void (*apply)(cairo_matrix_t *m, const double *v,
    int n); };

static void by_matrix(cairo_matrix_t *m, const double *v, int n)
{
	cairo_matrix_t t = { v[0], v[1], v[2], v[3], v[4], v[5] };
	cairo_matrix_multiply(m, &t, m);
}

static void by_translate(cairo_matrix_t *m, const double *v, int n)
{
	cairo_matrix_translate(m, v[0], n > 1 ? v[1] : 0);
}

static void by_scale(cairo_matrix_t *m, const double *v, int n)
{
	cairo_matrix_scale(m, v[0], n > 1 ? v[1] : v[0]);
}

static void by_rotate(cairo_matrix_t *m, const double *v, int n)
{
	cairo_matrix_translate(m, n > 2 ? v[1] : 0, n > 2 ? v[2] : 0);
	cairo_matrix_rotate(m, v[0] * M_PI / 180);
	cairo_matrix_translate(m, n > 2 ? -v[1] : 0, n > 2 ? -v[2] : 0);
}

static void by_skew_x(cairo_matrix_t *m, const double *v, int n)
{
	by_matrix(m, (double[]){ 1, 0, tan(v[0] * M_PI / 180), 1, 0, 0 }, 6);
}

static void by_skew_y(cairo_matrix_t *m, const double *v, int n)
{
	by_matrix(m, (double[]){ 1, tan(v[0] * M_PI / 180), 0, 1, 0, 0 }, 6);
}

static const struct transform transforms[] = { { "matrix", 6, by_matrix },
	{ "translate", 1, by_translate }, { "scale", 1, by_scale }, { "rotate", 1, by_rotate },
	{ "skewX", 1, by_skew_x }, { "skewY", 1, by_skew_y } };

cairo_matrix_t svg_transform(struct str s)
{
	cairo_matrix_t m;
	cairo_matrix_init_identity(&m);
	while (s.len) {
		struct str rest, name = str_trim(str_cut(s, '(', &rest));
		struct str arguments = str_cut(rest, ')', &s);
		double v[6] = { 0 };
		int n = 0;
		while (name.len && *name.ptr == ',')
			name = str_trim(str_from(name, 1));
		while (n < 6 && svg_number(&arguments, &v[n]))
			n++;
		for (size_t i = 0; i < sizeof(transforms) / sizeof(*transforms); i++)
			if (str_is(name, transforms[i].name) && n >= transforms[i].least)
				transforms[i].apply(&m, v, n);
	}
	return m;
}

static void gradient_box(cairo_t *c, const struct node *n, cairo_matrix_t *m)
{
	double x, y, right, bottom;
	cairo_matrix_init_identity(m);
	if (str_is(node_attr(n, "gradientunits"), "userSpaceOnUse"))
		return;
	cairo_fill_extents(c, &x, &y, &right, &bottom);
	cairo_matrix_init(m, fmax(right - x, 1e-6), 0, 0, fmax(bottom - y, 1e-6), x, y);
}

static double part(const struct node *n, const char *attr, double otherwise)
{
	struct str s = node_attr(n, attr);
	double v = node_number(n, attr, otherwise);
	return s.len && s.ptr[s.len - 1] == '%' ? v / 100 : v;
}

static bool gradient(const struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	const struct node *stops = n;
	cairo_matrix_t box, own = svg_transform(node_attr(n, "gradienttransform"));
	bool radial = node_is(n, "radialgradient");
	double r = part(n, "r", 0.5), cx = part(n, "cx", 0.5), cy = part(n, "cy", 0.5);
	cairo_pattern_t *p = radial ? cairo_pattern_create_radial(cx, cy, 0, cx, cy, r) :
	    cairo_pattern_create_linear(part(n, "x1", 0), part(n, "y1", 0), part(n, "x2", 1),
	        part(n, "y2", 0));
	for (int i = 0; i < USES_MAX && !stops->first && svg_reference(stops).len; i++) {
		const struct node *other = svg_by_id(g->svg, svg_reference(stops));
		if (!other)
			break;
		stops = other;
	}
	for (const struct node *s = stops->first; s; s = s->next) {
		struct color color = { .a = 255 };
		if (!s->tag.len || !node_is(s, "stop"))
			continue;
		struct value v = svg_value(g, s, "stop-color");
		if (v.t.count)
			value_color(&v, &color);
		color.a = (uint8_t)(color.a * fmax(0, fmin(1,
		    svg_property(g, s, "stop-opacity", 1))));
		cairo_pattern_add_color_stop_rgb(p, part(s, "offset", 0),
		    color_brightness(color, g->brush->backdrop), 1, 0);
	}
	gradient_box(c, n, &box);
	cairo_matrix_multiply(&box, &own, &box);
	bool good = !cairo_matrix_invert(&box);
	if (good) {
		cairo_pattern_set_matrix(p, &box);
		good = brush_pattern(g->brush, p);
	}
	cairo_pattern_destroy(p);
	return good;
}

/* Choose what `fill` or `stroke` says; false: nothing is to be drawn. */
bool svg_choose(const struct drawing *g, const struct node *n, const char *property, bool initial)
{
	struct color c = { .a = 255 };
	struct value v = svg_value(g, n, property);
	char opacity[16];
	if (!v.t.count && !initial)
		return false;
	if (v.t.count && value_ident(&v, "none"))
		return false;
	if (v.t.count && value_look(&v)->kind == T_URL) {
		struct str url = value_next(&v)->text;
		const struct node *paint = url.len ? svg_by_id(g->svg, str_from(url, 1)) : NULL;
		if (paint && (node_is(paint, "lineargradient") || node_is(paint, "radialgradient")))
			return gradient(g, paint);
		if (value_end(&v))
			return false;
	}
	if (v.t.count && !value_color(&v, &c))
		return false;
	if (c.current)
		c = n->style->text.color;
	snprintf(opacity, sizeof(opacity), "%s-opacity", property);
	c.a = (uint8_t)(c.a * fmax(0, fmin(1, svg_property(g, n, opacity,
	    1))) * n->style->box.opacity);
	if (!c.a)
		return false;
	float bright = color_brightness(c, g->brush->backdrop);
	if (bright > 0.25f && bright < 0.88f)
		return brush_tone(g->brush, bright);
	brush_ink(g->brush, bright <= 0.25f);
	return true;
}

static void set_dashes(const struct drawing *g, const struct node *n)
{
	struct tokens t = style_variable(n->style, STR("stroke-dasharray"));
	double v[16], sum = 0;
	int count = 0;
	for (size_t i = 0; i < t.count && count < 16; i++)
		if (t.ptr[i].kind == T_NUMBER || t.ptr[i].kind == T_DIMENSION) {
			v[count] = fmax(0, t.ptr[i].number);
			sum += v[count++];
		}
	cairo_set_dash(g->brush->cairo, v, sum > 0.01 ? count : 0,
	    svg_property(g, n, "stroke-dashoffset", 0));
}

static void set_stroke(const struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	cairo_set_line_width(c, svg_property(g, n, "stroke-width", 1));
	cairo_set_line_cap(c, svg_word(g, n, "stroke-linecap", "round") ? CAIRO_LINE_CAP_ROUND :
	    svg_word(g, n, "stroke-linecap", "square") ? CAIRO_LINE_CAP_SQUARE :
	    CAIRO_LINE_CAP_BUTT);
	cairo_set_line_join(c, svg_word(g, n, "stroke-linejoin", "round") ? CAIRO_LINE_JOIN_ROUND :
	    svg_word(g, n, "stroke-linejoin", "bevel") ? CAIRO_LINE_JOIN_BEVEL :
	    CAIRO_LINE_JOIN_MITER);
	cairo_set_miter_limit(c, fmax(1, svg_property(g, n, "stroke-miterlimit", 4)));
	set_dashes(g, n);
}

void svg_paint_path(const struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	if (n->style->text.hidden) {
		cairo_new_path(c);
		return;
	}
	cairo_set_fill_rule(c, svg_word(g, n, "fill-rule", "evenodd") ? CAIRO_FILL_RULE_EVEN_ODD :
	    CAIRO_FILL_RULE_WINDING);
	cairo_set_antialias(c, svg_word(g, n, "shape-rendering", "crispedges") ?
	    CAIRO_ANTIALIAS_NONE :
	    CAIRO_ANTIALIAS_DEFAULT);
	if (!node_is(n, "line") && svg_choose(g, n, "fill", true))
		cairo_fill_preserve(c);
	if (svg_choose(g, n, "stroke", false)) {
		set_stroke(g, n);
		cairo_stroke_preserve(c);
	}
	cairo_set_antialias(c, CAIRO_ANTIALIAS_DEFAULT);
	cairo_new_path(c);
}
