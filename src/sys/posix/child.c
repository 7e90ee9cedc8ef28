/*
 * posix_spawn: no fork of a process with threads. A pidfd, so that the end of
 * a child is one more descriptor to poll.
 */
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 8
#define FIRST_FD 3
/* Out of the way of 3, 4, ...: what is to go there may lie there already. */
#define PARKED_FD 64

extern char **environ;

static int arrange(posix_spawn_file_actions_t *actions, const int fds[], size_t count)
{
	int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	for (size_t i = 0; i < count; i++)
		failed |= posix_spawn_file_actions_adddup2(actions, fds[i], PARKED_FD + (int)i);
	for (size_t i = 0; i < count; i++)
		failed |= posix_spawn_file_actions_adddup2(actions, PARKED_FD + (int)i,
		    FIRST_FD + (int)i);
	return failed | posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FD + (int)count);
}

/* Our threads block every signal; a program starts with none blocked. */
static int plain_signals(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setsigmask(attr, &none) | posix_spawnattr_setsigdefault(attr, &all) |
	    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* Takes `actions`; `failed` is what came of arranging them. */
static enum err start(struct child *c, const char *const argv[],
    posix_spawn_file_actions_t *actions, int failed, struct why *why)
{
	posix_spawnattr_t attr;

	posix_spawnattr_init(&attr);
	if (!failed)
		failed = plain_signals(&attr);
	if (!failed)
		failed = posix_spawn(&c->pid, argv[0], actions, &attr, (char *const *)argv,
		    environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(actions);
	if (failed)
		return why_errno(why, failed == ENOENT ? E_NOT_FOUND : E_INTERNAL, failed,
		    "Cannot start %s", argv[0]);
	c->fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	return E_OK;
}

enum err child_start(struct child *c, const char *const argv[], const int fds[], size_t count,
    struct why *why)
{
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	return start(c, argv, &actions,
	    count > FDS_MAX ? EINVAL : arrange(&actions, fds, count), why);
}

/* Where no file may be opened for writing, what takes no writing will do as the
 * standard error: it is `in` again. */
enum err child_start_filter(struct child *c, const char *const argv[], int in, int *out,
    struct why *why)
{
	posix_spawn_file_actions_t actions;
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC))
		return why_errno(why, E_INTERNAL, errno, "Cannot start %s", argv[0]);
	posix_spawn_file_actions_init(&actions);
	failed = posix_spawn_file_actions_adddup2(&actions, in, 0) |
	    posix_spawn_file_actions_adddup2(&actions, ends[1], 1) |
	    posix_spawn_file_actions_adddup2(&actions, in, 2) |
	    posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_FD);
	enum err err = start(c, argv, &actions, failed, why);
	close(ends[1]);
	if (err)
		close(ends[0]);
	else
		*out = ends[0];
	return err;
}

int child_end(struct child *c)
{
	int status = 0;
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->pid = 0;
	return status;
}

void child_kill(struct child *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
}

void child_beside(const char *name, char *path, size_t size)
{
	char own[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
	path[0] = '\0';
	if (len <= 0)
		return;
	own[len] = '\0';
	char *slash = strrchr(own, '/');
	if (slash)
		snprintf(path, size, "%.*s/%s", (int)(slash - own), own, name);
}
