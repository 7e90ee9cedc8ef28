/*
 * A sheet as for a press, but the bytes are collected; then they are painted.
 */
#include "core/preview.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/print_sheet.h"
#include "net/mailbox.h"
#include "sys/thread.h"
#include "sys/wake.h"

#define STACK (512 * 1024)
#define BYTES_MOST (32u << 20)
#define PNG_MOST (16u << 20)

enum { MESSAGE_PREVIEW, MESSAGE_STOP };

struct order_preview {
	struct message m;
	struct preview_wish wish;
	preview_done *fn;
	void *arg;
	enum err err;
	struct why why;
	struct buf png;
};

struct previews {
	struct mailbox *inbox, *outbox;
	struct thread *thread; /* NULL until it is needed */
	size_t waiting;        /* not answered yet; loop thread */
	atomic_bool cancelled;
	int cancel_fd;         /* readable once cancelled */
};

/* --- the thread --------------------------------------------------------------------- */

struct making {
	const struct preview_wish *wish;
	struct composing setup;
	void *state; /* the composer's */
	struct buf bytes;
};

static enum err put(const struct step *step, void *arg, struct why *why)
{
	struct making *m = arg;
	return m->wish->language->compose(m->state, &m->setup, step, &m->bytes, why);
}

static enum err compose(struct making *m, int cancel_fd, struct why *why)
{
	const struct preview_wish *w = m->wish;
	const struct sheet_sink sink = { put, m };
	const struct render_options o = print_sheet_options(w->doc, &w->ticket,
	    &w->paper.abilities);
	struct render_note note = { 0 };
	enum err err;

	m->state = mem_alloc(w->language->composer_bytes);
	err = w->paper.renderer->render(w->doc, &o, cancel_fd, &sink, &note, why);
	if (!err)
		err = put(NULL, m, why);
	if (w->language->compose_finish)
		w->language->compose_finish(m->state);
	free(m->state);
	return err;
}

/* One paper below the other. */
static enum err take(const struct bitmap *dots, void *arg, struct why *why)
{
	struct bitmap *strip = arg;
	uint32_t y = strip->height_dots;

	if (dots->height_dots > PREVIEW_ROWS_MAX - y ||
	    !bitmap_need(strip, y + dots->height_dots))
		return why_fail(why, E_TOO_LARGE, "A preview has at most %u rows",
		    PREVIEW_ROWS_MAX);
	bitmap_draw(strip, 0, y, dots->rows, dots->stride, dots->width_dots, dots->height_dots,
	    1, 1);
	return E_OK;
}

static enum err paint(struct making *m, struct buf *png, struct why *why)
{
	const struct preview_wish *w = m->wish;
	bool ready = w->language->takes(w->doc->type);
	struct str bytes = ready ? (struct str){ (const char *)w->doc->bytes, w->doc->len }
				 : buf_str(&m->bytes);
	struct bitmap strip;
	enum err err;

	bitmap_init(&strip, w->paper.abilities.width_dots);
	err = w->language->paint(bytes, &m->setup, take, &strip, why);
	if (!err && !strip.height_dots)
		bitmap_need(&strip, 1); /* nothing is printed: a white row */
	if (!err)
		err = png_encode(&strip, w->paper.abilities.dpi, png, why);
	bitmap_finish(&strip);
	return err;
}

static enum err make(const struct preview_wish *w, int cancel_fd, struct buf *png,
    struct why *why)
{
	struct making m = { .wish = w,
		.setup = { w->paper.profile, &w->paper.abilities, &w->ticket } };
	enum err err = E_OK;

	buf_init(&m.bytes, BYTES_MOST);
	if (!w->language->takes(w->doc->type))
		err = compose(&m, cancel_fd, why);
	if (!err)
		err = paint(&m, png, why);
	buf_finish(&m.bytes);
	return err;
}

static void on_thread(void *arg)
{
	struct previews *p = arg;
	struct message *m;

	while ((m = mailbox_wait(p->inbox, -1))->kind != MESSAGE_STOP) {
		struct order_preview *o = CONTAINER_OF(m, struct order_preview, m);
		o->err = atomic_load(&p->cancelled) ? why_fail(&o->why, E_CANCELLED, NULL)
		    : make(&o->wish, p->cancel_fd, &o->png, &o->why);
		mailbox_post(p->outbox, m);
	}
	free(m);
}

/* --- the loop's side ------------------------------------------------------------------ */

static void on_made(struct message *m, void *arg)
{
	struct order_preview *o = CONTAINER_OF(m, struct order_preview, m);
	struct previews *p = arg;

	p->waiting--;
	o->fn(o->err, &o->why, buf_str(&o->png), o->arg);
	document_release(o->wish.doc);
	buf_finish(&o->png);
	free(o);
}

struct previews *previews_create(struct loop *loop)
{
	struct previews *p = mem_alloc(sizeof *p);

	p->inbox = mailbox_create();
	p->outbox = mailbox_create();
	p->cancel_fd = wake_open();
	mailbox_attach(p->outbox, loop, on_made, p);
	return p;
}

static enum err start(struct previews *p, struct why *why)
{
	if (p->thread)
		return E_OK;
	return thread_start(&p->thread, "preview", STACK, on_thread, p, why);
}

enum err previews_post(struct previews *p, const struct preview_wish *wish, preview_done *fn,
    void *arg, struct why *why)
{
	struct order_preview *o;
	enum err err;

	if (p->waiting == PREVIEWS_WAITING)
		return why_fail(why, E_QUEUE_FULL, "%u previews wait already", PREVIEWS_WAITING);
	if ((err = start(p, why)))
		return err;
	o = mem_alloc(sizeof *o);
	o->m.kind = MESSAGE_PREVIEW;
	o->wish = *wish;
	o->wish.doc = document_ref(wish->doc);
	o->wish.ticket.copies = 1;
	o->fn = fn;
	o->arg = arg;
	buf_init(&o->png, PNG_MOST);
	p->waiting++;
	mailbox_post(p->inbox, &o->m);
	return E_OK;
}

void previews_cancel(struct previews *p)
{
	atomic_store(&p->cancelled, true);
	wake_set(p->cancel_fd);
}

bool previews_idle(const struct previews *p)
{
	return p->waiting == 0;
}

void previews_destroy(struct previews *p)
{
	struct message *stop;

	if (!p)
		return;
	if (p->thread) {
		stop = mem_alloc(sizeof *stop);
		stop->kind = MESSAGE_STOP;
		mailbox_post(p->inbox, stop);
		thread_join(p->thread);
	}
	wake_close(p->cancel_fd);
	mailbox_destroy(p->inbox);
	mailbox_destroy(p->outbox);
	free(p);
}
