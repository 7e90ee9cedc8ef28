/*
 * What was offered while we were away, where the backend has a path for it: an
 * array of offers, asked for after each connection. Those that we have seen
 * are known by their ids.
 */
#include "core/uplink_inside.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

#define REPLY_MAX (8u << 20)

struct question {
	struct parcel parcel;
	struct uplink *uplink;
};

static void on_again(void *arg)
{
	missed_ask(arg);
}

static enum err take_all(struct uplink *u, struct str text, struct why *why)
{
	struct claim claim = { .ack = SIO_NO_ACK, .missed = true };
	struct json_doc *doc;
	enum err err = json_parse(text, NULL, &doc, why);

	if (err)
		return err;
	if (!json_is(json_root(doc), JSON_ARRAY))
		err = why_fail(why, E_JSON, "The backend's missed jobs are no array");
	for (const struct json *v = json_first(json_root(doc)); v && !err; v = json_next(v))
		if (!offer_take(u, v, &claim))
			err = why_fail(why, E_QUEUE_FULL, "There are too many missed jobs at once");
	json_destroy(doc);
	return err;
}

void missed_ask_later(struct uplink *u)
{
	if (u->gone || u->all->closing)
		return;
	if (!u->missed_timer)
		u->missed_timer = timer_create_on(u->all->platen->loop, on_again, u);
	if (!timer_armed(u->missed_timer))
		timer_arm(u->missed_timer, backoff_next(&u->missed_backoff), 0);
}

/* Again later, unless the backend does not know the path. */
static void settle_failure(struct uplink *u, int status, const struct why *why)
{
	uplink_trouble(u, "missed jobs", why);
	if (status < 400 || status > 499 || status == 408 || status == 425 || status == 429)
		missed_ask_later(u);
}

static void on_answer(struct parcel *p)
{
	struct question *q = CONTAINER_OF(p, struct question, parcel);
	struct uplink *u = q->uplink;
	bool again = u->missed_again;
	struct why why = p->why;
	enum err err = p->err;

	u->missed_asked = u->missed_again = false;
	if (!err && p->status != 200)
		err = why_fail(&why, E_LOST,
		    "The backend answered %d to the question for missed jobs",
		    p->status);
	if (!err && !u->gone)
		err = take_all(u, buf_str(&p->reply), &why);
	if (err && !u->gone && !u->all->closing)
		settle_failure(u, p->status, &why);
	else
		backoff_reset(&u->missed_backoff);
	parcel_finish(p);
	free(q);
	if (again && !u->gone)
		missed_ask(u);
	uplink_release(u);
}

void missed_ask(struct uplink *u)
{
	struct question *q;

	if (!u->catch_up_path || !u->catch_up_path[0] || u->all->closing)
		return;
	if (u->missed_asked) {
		u->missed_again = true; /* another connection stands since then */
		return;
	}
	q = mem_alloc(sizeof *q);
	q->uplink = u;
	parcel_init(&q->parcel, "GET", on_answer, REPLY_MAX);
	if (!uplink_address(u, &q->parcel, u->catch_up_path)) {
		parcel_finish(&q->parcel);
		free(q);
		return;
	}
	u->missed_asked = true;
	uplink_hold(u);
	courier_send(u->all->courier, &q->parcel);
}

void missed_stop(struct uplink *u)
{
	timer_destroy(u->missed_timer);
	u->missed_timer = NULL;
}
