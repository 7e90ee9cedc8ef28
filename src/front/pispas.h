/*
 * The pispas dialect's own parts: a module is one file and one row in
 * pispas.c, an action one row of its module's table. pispas.c finds the row of a
 * message, pispas_reply.c puts answers into the envelope.
 */
#ifndef FRONT_PISPAS_H
#define FRONT_PISPAS_H

#include "core/env.h"
#include "core/front.h"
#include "core/platen.h"

struct pispas_action {
	const char *name;                /* case ignored */
	enum verb verb;
	unsigned capability;             /* 0: anybody may */
	/* Of a request that is done once however often it is sent (UUIDV4 is its key):
	 * its parameters, NULL-terminated. NULL: it has no key. */
	const char *const *parameters;
	/* NULL: it has no parameters. `params` may be any value; json_get takes it. */
	enum err (*decode)(const struct visit *v, const struct json *params, struct request *q,
	    struct why *why);
	/* MESSAGE_DATA of an answer without error; false: it is a FAILURE all the same. */
	bool (*write)(const struct request *q, const struct reply *r, struct json_w *w);
	/* What an error's MESSAGE_DATA has besides the error; NULL: nothing. */
	void (*explain)(const struct request *q, const struct reply *r, struct json_w *w);
};

struct pispas_module {
	const char *target;              /* NULL: a token without a TARGET */
	const char *token, *alias;       /* in MODULES; alias may be NULL */
	const struct pispas_action *actions; /* ended by a NULL name; NULL: not in this build */
};

extern const struct pispas_action pispas_base[], pispas_cache[], pispas_print[];

/* --- settings ---------------------------------------------------------------------------- */

const struct env *pispas_env(const struct platen *p);
/* SERVICE_NAME, or the name of the machine. */
const char *pispas_install(const struct platen *p);
/* Whether the i-th module is loaded, in the order of MODULES; NULL past the end. */
const struct pispas_module *pispas_loaded(const struct platen *p, size_t i);

/* --- parameters ------------------------------------------------------------------------------ */

/* "Invalid parameter: <name>" */
enum err pispas_bad(struct why *why, const char *name);
/* Absent or null leaves `*out` as it is. */
enum err pispas_int(const struct json *params, const char *name, int64_t low, int64_t high,
    int64_t *out, struct why *why) __attribute__((nonnull(2, 5)));
enum err pispas_flag(const struct json *params, const char *name, bool *out, struct why *why);
/* A text of at most `size` - 1 bytes. */
enum err pispas_text(const struct json *params, const char *name, char *out, size_t size,
    struct why *why);
/* The place of a text in a NULL-terminated list of words. */
enum err pispas_word(const struct json *params, const char *name, const char *const *words,
    unsigned *out, struct why *why);

/* --- answers --------------------------------------------------------------------------------- */

/* One failure in the words of the dialect. */
struct pispas_failure {
	const char *code, *error;
	const char *extended;            /* or NULL */
};
struct pispas_failure pispas_failure_of(const struct why *why);
/* Opens the object with error, code, upos and extended: the caller adds and ends it. */
void pispas_fail(struct json_w *w, const struct pispas_failure *f);
void pispas_id(struct json_w *w, const char *key, job_id id);
void pispas_date(struct json_w *w, const char *key, int64_t wall); /* 0: null */
/* The envelope around `data`; `uuid` is JSON. */
void pispas_envelope(const struct platen *p, const char *service, const char *type,
    bool success, struct str uuid, struct str data, struct buf *out)
    __attribute__((nonnull(1, 2, 3)));
/* struct messages: pispas_reply.c */
void pispas_reply(const struct request *q, const struct reply *r, struct buf *out);
/* What is kept with a key: MESSAGE_DATA. */
encode_fn pispas_encode;
const struct pispas_action *pispas_action_of(const struct request *q); /* NULL: none */

#define PISPAS_IGNORED (-1) /* request.call: a message that gets no answer */

#endif
