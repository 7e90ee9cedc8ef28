/*
 * One stream on the loop: how it begins, what it reads, how it ends. User
 * callbacks come last in every path, and the memory is freed from libuv's close
 * callback, so a callback may close or abort at any moment.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/address.h"
#include "net/conn_internal.h"
#include "sys/service.h"
#include "sys/sock.h"

#define CEILING_DEFAULT (1024 * 1024)
#define CLOSE_MS 5000  /* conn_close: for the queue to drain */
#define LINGER_MS 2000 /* of those, for the peer to close after our FIN */
#define FIRST_BYTE_MS 5000
#define TLS_FIRST_BYTE 0x16 /* RFC 8446, 5.1: a record of type handshake */

static void on_deadline(struct deadline *d);

/* The end of a connection. */

static void on_closed(uv_handle_t *handle)
{
	struct conn *c = handle->data;

	if (c->ops && c->ops->on_close)
		c->ops->on_close(c, c->why, c->arg);
	tls_session_destroy(c->tls);
	conn_outbox_destroy(c->outbox);
	if (c->listener)
		listener_leave(c->listener);
	free(c);
}

static int descriptor(const struct conn *c)
{
	uv_os_fd_t fd;

	return uv_fileno(&c->uv.handle, &fd) == 0 ? fd : -1;
}

void conn_keep_fresh(struct conn *c)
{
	enum { UNSENT_MAX = 16384 };

	if (!c->is_unix)
		sock_unsent_max(descriptor(c), UNSENT_MAX);
}

void conn_finish(struct conn *c, enum err why)
{
	if (c->state == CONN_GONE)
		return;
	c->state = CONN_GONE;
	if (!c->why)
		c->why = why;
	deadline_clear(&c->deadline);
	uv_close(&c->uv.handle, on_closed);
}

void conn_reset(struct conn *c, enum err why)
{
	if (c->state == CONN_GONE)
		return;
	if (!c->is_unix)
		sock_reset_on_close(descriptor(c));
	conn_finish(c, why);
}

/*
 * Closing with bytes unread would send RST, and the peer's kernel would throw
 * away our last reply with it. So send FIN, and read until the peer closes.
 */
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *window);
static void on_window(uv_handle_t *handle, size_t hint, uv_buf_t *window);

static void linger(struct conn *c)
{
	int64_t left = c->deadline.at - loop_now(c->loop);

	if (c->ended || !sock_half_close(descriptor(c))) {
		conn_finish(c, E_OK);
		return;
	}
	c->state = CONN_LINGERING;
	deadline_set(c->loop, &c->deadline, left < LINGER_MS ? left : LINGER_MS, on_deadline);
	uv_read_start(&c->uv.stream, on_window, on_read);
}

/* Close when the queue has drained, and tell `why`. */
static void close_for(struct conn *c, enum err why)
{
	if (c->state == CONN_CONNECTING) {
		conn_finish(c, why);
		return;
	}
	if (c->state != CONN_OPEN)
		return;
	c->state = CONN_CLOSING;
	c->why = why;
	deadline_set(c->loop, &c->deadline, CLOSE_MS, on_deadline);
	if (c->tls && !c->shut)
		tls_session_end(c->tls);
	if (c->state == CONN_CLOSING && !c->outbox)
		linger(c);
}

void conn_close(struct conn *c)
{
	close_for(c, E_OK);
}

void conn_drop(struct conn *c)
{
	conn_finish(c, E_OK);
}

void conn_abort(struct conn *c)
{
	conn_reset(c, E_OK);
}

static void on_deadline(struct deadline *d)
{
	static const enum err late[] = {
		[CONN_CONNECTING] = E_CONNECT_TIMEOUT,
		[CONN_OPEN] = E_TIMEOUT,
		[CONN_CLOSING] = E_LOST,
		[CONN_LINGERING] = E_OK,
	};
	struct conn *c = CONTAINER_OF(d, struct conn, deadline);

	conn_finish(c, c->greeting && c->state == CONN_OPEN ? E_CONNECT_TIMEOUT : late[c->state]);
}

void conn_drained(struct conn *c)
{
	if (c->state == CONN_CLOSING) {
		linger(c);
		return;
	}
	if (c->shut)
		sock_half_close(descriptor(c));
	if (c->ops && c->ops->on_drain)
		c->ops->on_drain(c, c->arg);
}

