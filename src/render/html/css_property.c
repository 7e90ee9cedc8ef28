/*
 * Readers: one function per shape of value, named by the rows of
 * css_property.def, and the table that those rows make.
 */
#include "render/html/css_property.h"

#include <math.h>
#include <string.h>

#include "render/html/css_shorthand.h"
#include "render/html/css_words.h"

bool property_word(struct value *v, const struct word *words, uint8_t *out)
{
	for (const struct word *w = words; w->name; w++)
		if (value_ident(v, w->name)) {
			*out = w->value;
			return true;
		}
	return false;
}

static bool read_length(struct value *v, void *field, unsigned what)
{
	unsigned quirk = v->doc->dom.quirks ? LENGTH_NUMBER : 0;
	return value_length(v, what | quirk, field);
}

static bool read_dots(struct value *v, void *field, unsigned what)
{
	struct len l;
	if (!value_length(v, what, &l))
		return false;
	*(float *)field = l.dots;
	return true;
}

static bool read_color(struct value *v, void *field, unsigned what)
{
	struct color c;
	if (!value_color(v, &c))
		return false;
	if (field == &v->style->text.color && c.current)
		c = v->parent->text.color;
	*(struct color *)field = c;
	return true;
}

static const struct { const char *name; float px; } font_sizes[] = {
	{ "xx-small", 9 }, { "x-small", 10 }, { "small", 13 }, { "medium", 16 }, { "large", 18 },
	{ "x-large", 24 }, { "xx-large", 32 }, { "xxx-large", 48 },
};

static bool is_monospace(const struct style *s)
{
	return str_is(s->text.family, "monospace");
}

static bool read_font_size(struct value *v, void *field, unsigned what)
{
	float *size = field;
	float parent = v->parent->text.font_size;
	struct len l;
	v->style->text.size_is_keyword = false;
	for (size_t i = 0; i < sizeof(font_sizes) / sizeof(*font_sizes); i++)
		if (value_ident(v, font_sizes[i].name)) {
			*size = font_sizes[i].px * v->doc->dots_per_px;
			if (is_monospace(v->style))
				*size *= 13 / 16.0f;
			v->style->text.size_is_keyword = true;
			return true;
		}
	if (value_ident(v, "smaller"))
		*size = parent / 1.2f;
	else if (value_ident(v, "larger"))
		*size = parent * 1.2f;
	else if (value_length(v, LENGTH_SHARE, &l))
		*size = len_of(l, parent);
	else
		return false;
	return *size < 20000;
}

/*
 * Names as Pango takes them. The generic ones are what browsers take for them, so
 * that fontconfig's substitutes are the same.
 */
static struct str family_name(struct str name)
{
	static const char *const sans[] = { "system-ui", "-apple-system", "ui-sans-serif",
		"BlinkMacSystemFont", "fantasy", "emoji" };
	for (size_t i = 0; i < sizeof(sans) / sizeof(*sans); i++)
		if (str_is_nocase(name, sans[i]))
			return STR("sans");
	if (str_is_nocase(name, "ui-monospace"))
		return STR("monospace");
	if (str_is_nocase(name, "sans-serif"))
		return STR("Arial");
	return str_is_nocase(name, "serif") || str_is_nocase(name, "ui-serif") ?
	    STR("Times New Roman") : name;
}

/* A generic family ends the list: nothing after it is ever asked. */
static bool read_family(struct value *v, void *field, unsigned what)
{
	struct arena *a = &v->doc->arena;
	struct str all = STR("");
	do {
		struct str one = STR("");
		bool quoted = value_look(v)->kind == T_STRING;
		while (value_look(v)->kind == T_IDENT || value_look(v)->kind == T_STRING) {
			struct str word = value_next(v)->text;
			one = one.len ? arena_printf(a, "%.*s %.*s", STR_ARG(one), STR_ARG(word)) :
			    word;
		}
		if (!one.len)
			return false;
		one = quoted ? one : family_name(one);
		all = all.len ? arena_printf(a, "%.*s,%.*s", STR_ARG(all), STR_ARG(one)) : one;
	} while (value_delim(v, ','));
	float scale = 1;
	*(struct str *)field = all;
	if (v->style->text.size_is_keyword)
		scale = (is_monospace(v->style) ? 13 / 16.0f : 1) /
		    (is_monospace(v->parent) ? 13 / 16.0f : 1);
	v->style->text.font_size *= scale;
	return true;
}

