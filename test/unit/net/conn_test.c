/* Connections and listeners over real sockets. */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/conn_internal.h"
#include "sys/clock.h"

#define BIG (6 * 1024 * 1024)

static char *big; /* BIG bytes that repeat with a prime period */

static void idle_connection_is_small(void **state)
{
	assert_true(sizeof(struct conn) <= 400);
}

static void client_echo(struct rig *rig)
{
	char got[6] = "";
	int fd = rig_connect(rig);

	rig_send(fd, "ab");
	RIG_CHECK(rig_receive(fd, got, 2) == 2);
	rig_send(fd, "cde");
	RIG_CHECK(rig_receive(fd, got + 2, 3) == 3);
	RIG_CHECK(strcmp(got, "abcde") == 0);
	close(fd);
}

static void echoes(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_echo } };

	rig_run(&rig, client_echo);
	assert_int_equal(rig.accepted, 1);
	assert_int_equal(rig.why, E_OK);
}

static void echoes_over_ipv6(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_echo }, .v6 = true };

	rig_run(&rig, client_echo);
	assert_int_equal(rig.accepted, 1);
}

static void check_names(struct conn *c, struct rig *rig)
{
	struct ip ip;
	uint16_t port = 0;
	unsigned uid;

	assert_true(conn_peer(c, &ip, &port));
	assert_true(ip_is_loopback(&ip) && port && port != rig->port);
	assert_true(conn_local(c, &ip, &port));
	assert_int_equal(port, rig->port);
	assert_false(conn_is_unix(c));
	assert_false(conn_is_tls(c));
	assert_false(conn_peer_uid(c, &uid));
	assert_ptr_equal(conn_listener(c), rig->listener);
	assert_ptr_equal(conn_loop(c), rig->loop);
	assert_ptr_equal(conn_arg(c), rig);
	assert_int_equal(listener_clients(rig->listener), 1);
}

static void knows_its_ends(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_echo }, .on_accept = check_names };

	rig_run(&rig, client_echo);
}

/* Writing more than the kernel takes. */

static void write_big(struct conn *c, struct rig *rig)
{
	conn_set_ceiling(c, BIG);
	for (size_t at = 0; at < BIG; at += BIG / 8)
		assert_true(conn_write2(c, (struct str){ big + at, 100 },
		    (struct str){ big + at + 100, BIG / 8 - 100 }));
	assert_true(conn_queued(c) > 0);
	rig_open_gate(rig);
}

static void write_big_and_close(struct conn *c, struct rig *rig)
{
	write_big(c, rig);
	conn_close(c);
	assert_false(conn_write(c, "x", 1));
}

static void on_drain(struct conn *c, void *arg)
{
	struct rig *rig = arg;

	rig->drained++;
	assert_int_equal(conn_queued(c), 0);
}

/* Not before all was written, or the kernel might take it all. */
static void receive_big(struct rig *rig, int fd)
{
	char *got = malloc(BIG);

	rig_await_gate(rig);
	RIG_CHECK(rig_receive(fd, got, BIG) == BIG);
	RIG_CHECK(memcmp(got, big, BIG) == 0);
	free(got);
}

static void client_reads_big(struct rig *rig)
{
	int fd = rig_connect(rig);

	receive_big(rig, fd);
	close(fd);
}

