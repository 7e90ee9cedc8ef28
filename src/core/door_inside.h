/*
 * The door from inside: door.c has the listeners, door_visit.c what every
 * request passes, door_stream.c the streams of events.
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
/* The effective TLS mode of a listener. */
enum tls_mode door_tls_mode(const struct listen_block *l, const struct dialect *d);
void door_forget_buckets(struct door *door);

/* door_stream.c: answer with server-sent events; takes the request. */
void door_stream_start(struct door *door, struct http_request *r, const struct caller *caller);
void door_streams_close(struct doors *d, const struct door *of); /* NULL: all */

#endif
