/*
 * What the backend is still to be told. The store has one row for each report,
 * written in the commit that made it due (queue.c) or here for what never was a
 * job; memory has the first of them, ready to be sent. A row goes when the
 * backend took it or said that it never will.
 */
#include "core/uplink_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "sys/clock.h"

#define OWED_MAX 1024  /* in memory */
#define PAGE 256       /* rows read at once */
#define BODY_MAX 4096
#define REPLY_MAX 65536
#define NAME_SIZE 160
#define HTTP_UNAUTHORIZED 401

/* One report. */
struct owed {
	struct list node;
	char name[NAME_SIZE]; /* of its row */
	job_id job;           /* 0: what never was one */
	bool doubt;           /* about an unconfirmed job: told before its end is */
	bool behind;          /* such a one is here still */
	char remote[129], status[24];
	char *body;
	int64_t due;          /* mono */
	struct backoff backoff;
	bool leaving;         /* its row is being dropped */
};

static void look(struct uplink *u);

static void on_timer(void *arg)
{
	look(arg);
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

static struct owed *find(struct uplink *u, const char *name)
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
	struct owed *w = find(u, name);

	if (w && w->leaving)
		u->outbox.more = true; /* owed once more: read again when it has gone */
	if (w)
		return false;
	if (u->outbox.count < OWED_MAX)
		return true;
	u->outbox.more = true;
	return false;
}

