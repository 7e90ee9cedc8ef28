/* The client's asserts must not longjmp across threads, so they abort. */
#include "rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "sys/clock.h"
#include "sys/thread.h"

void rig_check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "client: %s does not hold\n", what);
	abort();
}

static void on_close(struct conn *c, enum err why, void *arg)
{
	struct rig *rig = arg;

	rig->closed++;
	rig->why = why;
}

static void on_accept(struct conn *c, void *arg)
{
	struct rig *rig = arg;

	rig->accepted++;
	conn_set(c, &rig->ops, rig);
	if (rig->on_accept)
		rig->on_accept(c, rig);
}

static void on_done(struct message *m, void *arg)
{
	struct rig *rig = arg;

	listener_close(rig->listener);
	mailbox_destroy(rig->done);
}

static void run_client(void *arg)
{
	struct rig *rig = arg;

	rig->client(rig);
	mailbox_post(rig->done, &rig->done_message);
}

void rig_open(struct rig *rig)
{
	struct ip ip = { .v6 = rig->v6, .bytes = { 127, 0, 0, 1 } };
	struct why why;
	enum err err;

	if (rig->v6)
		ip = (struct ip){ .v6 = true, .bytes = { [15] = 1 } };
	if (rig->unix_path)
		err = listener_open_unix(rig->loop, rig->unix_path, 0600, &rig->options, on_accept,
		    rig, &rig->listener, &why);
	else
		err = listener_open_tcp(rig->loop, &ip, 0, &rig->options, on_accept, rig,
		    &rig->listener, &why);
	assert_int_equal(err, E_OK);
	rig->port = listener_port(rig->listener);
}

void rig_run(struct rig *rig, client_fn *client)
{
	struct thread *thread;

	buf_init(&rig->heard, 64 * 1024 * 1024);
	rig->ops.on_close = on_close;
	rig->client = client;
	rig->loop = loop_create();
	rig->done = mailbox_create();
	rig->gate = mailbox_create();
	mailbox_attach(rig->done, rig->loop, on_done, rig);
	rig_open(rig);
	assert_int_equal(thread_start(&thread, "client", 1024 * 1024, run_client, rig, NULL), E_OK);
	loop_run(rig->loop);
	thread_join(thread);
	loop_destroy(rig->loop);
	mailbox_destroy(rig->gate);
	buf_finish(&rig->heard);
	assert_int_equal(rig->accepted, rig->closed);
}

void rig_hear(struct conn *c, struct str bytes, void *arg)
{
	struct rig *rig = arg;

	buf_add_str(&rig->heard, bytes);
}

void rig_echo(struct conn *c, struct str bytes, void *arg)
{
	rig_hear(c, bytes, arg);
	conn_write(c, bytes.ptr, bytes.len);
}

void rig_open_gate(struct rig *rig)
{
	mailbox_post(rig->gate, &rig->gate_message);
}

void rig_await_gate(struct rig *rig)
{
	RIG_CHECK(mailbox_wait(rig->gate, clock_mono() + 5000) != NULL);
}

static socklen_t address(const struct rig *rig, struct sockaddr_storage *at)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(rig->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(rig->port) };

	if (rig->unix_path) {
		snprintf(path.sun_path, sizeof(path.sun_path), "%s", rig->unix_path);
		memcpy(at, &path, sizeof(path));
		return sizeof(path);
	}
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	if (rig->v6)
		memcpy(at, &v6, sizeof(v6));
	else
		memcpy(at, &v4, sizeof(v4));
	return rig->v6 ? sizeof(v6) : sizeof(v4);
}

int rig_connect(struct rig *rig)
{
	struct timeval limit = { .tv_sec = 5 };
	struct sockaddr_storage at;
	socklen_t len = address(rig, &at);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	RIG_CHECK(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	RIG_CHECK(connect(fd, (struct sockaddr *)&at, len) == 0);
	return fd;
}

void rig_send(int fd, const char *text)
{
	RIG_CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

size_t rig_receive(int fd, char *to, size_t len)
{
	size_t got = 0;
	ssize_t n = 1;

	while (got < len && n > 0) {
		n = recv(fd, to + got, len - got, 0);
		got += n > 0 ? (size_t)n : 0;
	}
	return got;
}

enum rig_end rig_end(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	if (n == 0)
		return RIG_FIN;
	if (n > 0)
		return RIG_BYTES;
	return errno == ECONNRESET ? RIG_RST : RIG_TIMEOUT;
}
