/*
 * The plug point of a dialect: one protocol that clients speak to us.
 *
 * A dialect is a translation. The door (core/door) has checked limits, Host,
 * Origin, path, method, token, capability, rate, content type, size and JSON
 * before `decode` sees a message; the dialect turns it into a request and the
 * reply into bytes. It never sees a socket, a printer or a thread.
 */
#ifndef CORE_FRONT_H
#define CORE_FRONT_H

#include "base/json.h"
#include "core/bus.h"
#include "core/request.h"
#include "net/conn.h"

#define VISIT_PARAMS 4

/* One HTTP message as a dialect sees it. */
struct visit {
	struct platen *platen;
	const struct listen_block *listen;
	const struct caller *caller;
	struct str method, path;
	struct str params[VISIT_PARAMS]; /* values of the path's {segments}, decoded */
	struct str content_type;         /* lower case, without parameters; may be empty */
	struct str body;
	/* The body of a ROUTE_JSON: an object, never NULL there. A message: any value,
	 * NULL when it is no JSON. */
	const struct json *json;
	struct str options;              /* Platen-Options header */
	const void *http;                /* for visit_query */
};
/* Decoded value of a query parameter, terminated, into `out`. False if absent
 * or longer than it holds. */
bool visit_query(const struct visit *v, const char *name, char *out, size_t size);

enum route_flag {
	ROUTE_JSON = 1,     /* the body must be a JSON object; empty counts as {} */
	ROUTE_BYTES = 2,    /* the body is taken as it is */
	ROUTE_OPEN = 4,     /* any origin may ask */
	ROUTE_PAGE = 8,     /* a static file (web/) */
	ROUTE_STREAM = 16,  /* server-sent events from the bus */
	ROUTE_FREE = 32,    /* needs no token either: health */
	ROUTE_HOME = 128,   /* leads people to the console: anybody may follow it there */
	ROUTE_QUERY_TOKEN = 64, /* ?token= counts as a bearer token: for EventSource */
	ROUTE_SOCKET = 256, /* a WebSocket: from here on the dialect's messages */
	ROUTE_LATE_TOKEN = 512, /* ... whose first message may be the token that is missing */
};

struct route {
	const char *method;      /* "GET" answers HEAD too; "*" is any */
	const char *path;        /* "/v1/jobs/{id}"; "*" as the last row takes all the rest */
	enum verb verb;          /* also gives the capability that is asked for ... */
	unsigned flags;
	/* NULL: the verb alone says it all. The answer is encoded by `encode`. */
	enum err (*decode)(const struct visit *v, struct request *q, struct why *why);
	encode_fn *encode;
	unsigned capability;     /* ... unless this one is given */
};

/* A stream that tells the whole state again and again instead of each event. */
struct snapshots {
	/* Append one JSON object. */
	void (*write)(struct platen *p, const struct caller *caller, struct buf *out);
	int64_t merge_ms;  /* changes within it are one snapshot */
	int64_t retry_ms;  /* told to the client */
	size_t unsent_max; /* a client with more unsent is closed */
	unsigned streams_max;
};

struct session;

/*
 * A dialect that speaks in messages over WebSocket. Each is one request; what
 * it needs of the message beyond `decode` is copied into the request, unless
 * `request.keep` says that slices point into it.
 */
