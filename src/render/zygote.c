/*
 * One thread, one poll. A child is a place in a small table: spare, then busy
 * until it has ended, overstayed its time, or nobody waits for it any more.
 */
#include "render/zygote.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "render/cell.h"
#include "render/engines.h"
#include "render/memory.h"
#include "render/message.h"
#include "sys/cage.h"
#include "sys/clock.h"

#define PLACES 16
#define WALL_MS 5000
#define WALL_MAX_MS 120000
#define IDLE_MS 600000
#define SPARES 1            /* children that wait, rehearsed and caged: 4 MB each */
#define RAISE_AFTER_MS 10   /* not while the daemon and a child want the processors */
#define RAISE_AGAIN_MS 1000 /* when there was no process to be had */

struct place {
	pid_t pid;           /* 0: empty */
	int pid_fd;
	int door;            /* where a spare child waits for its request */
	bool busy, programs;
	bool overstayed, abandoned;
	int64_t wall, deadline;
	int socket, spool;   /* of the request */
	uint8_t key[KEY_BYTES];
};

struct zygote {
	int requests;
	unsigned most; /* busy children at the same time */
	int64_t raise_at, leave_at; /* clock_mono: when spares may be raised; when nobody came */
	struct place places[PLACES];
	struct memory memory;
};

/* --- children ---------------------------------------------------------------------- */

static struct place *find_place(struct zygote *z, bool spare)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct place *p = &z->places[i];
		if (spare ? p->pid && !p->busy && !p->programs : !p->pid)
			return p;
	}
	return NULL;
}

static unsigned count(const struct zygote *z, bool busy)
{
	unsigned n = 0;
	for (size_t i = 0; i < PLACES; i++)
		n += z->places[i].pid && z->places[i].busy == busy;
	return n;
}

static void vacate(struct place *p)
{
	const int fds[] = { p->pid_fd, p->door, p->socket, p->spool };
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*p = (struct place){ .pid_fd = -1, .door = -1, .socket = -1, .spool = -1 };
}

static _Noreturn void live(int door, bool programs)
{
	dup2(door, 3);
	close_range(4, ~0u, 0); /* other people's documents among them */
	cell_run(3, programs);
}

/* NULL when there is no place, or no process to be had. */
static struct place *raise_child(struct zygote *z, bool programs)
{
	struct place *p = find_place(z, false);
	int doors[2];

	if (!p || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, doors))
		return NULL;
	pid_t pid = fork();
	if (pid == 0)
		live(doors[1], programs);
	if (pid > 0 && programs)
		setpgid(pid, pid); /* it does the same; whoever is first */
	close(doors[1]);
	if (pid < 0) {
		close(doors[0]);
		return NULL;
	}
	*p = (struct place){
		.pid = pid, .pid_fd = (int)syscall(SYS_pidfd_open, pid, 0), .door = doors[0],
		.programs = programs, .socket = -1, .spool = -1,
	};
	return p;
}

/* --- requests ---------------------------------------------------------------------- */

static void answer_end(int socket, const struct ending *e)
{
	struct buf out;
	buf_init(&out, ENDING_BYTES_MAX + 1);
	buf_add_byte(&out, ANSWER_ENDED);
	ending_write(e, &out);
	message_send(socket, buf_str(&out), NULL, 0, MSG_DONTWAIT);
	buf_finish(&out);
}

static void refuse(int socket, enum err err, const char *sentence)
{
	struct ending e = { .err = err };
	why_fail(&e.why, err, "%s", sentence);
	answer_end(socket, &e);
}

static bool needs_programs(const char *type)
{
	const struct engine_plug *engine = engine_find(type);
	return engine && engine->programs;
}

/* The spool and the socket stay here as well: one to be kept, one to be told a bad end. */
static bool hand_over(struct zygote *z, struct str message, const struct render_request *r,
    int fds[REQUEST_FDS])
{
	bool programs = needs_programs(r->options.type);
	struct place *p = programs ? NULL : find_place(z, true);

	if (!p)
		p = raise_child(z, programs);
	if (!p)
		return false;
	if (!message_send(p->door, message, fds, REQUEST_FDS, 0)) {
		kill(p->pid, SIGKILL);
		return false;
	}
	p->busy = true;
	p->wall = r->options.wall_ms > 0 ? r->options.wall_ms : WALL_MS;
	p->wall = p->wall < WALL_MAX_MS ? p->wall : WALL_MAX_MS;
	p->deadline = clock_mono() + p->wall;
	z->raise_at = clock_mono() + RAISE_AFTER_MS;
	z->leave_at = clock_mono() + IDLE_MS;
	p->socket = fds[REQUEST_SOCKET];
	p->spool = fds[REQUEST_SPOOL];
	fds[REQUEST_SOCKET] = fds[REQUEST_SPOOL] = -1;
	memcpy(p->key, r->key, sizeof(p->key));
	return true;
}

static void serve(struct zygote *z, struct str message, int fds[REQUEST_FDS])
{
	const char cached = ANSWER_CACHED;
	struct render_request r;
	struct why why;
	int kept;

	if (request_read(message, &r, &why)) {
		refuse(fds[REQUEST_SOCKET], why.err, why.text);
		return;
	}
	kept = memory_find(&z->memory, r.key);
	if (kept >= 0)
		message_send(fds[REQUEST_SOCKET], (struct str){ &cached, 1 }, &kept, 1,
		    MSG_DONTWAIT);
	else if (!hand_over(z, message, &r, fds))
		refuse(fds[REQUEST_SOCKET], E_INTERNAL, "There is no process left to draw with");
}

