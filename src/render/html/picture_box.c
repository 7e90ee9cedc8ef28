/*
 * A kind of picture is a row: how it is read from its element and how it is
 * drawn into a rectangle. Sizes follow CSS's rules for replaced elements.
 */
#include "render/html/picture_box.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "gfx/barcode.h"
#include "render/html/svg.h"
#include "render/picture.h"

#define QUIET_LINEAR 10 /* modules of white that a code needs at its sides */
#define QUIET_MATRIX 4
#define PICTURES_PIXELS_MAX (4u << 20) /* as printed */

enum picture_kind { PICTURE_NONE, PICTURE_BITMAP, PICTURE_SVG, PICTURE_CODE };

struct picture_box {
	enum picture_kind kind;
	float width, height;    /* its own, dots; 0: none */
	float ratio;            /* width / height; 0: none */
	struct str bytes;       /* BITMAP: the file */
	struct svg *svg;
	struct modules modules; /* CODE */
	unsigned module;        /* dots */
	unsigned quiet;         /* modules at each side */
	/* the bitmap as it was scaled last */
	cairo_surface_t *scaled;
	int scaled_w, scaled_h;
};

/* --- data: URLs --- */

static bool percent_decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		char pair[3] = { 0 }, *end = pair;
		if (s.ptr[i] == '%' && s.len - i > 2) {
			memcpy(pair, s.ptr + i + 1, 2);
			long v = strtol(pair, &end, 16);
			if (end == pair + 2) {
				buf_add_byte(out, (uint8_t)v);
				i += 2;
				continue;
			}
		}
		buf_add_byte(out, (uint8_t)s.ptr[i]);
	}
	return !out->failed;
}

bool picture_data_url(struct arena *a, struct str url, struct str *type, struct str *bytes)
{
	url = str_trim(url);
	if (url.len < 5 || !str_eq_nocase(str_head(url, 5), STR("data:")))
		return false;
	struct str rest, head = str_cut(str_from(url, 5), ',', &rest), parameters;
	if (!rest.ptr)
		return false;
	bool coded = str_ends(head, ";base64");
	*type = arena_lower(a, str_cut(head, ';', &parameters));
	struct buf out, plain;
	buf_init(&out, DOM_BYTES_MAX);
	buf_init(&plain, DOM_BYTES_MAX);
	bool good = percent_decode(rest, &plain) &&
	    (coded ? base64_decode(buf_str(&plain), &out) : buf_add_str(&out, buf_str(&plain)));
	if (good)
		*bytes = arena_copy(a, buf_str(&out));
	buf_finish(&out);
	buf_finish(&plain);
	return good;
}

/* --- reading --- */

static void release_surface(void *arg)
{
	struct picture_box *p = arg;
	if (p->scaled)
		cairo_surface_destroy(p->scaled);
}

static struct picture_box *picture_new(struct doc *d, enum picture_kind kind)
{
	struct picture_box *p = ARENA_NEW(&d->arena, struct picture_box);
	p->kind = kind;
	arena_defer(&d->arena, release_surface, p);
	return p;
}

static struct picture_box *picture_of_svg(struct doc *d, struct svg *svg)
{
	struct picture_box *p = picture_new(d, PICTURE_SVG);
	p->svg = svg;
	svg_size(svg, &p->width, &p->height, &p->ratio);
	return p;
}

static struct picture_box *picture_of_url(struct doc *d, struct str url)
{
	struct str type, bytes;
	struct picture size;
	struct why why;
	if (!picture_data_url(&d->arena, url, &type, &bytes)) {
		feature_note(d, FEATURE_LAYOUT, "picture from %.*s", STR_ARG(str_head(url, 40)));
		return picture_new(d, PICTURE_NONE);
	}
	if (str_is(type, "image/svg+xml"))
		return picture_of_svg(d, svg_parse(d, bytes));
	struct picture_box *p = picture_new(d, PICTURE_BITMAP);
	if (picture_measure(bytes, &size, &why) || !size.width || !size.height) {
		feature_note(d, FEATURE_LAYOUT, "picture of type %.*s that cannot be read",
		    STR_ARG(str_head(type, 40)));
		p->kind = PICTURE_NONE;
		return p;
	}
	p->bytes = bytes;
	p->width = (float)size.width * d->dots_per_px;
	p->height = (float)size.height * d->dots_per_px;
	p->ratio = p->width / p->height;
	return p;
}

