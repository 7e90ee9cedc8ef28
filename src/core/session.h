/*
 * Sessions: clients that speak in messages over WebSocket, whichever side
 * opened the connection. Loop thread only.
 *
 * A session says who it is once, on the upgrade (or, where its dialect allows,
 * by its first message); a reload judges it again and closes it when its grant
 * has gone. Each message is a request of its own: they are carried out side by
 * side and answered when ready. A client that goes away cancels nothing.
 *
 * What clients are told unasked comes in two forms, both encoded once and
 * shared by all who get it: events, for those who subscribed to a topic, and
 * notices, the state of a device told to everybody when it changes.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "core/access.h"
#include "core/bus.h"
#include "core/front.h"
#include "net/ws.h"

struct platen;
struct door;
struct sessions;

struct session {
	struct list node;          /* of all sessions */
	struct list listening;     /* of those with topics */
	struct platen *platen;
	const struct dialect *dialect;
	struct door *door;         /* NULL: its listener has gone, or it is a gateway's */
	struct caller caller;
	struct approach approach;  /* of the upgrade, without its texts */
	struct ws *ws;             /* NULL once the connection has gone */
	struct timer *late;        /* armed until a late token has come */
	unsigned topics;           /* bits of the dialect's own; 0: no events */
	unsigned pending;          /* requests under way */
	uint64_t missed_from, missed_to; /* entries of the audit; 0, 0: none */
	void *state;               /* the dialect's, messages.session_bytes */
	/* For the list of clients. */
	uint64_t number, requests;
	int64_t since;             /* wall */
	char address[64];
	char last_call[40];
};

/* The listener's block it is served by; a gateway's is that of its dialect, or NULL.
 * Changes with a reload. */
const struct listen_block *session_listen(const struct session *s);

struct sessions *sessions_create(struct platen *p);
void sessions_destroy(struct sessions *all); /* none is left */
size_t sessions_count(const struct sessions *all);
size_t sessions_count_of(const struct sessions *all, const struct dialect *d);
/* Newest first; NULL past the end. For the console's list. */
const struct session *sessions_at(const struct sessions *all, size_t i);
/* After a reload: whoever has lost its grant is closed with 1008. */
void sessions_judge(struct sessions *all);
/* Going down: those who wait for nothing are closed with 1001, the others once answered. */
void sessions_close(struct sessions *all);

/*
 * Begin one. `ws` may come later (session->ws), before that nothing is sent.
 * `door` is NULL for a gateway. With `late_token` no message but a token is
 * taken, and that within 5 s.
 */
struct session *session_open(struct platen *p, const struct dialect *dialect, struct door *door,
    const struct caller *caller, const struct approach *approach, bool late_token);
/* One message: text, or bytes that are meant as such. */
void session_take(struct session *s, struct str message);
void session_say(struct session *s, struct str text); /* dropped once it has gone */
void session_subscribe(struct session *s, unsigned topics, bool on);
/* The connection has gone; it is freed when nothing is under way. */
void session_gone(struct session *s);

/* door_session.c: answer an upgrade that passed every check; takes the request. */
struct http_request;
void door_session_start(struct door *door, struct http_request *r, const struct caller *caller,
    const struct approach *approach, bool late_token);
void door_sessions_leave(struct sessions *all, const struct door *door);

#endif
