/*
 * The desk from inside: shared by desk.c (idempotency, the table of verbs) and
 * the desk_*.c files that carry them out.
 */
#ifndef CORE_DESK_INSIDE_H
#define CORE_DESK_INSIDE_H

#include "core/platen.h"
#include "core/request.h"

/* One request being carried out. */
struct errand {
	struct request *q;
	desk_done *done;
	void *arg;
	struct idem *idem;    /* to be stored with the change; the verb takes it */
	bool stored;          /* the verb has stored it in its own commit */
	bool keyed;           /* its key is in the set of those in progress */
	bool replayed;        /* answered by the job of the first time */
	struct list joined;   /* repeats that wait for this one */
	struct list node;     /* ... or this one among them */
	struct device *held;  /* stays while the store is asked about the key */
	struct buf text;      /* VERB_METRICS */
};

typedef void verb_fn(struct errand *e);

/* Answer and end the errand: exactly once. */
void errand_reply(struct errand *e, const struct reply *r);
void errand_ok(struct errand *e);
void errand_leave(struct errand *e); /* ... without an answer */
void errand_fail(struct errand *e, enum err err, const struct why *why);

/*
 * For verbs that commit: the answer is encoded before the commit and stored
 * with it. Returns NULL when the request has no key.
 */
struct idem *errand_idem(struct errand *e, const struct reply *r, job_id job);
/* For verbs that await: a repeat is answered by the job, whatever became of it. */
struct idem *errand_idem_job(struct errand *e, job_id job);
/* Answer with what became of the job, when it is decided (q->await_ms). */
void errand_await(struct errand *e, job_id id);
/*
 * For verbs whose answer comes long after their commit: until errand_reply
 * stores a better one, a repeat is told `doubt`, also after a crash.
 * errand_fail_open says that nothing was done: the key may be used again.
 */
struct idem *errand_idem_doubt(struct errand *e, enum err doubt, job_id job);
void errand_fail_open(struct errand *e, enum err err);

/* VERB_JOBS with a needle (desk_search.c). */
void desk_search(struct errand *e);

/* Whether this caller may print these bytes there (desk_jobs.c). */
enum err submit_check(const struct request *q, struct why *why);

#define VERB(code, name, capability, function) verb_fn function;
#include "core/verb.def"
#undef VERB

#endif
