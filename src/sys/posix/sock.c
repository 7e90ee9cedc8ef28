/*
 * Socket options and Unix socket files. The mode of a socket file is set on
 * the socket before it is bound (Linux creates the file with it), so there is
 * no moment in which others could connect, and no umask to change under the
 * feet of other threads.
 */
#include "sys/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_PROBES 3

static void set_int(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

void sock_tune(int fd)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

void sock_unsent_max(int fd, int bytes)
{
	set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, bytes);
}

void sock_reset_on_close(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

bool sock_half_close(int fd)
{
	return shutdown(fd, SHUT_WR) == 0;
}

static int unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Only a refusal says that nobody is there: a full backlog (EAGAIN) or a
 * missing right (EACCES) does not. */
static bool is_stale(const struct sockaddr_un *at)
{
	int fd = unix_socket();
	bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
	    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

static enum err make_room(const struct sockaddr_un *at, struct why *why)
{
	struct stat st;

	if (lstat(at->sun_path, &st) != 0)
		return E_OK;
	if (!S_ISSOCK(st.st_mode))
		return why_fail(why, E_CONFLICT, "%s exists and is no socket", at->sun_path);
	if (!is_stale(at))
		return why_fail(why, E_BUSY, "%s is in use", at->sun_path);
	unlink(at->sun_path);
	return E_OK;
}

enum err sock_bind_unix(const char *path, unsigned mode, int *fd, struct why *why)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	enum err err;
	int s;

	if (strlen(path) >= sizeof(at.sun_path))
		return why_fail(why, E_FIELD, "The socket path %s is too long", path);
	memcpy(at.sun_path, path, strlen(path));
	err = make_room(&at, why);
	if (err)
		return err;

	s = unix_socket();
	if (s >= 0 && fchmod(s, mode) == 0 && bind(s, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    chmod(path, mode) == 0) {
		*fd = s;
		return E_OK;
	}
	err = why_errno(why, errno == EACCES ? E_NOT_ALLOWED : errno == ENOENT ? E_NOT_FOUND : E_IO,
	    errno, "Cannot listen on %s", path);
	if (s >= 0)
		close(s);
	return err;
}

unsigned long long sock_inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

void sock_unlink_unix(const char *path, unsigned long long inode)
{
	if (inode && sock_inode(path) == inode)
		unlink(path);
}
