/*
 * One HTML or SVG document on its way to paper.
 */
#ifndef RENDER_HTML_DOC_H
#define RENDER_HTML_DOC_H

#include "render/engine.h"
#include "render/html/dom.h"
#include "render/html/style.h"

/* What something that is met and not implemented does to the picture. */
enum feature_class {
	FEATURE_HARMLESS, /* looks: a shadow, a transition */
	FEATURE_LAYOUT,   /* something may be missing, misplaced or cut off */
};

struct feature {
	struct feature *next;
	struct str what;
};

struct sheet;
struct fonts;
struct face;

struct page_size {
	struct len margin[4];
	float width, height;   /* dots; 0: auto */
};

struct doc {
	struct arena arena;
	const struct task *task;
	const struct sheet *browser_sheet; /* shared, not of this arena */
	struct dom dom;
	float dots_per_px;
	uint32_t paper_width;   /* dots */
	float width;            /* of the root box: paper less the margins of @page */
	size_t token_budget;
	struct sheet *sheet;
	struct page_size page;
	struct fonts *fonts;
	struct feature *features, *harmless;
	unsigned feature_count;
};

/* Record something that is not implemented; each is kept once. */
void feature_note(struct doc *d, enum feature_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Elements and attributes that no style tells of: scripts, frames, plug-ins,
 * things to be fetched.
 */
void feature_scan(struct doc *d);
/*
 * What the task's engine choice says to what was recorded, before anything is
 * printed: E_OK (with a warning in the note), E_HANDOVER when a browser is to
 * draw it instead, E_UNSUPPORTED under `strict`.
 */
enum err feature_verdict(const struct doc *d, struct why *why);

#endif
