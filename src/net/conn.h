/*
 * Byte streams on the loop: listeners on TCP and Unix addresses, accepted (and
 * outgoing) connections, TLS or plain decided by the first byte.
 *
 * A connection hands every received window to `on_data` and buffers what could
 * not be written at once up to a ceiling: a reader that lets more pile up is
 * dropped (`on_close` with E_LOST), never buffered for ever. Loop thread only.
 *
 * Any callback may close or abort its connection. After that no callback comes
 * but on_close, in a later turn; until it has returned the conn is valid, and
 * writes to it return false. on_data is never called from inside a call of
 * this module.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/uri.h"

struct loop;
struct conn;
struct tls;      /* a server's certificate or a client's trust, net/tls.h */
struct listener;

struct conn_ops {
	/* Bytes arrived (decrypted). The window is valid during the call. */
	void (*on_data)(struct conn *c, struct str bytes, void *arg);
	/* The write queue, that was not empty, has drained. May be NULL. */
	void (*on_drain)(struct conn *c, void *arg);
	/* The peer has shut its sending side. NULL: close. */
	void (*on_end)(struct conn *c, void *arg);
	/* Gone, once, last call; the conn is freed after it. E_OK: we closed it or
	 * the peer did in good order; E_LOST: reset, or the ceiling was hit;
	 * E_TIMEOUT: no first byte or handshake in time; E_BAD_REQUEST: no TLS;
	 * outgoing ones also E_REFUSED (so is a certificate that is not valid),
	 * E_UNREACHABLE, E_CONNECT_TIMEOUT. */
	void (*on_close)(struct conn *c, enum err why, void *arg);
	/* An outgoing connection is there, its TLS handshake too. May be NULL. */
	void (*on_open)(struct conn *c, void *arg);
};

void conn_set(struct conn *c, const struct conn_ops *ops, void *arg);
void *conn_arg(const struct conn *c);
/* Copies what cannot leave at once. False if the ceiling was hit: the
 * connection is then closing. */
bool conn_write(struct conn *c, const void *bytes, size_t len);
bool conn_write2(struct conn *c, struct str head, struct str body); /* one writev */
size_t conn_queued(const struct conn *c); /* bytes not yet taken by the kernel */
/* Of what was written little waits in the kernel, so that conn_queued tells
 * what the peer has not got yet. */
void conn_keep_fresh(struct conn *c);
void conn_set_ceiling(struct conn *c, size_t bytes); /* default 1 MiB */
void conn_pause(struct conn *c, bool paused);  /* stop or go on reading; hides the peer's end */
void conn_shutdown(struct conn *c);            /* half-close after the queue has drained */
/*
 * Close when the queue has drained, within 5 s. Then FIN, and up to 2 s for the
 * peer to close too, its bytes thrown away: a plain close with bytes unread
 * would send RST and destroy our last reply on its way.
 */
void conn_close(struct conn *c);
void conn_drop(struct conn *c);   /* now, without waiting: FIN, or RST if bytes are unread */
void conn_abort(struct conn *c);  /* now, with RST; what is queued is lost */
bool conn_is_tls(const struct conn *c);
bool conn_is_unix(const struct conn *c);
bool conn_peer(const struct conn *c, struct ip *ip, uint16_t *port);  /* false for Unix */
bool conn_local(const struct conn *c, struct ip *ip, uint16_t *port);
bool conn_peer_uid(const struct conn *c, unsigned *uid); /* Unix sockets only */
struct loop *conn_loop(const struct conn *c);
struct listener *conn_listener(const struct conn *c); /* NULL for outgoing ones */

enum tls_mode {
	TLS_OFF,  /* plain only */
	TLS_ON,   /* TLS only */
	TLS_AUTO, /* the first byte decides: 0x16 is TLS */
};

struct listen_options {
	const struct tls *tls; /* NULL: plain only, whatever the mode */
	enum tls_mode tls_mode;
	const char *plain_answer; /* TLS_ON: what a plain caller reads before the end; NULL: RST */
	size_t max_clients;   /* 0: 4096; one more is accepted and closed at once */
	int64_t first_byte_ms; /* TLS handshake, or the first plain byte where TLS is
	                        * possible, within this; 0: 5000. A plain listener
	                        * waits for ever: silence is then its user's matter */
	size_t receive_bytes;  /* what the kernel takes in ahead of us; 0: its own choice */
};

/*
 * Listen on one address. `on_accept` sets ops on the new connection (before
 * any data) or closes it; one without ops is closed. The listener is destroyed
 * by listener_close, its connections live on. E_BUSY "Port 8080 is in use",
 * E_NOT_ALLOWED, E_UNSUPPORTED (no IPv6 here), E_NOT_FOUND (not our address).
 *
 * A Unix socket is created with `mode` and no moment before is it more open; a
 * file that was left behind is replaced if nobody answers there, and ours is
 * removed by listener_close.
 */
typedef void accept_fn(struct conn *c, void *arg);
enum err listener_open_tcp(struct loop *loop, const struct ip *ip, uint16_t port,
    const struct listen_options *options, accept_fn *fn, void *arg,
    struct listener **out, struct why *why);
enum err listener_open_unix(struct loop *loop, const char *path, unsigned mode,
    const struct listen_options *options, accept_fn *fn, void *arg,
    struct listener **out, struct why *why);
uint16_t listener_port(const struct listener *l); /* the real one if 0 was asked for */
size_t listener_clients(const struct listener *l);
void listener_set_tls(struct listener *l, const struct tls *tls); /* for new connections */
void listener_close(struct listener *l);

struct conn_target {
	struct ip ip;
	uint16_t port;
	int64_t timeout_ms;    /* until on_open */
	const struct tls *tls; /* of tls_trust; NULL: plain */
	const char *host;      /* with TLS: for whom the certificate must be valid */
};

/*
 * Connect to an address. Never NULL; `on_open` or `on_close` follows, within
 * the time-out. What is written to a plain one before is queued; with TLS,
 * write and shut down only after on_open.
 */
struct conn *conn_connect(struct loop *loop, const struct conn_target *to,
    const struct conn_ops *ops, void *arg);
/* In on_close: the sentence for `err`. True if the peer was reached and TLS failed. */
bool conn_why(const struct conn *c, enum err err, struct why *why);

#endif
