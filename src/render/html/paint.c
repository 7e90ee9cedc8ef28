/*
 * The tree is walked once per band, skipping what does not reach into it. A band
 * is tried without tone first: most of a receipt has none.
 */
#include "render/html/paint.h"

#include <math.h>
#include <string.h>

#include "gfx/halftone.h"
#include "render/html/picture_box.h"

#define CRISP_BLACK 0.25f /* what is darker is black, */
#define CRISP_WHITE 0.88f /* what is brighter is white: #eee stripes do not print */
#define MIDDLE 128

float color_brightness(struct color c, float behind)
{
	float own = (0.299f * c.r + 0.587f * c.g + 0.114f * c.b) / 255;
	float a = c.a / 255.0f;
	return own * a + behind * (1 - a);
}

void brush_ink(struct brush *p, bool black)
{
	if (p->toned) {
		cairo_set_source_rgb(p->cairo, black ? 0 : 1, 0, 0);
		return;
	}
	cairo_set_operator(p->cairo, black ? CAIRO_OPERATOR_OVER : CAIRO_OPERATOR_DEST_OUT);
	cairo_set_source_rgba(p->cairo, 0, 0, 0, 1);
}

bool brush_tone(struct brush *p, float brightness)
{
	p->wants_tone |= !p->toned;
	if (p->toned)
		cairo_set_source_rgb(p->cairo, brightness, 1, 0);
	return p->toned;
}

bool brush_pattern(struct brush *p, cairo_pattern_t *pattern)
{
	p->wants_tone |= !p->toned;
	if (p->toned)
		cairo_set_source(p->cairo, pattern);
	return p->toned;
}

void brush_fill(struct brush *p, struct color c)
{
	float bright = color_brightness(c, p->backdrop);
	if (bright < CRISP_BLACK || bright > CRISP_WHITE)
		brush_ink(p, bright < CRISP_BLACK);
	else if (!brush_tone(p, bright)) {
		cairo_new_path(p->cairo);
		return;
	}
	cairo_fill(p->cairo);
}

void brush_rectangle(struct brush *p, float x, float y, float w, float h)
{
	float left = roundf(x), top = roundf(y);
	cairo_rectangle(p->cairo, left, top, roundf(x + w) - left, roundf(y + h) - top);
}

/* --- the walk --- */

static void turn(struct brush *p, const struct box *b)
{
	uint8_t turns = b->style->box.quarter_turns;
	if (!turns)
		return;
	p->turned = true;
	float x = roundf(b->page_x + b->w / 2), y = roundf(b->page_y + b->h / 2);
	cairo_translate(p->cairo, x, y);
	cairo_rotate(p->cairo, turns * M_PI / 2);
	cairo_translate(p->cairo, -x, -y);
}

static void clip(struct brush *p, const struct box *b)
{
	if (!b->style->box.overflow_hidden || b->kind == BOX_INLINE)
		return;
	brush_rectangle(p, b->page_x + b->border[LEFT], b->page_y + b->border[TOP],
	    b->w - b->border[LEFT] - b->border[RIGHT], b->h - b->border[TOP] - b->border[BOTTOM]);
	cairo_clip(p->cairo);
}

static void set_backdrop(struct brush *p, const struct box *b)
{
	const struct box_style *s = &b->style->box;
	if (s->background.a)
		p->backdrop = color_brightness(s->background, p->backdrop);
	if (s->gradient) {
		float sum = 0;
		for (unsigned i = 0; i < s->gradient->count; i++)
			sum += color_brightness(s->gradient->stops[i].color, p->backdrop);
		p->backdrop = sum / (float)s->gradient->count;
	}
}

static void paint_self(struct brush *p, const struct box *b)
{
	float top = b->page_y + b->caption_top, h = b->h - b->caption_top - b->caption_bottom;
	bool empty = b->kind == BOX_CELL && b->style->text.empty_hidden && !b->first &&
	    !b->style->text.collapse;
	if (b->style->text.hidden || empty || b->kind == BOX_INLINE)
		return;
	paint_background(p, b, b->page_x, top, b->w, h);
	set_backdrop(p, b);
	paint_borders(p, b, b->page_x, top, b->w, h);
	if (b->kind == BOX_REPLACED)
		picture_box_paint(p, b);
}

