/*
 * Three fences, each of which would do for most mistakes: limits (how much),
 * Landlock (which files), seccomp (which system calls). What a child needs to
 * decode and draw is little: memory, its descriptors, the fonts.
 */
#include "sys/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define NOBODY 65534

static char missing[64];

static void note_missing(const char *what)
{
	size_t len = strlen(missing);
	snprintf(missing + len, sizeof(missing) - len, "%s%s", len ? ", " : "", what);
}

const char *cage_missing(void)
{
	return missing;
}

/* --- the floor --------------------------------------------------------------------------- */

static void write_once(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = write(fd, text, strlen(text));
	(void)n; /* without a map we are nobody in there, which is as well */
	close(fd);
}

/* A name space without any interface that is up; root needs no user of its own for it. */
static void leave_network(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();

	if (uid == 0 ? unshare(CLONE_NEWNET) == 0 : unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
		if (uid == 0)
			return;
		write_once("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "%u %u 1", uid, uid);
		write_once("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "%u %u 1", gid, gid);
		write_once("/proc/self/gid_map", map);
		return;
	}
	note_missing("network namespace");
}

static bool become_nobody(void)
{
	if (getuid() != 0)
		return true;
	return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

enum err cage_floor(struct why *why)
{
	pid_t parent = getppid();

	missing[0] = '\0';
	leave_network();
	if (!become_nobody())
		return why_errno(why, E_INTERNAL, errno, "Cannot give up root");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return why_errno(why, E_INTERNAL, errno, "Cannot give up privileges");
	/* after the change of user, which takes it back */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		return why_fail(why, E_INTERNAL, "The daemon has ended");
	return E_OK;
}

/* --- limits -------------------------------------------------------------------------------- */

static void limit(int what, rlim_t most)
{
	struct rlimit l = { most, most };
	setrlimit(what, &l);
}

static void set_limits(const struct cage *c)
{
/* A sanitizer's shadow is larger than any memory. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	limit(RLIMIT_AS, c->memory);
#endif
	limit(RLIMIT_CPU, c->cpu_seconds);
	limit(RLIMIT_FSIZE, c->file_bytes);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, c->files);
}

/* --- files --------------------------------------------------------------------------------- */

/* As linux/landlock.h of ABI 1 has them: older headers lack some. */
#define LL_EXECUTE (1ull << 0)
#define LL_READ_FILE (1ull << 2)
#define LL_READ_DIR (1ull << 3)
#define LL_ALL ((1ull << 13) - 1)
#define LL_RULE_PATH 1

struct ll_ruleset {
	uint64_t handled;
};

struct ll_path {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

static void allow_path(int ruleset, const char *path, uint64_t what)
{
	struct ll_path rule = { .allowed = what, .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	if (rule.parent_fd < 0)
		return; /* what is not there needs no leave */
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= ~LL_READ_DIR;
	syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH, &rule, 0);
	close(rule.parent_fd);
}

static void close_files(const struct cage *c)
{
	static const char *const libraries[] = { "/usr", "/lib", "/lib64", "/bin" };
	struct ll_ruleset all = { LL_ALL };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);

	if (ruleset < 0) {
		note_missing("Landlock");
		return;
	}
	for (const char *const *path = c->reads; *path; path++)
		allow_path(ruleset, *path, LL_READ_FILE | LL_READ_DIR);
	for (size_t i = 0; c->programs && i < COUNT_OF(libraries); i++)
		allow_path(ruleset, libraries[i], LL_EXECUTE | LL_READ_FILE | LL_READ_DIR);
	if (c->programs)
		allow_path(ruleset, "/dev/null", LL_READ_FILE);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		note_missing("Landlock");
	close(ruleset);
}

/* --- system calls ------------------------------------------------------------------- */

static const int everyone[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fstat), SCMP_SYS(fstat64),
	SCMP_SYS(stat), SCMP_SYS(stat64), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
	SCMP_SYS(fstatat64), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(statfs64), SCMP_SYS(fstatfs64), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents),
	SCMP_SYS(getdents64), SCMP_SYS(getcwd),
	SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(futex_time64),
	SCMP_SYS(memfd_create), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fcntl), SCMP_SYS(fcntl64), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
	SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64), SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
	SCMP_SYS(getegid), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack), SCMP_SYS(sigreturn), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(ugetrlimit), SCMP_SYS(prlimit64),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_getattr),
};

static const int starters[] = {
	SCMP_SYS(execve), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(dup),
	SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(kill), SCMP_SYS(arch_prctl),
	SCMP_SYS(set_tid_address), SCMP_SYS(prctl),
	SCMP_SYS(close_range), SCMP_SYS(getppid), SCMP_SYS(pidfd_open), SCMP_SYS(set_tls),
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int failed = 0;
	for (size_t i = 0; i < count && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return failed;
}

/* For reading only: where there is no Landlock, nothing can be written either. */
static int allow_open(scmp_filter_ctx filter)
{
	const unsigned writes = O_ACCMODE | O_CREAT | O_TRUNC;
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
	    SCMP_A1(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
	return failed;
}

/* A thread, never a process: Pango asks for fonts in threads of its own. clone3,
 * whose flags no filter can see, stays shut: the C library then takes clone. */
static int allow_threads(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static enum err close_calls(const struct cage *c, struct why *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int failed = filter ? 0 : -ENOMEM;

	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!failed)
		failed = allow(filter, everyone, COUNT_OF(everyone));
	if (!failed)
		failed = allow_open(filter);
	if (!failed)
		failed = c->programs ? allow(filter, starters, COUNT_OF(starters)) :
		    allow_threads(filter);
	if (!failed)
		failed = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return failed ? why_errno(why, E_INTERNAL, -failed, "Cannot close the cage") : E_OK;
}

enum err cage_enter(const struct cage *c, struct why *why)
{
	close_files(c);
	set_limits(c);
	return close_calls(c, why);
}
