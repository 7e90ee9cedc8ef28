/* transport/socket against scripted peers. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/transport.h"
#include "peer.h"
#include "sys/clock.h"
#include "sys/wake.h"

static const struct transport *const t = &transport_socket;
static struct wire_options options;
static struct why why;

static int setup(void **state)
{
	options = (struct wire_options){
		.open_timeout = 5000,
		.write_timeout = 5000,
		.close_timeout = 5000,
		.cancel_fd = -1,
	};
	memset(&why, 0, sizeof(why));
	(void)state;
	return 0;
}

static enum err open_port(uint16_t port, struct wire **w)
{
	char text[64];
	struct uri uri;
	snprintf(text, sizeof(text), "socket://127.0.0.1:%u", port);
	assert_int_equal(uri_parse(str_of(text), &uri, &why), E_OK);
	assert_int_equal(t->check(&uri, &why), E_OK);
	return t->open(&uri, &options, w, &why);
}

static struct wire *open_peer(const struct peer *p)
{
	struct wire *w = NULL;
	assert_int_equal(open_port(p->port, &w), E_OK);
	return w;
}

static void test_check(void **state)
{
	static const struct {
		const char *uri;
		bool good;
	} rows[] = {
		{ "socket://192.168.1.50:9100", true },
		{ "socket://printer.example", true },
		{ "socket://[fd12::5]:9100", true },
		{ "socket://10.0.0.1/", true },
		{ "socket:/dev/lp0", false },
		{ "socket://10.0.0.1/queue", false },
		{ "socket://10.0.0.1/?x=1", false },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct uri uri;
		bool good = !uri_parse(str_of(rows[i].uri), &uri, &why) && !t->check(&uri, &why);
		if (good != rows[i].good)
			fail_msg("%s", rows[i].uri);
	}
	(void)state;
}

static void test_bytes_arrive(void **state)
{
	struct peer *p = peer_start(peer_read_all, 0);
	struct wire *w = open_peer(p);
	uint64_t left;
	assert_int_equal(t->write(w, "\x1B@", 2, &left, &why), E_OK);
	assert_int_equal(left, 2);
	assert_int_equal(t->write(w, "receipt", 7, &left, &why), E_OK);
	assert_int_equal(left, 7);
	t->close(w);
	peer_await(p, 1);
	assert_int_equal(p->len, 9);
	assert_memory_equal(p->got, "\x1B@receipt", 9);
	assert_false(p->reset);
	peer_stop(p);
	(void)state;
}

static void test_abort_resets(void **state)
{
	struct peer *p = peer_start(peer_read_all, 0);
	struct wire *w = open_peer(p);
	uint64_t left;
	assert_int_equal(t->write(w, "x", 1, &left, &why), E_OK);
	t->abort(w);
	peer_await(p, 1);
	assert_true(p->reset);
	peer_stop(p);
	(void)state;
}

static int bound_port(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static void test_refused(void **state)
{
	struct wire *w = NULL;
	uint16_t port;
	int fd = bound_port(&port); /* bound, so nobody else listens there */
	assert_int_equal(open_port(port, &w), E_REFUSED);
	assert_string_equal(why.text, "Connection refused");
	close(fd);
	(void)state;
}

static void test_connect_hangs(void **state)
{
	struct wire *w = NULL;
	uint16_t port;
	int fills[8];
	int fd = bound_port(&port);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < COUNT_OF(fills); i++) {
		fills[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fills[i], (struct sockaddr *)&at, sizeof(at));
	}
	options.open_timeout = 120;
	int64_t before = clock_mono_us();
	assert_int_equal(open_port(port, &w), E_CONNECT_TIMEOUT);
	assert_true(clock_mono_us() - before >= 120000);
	assert_string_equal(why.text, "Connection timed out");

	options.open_timeout = 20000;
	options.cancel_fd = wake_open();
	wake_set(options.cancel_fd);
	assert_int_equal(open_port(port, &w), E_CANCELLED);
	wake_close(options.cancel_fd);
	for (size_t i = 0; i < COUNT_OF(fills); i++)
		close(fills[i]);
	close(fd);
	(void)state;
}

/* The printer resets after each number of bytes: whatever it took had left us,
 * and no write after that is called good. */