static const struct { const char *name; enum symbology symbology; bool matrix; } codes[] = {
	{ "upca", SYM_UPC_A, false }, { "upce", SYM_UPC_E, false }, { "ean13", SYM_EAN13, false },
	{ "ean8", SYM_EAN8, false }, { "code39", SYM_CODE39, false }, { "itf", SYM_ITF, false },
	{ "codabar", SYM_CODABAR, false }, { "code93", SYM_CODE93, false },
	{ "code128", SYM_CODE128, false }, { "gs1-128", SYM_GS1_128, false },
	{ "databar", SYM_DATABAR, false }, { "qr", SYM_QR, true },
	{ "micro-qr", SYM_MICRO_QR, true }, { "pdf417", SYM_PDF417, true },
	{ "datamatrix", SYM_DATAMATRIX, true }, { "aztec", SYM_AZTEC, true },
};

/* A code that cannot be made is an error of the document: half a receipt is worse. */
static struct picture_box *picture_of_code(struct doc *d, const struct node *n)
{
	struct picture_box *p = picture_new(d, PICTURE_CODE);
	struct str type = node_attr(n, "type"), value = node_attr(n, "value");
	static const char levels[] = "LMQH";
	struct str level = node_attr(n, "level");
	const char *at = level.len ? strchr(levels, level.ptr[0] & ~32) : NULL;
	struct barcode_options o = { .level = at ? (unsigned)(at - levels + 1) : 0 };
	struct why why = { 0 };
	size_t i = 0, count = sizeof(codes) / sizeof(*codes);
	while (i < count && !str_is_nocase(type, codes[i].name))
		i++;
	if (i == count)
		arena_fail(&d->arena, E_FIELD, "there is no bar code of type \"%.*s\"",
		    STR_ARG(str_head(type, 40)));
	if (barcode_make(codes[i].symbology, value, &o, &p->modules, &why))
		arena_fail(&d->arena, E_FIELD, "the bar code cannot be made: %s", why.text);
	arena_defer(&d->arena, (void (*)(void *))modules_finish, &p->modules);
	double wish = node_number(n, "module", codes[i].matrix ? 2 : 1);
	p->quiet = codes[i].matrix ? QUIET_MATRIX : QUIET_LINEAR;
	p->module = (unsigned)fmax(1, round(wish * d->dots_per_px));
	p->width = (float)((p->modules.cols + 2 * p->quiet) * p->module);
	p->height = codes[i].matrix ?
	    (float)((p->modules.rows + 2 * p->quiet) * p->module) : 50 * d->dots_per_px;
	if (codes[i].symbology == SYM_PDF417)
		p->height = (float)((p->modules.rows * 3 + 2 * p->quiet) * p->module);
	return p;
}

bool picture_box_make(struct doc *d, struct box *b)
{
	const struct node *n = b->node;
	if (node_is(n, "svg"))
		b->picture = picture_of_svg(d, svg_of_node(d, n));
	else if (node_is(n, "platen-barcode"))
		b->picture = picture_of_code(d, n);
	else if (node_is(n, "img") && node_attr(n, "src").len)
		b->picture = picture_of_url(d, node_attr(n, "src"));
	else if (node_is(n, "img"))
		b->picture = picture_new(d, PICTURE_NONE);
	return b->picture != NULL;
}

/* --- sizes --- */

static float content(const struct box *b, struct len l, float whole, bool across)
{
	float v = len_or(l, whole, UNKNOWN);
	float edges = across ? box_edges(b, LEFT, RIGHT) : box_edges(b, TOP, BOTTOM);
	return v < 0 ? UNKNOWN : fmaxf(0, b->style->box.border_box ? v - edges : v);
}

static float limited(const struct box *b, float v, float whole, bool across)
{
	const struct box_style *s = &b->style->box;
	float most = content(b, across ? s->max_width : s->max_height, whole, across);
	float least = content(b, across ? s->min_width : s->min_height, whole, across);
	if (most >= 0)
		v = fminf(v, most);
	return least >= 0 ? fmaxf(v, least) : v;
}

static void natural_size(const struct box *b, float whole, float whole_height, float *w, float *h)
{
	const struct box_style *s = &b->style->box;
	const struct picture_box *p = b->picture;
	float ratio = s->aspect > 0 ? s->aspect : p->ratio;
	float px = b->doc->dots_per_px;
	*w = content(b, s->width, whole, true);
	*h = content(b, s->height, whole_height, false);
	bool auto_w = *w < 0, auto_h = *h < 0;
	if (auto_w && auto_h) {
		*w = p->width > 0 ? p->width : p->height > 0 && ratio > 0 ? p->height * ratio :
		    p->kind == PICTURE_SVG ? (ratio > 0 && whole > 0 ? whole : 300 * px) : 0;
		*h = p->height > 0 ? p->height : ratio > 0 ? *w / ratio :
		    p->kind == PICTURE_SVG ? 150 * px : 0;
		float wide = limited(b, *w, whole, true);
		if (wide != *w && ratio > 0)
			*h = wide / ratio;
		*w = wide;
		float high = limited(b, *h, whole_height, false);
		if (high != *h && ratio > 0 && auto_w)
			*w = limited(b, high * ratio, whole, true);
		*h = high;
		return;
	}
	if (auto_w)
		*w = ratio > 0 ? *h * ratio : p->width;
	if (auto_h)
		*h = ratio > 0 ? limited(b, *w, whole, true) / ratio : p->height;
	*w = limited(b, *w, whole, true);
	*h = limited(b, *h, whole_height, false);
}

