/* Plain sockets: nothing here is ever read, so no loop is needed. */
#include "hang.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"

static int tcp(const struct ip *ip)
{
	return socket(ip->v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

enum err hang_open(struct hang *h, const struct ip *ip, uint16_t port, struct why *why)
{
	struct sockaddr_storage at = address_make(ip, port);
	socklen_t len = ip->v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int fd = tcp(ip), one = 1;

	if (fd < 0)
		return why_errno(why, E_IO, errno, "Cannot open a socket");
	h->fd[h->count++] = fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, len) || listen(fd, 0)) {
		hang_close(h);
		return why_errno(why, E_BUSY, errno, "Cannot hang on port %u", port);
	}
	for (unsigned i = 0; i < HANG_FILLERS; i++) {
		fd = tcp(ip);
		if (fd < 0)
			break;
		h->fd[h->count++] = fd;
		if (connect(fd, (struct sockaddr *)&at, len) && errno != EINPROGRESS)
			break;
	}
	return E_OK;
}

void hang_close(struct hang *h)
{
	while (h->count)
		close(h->fd[--h->count]);
}
