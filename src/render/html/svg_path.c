/*
 * A command is a letter with its number of arguments; it repeats as long as
 * numbers follow. Arcs become Bezier curves.
 */
#include "render/html/svg_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	cairo_t *cairo;
	struct str rest;
	double x, y;            /* where the pen is */
	double start_x, start_y;
	double control_x, control_y; /* of the last curve, for the smooth ones */
	char last;              /* the last command, in lower case */
};

static void skip(struct str *s, bool comma)
{
	while (s->len && (strchr(" \t\r\n\f", *s->ptr) || (comma && *s->ptr == ','))) {
		comma &= *s->ptr != ',';
		*s = str_from(*s, 1);
	}
}

bool svg_number(struct str *s, double *out)
{
	char text[40];
	size_t n = 0;
	bool dot = false, e = false, digits = false;
	skip(s, true);
	for (; n < s->len && n < sizeof(text) - 1; n++) {
		char c = s->ptr[n];
		bool sign = (c == '-' || c == '+') && (n == 0 || (s->ptr[n - 1] | 32) == 'e');
		bool digit = c >= '0' && c <= '9';
		if (!sign && !digit && !(c == '.' && !dot && !e) &&
		    !((c | 32) == 'e' && digits && !e))
			break;
		dot |= c == '.';
		e |= (c | 32) == 'e';
		digits |= digit;
		text[n] = c;
	}
	text[n] = '\0';
	if (!digits)
		return false;
	*out = strtod(text, NULL);
	*s = str_from(*s, n);
	return isfinite(*out) && fabs(*out) < 1e7;
}

/* A flag may stand without a blank after it. */
static bool take_flag(struct str *s, double *out)
{
	skip(s, true);
	if (!s->len || (*s->ptr != '0' && *s->ptr != '1'))
		return false;
	*out = *s->ptr - '0';
	*s = str_from(*s, 1);
	return true;
}

static void quadratic(struct walk *w, double cx, double cy, double x, double y)
{
	cairo_curve_to(w->cairo, w->x + 2 * (cx - w->x) / 3, w->y + 2 * (cy - w->y) / 3,
	    x + 2 * (cx - x) / 3, y + 2 * (cy - y) / 3, x, y);
	w->control_x = cx;
	w->control_y = cy;
}

static void arc_part(struct walk *w, const double m[6], double from, double to)
{
	double k = 4.0 / 3 * tan((to - from) / 4);
	double p[6] = { cos(from) - k * sin(from), sin(from) + k * cos(from),
		cos(to) + k * sin(to), sin(to) - k * cos(to), cos(to), sin(to) }, q[6];
	for (int i = 0; i < 6; i += 2) {
		q[i] = m[0] * p[i] + m[2] * p[i + 1] + m[4];
		q[i + 1] = m[1] * p[i] + m[3] * p[i + 1] + m[5];
	}
	cairo_curve_to(w->cairo, q[0], q[1], q[2], q[3], q[4], q[5]);
}

/* SVG 1.1, appendix F.6: from end points to a centre and angles. */
static void arc(struct walk *w, const double v[7], double x, double y)
{
	double rx = fabs(v[0]), ry = fabs(v[1]), phi = v[2] * M_PI / 180;
	double dx = (w->x - x) / 2, dy = (w->y - y) / 2, c = cos(phi), s = sin(phi);
	if (rx < 1e-9 || ry < 1e-9 || (dx == 0 && dy == 0)) {
		cairo_line_to(w->cairo, x, y);
		return;
	}
	double px = c * dx + s * dy, py = -s * dx + c * dy;
	double over = px * px / (rx * rx) + py * py / (ry * ry);
	if (over > 1) {
		rx *= sqrt(over);
		ry *= sqrt(over);
	}
	double down = rx * rx * py * py + ry * ry * px * px;
	double k = sqrt(fmax(0, (rx * rx * ry * ry - down) / down)) * (v[3] == v[4] ? -1 : 1);
	double cx = k * rx * py / ry, cy = -k * ry * px / rx;
	double from = atan2((py - cy) / ry, (px - cx) / rx),
	    to = atan2((-py - cy) / ry, (-px - cx) / rx);
	if (v[4] != 0 && to < from)
		to += 2 * M_PI;
	if (v[4] == 0 && to > from)
		to -= 2 * M_PI;
	const double m[6] = { c * rx, s * rx, -s * ry, c * ry,
		c * cx - s * cy + (w->x + x) / 2, s * cx + c * cy + (w->y + y) / 2 };
	int parts = (int)ceil(fabs(to - from) / (M_PI / 2) - 1e-9);
	for (int i = 0; i < parts; i++)
		arc_part(w, m, from + (to - from) * i / parts,
		    from + (to - from) * (i + 1) / parts);
}

