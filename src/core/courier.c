/*
 * Two mailboxes and a thread between them. A parcel belongs to whoever has it.
 */
#include "core/courier.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/fetch.h"
#include "sys/thread.h"

#define COURIER_STACK (512 * 1024) /* libcurl and the resolver */

enum { MESSAGE_PARCEL, MESSAGE_STOP };

struct courier {
	struct mailbox *inbox, *outbox;
	struct thread *thread; /* NULL until it is needed */
	size_t away;           /* parcels not answered yet; loop thread */
	atomic_bool cancelled;
};

/* --- parcels ---------------------------------------------------------------------- */

void parcel_init(struct parcel *p, const char *method, parcel_done *done, size_t reply_max)
{
	memset(p, 0, sizeof *p);
	p->m.kind = MESSAGE_PARCEL;
	p->method = method;
	p->done = done;
	buf_init(&p->body, 65536);
	buf_init(&p->reply, reply_max);
}

void parcel_header(struct parcel *p, const char *name, struct str value)
{
	size_t i = 0;

	while (i < PARCEL_HEADERS - 1 && p->headers[i])
		i++;
	p->headers[i] = mem_printf("%s: %.*s", name, STR_ARG(value));
}

void parcel_finish(struct parcel *p)
{
	for (size_t i = 0; i < PARCEL_HEADERS; i++) {
		if (p->headers[i])
			mem_wipe(p->headers[i], strlen(p->headers[i]));
		free(p->headers[i]);
	}
	free(p->url);
	free(p->ca_file);
	buf_finish(&p->body);
	buf_finish(&p->reply);
}

/* --- the thread ---------------------------------------------------------------------- */

static void carry(struct courier *c, struct parcel *p)
{
	const char *headers[PARCEL_HEADERS + 1] = { 0 };
	struct fetch f = {
		.method = p->method,
		.url = p->url,
		.headers = headers,
		.body = buf_str(&p->body),
		.timeout_ms = PARCEL_MS,
		.max_bytes = p->reply.max,
		.ca_file = p->ca_file,
		.cancelled = &c->cancelled,
	};

	memcpy(headers, p->headers, sizeof p->headers);
	if (atomic_load(&c->cancelled))
		p->err = why_fail(&p->why, E_CANCELLED, NULL);
	else
		p->err = fetch_run(&f, &p->status, &p->reply, &p->why);
}

static void on_thread(void *arg)
{
	struct courier *c = arg;
	struct message *m;

	while ((m = mailbox_wait(c->inbox, -1))->kind != MESSAGE_STOP) {
		carry(c, CONTAINER_OF(m, struct parcel, m));
		mailbox_post(c->outbox, m);
	}
	free(m);
}

/* --- the loop's side ------------------------------------------------------------------- */

static void on_answer(struct message *m, void *arg)
{
	struct parcel *p = CONTAINER_OF(m, struct parcel, m);
	struct courier *c = arg;

	c->away--;
	p->done(p);
}

struct courier *courier_create(struct loop *loop)
{
	struct courier *c = mem_alloc(sizeof *c);

	c->inbox = mailbox_create();
	c->outbox = mailbox_create();
	mailbox_attach(c->outbox, loop, on_answer, c);
	return c;
}

void courier_send(struct courier *c, struct parcel *p)
{
	c->away++;
	if (!c->thread &&
	    thread_start(&c->thread, "courier", COURIER_STACK, on_thread, c, &p->why)) {
		p->err = p->why.err;
		mailbox_post(c->outbox, &p->m);
		return;
	}
	mailbox_post(c->inbox, &p->m);
}

void courier_cancel(struct courier *c)
{
	atomic_store(&c->cancelled, true);
}

bool courier_idle(const struct courier *c)
{
	return c->away == 0;
}

void courier_destroy(struct courier *c)
{
	struct message *stop;

	if (!c)
		return;
	if (c->thread) {
		stop = mem_alloc(sizeof *stop);
		stop->kind = MESSAGE_STOP;
		mailbox_post(c->inbox, stop);
		thread_join(c->thread);
	}
	mailbox_destroy(c->inbox);
	mailbox_destroy(c->outbox);
	free(c);
}
