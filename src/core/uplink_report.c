/*
 * Telling the backend: one report at a time for each uplink. A report leaves the
 * outbox when the backend took it, or said that it never will.
 */
#include "core/uplink_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "sys/clock.h"

#define REPLY_MAX 65536
#define HTTP_UNAUTHORIZED 401

struct telling {
	struct parcel parcel;
	struct uplink *uplink;
	char name[REPORT_NAME];
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
	outbox_drop(u, w->name);
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
	struct owed *w = outbox_find(u, t->name);

	u->outbox.sending = false;
	if (w && !u->gone)
		settle(u, w, t);
	parcel_finish(parcel);
	free(t);
	report_next(u);
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

void report_next(struct uplink *u)
{
	struct outbox *o = &u->outbox;
	struct owed *w;
	int64_t at;

	if (u->gone || u->all->closing)
		return;
	if (o->more && o->count < OUTBOX_MAX / 2)
		outbox_load(u);
	if (o->sending)
		return;
	w = next_due(u, &at);
	if (w)
		tell(u, w);
	else if (at != INT64_MAX)
		timer_arm(o->timer, at - clock_mono() > 0 ? at - clock_mono() : 0, 0);
}

void report_resume(struct uplink *u)
{
	u->outbox.paused_until = 0;
	report_next(u);
}
