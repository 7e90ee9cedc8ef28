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
#include "render/html/svg_style.h"

#define SHAPES_MAX 100000

static bool apply_transform(cairo_t *c, struct str s)
{
	cairo_matrix_t m = svg_transform(s);
	if (fabs(m.xx * m.yy - m.xy * m.yx) < 1e-12 || !isfinite(m.xx + m.yy + m.xy + m.yx + m.x0 +
	    m.y0))
		return false;
	cairo_transform(c, &m);
	return true;
}

static void crisp(cairo_t *c, double *x, double *y)
{
	cairo_user_to_device(c, x, y);
	*x = round(*x);
	*y = round(*y);
	cairo_device_to_user(c, x, y);
}

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
	double x = svg_across(g, n, "x"), y = svg_down(g, n, "y");
	double right = x + svg_across(g, n, "width"), bottom = y + svg_down(g, n, "height");
	double rx = fmax(svg_across(g, n, "rx"), svg_down(g, n, "ry"));
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
		if (svg_word(g, n, "shape-rendering", "crispedges")) {
			crisp(c, &x, &y);
			crisp(c, &right, &bottom);
		}
		cairo_rectangle(c, x, y, right - x, bottom - y);
	}
	svg_paint_path(g, n);
}

static void shape_circle(struct drawing *g, const struct node *n)
{
	double r = svg_across(g, n, "r");
	ellipse(g->brush->cairo, svg_across(g, n, "cx"), svg_down(g, n, "cy"), r, r);
	svg_paint_path(g, n);
}

static void shape_ellipse(struct drawing *g, const struct node *n)
{
	ellipse(g->brush->cairo, svg_across(g, n, "cx"), svg_down(g, n, "cy"),
	    svg_across(g, n, "rx"),
	    svg_down(g, n, "ry"));
	svg_paint_path(g, n);
}

static void shape_line(struct drawing *g, const struct node *n)
{
	cairo_move_to(g->brush->cairo, svg_across(g, n, "x1"), svg_down(g, n, "y1"));
	cairo_line_to(g->brush->cairo, svg_across(g, n, "x2"), svg_down(g, n, "y2"));
	svg_paint_path(g, n);
}

static void shape_poly(struct drawing *g, const struct node *n)
{
	struct str s = node_attr(n, "points");
	double x, y;
	while (svg_number(&s, &x) && svg_number(&s, &y))
		cairo_line_to(g->brush->cairo, x, y);
	if (node_is(n, "polygon"))
		cairo_close_path(g->brush->cairo);
	svg_paint_path(g, n);
}

static void shape_path(struct drawing *g, const struct node *n)
{
	svg_path(g->brush->cairo, &g->svg->doc->arena, node_attr(n, "d"));
	svg_paint_path(g, n);
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
static double draw_text(struct drawing *g, const struct node *n, struct str text, double x,
    double y)
{
	cairo_t *c = g->brush->cairo;
	float k = 1 / g->svg->doc->dots_per_px;
	PangoLayout *l = fonts_layout(g->svg->doc, n->style, text);
	int w, h;
	pango_layout_get_size(l, &w, &h);
	double width = (double)w / PANGO_SCALE * k;
	double start = svg_word(g, n, "text-anchor", "middle") ? width / 2 :
	    svg_word(g, n, "text-anchor", "end") ? width : 0;
	double ascent = fonts_face(g->svg->doc, n->style)->measures.ascent * k;
	bool middle = svg_word(g, n, "dominant-baseline", "middle") ||
	    svg_word(g, n, "dominant-baseline", "central");
	if (!n->style->text.hidden && svg_choose(g, n, "fill", true)) {
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
	double x = svg_across(g, n, "x") + svg_across(g, n, "dx"),
	    y = svg_down(g, n, "y") + svg_down(g, n, "dy");
	for (const struct node *t = n->first; t; t = t->next) {
		const struct node *span = t->tag.len ? t : n;
		struct str text = node_content(&g->svg->doc->arena, t);
		if (t->tag.len && node_has(t, "x"))
			x = svg_across(g, t, "x");
		if (t->tag.len && node_has(t, "y"))
			y = svg_down(g, t, "y");
		x += t->tag.len ? svg_across(g, t, "dx") : 0;
		y += t->tag.len ? svg_down(g, t, "dy") : 0;
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
	if (!svg_word(g, n, "shape-rendering", "crispedges") || x < 0.8 * *kx || y < 0.8 * *ky)
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
	double w = node_has(n, "width") ? svg_across(g, n, "width") : g->svg->view[2];
	double h = node_has(n, "height") ? svg_down(g, n, "height") : g->svg->view[3];
	if (w <= 0 || h <= 0)
		return;
	cairo_translate(g->brush->cairo, svg_across(g, n, "x"), svg_down(g, n, "y"));
	draw_view(g, n, w, h);
}

static void draw(struct drawing *g, const struct node *n);

static void shape_use(struct drawing *g, const struct node *n)
{
	const struct node *target = svg_by_id(g->svg, svg_reference(n));
	if (!target || ++g->uses > USES_MAX) {
		g->uses -= target != NULL;
		return;
	}
	cairo_translate(g->brush->cairo, svg_across(g, n, "x"), svg_down(g, n, "y"));
	if (node_is(target, "symbol"))
		draw_view(g, target, node_has(n, "width") ? svg_across(g, n, "width") :
		    g->svg->view[2],
		    node_has(n, "height") ? svg_down(g, n, "height") : g->svg->view[3]);
	else
		draw(g, target);
	g->uses--;
}

static void shape_group(struct drawing *g, const struct node *n)
{
	draw_children(g, n);
}

static const struct { const char *tag; void (*draw)(struct drawing *g,
    const struct node *n); } shapes[] = {
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

static const char *const known[] = { "svg", "g", "a", "switch", "defs", "symbol", "use", "path",
    "rect",
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
		if (n->tag.len && (node_has(n, "clip-path") || node_has(n, "mask") ||
		    node_has(n, "filter")))
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
		s->width = (float)svg_length(&g, n, "width", 0);
	if (h.len && h.ptr[h.len - 1] != '%')
		s->height = (float)svg_length(&g, n, "height", 0);
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
