/*
 * From inline boxes to shaped text: white space is collapsed while the text is
 * collected, Pango finds scripts, directions, fonts and break opportunities, and
 * every character gets the width that line filling adds up.
 */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "render/html/flow.h"
#include "render/html/fonts.h"

#define FLOW_TEXT_MAX (4u << 20)
#define OBJECT "\xef\xbf\xbc" /* U+FFFC */

struct collecting {
	struct layout *layout;
	struct flow *flow;
	struct box *root;
	bool space;             /* the last character is a space that swallows the next */
	bool any;               /* something stands on this line */
	unsigned column;        /* for tabs */
};

static void flow_release(void *arg)
{
	struct flow *f = arg;
	for (size_t i = 0; i < f->piece_count; i++) {
		if (f->pieces[i].glyphs)
			pango_glyph_string_free(f->pieces[i].glyphs);
		if (f->pieces[i].item)
			pango_item_free(f->pieces[i].item);
	}
}

static void put(struct collecting *c, const char *bytes, size_t len)
{
	struct flow *f = c->flow;
	if (f->len + len + 1 > f->room) {
		struct arena *a = &c->layout->doc->arena;
		if (f->len + len > FLOW_TEXT_MAX)
			arena_fail(a, E_TOO_LARGE, "a paragraph is too long");
		f->room = (f->len + len) * 2 + 64;
		char *larger = arena_alloc(a, f->room);
		if (f->len)
			memcpy(larger, f->text, f->len);
		f->text = larger;
	}
	memcpy(f->text + f->len, bytes, len);
	f->len += len;
	f->text[f->len] = '\0';
	for (size_t i = 0; i < len; i++)
		f->chars += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	c->column++;
}

static struct piece *piece_add(struct collecting *c, enum piece_kind kind, struct box *b)
{
	struct flow *f = c->flow;
	f->pieces = arena_more(&c->layout->doc->arena, f->pieces, f->piece_count,
	    sizeof(*f->pieces));
	struct piece *p = &f->pieces[f->piece_count++];
	*p = (struct piece){ .kind = kind, .from = f->chars, .to = f->chars, .box = b };
	return p;
}

static void put_break(struct collecting *c)
{
	put(c, "\n", 1);
	c->space = c->any = false;
	c->column = 0;
}

static void put_blank(struct collecting *c, char blank, enum white_space ws)
{
	bool keeps = ws == WS_PRE || ws == WS_PRE_WRAP;
	if (blank == '\n' && (keeps || ws == WS_PRE_LINE)) {
		put_break(c);
		return;
	}
	if (keeps && blank == '\t') {
		unsigned tab = c->root->style->text.tab_size;
		do
			put(c, " ", 1);
		while (tab && c->column % tab);
		return;
	}
	if (!keeps && (c->space || !c->any))
		return;
	if (blank != '\r' || !keeps)
		put(c, " ", 1);
	c->space = !keeps;
	c->any |= keeps;
}

static struct str transformed(struct arena *a, struct str s, enum text_transform how, bool *free_it)
{
	char *t;
	*free_it = how == TRANSFORM_UPPER || how == TRANSFORM_LOWER;
	if (!*free_it)
		return s;
	t = how == TRANSFORM_UPPER ? g_utf8_strup(s.ptr, (gssize)s.len) :
	    g_utf8_strdown(s.ptr, (gssize)s.len);
	struct str copy = arena_copy(a, str_of(t));
	g_free(t);
	return copy;
}