static void paint_tree(struct brush *p, const struct box *b, bool as_layer);

static void paint_inside(struct brush *p, const struct box *b)
{
	for (const struct box *c = b->first; c; c = c->next) {
		arena_tick(&p->doc->arena);
		if (c->marker)
			paint_marker(p, c);
		else if (c->kind == BOX_INLINE)
			paint_inside(p, c);
		else if (c->laid_out)
			paint_tree(p, c, false);
	}
}

static void paint_tree(struct brush *p, const struct box *b, bool as_layer)
{
	if ((box_is_layer(b) && !as_layer) || b->style->box.opacity <= 0)
		return;
	bool turned = p->turned;
	if ((b->ink_bottom < p->top || b->ink_top > p->bottom) && !turned &&
	    !b->style->box.quarter_turns)
		return;
	float backdrop = p->backdrop, opacity = p->opacity;
	bool saved = b->style->box.overflow_hidden || b->style->box.quarter_turns;
	if (saved)
		cairo_save(p->cairo);
	p->opacity *= b->style->box.opacity;
	turn(p, b);
	paint_self(p, b);
	clip(p, b);
	if (b->kind != BOX_REPLACED) {
		if (b->inline_content && b->flow)
			paint_lines(p, b);
		paint_inside(p, b);
	}
	if (saved)
		cairo_restore(p->cairo);
	p->backdrop = backdrop;
	p->opacity = opacity;
	p->turned = turned;
}

/* What the ancestors of a layer do to it. */
static void enter(struct brush *p, const struct box *b, bool positioned)
{
	if (!b)
		return;
	bool holds = !positioned || b->style->box.position != POSITION_STATIC;
	enter(p, b->parent, positioned && !holds);
	turn(p, b);
	if (holds && b->parent)
		clip(p, b);
	if (!b->style->text.hidden)
		set_backdrop(p, b);
	p->opacity *= b->style->box.opacity;
}

static void paint_layer(struct brush *p, const struct box *b)
{
	float backdrop = p->backdrop;
	cairo_save(p->cairo);
	p->opacity = 1;
	enter(p, b->parent, b->style->box.position >= POSITION_ABSOLUTE);
	paint_tree(p, b, true);
	cairo_restore(p->cairo);
	p->backdrop = backdrop;
	p->opacity = 1;
	p->turned = false;
}

static void paint_all(struct brush *p, const struct box *root, const struct placed *placed)
{
	size_t i = 0;
	const struct box *body = root->first;
	const struct box *canvas = root->style->box.background.a || !body ? root : body;
	p->backdrop = 1;
	p->opacity = 1;
	/* the page has the background of its root, or of the body */
	paint_background(p, canvas, 0, 0, (float)p->doc->paper_width, placed->height);
	set_backdrop(p, canvas);
	for (; i < placed->layer_count && placed->layers[i]->style->box.z_index < 0; i++)
		paint_layer(p, placed->layers[i]);
	paint_tree(p, root, false);
	for (; i < placed->layer_count; i++)
		paint_layer(p, placed->layers[i]);
}

/* --- bands --- */

struct bands {
	struct doc *doc;
	const struct box *root;
	const struct placed *placed;
	cairo_surface_t *crisp, *toned; /* made when they are needed */
	struct halftone *halftone;
	uint8_t *rows, *dithered;
	size_t stride;
	uint32_t width;
	uint32_t blank;         /* rows not given out yet */
};

static void release_bands(void *arg)
{
	struct bands *b = arg;
	if (b->crisp)
		cairo_surface_destroy(b->crisp);
	if (b->toned)
		cairo_surface_destroy(b->toned);
	if (b->halftone)
		halftone_destroy(b->halftone);
}

static void put(struct bands *b, const struct step *s)
{
	struct why why = { 0 };
	enum err err = b->doc->task->sink.put(s, b->doc->task->sink.arg, &why);
	if (err)
		arena_fail(&b->doc->arena, err, "%s", why.text);
}

static cairo_surface_t *surface(struct bands *b, bool toned)
{
	cairo_surface_t **s = toned ? &b->toned : &b->crisp;
	if (!*s)
		*s = cairo_image_surface_create(toned ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_A8,
		    (int)b->width, STEP_ROWS_MAX);
	if (cairo_surface_status(*s))
		arena_fail(&b->doc->arena, E_TOO_LARGE, "there is no memory for a band");
	return *s;
}

