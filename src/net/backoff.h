/*
 * How long to wait before trying again: doubling from `first_ms` to `max_ms`,
 * each wait moved by up to `jitter` percent either way, so that a hundred
 * daemons do not come back to a server in the same moment.
 */
#ifndef NET_BACKOFF_H
#define NET_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t first_ms, max_ms;
	unsigned jitter; /* percent, at most 100 */
	unsigned tries;  /* so far; 0 after a success */
};

/* The next wait; counts it. */
int64_t backoff_next(struct backoff *b);
void backoff_reset(struct backoff *b);
/* The wait after `tries` others, for a `random` number: what backoff_next
 * computes, without dice and without counting. */
int64_t backoff_wait(const struct backoff *b, unsigned tries, uint32_t random);

#endif
