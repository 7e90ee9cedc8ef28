/*
 * What clients are told unasked. An event is encoded once for each dialect that
 * has listeners, a notice once for each change; the frame is shared by all who
 * get it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/audit.h"
#include "core/session_inside.h"

#define MESSAGE_MAX 1048576
#define BEHIND_MS 50 /* how often a slow reader is looked at */

/* What the clients of a dialect were last told of a device. */
struct notice {
	const struct dialect *dialect;
	char device[64];
	char *told;     /* NULL: nothing was known yet */
	int64_t at;     /* mono */
	bool due;       /* it has changed since, too early to be told */
};

/* --- events ------------------------------------------------------------------------- */

static bool may_see(const struct session *s, const struct event *e)
{
	if (!(s->caller.allow & CAP_STATUS))
		return false;
	if (e->entry)
		return audit_visible(e->entry, &s->caller);
	if (e->kind == EVENT_JOB)
		return access_printer(&s->caller, e->job->printer);
	return !e->device || access_printer(&s->caller, e->device->name);
}

static bool wants(const struct session *s, const struct event *e)
{
	const struct messages *m = s->dialect->messages;

	return m->wants ? m->wants(s, e) : may_see(s, e);
}

/* One dialect's words for the event being told. */
struct telling {
	const struct dialect *dialect;
	unsigned topics;
	struct ws_frame *frame;
};

static struct telling put_into_words(struct platen *p, const struct dialect *d,
    const struct event *e)
{
	struct telling t = { .dialect = d };
	struct buf out;

	if (!d->messages->event || (e->entry && !d->audits))
		return t;
	buf_init(&out, MESSAGE_MAX);
	t.topics = d->messages->event(p, e, &out);
	if (t.topics && out.len && !out.failed)
		t.frame = ws_frame_text(buf_str(&out));
	buf_finish(&out);
	return t;
}

#define TELLINGS_MAX 8

/* Past TELLINGS_MAX dialects the last one is put into words anew each time. */
static struct telling *telling_of(struct telling *told, size_t *count, struct platen *p,
    const struct dialect *d, const struct event *e)
{
	for (size_t i = 0; i < *count; i++)
		if (told[i].dialect == d)
			return &told[i];
	if (*count == TELLINGS_MAX)
		ws_frame_release(told[--*count].frame);
	told[*count] = put_into_words(p, d, e);
	return &told[(*count)++];
}

/* --- those who do not read ---------------------------------------------------------- */

static size_t unsent(const struct session *s)
{
	return s->ws && ws_conn(s->ws) ? conn_queued(ws_conn(s->ws)) : 0;
}

/* Most of what it had to read is read. */
static bool has_caught_up(const struct session *s)
{
	return unsent(s) <= s->dialect->messages->behind_max / 4;
}

static void tell_missed(struct session *s)
{
	struct buf out;

	buf_init(&out, 1024);
	s->dialect->messages->missed(s->missed_from, s->missed_to, &out);
	s->missed_from = s->missed_to = 0;
	session_say(s, buf_str(&out));
	buf_finish(&out);
}

static void on_behind(void *arg)
{
	struct sessions *all = arg;
	bool any = false;

	LIST_EACH(&all->listening, node) {
		struct session *s = LIST_OF(node, struct session, listening);

		if (s->missed_to && has_caught_up(s))
			tell_missed(s);
		any |= s->missed_to != 0;
	}
	if (!any)
		timer_disarm(all->behind_timer);
}

/* Whether it is left out; what it misses is told once it reads again. */
static bool leave_out(struct sessions *all, struct session *s, const struct event *e)
{
	uint64_t id = e->entry ? e->entry->id : 0;

	if (!s->dialect->messages->missed || !id)
		return false;
	if (s->missed_to && has_caught_up(s))
		tell_missed(s);
	if (!s->missed_to && unsent(s) <= s->dialect->messages->behind_max)
		return false;
	if (!s->missed_from || id < s->missed_from)
		s->missed_from = id;
	if (id > s->missed_to)
		s->missed_to = id;
	if (!timer_armed(all->behind_timer))
		timer_arm(all->behind_timer, BEHIND_MS, BEHIND_MS);
	return true;
}

static void tell_event(struct sessions *all, const struct event *e)
{
	struct telling told[TELLINGS_MAX];
	size_t count = 0;

	LIST_EACH(&all->listening, node) {
		struct session *s = LIST_OF(node, struct session, listening);
		struct telling *t = telling_of(told, &count, all->platen, s->dialect, e);

		if (t->frame && t->topics & s->topics && s->ws && wants(s, e) &&
		    !leave_out(all, s, e))
			ws_send_frame(s->ws, t->frame);
	}
	while (count)
		ws_frame_release(told[--count].frame);
}

/* --- notices ----------------------------------------------------------------------------- */

static struct notice *notice_of(struct sessions *all, const struct dialect *dialect,
    const char *device)
{
	char text[160];
	int n = snprintf(text, sizeof text, "%s\n%s", dialect->name, device);
	struct str key = { text, (size_t)n };
	struct notice *notice = map_get(&all->notices, key);

	if (notice)
		return notice;
	notice = mem_alloc(sizeof *notice);
	notice->dialect = dialect;
	str_copy(notice->device, sizeof notice->device, str_of(device));
	map_put(&all->notices, key, notice);
	return notice;
}

