/*
 * The client's side of TLS: two of our sessions joined in memory and cut at
 * every size, and outgoing connections to a listener of ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/tls.h"
#include "sys/clock.h"

static char dir[] = "/tmp/platen-tls-client-XXXXXX";
static char ca[80], cert[80], key[80];
static struct tls *server_tls, *trust, *nobody;

static int prepare(void **state)
{
	static const char *const names[] = { "localhost", "till-1.local", "127.0.0.1", "::1" };

	assert_non_null(mkdtemp(dir));
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	snprintf(cert, sizeof(cert), "%s/leaf.pem", dir);
	snprintf(key, sizeof(key), "%s/leaf.key", dir);
	assert_int_equal(tls_make(dir, names, COUNT_OF(names), NULL), E_OK);
	assert_int_equal(tls_load(cert, key, &server_tls, NULL), E_OK);
	assert_int_equal(tls_trust(ca, &trust, NULL), E_OK);
	assert_int_equal(tls_trust(NULL, &nobody, NULL), E_OK);
	return 0;
}

static int clean(void **state)
{
	tls_release(server_tls);
	tls_release(trust);
	tls_release(nobody);
	unlink(ca);
	unlink(cert);
	unlink(key);
	return rmdir(dir);
}

/* Two sessions: what one sends waits for the other. */

struct side {
	struct tls_session *tls;
	struct buf sent, heard;
	enum err err;
};

struct pair {
	struct side client, server;
};

static bool send_on(void *arg, const void *bytes, size_t len)
{
	struct side *side = arg;

	return buf_add(&side->sent, bytes, len);
}

static void pair_open(struct pair *p, const struct tls *tls, const char *host)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->client.sent, 1 << 20);
	buf_init(&p->server.sent, 1 << 20);
	buf_init(&p->client.heard, 1 << 20);
	buf_init(&p->server.heard, 1 << 20);
	p->server.tls = tls_session_create(server_tls, send_on, &p->server);
	p->client.tls = tls_session_connect(tls, host, send_on, &p->client);
}

static void pair_close(struct pair *p)
{
	tls_session_destroy(p->client.tls);
	tls_session_destroy(p->server.tls);
	buf_finish(&p->client.sent);
	buf_finish(&p->server.sent);
	buf_finish(&p->client.heard);
	buf_finish(&p->server.heard);
}

/* False if there was nothing to carry. */
static bool carry(struct side *from, struct side *to, size_t piece)
{
	struct buf bytes = from->sent;
	bool any = bytes.len > 0;

	buf_init(&from->sent, 1 << 20);
	for (size_t at = 0; at < bytes.len && !to->err; at += piece)
		to->err = tls_session_feed(to->tls, str_head(str_from(buf_str(&bytes), at), piece),
		    &to->heard);
	buf_finish(&bytes);
	return any;
}

static void settle(struct pair *p, size_t piece)
{
	bool moving = true;

	while (moving) {
		moving = carry(&p->client, &p->server, piece);
		moving = carry(&p->server, &p->client, piece) || moving;
	}
}

static void sessions_take_any_split(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 16, 100, 1000, 100000 };

	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct pair p;
		struct why why;

		pair_open(&p, trust, "localhost");
		assert_int_equal(p.client.sent.len, 0);
		assert_int_equal(tls_session_start(p.client.tls), E_OK);
		settle(&p, pieces[i]);
		assert_true(tls_session_ready(p.client.tls) && tls_session_ready(p.server.tls));
		assert_true(tls_session_write(p.client.tls, STR("question")));
		assert_true(tls_session_write(p.server.tls, STR("answer")));
		settle(&p, pieces[i]);
		assert_true(str_is(buf_str(&p.server.heard), "question"));
		assert_true(str_is(buf_str(&p.client.heard), "answer"));
		assert_false(tls_session_why(p.client.tls, &why));
		assert_false(tls_session_why(p.server.tls, &why));
		tls_session_end(p.server.tls);
		settle(&p, pieces[i]);
		assert_true(tls_session_ended(p.client.tls));
		pair_close(&p);
	}
}

static void meets(const struct tls *tls, const char *host, const char *problem)
{
	struct pair p;
	struct why why = { .text = "" };

	pair_open(&p, tls, host);
	p.client.err = tls_session_start(p.client.tls);
	settle(&p, 1000);
	assert_int_equal(p.client.err, problem ? E_REFUSED : E_OK);
	assert_int_equal(tls_session_ready(p.client.tls), !problem);
	assert_int_equal(tls_session_why(p.client.tls, &why), problem != NULL);
	assert_string_equal(why.text, problem ? problem : "");
	if (problem) {
		p.client.err = tls_session_feed(p.client.tls, STR("x"), &p.client.heard);
		assert_int_equal(p.client.err, E_REFUSED);
		assert_false(tls_session_write(p.client.tls, STR("secret")));
		assert_int_equal(p.server.heard.len, 0);
	}
	pair_close(&p);
}

