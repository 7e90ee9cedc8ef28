/*
 * The ring: a list with the newest at its end. Hundreds of entries, so what is
 * looked for is found by walking it.
 */
#include "core/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/audit_inside.h"
#include "core/front.h"
#include "core/platen.h"
#include "sys/clock.h"

struct audit {
	struct platen *platen;
	struct bus *bus;
	struct list ring;
	size_t count, readings, bytes;
	uint64_t last;
	struct subscription *subscription; /* while it listens */
};

struct audit *audit_create(struct platen *p)
{
	struct audit *a = mem_alloc(sizeof *a);

	a->platen = p;
	a->bus = bus_create();
	list_init(&a->ring);
	return a;
}

struct bus *audit_bus(struct audit *a)
{
	return a->bus;
}

/* --- the ring ------------------------------------------------------------------------ */

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static void weigh(struct audit *a, struct entry *e)
{
	a->bytes -= e->bytes;
	e->bytes = sizeof *e + size_of(e->caller) + size_of(e->target) + size_of(e->action) +
	    size_of(e->uuid) + size_of(e->request) + size_of(e->response) + size_of(e->text);
	a->bytes += e->bytes;
}

static void drop(struct audit *a, struct entry *e)
{
	list_remove(&e->node);
	a->count--;
	a->readings -= e->reading;
	a->bytes -= e->bytes;
	free(e->caller);
	free(e->target);
	free(e->action);
	free(e->uuid);
	free(e->request);
	free(e->response);
	free(e->text);
	free(e);
}

static struct entry *oldest_reading(const struct audit *a)
{
	LIST_EACH(&a->ring, node)
		if (LIST_OF(node, struct entry, node)->reading)
			return LIST_OF(node, struct entry, node);
	return NULL;
}

/* Until it fits; the newest one stays whatever it weighs. */
static void make_room(struct audit *a)
{
	if (a->readings > AUDIT_READINGS)
		drop(a, oldest_reading(a));
	while (a->count > AUDIT_ENTRIES || (a->bytes > AUDIT_BYTES && a->count > 1))
		drop(a, LIST_OF(a->ring.next, struct entry, node));
}

static struct entry *find(const struct audit *a, uint64_t id)
{
	for (struct list *n = a->ring.prev; n != &a->ring; n = n->prev)
		if (LIST_OF(n, struct entry, node)->id <= id)
			return LIST_OF(n, struct entry, node)->id == id
			    ? LIST_OF(n, struct entry, node) : NULL;
	return NULL;
}

static void tell(struct audit *a, enum event_kind kind, const struct entry *e,
    const struct job *job)
{
	struct event event = { .kind = kind, .entry = e, .job = job };

	bus_publish(a->bus, &event);
}

/* --- what happens to an entry -------------------------------------------------------- */

uint64_t audit_command(struct audit *a, const struct command *c)
{
	struct entry *e = entry_make(c);

	e->id = ++a->last;
	e->at = clock_wall();
	e->began = clock_mono();
	list_append(&a->ring, &e->node);
	a->count++;
	a->readings += e->reading;
	weigh(a, e);
	make_room(a);
	tell(a, EVENT_COMMAND, e, NULL);
	return a->last;
}

void audit_result(struct audit *a, uint64_t id, bool failed, struct str body)
{
	struct entry *e = find(a, id);

	if (!e || e->response)
		return;
	e->ms = clock_mono() - e->began;
	entry_answer(e, failed, body);
	if (failed && !e->accepted)
		e->job = 0; /* it was not taken after all */
	e->resendable &= e->job != 0;
	weigh(a, e);
	make_room(a);
	if (find(a, id))
		tell(a, EVENT_RESULT, e, NULL);
}

void audit_job(struct audit *a, uint64_t id, const struct job *job, const struct document *doc)
{
	struct entry *e = find(a, id);

	if (!e)
		return;
	e->job = job->id;
	e->state = job->state;
	str_copy(e->printer, sizeof e->printer, str_of(job->printer));
	free(e->text);
	e->text = entry_lines(doc);
	weigh(a, e);
}