void conn_shutdown(struct conn *c)
{
	if (c->state > CONN_OPEN || c->shut)
		return;
	if (c->tls)
		tls_session_end(c->tls);
	c->shut = true;
	if (c->state == CONN_OPEN && !c->outbox)
		sock_half_close(descriptor(c));
}

/* Reading. */

static void on_window(uv_handle_t *handle, size_t hint, uv_buf_t *window)
{
	struct conn *c = handle->data;

	*window = uv_buf_init(c->loop->read_buffer, LOOP_READ_BYTES);
}

static void peer_ended(struct conn *c)
{
	if (c->ended || c->state == CONN_GONE)
		return;
	c->ended = true;
	uv_read_stop(&c->uv.stream);
	if (c->state == CONN_LINGERING)
		conn_finish(c, E_OK);
	if (c->state != CONN_OPEN)
		return;
	if (c->greeting)
		conn_finish(c, E_LOST);
	else if (c->ops && c->ops->on_end)
		c->ops->on_end(c, c->arg);
	else
		conn_close(c);
}

static void deliver(struct conn *c, struct str bytes)
{
	if (bytes.len && c->state == CONN_OPEN && c->ops && c->ops->on_data)
		c->ops->on_data(c, bytes, c->arg);
}

/* Our side of the handshake is done: what was paused may pause now. */
static void greeted(struct conn *c)
{
	c->greeting = false;
	conn_pause(c, c->paused);
	if (c->ops->on_open)
		c->ops->on_open(c, c->arg);
}

/* The whole window is decrypted before the user sees any of it, so OpenSSL is
 * never on the stack below a callback. */
static void receive_tls(struct conn *c, struct str ciphertext)
{
	struct buf *plain = &c->loop->plain;
	enum err err;

	buf_clear(plain);
	err = tls_session_feed(c->tls, ciphertext, plain);
	if (c->state != CONN_OPEN)
		return;
	if (tls_session_ready(c->tls)) {
		deadline_clear(&c->deadline);
		if (c->greeting)
			greeted(c);
	}
	deliver(c, buf_str(plain));
	if (err)
		close_for(c, err);
	else if (tls_session_ended(c->tls))
		peer_ended(c);
}

/* Whoever speaks plain where TLS is due. */
static void turn_away(struct conn *c)
{
	struct str answer = str_of(c->listener->options.plain_answer);

	if (!answer.len) {
		conn_reset(c, E_BAD_REQUEST);
		return;
	}
	deadline_clear(&c->deadline);
	conn_write2(c, answer, STR_NONE);
	conn_close(c);
}

/* False if the connection was dropped. */
static bool decide(struct conn *c, uint8_t first)
{
	const struct listener *l = c->listener;

	c->undecided = false;
	if (first == TLS_FIRST_BYTE) {
		c->tls = tls_session_create(l->tls, conn_send_ciphertext, c);
		return true;
	}
	if (l->options.tls_mode == TLS_ON) {
		turn_away(c);
		return false;
	}
	deadline_clear(&c->deadline);
	return true;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *window)
{
	struct conn *c = stream->data;

	if (n == 0 || c->state == CONN_GONE)
		return;
	if (n == UV_EOF) {
		peer_ended(c);
	} else if (n < 0) {
		conn_finish(c, c->state == CONN_LINGERING ? E_OK : E_LOST);
	} else if (c->state == CONN_OPEN) {
		struct str bytes = { window->base, (size_t)n };

		if (c->undecided && !decide(c, (uint8_t)bytes.ptr[0]))
			return;
		if (c->tls)
			receive_tls(c, bytes);
		else
			deliver(c, bytes);
	}
}

void conn_pause(struct conn *c, bool paused)
{
	c->paused = paused;
	if (c->state != CONN_OPEN || c->ended || c->greeting)
		return;
	if (paused)
		uv_read_stop(&c->uv.stream);
	else
		uv_read_start(&c->uv.stream, on_window, on_read);
}

/* The beginning. */

static struct conn *create(struct loop *loop, bool is_unix)
{
	struct conn *c = mem_alloc(sizeof(*c));

	c->loop = loop;
	c->is_unix = is_unix;
	c->ceiling = CEILING_DEFAULT;
	if (is_unix)
		uv_pipe_init(&loop->uv, &c->uv.pipe, 0);
	else
		uv_tcp_init(&loop->uv, &c->uv.tcp);
	c->uv.handle.data = c;
	return c;
}

struct conn *conn_accept(struct listener *l)
{
	struct conn *c = create(l->loop, l->path != NULL);

