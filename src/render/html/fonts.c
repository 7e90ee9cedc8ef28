/*
 * Faces are kept per document by what makes them differ; measures per font, as
 * fall-back fonts are met again on every line.
 */
#include "render/html/fonts.h"

#include <math.h>
#include <string.h>

#include "render/html/webfont.h"

struct font_measures {
	struct font_measures *next;
	PangoFont *font;
	struct measures measures;
};

static void release_font(void *font)
{
	g_object_unref(font);
}

static void release_description(void *description)
{
	pango_font_description_free(description);
}

void fonts_open(struct doc *d)
{
	struct fonts *f = ARENA_NEW(&d->arena, struct fonts);
	d->fonts = f;
	f->map = webfont_map(d);
	f->context = pango_font_map_create_context(f->map);
	arena_defer(&d->arena, release_font, f->context);
	pango_cairo_context_set_resolution(f->context, 72); /* a point is a dot */
	pango_context_set_round_glyph_positions(f->context, FALSE);
	cairo_font_options_t *o = cairo_font_options_create();
	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(f->context, o);
	cairo_font_options_destroy(o);
}

static bool is_coloured(PangoFont *font)
{
	PangoFontDescription *d = pango_font_describe(font);
	const char *family = pango_font_description_get_family(d);
	bool coloured = family && strstr(family, "Color Emoji");
	pango_font_description_free(d);
	return coloured;
}

/* From the font's own tables: Pango's metrics would lay out a sample text first. */
static struct measures measure(PangoFont *font, float px)
{
	hb_font_extents_t e = { 0 };
	hb_font_get_h_extents(pango_font_get_hb_font(font), &e);
	float ascent = (float)e.ascender / PANGO_SCALE / px;
	float descent = -(float)e.descender / PANGO_SCALE / px;
	float gap = (float)e.line_gap / PANGO_SCALE / px;
	/* as browsers do it: when rounding would cut a descender, the line moves up */
	bool up = roundf(descent) < descent && ascent >= 1;
	return (struct measures){ (roundf(ascent) - up) * px, (roundf(descent) + up) * px,
		gap > 0 ? roundf(gap) * px : 0, ascent * px * 0.55f, is_coloured(font) };
}

struct measures fonts_measures(struct doc *d, PangoFont *font)
{
	for (struct font_measures *m = d->fonts->measured; m; m = m->next)
		if (m->font == font)
			return m->measures;
	struct font_measures *m = ARENA_NEW(&d->arena, struct font_measures);
	*m = (struct font_measures){ d->fonts->measured, g_object_ref(font),
		measure(font, d->dots_per_px) };
	arena_defer(&d->arena, release_font, m->font);
	d->fonts->measured = m;
	return m->measures;
}

static bool same_face(const struct text_style *a, const struct text_style *b)
{
	return a->font_size == b->font_size && a->weight == b->weight && a->italic == b->italic &&
	    a->small_caps == b->small_caps && str_eq(a->family, b->family);
}

/*
 * The first family of a list that is installed, else the last, which is generic in
 * most. A search is kept by its pattern, so this also makes that more pages ask for
 * the same.
 */
static struct str choose_family(struct doc *d, struct str list)
{
	struct str rest = list, last = list;
	while (rest.len) {
		struct str one = str_trim(str_cut(rest, ',', &rest));
		if (!one.len)
			continue;
		last = one;
		if (pango_font_map_get_family(d->fonts->map, arena_copy(&d->arena, one).ptr))
			return one;
	}
	return last;
}

static PangoFontDescription *describe(struct doc *d, const struct text_style *t)
{
	PangoFontDescription *f = pango_font_description_new();
	float size = t->font_size < 0.01f ? 0.01f : t->font_size;
	if (!str_eq(d->fonts->list, t->family)) {
		d->fonts->list = t->family;
		d->fonts->chosen = choose_family(d, t->family);
	}
	struct str family = d->fonts->chosen;
	pango_font_description_set_family(f, arena_copy(&d->arena, family).ptr);
	pango_font_description_set_absolute_size(f, size * PANGO_SCALE);
	pango_font_description_set_weight(f, (PangoWeight)t->weight);
	if (t->italic)
		pango_font_description_set_style(f, PANGO_STYLE_ITALIC);
	if (t->small_caps)
		pango_font_description_set_variant(f, PANGO_VARIANT_SMALL_CAPS);
	return f;
}

static struct face *face_make(struct doc *d, struct style *s)
{
	struct face *f = ARENA_NEW(&d->arena, struct face);
	f->style = s;
	f->description = describe(d, &s->text);
	arena_defer(&d->arena, release_description, f->description);
	PangoFont *font = pango_context_load_font(d->fonts->context, f->description);
	if (font) {
		f->measures = fonts_measures(d, font);
		g_object_unref(font);
	}
	f->next = d->fonts->faces;
	d->fonts->faces = f;
	return f;
}

struct face *fonts_face(struct doc *d, struct style *s)
{
	if (s->text.face)
		return s->text.face;
	struct face *f = d->fonts->faces;
	while (f && !same_face(&f->style->text, &s->text))
		f = f->next;
	s->text.face = f ? f : face_make(d, s);
	return s->text.face;
}

PangoLayout *fonts_layout(struct doc *d, struct style *s, struct str text)
{
	PangoLayout *l = pango_layout_new(d->fonts->context);
	pango_layout_set_font_description(l, fonts_face(d, s)->description);
	pango_layout_set_single_paragraph_mode(l, TRUE);
	pango_layout_set_text(l, text.ptr ? text.ptr : "", (int)text.len);
	return l;
}
