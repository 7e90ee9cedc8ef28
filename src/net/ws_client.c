/*
 * The client's opening handshake: addresses, connection, request, reply. A
 * `struct ws_dial` hangs on the WebSocket until it is open; what is left then
 * is a WebSocket like the server's, but for the mask and a clock of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/text.h"
#include "net/resolve.h"
#include "net/tls.h"
#include "net/ws_priv.h"

#define TIMEOUT_MS 10000
#define HEAD_MAX (16 * 1024)
#define HEADERS_MAX 100
/* A window may come on top of an incomplete head. */
#define REPLY_MAX (HEAD_MAX + 256 * 1024)
#define KEY_BYTES 16

struct ws_dial {
	struct loop *loop;
	struct tls *tls;
	char *host, *protocol;
	uint16_t port;
	struct buf request, accept, reply;
	struct resolve *resolve;
	struct ip ips[RESOLVE_MAX];
	size_t count, next;
	int64_t end; /* loop_now() */
	int status;
	struct why why; /* err 0: nothing has failed for good */
};

void ws_dial_free(struct ws_dial *d)
{
	if (!d)
		return;
	resolve_cancel(d->resolve);
	tls_release(d->tls);
	free(d->host);
	free(d->protocol);
	if (d->request.ptr)
		mem_wipe(d->request.ptr, d->request.len); /* Authorization */
	buf_finish(&d->request);
	buf_finish(&d->accept);
	buf_finish(&d->reply);
	free(d);
}

/* --- the end before the beginning --- */

static void on_closed_unheard(struct conn *conn, enum err why, void *arg)
{
}

static void let_go(struct ws *ws)
{
	static const struct conn_ops nobody = { .on_close = on_closed_unheard };

	if (!ws->live.conn)
		return;
	conn_set(ws->live.conn, &nobody, NULL);
	conn_drop(ws->live.conn);
	ws->live.conn = NULL;
}

/* It will not open: tell dial->why, from a callback of the loop. */
static void give_up(struct ws *ws)
{
	let_go(ws);
	if (ws->ops.on_close)
		ws->ops.on_close(ws, WS_ABNORMAL, ws->arg);
	ws_free(ws);
}

static void cancel(struct ws *ws)
{
	resolve_cancel(ws->dial->resolve);
	ws->dial->resolve = NULL;
	let_go(ws);
	timer_arm(ws->clock, 0, 0);
}

void ws_dial_cancel(struct ws *ws)
{
	if (!ws->dial->why.err)
		why_fail(&ws->dial->why, E_CANCELLED, "Given up before the connection was there");
	cancel(ws);
}

static void on_clock(void *arg)
{
	struct ws *ws = arg;

	if (!ws->dial) {
		ws->live.on_due(&ws->live);
		return;
	}
	if (!ws->dial->why.err)
		why_fail(&ws->dial->why, E_CONNECT_TIMEOUT, "%s did not answer in time",
		    ws->dial->host);
	give_up(ws);
}

/* --- the reply --- */

struct reply {
	struct http_header headers[HEADERS_MAX];
	size_t count;
};

/* The one header of that name; STR_NONE if there is none or more than one. */
static struct str header(const struct reply *r, const char *name)
{
	struct str value = STR_NONE;
	size_t found = 0;

	for (size_t i = 0; i < r->count; i++) {
		if (!str_is_nocase(r->headers[i].name, name))
			continue;
		value = r->headers[i].value;
		found++;
	}
	return found == 1 ? value : STR_NONE;
}

static bool has_header(const struct reply *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_is_nocase(r->headers[i].name, name))
			return true;
	return false;
}

/* RFC 6455 section 4.1, what the client must check. */
static bool is_upgrade(const struct ws_dial *d, const struct reply *r)
{
	return str_is_nocase(header(r, "Upgrade"), "websocket") &&
	    ws_lists(header(r, "Connection"), "Upgrade") &&
	    str_eq(header(r, "Sec-WebSocket-Accept"), buf_str(&d->accept)) &&
	    !has_header(r, "Sec-WebSocket-Extensions") &&
	    (!has_header(r, "Sec-WebSocket-Protocol") ||
	     (d->protocol && str_is(header(r, "Sec-WebSocket-Protocol"), d->protocol)));
}

