/*
 * Writing: to the kernel at once, and only what it does not take is copied,
 * into an outbox that exists until it has drained.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/conn_internal.h"

#define TLS_RECORD (16 * 1024)

/* One uv_write is under way with `sending`; what comes meanwhile waits. */
struct outbox {
	uv_write_t req;
	struct buf sending, waiting;
};

void conn_outbox_destroy(struct outbox *o)
{
	if (!o)
		return;
	buf_finish(&o->sending);
	buf_finish(&o->waiting);
	free(o);
}

static void on_written(uv_write_t *req, int status);

static void send_waiting(struct conn *c)
{
	struct outbox *o = c->outbox;
	struct buf spare = o->sending;

	o->sending = o->waiting;
	o->waiting = spare;
	buf_clear(&o->waiting);

	uv_buf_t piece = uv_buf_init((char *)o->sending.ptr, (unsigned)o->sending.len);
	if (uv_write(&o->req, &c->uv.stream, &piece, 1, on_written))
		conn_finish(c, E_LOST);
}

static void on_written(uv_write_t *req, int status)
{
	struct conn *c = req->handle->data;

	if (c->state == CONN_GONE)
		return;
	if (status < 0) {
		conn_finish(c, E_LOST);
	} else if (c->outbox->waiting.len) {
		send_waiting(c);
	} else {
		conn_outbox_destroy(c->outbox);
		c->outbox = NULL;
		conn_drained(c);
	}
}

size_t conn_queued(const struct conn *c)
{
	if (!c->outbox)
		return 0;
	return uv_stream_get_write_queue_size(&c->uv.stream) + c->outbox->waiting.len;
}

static bool enqueue(struct conn *c, struct str head, struct str body)
{
	bool idle = !c->outbox;

	if (conn_queued(c) + head.len + body.len > c->ceiling) {
		conn_reset(c, E_LOST);
		return false;
	}
	if (idle) {
		c->outbox = mem_alloc(sizeof(*c->outbox));
		buf_init(&c->outbox->sending, SIZE_MAX);
		buf_init(&c->outbox->waiting, SIZE_MAX);
	}
	if (!buf_add_str(&c->outbox->waiting, head) || !buf_add_str(&c->outbox->waiting, body)) {
		conn_reset(c, E_LOST);
		return false;
	}
	if (idle)
		send_waiting(c);
	return c->state != CONN_GONE;
}

/* To the kernel, as far as it takes it; past TLS, in every state but gone. */
static bool send_now(struct conn *c, struct str head, struct str body)
{
	size_t total = head.len + body.len;
	uv_buf_t pieces[] = {
		uv_buf_init((char *)head.ptr, (unsigned)head.len),
		uv_buf_init((char *)body.ptr, (unsigned)body.len),
	};
	int n = 0;

	if (c->state == CONN_GONE)
		return false;
	if (!total)
		return true;
	if (!c->outbox)
		n = uv_try_write(&c->uv.stream, pieces, body.len ? 2 : 1);
	if (n < 0 && n != UV_EAGAIN) {
		conn_finish(c, E_LOST);
		return false;
	}
	size_t done = n > 0 ? (size_t)n : 0;
	if (done == total)
		return true;
	return enqueue(c, str_from(head, done),
	    str_from(body, done > head.len ? done - head.len : 0));
}

bool conn_send_ciphertext(void *arg, const void *bytes, size_t len)
{
	return send_now(arg, (struct str){ bytes, len }, STR_NONE);
}

/* A head and a short body share a record, and so a packet. */
static bool write_tls(struct conn *c, struct str head, struct str body)
{
	char joined[TLS_RECORD];

	if (head.len && body.len && head.len + body.len <= sizeof(joined)) {
		memcpy(joined, head.ptr, head.len);
		memcpy(joined + head.len, body.ptr, body.len);
		head.ptr = joined;
		head.len += body.len;
		body = STR_NONE;
	}
	if (tls_session_write(c->tls, head) && tls_session_write(c->tls, body))
		return true;
	conn_finish(c, E_LOST);
	return false;
}

/* Nothing may go out in the clear, or inside of a handshake. */
static bool must_wait_for_tls(const struct conn *c)
{
	if (c->tls)
		return !tls_session_ready(c->tls);
	return c->undecided && c->listener->options.tls_mode == TLS_ON;
}

bool conn_write2(struct conn *c, struct str head, struct str body)
{
	if (c->state > CONN_OPEN || c->shut)
		return false;
	if (must_wait_for_tls(c)) {
		conn_reset(c, E_LOST);
		return false;
	}
	if (c->tls)
		return write_tls(c, head, body);
	return head.len ? send_now(c, head, body) : send_now(c, body, STR_NONE);
}

bool conn_write(struct conn *c, const void *bytes, size_t len)
{
	return conn_write2(c, (struct str){ bytes, len }, STR_NONE);
}

void conn_set_ceiling(struct conn *c, size_t bytes)
{
	c->ceiling = bytes;
}