struct messages {
	size_t message_max;      /* bytes; the listener's max-message wins */
	bool binary;             /* a binary message is taken for text */
	/* ... but one that begins with a NUL is four bytes of length (big-endian), that
	 * much JSON, and visit.body; of any other message visit.body is STR_NONE. */
	bool framed;
	unsigned pending_max;    /* requests under way per client; past it: E_RATE */
	size_t session_bytes;    /* of session->state, zeroed; 0: none */
	/* Also for what is no JSON (E_JSON) or no object: every message is answered.
	 * On an error as much of `q` is filled as the answer needs (echo). */
	enum err (*decode)(const struct visit *v, struct request *q, struct why *why);
	/* The answer to a request, good or bad, as one message. Nothing appended:
	 * nothing is sent. */
	void (*reply)(const struct request *q, const struct reply *r, struct buf *out);
	/* A job that is awaited has changed (q->await_ms). NULL: nobody is told. */
	void (*progress)(const struct request *q, const struct job *job, struct buf *out);
	/* The first byte of such a job is leaving: once, where q->begun asks for it. */
	void (*begun)(const struct request *q, const struct job *job, struct buf *out);
	/* What subscribers are told of an event, the same for all of them; NULL: there
	 * are no topics. Returns the topics it belongs to; 0: to none. */
	unsigned (*event)(struct platen *p, const struct event *e, struct buf *out);
	/*
	 * A client with more than `behind_max` bytes unsent is told of no entry of the
	 * audit until it reads again; then which ones it missed. NULL: it is told all.
	 */
	void (*missed)(uint64_t from, uint64_t to, struct buf *out);
	size_t behind_max;
	/* Whether this one wants it, given that a topic fits; NULL: by the rights of
	 * its caller. */
	bool (*wants)(const struct session *s, const struct event *e);
	/*
	 * The state of a device as every client with the right is told of it, unasked,
	 * when it has changed: at most once in `notice_ms` for each device, the last
	 * one counts. False: nothing is known of it yet. NULL: none.
	 */
	bool (*notice)(struct platen *p, const struct device *d, struct buf *out);
	int64_t notice_ms;
	bool (*noticed)(const struct session *s); /* whether this one is told; NULL: yes */
	/* The token of a first message {…}: ROUTE_LATE_TOKEN. */
	struct str (*token)(const struct json *message);
	/* Its first message to a client, when the connection stands; NULL: it says
	 * nothing. And its last chance to free what `state` holds. */
	void (*hello)(struct session *s, struct buf *out);
	void (*leave)(struct session *s);
	/* The first words of a gateway of ours to its cloud (core/gateway.h); NULL:
	 * no gateway speaks this. */
	void (*announce)(struct session *s, struct buf *out);
	/* Short name of what a message asks for, for the list of clients; may be "". */
	void (*call)(const struct request *q, char out[static 40]);
};

struct dialect {
	const char *name;
	const char *summary;
	uint16_t port;
	size_t body_max;
	enum on_doubt on_doubt;      /* of its jobs, when neither printer nor job says */
	enum tls_mode tls;           /* of its listeners, unless the configuration says */
	const struct route *routes;  /* ended by a NULL path */
	/* How a refusal looks: appended to `out`. */
	void (*refuse)(const struct why *why, struct buf *out);
	bool token_always;           /* local programs need a token too */
	const char *names;           /* by which its listeners are always known, "a, b"; or NULL */
	const struct messages *messages; /* NULL: HTTP only */
	bool audits;                 /* its clients are told of every command: core/audit.h */
	bool loopback_only;          /* cannot be bound elsewhere */
	bool token_pages;            /* with local = token its own pages need one, too */
	enum page_set pages;         /* what its ROUTE_PAGE serves, of platen->pages ... */
	void (*policy)(struct platen *p, struct buf *out); /* ... under this
	                              * Content-Security-Policy; NULL: the usual one */
	/* ROUTE_STREAM tells either snapshots ... */
	const struct snapshots *snapshots;
	/* ... or each event: name and JSON. False: not for clients of this dialect. */
	bool (*event)(const struct event *e, const struct caller *caller, const char **name,
	    struct buf *out);
};

extern const struct dialect dialect_native;
extern const struct dialect dialect_plato;
extern const struct dialect dialect_printbridge;
extern const struct dialect dialect_printerwebsocket;
extern const struct dialect dialect_pispas;
extern const struct dialect dialect_viewer;
extern const struct dialect dialect_viewer_feed;

const struct dialect *dialect_find(struct str name);
const struct dialect *dialect_at(size_t i);

#endif
