/*
 * Connections: bytes arrive in windows, and client_feed walks through a window
 * as far as the state allows. What it must leave (half a head, or requests
 * behind one that is not answered yet) waits in `pending`; while that holds
 * anything behind an unanswered request the connection is not read.
 *
 * Nobody's callback is called from inside a reply: when a reply comes late,
 * what waits behind it is taken up in the loop's next turn.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/http_priv.h"

/* A window of the connection may come on top of an incomplete head. */
#define WINDOW_MAX (256 * 1024)
#define TLS_FIRST_BYTE 0x16 /* RFC 8446, 5.1: a record of type handshake */
#define MIB (1024 * 1024)

static void client_enter(struct http_client *c, enum client_state state, int64_t ms)
{
	c->state = state;
	c->live.due = ms == HTTP_NEVER ? HTTP_NEVER : loop_now(c->live.service->loop) + ms;
}

static void client_free(struct http_client *c)
{
	list_remove(&c->live.node);
	if (list_linked(&c->ready))
		list_remove(&c->ready);
	http_request_free(c->request);
	buf_finish(&c->pending);
	free(c);
}

void http_client_abandon(struct http_client *c)
{
	const struct http_service *s = c->live.service;
	struct http_request *r = c->request;

	c->request = NULL;
	if (r && r->shown && !r->answered && s->ops.on_gone)
		s->ops.on_gone(r, s->arg);
	http_request_free(r);
}

static void client_gone(struct http_client *c)
{
	if (c->stream)
		http_stream_gone(c->stream);
	http_client_abandon(c);
	client_free(c);
}

void http_client_close(struct http_client *c)
{
	http_client_abandon(c);
	buf_finish(&c->pending);
	client_enter(c, CLIENT_CLOSED, HTTP_NEVER);
	conn_close(c->live.conn);
}

/* Go on in the loop's next turn. */
static void client_defer(struct http_client *c)
{
	struct http_service *s = c->live.service;

	if (!list_linked(&c->ready))
		list_append(&s->ready, &c->ready);
	timer_arm(s->wake, 0, 0);
}

static void client_next(struct http_client *c)
{
	http_request_free(c->request);
	c->request = NULL;
	client_enter(c, CLIENT_HEAD, c->live.service->limits.idle_ms);
	if (c->ended && c->pending.len == 0)
		http_client_close(c);
	else if (!c->feeding && (c->pending.len > 0 || c->paused))
		client_defer(c);
}

void http_client_answered(struct http_client *c)
{
	struct http_request *r = c->request;

	r->answered = true;
	buf_finish(&r->body);
	if (r->close)
		http_client_close(c);
	else if (r->whole)
		client_next(c);
}

void http_client_stream(struct http_client *c, struct http_stream *stream, int64_t comment_ms)
{
	http_request_free(c->request);
	c->request = NULL;
	c->stream = stream;
	client_enter(c, CLIENT_STREAM, comment_ms);
	if (c->paused && !c->feeding)
		client_defer(c);
}

void http_client_take(struct http_client *c, const struct conn_ops *ops, void *arg)
{
	c->taker = ops;
	c->taker_arg = arg;
	http_request_free(c->request);
	c->request = NULL;
	client_enter(c, CLIENT_TAKEN, HTTP_NEVER);
	if (!c->feeding)
		client_defer(c);
}

/* One step of reading: each returns how many bytes it has used; 0: no further now. */

static void show_head(struct http_client *c, struct http_request *r)
{
	const struct http_service *s = c->live.service;

	r->client = c;
	c->request = r;
	r->start = loop_now(s->loop);
	buf_init(&r->body, s->limits.body_bytes);
	if (r->whole)
		client_enter(c, CLIENT_WAIT, HTTP_NEVER);
	else
		client_enter(c, CLIENT_BODY, s->limits.body_ms);
	r->shown = true;
	s->ops.on_head(r, s->arg);
}