static bool read_weight(struct value *v, void *field, unsigned what)
{
	static const struct word words[] = { { "normal", 4 }, { "bold", 7 }, { 0 } };
	uint16_t *weight = field;
	uint16_t parent = v->parent->text.weight;
	uint8_t hundreds;
	double n;
	if (property_word(v, words, &hundreds))
		*weight = (uint16_t)(hundreds * 100);
	else if (value_ident(v, "bolder"))
		*weight = parent < 350 ? 400 : parent < 550 ? 700 : 900;
	else if (value_ident(v, "lighter"))
		*weight = parent < 550 ? 100 : parent < 750 ? 400 : 700;
	else if (value_number(v, &n) && n >= 1 && n <= 1000)
		*weight = (uint16_t)n;
	else
		return false;
	return true;
}

static bool read_line_height(struct value *v, void *field, unsigned what)
{
	struct len *l = field;
	double n;
	if (value_number(v, &n)) {
		*l = (struct len){ LEN_FIXED, 0, (float)n };
		return n >= 0;
	}
	if (!value_length(v, LENGTH_NORMAL | LENGTH_SHARE, l))
		return false;
	if (l->kind == LEN_FIXED)
		*l = (struct len){ LEN_FIXED, len_of(*l, v->style->text.font_size), 0 };
	return true;
}

static bool read_spacing(struct value *v, void *field, unsigned what)
{
	float *spacing = field;
	struct len l;
	if (!value_length(v, 0, &l))
		return false;
	spacing[0] = spacing[1] = l.dots;
	if (value_length(v, 0, &l))
		spacing[1] = l.dots;
	return true;
}

/* Its colour, style and thickness are the text's own. */
static bool read_decoration(struct value *v, void *field, unsigned what)
{
	static const struct word words[] = { { "none", 0 }, { "underline", DECORATION_UNDER },
		{ "overline", DECORATION_OVER }, { "line-through", DECORATION_THROUGH },
		{ "solid", 0 }, { "double", 0 }, { "dotted", 0 }, { "dashed", 0 }, { "wavy", 0 },
		{ "blink", 0 }, { "auto", 0 }, { "from-font", 0 }, { 0 } };
	uint8_t one, all = 0;
	struct color ignored;
	struct len thickness;
	bool none = token_is(value_look(v), "none");
	while (!value_end(v)) {
		if (property_word(v, words, &one))
			all |= one;
		else if (!value_color(v, &ignored) && !value_length(v, LENGTH_SHARE, &thickness))
			return false;
	}
	/* what a parent has drawn through its children stays */
	*(uint8_t *)field = none ? 0 : all | v->parent->text.decoration;
	return true;
}

static bool read_tab_size(struct value *v, void *field, unsigned what)
{
	double n;
	if (!value_number(v, &n) || n < 0 || n > 100)
		return false;
	*(uint8_t *)field = (uint8_t)n;
	return true;
}

static bool read_aspect(struct value *v, void *field, unsigned what)
{
	double w, h = 1;
	value_ident(v, "auto");
	*(float *)field = 0;
	if (value_end(v))
		return true;
	if (!value_number(v, &w) || (value_delim(v, '/') && !value_number(v, &h)))
		return false;
	if (w > 0 && h > 0)
		*(float *)field = (float)(w / h);
	return true;
}

