/*
 * The tree is drawn as it stands: a shape's function adds its path, then the
 * style says how it is filled and stroked. A drawing with shape-rendering:
 * crispEdges and a viewBox is a code more often than not: its unit becomes a whole
 * number of dots, as all its modules must be alike for a scanner.
 */
#include "render/html/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/html/css_cascade.h"
#include "render/html/fonts.h"
#include "render/html/picture_box.h"
#include "render/html/svg_path.h"

#define USES_MAX 8       /* <use> of <use> */
#define SHAPES_MAX 100000

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

/* --- values --- */

static double length(const struct drawing *g, const struct node *n, const char *attr, double whole)
{
	struct str s = node_attr(n, attr);
	char *end;
	double v = s.len ? strtod(s.ptr, &end) : 0;
	if (!s.len || end == s.ptr || !isfinite(v))
		return 0;
	static const struct { const char *unit; double k; } units[] = { { "%", 0 }, { "mm", 96 / 25.4 },
		{ "cm", 96 / 2.54 }, { "pt", 96 / 72.0 }, { "in", 96 }, { "em", 16 } };
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(end, units[i].unit))
			return i ? v * units[i].k : v / 100 * whole;
	return fmax(-1e6, fmin(1e6, v));
}

static double across(const struct drawing *g, const struct node *n, const char *attr)
{
	return length(g, n, attr, g->svg->has_view ? g->svg->view[2] : g->svg->width);
}

static double down(const struct drawing *g, const struct node *n, const char *attr)
{
	return length(g, n, attr, g->svg->has_view ? g->svg->view[3] : g->svg->height);
}

static struct value value_of(const struct drawing *g, const struct node *n, const char *property)
{
	return (struct value){ .doc = g->svg->doc, .t = style_variable(n->style, str_of(property)),
		.em = n->style->text.font_size, .rem = n->style->text.font_size };
}

static double number(const struct drawing *g, const struct node *n, const char *property,
    double otherwise)
{
	struct value v = value_of(g, n, property);
	struct len l;
	if (!v.t.count || !value_length(&v, LENGTH_NUMBER | LENGTH_SIGNED, &l))
		return otherwise;
	return l.dots / g->svg->doc->dots_per_px;
}

static bool word(const struct drawing *g, const struct node *n, const char *property, const char *is)
{
	struct value v = value_of(g, n, property);
	return v.t.count && value_ident(&v, is);
}

static struct node *by_id(const struct svg *s, struct str id)
{
	for (struct node *n = (struct node *)s->root; n; n = node_walk(n, s->root))
		if (n->tag.len && id.len && str_eq(n->id, id))
			return n;
	return NULL;
}

static struct str reference(const struct node *n)
{
	struct str href = node_attr(n, "href");
	if (!href.ptr)
		href = node_attr(n, "xlink:href");
	return href.len && *href.ptr == '#' ? str_from(href, 1) : STR_NONE;
}

/* --- transforms --- */

struct transform { const char *name; int least; void (*apply)(cairo_matrix_t *m, const double *v, int n); };

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

static cairo_matrix_t transform_of(struct str s)
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

static bool apply_transform(cairo_t *c, struct str s)
{
	cairo_matrix_t m = transform_of(s);
	if (fabs(m.xx * m.yy - m.xy * m.yx) < 1e-12 || !isfinite(m.xx + m.yy + m.xy + m.yx + m.x0 + m.y0))
		return false;
	cairo_transform(c, &m);
	return true;
}

/* --- paint --- */

