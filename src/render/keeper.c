/*
 * Each post has both ends of its socket pair here: the program inherits one,
 * and what it did not read before it ended, the next one reads.
 */
#include "render/keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "render/message.h"
#include "sys/child.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/thread.h"
#include "sys/wake.h"

#define SOON_MS 1000      /* who ends within this has not worked */
#define PAUSE_MS 200      /* before the next start, doubled each time */
#define PAUSE_MAX_MS 10000
#define LEAVE_MS 3000     /* to tidy up */
#define TRIES 3           /* such ends until those who wait are told */

#ifndef PLATEN_LIBEXEC
#define PLATEN_LIBEXEC "/usr/libexec/platen"
#endif

struct office {
	int ours, theirs;      /* the pair; requests go into ours */
	struct child child;    /* pid 0: none runs */
	int64_t started, not_before;
	unsigned failures;     /* in a row */
};

static struct {
	char path[256];
	struct thread *thread;
	int stop_fd;
	struct office offices[POSTS];
} keeper;

static const char *const words[POSTS] = { [POST_CELLS] = NULL, [POST_WEB] = "web" };

int keeper_post(enum post post)
{
	return keeper.thread ? keeper.offices[post].ours : -1;
}

/* Tell everybody who waits that there is nobody to do it. */
static void turn_away(struct office *o, const struct why *why)
{
	struct ending e = { .err = E_RENDERER, .why = *why };
	uint8_t bytes[REQUEST_BYTES_MAX];
	int fds[REQUEST_FDS];
	struct buf out;

	e.why.err = E_RENDERER;
	buf_init(&out, ENDING_BYTES_MAX + 1);
	buf_add_byte(&out, ANSWER_ENDED);
	ending_write(&e, &out);
	while (message_receive(o->theirs, bytes, sizeof(bytes), fds, REQUEST_FDS,
	    MSG_DONTWAIT) > 0) {
		if (fds[REQUEST_SOCKET] >= 0)
			message_send(fds[REQUEST_SOCKET], buf_str(&out), NULL, 0, MSG_DONTWAIT);
		for (size_t i = 0; i < REQUEST_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	buf_finish(&out);
}

static void fail(struct office *o, const struct why *why)
{
	int64_t pause = (int64_t)PAUSE_MS << (o->failures < 6 ? o->failures : 6);
	o->failures++;
	o->not_before = clock_mono() + (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
	log_warn("render.process", "%s", why->text);
	if (o->failures >= TRIES)
		turn_away(o, why);
}

static void start(struct office *o, enum post post)
{
	const char *argv[] = { keeper.path, words[post], NULL };
	struct why why;

	o->started = clock_mono();
	if (child_start(&o->child, argv, &o->theirs, 1, &why) == E_OK)
		return;
	o->child.pid = 0;
	fail(o, &why);
	turn_away(o, &why);
}

static void collect(struct office *o)
{
	int status = child_end(&o->child);
	struct why why;

	if (clock_mono() - o->started > SOON_MS)
		o->failures = 0;
	if (status == 0)
		return;
	why_fail(&why, E_RENDERER, "%s ended (status 0x%x)", keeper.path, (unsigned)status);
	fail(o, &why);
}

static int pause_left(int64_t now)
{
	int64_t least = -1;
	for (size_t i = 0; i < POSTS; i++) {
		const struct office *o = &keeper.offices[i];
		int64_t left = o->not_before - now;
		if (!o->child.pid && left > 0 && (least < 0 || left < least))
			least = left;
	}
	return (int)least;
}

static void on_thread(void *arg)
{
	struct pollfd fds[POSTS + 1];
	(void)arg;
	for (;;) {
		int64_t now = clock_mono();
		for (size_t i = 0; i < POSTS; i++) {
			struct office *o = &keeper.offices[i];
			bool rests = !o->child.pid && o->not_before > now;
			fds[i] = (struct pollfd){
				.fd = o->child.pid ? o->child.fd : rests ? -1 : o->theirs,
				.events = POLLIN,
			};
		}
		fds[POSTS] = (struct pollfd){ .fd = keeper.stop_fd, .events = POLLIN };
		if (poll(fds, COUNT_OF(fds), pause_left(now)) < 0 && errno != EINTR)
			return;
		if (fds[POSTS].revents)
			return;
		for (size_t i = 0; i < POSTS; i++) {
			struct office *o = &keeper.offices[i];
			if (fds[i].revents && o->child.pid)
				collect(o);
			else if (fds[i].revents)
				start(o, (enum post)i);
		}
	}
}

/* In a build tree it is in src/render, beside src/app. */
static void find_program(const char *path)
{
	static const char *const beside[] = { "platen-render", "../render/platen-render" };
	size_t i = 0;

	if (path) {
		str_copy(keeper.path, sizeof(keeper.path), str_of(path));
		return;
	}
	do
		child_beside(beside[i], keeper.path, sizeof(keeper.path));
	while (!file_exists(keeper.path) && ++i < COUNT_OF(beside));
	if (i == COUNT_OF(beside))
		snprintf(keeper.path, sizeof(keeper.path), "%s/platen-render", PLATEN_LIBEXEC);
}

enum err keeper_open(const char *path, struct why *why)
{
	find_program(path);
	for (size_t i = 0; i < POSTS; i++) {
		int pair[2];
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
			return why_errno(why, E_INTERNAL, errno, "Cannot reach platen-render");
		keeper.offices[i] = (struct office){ .ours = pair[0], .theirs = pair[1] };
	}
	keeper.stop_fd = wake_open();
	return thread_start(&keeper.thread, "renderer", 0, on_thread, NULL, why);
}

/* It ends by itself when nobody is at the other end of its socket. */
static void let_go(struct office *o)
{
	struct pollfd end = { .fd = o->child.fd, .events = POLLIN };

	if (poll(&end, 1, LEAVE_MS) <= 0)
		child_kill(&o->child);
	child_end(&o->child);
}

void keeper_close(void)
{
	if (!keeper.thread)
		return;
	wake_set(keeper.stop_fd);
	thread_join(keeper.thread);
	wake_close(keeper.stop_fd);
	for (size_t i = 0; i < POSTS; i++) {
		struct office *o = &keeper.offices[i];
		close(o->ours);
		close(o->theirs);
		if (o->child.pid)
			let_go(o);
	}
	keeper.thread = NULL;
}