static bool read_border_width(struct value *v, void *field, unsigned what)
{
	static const struct word words[] = { { "thin", 1 }, { "medium", 3 }, { "thick", 5 },
	    { 0 } };
	float *width = field;
	uint8_t px;
	struct len l;
	if (property_word(v, words, &px))
		*width = px * v->doc->dots_per_px;
	else if (value_length(v, 0, &l))
		*width = l.dots;
	else
		return false;
	/* whole pixels, and never none of what was asked for */
	float whole = floorf(*width / v->doc->dots_per_px + 0.001f);
	*width = *width > 0 && whole < 1 ? v->doc->dots_per_px : whole * v->doc->dots_per_px;
	return true;
}

static bool read_valign(struct value *v, void *field, unsigned what)
{
	static const struct word words[] = { { "baseline", VALIGN_BASELINE }, { "top", VALIGN_TOP },
		{ "middle", VALIGN_MIDDLE }, { "bottom", VALIGN_BOTTOM }, { "sub", VALIGN_SUB },
		{ "super", VALIGN_SUPER }, { "text-top", VALIGN_TEXT_TOP },
		{ "text-bottom", VALIGN_TEXT_BOTTOM }, { 0 } };
	struct box_style *b = &v->style->box;
	if (property_word(v, words, &b->valign.how))
		return true;
	b->valign.how = VALIGN_LENGTH;
	return value_length(v, LENGTH_SHARE | LENGTH_SIGNED, &b->valign.length);
}

static bool read_opacity(struct value *v, void *field, unsigned what)
{
	const struct token *t = value_look(v);
	double n = t->number / 100;
	if (t->kind == T_PERCENT)
		value_next(v);
	else if (!value_number(v, &n))
		return false;
	*(float *)field = (float)fmax(0, fmin(1, n));
	if (n > 0 && n < 1) /* text stays black, pictures as they are */
		feature_note(v->doc, FEATURE_HARMLESS, "opacity");
	return true;
}

static bool read_z_index(struct value *v, void *field, unsigned what)
{
	double n = 0;
	v->style->box.z_auto = value_ident(v, "auto");
	if (!v->style->box.z_auto && !value_number(v, &n))
		return false;
	*(int *)field = (int)n;
	return true;
}

static bool read_positive(struct value *v, void *field, unsigned what)
{
	double n;
	if (!value_number(v, &n) || n < 0)
		return false;
	*(float *)field = (float)n;
	return true;
}

static bool read_integer(struct value *v, void *field, unsigned what)
{
	double n;
	if (!value_number(v, &n))
		return false;
	*(int *)field = (int)n;
	return true;
}

static bool read_flex_basis(struct value *v, void *field, unsigned what)
{
	if (value_ident(v, "content")) {
		*(struct len *)field = (struct len){ .kind = LEN_MAX_CONTENT };
		return true;
	}
	return value_length(v, LENGTH_AUTO | LENGTH_SHARE | LENGTH_INTRINSIC, field);
}

static bool read_tracks(struct value *v, void *field, unsigned what)
{
	return value_tracks(v, field);
}

static bool read_tokens(struct value *v, void *field, unsigned what)
{
	struct tokens t = { v->t.ptr + v->at, v->t.count - v->at };
	if (value_ident(v, "none"))
		t.count = 0;
	v->at = v->t.count;
	*(struct tokens *)field = t;
	return true;
}

static bool read_content(struct value *v, void *field, unsigned what)
{
	if (value_ident(v, "normal")) {
		*(struct tokens *)field = (struct tokens){ NULL, 0 };
		return true;
	}
	for (size_t i = v->at; i < v->t.count; i++) {
		const struct token *t = &v->t.ptr[i];
		bool known = t->kind != T_FUNCTION || str_is_nocase(t->text, "counter") ||
		    str_is_nocase(t->text, "attr");
		if (!known || t->kind == T_URL)
			return false;
	}
	return read_tokens(v, field, what);
}