static void test_reset_swept(void **state)
{
	for (size_t n = 0; n < 24; n++) {
		struct peer *p = peer_start(peer_reset_at, n);
		struct wire *w = NULL;
		uint64_t left, sum = 0;
		enum err err = open_port(p->port, &w);
		for (size_t i = 0; i < 32 && !err; i++) {
			err = t->write(w, "receipt", 7, &left, &why);
			assert_true(left <= 7);
			sum += left;
			if (sum > n)
				peer_await(p, 1);
		}
		assert_int_equal(err, E_LOST);
		assert_string_equal(why.text, "Connection lost");
		assert_true(sum >= n);
		if (w) /* else reset before we had looked */
			t->abort(w);
		peer_stop(p);
	}
	(void)state;
}

/* Takes longer than the time-out in all, but never stands still for it. */
static void test_slow_reader(void **state)
{
	struct peer *p = peer_start(peer_read_slowly, 0);
	struct wire *w = open_peer(p);
	size_t len = 160 * 1024;
	uint8_t *bytes = calloc(1, len);
	uint64_t left;
	options.write_timeout = 1500;
	int64_t before = clock_mono();
	assert_int_equal(t->write(w, bytes, len, &left, &why), E_OK);
	assert_true(clock_mono() - before > 1500);
	assert_int_equal(left, len);
	t->close(w);
	peer_await(p, 1);
	assert_int_equal(p->len, len);
	peer_stop(p);
	free(bytes);
	(void)state;
}

static void test_zero_window(void **state)
{
	struct peer *p = peer_start(peer_read_nothing, 0);
	struct wire *w = open_peer(p);
	size_t len = 16u << 20;
	uint8_t *bytes = calloc(1, len);
	uint64_t left;
	options.write_timeout = 300;
	int64_t before = clock_mono_us();
	assert_int_equal(t->write(w, bytes, len, &left, &why), E_WRITE_TIMEOUT);
	assert_true(clock_mono_us() - before >= 300000);
	assert_string_equal(why.text, "Write timed out");
	assert_true(left > 0 && left < len);
	t->abort(w);
	peer_stop(p);
	free(bytes);
	(void)state;
}

/* All of it fits into the kernel's buffer, yet the printer has not taken it. */
static void test_unacknowledged_is_not_written(void **state)
{
	struct peer *p = peer_start(peer_read_nothing, 0);
	struct wire *w = open_peer(p);
	size_t len = 64 * 1024;
	uint8_t *bytes = calloc(1, len);
	uint64_t left;
	options.write_timeout = 300;
	assert_int_equal(t->write(w, bytes, len, &left, &why), E_WRITE_TIMEOUT);
	assert_int_equal(left, len);
	t->abort(w);
	peer_stop(p);
	free(bytes);
	(void)state;
}

static void cancel_then_nothing(struct peer *p, int fd)
{
	peer_take(p, fd, 1);
	wake_set(p->wake_fd);
	peer_read_nothing(p, fd);
}

static void test_cancel(void **state)
{
	struct peer *p = peer_start(cancel_then_nothing, 0);
	size_t len = 16u << 20, got;
	uint8_t *bytes = calloc(1, len), byte;
	uint64_t left;
	p->wake_fd = options.cancel_fd = wake_open();
	struct wire *w = open_peer(p);
	options.write_timeout = 60000;
	assert_int_equal(t->write(w, bytes, len, &left, &why), E_CANCELLED);
	assert_true(left > 0);
	assert_int_equal(t->read(w, &byte, 1, -1, &got, &why), E_CANCELLED);
	t->abort(w);
	peer_stop(p);
	wake_close(options.cancel_fd);
	free(bytes);
	(void)state;
}

static void test_half_closed_prints_on(void **state)
{
	struct peer *p = peer_start(peer_half_close, 0);
	struct wire *w = open_peer(p);
	uint64_t left;
	uint8_t byte;
	size_t got;
	assert_int_equal(t->read(w, &byte, 1, -1, &got, &why), E_LOST);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(t->write(w, "receipt", 7, &left, &why), E_OK);
	t->close(w);
	peer_await(p, 1);
	assert_int_equal(p->len, 140);
	peer_stop(p);
	(void)state;
}

