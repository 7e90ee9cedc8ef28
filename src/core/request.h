/*
 * Requests and replies: the one form in which all dialects ask and are
 * answered. Loop thread only.
 *
 * A dialect fills a request; the desk carries it out and fills a reply; the
 * dialect turns that into its own bytes. Slices in a request point into the
 * message it came from, which lives until the reply is encoded.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "base/needle.h"
#include "core/access.h"
#include "core/device.h"
#include "core/pairing.h"
#include "core/queue.h"
#include "core/store.h"

enum verb {
#define VERB(code, name, capability, function) code,
#include "core/verb.def"
#undef VERB
	VERBS
};
const char *verb_name(enum verb v);
unsigned verb_capability(enum verb v);

struct cache_ask;
struct cache_told;
struct dialect;
struct json;
struct session;
struct request;
struct reply;

/* An answer in a dialect's own bytes. */
struct answer {
	int status;        /* HTTP */
	const char *type;  /* media type */
	const char *disposition; /* Content-Disposition, or NULL */
	char location[320]; /* of a redirect, or "" */
	struct buf body;
};
typedef void encode_fn(const struct request *q, const struct reply *r, struct answer *out);

struct request {
	enum verb verb;
	struct platen *platen;
	const struct dialect *dialect;
	const struct listen_block *listen; /* NULL on the control socket */
	const struct caller *caller;
	struct session *session;     /* who sent a message; NULL for HTTP */
	encode_fn *encode;           /* of messages: what is stored with a key */

	/* What it is about; which fields matter depends on the verb. */
	struct device *device;       /* configured or ad-hoc */
	char printer[64];            /* by name, when there may be no device */
	struct ip ip;                /* VERB_PROBE of a printer never seen */
	uint16_t port;
	job_id job;
	struct job *draft;           /* VERB_SUBMIT: the desk takes it */
	bool raw_bytes;              /* draft's document came from the client as device bytes */
	/*
	 * VERB_SUBMIT: 0 answers when the job is accepted; else when it is decided
	 * (core/vigil.h) or this time is over; < 0: however long it takes. A repeat
	 * with the same key is answered by the same job, as it is then.
	 */
	int64_t await_ms;
	bool begun;                  /* ... and wants to know when its first byte leaves */
	bool join;                   /* a repeat of what is in progress waits for it */
	unsigned topics;             /* VERB_SUBSCRIBE, VERB_UNSUBSCRIBE */
	unsigned capability;         /* of a message: instead of the verb's */
	char echo[264];              /* JSON of the client's own that its answer repeats */
	int call;                    /* which of the dialect's own requests it is */
	bool keep;                   /* slices point into the message: it must live */
	struct job_query query;
	struct needle needle;        /* VERB_JOBS: only those that say it; empty: all */
	enum resolve action;
	bool resend;                 /* VERB_REPRINT: of any state, on `device` if there is one */
	uint64_t entry;              /* in the audit; 0: none */
	struct cache_ask *cache;     /* VERB_CACHE; freed with the request */
	bool live;                   /* VERB_PROBE: ask the device */
	int64_t fresh_ms;            /* VERB_STATUS: what it said so long ago will do */
	bool paused;                 /* VERB_PAUSE */
	bool verbose;
	char name[320];              /* title of a block */
	/* options of a block, NULL-terminated; freed with the request, texts in `arena` */
	const char **pairs;
	struct buf arena;            /* texts the dialect had to build */
	const struct json *json;     /* the body, for `judge` and `encode` */
	struct pairing_offer pairing; /* VERB_PAIR */
	/*
	 * What may be said only once it is known that this is no repeat: called
	 * before the verb and after the key was looked up. NULL: nothing.
	 */
	enum err (*judge)(struct request *q, struct why *why);

	char key[201];               /* idempotency; "" without */
	char scope[256];
	uint8_t fingerprint[32];
};

struct reply {
	enum err err;
	struct why why;
	int retry_after;             /* seconds; 0: none */
	bool replayed;               /* `stored` is the answer of the first time */
	bool unanswered;             /* we go down; what was accepted goes on: no word, for an
	                              * error would say that it does not */
	const struct idem *stored;

	const struct job *job;
	const struct job *jobs;      /* array */
	size_t job_count;
	job_id before;               /* there may be more jobs below this one; 0: no */
	const struct note *notes;
	size_t note_count;
	const struct device *device;
	bool probed;                 /* a live probe was made */
	const struct cache_told *cache;
	struct str text;             /* VERB_METRICS, _CERTIFICATE, _PREVIEW; made by the desk */
	const char *secret;          /* VERB_TOKEN_PUT: the new token, shown once */
};

void request_init(struct request *q);
void request_finish(struct request *q);
/*
 * Of a message: its key, and what makes it the same request. `what` tells
 * requests of one caller apart, `parts` (count of them) are the content.
 */
void request_key(struct request *q, struct str key, const char *what, const struct str *parts,
    size_t count);

/*
 * The desk carries a request out and calls `done` once, on the loop, perhaps
 * before desk_run returns. The request must live until then. Idempotency is
 * kept here: a repeat with the same key and body is answered from the store.
 */
typedef void desk_done(struct request *q, const struct reply *r, void *arg);
void desk_run(struct request *q, desk_done *done, void *arg);

#endif
