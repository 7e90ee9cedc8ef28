/*
 * The built-in engine for HTML and SVG, step by step: tree, style, boxes, places,
 * the verdict on what was not understood, paint.
 */
#include "render/html/box.h"
#include "render/html/css_cascade.h"
#include "render/html/css_hints.h"
#include "render/html/fonts.h"
#include "render/html/paint.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define DOCUMENT_BYTES_MAX (160u << 20)
#define BROWSER_BYTES_MAX (4u << 20)
#define CPU_MS 1800
#define DEFAULT_WIDTH 576
#define DEFAULT_DPI 203
#define CSS_DPI 96.0f

/* Parsed once, in the process that all children come from. */
static struct {
	struct doc doc;
	struct sheet normal;
	bool ready;
} browser;

static void parse_browser_sheet(void *arg)
{
	css_parse_sheet(&browser.doc, str_of(css_browser_sheet), &browser.normal);
}

static void open_browser(void)
{
	struct arena *a = &browser.doc.arena;
	if (browser.ready)
		return;
	arena_init(a, BROWSER_BYTES_MAX, 60000);
	browser.doc.token_budget = CSS_TOKENS_MAX;
	browser.doc.dots_per_px = 1;
	browser.ready = !arena_run(a, parse_browser_sheet, NULL, NULL);
}

static void open_doc(struct doc *d, const struct task *t)
{
	const struct render_options *o = t->options;
	unsigned dpi = o->abilities.dpi ? o->abilities.dpi : DEFAULT_DPI;
	*d = (struct doc){ .task = t, .token_budget = CSS_TOKENS_MAX };
	d->browser_sheet = &browser.normal;
	d->paper_width = o->width_dots ? o->width_dots : o->abilities.width_dots;
	if (!d->paper_width)
		d->paper_width = DEFAULT_WIDTH;
	/* 203 is the trade's name for 8 dots per millimetre */
	d->dots_per_px = (dpi == 203 ? 203.2f : (float)dpi) / CSS_DPI;
	arena_init(&d->arena, DOCUMENT_BYTES_MAX, CPU_MS);
}

static struct str joined(struct arena *a, const struct str *parts, size_t n)
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	char *all = arena_alloc(a, len + 1);
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len)
			memcpy(all + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	return (struct str){ all, len };
}

static void parse_sheets(struct doc *d)
{
	d->sheet = ARENA_NEW(&d->arena, struct sheet);
	if (d->dom.quirks)
		css_parse_sheet(d, str_of(css_quirks_sheet), d->sheet);
	for (const struct node *n = d->dom.root; n; n = node_walk(n, d->dom.root)) {
		if (!node_is(n, "style"))
			continue;
		struct str media = node_attr(n, "media"), css = node_content(&d->arena, n);
		if (media.len)
			css = joined(&d->arena, (struct str[]){ STR("@media "), media, STR("{"),
			    css,
			    STR("}") }, 5);
		css_parse_sheet(d, css, d->sheet);
	}
}

static void finish(struct doc *d, struct box *root)
{
	struct placed placed;
	struct why why = { 0 };
	layout_document(d, root, &placed);
	enum err err = feature_verdict(d, &why);
	if (err)
		arena_fail(&d->arena, err, "%s", why.text);
	paint_document(d, root, &placed);
}

static void draw_page(void *arg)
{
	struct doc *d = arg;
	dom_parse(&d->arena, d->task->bytes, &d->dom);
	feature_scan(d);
	parse_sheets(d);
	fonts_open(d);
	cascade_document(d);
	struct box *root = box_build(d);
	if (!root)
		arena_fail(&d->arena, E_DOCUMENT, "the document has nothing to print");
	finish(d, root);
}

static enum err draw(const struct task *t, void (*work)(void *), struct why *why)
{
	struct doc d;
	open_browser();
	open_doc(&d, t);
	enum err err = arena_run(&d.arena, work, &d, why);
	arena_finish(&d.arena);
	if (t->note)
		strcpy(t->note->engine, "html");
	return err;
}

static enum err draw_html(const struct task *t, struct why *why)
{
	return draw(t, draw_page, why);
}

/* A drawing is a page with nothing but it, as wide as the paper or as it says. */
static void draw_drawing(void *arg)
{
	struct doc *d = arg;
	struct str head = STR("<!DOCTYPE html><style>body{margin:0}"
	    "svg{display:block;max-width:100%}</style>");
	struct str page = joined(&d->arena, (struct str[]){ head, d->task->bytes }, 2);
	struct task t = *d->task;
	t.bytes = page;
	d->task = &t;
	draw_page(d);
}

static enum err draw_svg(const struct task *t, struct why *why)
{
	return draw(t, draw_drawing, why);
}

static enum err discard(const struct step *s, void *arg, struct why *why)
{
	return E_OK;
}

static void draw_for_nobody(struct str page)
{
	struct render_options o = { .engine = ENGINE_BUILTIN };
	struct render_note note = { 0 };
	struct task t = { .bytes = page, .options = &o, .sink = { discard, NULL }, .note = &note };
	draw_html(&t, NULL);
}

/*
 * Pages in the fonts and sizes that most have, drawn once: each is a search of
 * some milliseconds that no child has to make again. (The breaks: Pango then looks for
 * the font of characters that none has. It keeps 256 searches in all.)
 */
static void warm(void)
{
	static const char *const families[] = { "Arial", "Courier New", "DejaVu Sans",
		"sans-serif", "monospace", "serif" };
	static const int sizes[] = { 10, 11, 12, 13, 14, 15, 16, 18, 20, 24 };
	struct buf page;
	buf_init(&page, 1024);
	for (size_t i = 0; i < COUNT_OF(families) * COUNT_OF(sizes); i++) {
		buf_clear(&page);
		buf_printf(&page, "<!DOCTYPE html><p style='font:%dpx %s'>0.00 Ab<br><b>Ab<br></b>",
		    sizes[i % COUNT_OF(sizes)], families[i / COUNT_OF(sizes)]);
		draw_for_nobody(buf_str(&page));
	}
	buf_finish(&page);
}

static void rehearse(void)
{
	draw_for_nobody(STR("<!DOCTYPE html><style>p{font:13px sans-serif;text-align:center}"
	    "table{width:100%;border-collapse:collapse}td{border-bottom:1px solid}</style>"
	    "<h1>Shop</h1><p>1 Street, 2 Town<br>Tel. 34567890<hr><table><tr><th>Item<th>Sum"
	    "<tr><td>Coffee, very large<td style='text-align:right'>€ 9.40<tr><td>Tea with milk"
	    "<td style='text-align:right'>€ 12.90</table><div style='display:flex'><b>TOTAL"
	    "</b><span>24.30</span></div><hr><pre>0123456789 ABCDEFGHIJKLM</pre><p>Thank you!"));
}

static const char *const html_types[] = { TYPE_HTML, "application/xhtml+xml", NULL };
static const char *const svg_types[] = { TYPE_SVG, NULL };

const struct engine_plug engine_html = {
	.name = "html",
	.types = html_types,
	.warm = warm,
	.rehearse = rehearse,
	.draw = draw_html,
};

const struct engine_plug engine_svg = {
	.name = "svg",
	.types = svg_types,
	.draw = draw_svg,
};
