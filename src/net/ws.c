/*
 * The WebSocket's life: handshake, sending, the closing handshake, pings.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/text.h"
#include "net/ws_priv.h"

#define MIB (1024 * 1024)
/* For the peer's close frame once ours is out. */
#define CLOSING_MS 2000
#define KEY_BYTES 16

/* --- the end --- */

static void ws_free(struct ws *ws)
{
	list_remove(&ws->live.node);
	ws_reader_destroy(ws->reader);
	free(ws);
}

static void close_conn(struct ws *ws)
{
	ws->state = WS_CLOSED;
	ws->live.due = HTTP_NEVER;
	conn_close(ws->live.conn);
}

static void write_frame(struct ws *ws, enum ws_opcode opcode, struct str payload)
{
	uint8_t head[WS_HEAD_MAX];
	size_t len = ws_frame_head(opcode, payload.len, head);

	conn_write2(ws->live.conn, (struct str){ (const char *)head, len }, payload);
}

/* A code of WS_NO_CODE makes an empty close frame. */
static void write_close(struct ws *ws, uint16_t code, struct str reason)
{
	char payload[WS_CONTROL_MAX] = { (char)(code >> 8), (char)code };
	size_t len = code == WS_NO_CODE ? 0 : 2 + reason.len;

	if (reason.len > 0)
		memcpy(payload + 2, reason.ptr, reason.len);
	write_frame(ws, WS_CLOSE, (struct str){ payload, len });
}

void ws_fail(struct ws *ws, enum ws_code code)
{
	if (ws->state == WS_OPEN) {
		ws->code = code;
		write_close(ws, code, STR_NONE);
	}
	if (ws->state != WS_CLOSED)
		close_conn(ws);
}

/* As much of the reason as fits, not cut inside of a character. */
static struct str fit_reason(const char *reason)
{
	struct str s = str_head(str_of(reason), WS_CONTROL_MAX - 2);

	while (s.len > 0 && !utf8_valid(s))
		s.len--;
	return s;
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
	if (ws->state != WS_OPEN)
		return;
	write_close(ws, code, fit_reason(reason));
	ws->code = code;
	ws->state = WS_CLOSING;
	ws->live.due = loop_now(ws->live.service->loop) + CLOSING_MS;
}

static bool is_code(uint16_t code)
{
	if (code >= 3000)
		return code < 5000;
	return (code >= WS_NORMAL && code <= WS_UNACCEPTABLE) ||
	    (code >= WS_NOT_UTF8 && code <= WS_BAD_GATEWAY);
}

void ws_peer_closes(struct ws *ws, struct str payload)
{
	uint16_t code = WS_NO_CODE;

	if (payload.len >= 2)
		code = (uint16_t)((uint8_t)payload.ptr[0] << 8 | (uint8_t)payload.ptr[1]);
	if (payload.len == 1 || (payload.len > 0 && !is_code(code))) {
		ws_fail(ws, WS_PROTOCOL);
		return;
	}
	if (!utf8_valid(str_from(payload, 2))) {
		ws_fail(ws, WS_NOT_UTF8);
		return;
	}
	if (ws->state == WS_OPEN) {
		ws->code = code;
		write_close(ws, code, STR_NONE);
	}
	close_conn(ws);
}

/* --- sending --- */

/* Whether `len` more may pile up; a reader that is too slow is closed. */
static bool may_send(struct ws *ws, size_t len)
{
	size_t queued = conn_queued(ws->live.conn);

	if (ws->state != WS_OPEN)
		return false;
	if (queued == 0 || queued + len <= ws->limits.queue_bytes)
		return true;
	ws_fail(ws, WS_POLICY);
	return false;
}

void ws_send(struct ws *ws, enum ws_opcode opcode, struct str payload)
{
	if (may_send(ws, payload.len + WS_HEAD_MAX))
		write_frame(ws, opcode, payload);
}

void ws_send_text(struct ws *ws, struct str text)
{
	ws_send(ws, WS_TEXT, text);
}

void ws_send_binary(struct ws *ws, struct str bytes)
{
	ws_send(ws, WS_BINARY, bytes);
}

void ws_send_frame(struct ws *ws, struct ws_frame *frame)
{
	struct str bytes = ws_frame_bytes(frame);

	if (may_send(ws, bytes.len))
		conn_write(ws->live.conn, bytes.ptr, bytes.len);
}

/* --- the clock --- */

static void set_due(struct ws *ws)
{
	int64_t ping = ws->pinged + ws->limits.ping_ms;
	int64_t silence = ws->heard + ws->limits.silence_ms;

	ws->live.due = ping < silence ? ping : silence;
}

static void on_due(struct http_live *live)
{
	struct ws *ws = LIST_OF(live, struct ws, live);
	int64_t now = loop_now(live->service->loop);

	if (ws->state != WS_OPEN) {
		close_conn(ws);
		return;
	}
	if (now >= ws->heard + ws->limits.silence_ms) {
		ws->state = WS_CLOSED;
		live->due = HTTP_NEVER;
		conn_abort(live->conn);
		return;
	}
	if (now >= ws->pinged + ws->limits.ping_ms) {
		ws->pinged = now;
		ws_send(ws, WS_PING, STR_NONE);
	}
	if (ws->state == WS_OPEN)
		set_due(ws);
}