static int arguments_of(char command)
{
	static const struct { char command; int n; } counts[] =
	    { { 'm', 2 }, { 'l', 2 }, { 'h', 1 },
		{ 'v', 1 }, { 'c', 6 }, { 's', 4 }, { 'q', 4 }, { 't', 2 }, { 'a', 7 },
		    { 'z', 0 } };
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (counts[i].command == command)
			return counts[i].n;
	return -1;
}

static bool take_arguments(struct walk *w, char command, int n, double v[7])
{
	for (int i = 0; i < n; i++) {
		bool flag = command == 'a' && (i == 3 || i == 4);
		if (flag ? !take_flag(&w->rest, &v[i]) : !svg_number(&w->rest, &v[i]))
			return false;
	}
	return true;
}

static void curve(struct walk *w, char command, const double v[7])
{
	bool after_cubic = w->last == 'c' || w->last == 's', smooth = command == 's';
	bool after_quadratic = w->last == 'q' || w->last == 't';
	double mirror_x = 2 * w->x - w->control_x, mirror_y = 2 * w->y - w->control_y;
	if (command == 'q') {
		quadratic(w, v[0], v[1], v[2], v[3]);
	} else if (command == 't') {
		quadratic(w, after_quadratic ? mirror_x : w->x, after_quadratic ? mirror_y : w->y,
		    v[0], v[1]);
	} else {
		const double *c = smooth ? v : v + 2;
		double x1 = !smooth ? v[0] : after_cubic ? mirror_x : w->x;
		double y1 = !smooth ? v[1] : after_cubic ? mirror_y : w->y;
		cairo_curve_to(w->cairo, x1, y1, c[0], c[1], c[2], c[3]);
		w->control_x = c[0];
		w->control_y = c[1];
	}
}

static void step(struct walk *w, char command, bool relative, int n, double v[7])
{
	double x = w->x, y = w->y;
	for (int i = 0; relative && i < n; i++)
		if (command != 'a' || i > 4)
			v[i] += command == 'v' || (command != 'h' &&
			    (command == 'a' ? i == 6 : i % 2)) ? w->y : w->x;
	if (n >= 2)
		x = v[n - 2], y = v[n - 1];
	if (command == 'h')
		x = v[0];
	if (command == 'v')
		y = v[0];
	if (command == 'm')
		cairo_move_to(w->cairo, w->start_x = x, w->start_y = y);
	else if (command == 'l' || command == 'h' || command == 'v')
		cairo_line_to(w->cairo, x, y);
	else if (command == 'a')
		arc(w, v, x, y);
	else
		curve(w, command, v);
	w->x = x;
	w->y = y;
	w->last = command;
}

bool svg_path(cairo_t *c, struct arena *a, struct str d)
{
	struct walk w = { .cairo = c, .rest = d };
	char command = 0;
	bool relative = false;
	for (;;) {
		double v[7] = { 0 };
		arena_tick(a);
		skip(&w.rest, true);
		if (!w.rest.len)
			return true;
		char next = *w.rest.ptr;
		bool named = arguments_of((char)(next | 32)) >= 0 &&
		    ((next | 32) != next || next >= 'a');
		if (named) {
			command = (char)(next | 32);
			relative = next == command;
			w.rest = str_from(w.rest, 1);
		}
		if (!command || (!w.last && command != 'm'))
			return false;
		if (command == 'z') {
			if (!named)
				return false;
			cairo_close_path(c);
			w.x = w.start_x;
			w.y = w.start_y;
			w.last = 'z';
			continue;
		}
		int n = arguments_of(command);
		if (!take_arguments(&w, command, n, v))
			return false;
		step(&w, command, relative, n, v);
		if (command == 'm')
			command = 'l';
	}
}
