/* Damage of every sort: the store opens all the same, what it has is true, and the damaged
 * files are kept as they were. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define JOBS 120
#define KEYS 60
#define PAGE 4096
#define ROUNDS 40

struct rig {
	char *dir;
	struct store *s;
};

static uint32_t dice(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static size_t bytes_of(job_id id)
{
	return 200 + (size_t)(id * 37 % 9000);
}

static void put_key(struct store *s, int n)
{
	struct idem idem = { .job = n, .status = 200, .created = n };

	snprintf(idem.scope, sizeof idem.scope, "scope %d", n);
	snprintf(idem.key, sizeof idem.key, "key %d", n);
	idem.body = mem_printf("body %d", n);
	memset(idem.fingerprint, n, sizeof idem.fingerprint);
	assert_ok(store_sqlite.put_idem(s, &idem, why));
	idem_finish(&idem);
}

static void put_value(struct store *s, int n)
{
	char name[32], text[600];
	int len = snprintf(text, sizeof text, "%d %0*d", n, n * 8, n);

	snprintf(name, sizeof name, "cache/%03d", n);
	assert_ok(store_sqlite.put_value(s, name, (struct str){ text, (size_t)len }, why));
}

static void fill(struct rig *r)
{
	struct printer_record p = { .name = "till", .serial = JOBS, .last_used = 1 };

	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_ok(store_sqlite.begin(r->s, why));
	for (job_id id = 1; id <= JOBS; id++) {
		struct job *job = unit_job(id, bytes_of(id));

		assert_ok(store_sqlite.put_job(r->s, job, why));
		job_destroy(job);
	}
	for (int i = 1; i <= KEYS; i++) {
		put_key(r->s, i);
		put_value(r->s, i);
	}
	assert_ok(store_sqlite.put_printer(r->s, &p, why));
	assert_ok(store_sqlite.commit(r->s, why));
	store_sqlite.close(r->s);
	r->s = NULL;
}

static int begin(void **state)
{
	struct rig *r = mem_alloc(sizeof *r);

	r->dir = unit_dir();
	fill(r);
	*state = r;
	return 0;
}

static int end(void **state)
{
	struct rig *r = *state;

	store_sqlite.close(r->s);
	unit_remove(r->dir);
	free(r);
	return 0;
}

/* --- what is there afterwards ----------------------------------------------------------------- */

static void check_value(const char *name, struct str bytes, void *arg)
{
	unsigned *count = arg;
	char text[600];
	int n = atoi(name + 6), len = snprintf(text, sizeof text, "%d %0*d", n, n * 8, n);

	assert_int_equal(bytes.len, len);
	assert_memory_equal(bytes.ptr, text, bytes.len);
	++*count;
}

/* The jobs that are there; none may be another than it was. A document may be damaged, but
 * then it says so. */
static unsigned count_jobs(struct store *s)
{
	unsigned count = 0;
	struct document *doc;
	struct job job;

	for (job_id id = 1; id <= JOBS; id++) {
		enum err err = store_sqlite.get_job(s, id, &job, NULL);

		if (err == E_NOT_FOUND)
			continue;
		assert_int_equal(err, E_OK);
		assert_string_equal(job.printer, "till");
		count++;
		doc = NULL;
		if (store_sqlite.get_document(s, id, &doc, NULL) == E_OK)
			assert_true(unit_document_ok(doc, id, bytes_of(id)));
		document_release(doc);
	}
	return count;
}

static unsigned count_keys(struct store *s)
{
	unsigned count = 0;
	char scope[32], key[32];

	for (int i = 1; i <= KEYS; i++) {
		struct idem idem;

		snprintf(scope, sizeof scope, "scope %d", i);
		snprintf(key, sizeof key, "key %d", i);
		if (store_sqlite.get_idem(s, scope, key, &idem, NULL))
			continue;
		assert_int_equal(idem.job, i);
		idem_finish(&idem);
		count++;
	}
	return count;
}

static unsigned count_bad(const struct rig *r)
{
	DIR *dir = opendir(r->dir);
	struct dirent *e;
	unsigned count = 0;

	while ((e = readdir(dir)))
		count += strncmp(e->d_name, "jobs.db.bad-", 12) == 0 &&
		    !strstr(e->d_name, "-wal");
	closedir(dir);
	return count;
}

static char *path_in(const struct rig *r, const char *name)
{
	return mem_printf("%s/%s", r->dir, name);
}

static void write_at(const struct rig *r, const char *name, off_t at, const void *bytes,
    size_t len)
{
	char *path = path_in(r, name);
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
	free(path);
}

static size_t pages(const struct rig *r)
{
	char *path = path_in(r, "jobs.db");
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	free(path);
	return (size_t)st.st_size / PAGE;
}

static void drop_log(const struct rig *r)
{
	char *path = path_in(r, "jobs.db-wal");

	unlink(path);
	free(path);
}