static bool is_told(const struct session *s, const struct notice *n)
{
	const struct messages *m = n->dialect->messages;

	return s->dialect == n->dialect && s->ws && !s->late && s->caller.allow & CAP_STATUS &&
	    (!m->noticed || m->noticed(s)) && access_printer(&s->caller, n->device);
}

static void spread(struct sessions *all, const struct notice *n)
{
	struct ws_frame *frame = ws_frame_text(str_of(n->told));

	LIST_EACH(&all->list, node) {
		struct session *s = LIST_OF(node, struct session, node);

		if (is_told(s, n))
			ws_send_frame(s->ws, frame);
	}
	ws_frame_release(frame);
}

/* Whether it differs from what was told; the new text is kept only when `keep`. */
static bool differs(struct sessions *all, struct notice *n, const struct device *d, bool first)
{
	struct buf out;
	bool changed = false;

	buf_init(&out, MESSAGE_MAX);
	if (n->dialect->messages->notice(all->platen, d, &out) &&
	    (!n->told || strcmp(n->told, buf_cstr(&out)) != 0)) {
		changed = n->told && !first;
		free(n->told);
		n->told = mem_strdup(buf_cstr(&out));
	}
	buf_finish(&out);
	return changed;
}

static void look_at(struct sessions *all, struct notice *n, const struct device *d)
{
	int64_t now = loop_now(all->platen->loop), wait = n->at + n->dialect->messages->notice_ms;

	if (n->at && now < wait) {
		n->due = true;
		if (!timer_armed(all->notice_timer))
			timer_arm(all->notice_timer, wait - now, 0);
		return;
	}
	n->due = false;
	if (!differs(all, n, d, false))
		return;
	n->at = now;
	spread(all, n);
}

static void on_notice_due(void *arg)
{
	struct sessions *all = arg;
	size_t at = 0;
	struct str key;
	void *value;

	while (map_next(&all->notices, &at, &key, &value)) {
		struct notice *n = value;
		const struct device *d = n->due
		    ? device_find(&all->platen->devices, str_of(n->device)) : NULL;

		n->due &= d != NULL;
		if (d)
			look_at(all, n, d);
	}
}

/* How many clients of a dialect there are. */
static size_t *voices_of(struct sessions *all, const struct dialect *dialect)
{
	size_t i = 0;

	while (i + 1 < DIALECTS_MAX && dialect_at(i) != dialect)
		i++;
	return &all->voices[i];
}

size_t sessions_count_of(const struct sessions *all, const struct dialect *dialect)
{
	return *voices_of((struct sessions *)all, dialect);
}

/* While nobody is there the last words grow old: what changes meanwhile is no news. */
void sessions_came(struct sessions *all, const struct dialect *dialect)
{
	if ((*voices_of(all, dialect))++ || !dialect->messages->notice)
		return;
	LIST_EACH(&all->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		differs(all, notice_of(all, dialect, d->name), d, true);
	}
}

void sessions_went(struct sessions *all, const struct dialect *dialect)
{
	--*voices_of(all, dialect);
}

static void tell_notices(struct sessions *all, const struct device *d)
{
	const struct dialect *dialect;

	for (size_t i = 0; (dialect = dialect_at(i)); i++)
		if (*voices_of(all, dialect) && dialect->messages->notice)
			look_at(all, notice_of(all, dialect, d->name), d);
}

static void forget_notices(struct sessions *all)
{
	size_t at = 0;
	struct str key;
	void *value;

	while (map_next(&all->notices, &at, &key, &value)) {
		struct notice *n = value;

		free(n->told);
		free(n);
	}
	map_finish(&all->notices);
	map_init(&all->notices);
}

/* --- the bus --------------------------------------------------------------------------- */

static const struct device *device_of(const struct sessions *all, const struct event *e)
{
	if (e->kind == EVENT_DEVICE)
		return e->device;
	return e->kind == EVENT_JOB
	    ? device_find(&all->platen->devices, str_of(e->job->printer)) : NULL;
}

static void on_event(const struct event *e, void *arg)
{
	struct sessions *all = arg;
	const struct device *d = device_of(all, e);

	if (!list_empty(&all->listening))
		tell_event(all, e);
	if (d)
		tell_notices(all, d);
}

static void on_command(const struct event *e, void *arg)
{
	struct sessions *all = arg;

	if (!list_empty(&all->listening))
		tell_event(all, e);
}

void sessions_hear(struct sessions *all)
{
	struct platen *p = all->platen;

	if (!all->behind_timer)
		all->behind_timer = timer_create_on(p->loop, on_behind, all);
	if (p->audit && !all->commands)
		all->commands = bus_subscribe(audit_bus(p->audit), on_command, all);
	if (!all->notice_timer)
		all->notice_timer = timer_create_on(all->platen->loop, on_notice_due, all);
	if (!all->subscription)
		all->subscription = bus_subscribe(all->platen->bus, on_event, all);
}

void sessions_unhear(struct sessions *all)
{
	bus_unsubscribe(all->subscription);
	all->subscription = NULL;
	bus_unsubscribe(all->commands);
	all->commands = NULL;
	timer_destroy(all->behind_timer);
	all->behind_timer = NULL;
	timer_destroy(all->notice_timer);
	all->notice_timer = NULL;
	forget_notices(all);
}
