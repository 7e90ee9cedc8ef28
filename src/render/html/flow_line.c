/*
 * Lines: as many characters as fit, then their pieces put in visual order,
 * aligned, and set on a common baseline.
 */
#include <math.h>
#include <string.h>

#include "render/html/flow.h"
#include "render/html/fonts.h"

#define FIT_SLACK 0.05f /* dots: sums of rounded widths */
#define LINES_MAX 20000

struct filling {
	struct layout *layout;
	struct box *box;
	struct flow *flow;
	float width;            /* of the content box */
	float y;
	size_t next_piece;      /* floats before it are placed */
	struct fragment *shelf; /* of the line being built */
	size_t shelf_count;
};

static bool is_space(const struct flow *f, int i)
{
	return f->text[f->bytes[i]] == ' ' && f->styles[i]->text.white_space != WS_PRE &&
	    f->styles[i]->text.white_space != WS_PRE_WRAP;
}

static float char_width(const struct flow *f, int i)
{
	return f->before[i] + f->advance[i] + f->after[i];
}

static void measure_atoms(struct layout *l, struct flow *f, float width)
{
	for (size_t i = 0; i < f->piece_count; i++) {
		struct piece *p = &f->pieces[i];
		if (p->kind != PIECE_ATOM)
			continue;
		struct offer o = { width, UNKNOWN, UNKNOWN, UNKNOWN, true };
		layout_box(l, p->box, &o);
		p->width = p->box->margin[LEFT] + p->box->w + p->box->margin[RIGHT];
		f->advance[p->from] = p->width;
	}
}

/* --- widths without lines --- */

static void measure_pieces(struct layout *l, struct flow *f)
{
	for (size_t i = 0; i < f->piece_count; i++) {
		struct piece *p = &f->pieces[i];
		if (p->kind != PIECE_ATOM)
			continue;
		layout_edges(p->box, 0);
		layout_measure(l, p->box);
		f->advance[p->from] = p->box->margin[LEFT] + p->box->margin[RIGHT] + p->box->most;
	}
}

static float atom_least(const struct flow *f, int i, size_t *at)
{
	while (*at < f->piece_count && (f->pieces[*at].kind != PIECE_ATOM ||
	    f->pieces[*at].to <= i))
		++*at;
	if (*at == f->piece_count || f->pieces[*at].from > i)
		return f->advance[i];
	const struct box *b = f->pieces[*at].box;
	return b->margin[LEFT] + b->margin[RIGHT] + b->least;
}

void measure_flow(struct layout *l, struct box *b, float *least, float *most)
{
	struct flow *f = flow_prepare(l, b);
	float word = 0, line = 0, hang = 0;
	size_t atom = 0;
	*least = *most = 0;
	measure_pieces(l, f);
	float indent = len_of(b->style->text.text_indent, 0);
	line = word = indent;
	for (int i = 0; i < f->chars; i++) {
		bool anywhere = f->breaks[i] == BREAK_DESPERATE &&
		    f->styles[i]->text.overflow_wrap == WRAP_ANYWHERE;
		if (i && (f->breaks[i] == BREAK_MAY || f->breaks[i] == BREAK_MUST || anywhere))
			word = 0;
		if (i && f->breaks[i] == BREAK_MUST)
			line = 0;
		float edges = f->before[i] + f->after[i];
		word += edges + atom_least(f, i, &atom);
		line += edges + f->advance[i];
		hang = is_space(f, i) ? f->advance[i] : 0;
		*least = fmaxf(*least, word - hang);
		*most = fmaxf(*most, line - hang);
	}
	for (size_t i = 0; i < f->piece_count; i++) {
		struct box *k = f->pieces[i].box;
		if (f->pieces[i].kind != PIECE_FLOAT || !k->style->box.floats)
			continue;
		layout_edges(k, 0);
		layout_measure(l, k);
		*least = fmaxf(*least, k->least + k->margin[LEFT] + k->margin[RIGHT]);
		*most += k->most + k->margin[LEFT] + k->margin[RIGHT];
	}
}

/* --- filling --- */

struct stretch {
	int from, to, next;     /* shown: [from, to); the next line begins at `next` */
	float width;
	bool must, desperate;   /* ends by a forced break; is wider than its room */
};

