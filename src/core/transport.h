/*
 * The plug point of a transport: how bytes get to the hardware. Worker thread
 * only; plain blocking calls with deadlines (clock_mono, -1: none). Every call
 * returns early with E_CANCELLED when `cancel_fd` becomes readable.
 *
 * A wire keeps the pointer to its options: they outlive it and may change
 * between two calls (each order has its own cancel_fd). core/wire.h has the
 * waiting that transports share.
 */
#ifndef CORE_TRANSPORT_H
#define CORE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/uri.h"

struct wire; /* a plug-in's own open connection */

struct wire_options {
	int64_t open_timeout, write_timeout, close_timeout; /* ms */
	int cancel_fd; /* -1: cannot be cancelled */
	bool answered; /* the device will answer: a write need not wait until it has taken all */
};

struct transport {
	const char *scheme;
	const char *summary;
	/* Whether the URI makes sense for it; E_FIELD with a sentence. No I/O. */
	enum err (*check)(const struct uri *uri, struct why *why);
	/* E_CONNECT_TIMEOUT, E_REFUSED, E_UNREACHABLE, E_BUSY, E_IO. */
	enum err (*open)(const struct uri *uri, const struct wire_options *o, struct wire **w,
	    struct why *why);
	/*
	 * Write all of it and wait until the other side has taken it (TCP: has
	 * acknowledged it), unless options.answered. `*left` counts the bytes that
	 * left our hands, also on failure. E_WRITE_TIMEOUT after write_timeout
	 * without any progress; E_LOST. What the device sends meanwhile stays
	 * readable up to a ceiling, then the oldest is dropped.
	 */
	enum err (*write)(struct wire *w, const void *bytes, size_t len, uint64_t *left,
	    struct why *why);
	/* Up to `len` bytes; `*got` 0 at the deadline. E_LOST when the other side closed. */
	enum err (*read)(struct wire *w, void *bytes, size_t len, int64_t deadline, size_t *got,
	    struct why *why);
	/* Orderly: half-close, read until the peer closes, at most close_timeout. Frees. */
	void (*close)(struct wire *w);
	/* At once; frees. */
	void (*abort)(struct wire *w);
};

extern const struct transport transport_socket;
extern const struct transport transport_file;
extern const struct transport transport_none;

/* By the URI's scheme; NULL if there is none. */
const struct transport *transport_find(struct str scheme);
const struct transport *transport_at(size_t i); /* NULL past the end */

#endif
