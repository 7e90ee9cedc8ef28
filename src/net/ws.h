/*
 * WebSocket (RFC 6455, version 13), on an upgraded HTTP request or as a client:
 * wslay inside (its one home). No extensions.
 *
 * Fragments are joined up to the message ceiling (else close 1009), invalid
 * UTF-8 closes with 1007, a frame that is not masked (from a client) or is
 * (from a server) with 1002, a binary message with 1003 unless on_binary is
 * set. Either side pings every 30 s and drops a peer that was silent for 75 s;
 * a reader that lets more than the queue ceiling pile up is closed with 1008.
 * An idle connection costs no codec context: one exists only while a message
 * is in progress.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/http.h"

struct ws;

struct ws_ops {
	void (*on_text)(struct ws *ws, struct str text, void *arg); /* valid UTF-8 */
	void (*on_binary)(struct ws *ws, struct str bytes, void *arg); /* NULL: 1003 */
	/* Once, last; ws is freed after it. The code of who closed first; 1005: the
	 * peer gave none, 1006: the connection broke or never came (ws_why). */
	void (*on_close)(struct ws *ws, uint16_t code, void *arg);
	/* A client's handshake is done: from now it may send. May be NULL. */
	void (*on_open)(struct ws *ws, void *arg);
	/* A message was longer than the ceiling; it was read and thrown away. NULL: 1009. */
	void (*on_too_big)(struct ws *ws, void *arg);
};

struct ws_limits {          /* 0 takes the default */
	size_t message_bytes;   /* 1 MiB */
	size_t queue_bytes;     /* 1 MiB */
	int64_t ping_ms;        /* 30000 */
	int64_t silence_ms;     /* 75000 */
};

/* Whether the request asks for a WebSocket (method, Upgrade, Connection); its key
 * and version are for ws_upgrade to judge. In on_head: upgrades have no body. */
bool ws_wanted(const struct http_request *r);
/* Answer 101 and take the connection; NULL if the handshake is malformed (it
 * was then answered with 400, or 426 for another version). The request is over.
 * Copies limits and ops. A subprotocol is chosen with http_add_header before. */
struct ws *ws_upgrade(struct http_request *r, const struct ws_limits *limits,
    const struct ws_ops *ops, void *arg);

struct ws_target {
	const char *host; /* name or IP literal, without brackets */
	uint16_t port;
	const char *path;              /* with its query; NULL: "/" */
	const struct tls *tls;         /* of tls_trust; NULL: plain */
	const char *const *headers;    /* "Name: value", NULL-terminated; may be NULL */
	const char *protocol;          /* subprotocol to ask for; may be NULL */
	int64_t timeout_ms;            /* until on_open, all in all; 0: 10000 */
	struct ws_limits limits;
};

/*
 * Open a WebSocket as a client: find the addresses and try them in their order,
 * TLS, handshake. Copies `to` and holds its tls. Never NULL; on_open or on_close
 * follows, in a later turn. Redirects are not followed.
 */
struct ws *ws_connect(struct loop *loop, const struct ws_target *to, const struct ws_ops *ops,
    void *arg);
/* In the on_close of a client that was never open: why. Else NULL. */
const struct why *ws_why(const struct ws *ws);
int ws_status(const struct ws *ws); /* then: the server's HTTP status; 0: it gave none */

/* What is sent before on_open, or after the end, is dropped. */
void ws_send_text(struct ws *ws, struct str text);
void ws_send_binary(struct ws *ws, struct str bytes);

/* One encoded frame for many clients: no copy per client until the kernel is full. */
struct ws_frame;
struct ws_frame *ws_frame_text(struct str text);
void ws_send_frame(struct ws *ws, struct ws_frame *frame);
void ws_frame_release(struct ws_frame *frame);

/* What is sent after this is dropped; on_close follows, within seconds. */
void ws_close(struct ws *ws, uint16_t code, const char *reason);
void ws_abort(struct ws *ws); /* without a word; on_close follows at once, in a later turn */
void *ws_arg(const struct ws *ws);
struct conn *ws_conn(const struct ws *ws); /* NULL while a client is not open */

#endif