static void collect_text(struct collecting *c, struct box *b)
{
	const struct text_style *t = &b->style->text;
	bool copied;
	struct str s = transformed(&c->layout->doc->arena, b->text, t->text_transform, &copied);
	size_t index = c->flow->piece_count;
	bool word_start = true;
	piece_add(c, PIECE_TEXT, b);
	for (size_t i = 0; i < s.len; ) {
		arena_tick(&c->layout->doc->arena);
		if (strchr(" \t\n\r\f", s.ptr[i])) {
			put_blank(c, s.ptr[i++], t->white_space);
			word_start = true;
			continue;
		}
		size_t from = i;
		uint32_t code = utf8_next(s, &i);
		char utf8[4], capital[6];
		if (code == 0xfffd || code < 0x20)
			put(c, utf8, utf8_encode(0xfffd, utf8));
		else if (word_start && t->text_transform == TRANSFORM_CAPITALIZE)
			put(c, capital, (size_t)g_unichar_to_utf8(g_unichar_totitle(code),
			    capital));
		else
			put(c, s.ptr + from, i - from);
		word_start = false;
		c->space = false;
		c->any = true;
	}
	c->flow->pieces[index].to = c->flow->chars;
}

static void collect_atom(struct collecting *c, struct box *b)
{
	struct piece *p = piece_add(c, PIECE_ATOM, b);
	put(c, OBJECT, 3);
	p->to = c->flow->chars;
	c->space = false;
	c->any = true;
}

static void collect(struct collecting *c, struct box *b);

static void collect_inline(struct collecting *c, struct box *b)
{
	layout_edges(b, 0);
	bool rtl = b->style->text.rtl;
	int start = rtl ? RIGHT : LEFT, end = rtl ? LEFT : RIGHT;
	struct piece *p = piece_add(c, PIECE_OPEN, b);
	if (b->split_start)
		p->width = b->margin[start] + b->border[start] + b->padding[start];
	uint8_t bidi = b->style->box.unicode_bidi;
	if (bidi)
		put(c, bidi == 3 ? "\u2068" : bidi == 4 ? (rtl ? "\u202e" : "\u202d") :
		    rtl ? "\u2067" : "\u2066", 3);
	for (struct box *k = b->first; k; k = k->next)
		collect(c, k);
	if (bidi)
		put(c, bidi == 4 ? "\u202c" : "\u2069", 3);
	p = piece_add(c, PIECE_CLOSE, b);
	if (b->split_end)
		p->width = b->margin[end] + b->border[end] + b->padding[end];
}

static void collect(struct collecting *c, struct box *b)
{
	if (b->marker) {
		piece_add(c, PIECE_MARKER, b);
	} else if (b->outside) {
		piece_add(c, PIECE_FLOAT, b);
		c->flow->has_floats = true;
	} else if (b->kind == BOX_TEXT) {
		collect_text(c, b);
	} else if (b->kind == BOX_BREAK) {
		struct piece *p = piece_add(c, PIECE_TEXT, b);
		put_break(c);
		p->to = c->flow->chars;
	} else if (b->kind == BOX_INLINE) {
		collect_inline(c, b);
	} else {
		collect_atom(c, b);
	}
}

static struct style *text_style_of(const struct piece *p)
{
	return p->kind == PIECE_ATOM || p->kind == PIECE_TEXT ? p->box->style : NULL;
}

static PangoAttrList *attributes(struct layout *l, const struct flow *f)
{
	PangoAttrList *list = pango_attr_list_new();
	for (size_t i = 0; i < f->piece_count; i++) {
		const struct piece *p = &f->pieces[i];
		struct style *s = text_style_of(p);
		if (!s || p->from == p->to)
			continue;
		PangoAttribute *font = pango_attr_font_desc_new(fonts_face(l->doc, s)->description);
		font->start_index = (guint)f->bytes[p->from];
		font->end_index = (guint)f->bytes[p->to];
		pango_attr_list_insert(list, font);
		if (!s->text.language.len)
			continue;
		struct str lang = arena_copy(&l->doc->arena, s->text.language);
		PangoAttribute *a = pango_attr_language_new(pango_language_from_string(lang.ptr));
		a->start_index = font->start_index;
		a->end_index = font->end_index;
		pango_attr_list_insert(list, a);
	}
	return list;
}

