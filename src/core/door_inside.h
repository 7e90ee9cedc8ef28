/*
 * The door from inside: door.c has the listeners, door_visit.c what every
 * request passes, door_route.c the tables of paths, door_tls.c certificates,
 * door_stream.c the streams of events.
 */
#ifndef CORE_DOOR_INSIDE_H
#define CORE_DOOR_INSIDE_H

#include "base/map.h"
#include "core/door.h"
#include "core/front.h"
#include "core/platen.h"
#include "net/http.h"
#include "net/tls.h"

#define PORTS_MAX 16

/* One address of a listener. */
struct port {
	struct ip ip;
	uint16_t number;
	bool tls_only;
	bool optional;             /* a default address that this host may lack */
	struct listener *listener; /* NULL while it could not be bound */
	char reason[128];
};

struct door {
	struct list node;
	struct doors *doors;
	char name[64];
	const struct listen_block *listen; /* NULL for the control socket */
	const struct dialect *dialect;
	struct http_service *service;
	struct port ports[PORTS_MAX];
	size_t port_count;
	struct map buckets;        /* principal -> struct bucket: the rate of submissions */
	bool own_certificate;      /* TLS by the certificate of this install */
	struct door_tls tls;
	bool stale;                /* a load has not named it yet */
};

struct doors {
	struct platen *platen;
	struct list list;
	struct door *control;
	struct list streams;
	struct tls *tls;           /* of this install; NULL until it is needed */
	struct timer *retry;       /* ports that could not be bound */
	struct door_totals totals;
	unsigned busy;             /* exchanges under way */
	char *ca;                  /* PEM, read once */
};

/* door_visit.c: http_ops of every listener; arg is the door. */
extern const struct http_ops door_http_ops;

/* door_tls.c */
/* The effective TLS mode of a listener. */
enum tls_mode door_tls_mode(const struct listen_block *l, const struct dialect *d);
/* The certificate a door needs; NULL when it speaks no TLS. One that is not
 * the install's own (doors->tls) is the caller's to release. */
enum err door_certificate(struct door *door, struct tls **tls, struct why *why);
/* What is to be said of it; `why` counts when there is none and there should be. */
void door_note_tls(struct door *door, const struct tls *tls, const struct why *why);
/* Names may have changed: make sure of it when it is needed next. */
void doors_renew_certificate(struct doors *d);

/* door_route.c */
/* The route of path and method; `*path_known` when only the method is wrong. */
const struct route *route_find(const struct dialect *d, struct str path, struct str method,
    struct str *params, bool *path_known);
/* "GET, HEAD, POST" of a path, for Allow and CORS. */
void route_methods(const struct dialect *d, struct str path, char *out, size_t size);
/* One submission of this caller: E_RATE past the listener's rate. */
enum err door_check_rate(struct door *door, const struct caller *caller, struct why *why);
void door_forget_buckets(struct door *door);

/* door_stream.c: answer with server-sent events; takes the request. */
bool door_streams_full(const struct door *door);
void door_stream_start(struct door *door, struct http_request *r, const struct caller *caller);
void door_streams_close(struct doors *d, const struct door *of); /* NULL: all */

#endif
