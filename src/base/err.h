/*
 * Errors: a code for programs and one finished sentence for people.
 *
 * A function that can fail returns `enum err` and takes a `struct why *` as
 * its last argument. The code decides what happens; the sentence is written
 * where the facts are known and reworded by nobody. `why` may be NULL when the
 * caller does not care. On success `why` is untouched.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

enum err {
	E_OK = 0,
#define ERR(code, name, http, verdict, text) code,
#include "base/err.def"
#undef ERR
	ERR_COUNT
};

/* What becomes of a job after an attempt. */
enum verdict {
	VERDICT_DONE,  /* it ended well */
	VERDICT_RETRY, /* no printable byte has left: try again by itself */
	VERDICT_HOLD,  /* wait for a person or for the printer */
	VERDICT_FAIL,  /* it can never succeed */
	VERDICT_DOUBT, /* printable bytes have left and nobody knows: on-doubt decides */
};

struct why {
	enum err err;
	char field[64]; /* the offending member or option, or "" */
	char text[256]; /* one sentence; never holds payload or secrets */
};

/* Wire name ("paper-out"), HTTP status, sentence and verdict of a code. */
const char *err_name(enum err err);
int err_status(enum err err);
const char *err_text(enum err err);
enum verdict err_verdict(enum err err);
const char *verdict_name(enum verdict verdict);

/*
 * Fill `why` and return `err`, so that a failing function ends with one line:
 * `return why_fail(why, E_FIELD, "...")`. A NULL `fmt` takes the sentence of
 * err.def. `why_field` also names the member that was wrong.
 */
enum err why_fail(struct why *why, enum err err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum err why_field(struct why *why, const char *field, enum err err,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As why_fail for a failed system call: appends the words for `errnum`. */
enum err why_errno(struct why *why, enum err err, int errnum,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
