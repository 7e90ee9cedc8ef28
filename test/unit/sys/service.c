#include "sys/service.h"
#include "sys.h"

#include <sys/socket.h>
#include <sys/un.h>

static void test_notify_reaches_the_manager(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char got[32] = "";

	unsetenv("NOTIFY_SOCKET");
	service_notify("READY=1");
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_dir("notify"));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	service_notify("READY=1");
	assert_int_equal(recv(fd, got, sizeof(got), 0), 7);
	assert_string_equal(got, "READY=1");
	close(fd);
	service_notify("STOPPING=1"); /* nobody listens any more */
	unlink(at.sun_path);
	unsetenv("NOTIFY_SOCKET");
}

static void test_notify_abstract_name(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char name[64], got[32] = "";
	int len = snprintf(name, sizeof(name), "@platen-test-%d", (int)getpid());

	memcpy(at.sun_path + 1, name + 1, (size_t)len - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	service_notify("WATCHDOG=1");
	assert_int_equal(recv(fd, got, sizeof(got), 0), 10);
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

static void test_watchdog_is_half_of_the_limit(void **state)
{
	char pid[16];

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(service_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(service_watchdog_ms(), 15000);
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(service_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(service_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(service_watchdog_ms(), 15000);
}

static void test_peer_uid(void **state)
{
	int pair[2], tcp = socket(AF_INET, SOCK_STREAM, 0);
	uid_t uid = 12345;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(service_peer_uid(pair[0], &uid));
	assert_int_equal(uid, getuid());
	assert_false(service_peer_uid(tcp, &uid));
	assert_false(service_peer_uid(-1, &uid));
	close(pair[0]);
	close(pair[1]);
	close(tcp);
}

static void test_state_dir(void **state)
{
	char *path = service_state_dir();

	assert_int_equal(path[0], '/');
	assert_string_equal(path + strlen(path) - 7, "/platen");
	if (geteuid() == 0)
		assert_string_equal(path, "/var/lib/platen");
	free(path);
}

static void test_files(void **state)
{
	assert_true(service_raise_files() >= 256);
	assert_int_equal(service_raise_files(), sysconf(_SC_OPEN_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notify_reaches_the_manager),
		cmocka_unit_test(test_notify_abstract_name),
		cmocka_unit_test(test_watchdog_is_half_of_the_limit),
		cmocka_unit_test(test_peer_uid),
		cmocka_unit_test(test_state_dir),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
