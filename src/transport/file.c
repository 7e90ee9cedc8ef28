/*
 * A path: a printer's device node, a serial line or pty, a FIFO, or a regular
 * file that is appended to (made if it is not there; print to file). Devices
 * are written with poll and never block; a tty is made raw, so that LF stays
 * LF, and a write to it ends when its queue is empty. Regular files are not
 * synced: the evidence of this transport is "sent", as of any other.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/transport.h"
#include "core/wire.h"
#include "sys/clock.h"

#define FILE_MODE 0600 /* receipts hold personal data */
#define FULL_LOOK_US 100000

struct wire {
	const struct wire_options *o;
	int fd;
	bool tty;
	bool readable;
};

static enum err file_check(const struct uri *uri, struct why *why)
{
	if (uri->path.len < 2 || uri->path.ptr[0] != '/' ||
	    memchr(uri->path.ptr, '\0', uri->path.len))
		return why_field(why, "uri", E_FIELD, "The URI needs a path: file:/dev/usb/lp0");
	if (uri->host.len && !str_is_nocase(uri->host, "localhost"))
		return why_field(why, "uri", E_FIELD, "A file: URI names no other host");
	if (uri->path.len > 255)
		return why_field(why, "uri", E_FIELD, "The path is too long");
	return E_OK;
}

static enum err open_failed(const char *path, int errnum, struct why *why)
{
	switch (errnum) {
	case EBUSY:
		return why_fail(why, E_BUSY, NULL);
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return why_errno(why, E_UNREACHABLE, errnum, "%s is not there", path);
	default:
		return why_errno(why, E_IO, errnum, "Cannot open %s", path);
	}
}

/* Characters must arrive as they are. Speed and framing are left as set. */
static void make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t))
		return;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	tcsetattr(fd, TCSANOW, &t);
}

/* Never O_RDWR but on a device: on a FIFO it would make us our own reader. */
static int open_path(const char *path)
{
	struct stat st;
	int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	if (stat(path, &st) == 0 && S_ISCHR(st.st_mode)) {
		int fd = open(path, O_RDWR | flags);
		return fd >= 0 || errno != EACCES ? fd : open(path, O_WRONLY | flags);
	}
	return open(path, O_WRONLY | O_APPEND | O_CREAT | flags, FILE_MODE);
}

static enum err file_open(const struct uri *uri, const struct wire_options *o, struct wire **out,
    struct why *why)
{
	char path[256];
	struct stat st;
	str_copy(path, sizeof(path), uri->path);
	int fd = open_path(path);
	if (fd < 0)
		return open_failed(path, errno, why);
	if (fstat(fd, &st) || S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode)) {
		close(fd);
		return why_fail(why, E_IO, "%s is no printer", path);
	}
	struct wire *w = mem_alloc(sizeof(*w));
	w->o = o;
	w->fd = fd;
	w->tty = isatty(fd);
	w->readable = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
	if (w->tty)
		make_raw(fd);
	*out = w;
	return E_OK;
}

static enum err write_failed(int errnum, struct why *why)
{
	switch (errnum) {
	case EPIPE:
	case ENODEV:
	case ENXIO:
	case ESHUTDOWN:
		return why_fail(why, E_LOST, NULL);
	default:
		return why_errno(why, E_IO, errnum, "The device refuses data");
	}
}

static enum err hand_over(struct wire *w, const uint8_t *bytes, size_t len, size_t *taken,
    struct why *why)
{
	ssize_t n = write(w->fd, bytes, len);
	*taken = n > 0 ? (size_t)n : 0;
	if (n >= 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return E_OK;
	return write_failed(errno, why);
}

static size_t queued(const struct wire *w)
{
	int n = 0;
	return !w->tty || ioctl(w->fd, TIOCOUTQ, &n) || n < 0 ? 0 : (size_t)n;
}

static enum err wait_for_room(struct wire *w, bool room, const struct wire_watch *watch,
    struct why *why)
{
	short got;
	int64_t until = room ? clock_mono_us() + FULL_LOOK_US : wire_look_again(watch);
	enum err err = wire_wait(w->o, room ? w->fd : -1, POLLOUT, until, &got, why);
	if (!err && (got & (POLLERR | POLLHUP | POLLNVAL)))
		err = why_fail(why, E_LOST, NULL);
	return err;
}

static enum err file_write(struct wire *w, const void *bytes, size_t len, uint64_t *left,
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
		size_t open = queued(w);
		if (err || (done == len && !open))
			return err;
		if (!wire_moves(&watch, done + (uint64_t)(len - open)))
			return why_fail(why, E_WRITE_TIMEOUT, NULL);
		err = wait_for_room(w, done < len, &watch, why);
		if (err)
			return err;
	}
}

/* What only takes bytes never answers: that is a wait like any other. */
static enum err file_read(struct wire *w, void *bytes, size_t len, int64_t deadline, size_t *got,
    struct why *why)
{
	int fd = w->readable ? w->fd : -1;
	short events = 0;
	*got = 0;
	enum err err = wire_wait(w->o, fd, POLLIN, wire_until(deadline), &events, why);
	if (err || !events)
		return err;
	ssize_t n = read(fd, bytes, len);
	if (n > 0)
		*got = (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
		return why_fail(why, E_LOST, NULL);
	return E_OK;
}

static void file_close(struct wire *w)
{
	close(w->fd);
	free(w);
}

/* A tty would go on sending, and hold up the close until it has. */
static void file_abort(struct wire *w)
{
	if (w->tty)
		tcflush(w->fd, TCOFLUSH);
	file_close(w);
}

const struct transport transport_file = {
	.scheme = "file",
	.summary = "a device node, FIFO, serial line or file by its path",
	.check = file_check,
	.open = file_open,
	.write = file_write,
	.read = file_read,
	.close = file_close,
	.abort = file_abort,
};