/* `*len` of the head; 0: more is needed. */
static enum err judge_reply(struct ws_dial *d, size_t *len)
{
	static const struct http_limits limits = { .head_bytes = HEAD_MAX, .headers = HEADERS_MAX };
	struct str bytes = buf_str(&d->reply);
	struct reply r;
	unsigned headers;

	if (http_parse_end(bytes, &limits, len, &headers))
		goto bad;
	if (*len == 0)
		return E_OK;
	r.count = headers;
	if (!http_parse_reply(str_head(bytes, *len), &d->status, r.headers, r.count))
		goto bad;
	if (d->status != 101)
		return why_fail(&d->why, E_REFUSED, "%s answered %d instead of opening a WebSocket",
		    d->host, d->status);
	if (is_upgrade(d, &r))
		return E_OK;
bad:
	return why_fail(&d->why, E_REFUSED, "%s does not speak WebSocket", d->host);
}

/* The dial is done; what came behind the head are frames. */
static void open_ws(struct ws *ws, size_t head_len)
{
	struct buf reply = ws->dial->reply;

	buf_init(&ws->dial->reply, 0);
	ws_dial_free(ws->dial);
	ws->dial = NULL;
	conn_set(ws->live.conn, &ws_conn_ops, ws);
	ws_begin(ws);
	if (ws->ops.on_open)
		ws->ops.on_open(ws, ws->arg);
	if (reply.len > head_len && ws->state != WS_CLOSED)
		ws_read(ws, str_from(buf_str(&reply), head_len));
	buf_finish(&reply);
}

/* --- the connection --- */

static void connect_next(struct ws *ws);

static void on_data(struct conn *conn, struct str bytes, void *arg)
{
	struct ws *ws = arg;
	struct ws_dial *d = ws->dial;
	size_t len;

	if (!buf_add_str(&d->reply, bytes)) {
		why_fail(&d->why, E_TOO_LARGE, "The reply of %s is too long", d->host);
		give_up(ws);
	} else if (judge_reply(d, &len)) {
		give_up(ws);
	} else if (len > 0) {
		open_ws(ws, len);
	}
}

static void on_end(struct conn *conn, void *arg)
{
	struct ws *ws = arg;

	why_fail(&ws->dial->why, E_LOST, "%s closed the connection without an answer",
	    ws->dial->host);
	give_up(ws);
}

static void on_close(struct conn *conn, enum err err, void *arg)
{
	struct ws *ws = arg;
	struct ws_dial *d = ws->dial;

	bool reached = conn_why(conn, err, &d->why) || d->reply.len > 0;

	ws->live.conn = NULL;
	if (d->next < d->count && !reached)
		connect_next(ws);
	else
		give_up(ws);
}

static void on_open(struct conn *conn, void *arg)
{
	struct ws *ws = arg;

	conn_write(conn, ws->dial->request.ptr, ws->dial->request.len);
}

/* The time that is left is shared by the addresses that are left. */
static void connect_next(struct ws *ws)
{
	static const struct conn_ops ops = {
		.on_data = on_data,
		.on_end = on_end,
		.on_close = on_close,
		.on_open = on_open,
	};
	struct ws_dial *d = ws->dial;
	int64_t left = d->end - loop_now(d->loop);
	struct conn_target to = {
		.ip = d->ips[d->next],
		.port = d->port,
		.timeout_ms = left > 0 ? left / (int64_t)(d->count - d->next) : 0,
		.tls = d->tls,
		.host = d->host,
	};

	d->next++;
	d->why.err = E_OK;
	ws->live.conn = conn_connect(d->loop, &to, &ops, ws);
}

