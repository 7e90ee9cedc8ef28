/*
 * Measures and prints samples as JSON; run.py makes medians of them.
 *
 *   load latency HTTP_PORT SINK_PORT DIRECTORY ROUNDS
 *   load flood HTTP_PORT SINK_PORT PRINTERS JOBS
 *   load append DIRECTORY MS
 *   load queue HTTP_PORT SINK_PORT PRINTERS JOBS
 *   load sink SINK_PORT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sink.h"
#include "wire.h"

#define CONNECTIONS 64
#define QUIET_US 2000 /* before each sample: the record of the last job's end is on disk */
#define JOB_MS 10000
#define DRAIN_MS 60000
#define FILLED_BYTES (4 << 20)

/* --- one client, one job at a time ------------------------------------------ */

struct latency {
	uint16_t sink_port;
	int http;
	int grown;   /* a file that the samples append to */
	int filled;  /* one with room: they overwrite what is there */
	size_t at;   /* ... at this offset */
	uint8_t job[JOB_BYTES];
	char request[REQUEST_MAX];
	size_t request_len;
	int64_t first_us;
};

static int64_t send_afresh(struct latency *l, int64_t begun)
{
	int fd = wire_connect(1, l->sink_port);

	wire_write(fd, l->job, JOB_BYTES);
	begun = now_us() - begun;
	close(fd);
	return begun;
}

static int64_t time_bare(struct latency *l)
{
	return send_afresh(l, now_us());
}

static int64_t time_floor(struct latency *l)
{
	int64_t begun = now_us();

	if (write(l->grown, l->job, JOB_BYTES) != JOB_BYTES)
		must(-1, "write");
	must(fdatasync(l->grown), "fdatasync");
	return send_afresh(l, begun);
}

static int64_t time_filled(struct latency *l)
{
	int64_t begun = now_us();

	l->at = (l->at + JOB_BYTES) % FILLED_BYTES;
	if (pwrite(l->filled, l->job, JOB_BYTES, (off_t)l->at) != JOB_BYTES)
		must(-1, "pwrite");
	must(fdatasync(l->filled), "fdatasync");
	return send_afresh(l, begun);
}

static int64_t time_accept(struct latency *l)
{
	char reply[4096];
	size_t len = 0;
	int status;
	int64_t begun = now_us();

	wire_write(l->http, l->request, l->request_len);
	do {
		ssize_t n = recv(l->http, reply + len, sizeof(reply) - len, 0);

		if (n <= 0)
			give_up("the daemon hung up");
		len += (size_t)n;
		status = reply_status(reply, len);
	} while (!status);
	l->first_us = begun;
	begun = now_us() - begun;
	if (status != 200)
		give_up("a job was refused");
	return begun;
}

static const struct series {
	const char *name;
	int64_t (*time)(struct latency *l);
} series[] = {
	{ "bare", time_bare },
	{ "floor", time_floor },
	{ "filled", time_filled },
	{ "accept", time_accept },
};
#define SERIES (sizeof(series) / sizeof(series[0]))
#define ACCEPT (SERIES - 1)

static int open_file(const char *dir, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = must(open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path);
	unlink(path);
	return fd;
}

static int open_filled(const char *dir)
{
	static const char zeros[65536];
	int fd = open_file(dir, "filled");

	for (size_t i = 0; i < FILLED_BYTES / sizeof(zeros); i++)
		if (write(fd, zeros, sizeof(zeros)) != (ssize_t)sizeof(zeros))
			must(-1, "write");
	must(fsync(fd), "fsync");
	return fd;
}

static int64_t sample(struct latency *l, size_t which)
{
	uint64_t jobs = sink_jobs();
	int64_t us;

	usleep(QUIET_US);
	us = series[which].time(l);
	if (!sink_wait(jobs + 1, JOB_MS))
		give_up("a job did not reach its printer");
	return us;
}

static void print_series(const char *name, const int64_t *us, size_t count, char end)
{
	printf("\"%s\":[", name);
	for (size_t i = 0; i < count; i++)
		printf("%s%lld", i ? "," : "", (long long)us[i]);
	printf("]%c", end);
}

/* The order turns from round to round, so that none always comes after the same. */
static int latency(char **args)
{
	struct latency l = { .sink_port = (uint16_t)atoi(args[1]) };
	size_t rounds = (size_t)atoi(args[3]);
	int64_t *us = calloc(rounds, (SERIES + 1) * sizeof(*us));

	sink_start(l.sink_port);
	l.http = wire_connect(1, (uint16_t)atoi(args[0]));
	l.grown = open_file(args[2], "grown");
	l.filled = open_filled(args[2]);
	job_bytes(l.job);
	l.request_len = job_request(1, l.sink_port, l.request);
	sample(&l, ACCEPT); /* the printer has been reached, the file is not empty */
	sample(&l, 1);
	for (size_t r = 0; r < rounds; r++) {
		for (size_t i = 0; i < SERIES; i++) {
			size_t which = (r + i) % SERIES;

			us[which * rounds + r] = sample(&l, which);
			if (which == ACCEPT)
				us[SERIES * rounds + r] = sink_first_byte_us() - l.first_us;
		}
	}
	printf("{");
	for (size_t i = 0; i < SERIES; i++)
		print_series(series[i].name, us + i * rounds, rounds, ',');
	print_series("first_byte", us + SERIES * rounds, rounds, '}');
	free(us);
	return 0;
}

