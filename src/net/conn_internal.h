/*
 * Connections and listeners from inside, for conn.c, conn_write.c and listener.c.
 */
#ifndef NET_CONN_INTERNAL_H
#define NET_CONN_INTERNAL_H

#include <uv.h>

#include "net/conn.h"
#include "net/loop_internal.h"
#include "net/tls.h"

/* Either kind of stream; libuv's own types begin alike. */
union stream {
	uv_handle_t handle;
	uv_stream_t stream;
	uv_tcp_t tcp;
	uv_pipe_t pipe;
};

struct listener {
	union stream uv;
	struct loop *loop;
	struct listen_options options;
	struct tls *tls; /* for new connections; one reference */
	accept_fn *fn;
	void *arg;
	size_t clients;  /* they keep the listener's memory */
	bool full; /* and that was said */
	bool closed;
	char *path;      /* of a Unix socket */
	unsigned long long inode;
};

struct outbox;

enum conn_state {
	CONN_CONNECTING,
	CONN_OPEN,
	CONN_CLOSING,   /* the queue drains */
	CONN_LINGERING, /* our FIN is sent; what still comes is thrown away */
	CONN_GONE,      /* libuv closes the handle */
};

/* An idle plain connection is this and nothing else. */
struct conn {
	union stream uv;
	struct loop *loop;
	struct listener *listener;
	const struct conn_ops *ops;
	void *arg;
	struct tls_session *tls;
	struct outbox *outbox; /* exists while the kernel does not take more */
	struct deadline deadline;
	size_t ceiling;
	enum err why;
	uint8_t state; /* enum conn_state */
	bool is_unix : 1;
	bool undecided : 1; /* the first byte will tell TLS from plain */
	bool greeting : 1;  /* outgoing, TCP stands, the TLS handshake is under way */
	bool paused : 1;
	bool ended : 1;     /* the peer will send nothing more */
	bool shut : 1;      /* we will */
};

/* End now. The first reason is the one that is told. */
void conn_finish(struct conn *c, enum err why);
void conn_reset(struct conn *c, enum err why);
/* The outbox was there and is gone. */
void conn_drained(struct conn *c);
void conn_outbox_destroy(struct outbox *o);
/* A tls_send_fn; arg is the conn. */
bool conn_send_ciphertext(void *arg, const void *bytes, size_t len);
/* The connection that waits on `l`; NULL if it went already. */
struct conn *conn_accept(struct listener *l);
/* After on_accept: begin to read. */
void conn_begin(struct conn *c);
/* A connection of `l` is gone; frees a closed listener with its last one. */
void listener_leave(struct listener *l);

#endif