static struct stretch fill(const struct filling *l, int from, float room)
{
	const struct flow *f = l->flow;
	struct stretch s = { .from = from };
	float w = 0;
	int best = -1, desperate = -1;
	int i = from;
	for (; i < f->chars; i++) {
		arena_tick(&l->layout->doc->arena);
		if (i > from && f->breaks[i] == BREAK_MUST)
			break;
		if (i > from && f->breaks[i] == BREAK_MAY)
			best = i;
		float more = w + char_width(f, i);
		if (more > room + FIT_SLACK && !is_space(f, i) && f->text[f->bytes[i]] != '\n') {
			if (best < 0 && i > from && f->breaks[i] == BREAK_DESPERATE)
				best = i;
			else if (best < 0)
				best = desperate, s.desperate = desperate < 0;
			if (best > from)
				break;
		} else if (i > from && f->breaks[i] == BREAK_DESPERATE) {
			desperate = i;
		}
		w = more;
	}
	bool broken = i < f->chars && f->breaks[i] != BREAK_MUST;
	s.next = broken ? best : i;
	s.must = i < f->chars && !broken;
	s.to = s.next;
	if (s.to > from && f->text[f->bytes[s.to - 1]] == '\n')
		s.to--;
	while (s.to > from && is_space(f, s.to - 1))
		s.to--;
	for (s.width = 0, i = from; i < s.to; i++)
		s.width += char_width(f, i);
	return s;
}

/* --- one line --- */

static void fragment_add(struct filling *l, const struct piece *p, int from, int to)
{
	struct flow *f = l->flow;
	struct doc *d = l->layout->doc;
	l->shelf = arena_more(&d->arena, l->shelf, l->shelf_count, sizeof(*l->shelf));
	struct fragment *g = &l->shelf[l->shelf_count++];
	*g = (struct fragment){ .piece = p, .width = p->width, .level = p->level };
	if (p->kind != PIECE_TEXT || !p->item)
		return;
	g->font = p->item->analysis.font;
	g->glyphs = p->glyphs;
	if (from != p->from || to != p->to) {
		g->glyphs = flow_shape(l->layout, f, p, from, to);
		arena_defer(&d->arena, (void (*)(void *))pango_glyph_string_free, g->glyphs);
	}
	g->width = (float)pango_glyph_string_get_width(g->glyphs) / PANGO_SCALE;
	struct measures m = fonts_face(d, p->box->style)->measures;
	g->ascent = m.ascent;
	g->descent = m.descent;
}

static bool on_line(const struct piece *p, const struct stretch *s)
{
	if (p->from < p->to)
		return p->from < s->to && p->to > s->from;
	if (p->kind == PIECE_CLOSE)
		return p->from > s->from && p->from <= s->next;
	return p->from >= s->from && p->from < s->next;
}

static void collect_fragments(struct filling *l, const struct stretch *s)
{
	const struct flow *f = l->flow;
	l->shelf = NULL;
	l->shelf_count = 0;
	for (size_t i = 0; i < f->piece_count; i++) {
		const struct piece *p = &f->pieces[i];
		bool edge_at_end = p->from == p->to && s->next == f->chars && p->from == f->chars;
		if (p->from >= s->next && !edge_at_end && p->from > s->from)
			break;
		if (p->kind == PIECE_FLOAT || p->kind == PIECE_MARKER ||
		    !(on_line(p, s) || edge_at_end))
			continue;
		int from = p->from > s->from ? p->from : s->from;
		int to = p->to < s->to ? p->to : s->to;
		fragment_add(l, p, from, to);
	}
}

/* Unicode's rule L2: from the highest level down, turn runs round. */
static void reorder(struct fragment *all, size_t n)
{
	uint8_t most = 0;
	for (size_t i = 0; i < n; i++)
		most = all[i].level > most ? all[i].level : most;
	for (uint8_t level = most; level > 0; level--)
		for (size_t i = 0; i < n; ) {
			size_t end = i;
			while (end < n && all[end].level >= level)
				end++;
			for (size_t a = i, b = end; a + 1 < b; a++) {
				struct fragment t = all[a];
				all[a] = all[--b];
				all[b] = t;
			}
			i = end > i ? end : i + 1;
		}
}

