/*
 * The plug point of a store: where accepted jobs live.
 *
 * A store is used by one thread at a time (at start by the main thread, then
 * by the clerk). Writes happen between `begin` and `commit`; when commit
 * returns E_OK they survive kill -9 and power loss. `mark` and `undo` bracket
 * one member of a group, so that its failure does not take the others along.
 * Every failure leaves the store as after the last commit: E_DISK when the
 * disk is full, E_STORE otherwise.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include "core/job.h"

struct store; /* a plug-in's own */

/* The stored answer of a request with an idempotency key. */
struct idem {
	char scope[256];        /* dialect, caller, method and path */
	char key[201];
	uint8_t fingerprint[32]; /* SHA-256 of the body */
	int64_t created;        /* wall */
	job_id job;             /* 0: none */
	int status;             /* the stored reply */
	char *body;             /* free() */
};
void idem_finish(struct idem *idem);

/* A printer that the store remembers: counters survive, ad-hoc ones come back. */
struct printer_record {
	char name[64];          /* device name or printerKey */
	int64_t serial;         /* the last one given */
	int64_t last_used;      /* wall */
	bool adhoc;
	char facts[512];        /* JSON, the core's own: what was learned of it */
};

/* One line of a job's journal: what happened to it and when. */
struct note {
	job_id job;
	int64_t at;             /* wall */
	char what[24];          /* "accepted", "sending", "reprint", "resolved" ... */
	unsigned number;        /* of the reprint; else 0 */
	uint64_t sent;          /* printable bytes that had left */
	char text[256];         /* sentence or person, or "" */
};

struct job_query {
	char printer[64];       /* "": all */
	unsigned states;        /* bit (1 << state); 0: all */
	job_id before;          /* ids below this; 0: from the newest */
	unsigned limit;         /* 1..1000 */
};

typedef void store_job_fn(const struct job *job, void *arg); /* doc is NULL */
typedef void store_printer_fn(const struct printer_record *p, void *arg);
typedef void store_value_fn(const char *name, struct str bytes, void *arg);
typedef void store_note_fn(const struct note *n, void *arg);

#define VALUE_NAME_MAX 319

struct store_plug {
	const char *name;
	const char *summary;
	/* `dir` is the state directory (exists); the memory store ignores it. A damaged
	 * one is set aside and what can be read of it carried over: `trouble` tells. */
	enum err (*open)(const char *dir, struct store **s, struct why *why);
	void (*close)(struct store *s);

	enum err (*begin)(struct store *s, struct why *why);
	enum err (*commit)(struct store *s, struct why *why);
	void (*rollback)(struct store *s);
	enum err (*mark)(struct store *s, struct why *why);
	enum err (*undo)(struct store *s, struct why *why);

	/* Insert a job with its document; `serial` of its printer is remembered. */
	enum err (*put_job)(struct store *s, const struct job *job, struct why *why);
	/* Everything that changes in a job's life, except the document. */
	enum err (*update_job)(struct store *s, const struct job *job, struct why *why);
	enum err (*get_job)(struct store *s, job_id id, struct job *job, struct why *why);
	enum err (*get_document)(struct store *s, job_id id, struct document **doc,
	    struct why *why);
	enum err (*each_job)(struct store *s, const struct job_query *q, store_job_fn *fn,
	    void *arg, struct why *why); /* newest first */
	enum err (*each_open)(struct store *s, store_job_fn *fn, void *arg,
	    struct why *why); /* not ended, in order of id */
	enum err (*max_id)(struct store *s, job_id *id, struct why *why); /* ever given */

	enum err (*put_note)(struct store *s, const struct note *n, struct why *why);
	enum err (*each_note)(struct store *s, job_id job, store_note_fn *fn, void *arg,
	    struct why *why);

	/* E_NOT_FOUND when there is none. */
	enum err (*get_idem)(struct store *s, const char *scope, const char *key,
	    struct idem *idem, struct why *why);
	enum err (*put_idem)(struct store *s, const struct idem *idem, struct why *why);
	enum err (*drop_idem)(struct store *s, const char *scope, const char *key,
	    struct why *why); /* E_OK also when there is none */

	/* Small things by name: "report/UPLINK/JOB/STATE" is owed to an uplink;
	 * secrets at rest. */
	enum err (*put_value)(struct store *s, const char *name, struct str bytes,
	    struct why *why);
	enum err (*drop_value)(struct store *s, const char *name, struct why *why);
	enum err (*get_value)(struct store *s, const char *name, store_value_fn *fn, void *arg,
	    struct why *why); /* E_NOT_FOUND */
	/* Those whose name begins so, in order of names. */
	enum err (*each_value)(struct store *s, const char *prefix, store_value_fn *fn, void *arg,
	    struct why *why);

	enum err (*put_printer)(struct store *s, const struct printer_record *p, struct why *why);
	enum err (*drop_printer)(struct store *s, const char *name, struct why *why);
	enum err (*each_printer)(struct store *s, store_printer_fn *fn, void *arg,
	    struct why *why);

	/* Forget documents of jobs that ended before `documents`, records of
	 * those before `records`, keys made before `keys` (wall times); at most
	 * `limit` rows each. `*more` when something is left to do. */
	enum err (*prune)(struct store *s, int64_t documents, int64_t records, int64_t keys,
	    unsigned limit, bool *more, struct why *why);
	/* Idle: give space back (checkpoint). */
	void (*tidy)(struct store *s);
	/* What open met and got over, one sentence, or NULL: a person must know. May
	 * itself be NULL. */
	const char *(*trouble)(const struct store *s);
};

extern const struct store_plug store_sqlite;
extern const struct store_plug store_memory;

#endif
