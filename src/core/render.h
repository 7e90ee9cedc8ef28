/*
 * The plug point of a renderer: documents that are not a printer's own bytes
 * become sheets (core/sheet.h).
 *
 * What a document came as is not trusted: the renderer of the daemon
 * (render/client.c) hands it to platen-render, a process that decodes each one
 * in a caged child, and passes on only the checked steps that come back.
 */
#ifndef CORE_RENDER_H
#define CORE_RENDER_H

#include "core/document.h"
#include "core/sheet.h"

#define TYPE_TEXT "text/plain"
#define TYPE_HTML "text/html"
#define TYPE_PDF "application/pdf"
#define TYPE_PNG "image/png"
#define TYPE_JPEG "image/jpeg"
#define TYPE_GIF "image/gif"
#define TYPE_BMP "image/bmp"
#define TYPE_WEBP "image/webp"
#define TYPE_SVG "image/svg+xml"
#define TYPE_RECEIPT "application/vnd.platen.receipt+json"
#define TYPE_RECEIPTLINE "text/vnd.receiptline"

/* How one document is to be rendered; a plain value. */
struct render_options {
	char type[64];
	struct abilities abilities;
	enum engine engine;           /* HTML */
	enum halftone_choice halftone;
	uint8_t threshold;            /* 1..255; 0: the renderer's own */
	uint32_t width_dots;          /* of the content; 0: all that the paper has */
	char encoding[24];            /* of text/plain that is not UTF-8; "": UTF-8 */
	bool scripts;                 /* HTML: run its scripts (Chromium only) */
	bool raster;                  /* never use the printer's own fonts */
	/* Who sent it may open the drawer; otherwise an engine refuses a document
	 * that would (E_NOT_ALLOWED, before its first step). */
	bool drawer;
	int64_t wall_ms;              /* the child is killed after this; 0: 5000 */
};

/* What the renderer has to say besides the steps. */
struct render_note {
	char engine[24];     /* what drew it: "text", "receipt", "html", "chromium", ... */
	char warning[256];   /* what it met and could not do; "" when nothing */
};

struct rendering;

struct renderer {
	bool (*takes)(const char *type);
	/*
	 * Worker thread, blocking. Steps go to the sink as they come. E_RENDERER
	 * with the name of what is not installed, E_UNSUPPORTED with what the
	 * engine lacks, E_DOCUMENT when the document is broken or its rendering
	 * died, E_TOO_LARGE past a ceiling, E_TIMEOUT, the sink's own error, or
	 * E_CANCELLED once `cancel_fd` is readable (-1: never).
	 */
	enum err (*render)(const struct document *doc, const struct render_options *o,
	    int cancel_fd, const struct sheet_sink *sink, struct render_note *note,
	    struct why *why);
};

#endif