void outbox_job_row(const struct uplink *u, const struct job *job, char name[static NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "report/%s/%020lld/%s", u->name, (long long)job->id,
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
	char name[NAME_SIZE];

	outbox_job_row(u, job, name);
	add_job(u, job, name);
	look(u);
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
	look(u);
	uplink_changed(u->all);
}

/* --- reading what the store has ---------------------------------------------------------- */

struct row {
	char name[NAME_SIZE];
	struct buf text;
	struct job *job; /* NULL: text says it all, or the job is forgotten */
	job_id id;
};

struct page {
	struct task task;
	struct uplink *uplink;
	char prefix[NAME_SIZE];
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

static void drop_row(struct uplink *u, const char *name);

static void take_row(struct uplink *u, struct row *r)
{
	if (r->job) {
		add_job(u, r->job, r->name);
	} else if (!r->id) {
		add_row(u, r->name, buf_str(&r->text));
	} else {
		log_error("uplink.report", "%s: the report %s cannot be made: its job is forgotten",
		    u->name, r->name);
		drop_row(u, r->name);
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
	look(u);
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
	char name[NAME_SIZE];
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
	struct owed *w = find(u, r->name);

	if (t->err)
		log_error("uplink.report", "%s: %s stays: %s", u->name, r->name, t->why.text);
	if (w)
		owed_free(u, w);
	free(r);
	look(u);
	if (!u->gone)
		uplink_changed(u->all);
	uplink_release(u);
}

static void drop_row(struct uplink *u, const char *name)
{
	struct removal *r = mem_alloc(sizeof *r);

	r->task.run = run_removal;
	r->task.done = on_removed;
	r->uplink = u;
	str_copy(r->name, sizeof r->name, str_of(name));
	uplink_hold(u);
	clerk_post(u->all->platen->clerk, &r->task);
}

/* --- telling -------------------------------------------------------------------------------- */

struct telling {
	struct parcel parcel;
	struct uplink *uplink;
	char name[NAME_SIZE];
};

/* What an answer means for the report. */
static enum judgement { TAKEN, AGAIN, UNWELCOME, NEVER } judge(int status)
{
	if (status >= 200 && status <= 299)
		return TAKEN;
	if (status == HTTP_UNAUTHORIZED)
		return UNWELCOME;
	if (status >= 400 && status <= 499 && status != 408 && status != 425 && status != 429)
		return NEVER;
	return AGAIN;
}

static void leave(struct uplink *u, struct owed *w)
{
	w->leaving = true;
	backoff_reset(&u->outbox.backoff);
	drop_row(u, w->name);
}

/* One report may be what the backend stumbles over, so the others go on, but
 * not in a rush. */
static void again(struct uplink *u, struct owed *w, const struct why *why)
{
	int64_t now = clock_mono();

	w->due = now + backoff_next(&w->backoff);
	u->outbox.paused_until = now + backoff_next(&u->outbox.backoff);
	uplink_trouble(u, "reports", why);
}

static void settle(struct uplink *u, struct owed *w, const struct telling *t)
{
	const struct parcel *p = &t->parcel;
	struct why why = p->why;
	enum judgement judgement = p->err ? AGAIN : judge(p->status);

	if (!p->err)
		why_fail(&why, E_LOST, "The backend answered %d to a report", p->status);
	switch (judgement) {
	case TAKEN:
		leave(u, w);
		pairing_rejected(u->all->platen->pairing, false);
		if (channels_joined(u))
			uplink_trouble(u, "", NULL);
		break;
	case NEVER:
		log_error("uplink.report", "%s: the backend does not take the report about %s (%d)",
		    u->name, w->remote, p->status);
		leave(u, w);
		break;
	case UNWELCOME:
		u->outbox.paused_until = clock_mono() + REJECTED_MS;
		uplink_trouble(u, "reports", &why);
		pairing_rejected(u->all->platen->pairing, true);
		break;
	case AGAIN:
		again(u, w, &why);
		break;
	}
}

static void on_told(struct parcel *parcel)
{
	struct telling *t = CONTAINER_OF(parcel, struct telling, parcel);
	struct uplink *u = t->uplink;
	struct owed *w = find(u, t->name);

	u->outbox.sending = false;
	if (w && !u->gone)
		settle(u, w, t);
	parcel_finish(parcel);
	free(t);
	look(u);
	uplink_release(u);
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

/* RFC 3986; a lone dot or two would be a step in the path. */
static void add_encoded(struct buf *out, const char *id)
{
	bool dots = strspn(id, ".") == strlen(id);

	for (; *id; id++) {
		if (is_plain(*id) && !dots)
			buf_add_byte(out, (uint8_t)*id);
		else
			buf_printf(out, "%%%02X", (unsigned char)*id);
	}
}

static bool is_header_text(const char *id)
{
	while (*id >= 0x21 && *id <= 0x7e)
		id++;
	return !*id;
}

static void add_key(struct parcel *p, const struct owed *w)
{
	struct buf key;

	buf_init(&key, 1024);
	if (is_header_text(w->remote))
		buf_puts(&key, w->remote);
	else
		add_encoded(&key, w->remote);
	buf_printf(&key, ":%s", w->status);
	parcel_header(p, "Idempotency-Key", buf_str(&key));
	buf_finish(&key);
}

static void tell(struct uplink *u, const struct owed *w)
{
	struct telling *t = mem_alloc(sizeof *t);
	struct buf path;

	parcel_init(&t->parcel, "PATCH", on_told, REPLY_MAX);
	t->uplink = u;
	str_copy(t->name, sizeof t->name, str_of(w->name));
	buf_init(&path, 1024);
	buf_puts(&path, u->kind->report_path);
	add_encoded(&path, w->remote);
	if (!uplink_address(u, &t->parcel, buf_cstr(&path))) {
		buf_finish(&path);
		parcel_finish(&t->parcel);
		free(t);
		return; /* not paired: uplinks_load resumes */
	}
	buf_finish(&path);
	parcel_header(&t->parcel, "Content-Type", STR("application/json"));
	add_key(&t->parcel, w);
	buf_puts(&t->parcel.body, w->body);
	u->outbox.sending = true;
	uplink_hold(u);
	courier_send(u->all->courier, &t->parcel);
}

/* The next report that is due; else NULL, and when there will be one. */
static struct owed *next_due(struct uplink *u, int64_t *at)
{
	int64_t now = clock_mono();

	*at = INT64_MAX;
	LIST_EACH(&u->outbox.owed, node) {
		struct owed *w = LIST_OF(node, struct owed, node);
		int64_t due = w->due > u->outbox.paused_until ? w->due : u->outbox.paused_until;

		if (w->leaving || w->behind)
			continue;
		if (due <= now)
			return w;
		*at = due < *at ? due : *at;
	}
	return NULL;
}

static void look(struct uplink *u)
{
	struct outbox *o = &u->outbox;
	struct owed *w;
	int64_t at;

	if (u->gone || u->all->closing)
		return;
	if (o->more && o->count < OWED_MAX / 2)
		outbox_load(u);
	if (o->sending)
		return;
	w = next_due(u, &at);
	if (w)
		tell(u, w);
	else if (at != INT64_MAX)
		timer_arm(o->timer, at - clock_mono() > 0 ? at - clock_mono() : 0, 0);
}

void outbox_resume(struct uplink *u)
{
	u->outbox.paused_until = 0;
	look(u);
}