static void on_resolved(const struct ip *ips, size_t count, const struct why *why, void *arg)
{
	struct ws *ws = arg;
	struct ws_dial *d = ws->dial;

	d->resolve = NULL;
	if (count == 0) {
		d->why = *why;
		give_up(ws);
		return;
	}
	memcpy(d->ips, ips, count * sizeof(*ips));
	d->count = count;
	connect_next(ws);
}

/* --- the request --- */

/* Nothing that ends a line may come from outside. */
static bool is_clean(const char *text, char from)
{
	for (; *text; text++)
		if ((unsigned char)*text < (unsigned char)from || *text == 0x7F)
			return false;
	return true;
}

static void add_host(struct ws_dial *d)
{
	bool usual = d->port == (d->tls ? 443 : 80), v6 = strchr(d->host, ':');

	buf_printf(&d->request, v6 ? "Host: [%s]" : "Host: %s", d->host);
	if (!usual)
		buf_printf(&d->request, ":%u", d->port);
	buf_puts(&d->request, "\r\n");
}

static void add_key(struct ws_dial *d)
{
	char random[KEY_BYTES];
	struct buf key;

	random_bytes(random, sizeof(random));
	buf_init(&key, WS_KEY_LEN);
	base64_encode((struct str){ random, sizeof(random) }, &key);
	buf_printf(&d->request, "Sec-WebSocket-Key: %.*s\r\n", STR_ARG(buf_str(&key)));
	ws_accept_key(buf_str(&key), &d->accept);
	buf_finish(&key);
}

/* False if a piece of it would make it another request. */
static bool make_request(struct ws_dial *d, const struct ws_target *to)
{
	const char *path = to->path ? to->path : "/";
	bool clean = is_clean(d->host, '!') && is_clean(path, '!') &&
	    (!d->protocol || is_clean(d->protocol, '!'));

	buf_printf(&d->request, "GET %s HTTP/1.1\r\n", path);
	add_host(d);
	buf_puts(&d->request, "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nUser-Agent: platen/" PLATEN_VERSION "\r\n");
	add_key(d);
	if (d->protocol)
		buf_printf(&d->request, "Sec-WebSocket-Protocol: %s\r\n", d->protocol);
	for (const char *const *h = to->headers; h && *h; h++) {
		clean = clean && is_clean(*h, ' ');
		buf_printf(&d->request, "%s\r\n", *h);
	}
	buf_puts(&d->request, "\r\n");
	return clean && path[0] == '/' && !d->request.failed;
}

static struct ws_dial *dial_create(struct loop *loop, const struct ws_target *to)
{
	struct ws_dial *d = mem_alloc(sizeof(*d));

	d->loop = loop;
	d->tls = tls_hold(to->tls);
	d->host = mem_strdup(to->host);
	d->protocol = mem_strdup(to->protocol);
	d->port = to->port;
	d->end = loop_now(loop) + (to->timeout_ms ? to->timeout_ms : TIMEOUT_MS);
	buf_init(&d->request, HEAD_MAX);
	buf_init(&d->accept, 64);
	buf_init(&d->reply, REPLY_MAX);
	return d;
}

struct ws *ws_connect(struct loop *loop, const struct ws_target *to, const struct ws_ops *ops,
    void *arg)
{
	struct ws *ws = ws_create(&to->limits, ops, arg);
	int64_t left;

	ws->is_client = true;
	ws->state = WS_DIALLING;
	ws->clock = timer_create_on(loop, on_clock, ws);
	ws->dial = dial_create(loop, to);
	left = ws->dial->end - loop_now(loop);
	if (make_request(ws->dial, to)) {
		timer_arm(ws->clock, left, 0);
		ws->dial->resolve = resolve_start(loop, to->host, left, on_resolved, ws);
	} else {
		why_fail(&ws->dial->why, E_FIELD, "The address or a header of the link to \"%s\" "
		    "is not allowed in a request", to->host);
		cancel(ws);
	}
	return ws;
}

const struct why *ws_why(const struct ws *ws)
{
	return ws->dial ? &ws->dial->why : NULL;
}

int ws_status(const struct ws *ws)
{
	return ws->dial ? ws->dial->status : 0;
}