/* A job is told of once it is on disk: then its ticket goes to those who asked. */
static void on_event(const struct event *event, void *arg)
{
	struct audit *a = arg;
	const struct job *job = event->job;

	if (event->kind != EVENT_JOB)
		return;
	LIST_EACH(&a->ring, node) {
		struct entry *e = LIST_OF(node, struct entry, node);
		bool first = e->job == job->id && !e->accepted;

		if (e->job != job->id)
			continue;
		e->state = job->state;
		e->accepted = true;
		tell(a, EVENT_COMMAND_JOB, e, job);
		if (first && job->kind == KIND_PRINT)
			tell(a, EVENT_TICKET, e, job);
	}
}

/* --- listening -------------------------------------------------------------------------- */

static bool is_shown(const struct config *c)
{
	for (size_t i = 0; i < c->listen_count; i++) {
		const struct listen_block *l = &c->listens[i];
		const struct dialect *d = l->enabled ? dialect_find(str_of(l->dialect)) : NULL;

		if (d && d->audits)
			return true;
	}
	return false;
}

static void clear(struct audit *a)
{
	bus_unsubscribe(a->subscription);
	a->subscription = NULL;
	LIST_EACH(&a->ring, node)
		drop(a, LIST_OF(node, struct entry, node));
}

void audit_load(struct audit *a, const struct config *c)
{
	struct platen *p = a->platen;
	bool shown = is_shown(c);

	if (shown == p->auditing)
		return;
	p->auditing = shown;
	if (shown)
		a->subscription = bus_subscribe(p->bus, on_event, a);
	else
		clear(a);
}

void audit_destroy(struct audit *a)
{
	if (!a)
		return;
	a->platen->auditing = false;
	clear(a);
	bus_destroy(a->bus);
	free(a);
}

/* --- reading ---------------------------------------------------------------------------- */

static bool holds(const char *text, struct str wanted)
{
	size_t len = text ? strlen(text) : 0;

	for (size_t i = 0; i + wanted.len <= len; i++)
		if (str_eq_nocase((struct str){ text + i, wanted.len }, wanted))
			return true;
	return false;
}

static bool has_text(const struct entry *e, struct str text)
{
	return !text.len || holds(e->request, text) || holds(e->response, text) ||
	    holds(e->action, text) || holds(e->target, text) || holds(e->caller, text) ||
	    holds(e->uuid, text) || holds(e->printer, text);
}

static enum audit_outcome outcome_of(const struct entry *e)
{
	if (!e->response)
		return OUTCOME_PENDING;
	return e->failed ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
}

static bool fits(const struct entry *e, const struct audit_query *q)
{
	return (!q->before || e->id < q->before) &&
	    (!q->dialect.len || str_is(q->dialect, e->dialect)) &&
	    (!q->printer.len || str_is(q->printer, e->printer)) &&
	    (q->outcome == OUTCOME_ANY || q->outcome == outcome_of(e)) && has_text(e, q->text);
}

const struct entry *audit_next(const struct audit *a, const struct entry *from,
    const struct audit_query *q)
{
	const struct list *n = from ? from->node.prev : a->ring.prev;

	for (; n != &a->ring; n = n->prev)
		if (fits(LIST_OF(n, const struct entry, node), q))
			return LIST_OF(n, const struct entry, node);
	return NULL;
}

const struct entry *audit_find(const struct audit *a, uint64_t id)
{
	return find(a, id);
}

void audit_range(const struct audit *a, uint64_t *oldest, uint64_t *newest)
{
	*oldest = a->count ? LIST_OF(a->ring.next, const struct entry, node)->id : 0;
	*newest = a->count ? LIST_OF(a->ring.prev, const struct entry, node)->id : 0;
}

bool audit_visible(const struct entry *e, const struct caller *c)
{
	return c->allow & CAP_STATUS && (!e->printer[0] || access_printer(c, e->printer));
}