/* Pieces are cut where Pango's items end, so that each has one font and level. */
static void split_pieces(struct collecting *c, GList *items)
{
	struct flow *f = c->flow;
	struct piece *old = f->pieces;
	size_t count = f->piece_count, at = 0;
	f->pieces = NULL;
	f->piece_count = 0;
	int from = 0;
	for (GList *i = items; i; i = i->next) {
		PangoItem *item = i->data;
		int to = from + item->num_chars, start = from;
		while (at < count && old[at].from < to) {
			struct piece *p = piece_add(c, old[at].kind, old[at].box);
			int stop = old[at].to < to ? old[at].to : to;
			p->from = old[at].from > start ? old[at].from : start;
			p->to = stop > p->from ? stop : p->from;
			p->width = old[at].width;
			p->level = (uint8_t)item->analysis.level;
			if (p->kind == PIECE_TEXT && p->to > p->from) {
				p->item = pango_item_copy(item);
				p->item->offset = f->bytes[p->from];
				p->item->length = f->bytes[p->to] - f->bytes[p->from];
				p->item->num_chars = p->to - p->from;
			}
			if (old[at].to > to)
				break;
			at++;
		}
		from = to;
	}
	for (; at < count; at++) {
		struct piece *p = piece_add(c, old[at].kind, old[at].box);
		p->from = p->to = f->chars;
		p->width = old[at].width;
		p->level = f->piece_count > 1 ? f->pieces[f->piece_count - 2].level : f->rtl;
	}
}

static bool is_control(const char *c)
{
	unsigned char a = (unsigned char)c[0], b = (unsigned char)c[1], d = (unsigned char)c[2];
	return a == '\n' || (a == 0xe2 && b == 0x81 && d >= 0xa6 && d <= 0xa9) ||
	    (a == 0xe2 && b == 0x80 && d >= 0xaa && d <= 0xae);
}

static void space_glyphs(struct flow *f, const struct piece *p, PangoGlyphString *g, int from)
{
	const struct text_style *t = &p->box->style->text;
	const char *text = f->text + f->bytes[from];
	for (int i = 0; i < g->num_glyphs; i++) {
		const char *c = text + g->log_clusters[i];
		PangoGlyphInfo *info = &g->glyphs[i];
		if (is_control(c)) {
			info->glyph = PANGO_GLYPH_EMPTY;
			info->geometry.width = 0;
			continue;
		}
		if (info->attr.is_cluster_start)
			info->geometry.width += (int)(t->letter_spacing * PANGO_SCALE);
		if (*c == ' ' || !memcmp(c, "\u00a0", 2))
			info->geometry.width += (int)(t->word_spacing * PANGO_SCALE);
	}
}

PangoGlyphString *flow_shape(struct layout *l, struct flow *f, const struct piece *p, int from,
    int to)
{
	PangoGlyphString *g = pango_glyph_string_new();
	arena_tick(&l->doc->arena);
	pango_shape_full(f->text + f->bytes[from], f->bytes[to] - f->bytes[from], f->text,
	    (int)f->len, &p->item->analysis, g);
	space_glyphs(f, p, g, from);
	return g;
}

static void shape_pieces(struct layout *l, struct flow *f)
{
	for (size_t i = 0; i < f->piece_count; i++) {
		struct piece *p = &f->pieces[i];
		int widths[256];
		if (!p->item)
			continue;
		p->glyphs = flow_shape(l, f, p, p->from, p->to);
		int n = p->to - p->from;
		int *all = n <= 256 ? widths : ARENA_ARRAY(&l->doc->arena, int, n);
		pango_glyph_string_get_logical_widths(p->glyphs, f->text + p->item->offset,
		    p->item->length, p->level, all);
		for (int k = 0; k < n; k++)
			f->advance[p->from + k] = (float)all[k] / PANGO_SCALE;
	}
}

static bool is_number_part(const char *c)
{
	return (*c >= '0' && *c <= '9') || *c == '.' || *c == ',' || *c == '-' || *c == '+' ||
	    *c == '%' || *c == '/' || *c == ':';
}

