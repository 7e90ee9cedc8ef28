/*
 * HTTP/1.1 on a connection: llhttp inside (its one home) and our own rules
 * where it is lenient (`Host : x`, doubled spaces, stray CR).
 *
 * Keep-alive and pipelining: requests of one connection are answered in order,
 * the next is parsed when the reply of the one before is complete. Bodies by
 * Content-Length or chunked; `Expect: 100-continue` is answered once the head
 * was accepted. Limits and time-outs are in http_limits; what exceeds them is
 * answered (400, 408, 413, 431) and the connection closed. A malformed request
 * never reaches the callbacks; an absolute target whose authority is not the
 * Host header's is one. HTTP/1.0 is answered and closed. Upgrades other than
 * WebSocket's are ignored.
 *
 * Two calls per request: `on_head` when the head is complete (nothing of the
 * body was read: refuse here by replying, or set the body's ceiling), and
 * `on_request` when the body is whole. If `on_head` replied, `on_request` does
 * not come. The reply may come later, from any loop-thread callback; when the
 * client goes first, `on_gone` tells so that nobody keeps the pointer, and the
 * request is freed after it. Exactly one of reply or on_gone ends a request.
 * A client that shut only its sending side still gets its reply.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "net/conn.h"

struct http_request; /* one exchange */
struct http_service; /* what a listener serves */

struct http_limits {       /* 0 takes the default */
	size_t head_bytes;     /* 16 KiB: request line and headers */
	size_t body_bytes;     /* 1 MiB unless on_head raises it */
	int64_t head_ms;       /* 5000, from the first byte (or accept) to the head's end */
	int64_t body_ms;       /* 30000 for a whole body of up to 1 MiB; longer in proportion */
	int64_t idle_ms;       /* 60000 between requests */
	unsigned headers;      /* 100 */
};

struct http_ops {
	void (*on_head)(struct http_request *r, void *arg);
	void (*on_request)(struct http_request *r, void *arg);
	void (*on_gone)(struct http_request *r, void *arg); /* may be NULL */
	/* How an error of the HTTP layer itself looks in this dialect: append the
	 * JSON body. NULL: {"error":sentence,"code":name}. */
	void (*error_body)(enum err err, struct buf *out, void *arg);
};

struct http_service *http_service_create(struct loop *loop, const struct http_limits *limits,
    const struct http_ops *ops, void *arg);
/* Aborts its connections, telling their owners. Not from inside its callbacks. */
void http_service_destroy(struct http_service *s);
/* An accept_fn; arg is the service. */
void http_accept(struct conn *c, void *service);

struct http_header {
	struct str name, value; /* value trimmed */
};

/* The request. Slices live as long as the request. */
struct str http_method(const struct http_request *r);
struct str http_path(const struct http_request *r);  /* percent-decoded; without query */
struct str http_query(const struct http_request *r); /* raw, without '?' */
/* Decoded value of one query parameter, copied to `out`; false if absent or bad. */
bool http_query_get(const struct http_request *r, const char *name, struct buf *out);
size_t http_header_count(const struct http_request *r);
struct http_header http_header_at(const struct http_request *r, size_t i);
struct str http_header(const struct http_request *r, const char *name); /* first; STR_NONE */
size_t http_header_repeats(const struct http_request *r, const char *name);
struct str http_body(const struct http_request *r);
/* Move the body's bytes out (free()). */
uint8_t *http_body_take(struct http_request *r, size_t *len);
bool http_has_body(const struct http_request *r); /* the head announces one */
struct conn *http_conn(const struct http_request *r);
void *http_request_arg(const struct http_request *r); /* per request, for the service */
void http_request_set_arg(struct http_request *r, void *arg);
void http_set_body_max(struct http_request *r, size_t bytes); /* in on_head */

/*
 * Extra response headers, added before the reply (also kept for http_stream
 * and ws_upgrade refusals). Values must not contain CR or LF (such are dropped).
 */
void http_add_header(struct http_request *r, const char *name, struct str value);
/* The whole reply, with Content-Length. HEAD gets the head only. `type` may be
 * NULL for an empty body. Ends the request. */
void http_reply(struct http_request *r, int status, const char *type, struct str body);
void http_reply_close(struct http_request *r); /* before http_reply: close afterwards */

/* Server-sent events: ends the request and starts the reply; then events until
 * either side closes. A client that lets more than 1 MiB pile up is dropped.
 * `fn` is called once, last, whoever closed; the stream is freed after it. */
struct http_stream;
typedef void http_stream_closed_fn(struct http_stream *s, void *arg);
struct http_stream *http_stream_start(struct http_request *r, http_stream_closed_fn *fn, void *arg);
/* `event` and `id` may be NULL. `data` may hold line feeds. */
void http_stream_event(struct http_stream *s, const char *event, const char *id, struct str data);
/* One is sent every 15 s without being asked for. */
void http_stream_comment(struct http_stream *s, const char *text);
/* For a stream that tells a state again and again: tell the client when to come
 * back, bound what it may leave unsent, and let none of that age in the kernel. */
void http_stream_limits(struct http_stream *s, int64_t retry_ms, size_t unsent_max);
void http_stream_ceiling(struct http_stream *s, size_t unsent_max); /* another bound */
size_t http_stream_queued(const struct http_stream *s); /* bytes not taken by the kernel */
void http_stream_close(struct http_stream *s);

/* Static files: a table that is compiled in. ETag, HEAD, If-None-Match,
 * Content-Security-Policy (unless one was added), X-Frame-Options and nosniff
 * are set here; methods other than GET and HEAD are 405. */
struct http_file {
	const char *path; /* "/index.html" */
	const char *type;
	const unsigned char *bytes;
	size_t len;
	const char *etag;
};
void http_reply_file(struct http_request *r, const struct http_file *file);

#endif
