/*
 * The safety net: what is not implemented is recorded where it is met, and here
 * it is decided whether the page may be printed.
 */
#include <stdio.h>
#include <string.h>

#include "render/html/doc.h"

#define FEATURES_MAX 32

void feature_note(struct doc *d, enum feature_class class, const char *format, ...)
{
	char text[120];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct feature **list = class == FEATURE_LAYOUT ? &d->features : &d->harmless;
	struct str what = str_of(text);
	for (; *list; list = &(*list)->next)
		if (str_eq((*list)->what, what))
			return;
	if (d->feature_count >= FEATURES_MAX && class == FEATURE_HARMLESS)
		return;
	if (d->feature_count++ > FEATURES_MAX)
		return;
	*list = ARENA_NEW(&d->arena, struct feature);
	(*list)->what = arena_copy(&d->arena, what);
}

/* Elements that print something which this engine cannot make. */
static const char *const foreign[] = { "canvas", "iframe", "object", "embed", "video", "audio",
	"input", "textarea", "select", "meter", "progress", "math", "frameset", "marquee", "applet",
	"portal", "fencedframe", "button", "ruby" };

static bool contains(struct str s, const char *part)
{
	return memmem(s.ptr ? s.ptr : "", s.len, part, strlen(part)) != NULL;
}

/* A script that only sends to the printer, or is data, leaves the page as it is. */
static void scan_script(struct doc *d, const struct node *n)
{
	struct str type = node_attr(n, "type"), text = n->first ? n->first->text : STR_NONE;
	bool data = type.len && !contains(type, "javascript") && !str_is(type, "module");
	static const char *const idle[] = { "window.print()", "window.print();", "print();",
		"window.onload=window.print", "window.focus();window.print();" };
	text = str_trim(text);
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		data |= str_is(text, idle[i]);
	if (node_has(n, "src"))
		feature_note(d, FEATURE_LAYOUT, "script from %.*s",
		    STR_ARG(str_head(node_attr(n, "src"), 40)));
	else if (text.len && !data)
		feature_note(d, FEATURE_LAYOUT, "script");
}

static void scan_link(struct doc *d, const struct node *n)
{
	struct str rel = node_attr(n, "rel"), media = node_attr(n, "media");
	if (contains(rel, "stylesheet") && !str_is(media, "screen"))
		feature_note(d, FEATURE_LAYOUT, "style sheet %.*s",
		    STR_ARG(str_head(node_attr(n, "href"), 40)));
}

static void scan_element(struct doc *d, const struct node *n)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (node_is(n, foreign[i]) && !str_is(node_attr(n, "type"), "hidden"))
			feature_note(d, FEATURE_LAYOUT, "element %s", foreign[i]);
	if (node_is(n, "script"))
		scan_script(d, n);
	else if (node_is(n, "link"))
		scan_link(d, n);
	else if (node_is(n, "img") && node_has(n, "srcset"))
		feature_note(d, FEATURE_LAYOUT, "attribute srcset");
}

void feature_scan(struct doc *d)
{
	for (const struct node *n = d->dom.root; n; n = node_walk(n, d->dom.root))
		if (n->tag.len && !n->svg)
			scan_element(d, n);
}

static void list_features(const struct doc *d, const struct feature *list, char *out, size_t size)
{
	size_t len = 0;
	for (const struct feature *f = list; f && len < size; f = f->next) {
		int n = snprintf(out + len, size - len, "%s%.*s", len ? ", " : "",
		    STR_ARG(f->what));
		len += n > 0 ? (size_t)n : 0;
	}
}

enum err feature_verdict(const struct doc *d, struct why *why)
{
	char all[200] = "";
	list_features(d, d->features, all, sizeof(all));
	switch (d->task->options->engine) {
	case ENGINE_STRICT:
		if (d->features)
			return why_fail(why, E_UNSUPPORTED,
			    "the built-in HTML engine does not support: %s", all);
		break;
	case ENGINE_AUTO:
		if (d->features && d->task->handover)
			return task_handover(d->task, why, "%s", all);
		break;
	default:
		break;
	}
	for (const struct feature *f = d->features; f; f = f->next)
		task_warn(d->task, "not supported: %.*s", STR_ARG(f->what));
	for (const struct feature *f = d->harmless; f; f = f->next)
		task_warn(d->task, "without %.*s", STR_ARG(f->what));
	return E_OK;
}