static uint8_t break_at(const struct flow *f, int i)
{
	const struct text_style *before = &f->styles[i - 1]->text, *here = &f->styles[i]->text;
	const char *last = f->text + f->bytes[i - 1], *next = f->text + f->bytes[i];
	bool wraps = before->white_space != WS_NOWRAP && before->white_space != WS_PRE;
	if (*last == '\n')
		return BREAK_MUST;
	if (!wraps && (here->white_space == WS_NOWRAP || here->white_space == WS_PRE))
		return BREAK_NO;
	bool number = is_number_part(last) && is_number_part(next);
	if (f->log[i].is_line_break && !number)
		return BREAK_MAY;
	if (number || !f->log[i].is_cursor_position || !wraps)
		return BREAK_NO;
	if (here->word_break == WRAP_ANYWHERE)
		return *next == ' ' ? BREAK_NO : BREAK_MAY;
	return here->overflow_wrap || here->word_break ? BREAK_DESPERATE : BREAK_NO;
}

static void find_breaks(struct layout *l, struct flow *f)
{
	f->log = ARENA_ARRAY(&l->doc->arena, PangoLogAttr, (size_t)f->chars + 1);
	pango_get_log_attrs(f->text, (int)f->len, f->rtl, pango_language_get_default(), f->log,
	    f->chars + 1);
	for (int i = 1; i < f->chars; i++)
		f->breaks[i] = break_at(f, i);
}

static void index_chars(struct layout *l, struct flow *f, struct style *own)
{
	struct arena *a = &l->doc->arena;
	size_t n = (size_t)f->chars + 1, at = 0;
	f->bytes = ARENA_ARRAY(a, int, n);
	f->advance = ARENA_ARRAY(a, float, n);
	f->before = ARENA_ARRAY(a, float, n);
	f->after = ARENA_ARRAY(a, float, n);
	f->breaks = ARENA_ARRAY(a, uint8_t, n);
	f->styles = ARENA_ARRAY(a, struct style *, n);
	for (int i = 0; i < f->chars; i++) {
		f->bytes[i] = (int)at;
		f->styles[i] = own;
		for (at++; at < f->len && ((unsigned char)f->text[at] & 0xc0) == 0x80; at++)
			;
	}
	f->bytes[f->chars] = (int)f->len;
	f->styles[f->chars] = own;
	for (size_t k = 0; k < f->piece_count; k++)
		for (int i = f->pieces[k].from; i < f->pieces[k].to; i++)
			f->styles[i] = f->pieces[k].kind == PIECE_TEXT ? f->pieces[k].box->style :
			    own;
}

static void itemize(struct collecting *c)
{
	struct flow *f = c->flow;
	PangoAttrList *attrs = attributes(c->layout, f);
	GList *items = pango_itemize_with_base_dir(c->layout->doc->fonts->context,
	    f->rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR, f->text, 0, (int)f->len, attrs,
	    NULL);
	split_pieces(c, items);
	g_list_free_full(items, (GDestroyNotify)pango_item_free);
	pango_attr_list_unref(attrs);
}

/* Edges count with the character that they are beside, so that they stay with it. */
static void attach_edges(struct flow *f)
{
	for (size_t i = 0; i < f->piece_count; i++) {
		const struct piece *p = &f->pieces[i];
		if (p->kind == PIECE_OPEN)
			f->before[p->from] += p->width;
		else if (p->kind == PIECE_CLOSE && p->from > 0)
			f->after[p->from - 1] += p->width;
		else if (p->kind == PIECE_CLOSE)
			f->before[p->from] += p->width;
	}
}

struct flow *flow_prepare(struct layout *l, struct box *b)
{
	if (b->flow)
		return b->flow;
	struct flow *f = b->flow = ARENA_NEW(&l->doc->arena, struct flow);
	struct collecting c = { .layout = l, .flow = f, .root = b };
	f->rtl = b->style->text.rtl;
	arena_defer(&l->doc->arena, flow_release, f);
	for (struct box *k = b->first; k; k = k->next)
		collect(&c, k);
	/* a space at the very end hangs: it is not there */
	index_chars(l, f, b->style);
	if (f->len)
		itemize(&c);
	shape_pieces(l, f);
	find_breaks(l, f);
	attach_edges(f);
	return f;
}
