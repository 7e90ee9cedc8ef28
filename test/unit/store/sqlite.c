/* What only a store on disk can get wrong. */
#include "unit.h"
#include "../leave_out.h"

#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct rig {
	struct store *s;
	char *dir;
};

static char *path_in(struct rig *r, const char *name)
{
	return mem_printf("%s/%s", r->dir, name);
}

static void reopen(struct rig *r)
{
	store_sqlite.close(r->s);
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
}

static void close_store(struct rig *r)
{
	store_sqlite.close(r->s);
	r->s = NULL;
}

/* Opening fails so, with a sentence that has these words; nothing is left open. */
static void assert_refused(struct rig *r, enum err expected, const char *words)
{
	struct why why = { 0 };
	struct store *s = NULL;

	assert_int_equal(store_sqlite.open(r->dir, &s, &why), expected);
	assert_null(s);
	if (!strstr(why.text, words))
		fail_msg("\"%s\" does not say \"%s\"", why.text, words);
	assert_non_null(strstr(why.text, "jobs.db"));
}

static void assert_job(struct rig *r, job_id id, size_t bytes)
{
	struct job job;
	struct document *doc;

	assert_ok(store_sqlite.get_job(r->s, id, &job, why));
	assert_ok(store_sqlite.get_document(r->s, id, &doc, why));
	assert_true(unit_document_ok(doc, id, bytes));
	document_release(doc);
}

static void sql(struct rig *r, const char *text)
{
	char *path = path_in(r, "jobs.db");
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(path);
}

static void everything_is_there_after_reopening(void **state)
{
	struct rig *r = *state;
	job_id id;

	for (id = 1; id <= 20; id++)
		unit_put(&store_sqlite, r->s, id, (size_t)id * 1000);
	reopen(r);
	for (id = 1; id <= 20; id++)
		assert_job(r, id, (size_t)id * 1000);
	assert_ok(store_sqlite.max_id(r->s, &id, why));
	assert_int_equal(id, 20);
}

static void max_id_outlives_its_record(void **state)
{
	struct rig *r = *state;
	struct job *job = unit_job(5, 1), got;
	bool more;
	job_id id;

	job->state = JOB_DONE;
	job->ended = 1;
	assert_ok(store_sqlite.begin(r->s, why));
	assert_ok(store_sqlite.put_job(r->s, job, why));
	assert_ok(store_sqlite.prune(r->s, 2, 2, 0, 10, &more, why));
	assert_ok(store_sqlite.commit(r->s, why));
	reopen(r);
	assert_int_equal(store_sqlite.get_job(r->s, 5, &got, NULL), E_NOT_FOUND);
	assert_ok(store_sqlite.max_id(r->s, &id, why));
	assert_int_equal(id, 5);
	job_destroy(job);
}

static void files_are_private(void **state)
{
	static const char *const names[] = { "jobs.db", "jobs.db-wal", "ballast" };
	struct rig *r = *state;

	unit_put(&store_sqlite, r->s, 1, 10);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char *path = path_in(r, names[i]);
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		free(path);
	}
}

static int64_t log_size(struct rig *r)
{
	char *path = path_in(r, "jobs.db-wal");
	struct stat st;
	int rc = stat(path, &st);

	free(path);
	assert_int_equal(rc, 0);
	return st.st_size;
}

static void the_log_keeps_its_room_and_no_more(void **state)
{
	struct rig *r = *state;
	int64_t size = log_size(r);

	assert_int_equal(size, 4 << 20);
	for (job_id id = 1; id <= 8; id++)
		unit_put(&store_sqlite, r->s, id, 1 << 20);
	store_sqlite.tidy(r->s);
	unit_put(&store_sqlite, r->s, 9, 10);
	assert_int_equal(log_size(r), size);
	reopen(r);
	assert_int_equal(log_size(r), size);
	assert_job(r, 8, 1 << 20);
}