static void client_reads_big_to_the_end(struct rig *rig)
{
	int fd = rig_connect(rig);

	receive_big(rig, fd);
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void queues_what_the_kernel_does_not_take(void **state)
{
	struct rig rig = { .ops = { .on_drain = on_drain }, .on_accept = write_big };

	rig_run(&rig, client_reads_big);
	assert_int_equal(rig.drained, 1);
}

static void close_waits_for_the_queue(void **state)
{
	struct rig rig = { .ops = { .on_drain = on_drain }, .on_accept = write_big_and_close };

	rig_run(&rig, client_reads_big_to_the_end);
	assert_int_equal(rig.drained, 0); /* no callback after conn_close but on_close */
	assert_int_equal(rig.why, E_OK);
}

static void write_past_ceiling(struct conn *c, struct rig *rig)
{
	unsigned n = 0;

	while (conn_write(c, big, 100000))
		assert_true(++n < 1000);
	assert_true(n > 10); /* the default is 1 MiB */
	assert_false(conn_write(c, big, 1));
	rig_open_gate(rig);
}

static void client_sees_reset(struct rig *rig)
{
	int fd = rig_connect(rig);
	char piece[4096];
	ssize_t n;

	rig_await_gate(rig);
	do
		n = recv(fd, piece, sizeof(piece), 0);
	while (n > 0);
	RIG_CHECK(n < 0 && errno == ECONNRESET);
	close(fd);
}

static void slow_reader_is_dropped(void **state)
{
	struct rig rig = { .on_accept = write_past_ceiling };

	rig_run(&rig, client_sees_reset);
	assert_int_equal(rig.why, E_LOST);
}

/* Ends. */

static void reply_and_close(struct conn *c, struct str bytes, void *rig)
{
	conn_write(c, "too large", 9);
	conn_close(c);
	conn_close(c);
}

static void client_sends_on(struct rig *rig)
{
	char got[10] = "";
	int fd = rig_connect(rig);

	for (int i = 0; i < 30; i++) /* more than anybody reads before the reply */
		RIG_CHECK(send(fd, big, 100000, MSG_NOSIGNAL) > 0);
	RIG_CHECK(rig_receive(fd, got, 9) == 9);
	RIG_CHECK(strcmp(got, "too large") == 0);
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void last_reply_survives_unread_input(void **state)
{
	struct rig rig = { .ops = { .on_data = reply_and_close } };

	rig_run(&rig, client_sends_on);
	assert_int_equal(rig.why, E_OK);
}

static void client_stays(struct rig *rig)
{
	int64_t start = clock_mono();
	int fd = rig_connect(rig);

	rig_send(fd, "x");
	while (rig_end(fd) == RIG_BYTES)
		;
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1 && clock_mono() - start < 5000)
		clock_sleep(20);
	RIG_CHECK(clock_mono() - start < 4000); /* the server does not linger for ever */
	close(fd);
}

static void lingering_has_an_end(void **state)
{
	struct rig rig = { .ops = { .on_data = reply_and_close } };

	rig_run(&rig, client_stays);
}

static void abort_now(struct conn *c, struct str bytes, void *rig)
{
	conn_write(c, "x", 1);
	conn_abort(c);
	conn_abort(c);
	conn_close(c);
	assert_false(conn_write(c, "x", 1));
	conn_pause(c, true);
	conn_pause(c, false);
	conn_shutdown(c);
}

static void client_is_reset(struct rig *rig)
{
	int fd = rig_connect(rig);
	enum rig_end end;

	rig_send(fd, "x");
	end = rig_end(fd); /* the byte may or may not arrive */
	RIG_CHECK(end == RIG_RST || (end == RIG_BYTES && rig_end(fd) == RIG_RST));
	close(fd);
}

static void abort_sends_reset(void **state)
{
	struct rig rig = { .ops = { .on_data = abort_now } };

	rig_run(&rig, client_is_reset);
	assert_int_equal(rig.why, E_OK);
}

static void drop_now(struct conn *c, struct str bytes, void *rig)
{
	conn_drop(c);
}

static void client_is_dropped(struct rig *rig)
{
	int fd = rig_connect(rig);

	rig_send(fd, "x");
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	rig_send(fd, "x");
	clock_sleep(20);
	RIG_CHECK(send(fd, "x", 1, MSG_NOSIGNAL) < 0); /* nobody lingers */
	close(fd);
}

static void drop_does_not_linger(void **state)
{
	struct rig rig = { .ops = { .on_data = drop_now } };

	rig_run(&rig, client_is_dropped);
}

static void reply_at_end(struct conn *c, void *arg)
{
	struct rig *rig = arg;
	struct str heard = buf_str(&rig->heard);

	rig->ended++;
	conn_write2(c, STR("bye:"), heard);
	conn_close(c);
}

static void client_half_closes(struct rig *rig)
{
	char got[8] = "";
	int fd = rig_connect(rig);

	rig_send(fd, "abc");
	shutdown(fd, SHUT_WR);
	RIG_CHECK(rig_receive(fd, got, 7) == 7 && strcmp(got, "bye:abc") == 0);
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void half_open_peer_gets_its_reply(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_hear, .on_end = reply_at_end } };

	rig_run(&rig, client_half_closes);
	assert_int_equal(rig.ended, 1);
	assert_int_equal(rig.why, E_OK);
}

