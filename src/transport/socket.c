/*
 * Raw TCP. A write ends when the printer's TCP has acknowledged it: that is
 * all a stream can tell, and it keeps the pauses of a job true to the paper.
 * Input is read whenever we wait, because unread input turns a close into a
 * reset, which makes some boards drop what they have not printed. Who will be
 * answered need not wait for that: many stacks hold an acknowledgement back for
 * 40 to 250 ms in the hope of sending it along with an answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/transport.h"
#include "core/wire.h"
#include "sys/clock.h"
#include "sys/sock.h"

#define PORT_DEFAULT 9100
#define INPUT_BYTES 4096 /* kept for read(); the oldest is dropped beyond */
#define FULL_LOOK_US 100000 /* while the kernel's buffer is full, POLLOUT wakes us anyway */

struct wire {
	const struct wire_options *o;
	int fd;
	bool ended;           /* the printer has closed its direction */
	uint64_t handed;      /* bytes that the kernel has taken, in all */
	size_t first, held;   /* ring of input */
	uint8_t input[INPUT_BYTES];
};

static enum err socket_check(const struct uri *uri, struct why *why)
{
	if (!uri->host.len)
		return why_field(why, "uri", E_FIELD, "The URI names no host: socket://HOST:PORT");
	if (uri->host.len > 255)
		return why_field(why, "uri", E_FIELD, "The host name is too long");
	if (uri->path.len > 1 || uri->query.len)
		return why_field(why, "uri", E_FIELD, "socket://HOST:PORT has no path");
	return E_OK;
}

static enum err connect_failed(int errnum, struct why *why)
{
	switch (errnum) {
	case ECONNREFUSED:
		return why_fail(why, E_REFUSED, NULL);
	case ETIMEDOUT:
		return why_fail(why, E_CONNECT_TIMEOUT, NULL);
	case ECONNRESET:
	case EPIPE:
		return why_fail(why, E_LOST, NULL);
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return why_errno(why, E_IO, errnum, "Cannot open a connection");
	default: /* no route, no network, no such address, forbidden by a firewall */
		return why_fail(why, E_UNREACHABLE, NULL);
	}
}

/* On a connection that stood. */
static enum err lost(int errnum, struct why *why)
{
	return why_fail(why, errnum == ETIMEDOUT ? E_WRITE_TIMEOUT : E_LOST, NULL);
}

static int pending_error(int fd)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) ? errno : errnum;
}

static enum err connect_one(const struct addrinfo *ai, const struct wire_options *o,
    int64_t until_us, int *out, struct why *why)
{
	short got = POLLOUT;
	enum err err = E_OK;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return connect_failed(errno, why);
	sock_tune(fd);
	int errnum = connect(fd, ai->ai_addr, ai->ai_addrlen) ? errno : 0;
	if (errnum == EINPROGRESS) {
		err = wire_wait(o, fd, POLLOUT, until_us, &got, why);
		errnum = pending_error(fd);
	}
	if (!err && !got)
		err = why_fail(why, E_CONNECT_TIMEOUT, NULL);
	else if (!err && errnum)
		err = connect_failed(errnum, why);
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

/* Each address in turn, all within the one deadline. */
static enum err connect_any(const struct addrinfo *list, const struct wire_options *o, int *fd,
    struct why *why)
{
	int64_t until_us = clock_mono_us() + o->open_timeout * 1000;
	enum err err = why_fail(why, E_UNREACHABLE, NULL);
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		err = connect_one(ai, o, until_us, fd, why);
		if (!err || err == E_CANCELLED || clock_mono_us() >= until_us)
			break;
	}
	return err;
}

static enum err socket_open(const struct uri *uri, const struct wire_options *o,
    struct wire **out, struct why *why)
{
	char host[256], port[8];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list;
	int fd = -1;

	str_copy(host, sizeof(host), uri->host);
	snprintf(port, sizeof(port), "%u", uri->port ? uri->port : PORT_DEFAULT);
	if (getaddrinfo(host, port, &hints, &list))
		return why_fail(why, E_UNREACHABLE, NULL);
	enum err err = connect_any(list, o, &fd, why);
	freeaddrinfo(list);
	if (err)
		return err;
	struct wire *w = mem_alloc(sizeof(*w));
	w->o = o;
	w->fd = fd;
	*out = w;
	return E_OK;
}

/* Where the next input goes: the ring's free part, or over its oldest half. */
static uint8_t *input_space(struct wire *w, size_t *len)
{
	if (w->held == INPUT_BYTES) {
		w->first = (w->first + INPUT_BYTES / 2) % INPUT_BYTES;
		w->held -= INPUT_BYTES / 2;
	}
	size_t at = (w->first + w->held) % INPUT_BYTES;
	size_t end = at < w->first ? w->first : INPUT_BYTES;
	*len = end - at;
	return w->input + at;
}