static float used_line_height(struct doc *d, struct style *s, const struct measures *m)
{
	struct len l = s->text.line_height;
	return l.kind == LEN_AUTO ? m->ascent + m->descent + m->gap :
	    l.dots + l.share * s->text.font_size;
}

/* Space above and below the baseline, with half of the leading on each side. */
static void leading(struct doc *d, struct style *s, PangoFont *font, float *above, float *below)
{
	struct measures m = fonts_face(d, s)->measures;
	float height = used_line_height(d, s, &m);
	float px = d->dots_per_px;
	*above = m.ascent + floorf((height - m.ascent - m.descent) / 2 / px + 0.01f) * px;
	*below = height - *above;
	if (!font || s->text.line_height.kind != LEN_AUTO)
		return;
	/* a font that stands in may be taller */
	m = fonts_measures(d, font);
	float own = m.ascent + floorf(m.gap / 2 / px + 0.01f) * px;
	*above = fmaxf(*above, own);
	*below = fmaxf(*below, m.ascent + m.descent + m.gap - own);
}

static float shift_of(struct doc *d, const struct box *b, const struct box *root, float above,
    float below);

/* How far the baseline of `b` is above that of the line's root. */
static float own_shift(struct doc *d, const struct box *b, float above, float below)
{
	struct style *parent = b->parent->style;
	struct measures m = fonts_face(d, parent)->measures;
	float size = parent->text.font_size;
	switch ((enum valign)b->style->box.valign.how) {
	case VALIGN_SUB:
		return -(floorf(size / 5) + d->dots_per_px);
	case VALIGN_SUPER:
		return floorf(size / 3) + d->dots_per_px;
	case VALIGN_MIDDLE:
		return m.x_height / 2 - (above - below) / 2;
	case VALIGN_TEXT_TOP:
		return m.ascent - above;
	case VALIGN_TEXT_BOTTOM:
		return below - m.descent;
	case VALIGN_LENGTH:
		return len_of(b->style->box.valign.length,
		    used_line_height(d, b->style, &m));
	default:
		return 0;
	}
}

static float shift_of(struct doc *d, const struct box *b, const struct box *root, float above,
    float below)
{
	float shift = 0;
	for (; b != root; b = b->parent) {
		if (b->kind == BOX_TEXT)
			continue;
		if (b->kind == BOX_INLINE)
			leading(d, b->style, NULL, &above, &below);
		shift += own_shift(d, b, above, below);
	}
	return shift;
}

struct extent {
	float above, below;     /* of the baseline */
	float top, bottom;      /* heights of what is aligned to the line's edges */
	bool text;              /* of the root itself */
};

/* An atom's box from its baseline: the last line's, or its bottom edge. */
static void atom_extent(const struct box *b, float *above, float *below)
{
	float height = b->margin[TOP] + b->h + b->margin[BOTTOM];
	bool lined = b->last_baseline >= 0 && !b->style->box.overflow_hidden;
	*above = lined ? b->margin[TOP] + b->last_baseline : height;
	*below = height - *above;
}

static void extend(struct filling *l, struct fragment *g, struct extent *e)
{
	struct doc *d = l->layout->doc;
	struct box *b = g->piece->box;
	float above, below;
	if (g->piece->kind == PIECE_ATOM) {
		atom_extent(b, &above, &below);
		uint8_t how = b->style->box.valign.how;
		if (how == VALIGN_TOP || how == VALIGN_BOTTOM) {
			float *side = how == VALIGN_TOP ? &e->top : &e->bottom;
			*side = fmaxf(*side, above + below);
			return;
		}
	} else {
		leading(d, b->style, g->font, &above, &below);
		e->text |= g->piece->kind == PIECE_TEXT && b->parent == l->box;
	}
	g->y = -shift_of(d, b, l->box, above, below);
	e->above = fmaxf(e->above, above - g->y);
	e->below = fmaxf(e->below, below + g->y);
}

static enum text_align alignment_of(const struct filling *l, bool last)
{
	const struct text_style *t = &l->box->style->text;
	switch ((enum text_align)t->text_align) {
	case TEXT_LEFT:
	case TEXT_RIGHT:
		return t->text_align;
	case TEXT_CENTER:
	case TEXT_BLOCK_CENTER:
		return TEXT_CENTER;
	case TEXT_BLOCK_RIGHT:
		return TEXT_RIGHT;
	case TEXT_END:
		return t->rtl ? TEXT_LEFT : TEXT_RIGHT;
	case TEXT_JUSTIFY:
		if (!last)
			return TEXT_JUSTIFY;
		break;
	default:
		break;
	}
	return t->rtl ? TEXT_RIGHT : TEXT_LEFT;
}