static void crisp(cairo_t *c, double *x, double *y)
{
	cairo_user_to_device(c, x, y);
	*x = round(*x);
	*y = round(*y);
	cairo_device_to_user(c, x, y);
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
	cairo_matrix_t box, own = transform_of(node_attr(n, "gradienttransform"));
	bool radial = node_is(n, "radialgradient");
	double r = part(n, "r", 0.5), cx = part(n, "cx", 0.5), cy = part(n, "cy", 0.5);
	cairo_pattern_t *p = radial ? cairo_pattern_create_radial(cx, cy, 0, cx, cy, r) :
	    cairo_pattern_create_linear(part(n, "x1", 0), part(n, "y1", 0), part(n, "x2", 1),
	        part(n, "y2", 0));
	for (int i = 0; i < USES_MAX && !stops->first && reference(stops).len; i++) {
		const struct node *other = by_id(g->svg, reference(stops));
		if (!other)
			break;
		stops = other;
	}
	for (const struct node *s = stops->first; s; s = s->next) {
		struct color color = { .a = 255 };
		if (!s->tag.len || !node_is(s, "stop"))
			continue;
		struct value v = value_of(g, s, "stop-color");
		if (v.t.count)
			value_color(&v, &color);
		color.a = (uint8_t)(color.a * fmax(0, fmin(1, number(g, s, "stop-opacity", 1))));
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
static bool choose(const struct drawing *g, const struct node *n, const char *property, bool initial)
{
	struct color c = { .a = 255 };
	struct value v = value_of(g, n, property);
	char opacity[16];
	if (!v.t.count && !initial)
		return false;
	if (v.t.count && value_ident(&v, "none"))
		return false;
	if (v.t.count && value_look(&v)->kind == T_URL) {
		struct str url = value_next(&v)->text;
		const struct node *paint = url.len ? by_id(g->svg, str_from(url, 1)) : NULL;
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
	c.a = (uint8_t)(c.a * fmax(0, fmin(1, number(g, n, opacity, 1))) * n->style->box.opacity);
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
	    number(g, n, "stroke-dashoffset", 0));
}

static void set_stroke(const struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	cairo_set_line_width(c, number(g, n, "stroke-width", 1));
	cairo_set_line_cap(c, word(g, n, "stroke-linecap", "round") ? CAIRO_LINE_CAP_ROUND :
	    word(g, n, "stroke-linecap", "square") ? CAIRO_LINE_CAP_SQUARE : CAIRO_LINE_CAP_BUTT);
	cairo_set_line_join(c, word(g, n, "stroke-linejoin", "round") ? CAIRO_LINE_JOIN_ROUND :
	    word(g, n, "stroke-linejoin", "bevel") ? CAIRO_LINE_JOIN_BEVEL : CAIRO_LINE_JOIN_MITER);
	cairo_set_miter_limit(c, fmax(1, number(g, n, "stroke-miterlimit", 4)));
	set_dashes(g, n);
}

static void paint_path(const struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	if (n->style->text.hidden) {
		cairo_new_path(c);
		return;
	}
	cairo_set_fill_rule(c, word(g, n, "fill-rule", "evenodd") ? CAIRO_FILL_RULE_EVEN_ODD :
	    CAIRO_FILL_RULE_WINDING);
	cairo_set_antialias(c, word(g, n, "shape-rendering", "crispedges") ? CAIRO_ANTIALIAS_NONE :
	    CAIRO_ANTIALIAS_DEFAULT);
	if (!node_is(n, "line") && choose(g, n, "fill", true))
		cairo_fill_preserve(c);
	if (choose(g, n, "stroke", false)) {
		set_stroke(g, n);
		cairo_stroke_preserve(c);
	}
	cairo_set_antialias(c, CAIRO_ANTIALIAS_DEFAULT);
	cairo_new_path(c);
}

/* --- shapes --- */

static void ellipse(cairo_t *c, double cx, double cy, double rx, double ry)
{
	if (rx <= 0 || ry <= 0)
		return;
	cairo_save(c);
	cairo_translate(c, cx, cy);
	cairo_scale(c, rx, ry);
	cairo_new_sub_path(c);
	cairo_arc(c, 0, 0, 1, 0, 2 * M_PI);
	cairo_close_path(c);
	cairo_restore(c);
}

static void shape_rect(struct drawing *g, const struct node *n)
{
	cairo_t *c = g->brush->cairo;
	double x = across(g, n, "x"), y = down(g, n, "y");
	double right = x + across(g, n, "width"), bottom = y + down(g, n, "height");
	double rx = fmax(across(g, n, "rx"), down(g, n, "ry"));
	if (right <= x || bottom <= y)
		return;
	rx = fmin(rx, fmin(right - x, bottom - y) / 2);
	if (rx > 0) {
		cairo_new_sub_path(c);
		cairo_arc(c, right - rx, y + rx, rx, -M_PI / 2, 0);
		cairo_arc(c, right - rx, bottom - rx, rx, 0, M_PI / 2);
		cairo_arc(c, x + rx, bottom - rx, rx, M_PI / 2, M_PI);
		cairo_arc(c, x + rx, y + rx, rx, M_PI, 3 * M_PI / 2);
		cairo_close_path(c);
	} else {
		if (word(g, n, "shape-rendering", "crispedges")) {
			crisp(c, &x, &y);
			crisp(c, &right, &bottom);
		}
		cairo_rectangle(c, x, y, right - x, bottom - y);
	}
	paint_path(g, n);
}

static void shape_circle(struct drawing *g, const struct node *n)
{
	double r = across(g, n, "r");
	ellipse(g->brush->cairo, across(g, n, "cx"), down(g, n, "cy"), r, r);
	paint_path(g, n);
}

static void shape_ellipse(struct drawing *g, const struct node *n)
{
	ellipse(g->brush->cairo, across(g, n, "cx"), down(g, n, "cy"), across(g, n, "rx"),
	    down(g, n, "ry"));
	paint_path(g, n);
}

static void shape_line(struct drawing *g, const struct node *n)
{
	cairo_move_to(g->brush->cairo, across(g, n, "x1"), down(g, n, "y1"));
	cairo_line_to(g->brush->cairo, across(g, n, "x2"), down(g, n, "y2"));
	paint_path(g, n);
}

static void shape_poly(struct drawing *g, const struct node *n)
{
	struct str s = node_attr(n, "points");
	double x, y;
	while (svg_number(&s, &x) && svg_number(&s, &y))
		cairo_line_to(g->brush->cairo, x, y);
	if (node_is(n, "polygon"))
		cairo_close_path(g->brush->cairo);
	paint_path(g, n);
}

static void shape_path(struct drawing *g, const struct node *n)
{
	svg_path(g->brush->cairo, &g->svg->doc->arena, node_attr(n, "d"));
	paint_path(g, n);
}

static struct str collapsed(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		bool blank = strchr(" \t\r\n", s.ptr[i]) != NULL;
		if (!blank || (n && out[n - 1] != ' '))
			out[n++] = blank ? ' ' : s.ptr[i];
	}
	return (struct str){ out, n };
}

/* Text is laid out in dots, so its size is brought back to the user's units. */
static double draw_text(struct drawing *g, const struct node *n, struct str text, double x, double y)
{
	cairo_t *c = g->brush->cairo;
	float k = 1 / g->svg->doc->dots_per_px;
	PangoLayout *l = fonts_layout(g->svg->doc, n->style, text);
	int w, h;
	pango_layout_get_size(l, &w, &h);
	double width = (double)w / PANGO_SCALE * k;
	double start = word(g, n, "text-anchor", "middle") ? width / 2 :
	    word(g, n, "text-anchor", "end") ? width : 0;
	double ascent = fonts_face(g->svg->doc, n->style)->measures.ascent * k;
	bool middle = word(g, n, "dominant-baseline", "middle") ||
	    word(g, n, "dominant-baseline", "central");
	if (!n->style->text.hidden && choose(g, n, "fill", true)) {
		cairo_save(c);
		cairo_translate(c, x - start, y + (middle ? ascent * 0.36 : 0));
		cairo_scale(c, k, k);
		cairo_move_to(c, 0, 0);
		pango_cairo_show_layout_line(c, pango_layout_get_line_readonly(l, 0));
		cairo_restore(c);
		cairo_new_path(c);
	}
	g_object_unref(l);
	return x + (start > 0 ? 0 : width);
}

static void shape_text(struct drawing *g, const struct node *n)
{
	double x = across(g, n, "x") + across(g, n, "dx"), y = down(g, n, "y") + down(g, n, "dy");
	for (const struct node *t = n->first; t; t = t->next) {
		const struct node *span = t->tag.len ? t : n;
		struct str text = node_content(&g->svg->doc->arena, t);
		if (t->tag.len && node_has(t, "x"))
			x = across(g, t, "x");
		if (t->tag.len && node_has(t, "y"))
			y = down(g, t, "y");
		x += t->tag.len ? across(g, t, "dx") : 0;
		y += t->tag.len ? down(g, t, "dy") : 0;
		text = collapsed(&g->svg->doc->arena, text);
		if (!t->prev && text.len && *text.ptr == ' ')
			text = str_from(text, 1);
		if (text.len)
			x = draw_text(g, span, text, x, y);
	}
}

static void draw_children(struct drawing *g, const struct node *n);

/* Only where that makes it little smaller. */
static void whole_dots(const struct drawing *g, const struct node *n, double *kx, double *ky)
{
	double x = floor(*kx + 0.001), y = floor(*ky + 0.001);
	if (!word(g, n, "shape-rendering", "crispedges") || x < 0.8 * *kx || y < 0.8 * *ky)
		return;
	*kx = x;
	*ky = y;
}

static void draw_view(struct drawing *g, const struct node *n, double w, double h)
{
	struct str view = node_attr(n, "viewbox"), fit = node_attr(n, "preserveaspectratio");
	double v[4] = { 0 };
	cairo_t *c = g->brush->cairo;
	cairo_rectangle(c, 0, 0, w, h);
	if (!node_is(n, "symbol") && n->style && !n->style->box.overflow_hidden)
		cairo_new_path(c);
	else
		cairo_clip(c);
	if (svg_number(&view, &v[0]) && svg_number(&view, &v[1]) && svg_number(&view, &v[2]) &&
	    svg_number(&view, &v[3]) && v[2] > 0 && v[3] > 0) {
		double kx = w / v[2], ky = h / v[3];
		bool slice = memmem(fit.ptr ? fit.ptr : "", fit.len, "slice", 5);
		if (!str_starts(fit, "none"))
			kx = ky = slice ? fmax(kx, ky) : fmin(kx, ky);
		if (n == g->svg->root)
			whole_dots(g, n, &kx, &ky);
		double ax = str_starts(fit, "xMin") ? 0 : str_starts(fit, "xMax") ? 1 : 0.5;
		double ay = memmem(fit.ptr ? fit.ptr : "", fit.len, "YMin", 4) ? 0 :
		    memmem(fit.ptr ? fit.ptr : "", fit.len, "YMax", 4) ? 1 : 0.5;
		double x = (w - v[2] * kx) * ax, y = (h - v[3] * ky) * ay;
		if (n == g->svg->root)
			x = round(x), y = round(y);
		cairo_translate(c, x, y);
		cairo_scale(c, kx, ky);
		cairo_translate(c, -v[0], -v[1]);
	}
	draw_children(g, n);
}

static void shape_svg(struct drawing *g, const struct node *n)
{
	double w = node_has(n, "width") ? across(g, n, "width") : g->svg->view[2];
	double h = node_has(n, "height") ? down(g, n, "height") : g->svg->view[3];
	if (w <= 0 || h <= 0)
		return;
	cairo_translate(g->brush->cairo, across(g, n, "x"), down(g, n, "y"));
	draw_view(g, n, w, h);
}

static void draw(struct drawing *g, const struct node *n);

static void shape_use(struct drawing *g, const struct node *n)
{
	const struct node *target = by_id(g->svg, reference(n));
	if (!target || ++g->uses > USES_MAX) {
		g->uses -= target != NULL;
		return;
	}
	cairo_translate(g->brush->cairo, across(g, n, "x"), down(g, n, "y"));
	if (node_is(target, "symbol"))
		draw_view(g, target, node_has(n, "width") ? across(g, n, "width") : g->svg->view[2],
		    node_has(n, "height") ? down(g, n, "height") : g->svg->view[3]);
	else
		draw(g, target);
	g->uses--;
}

static void shape_group(struct drawing *g, const struct node *n)
{
	draw_children(g, n);
}

static const struct { const char *tag; void (*draw)(struct drawing *g, const struct node *n); } shapes[] = {
	{ "g", shape_group }, { "a", shape_group }, { "switch", shape_group }, { "svg", shape_svg },
	{ "use", shape_use }, { "path", shape_path }, { "rect", shape_rect },
	{ "circle", shape_circle }, { "ellipse", shape_ellipse }, { "line", shape_line },
	{ "polyline", shape_poly }, { "polygon", shape_poly }, { "text", shape_text },
};

static void draw(struct drawing *g, const struct node *n)
{
	arena_tick(&g->svg->doc->arena);
	if (!n->tag.len || !n->style || n->style->box.display == DISPLAY_NONE)
		return;
	if (++g->shapes > SHAPES_MAX)
		arena_fail(&g->svg->doc->arena, E_TOO_LARGE, "a drawing has too many shapes");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		if (!node_is(n, shapes[i].tag))
			continue;
		cairo_save(g->brush->cairo);
		if (apply_transform(g->brush->cairo, node_attr(n, "transform")))
			shapes[i].draw(g, n);
		cairo_restore(g->brush->cairo);
		cairo_new_path(g->brush->cairo);
	}
}

