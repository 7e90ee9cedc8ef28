/*
 * Sessions from inside: session.c (their life), session_turn.c (a message and
 * its answer), session_tell.c (events and notices), door_session.c (the
 * upgrade).
 */
#ifndef CORE_SESSION_INSIDE_H
#define CORE_SESSION_INSIDE_H

#include "base/map.h"
#include "core/door_inside.h"
#include "core/platen.h"
#include "core/session.h"
#include "net/loop.h"

/* Of messages being carried out, all sessions together. */
#define TURN_BYTES_MAX (128u << 20)
#define REPLY_MAX (16u << 20)
#define DIALECTS_MAX 32

struct sessions {
	struct platen *platen;
	struct list list;         /* newest first */
	struct list listening;    /* those with topics */
	size_t count;
	size_t voices[DIALECTS_MAX]; /* of them, by dialect */
	uint64_t last_number;
	size_t turn_bytes;
	bool closing;
	struct subscription *subscription; /* while there is a session */
	struct subscription *commands;     /* ... of the audit */
	struct timer *behind_timer;        /* armed while one does not read */
	struct map notices;       /* "DIALECT\nDEVICE" -> struct notice */
	struct timer *notice_timer;
};

/* session.c: free it if the connection has gone and nothing is under way. */
void session_settle(struct session *s);

/* session_tell.c */
void sessions_hear(struct sessions *all);   /* the first one has come */
void sessions_unhear(struct sessions *all); /* the last one has gone */
/* A client of this dialect; from the first one on changes of devices are told. */
void sessions_came(struct sessions *all, const struct dialect *d);
void sessions_went(struct sessions *all, const struct dialect *d);

#endif
