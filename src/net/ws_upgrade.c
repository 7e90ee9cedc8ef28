/*
 * The server's opening handshake: a request becomes a WebSocket.
 */
#include <string.h>

#include "base/sha.h"
#include "base/text.h"
#include "net/ws_priv.h"

#define KEY_BYTES 16

bool ws_lists(struct str value, const char *token)
{
	while (value.len > 0)
		if (str_is_nocase(str_trim(str_cut(value, ',', &value)), token))
			return true;
	return false;
}

/* Whether one of the headers `name` lists `token`. */
static bool has_token(const struct http_request *r, const char *name, const char *token)
{
	for (size_t i = 0; i < http_header_count(r); i++) {
		struct http_header h = http_header_at(r, i);

		if (str_is_nocase(h.name, name) && ws_lists(h.value, token))
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
	ok = key.len == WS_KEY_LEN && base64_decode(key, &bytes) && bytes.len == KEY_BYTES;
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

void ws_accept_key(struct str key, struct buf *out)
{
	char text[WS_KEY_LEN + 36];
	uint8_t digest[20];

	memcpy(text, key.ptr, WS_KEY_LEN);
	memcpy(text + WS_KEY_LEN, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
	sha1((struct str){ text, sizeof(text) }, digest);
	base64_encode((struct str){ (const char *)digest, sizeof(digest) }, out);
}

static void reply_101(struct http_request *r)
{
	struct buf *out = http_reply_begin(r->client, r, 101);

	buf_puts(out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
	ws_accept_key(http_header(r, "Sec-WebSocket-Key"), out);
	buf_puts(out, "\r\n");
	http_reply_send(r->client, STR_NONE);
}

struct ws *ws_upgrade(struct http_request *r, const struct ws_limits *limits,
    const struct ws_ops *ops, void *arg)
{
	struct http_client *c = r->client;
	struct http_service *s = c->live.service;
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
	ws = ws_create(limits, ops, arg);
	http_tick(s, ws->limits.ping_ms);
	http_tick(s, ws->limits.silence_ms);
	http_live_add(s, &ws->live, c->live.conn);
	ws_begin(ws);
	http_client_take(c, &ws_conn_ops, ws);
	return ws;
}