/* A code is never squeezed: modules stay whole dots, or it could not be read. */
static void code_size(const struct box *b, float room, float *w, float *h)
{
	struct picture_box *p = b->picture;
	unsigned cols = p->modules.cols + 2 * p->quiet;
	while (p->module > 1 && (float)(cols * p->module) > room && room > 0)
		p->module--;
	*w = (float)(cols * p->module);
	if (p->modules.rows > 1 && p->quiet == QUIET_MATRIX && p->modules.rows == p->modules.cols)
		*h = *w;
}

void picture_box_size(struct box *b, const struct offer *o)
{
	float w, h;
	natural_size(b, o->width, o->height, &w, &h);
	if (o->use_width >= 0)
		w = fmaxf(0, o->use_width - box_edges(b, LEFT, RIGHT));
	if (o->use_height >= 0)
		h = fmaxf(0, o->use_height - box_edges(b, TOP, BOTTOM));
	bool free_height = len_is_auto(b->style->box.height) && o->use_height < 0;
	if (o->use_width >= 0 && free_height && b->picture->ratio > 0)
		h = w / b->picture->ratio;
	if (b->picture->kind == PICTURE_CODE)
		code_size(b, o->width, &w, &h);
	b->w = w + box_edges(b, LEFT, RIGHT);
	b->h = h + box_edges(b, TOP, BOTTOM);
}

void measure_picture(struct layout *l, struct box *b, float *least, float *most)
{
	float h;
	natural_size(b, UNKNOWN, UNKNOWN, most, &h);
	*least = *most;
}

/* --- painting --- */

/* Grey in the channel of brightness, and all of it tone. */
static cairo_surface_t *grey_surface(const uint8_t *grey, int w, int h)
{
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
	if (cairo_surface_status(s))
		return s;
	uint8_t *data = cairo_image_surface_get_data(s);
	int stride = cairo_image_surface_get_stride(s);
	for (int y = 0; y < h; y++) {
		uint32_t *row = (uint32_t *)(void *)(data + (size_t)y * (size_t)stride);
		for (int x = 0; x < w; x++)
			row[x] = (uint32_t)grey[(size_t)y * (size_t)w + (size_t)x] << 16 | 0xff00;
	}
	cairo_surface_mark_dirty(s);
	return s;
}

static bool scale(struct doc *d, struct picture_box *p, int w, int h)
{
	struct why why = { 0 };
	if (p->scaled && p->scaled_w == w && p->scaled_h == h)
		return true;
	if (p->scaled)
		cairo_surface_destroy(p->scaled);
	p->scaled = NULL;
	if ((uint64_t)w * (uint64_t)h > PICTURES_PIXELS_MAX * 4)
		arena_fail(&d->arena, E_TOO_LARGE, "a picture would be %d x %d dots", w, h);
	uint8_t *grey = picture_scaled(p->bytes, (uint32_t)w, (uint32_t)h, &why);
	if (!grey)
		arena_fail(&d->arena, why.err ? why.err : E_DOCUMENT, "%s", why.text);
	p->scaled = grey_surface(grey, w, h);
	free(grey);
	p->scaled_w = w;
	p->scaled_h = h;
	return !cairo_surface_status(p->scaled);
}

static void paint_bitmap(struct brush *brush, struct picture_box *p, float x, float y, float w,
    float h)
{
	int dots_w = (int)roundf(w), dots_h = (int)roundf(h);
	if (dots_w < 1 || dots_h < 1 || (!brush->toned && !brush_tone(brush, 0)) ||
	    !scale(brush->doc, p, dots_w, dots_h))
		return;
	cairo_set_source_surface(brush->cairo, p->scaled, roundf(x), roundf(y));
	cairo_pattern_set_filter(cairo_get_source(brush->cairo), CAIRO_FILTER_NEAREST);
	cairo_rectangle(brush->cairo, roundf(x), roundf(y), dots_w, dots_h);
	cairo_fill(brush->cairo);
}