static void draw_children(struct drawing *g, const struct node *n)
{
	for (const struct node *c = n->first; c; c = c->next)
		draw(g, c);
}

/* --- the whole --- */

static const char *const known[] = { "svg", "g", "a", "switch", "defs", "symbol", "use", "path", "rect",
	"circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "lineargradient",
	"radialgradient", "stop", "title", "desc", "style", "metadata" };

static void scan(struct doc *d, const struct node *root)
{
	for (const struct node *n = root; n; n = node_walk(n, root)) {
		size_t i = 0, count = sizeof(known) / sizeof(*known);
		while (n->tag.len && i < count && !node_is(n, known[i]))
			i++;
		if (n->tag.len && i == count && !memchr(n->tag.ptr, ':', n->tag.len))
			feature_note(d, FEATURE_LAYOUT, "SVG element %.*s", STR_ARG(n->tag));
		if (n->tag.len && (node_has(n, "clip-path") || node_has(n, "mask") || node_has(n, "filter")))
			feature_note(d, FEATURE_LAYOUT, "SVG clip-path, mask or filter");
	}
}

struct svg *svg_of_node(struct doc *d, const struct node *n)
{
	struct svg *s = ARENA_NEW(&d->arena, struct svg);
	struct str view = node_attr(n, "viewbox");
	struct drawing g = { .svg = s };
	*s = (struct svg){ .doc = d, .root = n };
	s->has_view = svg_number(&view, &s->view[0]) && svg_number(&view, &s->view[1]) &&
	    svg_number(&view, &s->view[2]) && svg_number(&view, &s->view[3]) && s->view[2] > 0 &&
	    s->view[3] > 0;
	struct str w = node_attr(n, "width"), h = node_attr(n, "height");
	if (w.len && w.ptr[w.len - 1] != '%')
		s->width = (float)length(&g, n, "width", 0);
	if (h.len && h.ptr[h.len - 1] != '%')
		s->height = (float)length(&g, n, "height", 0);
	if (!s->has_view) {
		s->view[2] = s->width;
		s->view[3] = s->height;
	}
	scan(d, n);
	return s;
}