static void certificates_are_for_somebody(void **state)
{
	meets(trust, "localhost", NULL);
	meets(trust, "LocalHost", NULL);
	meets(trust, "till-1.local", NULL);
	meets(trust, "127.0.0.1", NULL);
	meets(trust, "::1", NULL);
	meets(trust, "till-2.local", "The certificate of till-2.local is not valid: "
	    "hostname mismatch");
	meets(trust, "127.0.0.2", "The certificate of 127.0.0.2 is not valid: IP address mismatch");
	meets(trust, "127.1", "The certificate of 127.1 is not valid: hostname mismatch");
	meets(nobody, "localhost", "The certificate of localhost is not valid: "
	    "unable to get local issuer certificate");
	meets(trust, "", "No certificate can be valid for \"\"");
}

static void breaks_are_told(void **state)
{
	struct pair p;
	struct why why;

	pair_open(&p, trust, "localhost");
	tls_session_start(p.client.tls);
	p.client.err = tls_session_feed(p.client.tls, STR("HTTP/1.1 400 Bad Request\r\n\r\n"),
	    &p.client.heard);
	assert_int_equal(p.client.err, E_REFUSED);
	assert_true(tls_session_why(p.client.tls, &why));
	assert_string_equal(why.text,
	    "The TLS handshake with localhost failed: wrong version number");
	pair_close(&p);

	pair_open(&p, trust, "localhost");
	tls_session_start(p.client.tls);
	settle(&p, 1000);
	tls_session_write(p.server.tls, STR("answer"));
	p.server.sent.ptr[p.server.sent.len - 1] ^= 1;
	settle(&p, 1000);
	assert_int_equal(p.client.err, E_LOST);
	assert_int_equal(p.client.heard.len, 0);
	assert_true(tls_session_why(p.client.tls, &why));
	assert_true(str_starts(str_of(why.text), "The TLS connection to localhost broke: "));
	pair_close(&p);
}

static void bad_files_are_named(void **state)
{
	struct tls *tls;
	struct why why;

	assert_int_equal(tls_trust("/nowhere/ca.pem", &tls, &why), E_FIELD);
	assert_true(str_starts(str_of(why.text), "Cannot use /nowhere/ca.pem: "));
	assert_int_equal(tls_trust(key, &tls, &why), E_FIELD);
}

/* On connections. */

struct call {
	struct loop *loop;
	struct listener *listener;
	struct buf heard;
	bool opened;
	enum err err;
	struct why why;
	struct timer *timer;
	struct conn *conn;
};

static void on_open(struct conn *c, void *arg)
{
	struct call *call = arg;

	call->opened = true;
	assert_true(conn_is_tls(c));
	assert_true(conn_write(c, "hello", 5));
	if (call->timer)
		timer_arm(call->timer, 100, 0);
}

static void on_data(struct conn *c, struct str bytes, void *arg)
{
	struct call *call = arg;

	buf_add_str(&call->heard, bytes);
	if (call->heard.len == 5)
		conn_close(c);
}

static void on_close(struct conn *c, enum err why, void *arg)
{
	struct call *call = arg;

	call->err = why;
	conn_why(c, why, &call->why);
	listener_close(call->listener);
}

static const struct conn_ops ops = { .on_open = on_open, .on_data = on_data, .on_close = on_close };

static void echo(struct conn *c, struct str bytes, void *arg)
{
	conn_write(c, bytes.ptr, bytes.len);
}

static struct conn_ops echo_ops = { .on_data = echo };

static void on_accept(struct conn *c, void *arg)
{
	conn_set(c, &echo_ops, NULL);
}

static struct conn *dial(struct call *call, const struct tls *tls, const char *host,
    int64_t timeout_ms)
{
	struct conn_target to = { .port = listener_port(call->listener), .timeout_ms = timeout_ms,
		.tls = tls, .host = host };

	ip_parse(STR("127.0.0.1"), &to.ip);
	return conn_connect(call->loop, &to, &ops, call);
}

