/*
 * What the backend is still to be told. The store has one row for each report,
 * written in the commit that made it due (queue.c) or here for what never was a
 * job; memory has the first of them, ready to be sent.
 */
#include "core/uplink_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "sys/clock.h"

#define PAGE 256       /* rows read at once */
#define BODY_MAX 4096

static void on_timer(void *arg)
{
	report_next(arg);
}

void outbox_init(struct uplink *u)
{
	struct outbox *o = &u->outbox;

	list_init(&o->owed);
	o->backoff = (struct backoff){ .first_ms = 1000, .max_ms = 60000 };
	o->timer = timer_create_on(u->all->platen->loop, on_timer, u);
}

/* The other report about the job of `w`, if there is one. */
static struct owed *other_of(struct uplink *u, const struct owed *w)
{
	LIST_EACH(&u->outbox.owed, node) {
		struct owed *other = LIST_OF(node, struct owed, node);

		if (w->job && other != w && other->job == w->job && other->doubt != w->doubt)
			return other;
	}
	return NULL;
}

static void owed_free(struct uplink *u, struct owed *w)
{
	struct owed *other = w->doubt ? other_of(u, w) : NULL;

	if (other)
		other->behind = false;
	list_remove(&w->node);
	u->outbox.count--;
	free(w->body);
	free(w);
}

void outbox_finish(struct uplink *u)
{
	LIST_EACH(&u->outbox.owed, node)
		owed_free(u, LIST_OF(node, struct owed, node));
	timer_destroy(u->outbox.timer);
}

bool outbox_owes(const struct job *job)
{
	return job_state_ended(job->state) || job->state == JOB_UNCONFIRMED;
}

/* --- adding -------------------------------------------------------------------------- */

struct owed *outbox_find(struct uplink *u, const char *name)
{
	LIST_EACH(&u->outbox.owed, node) {
		struct owed *w = LIST_OF(node, struct owed, node);

		if (strcmp(w->name, name) == 0)
			return w;
	}
	return NULL;
}

/* Takes `w`. */
static void insert(struct uplink *u, struct owed *w)
{
	struct owed *other;

	w->backoff = (struct backoff){ .first_ms = 1000, .max_ms = 60000 };
	list_append(&u->outbox.owed, &w->node);
	u->outbox.count++;
	other = other_of(u, w);
	w->behind = other && !w->doubt;
	if (other && w->doubt)
		other->behind = true;
}

/* Room for another, which is not there yet. What has no room stays in the store. */
static bool wanted(struct uplink *u, const char *name)
{
	struct owed *w = outbox_find(u, name);

	if (w && w->leaving)
		u->outbox.more = true; /* owed once more: read again when it has gone */
	if (w)
		return false;
	if (u->outbox.count < OUTBOX_MAX)
		return true;
	u->outbox.more = true;
	return false;
}

void outbox_job_row(const struct uplink *u, const struct job *job, char name[static REPORT_NAME])
{
	snprintf(name, REPORT_NAME, "report/%s/%020lld/%s", u->name, (long long)job->id,
	    job_state_name(job->state));
}

static void write_body(const struct uplink *u, const struct job *job, struct buf *body)
{
	const struct device *d = device_of_job(&u->all->platen->devices, job->printer);

	u->kind->report(job, d ? d->uuid : NULL, body);
}

static void add_job(struct uplink *u, const struct job *job, const char *name)
{
	struct owed *w;
	struct buf body;

	if (!wanted(u, name))
		return;
	buf_init(&body, BODY_MAX);
	write_body(u, job, &body);
	w = mem_alloc(sizeof *w);
	str_copy(w->name, sizeof w->name, str_of(name));
	w->job = job->id;
	w->doubt = job->state == JOB_UNCONFIRMED;
	str_copy(w->remote, sizeof w->remote, str_of(job->remote));
	str_copy(w->status, sizeof w->status, str_of(u->kind->outcome(job)));
	w->body = mem_strndup((const char *)body.ptr, body.len);
	buf_finish(&body);
	insert(u, w);
}

void outbox_add(struct uplink *u, const struct job *job)
{
	char name[REPORT_NAME];

	outbox_job_row(u, job, name);
	add_job(u, job, name);
	report_next(u);
	uplink_changed(u->all);
}

/* A row's text: id, status and body, a line each. */
void outbox_refusal(const struct uplink *u, const struct job *job, struct buf *name,
    struct buf *text)
{
	char digest[65];

	sha256_hex(str_of(job->remote), digest);
	buf_printf(name, "report/%s/refused/%s", u->name, digest);
	buf_printf(text, "%s\n%s\n", job->remote, u->kind->outcome(job));
	write_body(u, job, text);
}

static void add_row(struct uplink *u, const char *name, struct str text)
{
	struct str rest, body, remote = str_cut(text, '\n', &rest);
	struct str status = str_cut(rest, '\n', &body);
	struct owed *w;

	if (!wanted(u, name))
		return;
	w = mem_alloc(sizeof *w);
	str_copy(w->name, sizeof w->name, str_of(name));
	str_copy(w->remote, sizeof w->remote, remote);
	str_copy(w->status, sizeof w->status, status);
	w->body = mem_strndup(body.ptr, body.len);
	insert(u, w);
}

