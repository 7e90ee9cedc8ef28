#include "sys/file.h"
#include "sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static unsigned entries(void)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void test_write_then_read(void **state)
{
	struct buf got;
	struct stat st;

	buf_init(&got, 100);
	assert_int_equal(file_write(in_dir("a"), STR("first"), 0644, NULL), E_OK);
	assert_int_equal(file_write(in_dir("a"), STR("second\0x"), 0600, NULL), E_OK);
	assert_int_equal(file_read(in_dir("a"), &got, NULL), E_OK);
	assert_true(str_eq(buf_str(&got), STR("second\0x")));
	assert_int_equal(stat(in_dir("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(entries(), 1); /* no temporary file is left */
	buf_finish(&got);
	unlink(in_dir("a"));
}

static void test_read_stops_at_the_ceiling(void **state)
{
	struct buf got;
	struct why why;

	assert_int_equal(file_write(in_dir("a"), STR("12345"), 0600, NULL), E_OK);
	buf_init(&got, 5);
	assert_int_equal(file_read(in_dir("a"), &got, &why), E_OK);
	assert_int_equal(got.len, 5);
	buf_finish(&got);
	buf_init(&got, 4);
	assert_int_equal(file_read(in_dir("a"), &got, &why), E_TOO_LARGE);
	buf_finish(&got);
	unlink(in_dir("a"));
}

static void test_a_secret_is_its_owners(void **state)
{
	struct buf got;

	buf_init(&got, 100);
	assert_int_equal(file_write(in_dir("s"), STR("secret"), 0640, NULL), E_OK);
	assert_int_equal(file_read_private(in_dir("s"), &got, NULL), E_NOT_ALLOWED);
	assert_int_equal(got.len, 0);
	assert_int_equal(chmod(in_dir("s"), 0600), 0);
	assert_int_equal(file_read_private(in_dir("s"), &got, NULL), E_OK);
	assert_true(str_eq(buf_str(&got), STR("secret")));
	assert_int_equal(file_read_private(in_dir("none"), &got, NULL), E_NOT_FOUND);
	buf_finish(&got);
	unlink(in_dir("s"));
}

static void test_errors_name_the_file(void **state)
{
	struct buf got;
	struct why why;

	buf_init(&got, 10);
	assert_int_equal(file_read(in_dir("none"), &got, &why), E_NOT_FOUND);
	assert_non_null(strstr(why.text, "none"));
	assert_int_equal(file_write(in_dir("none/a"), STR("x"), 0600, &why), E_NOT_FOUND);
	assert_int_equal(file_read(dir, &got, &why), E_IO);
	buf_finish(&got);
}

static void test_failed_write_leaves_the_old(void **state)
{
	struct why why;

	assert_int_equal(mkdir(in_dir("a"), 0700), 0); /* rename onto it must fail */
	assert_int_not_equal(file_write(in_dir("a"), STR("x"), 0600, &why), E_OK);
	assert_int_equal(entries(), 1);
	rmdir(in_dir("a"));
}

static void test_mkdirs(void **state)
{
	struct stat st;
	struct why why;

	assert_int_equal(file_mkdirs(in_dir("x/y/z"), 0700, NULL), E_OK);
	assert_int_equal(file_mkdirs(in_dir("x/y/z"), 0700, NULL), E_OK);
	assert_int_equal(stat(in_dir("x/y/z"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(file_write(in_dir("x/file"), STR(""), 0600, NULL), E_OK);
	assert_int_not_equal(file_mkdirs(in_dir("x/file/z"), 0700, &why), E_OK);
	assert_int_not_equal(file_mkdirs(in_dir("x/file"), 0700, &why), E_OK);
	unlink(in_dir("x/file"));
	rmdir(in_dir("x/y/z"));
	rmdir(in_dir("x/y"));
	rmdir(in_dir("x"));
}

static void test_space(void **state)
{
	uint64_t left = 0, total = 0;

	assert_true(file_space(dir, &left, &total));
	assert_true(total > 0 && left <= total);
	assert_false(file_space(in_dir("none"), &left, &total));
	assert_true(file_exists(dir));
	assert_false(file_exists(in_dir("none")));
}

static int lock_in_child(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(file_lock(in_dir("lock"), NULL));
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

/* The lock must survive that the file is opened and closed by others. */
static void test_lock_is_exclusive(void **state)
{
	assert_int_equal(lock_in_child(), E_OK); /* and ends with its process */
	assert_int_equal(file_lock(in_dir("lock"), NULL), E_OK);
	assert_int_equal(lock_in_child(), E_BUSY);
	close(open(in_dir("lock"), O_RDONLY));
	assert_int_equal(lock_in_child(), E_BUSY);
	unlink(in_dir("lock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_then_read),
		cmocka_unit_test(test_read_stops_at_the_ceiling),
		cmocka_unit_test(test_a_secret_is_its_owners),
		cmocka_unit_test(test_errors_name_the_file),
		cmocka_unit_test(test_failed_write_leaves_the_old),
		cmocka_unit_test(test_mkdirs),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_lock_is_exclusive),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
