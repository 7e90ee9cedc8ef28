/*
 * How fast jobs are made durable, against a raw append + fdatasync of the same
 * bytes on the same disk. Both take turns within one run, so that a disk that
 * changes its mood does so for both; what is printed are medians.
 *
 *   store DIRECTORY [BYTES]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/store.h"
#include "sys/clock.h"

#define ROUNDS 1000

struct bench {
	struct store *store;
	int raw;
	job_id id;
	size_t bytes;
	uint8_t *payload;
};

static void must(enum err err, const struct why *why)
{
	if (err == E_OK)
		return;
	fprintf(stderr, "store: %s\n", why->text);
	exit(1);
}

static struct job *job_make(struct bench *b)
{
	struct job *job = job_create(KIND_PRINT);
	struct buf bytes;

	buf_init(&bytes, b->bytes);
	buf_add(&bytes, b->payload, b->bytes);
	job->id = job->serial = job->line = ++b->id;
	job->size = b->bytes;
	job->doc = document_create(TYPE_ESCPOS, &bytes, NULL, 0);
	buf_finish(&bytes);
	str_copy(job->printer, sizeof(job->printer), STR("192.168.1.50:9100"));
	str_copy(job->caller, sizeof(job->caller), STR("origin:https://pos.example"));
	str_copy(job->dialect, sizeof(job->dialect), STR("plato"));
	return job;
}

static int64_t time_accept(struct bench *b, unsigned jobs)
{
	struct why why;
	struct job *job[64];
	int64_t begun;

	for (unsigned i = 0; i < jobs; i++)
		job[i] = job_make(b);
	begun = clock_mono_us();
	must(store_sqlite.begin(b->store, &why), &why);
	for (unsigned i = 0; i < jobs; i++) {
		must(store_sqlite.mark(b->store, &why), &why);
		must(store_sqlite.put_job(b->store, job[i], &why), &why);
	}
	must(store_sqlite.commit(b->store, &why), &why);
	begun = clock_mono_us() - begun;
	for (unsigned i = 0; i < jobs; i++)
		job_destroy(job[i]);
	return begun;
}

/* The other half of a job's life, so that rows and log are used as in service. */
static void settle(struct bench *b, unsigned jobs)
{
	struct why why;
	bool more;

	must(store_sqlite.begin(b->store, &why), &why);
	for (unsigned i = 0; i < jobs; i++) {
		struct job job;

		must(store_sqlite.get_job(b->store, b->id - i, &job, &why), &why);
		job.state = JOB_DONE;
		job.ended = clock_wall();
		must(store_sqlite.update_job(b->store, &job, &why), &why);
	}
	must(store_sqlite.prune(b->store, clock_wall() - 1000, 0, 0, 100, &more, &why), &why);
	must(store_sqlite.commit(b->store, &why), &why);
}

static int64_t time_raw(struct bench *b, unsigned jobs)
{
	int64_t begun = clock_mono_us();

	for (unsigned i = 0; i < jobs; i++) {
		if (write(b->raw, b->payload, b->bytes) != (ssize_t)b->bytes) {
			perror("write");
			exit(1);
		}
	}
	fdatasync(b->raw);
	return clock_mono_us() - begun;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void compare(struct bench *b, unsigned jobs, unsigned rounds)
{
	int64_t *accept = mem_array(rounds, sizeof(*accept));
	int64_t *raw = mem_array(rounds, sizeof(*raw));
	unsigned middle = rounds / 2, late = rounds * 99 / 100;

	for (unsigned i = 0; i < rounds; i++) {
		accept[i] = time_accept(b, jobs);
		raw[i] = time_raw(b, jobs);
		settle(b, jobs);
	}
	qsort(accept, rounds, sizeof(*accept), by_time);
	qsort(raw, rounds, sizeof(*raw), by_time);
	printf("%10u %10lld %10lld %10.0f %10lld %10.0f %8.2f\n", jobs, (long long)accept[middle],
	    (long long)accept[late], jobs * 1e6 / (double)accept[middle], (long long)raw[middle],
	    jobs * 1e6 / (double)raw[middle], (double)accept[middle] / (double)raw[middle]);
	free(accept);
	free(raw);
}

int main(int argc, char **argv)
{
	struct bench b = { .bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 4096 };
	char path[4096];
	struct why why;

	if (argc < 2 || b.bytes == 0) {
		fprintf(stderr, "usage: store DIRECTORY [BYTES]\n");
		return 2;
	}
	b.payload = mem_array(b.bytes, 1);
	memset(b.payload, 'x', b.bytes);
	must(store_sqlite.open(argv[1], &b.store, &why), &why);
	must(store_sqlite.max_id(b.store, &b.id, &why), &why);
	snprintf(path, sizeof(path), "%s/raw", argv[1]);
	b.raw = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	printf("%zu bytes per job; times in us, medians\n", b.bytes);
	printf("%10s %10s %10s %10s %10s %10s %8s\n", "per commit", "accept", "p99", "jobs/s", "raw",
	    "jobs/s", "ratio");
	compare(&b, 1, ROUNDS);
	compare(&b, 8, ROUNDS / 4);
	compare(&b, 64, ROUNDS / 16);
	store_sqlite.close(b.store);
	close(b.raw);
	unlink(path);
	free(b.payload);
	return 0;
}