/* False when the band turned out to need tone. */
static bool draw(struct bands *b, uint32_t from, uint32_t count, bool toned)
{
	cairo_surface_t *s = surface(b, toned);
	struct brush p = { .doc = b->doc, .cairo = cairo_create(s), .toned = toned,
		.top = (float)from, .bottom = (float)(from + count) };
	cairo_set_operator(p.cairo, toned ? CAIRO_OPERATOR_SOURCE : CAIRO_OPERATOR_CLEAR);
	cairo_set_source_rgb(p.cairo, 1, 0, 0);
	cairo_paint(p.cairo);
	cairo_set_operator(p.cairo, CAIRO_OPERATOR_OVER);
	cairo_translate(p.cairo, 0, -(double)from);
	paint_all(&p, b->root, b->placed);
	cairo_destroy(p.cairo);
	cairo_surface_flush(s);
	return !p.wants_tone;
}

/* Eight bytes of ink to eight dots: the highest bit of each, gathered by a multiplication. */
static uint8_t pack_eight(const uint8_t *ink)
{
	uint64_t v;
	memcpy(&v, ink, 8);
	v = __builtin_bswap64(v) >> 7 & 0x0101010101010101u;
	return (uint8_t)(v * 0x0102040810204080u >> 56);
}

static void pack_crisp(struct bands *b, uint32_t count)
{
	const uint8_t *data = cairo_image_surface_get_data(b->crisp);
	int stride = cairo_image_surface_get_stride(b->crisp);
	for (uint32_t y = 0; y < count; y++) {
		const uint8_t *row = data + (size_t)y * (size_t)stride;
		uint8_t *out = b->rows + y * b->stride;
		uint8_t last[8] = { 0 };
		uint32_t x = 0;
		for (; x + 8 <= b->width; x += 8)
			out[x / 8] = pack_eight(row + x);
		if (x < b->width) {
			memcpy(last, row + x, b->width - x);
			out[x / 8] = pack_eight(last);
		}
	}
}

static enum halftone_method method_of(const struct doc *d)
{
	static const enum halftone_method methods[] = { [HALFTONE_AUTO] = HT_DIFFUSION,
		[HALFTONE_THRESHOLD] = HT_THRESHOLD, [HALFTONE_DIFFUSION] = HT_DIFFUSION,
		[HALFTONE_ATKINSON] = HT_ATKINSON, [HALFTONE_ORDERED] = HT_ORDERED,
		[HALFTONE_BLUE_NOISE] = HT_BLUE_NOISE };
	return methods[d->task->options->halftone];
}

/* The halftone sees the whole row, so that its errors have somewhere to go. */
static void dither(struct bands *b, const uint32_t *pixels, size_t stride, uint32_t count)
{
	uint8_t *grey = b->dithered + STEP_ROWS_MAX * b->stride;
	if (!b->halftone)
		b->halftone = halftone_create(method_of(b->doc), b->width,
		    b->doc->task->options->threshold);
	if (!b->halftone)
		arena_fail(&b->doc->arena, E_TOO_LARGE, "there is no memory for a halftone");
	for (uint32_t y = 0; y < count; y++) {
		const uint32_t *row = pixels + y * stride;
		for (uint32_t x = 0; x < b->width; x++) {
			uint8_t bright = (uint8_t)(row[x] >> 16);
			bool tone = (row[x] >> 8 & 0xff) >= MIDDLE;
			grey[x] = tone ? bright : bright < MIDDLE ? 0 : 255;
		}
		halftone_feed(b->halftone, grey, b->width, 1);
	}
	uint32_t have = halftone_take(b->halftone, b->dithered, b->stride, count);
	if (have == count)
		return;
	halftone_end(b->halftone);
	halftone_take(b->halftone, b->dithered + have * b->stride, b->stride, count - have);
	halftone_destroy(b->halftone);
	b->halftone = NULL;
}

