/*
 * The audit: what was asked of the daemon lately, in every dialect, for the
 * people who look into a till that does not print. Loop thread only.
 *
 * A ring in memory, empty after a restart: AUDIT_ENTRIES entries or AUDIT_BYTES,
 * the oldest goes first. Of requests that change nothing only the latest
 * AUDIT_READINGS are kept, so that polls do not push out what was printed.
 * What enters was redacted before (core/redact.h).
 *
 * It listens only while a dialect that shows it has a listener: until then
 * platen->auditing is false, and that is all that a request pays.
 *
 * What is new goes out on `bus`, apart from that of the daemon: a command that
 * is told of is no event that could cause another.
 */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/bus.h"
#include "core/request.h"

#define AUDIT_ENTRIES 500
#define AUDIT_READINGS 100
#define AUDIT_BYTES (16u << 20)

struct audit;
struct platen;

struct entry {
	struct list node;
	uint64_t id;            /* ascending from 1 */
	int64_t at;             /* wall */
	int64_t ms;             /* until it was answered */
	char dialect[24];
	char *caller;           /* origin of a page, else who it is */
	char *target, *action;
	char *uuid;             /* JSON: its own id for it, or null */
	char *request;          /* JSON, redacted */
	char *response;         /* ... NULL: not answered yet */
	char *text;             /* JSON list: the lines of a ticket in plain text */
	bool failed;            /* it was answered so */
	bool reading;           /* it changes nothing */
	bool resendable;        /* a print job */
	char printer[64];       /* "": none, or unknown */
	job_id job;             /* 0: none */
	enum job_state state;   /* of the job, once it is accepted */
	bool accepted;
	int64_t began;          /* mono */
	size_t bytes;
};

/* A command as it came in. */
struct command {
	const char *dialect;
	const struct caller *caller;
	const struct request *request; /* as far as it was understood */
	struct str action;             /* "POST /print"; of messages: what it is called */
	const struct json *json;       /* NULL: it is none, or has no body */
	struct str body;
	bool message;                  /* not HTTP: names of its own are looked for */
	bool refused;                  /* and will be answered so */
};

struct audit *audit_create(struct platen *p);
void audit_destroy(struct audit *a);
/* Begin or end listening, by the listeners of the configuration. */
void audit_load(struct audit *a, const struct config *c);
struct bus *audit_bus(struct audit *a);

/* Returns its id, for request.entry. */
uint64_t audit_command(struct audit *a, const struct command *c);
/* It was answered. An entry that the ring has lost is passed over, here and below. */
void audit_result(struct audit *a, uint64_t id, bool failed, struct str body);
/* It makes this job; `doc` may be NULL. */
void audit_job(struct audit *a, uint64_t id, const struct job *job, const struct document *doc);

enum audit_outcome { OUTCOME_ANY, OUTCOME_SUCCESS, OUTCOME_FAILURE, OUTCOME_PENDING };
struct audit_query {
	uint64_t before;        /* ids below; 0: from the newest */
	struct str text;        /* anywhere in it; case is ignored */
	struct str dialect, printer;
	enum audit_outcome outcome;
};
/* Newest first: the first one after `from` (NULL: the newest) that fits. */
const struct entry *audit_next(const struct audit *a, const struct entry *from,
    const struct audit_query *q);
const struct entry *audit_find(const struct audit *a, uint64_t id); /* NULL: not there */
/* Ids of the oldest and newest entry; 0, 0 when there is none. */
void audit_range(const struct audit *a, uint64_t *oldest, uint64_t *newest);
/* Whether this caller may see it. */
bool audit_visible(const struct entry *e, const struct caller *c);

#endif