struct svg *svg_parse(struct doc *d, struct str bytes)
{
	struct dom *dom = ARENA_NEW(&d->arena, struct dom);
	struct sheet *sheet = ARENA_NEW(&d->arena, struct sheet);
	struct node *n;
	dom_parse(&d->arena, bytes, dom);
	for (n = dom->root; n && !node_is(n, "svg"); n = node_walk(n, dom->root))
		;
	if (!n)
		arena_fail(&d->arena, E_DOCUMENT, "the SVG picture has no <svg>");
	for (const struct node *k = n; k; k = node_walk(k, n))
		if (node_is(k, "style"))
			css_parse_sheet(d, node_content(&d->arena, k), sheet);
	cascade_tree(d, dom->root, sheet);
	return svg_of_node(d, n);
}

void svg_size(const struct svg *s, float *width, float *height, float *ratio)
{
	float k = s->doc->dots_per_px;
	*width = s->width * k;
	*height = s->height * k;
	*ratio = s->has_view ? (float)(s->view[2] / s->view[3]) :
	    s->width > 0 && s->height > 0 ? s->width / s->height : 0;
	if (*width > 0 && *height > 0)
		*ratio = *width / *height;
}

void svg_paint(struct brush *p, const struct svg *s, float x, float y, float w, float h)
{
	struct drawing g = { .brush = p, .svg = s };
	if (w <= 0 || h <= 0)
		return;
	cairo_save(p->cairo);
	cairo_translate(p->cairo, x, y);
	if (s->has_view) {
		draw_view(&g, s->root, w, h);
	} else {
		cairo_scale(p->cairo, p->doc->dots_per_px, p->doc->dots_per_px);
		draw_children(&g, s->root);
	}
	cairo_restore(p->cairo);
	cairo_new_path(p->cairo);
}
