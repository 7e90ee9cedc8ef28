/*
 * The courier: a thread that carries requests to HTTP servers, so that the loop
 * never waits for one. One at a time, in order of sending; answers come back to
 * the loop. The thread starts with the first parcel.
 */
#ifndef CORE_COURIER_H
#define CORE_COURIER_H

#include "base/buf.h"
#include "base/err.h"
#include "net/mailbox.h"

struct loop;
struct courier;
struct parcel;

/* Loop thread; takes the parcel (parcel_destroy). */
typedef void parcel_done(struct parcel *p);

#define PARCEL_HEADERS 4
#define PARCEL_MS 10000 /* for a whole request */

/* Embed it first in what the answer is for. */
struct parcel {
	struct message m;
	const char *method;             /* a literal */
	char *url, *ca_file;            /* owned; ca_file may be NULL */
	char *headers[PARCEL_HEADERS];  /* owned, "Name: value"; wiped in the end */
	struct buf body;
	struct buf reply;               /* its ceiling is the caller's */
	parcel_done *done;
	enum err err;                   /* E_OK: there is a status */
	struct why why;
	int status;                     /* HTTP */
};

void parcel_init(struct parcel *p, const char *method, parcel_done *done, size_t reply_max);
/* "Authorization: Bearer " and such; takes nothing. */
void parcel_header(struct parcel *p, const char *name, struct str value);
void parcel_finish(struct parcel *p); /* what it owns, not `p` */

struct courier *courier_create(struct loop *loop);
void courier_send(struct courier *c, struct parcel *p);
/* The request on its way ends within a second; what waits is not begun: all
 * are answered with E_CANCELLED. Nothing may be sent afterwards. */
void courier_cancel(struct courier *c);
bool courier_idle(const struct courier *c); /* every parcel was answered */
void courier_destroy(struct courier *c);    /* must be idle */

#endif