static bool read_area_line(struct value *v, void *field, unsigned what)
{
	struct area_line *line = field;
	double n;
	*line = (struct area_line){ 0 };
	if (value_ident(v, "auto"))
		return true;
	if (value_ident(v, "span")) {
		if (!value_number(v, &n) || n < 1 || n > 1000)
			return false;
		line->span = (uint16_t)n;
	} else if (value_number(v, &n)) {
		if (n < -1000 || n > 1000 || n == 0)
			return false;
		line->line = (int16_t)n;
	} else if (value_look(v)->kind == T_IDENT) {
		line->name = value_next(v)->text;
	} else {
		return false;
	}
	return true;
}

#define FIELD(field) offsetof(struct style, field), sizeof(((struct style *)0)->field)

static const struct property properties[] = {
#define PROP(name, field, reader, argument) { name, P_PROP, FIELD(field), read_##reader, argument },
#define WORD(name, field, words) { name, P_WORD, FIELD(field), NULL, 0, words },
#define MANY(name, function) { name, P_MANY, .many = shorthand_##function },
#define IDLE(name) { name, P_IDLE },
#define LOOKS(name) { name, P_LOOKS },
#define SVG(name) { name, P_SVG },
#include "render/html/css_property.def"
#undef PROP
#undef WORD
#undef MANY
#undef IDLE
#undef LOOKS
#undef SVG
};

#define COUNT (sizeof(properties) / sizeof(*properties))
#define INDEX 1024

const struct style property_initial = {
	.text = { .color = { .a = 255 }, .family = STR_INIT("Times New Roman"), .weight = 400,
	    .tab_size = 8,
		.size_is_keyword = true, .text_indent = { .kind = LEN_FIXED } },
	.box = {
		.z_auto = true, .opacity = 1, .flex_shrink = 1, .repeat_x = 1, .repeat_y = 1,
		.background_position = { { .kind = LEN_FIXED }, { .kind = LEN_FIXED } },
		.background_fit = FIT_NONE,
		.margin = { { .kind = LEN_FIXED }, { .kind = LEN_FIXED }, { .kind = LEN_FIXED },
			{ .kind = LEN_FIXED } },
		.padding = { { .kind = LEN_FIXED }, { .kind = LEN_FIXED }, { .kind = LEN_FIXED },
			{ .kind = LEN_FIXED } },
		.border_width = { -1, -1, -1, -1 }, /* medium */
		.border_color = { { .current = true }, { .current = true }, { .current = true },
			{ .current = true } },
		.justify_content = ALIGN_NORMAL, .align_content = ALIGN_NORMAL,
		.align_items = ALIGN_NORMAL, .justify_items = ALIGN_NORMAL,
	},
};

bool property_is_early(const struct property *p)
{
	return p->kind == P_MANY ? p->many == shorthand_font :
	    p->kind != P_SVG && p->size && p->offset < offsetof(struct style, text.line_height);
}

static unsigned hash_of(struct str name)
{
	unsigned h = 0;
	for (size_t i = 0; i < name.len; i++)
		h = h * 33 + ((unsigned char)name.ptr[i] | 32);
	return h;
}

/* Made at the first question; a renderer has one thread. */
static const uint16_t *index_of_names(void)
{
	static uint16_t index[INDEX];
	for (size_t i = 0; !index[0] && i < COUNT; i++) {
		unsigned h = hash_of(str_of(properties[i].name));
		while (index[h % (INDEX - 1) + 1])
			h++;
		index[h % (INDEX - 1) + 1] = (uint16_t)(i + 1);
	}
	index[0] = 1;
	return index;
}

const struct property *property_find(struct str name)
{
	const uint16_t *index = index_of_names();
	for (unsigned h = hash_of(name);; h++) {
		uint16_t at = index[h % (INDEX - 1) + 1];
		if (!at)
			return NULL;
		if (str_is_nocase(name, properties[at - 1].name))
			return &properties[at - 1];
	}
}