/* --- the connection --- */

static void on_data(struct conn *conn, struct str bytes, void *arg)
{
	struct ws *ws = arg;

	ws->heard = loop_now(ws->live.service->loop);
	if (ws->state != WS_CLOSED)
		ws_read(ws, bytes);
}

static void on_end(struct conn *conn, void *arg)
{
	close_conn(arg);
}

static void on_close(struct conn *conn, enum err why, void *arg)
{
	struct ws *ws = arg;

	if (ws->ops.on_close)
		ws->ops.on_close(ws, ws->code, ws->arg);
	ws_free(ws);
}

static const struct conn_ops conn_ops = {
	.on_data = on_data,
	.on_end = on_end,
	.on_close = on_close,
};

static void on_destroy(struct http_live *live)
{
	struct conn *conn = live->conn;

	http_live_drop(live);
	on_close(conn, E_LOST, LIST_OF(live, struct ws, live));
}

/* --- the handshake --- */

/* Whether one of the headers `name` lists `token`. */
static bool has_token(const struct http_request *r, const char *name, const char *token)
{
	for (size_t i = 0; i < http_header_count(r); i++) {
		struct http_header h = http_header_at(r, i);
		struct str rest = h.value;

		if (!str_is_nocase(h.name, name))
			continue;
		while (rest.len > 0)
			if (str_is_nocase(str_trim(str_cut(rest, ',', &rest)), token))
				return true;
	}
	return false;
}

bool ws_wanted(const struct http_request *r)
{
	return str_is(http_method(r), "GET") && has_token(r, "Upgrade", "websocket") &&
	    has_token(r, "Connection", "Upgrade");
}

static bool is_key(struct str key)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, 32);
	ok = key.len == 24 && base64_decode(key, &bytes) && bytes.len == KEY_BYTES;
	buf_finish(&bytes);
	return ok;
}

/* RFC 6455 section 4.2.1 */
static enum err check_handshake(const struct http_request *r)
{
	if (!ws_wanted(r) || r->minor != 1 || http_has_body(r) ||
	    http_header_repeats(r, "Sec-WebSocket-Key") != 1 ||
	    !is_key(http_header(r, "Sec-WebSocket-Key")))
		return E_BAD_REQUEST;
	return str_is(http_header(r, "Sec-WebSocket-Version"), "13") ? E_OK : E_UPGRADE;
}

static void accept_key(struct str key, struct buf *out)
{
	char text[24 + 36];
	uint8_t digest[20];

	memcpy(text, key.ptr, 24);
	memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
	sha1((struct str){ text, sizeof(text) }, digest);
	base64_encode((struct str){ (const char *)digest, sizeof(digest) }, out);
}

static void reply_101(struct http_request *r)
{
	struct buf *out = http_reply_begin(r->client, r, 101);

	buf_puts(out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
	accept_key(http_header(r, "Sec-WebSocket-Key"), out);
	buf_puts(out, "\r\n");
	http_reply_send(r->client, STR_NONE);
}

static struct ws_limits fill_in(const struct ws_limits *given)
{
	struct ws_limits l = given ? *given : (struct ws_limits){ 0 };

	l.message_bytes = l.message_bytes ? l.message_bytes : MIB;
	l.queue_bytes = l.queue_bytes ? l.queue_bytes : MIB;
	l.ping_ms = l.ping_ms ? l.ping_ms : 30000;
	l.silence_ms = l.silence_ms ? l.silence_ms : 75000;
	return l;
}

static struct ws *ws_create(struct http_client *c, const struct ws_limits *limits,
    const struct ws_ops *ops, void *arg)
{
	struct http_service *s = c->live.service;
	struct ws *ws = mem_alloc(sizeof(*ws));

	ws->ops = *ops;
	ws->arg = arg;
	ws->limits = fill_in(limits);
	ws->code = WS_ABNORMAL;
	ws->heard = ws->pinged = loop_now(s->loop);
	ws->live.on_due = on_due;
	ws->live.on_destroy = on_destroy;
	set_due(ws);
	http_tick(s, ws->limits.ping_ms);
	http_tick(s, ws->limits.silence_ms);
	http_live_add(s, &ws->live, c->live.conn);
	return ws;
}

struct ws *ws_upgrade(struct http_request *r, const struct ws_limits *limits,
    const struct ws_ops *ops, void *arg)
{
	struct http_client *c = r->client;
	enum err err = check_handshake(r);
	struct ws *ws;

	if (err == E_UPGRADE) {
		http_add_header(r, "Upgrade", STR("websocket"));
		http_add_header(r, "Sec-WebSocket-Version", STR("13"));
	}
	if (err) {
		http_reply_error(r, err);
		return NULL;
	}
	reply_101(r);
	ws = ws_create(c, limits, ops, arg);
	/* What piles up is counted here, so that the last frame can say 1008. */
	conn_set_ceiling(c->live.conn, SIZE_MAX);
	http_client_take(c, &conn_ops, ws);
	return ws;
}

void *ws_arg(const struct ws *ws)
{
	return ws->arg;
}

struct conn *ws_conn(const struct ws *ws)
{
	return ws->live.conn;
}