static void shut_at_accept(struct conn *c, struct rig *rig)
{
	write_big(c, rig);
	conn_shutdown(c);
	assert_false(conn_write(c, "x", 1));
}

static void client_talks_to_half_closed(struct rig *rig)
{
	int fd = rig_connect(rig);

	receive_big(rig, fd);
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	rig_send(fd, "still here");
	close(fd);
}

static void count_heard(struct conn *c, void *arg)
{
	struct rig *rig = arg;

	assert_true(str_is(buf_str(&rig->heard), "still here"));
	rig->ended++;
	conn_close(c);
}

static void we_may_shut_our_side_first(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_hear, .on_end = count_heard },
		.on_accept = shut_at_accept,
	};

	rig_run(&rig, client_talks_to_half_closed);
	assert_int_equal(rig.ended, 1);
}

/* Pausing. */

static void resume(void *arg)
{
	struct conn *c = arg;
	struct rig *rig = conn_arg(c);

	assert_int_equal(rig->heard.len, 0);
	conn_pause(c, false);
}

static struct timer *resume_timer;

static void pause_for_a_while(struct conn *c, struct rig *rig)
{
	conn_pause(c, true);
	resume_timer = timer_create_on(rig->loop, resume, c);
	timer_arm(resume_timer, 60, 0);
}

static void free_timer(struct conn *c, void *rig)
{
	timer_destroy(resume_timer);
	conn_close(c);
}

static void paused_connection_reads_later(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo, .on_end = free_timer },
		.on_accept = pause_for_a_while,
	};

	rig_run(&rig, client_echo);
}

/* Ceilings of listeners. */

static void client_crowd(struct rig *rig)
{
	char got;
	int a = rig_connect(rig), b = rig_connect(rig);

	rig_send(a, "a");
	RIG_CHECK(rig_receive(a, &got, 1) == 1);
	rig_send(b, "b");
	RIG_CHECK(rig_receive(b, &got, 1) == 1);
	int c = rig_connect(rig);
	RIG_CHECK(rig_end(c) == RIG_FIN);
	close(c);
	close(a);
	for (int tries = 0; tries < 200; tries++) { /* until the server has seen it */
		c = rig_connect(rig);
		if (send(c, "c", 1, MSG_NOSIGNAL) == 1 && recv(c, &got, 1, 0) == 1)
			break;
		close(c);
		c = -1;
		clock_sleep(5);
	}
	RIG_CHECK(c >= 0);
	close(b);
	close(c);
}

static void one_too_many_is_closed_at_once(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_echo }, .options = { .max_clients = 2 } };

	rig_run(&rig, client_crowd);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void run_for(struct loop *loop, int64_t ms)
{
	struct timer *t = timer_create_on(loop, stop, loop);

	timer_arm(t, ms, 0);
	loop_run(loop);
	timer_destroy(t);
}

static void limit_descriptors(rlim_t left, struct rlimit *old)
{
	struct rlimit few;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, old);
	few = *old;
	few.rlim_cur = (rlim_t)next + left;
	setrlimit(RLIMIT_NOFILE, &few);
}

static unsigned count_closed(const int *fds, unsigned count)
{
	unsigned n = 0;
	char byte;

	for (unsigned i = 0; i < count; i++)
		n += recv(fds[i], &byte, 1, MSG_DONTWAIT) == 0;
	return n;
}