	c->state = CONN_OPEN;
	c->listener = l;
	l->clients++;
	if (uv_accept(&l->uv.stream, &c->uv.stream)) {
		conn_finish(c, E_LOST);
		return NULL;
	}
	if (!c->is_unix)
		sock_tune(descriptor(c));
	c->undecided = l->tls && l->options.tls_mode != TLS_OFF;
	return c;
}

void conn_begin(struct conn *c)
{
	int64_t ms = c->listener->options.first_byte_ms;

	if (c->state != CONN_OPEN)
		return;
	if (!c->ops) {
		conn_finish(c, E_OK);
		return;
	}
	if (c->undecided)
		deadline_set(c->loop, &c->deadline, ms ? ms : FIRST_BYTE_MS, on_deadline);
	conn_pause(c, c->paused);
}

static enum err connect_err(int rc)
{
	switch (rc) {
	case UV_ECONNREFUSED:
		return E_REFUSED;
	case UV_ETIMEDOUT:
		return E_CONNECT_TIMEOUT;
	default:
		return E_UNREACHABLE;
	}
}

/* The deadline goes on until the peer has proved who it is. */
static void greet(struct conn *c)
{
	enum err err;

	c->greeting = true;
	uv_read_start(&c->uv.stream, on_window, on_read);
	err = tls_session_start(c->tls);
	if (err)
		conn_finish(c, err);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct conn *c = req->handle->data;

	free(req);
	if (c->state == CONN_GONE)
		return;
	if (status < 0) {
		conn_finish(c, connect_err(status));
		return;
	}
	sock_tune(descriptor(c));
	c->state = CONN_OPEN;
	if (c->tls) {
		greet(c);
		return;
	}
	deadline_clear(&c->deadline);
	if (c->shut && !c->outbox)
		sock_half_close(descriptor(c));
	conn_pause(c, c->paused);
	if (c->ops->on_open)
		c->ops->on_open(c, c->arg);
}

struct conn *conn_connect(struct loop *loop, const struct conn_target *to,
    const struct conn_ops *ops, void *arg)
{
	struct conn *c = create(loop, false);
	struct sockaddr_storage at = address_make(&to->ip, to->port);
	uv_connect_t *req = mem_alloc(sizeof(*req));

	conn_set(c, ops, arg);
	if (to->tls)
		c->tls = tls_session_connect(to->tls, to->host, conn_send_ciphertext, c);
	int rc = uv_tcp_connect(req, &c->uv.tcp, (const struct sockaddr *)&at, on_connected);
	if (rc) {
		free(req);
		conn_finish(c, connect_err(rc));
		return c;
	}
	deadline_set(loop, &c->deadline, to->timeout_ms, on_deadline);
	return c;
}

bool conn_why(const struct conn *c, enum err err, struct why *why)
{
	if (c->tls && tls_session_why(c->tls, why))
		return true;
	why_fail(why, err, NULL);
	return false;
}

/* What a connection knows about itself. */

void conn_set(struct conn *c, const struct conn_ops *ops, void *arg)
{
	c->ops = ops;
	c->arg = arg;
}

void *conn_arg(const struct conn *c)
{
	return c->arg;
}

bool conn_is_tls(const struct conn *c)
{
	return c->tls != NULL;
}

bool conn_is_unix(const struct conn *c)
{
	return c->is_unix;
}

typedef int name_fn(const uv_tcp_t *tcp, struct sockaddr *name, int *len);

static bool ask_name(const struct conn *c, name_fn *fn, struct ip *ip, uint16_t *port)
{
	struct sockaddr_storage at;
	int len = sizeof(at);

	return !c->is_unix && fn(&c->uv.tcp, (struct sockaddr *)&at, &len) == 0 &&
	    address_read(&at, ip, port);
}

bool conn_peer(const struct conn *c, struct ip *ip, uint16_t *port)
{
	return ask_name(c, uv_tcp_getpeername, ip, port);
}

bool conn_local(const struct conn *c, struct ip *ip, uint16_t *port)
{
	return ask_name(c, uv_tcp_getsockname, ip, port);
}

bool conn_peer_uid(const struct conn *c, unsigned *uid)
{
	uid_t user;

	if (!c->is_unix || !service_peer_uid(descriptor(c), &user))
		return false;
	*uid = user;
	return true;
}

struct loop *conn_loop(const struct conn *c)
{
	return c->loop;
}

struct listener *conn_listener(const struct conn *c)
{
	return c->listener;
}