static void a_second_one_is_refused(void **state)
{
	struct rig *r = *state;
	pid_t child;
	int status;

	unit_put(&store_sqlite, r->s, 1, 10);
	assert_refused(r, E_BUSY, "another platend");
	child = fork(); /* another process, as it will be */
	if (child == 0) {
		struct store *s;
		struct why why;

		_exit(store_sqlite.open(r->dir, &s, &why) == E_BUSY ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	unit_put(&store_sqlite, r->s, 2, 10); /* the first goes on */
	reopen(r);
	assert_job(r, 2, 10);
}

static void a_newer_version_is_refused(void **state)
{
	struct rig *r = *state;

	unit_put(&store_sqlite, r->s, 1, 10);
	close_store(r);
	sql(r, "PRAGMA user_version = 99");
	assert_refused(r, E_STORE, "newer platend");
	sql(r, "PRAGMA user_version = 2");
	assert_ok(store_sqlite.open(r->dir, &r->s, why)); /* and was not touched */
	assert_job(r, 1, 10);
}

static void the_first_version_is_brought_up(void **state)
{
	struct rig *r = *state;

	unit_put(&store_sqlite, r->s, 1, 10);
	close_store(r);
	sql(r, "ALTER TABLE job DROP COLUMN uplink; ALTER TABLE job DROP COLUMN remote;"
	       "DROP TABLE value; PRAGMA user_version = 1");
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_job(r, 1, 10);
	unit_put(&store_sqlite, r->s, 2, 10);
	assert_job(r, 2, 10);
}

static void another_programs_database_is_refused(void **state)
{
	struct rig *r = *state;

	close_store(r);
	sql(r, "PRAGMA application_id = 7");
	assert_refused(r, E_STORE, "another program");
}

static void scribble(struct rig *r, const char *name, off_t at, size_t len)
{
	char *path = path_in(r, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(pwrite(fd, "\xa5", 1, at + (off_t)i), 1);
	close(fd);
	free(path);
}

static void shorten(struct rig *r, const char *name, off_t size)
{
	char *path = path_in(r, name);

	assert_int_equal(truncate(path, size), 0);
	free(path);
}

static void drop(struct rig *r, const char *name)
{
	char *path = path_in(r, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static void assert_set_aside(struct rig *r, unsigned jobs)
{
	char want[32];

	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_non_null(store_sqlite.trouble(r->s));
	snprintf(want, sizeof want, "; %u jobs", jobs);
	assert_non_null(strstr(store_sqlite.trouble(r->s), want));
}

static void a_damaged_file_is_set_aside(void **state)
{
	struct rig *r = *state;

	close_store(r);
	scribble(r, "jobs.db", 0, 16); /* its first words */
	assert_set_aside(r, 0);
}

static void a_damaged_schema_is_set_aside(void **state)
{
	struct rig *r = *state;

	close_store(r);
	drop(r, "jobs.db-wal"); /* or it would be mended from there */
	scribble(r, "jobs.db", 100, 3900);
	assert_set_aside(r, 0);
}

static void an_emptied_file_is_set_aside(void **state)
{
	struct rig *r = *state;

	unit_put(&store_sqlite, r->s, 1, 10);
	close_store(r);
	shorten(r, "jobs.db", 0);
	assert_set_aside(r, 1); /* its log still has it */
	assert_job(r, 1, 10);
	close_store(r);
	drop(r, "jobs.db");
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_non_null(store_sqlite.trouble(r->s));
}

static void a_directory_that_is_missing_is_an_error(void **state)
{
	struct rig *r = *state;
	struct why why = { 0 };
	struct store *s = NULL;
	char *dir = path_in(r, "nowhere");

	assert_int_equal(store_sqlite.open(dir, &s, &why), E_STORE);
	assert_non_null(strstr(why.text, dir));
	free(dir);
}

/* As a crash would leave it: the files of the open store, copied to a directory of their own. */
static void crash_copy(struct rig *r, struct rig *copy)
{
	char *command;

	copy->dir = unit_dir();
	copy->s = NULL;
	command = mem_printf("cp %s/jobs.db %s/jobs.db-wal %s", r->dir, r->dir, copy->dir);
	assert_int_equal(system(command), 0);
	free(command);
}

static job_id newest(struct rig *r)
{
	job_id id;

	assert_ok(store_sqlite.max_id(r->s, &id, why));
	return id;
}

static void a_torn_log_loses_its_tail_only(void **state)
{
	struct rig *r = *state, torn;
	job_id kept = 0;

	store_sqlite.tidy(r->s);
	for (job_id id = 1; id <= 5; id++)
		unit_put(&store_sqlite, r->s, id, 20000);
	/* From the 41st frame back: the later the bad byte, the more survives. */
	for (int frame = 40; frame >= 0; frame -= 4) {
		crash_copy(r, &torn);
		scribble(&torn, "jobs.db-wal", 32 + frame * (4096 + 24) + 100, 1);
		assert_ok(store_sqlite.open(torn.dir, &torn.s, why));
		if (frame == 40)
			assert_int_equal(kept = newest(&torn), 4);
		assert_true(newest(&torn) <= kept);
		kept = newest(&torn);
		for (job_id id = 1; id <= kept; id++)
			assert_job(&torn, id, 20000);
		store_sqlite.close(torn.s);
		unit_remove(torn.dir);
	}
	assert_int_equal(kept, 0);
}

static void a_flipped_bit_in_a_document_is_noticed(void **state)
{
	struct rig *r = *state;
	struct document *doc;

	unit_put(&store_sqlite, r->s, 1, 5000);
	unit_put(&store_sqlite, r->s, 2, 5000);
	close_store(r);
	sql(r, "UPDATE document SET bytes = zeroblob(5000) WHERE job = 1");
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_int_equal(store_sqlite.get_document(r->s, 1, &doc, NULL), E_DAMAGED);
	assert_job(r, 2, 5000);
}

static void chunk_ends_are_checked(void **state)
{
	static const char *const bad[] = {
		"x'01'", "x'01000000'", "x'05000000 0a000000 04000000 0a000000'",
		"x'ffffffff'", "x'0a000000 0b000000'",
	};
	struct rig *r = *state;
	struct document *doc;

	unit_put(&store_sqlite, r->s, 1, 10);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char *text, *blank;

		close_store(r);
		text = mem_printf("UPDATE document SET ends = %s", bad[i]);
		while ((blank = strchr(strchr(text, '\''), ' ')))
			memmove(blank, blank + 1, strlen(blank));
		sql(r, text);
		free(text);
		assert_ok(store_sqlite.open(r->dir, &r->s, why));
		assert_int_equal(store_sqlite.get_document(r->s, 1, &doc, NULL), E_DAMAGED);
	}
}

static void an_unreadable_record_is_an_error(void **state)
{
	struct rig *r = *state;
	struct job job;

	unit_put(&store_sqlite, r->s, 1, 10);
	close_store(r);
	sql(r, "UPDATE job SET state = 'lost'");
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_int_equal(store_sqlite.get_job(r->s, 1, &job, NULL), E_STORE);
}

/* A full disk: a small tmpfs of our own, seen by this process alone. */

#define DISK_BYTES "40m"

static bool small_disk(const char *dir)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", dir, "tmpfs", 0, "size=" DISK_BYTES) == 0;
}

static enum err try_put(struct rig *r, job_id id, size_t bytes)
{
	struct job *job = unit_job(id, bytes);
	enum err err = store_sqlite.begin(r->s, NULL);

	if (err == E_OK)
		err = store_sqlite.put_job(r->s, job, NULL);
	if (err == E_OK)
		err = store_sqlite.commit(r->s, NULL);
	if (err != E_OK)
		store_sqlite.rollback(r->s);
	job_destroy(job);
	return err;
}

static job_id fill(struct rig *r, size_t bytes)
{
	job_id id = 1;
	enum err err;

	while ((err = try_put(r, id, bytes)) == E_OK)
		id++;
	assert_int_equal(err, E_DISK);
	return id - 1;
}

static void end_all(struct rig *r, job_id last)
{
	for (job_id id = 1; id <= last; id++) {
		struct job job;

		assert_ok(store_sqlite.get_job(r->s, id, &job, why));
		job.state = JOB_DONE;
		job.ended = 1;
		assert_ok(store_sqlite.begin(r->s, why));
		assert_ok(store_sqlite.update_job(r->s, &job, why));
		assert_ok(store_sqlite.commit(r->s, why));
	}
}

static void fill_and_recover(struct rig *r, size_t bytes)
{
	job_id last = fill(r, bytes);
	bool more = true;

	assert_true(last > 10);
	assert_int_equal(try_put(r, last + 1, bytes), E_DISK);
	for (job_id id = 1; id <= last; id++)
		assert_job(r, id, bytes);
	end_all(r, last); /* what was accepted can be settled */
	assert_int_equal(try_put(r, last + 1, bytes), E_DISK); /* and nothing else gets in */
	reopen(r);
	assert_job(r, last, bytes);
	while (more) {
		assert_ok(store_sqlite.begin(r->s, why));
		assert_ok(store_sqlite.prune(r->s, 2, 2, 0, 100, &more, why));
		assert_ok(store_sqlite.commit(r->s, why));
	}
	store_sqlite.tidy(r->s);
	assert_int_equal(try_put(r, last + 1, bytes), E_OK);
	assert_job(r, last + 1, bytes);
}

static void a_full_disk_loses_nothing(void **state)
{
	static const size_t sizes[] = { 4096, 60000, 1000000 };
	struct rig *r = *state;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		close_store(r);
		if (!small_disk(r->dir))
			leave_out("no small disk can be mounted");
		assert_ok(store_sqlite.open(r->dir, &r->s, why));
		fill_and_recover(r, sizes[i]);
		close_store(r);
		assert_int_equal(umount(r->dir), 0);
		assert_ok(store_sqlite.open(r->dir, &r->s, why));
	}
}

static void a_disk_that_somebody_else_fills(void **state)
{
	struct rig *r = *state;
	char *path = path_in(r, "other"), *ballast = path_in(r, "ballast");
	static const char block[4096];
	int fd;

	close_store(r);
	if (!small_disk(r->dir)) {
		free(path);
		free(ballast);
		leave_out("no small disk can be mounted");
	}
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	job_id last = fill(r, 10000);
	assert_true(last > 10); /* the log has room of its own */
	assert_int_equal(access(ballast, F_OK), -1);
	end_all(r, last);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(try_put(r, last + 1, 10000), E_OK);
	assert_int_equal(access(ballast, F_OK), 0);
	assert_job(r, last, 10000);
	close_store(r);
	assert_int_equal(umount(r->dir), 0);
	free(path);
	free(ballast);
}

static int set_up(void **state)
{
	struct rig *r = mem_alloc(sizeof(*r));

	r->dir = unit_dir();
	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	store_sqlite.close(r->s);
	unit_remove(r->dir);
	free(r);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_is_there_after_reopening),
		TEST(max_id_outlives_its_record),
		TEST(files_are_private),
		TEST(the_log_keeps_its_room_and_no_more),
		TEST(a_second_one_is_refused),
		TEST(a_newer_version_is_refused),
		TEST(the_first_version_is_brought_up),
		TEST(another_programs_database_is_refused),
		TEST(a_damaged_file_is_set_aside),
		TEST(a_damaged_schema_is_set_aside),
		TEST(an_emptied_file_is_set_aside),
		TEST(a_directory_that_is_missing_is_an_error),
		TEST(a_torn_log_loses_its_tail_only),
		TEST(a_flipped_bit_in_a_document_is_noticed),
		TEST(chunk_ends_are_checked),
		TEST(an_unreadable_record_is_an_error),
		TEST(a_full_disk_loses_nothing),
		TEST(a_disk_that_somebody_else_fills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
