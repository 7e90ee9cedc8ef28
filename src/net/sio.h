/*
 * A Socket.IO 4 client: Engine.IO 4 over WebSocket alone (no polling before
 * it), one namespace for each connection. It connects once; when to try again
 * is up to the caller (net/backoff.h).
 *
 * The heart-beat is answered, and a server that is silent for longer than its
 * pingInterval + pingTimeout has gone. Messages above 1 MiB, binary ones, acks
 * and packets of other namespaces are thrown away and counted; a packet that
 * cannot be parsed ends the connection. Loop thread only.
 */
#ifndef NET_SIO_H
#define NET_SIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "net/sio_packet.h"

struct loop;
struct sio;
struct tls;

/* Slices and values live as long as the call. */
struct sio_event {
	struct str name;
	const struct json *args; /* the first (json_next, json_source), or NULL */
	int64_t ack;             /* for sio_ack; SIO_NO_ACK: none is wanted */
};

struct sio_ops {
	/* The namespace is joined: from now sio_emit works. */
	void (*on_connected)(struct sio *s, struct str sid, void *arg);
	/* The server's middleware said no; `json` is its text, {"message":...} as a
	 * rule. on_closed follows. May be NULL. */
	void (*on_refused)(struct sio *s, struct str json, void *arg);
	void (*on_event)(struct sio *s, const struct sio_event *e, void *arg);
	/* Once, last; s is freed after it. E_OK: sio_close; E_REFUSED: also when the
	 * server refused the namespace, the upgrade or has no valid certificate;
	 * E_LOST: it ended, or went silent; E_BAD_REQUEST: it sent what cannot be
	 * parsed; E_CONNECT_TIMEOUT, E_UNREACHABLE, E_FIELD (the options). */
	void (*on_closed)(struct sio *s, const struct why *why, void *arg);
};

struct sio_options {
	const char *url;         /* https://host[:port], http, ws, wss; a path is not used */
	const char *path;        /* NULL: "/socket.io/" */
	const char *name_space;  /* NULL: "/" */
	const char *auth;        /* JSON object, sent when joining; NULL: none */
	const struct tls *tls;   /* of tls_trust; needed for https and wss */
	const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
	int64_t timeout_ms;      /* until the WebSocket is open, and again until joined; 0: 10000 */
};

/* Copies the options and holds their tls. Never NULL; on_connected, on_refused
 * or on_closed follows, in a later turn. */
struct sio *sio_connect(struct loop *loop, const struct sio_options *options,
    const struct sio_ops *ops, void *arg);

/* `args`: JSON values joined by commas, may be empty. False, and nothing is
 * sent: not joined, or longer than the server takes. */
bool sio_emit(struct sio *s, const char *event, struct str args);
bool sio_ack(struct sio *s, int64_t ack, struct str args);
/* Leave the namespace and close; on_closed follows within seconds. */
void sio_close(struct sio *s);

struct sio_counts {
	uint64_t events;   /* delivered */
	uint64_t too_big, binary, unknown; /* thrown away */
};
struct sio_counts sio_counts(const struct sio *s);
void *sio_arg(const struct sio *s);

#endif