void outbox_add_row(struct uplink *u, const char *name, struct str text)
{
	add_row(u, name, text);
	report_next(u);
	uplink_changed(u->all);
}

/* --- reading what the store has ---------------------------------------------------------- */

struct row {
	char name[REPORT_NAME];
	struct buf text;
	struct job *job; /* NULL: text says it all, or the job is forgotten */
	job_id id;
};

struct page {
	struct task task;
	struct uplink *uplink;
	char prefix[REPORT_NAME];
	struct row *rows;
	size_t count, room;
	bool more;
};

/* The rows of one job are never torn apart. */
static void collect(const char *name, struct str bytes, void *arg)
{
	struct page *p = arg;
	struct row *r = &p->rows[p->count];
	uint64_t id = 0;
	struct str rest;

	str_to_u64(str_cut(str_of(name + strlen(p->prefix)), '/', &rest), &id);
	if (p->count >= p->room && (!id || p->rows[p->count - 1].id != (job_id)id))
		p->more = true;
	if (p->more || strlen(name) >= sizeof r->name || p->count >= p->room + JOB_STATES)
		return;
	p->count++;
	r->id = (job_id)id;
	str_copy(r->name, sizeof r->name, str_of(name));
	buf_init(&r->text, BODY_MAX + 256);
	buf_add_str(&r->text, bytes);
}

/* The state that the row is about: the job may have gone on since. */
static void read_state(struct row *r)
{
	enum job_state state;

	if (job_state_parse(str_of(strrchr(r->name, '/') + 1), &state) && r->job->state != state) {
		r->job->state = state;
		r->job->err = state == JOB_UNCONFIRMED ? E_UNCONFIRMED : r->job->err;
	}
}

static enum err run_page(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct page *p = CONTAINER_OF(t, struct page, task);
	enum err err = plug->each_value(s, p->prefix, collect, p, why);

	for (size_t i = 0; i < p->count && !err; i++) {
		struct row *r = &p->rows[i];

		if (!r->id)
			continue;
		r->job = mem_alloc(sizeof *r->job);
		err = plug->get_job(s, r->id, r->job, why);
		if (err) {
			free(r->job);
			r->job = NULL;
		} else {
			read_state(r);
		}
		err = err == E_NOT_FOUND ? E_OK : err;
	}
	return err;
}

static void take_row(struct uplink *u, struct row *r)
{
	if (r->job) {
		add_job(u, r->job, r->name);
	} else if (!r->id) {
		add_row(u, r->name, buf_str(&r->text));
	} else {
		log_error("uplink.report", "%s: the report %s cannot be made: its job is forgotten",
		    u->name, r->name);
		outbox_drop(u, r->name);
	}
}

static void on_page(struct task *t)
{
	struct page *p = CONTAINER_OF(t, struct page, task);
	struct uplink *u = p->uplink;

	u->outbox.loading = false;
	u->outbox.more |= p->more;
	if (t->err)
		log_error("uplink.report", "%s: reports cannot be read: %s", u->name, t->why.text);
	for (size_t i = 0; i < p->count; i++) {
		if (!t->err && !u->gone)
			take_row(u, &p->rows[i]);
		buf_finish(&p->rows[i].text);
		free(p->rows[i].job);
	}
	free(p->rows);
	free(p);
	report_next(u);
	if (!u->gone)
		uplink_changed(u->all);
	uplink_release(u);
}

void outbox_load(struct uplink *u)
{
	struct page *p;

	if (u->outbox.loading || u->all->closing)
		return;
	p = mem_alloc(sizeof *p);
	p->task.run = run_page;
	p->task.done = on_page;
	p->task.read_only = true;
	p->uplink = u;
	p->room = u->outbox.count + PAGE; /* the first ones are here already */
	p->rows = mem_array(p->room + JOB_STATES, sizeof *p->rows);
	snprintf(p->prefix, sizeof p->prefix, "report/%s/", u->name);
	u->outbox.loading = true;
	u->outbox.more = false;
	uplink_hold(u);
	clerk_post(u->all->platen->clerk, &p->task);
}

/* --- dropping a row ------------------------------------------------------------------------- */

struct removal {
	struct task task;
	struct uplink *uplink;
	char name[REPORT_NAME];
};

static enum err run_removal(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	return plug->drop_value(s, CONTAINER_OF(t, struct removal, task)->name, why);
}

/* A row that stays is told again after the next start: with the same key. */
static void on_removed(struct task *t)
{
	struct removal *r = CONTAINER_OF(t, struct removal, task);
	struct uplink *u = r->uplink;
	struct owed *w = outbox_find(u, r->name);

	if (t->err)
		log_error("uplink.report", "%s: %s stays: %s", u->name, r->name, t->why.text);
	if (w)
		owed_free(u, w);
	free(r);
	report_next(u);
	if (!u->gone)
		uplink_changed(u->all);
	uplink_release(u);
}

void outbox_drop(struct uplink *u, const char *name)
{
	struct removal *r = mem_alloc(sizeof *r);

	r->task.run = run_removal;
	r->task.done = on_removed;
	r->uplink = u;
	str_copy(r->name, sizeof r->name, str_of(name));
	uplink_hold(u);
	clerk_post(u->all->platen->clerk, &r->task);
}