/* Two descriptors are left and six clients come: four are turned away, and the
 * loop neither spins nor stays deaf. */
static void survives_without_descriptors(void **state)
{
	struct rig rig = { .ops = { .on_data = rig_echo }, .loop = loop_create() };
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct rlimit old;
	int fds[7];

	rig_open(&rig);
	at.sin_port = htons(rig.port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned i = 0; i < 7; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
	limit_descriptors(2, &old);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(connect(fds[i], (struct sockaddr *)&at, sizeof(at)), 0);
	run_for(rig.loop, 50);
	assert_int_equal(rig.accepted, 2);
	assert_int_equal(count_closed(fds, 6), 4);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(connect(fds[6], (struct sockaddr *)&at, sizeof(at)), 0);
	run_for(rig.loop, 50);
	assert_int_equal(rig.accepted, 3);
	for (unsigned i = 0; i < 7; i++)
		close(fds[i]);
	listener_close(rig.listener);
	loop_run(rig.loop);
	loop_destroy(rig.loop);
}

/* Unix sockets. */

static char unix_path[64];

static void check_uid(struct conn *c, struct rig *rig)
{
	unsigned uid = 12345;
	struct stat st;
	struct ip ip;
	uint16_t port;

	assert_true(conn_is_unix(c));
	assert_true(conn_peer_uid(c, &uid));
	assert_int_equal(uid, getuid());
	assert_false(conn_peer(c, &ip, &port));
	assert_int_equal(stat(unix_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void unix_socket_knows_its_user(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.unix_path = unix_path,
		.on_accept = check_uid,
	};

	rig_run(&rig, client_echo);
	assert_int_equal(rig.accepted, 1);
	assert_int_equal(access(unix_path, F_OK), -1);
}

static void unix_drop(struct conn *c, struct str bytes, void *rig)
{
	conn_abort(c);
}

static void client_unix_end(struct rig *rig)
{
	int fd = rig_connect(rig);

	rig_send(fd, "x");
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void unix_connection_can_be_aborted(void **state)
{
	struct rig rig = { .ops = { .on_data = unix_drop }, .unix_path = unix_path };

	rig_run(&rig, client_unix_end);
}

static void leave_stale_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", unix_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
}

static void ignore(struct conn *c, void *arg)
{
	conn_abort(c);
}

static void stale_socket_is_replaced_a_live_one_is_not(void **state)
{
	struct loop *loop = loop_create();
	struct listener *first, *second;
	struct why why;

	leave_stale_socket();
	assert_int_equal(listener_open_unix(loop, unix_path, 0660, NULL, ignore, NULL, &first,
	    &why), E_OK);
	assert_int_equal(listener_open_unix(loop, unix_path, 0660, NULL, ignore, NULL, &second,
	    &why), E_BUSY);
	assert_non_null(strstr(why.text, "in use"));
	listener_close(first);
	loop_run(loop);

	close(open(unix_path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(listener_open_unix(loop, unix_path, 0660, NULL, ignore, NULL, &second,
	    &why), E_CONFLICT);
	unlink(unix_path);
	loop_destroy(loop);
}

/* Addresses. */

static void taken_port_is_said_so(void **state)
{
	struct loop *loop = loop_create();
	struct ip v4 = { .bytes = { 127, 0, 0, 1 } }, v6 = { .v6 = true, .bytes = { [15] = 1 } };
	struct ip elsewhere = { .bytes = { 192, 0, 2, 1 } };
	struct listener *first, *second, *third;
	struct why why;
	char sentence[64];

	assert_int_equal(listener_open_tcp(loop, &v4, 0, NULL, ignore, NULL, &first, &why), E_OK);
	uint16_t port = listener_port(first);
	assert_int_equal(listener_open_tcp(loop, &v4, port, NULL, ignore, NULL, &second, &why),
	    E_BUSY);
	snprintf(sentence, sizeof(sentence), "Port %u is in use", port);
	assert_string_equal(why.text, sentence);
	assert_int_equal(listener_open_tcp(loop, &v6, port, NULL, ignore, NULL, &third, &why),
	    E_OK);
	assert_int_equal(listener_open_tcp(loop, &elsewhere, 0, NULL, ignore, NULL, &second, &why),
	    E_NOT_FOUND);
	listener_close(first);
	listener_close(third);
	listener_close(NULL);
	loop_run(loop);
	loop_destroy(loop);
}

/* One port of both families, for all addresses. */
static void ipv6_leaves_ipv4_alone(void **state)
{
	struct loop *loop = loop_create();
	struct ip v4 = { 0 }, v6 = { .v6 = true };
	struct listener *first, *second;

	assert_int_equal(listener_open_tcp(loop, &v4, 0, NULL, ignore, NULL, &first, NULL), E_OK);
	assert_int_equal(listener_open_tcp(loop, &v6, listener_port(first), NULL, ignore, NULL,
	    &second, NULL), E_OK);
	listener_close(first);
	listener_close(second);
	loop_run(loop);
	loop_destroy(loop);
}

/* Outgoing connections. */

struct call {
	struct listener *listener;
	struct conn *conn;
	struct buf heard;
	bool opened;
	enum err why;
};

static void on_open(struct conn *c, void *arg)
{
	struct call *call = arg;

	call->opened = true;
	conn_write(c, "two", 3);
}

static void on_reply(struct conn *c, struct str bytes, void *arg)
{
	struct call *call = arg;

	buf_add_str(&call->heard, bytes);
	if (call->heard.len == 6)
		conn_close(c);
}

static void on_call_over(struct conn *c, enum err why, void *arg)
{
	struct call *call = arg;

	call->why = why;
	listener_close(call->listener);
}

static const struct conn_ops call_ops = {
	.on_open = on_open,
	.on_data = on_reply,
	.on_close = on_call_over,
};

static void echo_back(struct conn *c, struct str bytes, void *arg)
{
	conn_write(c, bytes.ptr, bytes.len);
}

static const struct conn_ops echo_ops = { .on_data = echo_back };

static void accept_echo(struct conn *c, void *arg)
{
	conn_set(c, &echo_ops, NULL);
}

static const struct ip loopback = { .bytes = { 127, 0, 0, 1 } };

static struct conn *dial(struct loop *loop, uint16_t port, int64_t timeout_ms, struct call *call)
{
	struct conn_target to = { .ip = loopback, .port = port, .timeout_ms = timeout_ms };

	return conn_connect(loop, &to, &call_ops, call);
}

static void outgoing_connection_talks(void **state)
{
	struct loop *loop = loop_create();
	struct call call = { 0 };

	buf_init(&call.heard, 100);
	assert_int_equal(listener_open_tcp(loop, &loopback, 0, NULL, accept_echo, NULL,
	    &call.listener, NULL), E_OK);
	call.conn = dial(loop, listener_port(call.listener), 1000, &call);
	assert_true(conn_write(call.conn, "one", 3)); /* before it is there */
	assert_null(conn_listener(call.conn));
	loop_run(loop);
	assert_true(call.opened);
	assert_true(str_is(buf_str(&call.heard), "onetwo"));
	assert_int_equal(call.why, E_OK);
	buf_finish(&call.heard);
	loop_destroy(loop);
}

static void outgoing_connection_is_refused(void **state)
{
	struct loop *loop = loop_create();
	struct call call = { 0 };

	assert_int_equal(listener_open_tcp(loop, &loopback, 0, NULL, ignore, NULL, &call.listener,
	    NULL), E_OK);
	uint16_t port = listener_port(call.listener);
	listener_close(call.listener);
	call.listener = NULL;
	loop_run(loop);
	dial(loop, port, 1000, &call);
	loop_run(loop);
	assert_false(call.opened);
	assert_int_equal(call.why, E_REFUSED);
	loop_destroy(loop);
}

/* A full backlog answers nothing, like a host that is off. */
static void outgoing_connection_times_out(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	struct loop *loop = loop_create();
	struct call call = { 0 };
	int waiting[4], full = socket(AF_INET, SOCK_STREAM, 0);
	int64_t start;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(full, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(full, 0), 0);
	getsockname(full, (struct sockaddr *)&at, &len);
	for (int i = 0; i < 4; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&at, sizeof(at));
	}
	start = clock_mono();
	dial(loop, ntohs(at.sin_port), 100, &call);
	loop_run(loop);
	assert_int_equal(call.why, E_CONNECT_TIMEOUT);
	assert_true(clock_mono() - start >= 100);
	for (int i = 0; i < 4; i++)
		close(waiting[i]);
	close(full);
	loop_destroy(loop);
}

static void outgoing_connection_can_be_given_up(void **state)
{
	struct loop *loop = loop_create();
	struct call call = { .why = E_INTERNAL };

	conn_close(dial(loop, 9, 1000, &call));
	loop_run(loop);
	assert_false(call.opened);
	assert_int_equal(call.why, E_OK);
	loop_destroy(loop);
}

/* Without ops a connection has nobody. */

static void forget(struct conn *c, struct rig *rig)
{
	rig->closed++; /* no on_close will count it */
	conn_set(c, NULL, NULL);
}

static void client_is_forgotten(struct rig *rig)
{
	int fd = rig_connect(rig);

	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void no_ops_no_connection(void **state)
{
	struct rig rig = { .on_accept = forget };

	rig_run(&rig, client_is_forgotten);
}

/* The listener goes, its connections stay. */

static void echo_without_listener(struct conn *c, struct str bytes, void *arg)
{
	struct rig *rig = arg;

	if (rig->listener)
		listener_close(rig->listener);
	rig->listener = NULL;
	conn_write(c, bytes.ptr, bytes.len);
}

static void connections_outlive_their_listener(void **state)
{
	struct rig rig = { .ops = { .on_data = echo_without_listener } };

	rig_run(&rig, client_echo);
}

static int prepare(void **state)
{
	char dir[] = "/tmp/platen-conn-XXXXXX";

	if (!mkdtemp(dir))
		return -1;
	snprintf(unix_path, sizeof(unix_path), "%s/socket", dir);
	big = malloc(BIG);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
	return 0;
}

static int clean(void **state)
{
	*strrchr(unix_path, '/') = '\0';
	free(big);
	return rmdir(unix_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_connection_is_small),
		cmocka_unit_test(echoes),
		cmocka_unit_test(echoes_over_ipv6),
		cmocka_unit_test(knows_its_ends),
		cmocka_unit_test(queues_what_the_kernel_does_not_take),
		cmocka_unit_test(close_waits_for_the_queue),
		cmocka_unit_test(slow_reader_is_dropped),
		cmocka_unit_test(last_reply_survives_unread_input),
		cmocka_unit_test(lingering_has_an_end),
		cmocka_unit_test(abort_sends_reset),
		cmocka_unit_test(drop_does_not_linger),
		cmocka_unit_test(half_open_peer_gets_its_reply),
		cmocka_unit_test(we_may_shut_our_side_first),
		cmocka_unit_test(paused_connection_reads_later),
		cmocka_unit_test(one_too_many_is_closed_at_once),
		cmocka_unit_test(survives_without_descriptors),
		cmocka_unit_test(no_ops_no_connection),
		cmocka_unit_test(connections_outlive_their_listener),
		cmocka_unit_test(unix_socket_knows_its_user),
		cmocka_unit_test(unix_connection_can_be_aborted),
		cmocka_unit_test(stale_socket_is_replaced_a_live_one_is_not),
		cmocka_unit_test(taken_port_is_said_so),
		cmocka_unit_test(ipv6_leaves_ipv4_alone),
		cmocka_unit_test(outgoing_connection_talks),
		cmocka_unit_test(outgoing_connection_is_refused),
		cmocka_unit_test(outgoing_connection_times_out),
		cmocka_unit_test(outgoing_connection_can_be_given_up),
	};
	return cmocka_run_group_tests(tests, prepare, clean);
}