static void reopen(struct rig *r)
{
	job_id id;

	assert_ok(store_sqlite.open(r->dir, &r->s, why));
	assert_ok(store_sqlite.max_id(r->s, &id, why));
	unit_put(&store_sqlite, r->s, id + 1, 10); /* it takes new ones */
}

static void close_again(struct rig *r)
{
	store_sqlite.close(r->s);
	r->s = NULL;
}

/* --- damage ------------------------------------------------------------------------------------- */

static void a_page_of_noise(void **state)
{
	struct rig *r = *state;
	uint8_t noise[PAGE];
	uint32_t seed = 1;
	size_t at = pages(r) / 2;
	unsigned jobs;

	drop_log(r);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)dice(&seed);
	write_at(r, "jobs.db", (off_t)at * PAGE, noise, sizeof noise);
	reopen(r);
	assert_non_null(store_sqlite.trouble(r->s));
	assert_int_equal(count_bad(r), 1);
	jobs = count_jobs(r->s);
	assert_true(jobs >= JOBS * 8 / 10);
	close_again(r);
	reopen(r); /* the new one is whole */
	assert_null(store_sqlite.trouble(r->s));
	assert_int_equal(count_jobs(r->s), jobs);
}

static void the_first_page_is_lost(void **state)
{
	static const uint8_t nothing[PAGE];
	struct rig *r = *state;
	unsigned values = 0;

	drop_log(r);
	write_at(r, "jobs.db", 0, nothing, sizeof nothing);
	reopen(r);
	assert_non_null(store_sqlite.trouble(r->s));
	assert_int_equal(count_jobs(r->s), JOBS);
	assert_int_equal(count_keys(r->s), KEYS);
	assert_ok(store_sqlite.each_value(r->s, "cache/", check_value, &values, why));
	assert_int_equal(values, KEYS);
}

static void the_file_is_cut(void **state)
{
	struct rig *r = *state;
	char *path = path_in(r, "jobs.db");
	size_t half = pages(r) / 2;

	drop_log(r);
	assert_int_equal(truncate(path, (off_t)half * PAGE + 100), 0);
	free(path);
	reopen(r);
	assert_non_null(store_sqlite.trouble(r->s));
	assert_true(count_jobs(r->s) > 0);
}

static void it_is_something_else(void **state)
{
	struct rig *r = *state;
	char text[2 * PAGE];
	char *path = path_in(r, "jobs.db"), kept[sizeof text];
	DIR *dir;
	struct dirent *e;

	drop_log(r);
	memset(text, 'x', sizeof text);
	assert_int_equal(truncate(path, 0), 0);
	write_at(r, "jobs.db", 0, text, sizeof text);
	free(path);
	reopen(r);
	assert_int_equal(count_jobs(r->s), 0);
	dir = opendir(r->dir);
	while ((e = readdir(dir))) {
		int fd;

		if (strncmp(e->d_name, "jobs.db.bad-", 12) != 0 || strstr(e->d_name, "-wal"))
			continue;
		path = path_in(r, e->d_name);
		fd = open(path, O_RDONLY);
		assert_int_equal(read(fd, kept, sizeof kept), sizeof kept);
		assert_memory_equal(kept, text, sizeof text);
		close(fd);
		free(path);
	}
	closedir(dir);
}

/* One page after the other, noise or zeros or a few flipped bytes; sometimes several. */
static void random_damage(void **state)
{
	struct rig *r = *state;
	unsigned salvaged = 0;

	for (uint32_t round = 1; round <= ROUNDS; round++) {
		uint32_t seed = round;
		uint8_t bytes[PAGE];
		unsigned values = 0, hits = 1 + dice(&seed) % 4;

		unit_remove(r->dir);
		r->dir = unit_dir();
		fill(r);
		if (dice(&seed) % 2)
			drop_log(r);
		for (unsigned h = 0; h < hits; h++) {
			size_t len = dice(&seed) % 3 ? PAGE : 1 + dice(&seed) % 40;
			size_t page = dice(&seed) % pages(r);

			for (size_t i = 0; i < len; i++)
				bytes[i] = round % 3 ? (uint8_t)dice(&seed) : 0;
			write_at(r, "jobs.db", (off_t)(page * PAGE + dice(&seed) %
			    (PAGE - len + 1)), bytes, len);
		}
		reopen(r);
		count_jobs(r->s);
		if (store_sqlite.trouble(r->s)) {
			salvaged++;
			count_keys(r->s);
			assert_int_equal(count_bad(r), 1);
			assert_ok(store_sqlite.each_value(r->s, "report/", check_value, &values,
			    why));
		}
		close_again(r);
	}
	assert_true(salvaged > ROUNDS / 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_of_noise),
		TEST(the_first_page_is_lost),
		TEST(the_file_is_cut),
		TEST(it_is_something_else),
		TEST(random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