static void call_open(struct call *call, enum tls_mode mode)
{
	struct listen_options options = { .tls = server_tls, .tls_mode = mode };
	struct ip ip;

	memset(call, 0, sizeof(*call));
	buf_init(&call->heard, 100);
	call->loop = loop_create();
	ip_parse(STR("127.0.0.1"), &ip);
	assert_int_equal(listener_open_tcp(call->loop, &ip, 0, &options, on_accept, NULL,
	    &call->listener, NULL), E_OK);
}

static void call_end(struct call *call)
{
	loop_run(call->loop);
	loop_destroy(call->loop);
	buf_finish(&call->heard);
}

static void outgoing_tls_talks(void **state)
{
	struct call call;

	call_open(&call, TLS_ON);
	dial(&call, trust, "localhost", 5000);
	loop_run(call.loop);
	assert_true(call.opened);
	assert_true(str_is(buf_str(&call.heard), "hello"));
	assert_int_equal(call.err, E_OK);
	call_end(&call);
}

/* Pausing concerns what the user reads, not the handshake. */
static void on_unpause(void *arg)
{
	struct call *call = arg;

	assert_int_equal(call->heard.len, 0);
	conn_pause(call->conn, false);
	timer_destroy(call->timer);
}

static void outgoing_tls_may_be_paused(void **state)
{
	struct call call;

	call_open(&call, TLS_ON);
	call.conn = dial(&call, trust, "localhost", 5000);
	conn_pause(call.conn, true);
	call.timer = timer_create_on(call.loop, on_unpause, &call);
	loop_run(call.loop);
	assert_true(str_is(buf_str(&call.heard), "hello"));
	call_end(&call);
}

static void outgoing_tls_tells_what_is_wrong(void **state)
{
	struct call call;

	call_open(&call, TLS_ON);
	dial(&call, trust, "pos.example", 5000);
	loop_run(call.loop);
	assert_false(call.opened);
	assert_int_equal(call.err, E_REFUSED);
	assert_string_equal(call.why.text,
	    "The certificate of pos.example is not valid: hostname mismatch");
	call_end(&call);

	call_open(&call, TLS_OFF); /* echoes our hello */
	dial(&call, trust, "localhost", 5000);
	loop_run(call.loop);
	assert_false(call.opened);
	assert_int_equal(call.err, E_REFUSED);
	call_end(&call);
}

static void nothing_leaves_in_the_clear(void **state)
{
	struct call call;

	call_open(&call, TLS_OFF);
	assert_false(conn_write(dial(&call, trust, "localhost", 5000), "secret", 6));
	loop_run(call.loop);
	assert_false(call.opened);
	assert_int_equal(call.err, E_LOST);
	call_end(&call);
}

static void outgoing_tls_can_be_given_up(void **state)
{
	struct call call;

	call_open(&call, TLS_ON);
	conn_close(dial(&call, trust, "localhost", 5000));
	loop_run(call.loop);
	assert_false(call.opened);
	assert_int_equal(call.err, E_OK);
	call_end(&call);
}

static void say_nothing(struct conn *c, struct str bytes, void *arg)
{
}

static void hang_up(struct conn *c, struct str bytes, void *arg)
{
	conn_close(c);
}

/* How a handshake ends with a peer that meets our hello with `on_hello`. */
static enum err greet(void (*on_hello)(struct conn *c, struct str bytes, void *arg))
{
	struct conn_ops kept = echo_ops;
	struct call call;

	echo_ops.on_data = on_hello;
	call_open(&call, TLS_OFF);
	dial(&call, trust, "localhost", 200);
	loop_run(call.loop);
	assert_false(call.opened);
	call_end(&call);
	echo_ops = kept;
	return call.err;
}

static void handshakes_end(void **state)
{
	int64_t start = clock_mono();

	assert_int_equal(greet(say_nothing), E_CONNECT_TIMEOUT);
	assert_in_range(clock_mono() - start, 200, 20000);
	assert_int_equal(greet(hang_up), E_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_take_any_split),
		cmocka_unit_test(certificates_are_for_somebody),
		cmocka_unit_test(breaks_are_told),
		cmocka_unit_test(bad_files_are_named),
		cmocka_unit_test(outgoing_tls_talks),
		cmocka_unit_test(outgoing_tls_may_be_paused),
		cmocka_unit_test(outgoing_tls_tells_what_is_wrong),
		cmocka_unit_test(nothing_leaves_in_the_clear),
		cmocka_unit_test(outgoing_tls_can_be_given_up),
		cmocka_unit_test(handshakes_end),
	};
	return cmocka_run_group_tests(tests, prepare, clean);
}
