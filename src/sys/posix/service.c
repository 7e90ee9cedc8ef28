/*
 * The service manager's protocol is one datagram to a Unix socket, so there is
 * no need for libsystemd.
 */
#include "sys/service.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@') /* abstract name */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to, len);
	close(fd);
}

int service_watchdog_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t us, wanted;

	if (pid && (!str_to_u64(str_of(pid), &wanted) || wanted != (uint64_t)getpid()))
		return 0;
	if (!str_to_u64(str_of(getenv("WATCHDOG_USEC")), &us) || us > (uint64_t)INT32_MAX * 1000)
		return 0;
	return (int)(us / 2000);
}

bool service_peer_uid(int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || len != sizeof(peer))
		return false;
	*uid = peer.uid;
	return peer.uid != (uid_t)-1; /* not a Unix socket */
}

unsigned long service_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit more = { limit.rlim_max, limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			limit = more;
	}
	return (unsigned long)limit.rlim_cur;
}

/* The limit does not bind a dump that is piped to a program; "dumpable" does. */
const char *service_host_name(void)
{
	static char name[65];

	if (!name[0] && (gethostname(name, sizeof(name) - 1) || !name[0]))
		str_copy(name, sizeof(name), STR("localhost"));
	return name;
}

void service_no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

char *service_state_dir(void)
{
	const char *base = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (geteuid() == 0)
		return mem_strdup("/var/lib/platen");
	if (base && base[0] == '/')
		return mem_printf("%s/platen", base);
	return mem_printf("%s/.local/state/platen", home && home[0] ? home : "/tmp");
}