/* More input than we keep: the newest stays, and the close is no reset. */
static void test_input_is_kept_and_drained(void **state)
{
	enum { SENT = 10000 };
	struct peer *p = peer_start(peer_chatter, SENT);
	struct wire *w = open_peer(p);
	uint8_t bytes[512];
	size_t got, sum = 0;
	uint64_t left;
	while (sum < 100) {
		assert_int_equal(t->read(w, bytes, 7, -1, &got, &why), E_OK);
		for (size_t i = 0; i < got; i++)
			assert_int_equal(bytes[i], (uint8_t)(sum + i));
		sum += got;
	}
	assert_int_equal(t->write(w, "receipt", 7, &left, &why), E_OK);
	t->close(w);
	peer_await(p, 1);
	assert_false(p->reset);
	assert_int_equal(p->len, 7);
	peer_stop(p);
	(void)state;
}

static void chatter_then_ask(struct peer *p, int fd)
{
	for (size_t i = 0; i < p->number; i++) {
		uint8_t byte = (uint8_t)(i / 64);
		send(fd, &byte, 1, MSG_NOSIGNAL);
	}
	peer_take(p, fd, 1);
	shutdown(fd, SHUT_WR);
	peer_read_all(p, fd);
}

static void test_oldest_input_is_dropped(void **state)
{
	enum { SENT = 64 * 200 };
	struct peer *p = peer_start(chatter_then_ask, SENT);
	struct wire *w = open_peer(p);
	uint8_t byte, last = 0;
	size_t got, sum = 0;
	uint64_t left;
	enum err err;
	assert_int_equal(t->read(w, &byte, 1, -1, &got, &why), E_OK);
	assert_int_equal(t->write(w, "x", 1, &left, &why), E_OK);
	while (!(err = t->read(w, &byte, 1, -1, &got, &why))) {
		assert_true(byte >= last);
		last = byte;
		sum += got;
	}
	assert_int_equal(err, E_LOST);
	assert_int_equal(last, 199);
	assert_true(sum >= 1 && sum < SENT);
	t->close(w);
	peer_stop(p);
	(void)state;
}

static void never_close(struct peer *p, int fd)
{
	char byte;
	peer_read_all(p, fd);
	while (read(p->wake_fd, &byte, 1) < 0 && errno == EINTR)
		;
}

static void test_close_gives_up(void **state)
{
	struct peer *p = peer_start(never_close, 0);
	int hold[2];
	assert_int_equal(pipe(hold), 0);
	p->wake_fd = hold[0];
	struct wire *w = open_peer(p);
	options.close_timeout = 80;
	int64_t before = clock_mono_us();
	t->close(w);
	assert_true(clock_mono_us() - before >= 80000);
	close(hold[1]);
	peer_stop(p);
	close(hold[0]);
	(void)state;
}

static void test_read_deadline(void **state)
{
	struct peer *p = peer_start(peer_read_all, 0);
	struct wire *w = open_peer(p);
	uint8_t byte;
	size_t got = 9;
	int64_t deadline = clock_mono() + 30;
	assert_int_equal(t->read(w, &byte, 1, deadline, &got, &why), E_OK);
	assert_int_equal(got, 0);
	assert_true(clock_mono() >= deadline);
	t->close(w);
	peer_stop(p);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_check, setup),
		cmocka_unit_test_setup(test_bytes_arrive, setup),
		cmocka_unit_test_setup(test_abort_resets, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_connect_hangs, setup),
		cmocka_unit_test_setup(test_reset_swept, setup),
		cmocka_unit_test_setup(test_slow_reader, setup),
		cmocka_unit_test_setup(test_zero_window, setup),
		cmocka_unit_test_setup(test_unacknowledged_is_not_written, setup),
		cmocka_unit_test_setup(test_cancel, setup),
		cmocka_unit_test_setup(test_half_closed_prints_on, setup),
		cmocka_unit_test_setup(test_input_is_kept_and_drained, setup),
		cmocka_unit_test_setup(test_oldest_input_is_dropped, setup),
		cmocka_unit_test_setup(test_close_gives_up, setup),
		cmocka_unit_test_setup(test_read_deadline, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
