/*
 * Outbound HTTP(S) (libcurl; its one home): blocking, for the command line and
 * for worker threads, never on the loop. No redirects, http and https only,
 * TLS verified, bounded in time and size.
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct fetch {
	const char *method;           /* "GET" if NULL */
	const char *url;
	const char *unix_socket;      /* path, or NULL */
	const char *const *headers;   /* "Name: value", NULL-terminated; may be NULL */
	struct str body;
	int64_t timeout_ms;           /* whole request; 0: none (event streams) */
	size_t max_bytes;             /* of the reply; 0: 16 MiB */
	const char *ca_file;          /* PEM to trust besides the system's; may be NULL */
	const _Atomic bool *cancelled; /* may be NULL; set by another thread: ends in a second */
	/* Called with each piece of the reply instead of collecting it; false stops. */
	bool (*on_piece)(struct str piece, void *arg);
	void *arg;
};

/* E_REFUSED, E_UNREACHABLE, E_CONNECT_TIMEOUT, E_LOST, E_TOO_LARGE, E_CANCELLED. `reply`
 * must be initialised; unused with on_piece. */
enum err fetch_run(const struct fetch *f, int *status, struct buf *reply, struct why *why);

#endif
