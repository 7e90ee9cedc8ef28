/*
 * The life of a session: opened, judged again after a reload, closed. It is
 * freed when its connection has gone and the last of its requests is answered.
 */
#include "core/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/session_inside.h"
#include "sys/clock.h"

#define LATE_TOKEN_MS 5000
#define CLOSE_GOING_AWAY 1001
#define CLOSE_POLICY 1008

/* A gateway's is served as the clients of its dialect are. */
const struct listen_block *session_listen(const struct session *s)
{
	const struct config *c = s->platen->config;

	if (s->door)
		return s->door->listen;
	for (size_t i = 0; i < c->listen_count; i++)
		if (c->listens[i].enabled && !strcmp(c->listens[i].dialect, s->dialect->name))
			return &c->listens[i];
	return NULL;
}

struct sessions *sessions_create(struct platen *p)
{
	struct sessions *all = mem_alloc(sizeof *all);

	all->platen = p;
	list_init(&all->list);
	list_init(&all->listening);
	map_init(&all->notices);
	return all;
}

void sessions_destroy(struct sessions *all)
{
	if (!all)
		return;
	sessions_unhear(all);
	map_finish(&all->notices);
	free(all);
}

size_t sessions_count(const struct sessions *all)
{
	return all->count;
}

const struct session *sessions_at(const struct sessions *all, size_t i)
{
	const struct list *node = all->list.next;

	while (i-- && node != &all->list)
		node = node->next;
	return node == &all->list ? NULL : LIST_OF(node, const struct session, node);
}

static void close_as(struct session *s, uint16_t code, const char *reason)
{
	if (s->ws)
		ws_close(s->ws, code, reason);
}

static void on_late(void *arg)
{
	close_as(arg, CLOSE_POLICY, "No token");
}

static void note_address(struct session *s)
{
	struct ip ip;
	uint16_t port;

	if (s->ws && ws_conn(s->ws) && conn_peer(ws_conn(s->ws), &ip, &port))
		ip_port_format(&ip, port, s->address);
}

struct session *session_open(struct platen *p, const struct dialect *dialect, struct door *door,
    const struct caller *caller, const struct approach *approach, bool late_token)
{
	struct sessions *all = p->sessions;
	struct session *s = mem_alloc(sizeof *s);

	s->platen = p;
	s->dialect = dialect;
	s->door = door;
	s->caller = *caller;
	if (approach)
		s->approach = *approach;
	s->approach.host = s->approach.origin = s->approach.fetch_site = STR_NONE;
	s->approach.authorization = STR_NONE;
	list_init(&s->listening);
	s->number = ++all->last_number;
	s->since = clock_wall();
	if (dialect->messages->session_bytes)
		s->state = mem_alloc(dialect->messages->session_bytes);
	list_prepend(&all->list, &s->node);
	if (all->count++ == 0)
		sessions_hear(all);
	sessions_came(all, dialect);
	if (late_token) {
		s->late = timer_create_on(p->loop, on_late, s);
		timer_arm(s->late, LATE_TOKEN_MS, 0);
	}
	return s;
}

static void destroy(struct session *s)
{
	struct sessions *all = s->platen->sessions;

	if (s->dialect->messages->leave)
		s->dialect->messages->leave(s);
	list_remove(&s->node);
	if (list_linked(&s->listening))
		list_remove(&s->listening);
	timer_destroy(s->late);
	sessions_went(all, s->dialect);
	free(s->state);
	free(s);
	if (--all->count == 0)
		sessions_unhear(all);
}

void session_settle(struct session *s)
{
	if (s->pending)
		return;
	if (!s->ws)
		destroy(s);
	else if (s->platen->sessions->closing)
		close_as(s, CLOSE_GOING_AWAY, "Shutting down");
}

void session_gone(struct session *s)
{
	s->ws = NULL;
	session_subscribe(s, s->topics, false);
	session_settle(s);
}

void session_say(struct session *s, struct str text)
{
	if (s->ws && text.len)
		ws_send_text(s->ws, text);
}

void session_subscribe(struct session *s, unsigned topics, bool on)
{
	s->topics = on ? s->topics | topics : s->topics & ~topics;
	if (s->topics && !list_linked(&s->listening))
		list_append(&s->platen->sessions->listening, &s->listening);
	else if (!s->topics && list_linked(&s->listening))
		list_remove(&s->listening);
}

void sessions_judge(struct sessions *all)
{
	struct access *access = all->platen->access;

	LIST_EACH(&all->list, node) {
		struct session *s = LIST_OF(node, struct session, node);

		s->approach.listen = session_listen(s);
		if (s->door && !s->late && !access_renew(access, &s->approach, &s->caller)) {
			s->caller.allow = 0;
			s->caller.printers = s->caller.token_printers = NULL;
			close_as(s, CLOSE_POLICY, "The grant was withdrawn");
		}
	}
}

void sessions_close(struct sessions *all)
{
	all->closing = true;
	LIST_EACH(&all->list, node)
		session_settle(LIST_OF(node, struct session, node));
}

/* --- those of a door ---------------------------------------------------------------- */

static void on_text(struct ws *ws, struct str text, void *arg)
{
	session_take(arg, text);
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	session_gone(arg);
}

static void greet(struct session *s)
{
	struct buf out;

	if (!s->dialect->messages->hello || s->late)
		return;
	buf_init(&out, REPLY_MAX);
	s->dialect->messages->hello(s, &out);
	session_say(s, buf_str(&out));
	buf_finish(&out);
}

void door_session_start(struct door *door, struct http_request *r, const struct caller *caller,
    const struct approach *approach, bool late_token)
{
	const struct messages *m = door->dialect->messages;
	struct ws_limits limits = {
		.message_bytes = door->listen && door->listen->max_message
		    ? (size_t)door->listen->max_message : m->message_max,
	};
	struct ws_ops ops = {
		.on_text = on_text,
		.on_binary = m->binary ? on_text : NULL,
		.on_close = on_close,
	};
	struct session *s = session_open(door->doors->platen, door->dialect, door, caller,
	    approach, late_token);

	s->ws = ws_upgrade(r, &limits, &ops, s);
	if (!s->ws) {
		destroy(s); /* it was answered why */
		return;
	}
	note_address(s);
	greet(s);
}

/* The listener goes, its connections with it; what they asked for is carried out. */
void door_sessions_leave(struct sessions *all, const struct door *door)
{
	LIST_EACH(&all->list, node) {
		struct session *s = LIST_OF(node, struct session, node);

		if (s->door == door)
			s->door = NULL;
	}
}
