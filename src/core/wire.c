/*
 * One poll for the wire and the cancel. Time is kept in microseconds because
 * pauses are "at least": whole milliseconds, cut off, would end early.
 */
#include "core/wire.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/mem.h"
#include "sys/clock.h"

#define LOOK_SOONEST_US 20
#define LOOK_LATEST_US 5000

/* Time left, as ppoll wants it; false when it has passed. */
static bool time_left(int64_t until_us, struct timespec *left)
{
	int64_t us = until_us - clock_mono_us();
	if (us < 0)
		us = 0;
	*left = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
	return us > 0;
}

enum err wire_wait(const struct wire_options *o, int fd, short events, int64_t until_us,
    short *got, struct why *why)
{
	struct pollfd fds[] = {
		{ .fd = o->cancel_fd, .events = POLLIN },
		{ .fd = fd, .events = events },
	};
	if (got)
		*got = 0;
	for (;;) {
		struct timespec left;
		bool more = until_us < 0 || time_left(until_us, &left);
		int n = ppoll(fds, COUNT_OF(fds), until_us < 0 ? NULL : &left, NULL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return why_errno(why, E_IO, errno, "Cannot wait for the device");
		if (n > 0 && fds[0].revents)
			return why_fail(why, E_CANCELLED, NULL);
		if (n > 0 && got)
			*got = fds[1].revents;
		if (n > 0 || (n == 0 && !more))
			return E_OK;
	}
}

int64_t wire_until(int64_t deadline)
{
	return deadline < 0 ? -1 : deadline * 1000;
}

struct wire_watch wire_watch(int64_t timeout_ms)
{
	return (struct wire_watch){ .timeout_us = timeout_ms * 1000, .moved_us = clock_mono_us() };
}

bool wire_moves(struct wire_watch *watch, uint64_t done)
{
	int64_t now = clock_mono_us();
	if (done != watch->seen) {
		watch->seen = done;
		watch->moved_us = now;
	}
	return now - watch->moved_us < watch->timeout_us;
}

int64_t wire_look_again(const struct wire_watch *watch)
{
	int64_t now = clock_mono_us();
	int64_t pause = (now - watch->moved_us) / 4;
	if (pause < LOOK_SOONEST_US)
		pause = LOOK_SOONEST_US;
	if (pause > LOOK_LATEST_US)
		pause = LOOK_LATEST_US;
	return now + pause;
}
