/*
 * A child writes jobs in groups and says so after each commit; it is killed at
 * every step of the store, and at random moments. What it had said must be
 * there afterwards, whole, and of what it had not said no group in part. The
 * store is compiled into this program with the crash hook.
 */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUP 3
#define DOCUMENT_BYTES 6000

static const char *self; /* this program's file */

/* The child: groups of jobs, each settled two groups later, pruned in between. */

static void write_group(struct store *s, job_id first)
{
	assert_ok(store_sqlite.begin(s, why));
	for (job_id id = first; id < first + GROUP; id++) {
		struct job *job = unit_job(id, DOCUMENT_BYTES);
		struct note n = { .job = id, .at = id, .what = "accepted" };

		assert_ok(store_sqlite.mark(s, why));
		assert_ok(store_sqlite.put_job(s, job, why));
		assert_ok(store_sqlite.put_note(s, &n, why));
		job_destroy(job);
	}
	assert_ok(store_sqlite.commit(s, why));
}

static void settle_group(struct store *s, job_id first)
{
	assert_ok(store_sqlite.begin(s, why));
	for (job_id id = first; id < first + GROUP; id++) {
		struct job job;

		assert_ok(store_sqlite.get_job(s, id, &job, why));
		job.state = JOB_DONE;
		job.ended = id;
		assert_ok(store_sqlite.update_job(s, &job, why));
	}
	assert_ok(store_sqlite.commit(s, why));
}

static void prune_up_to(struct store *s, job_id id)
{
	bool more;

	assert_ok(store_sqlite.begin(s, why));
	assert_ok(store_sqlite.prune(s, id + 1, id + 1 - GROUP, 0, 50 * GROUP, &more, why));
	assert_ok(store_sqlite.commit(s, why));
	store_sqlite.tidy(s);
}

static int child_main(const char *dir, long groups)
{
	struct store *s;
	job_id id;

	assert_ok(store_sqlite.open(dir, &s, why));
	assert_ok(store_sqlite.max_id(s, &id, why));
	for (; groups != 0; groups--, id += GROUP) {
		job_id written = id + GROUP;

		write_group(s, id + 1);
		if (write(STDOUT_FILENO, &written, sizeof(written)) != sizeof(written))
			return 1;
		if (id > 2 * GROUP)
			settle_group(s, id + 1 - 2 * GROUP);
		if (id % 5 == 0)
			prune_up_to(s, id - 2 * GROUP);
	}
	store_sqlite.close(s);
	return 0;
}

/* The parent. */

struct child {
	pid_t pid;
	int said; /* pipe */
	job_id last;
};

static void child_start(struct child *c, const char *dir, const char *groups, const char *crash)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	c->last = 0;
	c->pid = fork();
	if (c->pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		setenv("PLATEN_CRASH", crash, 1);
		execl(self, self, "child", dir, groups, NULL);
		_exit(127);
	}
	close(fds[1]);
	c->said = fds[0];
}

static bool child_hear(struct child *c)
{
	return read(c->said, &c->last, sizeof(c->last)) == sizeof(c->last);
}

/* True when it ended by itself. */
static bool child_end(struct child *c)
{
	int status;

	while (child_hear(c))
		;
	close(c->said);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	if (!WIFSIGNALED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	return WIFEXITED(status);
}

static void check_job(const struct job *job, void *arg)
{
	unsigned *count = arg;

	assert_int_equal(job->size, DOCUMENT_BYTES);
	assert_int_equal(job->serial, job->id);
	(*count)++;
}

static void count_note(const struct note *n, void *arg)
{
	(*(unsigned *)arg)++;
}

static void check_open(const struct job *job, void *arg)
{
	struct store *s = arg;
	struct document *doc;
	unsigned notes = 0;

	assert_ok(store_sqlite.get_document(s, job->id, &doc, why));
	assert_true(unit_document_ok(doc, job->id, DOCUMENT_BYTES));
	document_release(doc);
	assert_ok(store_sqlite.each_note(s, job->id, count_note, &notes, why));
	assert_int_equal(notes, 1);
}

static void check_store(const char *dir, job_id said)
{
	struct job_query all = { .limit = 300 * GROUP };
	struct store *s;
	unsigned count = 0;
	job_id last;

	assert_ok(store_sqlite.open(dir, &s, why));
	assert_ok(store_sqlite.max_id(s, &last, why));
	assert_true(last >= said);
	assert_int_equal(last % GROUP, 0); /* no group in part */
	assert_ok(store_sqlite.each_job(s, &all, check_job, &count, why));
	assert_true(last == 0 || count >= GROUP);
	assert_int_equal(count % GROUP, 0);
	/* Reads within reads would disturb each other: each_open's callback uses other statements. */
	assert_ok(store_sqlite.each_open(s, check_open, s, why));
	store_sqlite.close(s);
}

static void killed_at_every_step(void **state)
{
	char *dir = unit_dir();
	unsigned step = 0;
	bool ended = false;

	while (!ended) {
		char crash[32];
		struct child c;

		snprintf(crash, sizeof(crash), "store:%u", ++step);
		child_start(&c, dir, "6", crash);
		ended = child_end(&c);
		check_store(dir, c.last);
	}
	unit_remove(dir);
	assert_in_range(step, 80, 1000); /* the hook is there, and it came to its end */
}

static void killed_at_random_moments(void **state)
{
	char *dir = unit_dir();
	unsigned seed = (unsigned)getpid();

	print_message("# seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 40; round++) {
		struct child c;

		child_start(&c, dir, "-1", "");
		for (int groups = rand() % 20; groups >= 0; groups--)
			assert_true(child_hear(&c));
		usleep((useconds_t)(rand() % 3000));
		kill(c.pid, SIGKILL);
		assert_false(child_end(&c));
		check_store(dir, c.last);
	}
	unit_remove(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_every_step),
		cmocka_unit_test(killed_at_random_moments),
	};

	if (argc == 4 && strcmp(argv[1], "child") == 0)
		return child_main(argv[2], strtol(argv[3], NULL, 10));
	self = "/proc/self/exe";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
