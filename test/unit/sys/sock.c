#include "sys/sock.h"
#include "sys.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

static void test_tune(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sock_tune(fd);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 30);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 10);
	assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
	close(fd);
}

/* Whatever the umask, in both directions. */
static void test_mode_is_exact(void **state)
{
	static const mode_t masks[] = { 0, 0077, 0777 };
	struct stat st;
	int fd;

	for (size_t i = 0; i < 3; i++) {
		mode_t old = umask(masks[i]);

		assert_int_equal(sock_bind_unix(in_dir("s"), 0660, &fd, NULL), E_OK);
		umask(old);
		assert_int_equal(stat(in_dir("s"), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0660);
		close(fd);
		unlink(in_dir("s"));
	}
}

static void test_unlink_spares_another(void **state)
{
	int first, second;

	assert_int_equal(sock_bind_unix(in_dir("s"), 0600, &first, NULL), E_OK);
	unsigned long long inode = sock_inode(in_dir("s"));
	assert_int_equal(rename(in_dir("s"), in_dir("old")), 0);
	assert_int_equal(sock_bind_unix(in_dir("s"), 0600, &second, NULL), E_OK);
	sock_unlink_unix(in_dir("s"), inode);
	assert_int_equal(access(in_dir("s"), F_OK), 0);
	sock_unlink_unix(in_dir("s"), sock_inode(in_dir("s")));
	assert_int_equal(access(in_dir("s"), F_OK), -1);
	sock_unlink_unix(in_dir("s"), sock_inode(in_dir("s")));
	unlink(in_dir("old"));
	close(first);
	close(second);
}

/* Who has no time to answer is still there. */
static void test_full_backlog_is_no_stale_file(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd, other, callers[4];
	struct why why;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_dir("s"));
	assert_int_equal(sock_bind_unix(in_dir("s"), 0600, &fd, NULL), E_OK);
	assert_int_equal(listen(fd, 0), 0);
	for (int i = 0; i < 4; i++) {
		callers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(callers[i], (struct sockaddr *)&at, sizeof(at));
	}
	assert_int_equal(sock_bind_unix(in_dir("s"), 0600, &other, &why), E_BUSY);
	for (int i = 0; i < 4; i++)
		close(callers[i]);
	close(fd);
	assert_int_equal(sock_bind_unix(in_dir("s"), 0600, &fd, NULL), E_OK);
	close(fd);
	unlink(in_dir("s"));
}

static void test_bad_paths(void **state)
{
	char longer[200];
	struct why why;
	int fd;

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(sock_bind_unix(longer, 0600, &fd, &why), E_FIELD);
	assert_int_equal(sock_bind_unix(in_dir("none/s"), 0600, &fd, &why), E_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tune),
		cmocka_unit_test(test_mode_is_exact),
		cmocka_unit_test(test_unlink_spares_another),
		cmocka_unit_test(test_full_backlog_is_no_stale_file),
		cmocka_unit_test(test_bad_paths),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
