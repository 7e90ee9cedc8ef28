/*
 * Blocking calls on a thread of its own: what a printer does is then written
 * down in the order in which it happens.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *on_thread(void *arg)
{
	struct peer *p = arg;
	int fd;
	while ((fd = accept(p->listen_fd, NULL, NULL)) >= 0) {
		p->serve(p, fd);
		close(fd);
		pthread_mutex_lock(&p->lock);
		p->connections++;
		pthread_cond_broadcast(&p->moved);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

struct peer *peer_start(void (*serve)(struct peer *p, int fd), size_t number)
{
	struct peer *p = calloc(1, sizeof(*p));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int small = 4096;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->serve = serve;
	p->number = number;
	p->wake_fd = -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->moved, NULL);
	p->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (serve == peer_read_slowly || serve == peer_read_nothing)
		setsockopt(p->listen_fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (bind(p->listen_fd, (struct sockaddr *)&at, sizeof(at)) || listen(p->listen_fd, 8) ||
	    getsockname(p->listen_fd, (struct sockaddr *)&at, &len))
		abort();
	p->port = ntohs(at.sin_port);
	if (pthread_create(&p->thread, NULL, on_thread, p))
		abort();
	return p;
}

void peer_stop(struct peer *p)
{
	shutdown(p->listen_fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->listen_fd);
	pthread_cond_destroy(&p->moved);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void peer_await(struct peer *p, size_t connections)
{
	pthread_mutex_lock(&p->lock);
	while (p->connections < connections)
		pthread_cond_wait(&p->moved, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

size_t peer_take(struct peer *p, int fd, size_t max)
{
	uint8_t bytes[65536];
	ssize_t n = recv(fd, bytes, max < sizeof(bytes) ? max : sizeof(bytes), 0);
	pthread_mutex_lock(&p->lock);
	p->reset = n < 0 && errno == ECONNRESET;
	for (ssize_t i = 0; i < n && p->len < sizeof(p->got); i++)
		p->got[p->len++] = bytes[i];
	pthread_mutex_unlock(&p->lock);
	return n > 0 ? (size_t)n : 0;
}

void peer_die(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void peer_read_all(struct peer *p, int fd)
{
	while (peer_take(p, fd, SIZE_MAX))
		;
}

void peer_reset_at(struct peer *p, int fd)
{
	size_t left = p->number;
	while (left) {
		size_t n = peer_take(p, fd, left);
		if (!n)
			return;
		left -= n;
	}
	peer_die(fd);
}

void peer_read_slowly(struct peer *p, int fd)
{
	while (peer_take(p, fd, 512))
		usleep(8000);
}

void peer_read_nothing(struct peer *p, int fd)
{
	/* POLLHUP or POLLERR, never asked for, comes when the writer has gone */
	struct pollfd gone = { .fd = fd, .events = 0 };
	poll(&gone, 1, 20000);
	(void)p;
}

void peer_half_close(struct peer *p, int fd)
{
	shutdown(fd, SHUT_WR);
	peer_read_all(p, fd);
}

void peer_chatter(struct peer *p, int fd)
{
	for (size_t i = 0; i < p->number; i++) {
		uint8_t byte = (uint8_t)i;
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			return;
	}
	peer_read_all(p, fd);
}