/* Widen the spaces of a line by `more` in all. */
static float justify(struct filling *l, const struct stretch *s, float more)
{
	struct flow *f = l->flow;
	int spaces = 0;
	for (int i = s->from; i < s->to; i++)
		spaces += f->text[f->bytes[i]] == ' ';
	if (!spaces || more <= 0)
		return 0;
	for (size_t k = 0; k < l->shelf_count; k++) {
		struct fragment *g = &l->shelf[k];
		if (!g->glyphs)
			continue;
		int start = g->piece->from > s->from ? g->piece->from : s->from;
		if (g->glyphs == g->piece->glyphs) {
			g->glyphs = pango_glyph_string_copy(g->glyphs);
			arena_defer(&l->layout->doc->arena,
			    (void (*)(void *))pango_glyph_string_free, g->glyphs);
		}
		for (int i = 0; i < g->glyphs->num_glyphs; i++)
			if (f->text[f->bytes[start] + g->glyphs->log_clusters[i]] == ' ')
				g->glyphs->glyphs[i].geometry.width +=
				    (int)(more / (float)spaces * PANGO_SCALE);
		g->width = (float)pango_glyph_string_get_width(g->glyphs) / PANGO_SCALE;
	}
	return more;
}

static void place_fragments(struct filling *l, struct line *line, const struct extent *e)
{
	float x = line->x;
	for (size_t i = 0; i < line->count; i++) {
		struct fragment *g = &line->fragments[i];
		struct box *b = g->piece->box;
		float above, below;
		g->x = x;
		x += g->width;
		if (g->piece->kind != PIECE_ATOM) {
			g->y += line->baseline;
			continue;
		}
		atom_extent(b, &above, &below);
		uint8_t how = b->style->box.valign.how;
		float top = how == VALIGN_TOP ? 0 : how == VALIGN_BOTTOM ?
		    line->height - above - below : line->baseline + g->y - above;
		b->x = l->box->border[LEFT] + l->box->padding[LEFT] + g->x + b->margin[LEFT];
		b->y = l->box->border[TOP] + l->box->padding[TOP] + line->y + top + b->margin[TOP];
	}
}

static void note_ellipsis(struct filling *l, const struct stretch *s, float room)
{
	const struct box_style *b = &l->box->style->box;
	if (b->ellipsis && b->overflow_hidden && s->width > room + 1)
		feature_note(l->layout->doc, FEATURE_LAYOUT, "text-overflow: ellipsis");
}

static void build_line(struct filling *l, const struct stretch *s, float left, float right,
    bool first, bool last)
{
	struct flow *f = l->flow;
	struct doc *d = l->layout->doc;
	struct extent e = { -1e9f, -1e9f, 0, 0, false };
	float indent = first ? len_of(l->box->style->text.text_indent, l->width) : 0;
	float room = right - left - indent, width = s->width;
	collect_fragments(l, s);
	for (size_t i = 0; i < l->shelf_count; i++)
		extend(l, &l->shelf[i], &e);
	if (!d->dom.quirks || e.text || !l->shelf_count) {
		float above, below;
		leading(d, l->box->style, NULL, &above, &below);
		e.above = fmaxf(e.above, above);
		e.below = fmaxf(e.below, below);
	}
	if (e.above < -1e8f)
		e.above = e.below = 0;
	float tallest = fmaxf(e.top, e.bottom);
	if (tallest > e.above + e.below)
		e.below = tallest - e.above;
	enum text_align align = alignment_of(l, last);
	if (align == TEXT_JUSTIFY)
		width += justify(l, s, room - width);
	reorder(l->shelf, l->shelf_count);
	float x = align == TEXT_CENTER ? (room - width) / 2 : align == TEXT_RIGHT ? room - width :
	    0;
	bool rtl = l->box->style->text.rtl;
	if (x < 0 || width > room)
		x = rtl ? room - width : 0;
	f->lines = arena_more(&d->arena, f->lines, f->line_count, sizeof(*f->lines));
	struct line *line = &f->lines[f->line_count++];
	*line = (struct line){ left + x + (rtl ? 0 : indent), l->y, width,
		e.above + e.below, e.above,
		l->shelf, l->shelf_count };
	note_ellipsis(l, s, room);
	place_fragments(l, line, &e);
	l->y += line->height;
}

