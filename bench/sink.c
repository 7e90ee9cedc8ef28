/*
 * One thread, one epoll. What it has counted is read by the others without a
 * lock; whoever waits is woken by a condition, so that waiting costs nothing.
 */
#include "sink.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define EVENTS 64

static struct {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint64_t jobs;
	_Atomic int64_t first_byte_us;
	int poll, listener;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void watch(int fd, bool fresh)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint64_t)fd << 1 | fresh };

	must(epoll_ctl(sink.poll, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e), "epoll_ctl");
}

static void end_job(int fd)
{
	close(fd);
	pthread_mutex_lock(&sink.lock);
	sink.jobs++;
	pthread_cond_signal(&sink.ended);
	pthread_mutex_unlock(&sink.lock);
}

/* `fresh`: nothing of this job has been read yet. */
static void serve(int fd, bool fresh)
{
	static char bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n > 0 && fresh) {
		atomic_store(&sink.first_byte_us, now_us());
		watch(fd, false);
	}
	if (n == 0 || (n < 0 && !would_block()))
		end_job(fd);
}

static void welcome(void)
{
	int fd;

	while ((fd = accept4(sink.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		watch(fd, true);
		serve(fd, true);
	}
}

static void *sink_main(void *arg)
{
	struct epoll_event events[EVENTS];

	(void)arg;
	for (;;) {
		int n = epoll_wait(sink.poll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = (int)(events[i].data.u64 >> 1);

			if (fd == sink.listener)
				welcome();
			else
				serve(fd, events[i].data.u64 & 1);
		}
	}
	return NULL;
}

void sink_start(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	pthread_condattr_t attr;
	pthread_t thread;
	int on = 1;

	sink.poll = must(epoll_create1(EPOLL_CLOEXEC), "epoll");
	sink.listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
	    "socket");
	setsockopt(sink.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Every address, but of this interface only. */
	must(setsockopt(sink.listener, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3), "lo");
	must(bind(sink.listener, (struct sockaddr *)&at, sizeof(at)), "bind");
	must(listen(sink.listener, 4096), "listen");
	watch(sink.listener, true);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&sink.ended, &attr);
	pthread_create(&thread, NULL, sink_main, NULL);
}

uint64_t sink_jobs(void)
{
	uint64_t jobs;

	pthread_mutex_lock(&sink.lock);
	jobs = sink.jobs;
	pthread_mutex_unlock(&sink.lock);
	return jobs;
}

int64_t sink_first_byte_us(void)
{
	return atomic_load(&sink.first_byte_us);
}

int sink_wait(uint64_t jobs, int timeout_ms)
{
	int64_t until = now_us() + timeout_ms * INT64_C(1000);
	struct timespec at = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };
	int late = 0;

	pthread_mutex_lock(&sink.lock);
	while (sink.jobs < jobs && !late)
		late = pthread_cond_timedwait(&sink.ended, &sink.lock, &at);
	late = sink.jobs < jobs;
	pthread_mutex_unlock(&sink.lock);
	return !late;
}
