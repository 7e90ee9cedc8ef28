/*
 * WebSocket from inside: ws.c (sending, closing, the clock), ws_upgrade.c and
 * ws_client.c (the opening handshake, as server and as client), ws_read.c
 * (frames -> messages, by wslay), ws_frame.c (frames we send).
 */
#ifndef NET_WS_PRIV_H
#define NET_WS_PRIV_H

#include "net/http_priv.h"
#include "net/ws.h"

enum ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xA,
};

/* RFC 6455 section 7.4.1 */
enum ws_code {
	WS_NORMAL = 1000,
	WS_GOING_AWAY = 1001,
	WS_PROTOCOL = 1002,
	WS_UNACCEPTABLE = 1003,
	WS_NO_CODE = 1005,  /* never on the wire */
	WS_ABNORMAL = 1006, /* never on the wire */
	WS_NOT_UTF8 = 1007,
	WS_POLICY = 1008,
	WS_TOO_BIG = 1009,
	WS_BAD_GATEWAY = 1014,
};

#define WS_CONTROL_MAX 125

enum ws_state {
	WS_DIALLING, /* a client's beginning: ws->dial has it */
	WS_OPEN,
	WS_CLOSING, /* our close frame is out, the peer's is awaited */
	WS_CLOSED,  /* the connection is closing */
};

struct ws_reader;
struct ws_dial;

/* All that an idle connection costs here. */
struct ws {
	struct http_live live; /* in a service only if we are the server */
	struct timer *clock;   /* and if not, this one's own */
	struct ws_dial *dial;  /* of a client, until it is open */
	struct ws_ops ops;
	void *arg;
	struct ws_limits limits; /* defaults filled in */
	struct ws_reader *reader; /* only while a message is in progress */
	int64_t heard, pinged;
	uint16_t code; /* for on_close */
	uint8_t state;
	bool is_client; /* masks what it sends */
};

/* ws.c */
struct ws *ws_create(const struct ws_limits *limits, const struct ws_ops *ops, void *arg);
void ws_free(struct ws *ws);
/* The handshake is done: the clock runs. */
void ws_begin(struct ws *ws);
/* When on_due is to be called; HTTP_NEVER. */
void ws_set_due(struct ws *ws, int64_t at);
extern const struct conn_ops ws_conn_ops; /* arg is the ws */
void ws_send(struct ws *ws, enum ws_opcode opcode, struct str payload);
/* Say why and close; nothing more is read. */
void ws_fail(struct ws *ws, enum ws_code code);
/* The peer's close frame is here. */
void ws_peer_closes(struct ws *ws, struct str payload);

/* ws_upgrade.c */
#define WS_KEY_LEN 24
/* What answers a key: RFC 6455 section 4.2.2. */
void ws_accept_key(struct str key, struct buf *out);
bool ws_lists(struct str value, const char *token); /* in a header's list */

/* ws_client.c */
/* End before it is open, in the loop's next turn. */
void ws_dial_cancel(struct ws *ws);
void ws_dial_free(struct ws_dial *dial); /* NULL is allowed */

/* ws_read.c */
void ws_read(struct ws *ws, struct str bytes);
void ws_reader_destroy(struct ws_reader *reader);

/* ws_frame.c */
#define WS_HEAD_MAX 14
#define WS_MASK_BYTES 4
/* The head of an unfragmented frame; returns its length. `mask`: NULL for none. */
size_t ws_frame_head(enum ws_opcode opcode, size_t len, const uint8_t *mask,
    uint8_t head[static WS_HEAD_MAX]);
/* Mask `bytes`, which begin `at` bytes into the payload, to another place. */
void ws_frame_mask(const uint8_t mask[static WS_MASK_BYTES], size_t at, struct str bytes,
    char *to);
struct str ws_frame_bytes(const struct ws_frame *frame);
struct str ws_frame_payload(const struct ws_frame *frame);

#endif
