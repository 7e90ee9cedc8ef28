/*
 * Previews: a document carried to its paper without a printer. The same bytes that a
 * job would send are made, by renderer and composer, and painted by the language
 * that knows them; what comes is a PNG of the dots.
 *
 * A thread of its own does it, one preview after the other, started by the first.
 * Loop thread only.
 */
#ifndef CORE_PREVIEW_H
#define CORE_PREVIEW_H

#include "core/print.h"

struct loop;
struct previews;

#define PREVIEWS_WAITING 16
#define PREVIEW_ROWS_MAX 60000 /* of all papers below each other */

/* What is to be shown; all of it is copied, the document referred to. */
struct preview_wish {
	const struct language *language; /* has a `paint` */
	struct press_paper paper;
	struct document *doc;
	struct ticket ticket;            /* one copy is shown */
};

/* Once, on the loop: the picture, or why there is none. */
typedef void preview_done(enum err err, const struct why *why, struct str png, void *arg);

struct previews *previews_create(struct loop *loop);
/* E_QUEUE_FULL when too many wait; else `fn` will be called. */
enum err previews_post(struct previews *p, const struct preview_wish *wish, preview_done *fn,
    void *arg, struct why *why);
/* What has not begun ends with E_CANCELLED, what runs is stopped; `fn` is still called. */
void previews_cancel(struct previews *p);
bool previews_idle(const struct previews *p);
void previews_destroy(struct previews *p); /* idle by now; NULL is allowed */

#endif