/* --- many clients ------------------------------------------------------------- */

struct client {
	int fd;
	size_t sent, got; /* of the request and of the reply under way */
	const char *request;
	size_t request_len;
	char reply[4096];
};

struct flood {
	int poll;
	size_t printers, jobs;
	size_t begun, answered, refused;
	char (*requests)[REQUEST_MAX];
	size_t *lengths;
	struct client clients[CONNECTIONS];
};

static void push(struct client *c)
{
	ssize_t n = send(c->fd, c->request + c->sent, c->request_len - c->sent,
	    MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && !would_block())
		must(-1, "send");
	c->sent += n > 0 ? (size_t)n : 0;
}

/* The next job, for the next printer. */
static void next_job(struct flood *f, struct client *c)
{
	size_t printer = f->begun % f->printers;

	if (f->begun == f->jobs)
		return;
	f->begun++;
	c->request = f->requests[printer];
	c->request_len = f->lengths[printer];
	c->sent = c->got = 0;
	push(c);
}

static void pull(struct flood *f, struct client *c)
{
	ssize_t n = recv(c->fd, c->reply + c->got, sizeof(c->reply) - c->got, MSG_DONTWAIT);
	int status;

	if (n == 0 || (n < 0 && !would_block()))
		give_up("the daemon hung up");
	c->got += n > 0 ? (size_t)n : 0;
	status = reply_status(c->reply, c->got);
	if (!status)
		return;
	f->answered++;
	f->refused += status != 200;
	next_job(f, c);
}

static void flood_open(struct flood *f, uint16_t http_port, uint16_t sink_port)
{
	f->poll = must(epoll_create1(EPOLL_CLOEXEC), "epoll");
	f->requests = calloc(f->printers, sizeof(*f->requests));
	f->lengths = calloc(f->printers, sizeof(*f->lengths));
	for (size_t i = 0; i < f->printers; i++)
		f->lengths[i] = job_request((unsigned)i + 1, sink_port, f->requests[i]);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET };

		f->clients[i].fd = wire_connect(1, http_port);
		e.data.ptr = &f->clients[i];
		must(epoll_ctl(f->poll, EPOLL_CTL_ADD, f->clients[i].fd, &e), "epoll_ctl");
	}
}

static void flood_run(struct flood *f)
{
	struct epoll_event events[CONNECTIONS];

	for (size_t i = 0; i < CONNECTIONS; i++)
		next_job(f, &f->clients[i]);
	while (f->answered < f->begun) {
		int n = epoll_wait(f->poll, events, CONNECTIONS, JOB_MS);

		if (n <= 0)
			give_up("the daemon does not answer");
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (c->sent < c->request_len)
				push(c);
			pull(f, c);
		}
	}
}

static void flood_close(struct flood *f)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		close(f->clients[i].fd);
	close(f->poll);
	free(f->requests);
	free(f->lengths);
}

static int flood_from(char **args, bool drain)
{
	static struct flood f;
	uint16_t sink_port = (uint16_t)atoi(args[1]);
	int64_t begun, accepted;

	f.printers = (size_t)atoi(args[2]);
	f.jobs = (size_t)atoi(args[3]);
	if (drain)
		sink_start(sink_port);
	flood_open(&f, (uint16_t)atoi(args[0]), sink_port);
	begun = now_us();
	flood_run(&f);
	accepted = now_us() - begun;
	if (drain && !sink_wait(f.jobs - f.refused, DRAIN_MS))
		give_up("not every job reached its printer");
	printf("{\"jobs\":%zu,\"refused\":%zu,\"accepted_us\":%lld,\"printed_us\":%lld}\n", f.jobs,
	    f.refused, (long long)accepted, (long long)(now_us() - begun));
	flood_close(&f);
	return f.refused > 0;
}

static int flood(char **args)
{
	return flood_from(args, true);
}

/* Only accepted: the printers are away. */
static int queue(char **args)
{
	return flood_from(args, false);
}

/* --- one writer ------------------------------------------------------------------ */

static int append(char **args)
{
	int64_t begun = now_us(), end = begun + atoi(args[1]) * INT64_C(1000);
	int fd = open_file(args[0], "grown");
	uint8_t job[JOB_BYTES];
	unsigned count = 0;

	job_bytes(job);
	for (; now_us() < end; count++) {
		if (write(fd, job, JOB_BYTES) != JOB_BYTES)
			must(-1, "write");
		must(fdatasync(fd), "fdatasync");
	}
	printf("{\"count\":%u,\"us\":%lld}\n", count, (long long)(now_us() - begun));
	return 0;
}

static int sink(char **args)
{
	sink_start((uint16_t)atoi(args[0]));
	puts("listening");
	fflush(stdout);
	while (pause() < 0)
		;
	return 0;
}

static const struct command {
	const char *name;
	int arguments;
	int (*run)(char **args);
} commands[] = {
	{ "latency", 4, latency },
	{ "flood", 4, flood },
	{ "queue", 4, queue },
	{ "append", 2, append },
	{ "sink", 1, sink },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc >= 2 && !strcmp(argv[1], commands[i].name) &&
		    argc == commands[i].arguments + 2)
			return commands[i].run(argv + 2);
	fprintf(stderr, "usage: see the head of bench/load.c\n");
	return 2;
}
