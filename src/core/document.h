/*
 * Documents: the bytes a client wants on paper, immutable once made and
 * shared by reference between the loop, the clerk and a worker.
 */
#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define TYPE_ESCPOS "application/vnd.escpos" /* bytes in ESC/POS */
#define TYPE_RAW "application/octet-stream"  /* bytes in the printer's own language */

struct document {
	_Atomic unsigned refs;
	char type[64];      /* media type, lower case, without parameters */
	uint8_t *bytes;
	size_t len;
	uint32_t *ends;     /* where each chunk ends; NULL: one chunk */
	size_t chunks;      /* at least 1 unless len is 0 */
};

/* Takes the bytes of `b` (it is empty afterwards) and a copy of `ends`. */
struct document *document_create(const char *type, struct buf *b, const uint32_t *ends,
    size_t chunks);
struct document *document_ref(struct document *d); /* any thread; returns d */
void document_release(struct document *d);         /* any thread; NULL is allowed */
struct str document_chunk(const struct document *d, size_t i);

/*
 * How a document is to be printed. A plain value; the store keeps it as JSON.
 */
enum cut { CUT_NONE, CUT_PARTIAL, CUT_FULL };
/* What draws a page of HTML: the built-in engine, and Chromium where that would
 * get it wrong; one of the two; or the built-in one or nothing. */
enum engine { ENGINE_AUTO, ENGINE_BUILTIN, ENGINE_CHROMIUM, ENGINE_STRICT };
enum halftone_choice { HALFTONE_AUTO, HALFTONE_THRESHOLD, HALFTONE_DIFFUSION, HALFTONE_ATKINSON,
	HALFTONE_ORDERED, HALFTONE_BLUE_NOISE };

struct ticket {
	unsigned copies;       /* 1.. */
	enum cut cut;
	unsigned feed_lines;   /* before the cut */
	unsigned beeps;        /* after the cut: ESC B 1 1, this many times */
	int64_t beep_delay;    /* after each, ms */
	int64_t chunk_delay;   /* after each chunk, ms */
	unsigned drawer_pin;   /* 2 or 5, for KIND_KICK */
	unsigned drawer_on;    /* units of 2 ms: t1 and t2 of ESC p */
	unsigned drawer_off;
	char banner[48];       /* printed above the document ("COPY OF JOB 12"); "": none */
	bool init;             /* ESC @ first */
	bool exact;            /* no questions on its wire, unless the printer's confirm is fence */
	bool has_tail;         /* `tail` replaces feed and cut */
	uint8_t tail_len;
	uint8_t tail[64];
	/* Of a document that has to be rendered; core/render.h says what they mean. */
	enum engine engine;
	enum halftone_choice halftone;
	unsigned threshold;
	unsigned width_dots;
	char encoding[24];
	bool scripts, raster;
	bool open_drawer;      /* a pulse on drawer_pin after the last copy */
	bool drawer_allowed;   /* who sent it may open the drawer: a document may, too */
};

/* One copy, no cut, init, 50 ms on and 500 ms off on pin 2 for a drawer: what a
 * job gets unless it asks for more. */
struct ticket ticket_default(void);
/* Set "cut", "engine" or "halftone" by its word; false: it has no such word. */
bool ticket_choose(struct ticket *t, const char *name, struct str word);
void ticket_write(const struct ticket *t, struct buf *json);
bool ticket_read(struct str json, struct ticket *t); /* unknown members are ignored */

#endif