static void paint_code(struct brush *brush, const struct picture_box *p, float x, float y, float w,
    float h)
{
	const struct modules *m = &p->modules;
	bool linear = m->rows == 1;
	unsigned quiet_y = linear ? 0 : p->quiet * p->module;
	int left = (int)roundf(x) + (int)(p->quiet * p->module),
	    top = (int)roundf(y) + (int)quiet_y;
	int high = linear ? (int)roundf(h) : ((int)roundf(h) - 2 * (int)quiet_y) / (int)m->rows;
	brush_ink(brush, true);
	for (unsigned r = 0; r < m->rows; r++)
		for (unsigned c = 0; c < m->cols; c++)
			if (m->cell[r * m->cols + c])
				cairo_rectangle(brush->cairo, left + (int)(c * p->module),
				    top + (int)r * high, p->module, high);
	cairo_fill(brush->cairo);
}

/* Where a picture of this ratio goes in a rectangle, by object-fit. */
static void fit(enum object_fit how, const struct picture_box *p, float *x, float *y, float *w,
    float *h)
{
	float k_w = p->width > 0 ? *w / p->width : 1, k_h = p->height > 0 ? *h / p->height : 1,
	    k = 1;
	if (how == FIT_FILL || p->width <= 0 || p->height <= 0)
		return;
	if (how == FIT_CONTAIN)
		k = fminf(k_w, k_h);
	else if (how == FIT_COVER)
		k = fmaxf(k_w, k_h);
	else if (how == FIT_SCALE_DOWN)
		k = fminf(1, fminf(k_w, k_h));
	*x += (*w - p->width * k) / 2;
	*y += (*h - p->height * k) / 2;
	*w = p->width * k;
	*h = p->height * k;
}

static void paint_picture(struct brush *brush, struct picture_box *p, float x, float y, float w,
    float h)
{
	if (!brush->turned && (y > brush->bottom || y + h < brush->top))
		return;
	switch (p->kind) {
	case PICTURE_BITMAP:
		paint_bitmap(brush, p, x, y, w, h);
		break;
	case PICTURE_SVG:
		svg_paint(brush, p->svg, roundf(x), roundf(y), w, h);
		break;
	case PICTURE_CODE:
		paint_code(brush, p, x, y, w, h);
		break;
	case PICTURE_NONE:
		break;
	}
}

void picture_box_paint(struct brush *brush, const struct box *b)
{
	float x = b->page_x + b->border[LEFT] + b->padding[LEFT];
	float y = b->page_y + b->border[TOP] + b->padding[TOP];
	float w = b->w - box_edges(b, LEFT, RIGHT), h = b->h - box_edges(b, TOP, BOTTOM);
	enum object_fit how = b->style->box.object_fit;
	cairo_save(brush->cairo);
	if (how != FIT_FILL && b->picture->kind == PICTURE_BITMAP) {
		brush_rectangle(brush, x, y, w, h);
		cairo_clip(brush->cairo);
		fit(how, b->picture, &x, &y, &w, &h);
	}
	paint_picture(brush, b->picture, x, y, w, h);
	cairo_restore(brush->cairo);
}

static struct picture_box *background_picture(struct doc *d, const struct box *b)
{
	struct box *own = (struct box *)b; /* kept with the box; the box is the doc's */
	if (!own->picture)
		own->picture = picture_of_url(d, b->style->box.background_url);
	return own->picture;
}

void picture_background(struct brush *brush, const struct box *b, float x, float y, float w,
    float h)
{
	const struct box_style *s = &b->style->box;
	if (b->kind == BOX_REPLACED)
		return;
	struct picture_box *p = background_picture(brush->doc, b);
	float pw = len_or(s->background_size[0], w, UNKNOWN),
	    ph = len_or(s->background_size[1], h, UNKNOWN);
	float px = x, py = y;
	if (p->kind == PICTURE_NONE)
		return;
	if (s->background_fit != FIT_NONE) {
		pw = w;
		ph = h;
		fit(s->background_fit, p, &px, &py, &pw, &ph);
	} else {
		pw = pw >= 0 ? pw : ph >= 0 && p->ratio > 0 ? ph * p->ratio : p->width;
		ph = ph >= 0 ? ph : p->ratio > 0 ? pw / p->ratio : p->height;
	}
	if (pw < 1 || ph < 1)
		return;
	const struct len *at = s->background_position;
	px = x + at[0].dots + at[0].share * (w - pw);
	py = y + at[1].dots + at[1].share * (h - ph);
	cairo_save(brush->cairo);
	brush_rectangle(brush, x, y, w, h);
	cairo_clip(brush->cairo);
	float from_x = s->repeat_x ? px - ceilf((px - x) / pw) * pw : px;
	float from_y = s->repeat_y ? py - ceilf((py - y) / ph) * ph : py;
	for (float ty = from_y; ty < y + h && ty < brush->bottom; ty += ph) {
		for (float tx = from_x; tx < x + w; tx += pw) {
			arena_tick(&brush->doc->arena);
			paint_picture(brush, p, tx, ty, pw, ph);
			if (!s->repeat_x)
				break;
		}
		if (!s->repeat_y)
			break;
	}
	cairo_restore(brush->cairo);
}