/* Take in what the printer has sent, without waiting. A reset is an error, its
 * end of stream is not: a printer may close its direction and print on. */
static enum err take_input(struct wire *w, struct why *why)
{
	while (!w->ended) {
		size_t len;
		uint8_t *to = input_space(w, &len);
		ssize_t n = recv(w->fd, to, len, MSG_DONTWAIT);
		if (n > 0)
			w->held += (size_t)n;
		else if (n == 0)
			w->ended = true;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return E_OK;
		else if (errno != EINTR)
			return lost(errno, why);
	}
	return E_OK;
}

/* Bytes that the printer has not acknowledged yet. */
static size_t unacknowledged(const struct wire *w)
{
	int n = 0;
	return ioctl(w->fd, SIOCOUTQ, &n) || n < 0 ? 0 : (size_t)n;
}

static enum err hand_over(struct wire *w, const uint8_t *bytes, size_t len, size_t *taken,
    struct why *why)
{
	ssize_t n = send(w->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	*taken = n > 0 ? (size_t)n : 0;
	w->handed += *taken;
	if (n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return E_OK;
	return lost(errno, why);
}

/* Wait for room or an acknowledgement, input and errors meanwhile. */
static enum err wait_for_peer(struct wire *w, bool room, const struct wire_watch *watch,
    struct why *why)
{
	short events = (short)((room ? POLLOUT : 0) | (w->ended ? 0 : POLLIN));
	short got;
	int64_t until = room ? clock_mono_us() + FULL_LOOK_US : wire_look_again(watch);
	enum err err = wire_wait(w->o, w->fd, events, until, &got, why);
	if (!err && (got & POLLERR))
		err = lost(pending_error(w->fd), why);
	if (!err && (got & POLLIN))
		err = take_input(w, why);
	return err;
}

static enum err socket_write(struct wire *w, const void *bytes, size_t len, uint64_t *left,
    struct why *why)
{
	struct wire_watch watch = wire_watch(w->o->write_timeout);
	size_t done = 0;
	*left = 0;
	for (;;) {
		size_t taken = 0;
		enum err err = E_OK;
		if (done < len)
			err = hand_over(w, (const uint8_t *)bytes + done, len - done, &taken, why);
		done += taken;
		*left = done;
		size_t open = unacknowledged(w);
		if (!err && done == len && (!open || w->o->answered))
			break;
		/* `handed - open` is what the printer has acknowledged so far */
		if (!err && !wire_moves(&watch, w->handed + w->handed - open))
			err = why_fail(why, E_WRITE_TIMEOUT, NULL);
		if (!err)
			err = wait_for_peer(w, done < len, &watch, why);
		if (err)
			return err;
	}
	/* a reset empties the queue as well */
	int errnum = pending_error(w->fd);
	return errnum ? lost(errnum, why) : take_input(w, why);
}

static size_t input_take(struct wire *w, uint8_t *bytes, size_t len)
{
	size_t n = 0;
	while (n < len && w->held) {
		bytes[n++] = w->input[w->first];
		w->first = (w->first + 1) % INPUT_BYTES;
		w->held--;
	}
	return n;
}

static enum err socket_read(struct wire *w, void *bytes, size_t len, int64_t deadline,
    size_t *got, struct why *why)
{
	*got = 0;
	for (;;) {
		short events;
		enum err err = take_input(w, why);
		if (err)
			return err;
		*got = input_take(w, bytes, len);
		if (*got || !len)
			return E_OK;
		if (w->ended)
			return why_fail(why, E_LOST, NULL);
		err = wire_wait(w->o, w->fd, POLLIN, wire_until(deadline), &events, why);
		if (err || !events)
			return err;
	}
}

static void socket_abort(struct wire *w)
{
	sock_reset_on_close(w->fd);
	close(w->fd);
	free(w);
}

static void socket_close(struct wire *w)
{
	int64_t until_us = clock_mono_us() + w->o->close_timeout * 1000;
	short events = POLLIN;
	bool half_closed = sock_half_close(w->fd);
	while (half_closed && events && !take_input(w, NULL) && !w->ended) {
		if (wire_wait(w->o, w->fd, POLLIN, until_us, &events, NULL))
			break;
	}
	close(w->fd);
	free(w);
}

const struct transport transport_socket = {
	.scheme = "socket",
	.summary = "raw TCP, usually port 9100",
	.check = socket_check,
	.open = socket_open,
	.write = socket_write,
	.read = socket_read,
	.close = socket_close,
	.abort = socket_abort,
};
