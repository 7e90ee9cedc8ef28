/*
 * What the files of the HTTP layer share; nobody outside net/http*.c and
 * net/ws.c includes this.
 *
 *   http.c          the service and its clock
 *   http_client.c   connections: when what is read, and when they close
 *   http_parse.c    bytes -> head and body (llhttp and our own rules)
 *   http_request.c  what a request says
 *   http_reply.c    replies and the layer's own refusals
 *   http_stream.c   server-sent events
 *   http_file.c     static files
 *
 * A connection owns at most one request at a time. Between requests it costs
 * a struct http_client and no buffer.
 */
#ifndef NET_HTTP_PRIV_H
#define NET_HTTP_PRIV_H

#include <llhttp.h>

#include "base/list.h"
#include "net/http.h"
#include "net/loop.h"

#define HTTP_NEVER INT64_MAX

/* So much of a refused body is read to keep the connection. */
#define HTTP_SKIP_MAX (64 * 1024)

/*
 * Something on a service's connections that has a next moment: an HTTP client,
 * its event stream, or the WebSocket that took the connection over. One timer
 * per service looks at all of them, so that an idle one costs no timer.
 */
struct http_live {
	struct list node; /* in the service */
	struct http_service *service;
	struct conn *conn;
	int64_t due; /* loop_now(); HTTP_NEVER */
	void (*on_due)(struct http_live *live);
	void (*on_destroy)(struct http_live *live); /* the service goes: let go of conn, free */
};

struct http_service {
	struct loop *loop;
	struct http_limits limits; /* defaults filled in */
	struct http_ops ops;
	void *arg;
	struct list lives;
	struct list ready;   /* clients to go on with in the next turn */
	struct timer *sweep; /* armed while `lives` is not empty */
	struct timer *wake;
	int64_t tick_ms;
	struct buf out; /* the head being written; empty between calls */
	int64_t date_s; /* the second `date` was made for */
	char date[32];
};

enum client_state {
	CLIENT_HEAD,   /* a head is awaited or incomplete */
	CLIENT_BODY,   /* a body is being read, or skipped once the request is answered */
	CLIENT_WAIT,   /* a whole request waits for its reply */
	CLIENT_STREAM, /* server-sent events */
	CLIENT_CLOSED, /* the connection lets go by itself once the peer has our last words */
	CLIENT_TAKEN,  /* a WebSocket takes the connection over */
};

struct http_client {
	struct http_live live;
	struct list ready;            /* in the service, while pending work is deferred */
	struct http_request *request; /* NULL while in CLIENT_HEAD */
	struct http_stream *stream;   /* in CLIENT_STREAM */
	struct buf pending;           /* an incomplete head, or what came while a reply is due */
	const struct conn_ops *taker; /* in CLIENT_TAKEN */
	void *taker_arg;
	enum client_state state;
	bool feeding; /* inside client_feed: go on there, not in a later turn */
	bool paused;
	bool ended; /* the peer sends no more */
};

struct http_request {
	struct http_client *client;
	void *arg;
	struct str method, path, query;
	struct buf body;
	struct buf extra; /* response headers, each with CRLF */
	uint64_t length;  /* Content-Length */
	uint64_t wire;    /* bytes read after the head */
	int64_t start;    /* when the body began */
	unsigned minor;   /* HTTP/1.minor */
	bool chunked;
	bool keep_alive;
	bool continues; /* waits for 100 before it sends the body */
	bool head_only; /* HEAD */
	bool shown;     /* on_head was called: somebody has the pointer */
	bool answered;
	bool whole;     /* the body was read to its end */
	bool too_large;
	bool close;
	llhttp_t parser;
	size_t count;
	struct http_header headers[]; /* and after them the head's bytes */
};

/* http.c */
void http_live_add(struct http_service *s, struct http_live *live, struct conn *conn);
/* Its service goes first: reset the connection, of which nobody hears any more. */
void http_live_drop(struct http_live *live);
/* Look at least this often: a limit of `ms` is observed with an eighth of slack. */
void http_tick(struct http_service *s, int64_t ms);

/* http_client.c */
/* Go on with what is pending and `bytes` behind it; both may be empty. */
void http_client_run(struct http_client *c, struct str bytes);
/* The reply has been written: go on, skip the rest of the body, or close. */
void http_client_answered(struct http_client *c);
/* Close once what was written has left; nothing more is read. */
void http_client_close(struct http_client *c);
/* Forget the request; who has the pointer is told. */
void http_client_abandon(struct http_client *c);
/* The request became an event stream, that is due for a comment in `comment_ms`. */
void http_client_stream(struct http_client *c, struct http_stream *stream, int64_t comment_ms);
/* Give the connection to `ops` once the callbacks have returned, with every
 * byte that came after the request; on_close is passed on from now. */
void http_client_take(struct http_client *c, const struct conn_ops *ops, void *arg);

/* http_parse.c */
struct http_line {
	struct str method, target;
	unsigned minor; /* HTTP/1.minor */
};
/* Length of the head at the start of `bytes`, its empty line included; 0 if
 * more is needed. Errors: E_BAD_REQUEST, E_HEADER. */
enum err http_parse_end(struct str bytes, const struct http_limits *limits, size_t *len,
    unsigned *headers);
/* Split a head of `*count` header lines; pure. */
bool http_parse_head(struct str head, struct http_line *line, struct http_header *headers,
    size_t count);
/* The same for the head of a reply. */
bool http_parse_reply(struct str head, int *status, struct http_header *headers, size_t count);
/* A request of a complete head, NULL if it is malformed. */
struct http_request *http_parse_request(struct str head, unsigned headers);
/* Read body bytes; `*used` of them belonged to it. Sets r->whole at its end.
 * Errors: E_BAD_REQUEST, E_TOO_LARGE. */
enum err http_parse_body(struct http_request *r, struct str bytes, size_t *used);
/* Percent-decode in place or onto another place not behind it; false if bad. */
bool http_parse_percent(struct str text, bool plus, char *to, size_t *len);

/* http_request.c */
void http_request_free(struct http_request *r); /* NULL is allowed */

/* http_reply.c */
/* Status line, Date, Server and the request's extra headers (`r` may be NULL),
 * into the service's scratch buffer. */
struct buf *http_reply_begin(struct http_client *c, const struct http_request *r, int status);
/* End the head and send it with `body`. */
void http_reply_send(struct http_client *c, struct str body);
/* Answer a request with an error in the dialect's look. */
void http_reply_error(struct http_request *r, enum err err);
/* What was received is an error of this layer: say so and close. Who has the
 * request, if there is one, is told that it is gone. */
void http_reply_refuse(struct http_client *c, enum err err);

/* http_stream.c */
void http_stream_due(struct http_stream *s); /* sends the comment */
void http_stream_gone(struct http_stream *s); /* tells the owner and frees */

#endif