/* Floats that come before `to` in the text: beside this line when they are at its begin. */
static void place_floats(struct filling *l, int to)
{
	struct flow *f = l->flow;
	for (; l->next_piece < f->piece_count && f->pieces[l->next_piece].from <= to;
	    l->next_piece++) {
		struct piece *p = &f->pieces[l->next_piece];
		if (p->kind != PIECE_FLOAT)
			continue;
		if (p->box->style->box.floats) {
			float_place(l->layout, p->box, l->y, l->width);
		} else {
			p->box->x = l->box->border[LEFT] + l->box->padding[LEFT];
			p->box->y = l->box->border[TOP] + l->box->padding[TOP] + l->y;
		}
	}
}

static bool only_edges(const struct flow *f)
{
	for (size_t i = 0; i < f->piece_count; i++)
		if (f->pieces[i].kind == PIECE_TEXT ? f->pieces[i].to > f->pieces[i].from :
		    f->pieces[i].kind == PIECE_ATOM || f->pieces[i].width != 0)
			return false;
	return true;
}

/* The marker of a list item stands before its first line, outside the box. */
static void place_marker(struct filling *l)
{
	for (size_t i = 0; i < l->flow->piece_count; i++) {
		struct box *m = l->flow->pieces[i].box;
		if (l->flow->pieces[i].kind != PIECE_MARKER)
			continue;
		PangoLayout *text = fonts_layout(l->layout->doc, m->style, m->text);
		int w, h;
		pango_layout_get_size(text, &w, &h);
		g_object_unref(text);
		struct measures face = fonts_face(l->layout->doc, m->style)->measures;
		float baseline = l->flow->line_count ? l->flow->lines[0].baseline : face.ascent;
		m->w = (float)w / PANGO_SCALE;
		m->x = m->style->text.rtl ? l->box->w : -m->w;
		m->y = l->box->border[TOP] + l->box->padding[TOP] + baseline - face.ascent;
		m->baseline = face.ascent;
		m->laid_out = true;
	}
}

float layout_flow(struct layout *l, struct box *b, float width)
{
	struct filling fl = { .layout = l, .box = b, .flow = flow_prepare(l, b), .width = width };
	struct flow *f = fl.flow;
	f->lines = NULL;
	f->line_count = 0;
	measure_atoms(l, f, width);
	bool empty = only_edges(f);
	for (int from = 0; from < f->chars && !empty; ) {
		float left, right;
		bool first = !f->line_count;
		float indent = first ? len_of(b->style->text.text_indent, width) : 0;
		float guess = b->style->text.font_size;
		place_floats(&fl, from);
		float_gap(l, fl.y, guess, width, &left, &right);
		struct stretch s = fill(&fl, from, right - left - indent);
		size_t before = fl.next_piece;
		place_floats(&fl, s.next - 1);
		if (fl.next_piece != before && f->has_floats) {
			float_gap(l, fl.y, guess, width, &left, &right);
			s = fill(&fl, from, right - left - indent);
		}
		float below = float_next(l, fl.y);
		if (s.width > right - left - indent + 1 && right - left < width && below > fl.y) {
			fl.y = below;
			continue;
		}
		if (s.next <= from)
			s.next = from + 1;
		build_line(&fl, &s, left, right, first, s.next >= f->chars || s.must);
		if (f->line_count > LINES_MAX)
			arena_fail(&l->doc->arena, E_TOO_LARGE, "the document has too many lines");
		from = s.next;
	}
	place_floats(&fl, f->chars);
	place_marker(&fl);
	if (f->line_count) {
		float top = b->border[TOP] + b->padding[TOP];
		const struct line *last = &f->lines[f->line_count - 1];
		b->baseline = top + f->lines[0].y + f->lines[0].baseline;
		b->last_baseline = top + last->y + last->baseline;
	}
	return fl.y;
}
