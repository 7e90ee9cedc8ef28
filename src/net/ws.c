/*
 * The WebSocket's life, whichever side we are: sending, the closing handshake,
 * pings.
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
/* Payload is masked in pieces of this: with its head, one TLS record. */
#define PIECE (16 * 1024 - 16)

/* --- the end --- */

void ws_free(struct ws *ws)
{
	list_remove(&ws->live.node);
	timer_destroy(ws->clock);
	ws_dial_free(ws->dial);
	ws_reader_destroy(ws->reader);
	free(ws);
}

void ws_set_due(struct ws *ws, int64_t at)
{
	ws->live.due = at;
	if (ws->clock && at == HTTP_NEVER)
		timer_disarm(ws->clock);
	else if (ws->clock)
		timer_arm(ws->clock, at - loop_now(conn_loop(ws->live.conn)), 0);
}

static void close_conn(struct ws *ws)
{
	ws->state = WS_CLOSED;
	ws_set_due(ws, HTTP_NEVER);
	conn_close(ws->live.conn);
}

/* In pieces, so that a big message costs no second copy of it. */
static void write_masked(struct ws *ws, enum ws_opcode opcode, struct str payload)
{
	uint8_t head[WS_HEAD_MAX], mask[WS_MASK_BYTES];
	char piece[PIECE];
	size_t len;

	random_bytes(mask, sizeof(mask));
	len = ws_frame_head(opcode, payload.len, mask, head);
	for (size_t at = 0; at == 0 || at < payload.len; at += PIECE) {
		struct str part = str_head(str_from(payload, at), PIECE);

		ws_frame_mask(mask, at, part, piece);
		conn_write2(ws->live.conn, (struct str){ (const char *)head, at ? 0 : len },
		    (struct str){ piece, part.len });
	}
}

static void write_frame(struct ws *ws, enum ws_opcode opcode, struct str payload)
{
	uint8_t head[WS_HEAD_MAX];
	size_t len;

	if (ws->is_client) {
		write_masked(ws, opcode, payload);
		return;
	}
	len = ws_frame_head(opcode, payload.len, NULL, head);
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
	if (ws->state == WS_DIALLING)
		ws_dial_cancel(ws);
	if (ws->state != WS_OPEN)
		return;
	write_close(ws, code, fit_reason(reason));
	ws->code = code;
	ws->state = WS_CLOSING;
	ws_set_due(ws, loop_now(conn_loop(ws->live.conn)) + CLOSING_MS);
}

void ws_abort(struct ws *ws)
{
	if (ws->state == WS_DIALLING) {
		ws_dial_cancel(ws);
		return;
	}
	ws->state = WS_CLOSED;
	ws_set_due(ws, HTTP_NEVER);
	conn_abort(ws->live.conn);
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
	size_t queued;

	if (ws->state != WS_OPEN)
		return false;
	queued = conn_queued(ws->live.conn);
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

	if (ws->is_client)
		ws_send(ws, WS_TEXT, ws_frame_payload(frame));
	else if (may_send(ws, bytes.len))
		conn_write(ws->live.conn, bytes.ptr, bytes.len);
}

/* --- the clock --- */

static void await_next(struct ws *ws)
{
	int64_t ping = ws->pinged + ws->limits.ping_ms;
	int64_t silence = ws->heard + ws->limits.silence_ms;

	ws_set_due(ws, ping < silence ? ping : silence);
}

static void on_due(struct http_live *live)
{
	struct ws *ws = LIST_OF(live, struct ws, live);
	int64_t now = loop_now(conn_loop(live->conn));

	if (ws->state != WS_OPEN) {
		close_conn(ws);
		return;
	}
	if (now >= ws->heard + ws->limits.silence_ms) {
		ws_abort(ws);
		return;
	}
	if (now >= ws->pinged + ws->limits.ping_ms) {
		ws->pinged = now;
		ws_send(ws, WS_PING, STR_NONE);
	}
	if (ws->state == WS_OPEN)
		await_next(ws);
}

/* --- the connection --- */

static void on_data(struct conn *conn, struct str bytes, void *arg)
{
	struct ws *ws = arg;

	ws->heard = loop_now(conn_loop(conn));
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

const struct conn_ops ws_conn_ops = {
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

/* --- the beginning --- */

static struct ws_limits fill_in(const struct ws_limits *given)
{
	struct ws_limits l = given ? *given : (struct ws_limits){ 0 };

	l.message_bytes = l.message_bytes ? l.message_bytes : MIB;
	l.queue_bytes = l.queue_bytes ? l.queue_bytes : MIB;
	l.ping_ms = l.ping_ms ? l.ping_ms : 30000;
	l.silence_ms = l.silence_ms ? l.silence_ms : 75000;
	return l;
}

struct ws *ws_create(const struct ws_limits *limits, const struct ws_ops *ops, void *arg)
{
	struct ws *ws = mem_alloc(sizeof(*ws));

	list_init(&ws->live.node);
	ws->live.on_due = on_due;
	ws->live.on_destroy = on_destroy;
	ws->live.due = HTTP_NEVER;
	ws->ops = *ops;
	ws->arg = arg;
	ws->limits = fill_in(limits);
	ws->code = WS_ABNORMAL;
	return ws;
}

void ws_begin(struct ws *ws)
{
	ws->state = WS_OPEN;
	ws->heard = ws->pinged = loop_now(conn_loop(ws->live.conn));
	await_next(ws);
	/* What piles up is counted here, so that the last frame can say 1008. */
	conn_set_ceiling(ws->live.conn, SIZE_MAX);
}

void *ws_arg(const struct ws *ws)
{
	return ws->arg;
}

struct conn *ws_conn(const struct ws *ws)
{
	return ws->live.conn;
}
