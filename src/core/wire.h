/*
 * Waiting on a wire, for transports and the link: for a file descriptor, a
 * time or the cancel, whichever comes first, and the watch over progress that
 * a write time-out counts. Worker thread only; times here are clock_mono_us.
 */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include "core/transport.h"

/*
 * Wait until `fd` has one of `events` (poll's) or `until_us` has passed (-1:
 * never). `*got` is poll's answer, 0 at the time; it may be NULL. `fd` -1 only
 * waits. E_CANCELLED when the options' cancel_fd is readable.
 */
enum err wire_wait(const struct wire_options *o, int fd, short events, int64_t until_us,
    short *got, struct why *why);

/* From ms of clock_mono (-1: none) to a time for wire_wait. */
int64_t wire_until(int64_t deadline);

/* Watches that something moves: bytes taken, bytes acknowledged. */
struct wire_watch {
	int64_t timeout_us;
	int64_t moved_us; /* when it last did */
	uint64_t seen;
};
struct wire_watch wire_watch(int64_t timeout_ms);
/* Note how much is done so far; false when nothing has moved for the time-out. */
bool wire_moves(struct wire_watch *watch, uint64_t done);
/*
 * When to look again at something that cannot be waited for: a quarter of the
 * time that nothing has moved, between 20 us and 5 ms, so that a fast peer
 * costs microseconds and a slow one little.
 */
int64_t wire_look_again(const struct wire_watch *watch);

#endif