static void pack_toned(struct bands *b, uint32_t count)
{
	const uint32_t *pixels = (const uint32_t *)(const void *)
	    cairo_image_surface_get_data(b->toned);
	size_t stride = (size_t)cairo_image_surface_get_stride(b->toned) / 4;
	dither(b, pixels, stride, count);
	for (uint32_t y = 0; y < count; y++) {
		uint8_t *out = b->rows + y * b->stride;
		const uint8_t *tone = b->dithered + y * b->stride;
		memset(out, 0, b->stride);
		for (uint32_t x = 0; x < b->width; x++) {
			uint32_t v = pixels[y * stride + x];
			bool dot = (v >> 8 & 0xff) >= MIDDLE ? tone[x / 8] >> (7 - x % 8) & 1 :
			    (v >> 16 & 0xff) < MIDDLE;
			out[x / 8] |= (uint8_t)(dot << (7 - x % 8));
		}
	}
}

static bool is_blank(const struct bands *b, uint32_t row)
{
	const uint8_t *p = b->rows + row * b->stride;
	return !p[0] && !memcmp(p, p + 1, b->stride - 1);
}

static void put_blank(struct bands *b)
{
	if (b->blank)
		put(b, &(struct step){ .kind = STEP_FEED, .height = b->blank });
	b->blank = 0;
}

static void put_rows(struct bands *b, uint32_t count)
{
	uint32_t from = 0, to = count;
	while (from < to && is_blank(b, from))
		from++;
	while (to > from && is_blank(b, to - 1))
		to--;
	b->blank += from;
	if (from == to)
		return;
	put_blank(b);
	put(b, &(struct step){ .kind = STEP_DOTS, .width = b->width, .height = to - from,
	    .stride = b->stride, .black = b->rows + from * b->stride });
	b->blank = count - to;
}

static void put_band(struct bands *b, uint32_t from, uint32_t count)
{
	if (draw(b, from, count, false)) {
		pack_crisp(b, count);
		if (b->halftone)
			halftone_destroy(b->halftone);
		b->halftone = NULL;
	} else {
		draw(b, from, count, true);
		pack_toned(b, count);
	}
	put_rows(b, count);
}

/* Where the page that begins at `from` ends: a break, the label's end, the document's. */
static uint32_t page_end(const struct bands *b, uint32_t from, uint32_t rows)
{
	const struct abilities *a = &b->doc->task->options->abilities;
	uint32_t end = rows;
	if (a->label_height && end - from > a->label_height)
		end = from + a->label_height;
	for (size_t i = 0; i < b->placed->break_count; i++) {
		uint32_t at = (uint32_t)roundf(b->placed->breaks[i]);
		if (at > from && at < end)
			end = at;
	}
	return end;
}

static uint32_t rows_of(const struct doc *d, const struct placed *placed)
{
	if (!(placed->height < SHEET_ROWS_MAX + 1.0f))
		arena_fail(&((struct doc *)d)->arena, E_TOO_LARGE,
		    "the document is longer than %d rows", SHEET_ROWS_MAX);
	uint32_t rows = (uint32_t)ceilf(placed->height - 0.01f);
	return rows < 1 ? 1 : rows;
}

void paint_document(struct doc *d, const struct box *root, const struct placed *placed)
{
	struct bands *b = ARENA_NEW(&d->arena, struct bands);
	const struct abilities *a = &d->task->options->abilities;
	uint32_t rows = rows_of(d, placed), from = 0;
	*b = (struct bands){ .doc = d, .root = root, .placed = placed, .width = d->paper_width,
		.stride = (d->paper_width + 7) / 8 };
	b->rows = arena_alloc(&d->arena, STEP_ROWS_MAX * b->stride);
	b->dithered = arena_alloc(&d->arena, STEP_ROWS_MAX * b->stride + b->width);
	arena_defer(&d->arena, release_bands, b);
	do {
		uint32_t end = page_end(b, from, rows);
		put(b, &(struct step){ .kind = STEP_PAGE, .width = a->width_dots ? a->width_dots :
		    b->width, .height = a->label_height, .gap = a->label_gap });
		while (from < end) {
			uint32_t count = end - from < STEP_ROWS_MAX ? end - from : STEP_ROWS_MAX;
			put_band(b, from, count);
			from += count;
		}
		put_blank(b);
		put(b, &(struct step){ .kind = STEP_END });
	} while (from < rows);
}
