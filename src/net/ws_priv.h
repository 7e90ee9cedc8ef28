/*
 * WebSocket from inside: ws.c (handshake, sending, closing, the clock),
 * ws_read.c (frames -> messages, by wslay), ws_frame.c (frames we send).
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
	WS_OPEN,
	WS_CLOSING, /* our close frame is out, the peer's is awaited */
	WS_CLOSED,  /* the connection is closing */
};

struct ws_reader;

/* All that an idle client costs here. */
struct ws {
	struct http_live live;
	struct ws_ops ops;
	void *arg;
	struct ws_limits limits; /* defaults filled in */
	struct ws_reader *reader; /* only while a message is in progress */
	int64_t heard, pinged;
	uint16_t code; /* for on_close */
	uint8_t state;
};

/* ws.c */
void ws_send(struct ws *ws, enum ws_opcode opcode, struct str payload);
/* Say why and close; nothing more is read. */
void ws_fail(struct ws *ws, enum ws_code code);
/* The peer's close frame is here. */
void ws_peer_closes(struct ws *ws, struct str payload);

/* ws_read.c */
void ws_read(struct ws *ws, struct str bytes);
void ws_reader_destroy(struct ws_reader *reader);

/* ws_frame.c */
#define WS_HEAD_MAX 10
/* The head of an unfragmented, unmasked frame; returns its length. */
size_t ws_frame_head(enum ws_opcode opcode, size_t len, uint8_t head[static WS_HEAD_MAX]);
struct str ws_frame_bytes(const struct ws_frame *frame);

#endif