/* False: the daemon has gone. */
static bool take_request(struct zygote *z)
{
	uint8_t bytes[REQUEST_BYTES_MAX];
	int fds[REQUEST_FDS];
	ssize_t got = message_receive(z->requests, bytes, sizeof(bytes), fds, REQUEST_FDS, 0);

	if (got <= 0)
		return false;
	if (fds[REQUEST_SOCKET] >= 0)
		serve(z, (struct str){ (const char *)bytes, (size_t)got }, fds);
	for (size_t i = 0; i < REQUEST_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return true;
}

/* --- ends -------------------------------------------------------------------------- */

static enum err say_how(const struct place *p, int status, struct why *why)
{
	if (p->overstayed)
		return why_fail(why, E_TIMEOUT, "Drawing the document took longer than %g s",
		    (double)p->wall / 1000);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return why_fail(why, E_TIMEOUT, "Drawing the document took too much computing");
	if (WIFSIGNALED(status))
		return why_fail(why, E_DOCUMENT, "Drawing the document crashed (signal %d)",
		    WTERMSIG(status));
	return why_fail(why, E_DOCUMENT, "Drawing the document failed (status %d)",
	    WEXITSTATUS(status));
}

static void bury(struct zygote *z, struct place *p)
{
	struct ending e = { 0 };
	int status = 0;

	waitpid(p->pid, &status, 0);
	if (p->programs)
		kill(-p->pid, SIGKILL); /* what it left behind */
	bool drew = WIFEXITED(status) && WEXITSTATUS(status) == CELL_DREW;
	bool said = drew || (WIFEXITED(status) && WEXITSTATUS(status) == CELL_FAILED);
	if (p->busy && !p->abandoned && !said) {
		e.err = say_how(p, status, &e.why);
		answer_end(p->socket, &e);
	}
	if (p->busy && drew && memory_keep(&z->memory, p->key, p->spool))
		p->spool = -1;
	vacate(p);
}

static void look_after(struct zygote *z, struct place *p, bool ended, bool hung_up)
{
	if (ended) {
		bury(z, p);
		return;
	}
	p->abandoned = p->abandoned || hung_up;
	p->overstayed = p->overstayed || (p->busy && clock_mono() >= p->deadline);
	if (p->abandoned || p->overstayed)
		/* its descriptor then says that it ended */
		kill(p->programs ? -p->pid : p->pid, SIGKILL);
}

static int time_left(const struct zygote *z)
{
	int64_t now = clock_mono();
	int64_t least = count(z, true) ? IDLE_MS : z->leave_at - now;
	if (count(z, false) < SPARES && z->raise_at - now < least)
		least = z->raise_at - now;
	for (size_t i = 0; i < PLACES; i++) {
		const struct place *p = &z->places[i];
		if (p->pid && p->busy && !p->overstayed && p->deadline - now < least)
			least = p->deadline - now;
	}
	return least > 0 ? (int)least : 0;
}

/* Once around. False: nothing more to do. */
static bool turn(struct zygote *z)
{
	struct pollfd fds[1 + 2 * PLACES];
	bool room = count(z, true) < z->most;

	fds[0] = (struct pollfd){ .fd = room ? z->requests : -1, .events = POLLIN };
	for (size_t i = 0; i < PLACES; i++) {
		struct place *p = &z->places[i];
		fds[1 + 2 * i] = (struct pollfd){ .fd = p->pid ? p->pid_fd : -1, .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = p->busy ? p->socket : -1 };
	}
	int ready = poll(fds, COUNT_OF(fds), time_left(z));
	if (ready < 0)
		return errno == EINTR;
	if (ready == 0 && room && count(z, true) == 0 && clock_mono() >= z->leave_at)
		return false;
	for (size_t i = 0; i < PLACES; i++)
		if (z->places[i].pid)
			look_after(z, &z->places[i], fds[1 + 2 * i].revents,
			    fds[2 + 2 * i].revents & (POLLHUP | POLLERR));
	return !fds[0].revents || take_request(z);
}

/* One at a time, so that a request waits for one fork at most. */
static void raise_spare(struct zygote *z)
{
	if (count(z, false) < SPARES && clock_mono() >= z->raise_at && !raise_child(z, false))
		z->raise_at = clock_mono() + RAISE_AGAIN_MS;
}

/*
 * Fonts are read far and wide while warming up, megabytes of the large ones. The
 * files are mapped for reading alone: what a child needs comes back from the page
 * cache, the rest need not stay.
 */
static void let_go_of_fonts(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], rights[5];
	uintptr_t from, to;

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, rights) == 3 &&
		    !strncmp(rights, "r--", 3) && strstr(line, "/fonts/"))
			madvise((void *)from, to - from, MADV_DONTNEED);
	if (maps)
		fclose(maps);
}

static void warm_up(void)
{
	const struct engine_plug *engine;
	for (size_t i = 0; (engine = engine_at(i)); i++)
		if (engine->warm)
			engine->warm();
	malloc_trim(0); /* each child would have its share of what is free */
	let_go_of_fonts();
}

int zygote_run(int fd)
{
	static struct zygote z;
	struct why why;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cage_floor(&why)) {
		fprintf(stderr, "platen-render: %s\n", why.text);
		return 1;
	}
	if (cage_missing()[0])
		fprintf(stderr, "platen-render: there is no %s to be had here\n", cage_missing());
	z.requests = fd;
	z.leave_at = clock_mono() + IDLE_MS;
	z.most = cores > 0 && cores < PLACES - 2 ? (unsigned)cores + 1 : PLACES - 2;
	for (size_t i = 0; i < PLACES; i++)
		z.places[i] = (struct place){ .pid_fd = -1, .door = -1, .socket = -1, .spool = -1 };
	warm_up();
	do
		raise_spare(&z);
	while (turn(&z));
	return 0;
}