static void show_request(struct http_client *c)
{
	const struct http_service *s = c->live.service;

	client_enter(c, CLIENT_WAIT, HTTP_NEVER);
	s->ops.on_request(c->request, s->arg);
}

/* on_head has returned and the request is still to be answered: its body may come. */
static void await_body(struct http_client *c, bool body_follows)
{
	struct http_request *r = c->request;

	if (r->length > r->body.max)
		http_reply_refuse(c, E_TOO_LARGE);
	else if (r->continues && !body_follows)
		conn_write(c->live.conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

static size_t skip_blank_lines(struct str bytes)
{
	size_t n = 0;

	while (n + 1 < bytes.len && bytes.ptr[n] == '\r' && bytes.ptr[n + 1] == '\n')
		n += 2;
	return n;
}

/* TLS where none is spoken: an alert is the one answer that such a client knows. */
static void refuse_tls(struct http_client *c)
{
	static const uint8_t handshake_failure[] = { 0x15, 3, 1, 0, 2, 2, 0x28 };

	conn_write(c->live.conn, handshake_failure, sizeof(handshake_failure));
	http_client_close(c);
}

static size_t feed_head(struct http_client *c, struct str bytes)
{
	const struct http_service *s = c->live.service;
	struct http_request *r;
	unsigned headers;
	size_t blank = skip_blank_lines(bytes), len;
	enum err err;

	bytes = str_from(bytes, blank);
	if (bytes.len == 0 || str_is(bytes, "\r"))
		return blank;
	if (bytes.ptr[0] == TLS_FIRST_BYTE) {
		refuse_tls(c);
		return 0;
	}
	err = http_parse_end(bytes, &s->limits, &len, &headers);
	if (!err && len == 0)
		return blank;
	r = err ? NULL : http_parse_request(str_head(bytes, len), headers);
	if (!r) {
		http_reply_refuse(c, err ? err : E_BAD_REQUEST);
		return 0;
	}
	show_head(c, r);
	if (c->state == CLIENT_BODY && !c->request->answered)
		await_body(c, bytes.len > len);
	else if (c->state == CLIENT_WAIT)
		show_request(c);
	return blank + len;
}

static size_t feed_body(struct http_client *c, struct str bytes)
{
	struct http_request *r = c->request;
	int64_t body_ms = c->live.service->limits.body_ms;
	size_t used;
	enum err err = http_parse_body(r, bytes, &used);

	if (r->answered && (err || r->wire > HTTP_SKIP_MAX)) {
		http_client_close(c);
		return 0;
	}
	if (err) {
		http_reply_refuse(c, err);
		return 0;
	}
	c->live.due = r->start + body_ms * (1 + (int64_t)(r->wire / MIB));
	if (r->whole && r->answered)
		client_next(c);
	else if (r->whole)
		show_request(c);
	return used;
}

/* Walk through `bytes`; returns how many were used up. */
static size_t client_feed(struct http_client *c, struct str bytes)
{
	size_t total = 0;

	c->feeding = true;
	for (;;) {
		struct str rest = str_from(bytes, total);
		size_t used = 0;

		if (rest.len > 0 && c->state == CLIENT_HEAD)
			used = feed_head(c, rest);
		else if (rest.len > 0 && c->state == CLIENT_BODY)
			used = feed_body(c, rest);
		if (used == 0)
			break;
		total += used;
	}
	c->feeding = false;
	return total;
}

static void client_handover(struct http_client *c, struct str rest)
{
	const struct conn_ops *ops = c->taker;
	struct conn *conn = c->live.conn;
	void *arg = c->taker_arg;
	struct buf pending = c->pending;

	bool paused = c->paused, ended = c->ended;

	memset(&c->pending, 0, sizeof(c->pending));
	client_free(c);
	conn_set(conn, ops, arg);
	if (rest.len > 0)
		ops->on_data(conn, rest, arg);
	buf_finish(&pending);
	if (paused)
		conn_pause(conn, false);
	if (ended)
		ops->on_end(conn, arg);
}

/* Keep what was left over; `kept`: it is in `pending` already. */
static void client_keep(struct http_client *c, struct str rest, bool kept)
{
	if (!kept) {
		c->pending.max = c->live.service->limits.head_bytes + WINDOW_MAX;
		buf_add_str(&c->pending, rest);
	}
	if (c->pending.failed)
		http_reply_refuse(c, E_HEADER);
	if (c->state != CLIENT_WAIT || c->paused)
		return;
	c->paused = true;
	conn_pause(c->live.conn, true);
}

void http_client_run(struct http_client *c, struct str bytes)
{
	bool kept = c->pending.len > 0, woken = bytes.len == 0;
	size_t used;

	if (kept && buf_add_str(&c->pending, bytes))
		bytes = buf_str(&c->pending);
	used = client_feed(c, bytes);
	if (c->state == CLIENT_TAKEN) {
		client_handover(c, str_from(bytes, used));
		return;
	}
	if (used == bytes.len || c->state == CLIENT_CLOSED || c->state == CLIENT_STREAM) {
		buf_finish(&c->pending);
	} else {
		if (kept)
			buf_drop(&c->pending, used);
		/* A head has its time from its first byte, not from its latest. */
		if (c->state == CLIENT_HEAD && (!kept || used > 0 || woken))
			client_enter(c, CLIENT_HEAD, c->live.service->limits.head_ms);
		client_keep(c, str_from(bytes, used), kept);
	}
	if (c->ended && c->state == CLIENT_HEAD)
		http_client_close(c);
	if (c->paused && c->state != CLIENT_WAIT) {
		c->paused = false;
		conn_pause(c->live.conn, false);
	}
}

/* What the connection tells us */

static void on_data(struct conn *conn, struct str bytes, void *arg)
{
	struct http_client *c = arg;

	if (c->state != CLIENT_CLOSED && c->state != CLIENT_STREAM)
		http_client_run(c, bytes);
}

/* A client may shut its sending side and still wait for the reply. */
static void on_end(struct conn *conn, void *arg)
{
	struct http_client *c = arg;

	c->ended = true;
	if (c->state != CLIENT_WAIT && c->state != CLIENT_TAKEN)
		http_client_close(c);
}

static void on_close(struct conn *conn, enum err why, void *arg)
{
	struct http_client *c = arg;
	const struct conn_ops *taker = c->taker;
	void *taker_arg = c->taker_arg;

	client_gone(c);
	if (taker)
		taker->on_close(conn, why, taker_arg);
}

static const struct conn_ops client_ops = {
	.on_data = on_data,
	.on_end = on_end,
	.on_close = on_close,
};

/* A deadline has passed. */
static void on_due(struct http_live *live)
{
	struct http_client *c = LIST_OF(live, struct http_client, live);

	if (c->state == CLIENT_STREAM) {
		http_stream_due(c->stream);
		return;
	}
	if ((c->state == CLIENT_HEAD && c->pending.len == 0) ||
	    (c->state == CLIENT_BODY && c->request->answered))
		http_client_close(c);
	else
		http_reply_refuse(c, E_TIMEOUT);
}

static void on_destroy(struct http_live *live)
{
	struct http_client *c = LIST_OF(live, struct http_client, live);
	struct conn *conn = live->conn;

	http_live_drop(live);
	on_close(conn, E_LOST, c);
}

void http_accept(struct conn *conn, void *service)
{
	struct http_service *s = service;
	struct http_client *c = mem_alloc(sizeof(*c));

	c->live.on_due = on_due;
	c->live.on_destroy = on_destroy;
	http_live_add(s, &c->live, conn);
	client_enter(c, CLIENT_HEAD, s->limits.head_ms);
	conn_set(conn, &client_ops, c);
}
