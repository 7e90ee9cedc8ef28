/*
 * The spool: memory that a caged child fills with records and the daemon
 * reads while it is being filled. A child never waits for a slow printer.
 *
 * It is a memfd of fixed size, sealed against any other; its first word says
 * how far it is filled. The reader copies each record before it looks at it,
 * because the writer may still change its mind.
 */
#ifndef RENDER_SPOOL_H
#define RENDER_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define SPOOL_BYTES (8u << 20) /* 20,000 rows of 2,400 dots, and what frames them */

enum record { RECORD_STEP = 1, RECORD_END = 2 };

int spool_create(void); /* the descriptor, or -1 (errno) */

/* The child's side. */
struct spool {
	uint8_t *base;
	size_t at;
};
bool spool_map(struct spool *s, int fd);
/* False when it does not fit; room for RECORD_END is kept back. */
bool spool_put(struct spool *s, enum record kind, struct str bytes);
size_t spool_filled(int fd); /* bytes in use; 0 on any error */

/* The daemon's side. */
struct spool_reader {
	int fd;
	size_t at;       /* zero at first */
	bool broken;     /* it holds no sensible record */
	struct buf copy;
};
/* The next whole record: its kind, `*bytes` valid until the next call; 0: none yet, or broken. */
int spool_next(struct spool_reader *r, struct str *bytes);

#endif
