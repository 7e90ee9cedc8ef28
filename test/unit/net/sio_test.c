/*
 * The Socket.IO client over a connection without a socket: conversations are
 * what the server says, in order, and what must come of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_server.h"
#include "net/sio.h"

#define OPEN "0{\"sid\":\"e\",\"upgrades\":[],\"pingInterval\":300,\"pingTimeout\":200," \
	"\"maxPayload\":2000}"
#define JOIN "T(40/r,{\"t\":1})"
#define JOINED "40/r,{\"sid\":\"s1\"}"
#define LEFT "X(1000)"
#define BROKEN "X(1002)"

static struct {
	struct sio *s;
	struct buf told, said;
	struct sio_counts counts;
	struct why why;
} t;

static void on_connected(struct sio *s, struct str sid, void *arg)
{
	buf_printf(&t.told, "C(%.*s)", STR_ARG(sid));
}

static void on_refused(struct sio *s, struct str json, void *arg)
{
	buf_printf(&t.told, "R(%.*s)", STR_ARG(json));
}

static void on_event(struct sio *s, const struct sio_event *e, void *arg)
{
	buf_printf(&t.told, "E(%.*s", STR_ARG(e->name));
	for (const struct json *v = e->args; v; v = json_next(v))
		buf_printf(&t.told, " %.*s", STR_ARG(json_source(v)));
	buf_puts(&t.told, ")");
	if (e->ack != SIO_NO_ACK)
		assert_true(sio_ack(s, e->ack, STR("{\"ok\":true}")));
	if (str_is(e->name, "leave"))
		sio_close(s);
}

static void on_closed(struct sio *s, const struct why *why, void *arg)
{
	assert_ptr_equal(arg, &t);
	buf_printf(&t.told, "X(%s)", why->err ? err_name(why->err) : "ok");
	t.counts = sio_counts(s);
	t.why = *why;
	t.s = NULL;
}

static const struct sio_ops ops = { on_connected, on_refused, on_event, on_closed };

static int setup(void **state)
{
	memset(&t, 0, sizeof(t));
	buf_init(&t.told, 1 << 20);
	buf_init(&t.said, 1 << 24);
	return 0;
}

static int teardown(void **state)
{
	assert_null(t.s);
	assert_null(fake_dialled());
	buf_finish(&t.told);
	buf_finish(&t.said);
	return 0;
}

static void dial(void)
{
	struct sio_options o = { .url = "http://127.0.0.1:3000", .name_space = "/r",
		.auth = "{\"t\":1}", .timeout_ms = 1000 };

	t.s = sio_connect(fake_loop(), &o, &ops, &t);
	assert_ptr_equal(sio_arg(t.s), &t);
}

static void told(const char *what)
{
	if (!str_is(buf_str(&t.told), what))
		fail_msg("told %s, not %s", buf_cstr(&t.told), what);
	buf_clear(&t.told);
}

static void said(struct conn *c, const char *what)
{
	fake_server_hear(c, &t.said);
	if (!str_is(buf_str(&t.said), what))
		fail_msg("said %s, not %s", buf_cstr(&t.said), what);
	buf_clear(&t.said);
}

static struct conn *join(void)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_server_say(c, STR(OPEN));
	fake_server_say(c, STR(JOINED));
	said(c, JOIN);
	told("C(s1)");
	return c;
}

static void end(struct conn *c, const char *what)
{
	fake_feed(c, STR("\x88\x02\x03\xE8")); /* the server's close frame, if one is awaited */
	if (!fake_is_closed(c))
		fake_pass(0);
	told(what);
	fake_free(c);
}

static const struct {
	const char *in[10];
	const char *told, *said;
} talks[] = {
	{ { OPEN, JOINED, "42/r,[\"a\"]" }, "C(s1)E(a)X(connection-lost)", JOIN "X(1000)" },
	{ { OPEN, JOINED, "42/r,[\"a\",{\"b\": 1},\"c\"]", "42/r,5[\"d\"]" },
	    "C(s1)E(a {\"b\": 1} \"c\")E(d)X(connection-lost)",
	    JOIN "T(43/r,5[{\"ok\":true}])X(1000)" },
	{ { OPEN, JOINED, "2", "2probe", "42/r,[\"a\"]" }, "C(s1)E(a)X(connection-lost)",
	    JOIN "T(3)T(3probe)X(1000)" },
	{ { OPEN, "2", JOINED }, "C(s1)X(connection-lost)", JOIN "T(3)X(1000)" },
	{ { OPEN, "44/r,{\"message\":\"no\"}", "42/r,[\"a\"]" },
	    "R({\"message\":\"no\"})X(connection-refused)", JOIN LEFT },
	{ { OPEN, "44/r,\"no\"" }, "R(\"no\")X(connection-refused)", JOIN LEFT },
	{ { OPEN, JOINED, "41/r,", "42/r,[\"a\"]" }, "C(s1)X(connection-lost)", JOIN LEFT },
	{ { OPEN, JOINED, "1" }, "C(s1)X(connection-lost)", JOIN LEFT },
	{ { OPEN, "41/r," }, "X(connection-lost)", JOIN LEFT },
	{ { OPEN, JOINED, "42/r,1[\"leave\"]", "42/r,[\"a\"]" }, "C(s1)E(leave)X(ok)",
	    JOIN "T(43/r,1[{\"ok\":true}])T(41/r,)" LEFT },
	/* ignored */
	{ { OPEN, JOINED, "42[\"a\"]", "42/other,[\"a\"]", "43/r,1[]", "42/r,[1]", "6", "3",
	    "451-/r,[\"b\",{\"_placeholder\":true,\"num\":0}]" },
	    "C(s1)X(connection-lost)", JOIN LEFT },
	/* what ends it */
	{ { "40/r,{}" }, "X(bad-request)", BROKEN },
	{ { "42[\"a\"]" }, "X(bad-request)", BROKEN },
	{ { "0{}" }, "X(bad-request)", BROKEN },
	{ { OPEN, OPEN }, "X(bad-request)", JOIN BROKEN },
	{ { OPEN, "42/r,[\"a\"]" }, "X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, JOINED }, "C(s1)X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, "44/r,{\"message\":\"no\"}" }, "C(s1)X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, "" }, "C(s1)X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, "hello" }, "C(s1)X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, "42/r,[\"a\"", "42/r,[\"a\"]" }, "C(s1)X(bad-request)", JOIN BROKEN },
	{ { OPEN, JOINED, "47" }, "C(s1)X(bad-request)", JOIN BROKEN },
};

static void conversations(void **state)
{
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		struct conn *c;

		dial();
		c = fake_server_open();
		for (size_t k = 0; k < COUNT_OF(talks[i].in) && talks[i].in[k]; k++)
			fake_server_say(c, str_of(talks[i].in[k]));
		fake_feed(c, STR("\x88\x02\x03\xE8"));
		said(c, talks[i].said);
		end(c, talks[i].told);
	}
}

static void ignored_packets_are_counted(void **state)
{
	char *big = malloc(1200000);
	struct conn *c = join();
	struct buf frame;

	memset(big, 'x', 1200000);
	buf_init(&frame, 100);
	fake_server_frame(&frame, 0x82, STR("bytes"));
	fake_server_say(c, STR("451-/r,[\"b\",{\"_placeholder\":true,\"num\":0}]"));
	fake_feed(c, buf_str(&frame));
	fake_server_say(c, (struct str){ big, 1200000 });
	fake_server_say(c, STR("42[\"a\"]"));
	fake_server_say(c, STR("42/r,[1,2]"));
	fake_server_say(c, STR("42/r,[\"a\"]"));
	end(c, "E(a)X(connection-lost)");
	assert_int_equal(t.counts.events, 1);
	assert_int_equal(t.counts.binary, 2);
	assert_int_equal(t.counts.too_big, 1);
	assert_int_equal(t.counts.unknown, 2);
	buf_finish(&frame);
	free(big);
}

static void what_we_emit(void **state)
{
	struct conn *c;
	char big[2001];

	dial();
	assert_false(sio_emit(t.s, "early", STR_NONE));
	c = fake_server_open();
	fake_server_say(c, STR(OPEN));
	assert_false(sio_emit(t.s, "early", STR_NONE));
	fake_server_say(c, STR(JOINED));
	said(c, JOIN);
	assert_true(sio_emit(t.s, "a", STR_NONE));
	assert_true(sio_emit(t.s, "quo\"te", STR("1,{\"b\":2}")));
	assert_false(sio_ack(t.s, SIO_NO_ACK, STR_NONE));
	assert_true(sio_ack(t.s, 3, STR_NONE));
	memset(big, '1', sizeof(big));
	assert_false(sio_emit(t.s, "big", (struct str){ big, sizeof(big) })); /* maxPayload */
	said(c, "T(42/r,[\"a\"])T(42/r,[\"quo\\\"te\",1,{\"b\":2}])T(43/r,3[])");
	sio_close(t.s);
	sio_close(t.s);
	assert_false(sio_emit(t.s, "late", STR_NONE));
	assert_false(sio_ack(t.s, 4, STR_NONE));
	said(c, "T(41/r,)X(1000)");
	end(c, "C(s1)X(ok)");
}

static void silence_ends_it(void **state)
{
	struct conn *c = join();

	fake_pass(450);
	fake_server_say(c, STR("2"));
	fake_pass(490);
	told("");
	fake_pass(20);
	told("X(connection-lost)");
	assert_string_equal(t.why.text, "The server has gone silent");
	said(c, "T(3)"); /* and no word more */
	fake_free(c);
}

static void a_slow_welcome_ends_it(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_server_say(c, STR(OPEN));
	fake_pass(990);
	told("");
	fake_pass(20);
	told("X(connection-lost)");
	assert_string_equal(t.why.text, "The server did not let us in in time");
	fake_free(c);
}

static void the_connection_breaks(void **state)
{
	struct conn *c = join();

	fake_reset(c);
	told("X(connection-lost)");
	assert_string_equal(t.why.text, "The server closed the connection (1006)");
	fake_free(c);
	dial();
	fake_pass(0);
	c = fake_dialled();
	fake_refuse(c, E_REFUSED);
	told("X(connection-refused)");
	fake_free(c);
}

static void closed_at_every_stage(void **state)
{
	struct conn *c;

	dial();
	sio_close(t.s);
	fake_pass(0);
	told("X(ok)");
	dial();
	fake_pass(0);
	c = fake_dialled();
	sio_close(t.s);
	end(c, "X(ok)");
	dial();
	c = fake_server_open();
	sio_close(t.s);
	end(c, "X(ok)");
}

static void refusals_are_told_in_whole_characters(void **state)
{
	struct conn *c;
	struct buf text;

	buf_init(&text, 1000);
	buf_puts(&text, "44/r,{\"message\":\"x");
	for (int i = 0; i < 100; i++)
		buf_puts(&text, "€");
	buf_puts(&text, "\"}");
	dial();
	c = fake_server_open();
	fake_server_say(c, STR(OPEN));
	fake_server_say(c, buf_str(&text));
	buf_clear(&t.told);
	end(c, "X(connection-refused)");
	assert_int_equal(strlen(t.why.text), strlen("The server refused: x") + 39 * 3);
	buf_finish(&text);
}

static void options_that_are_wrong(void **state)
{
	static const struct sio_options wrong[] = {
		{ .url = "" },
		{ .url = "localhost:3000" },
		{ .url = "ftp://localhost" },
		{ .url = "http://local_host!" },
		{ .url = "https://localhost" }, /* and nothing to check it by */
		{ .url = "http://127.0.0.1", .name_space = "r" },
		{ .url = "http://127.0.0.1", .name_space = "/r,x" },
		{ .url = "http://127.0.0.1", .auth = "[]" },
		{ .url = "http://127.0.0.1", .auth = "{" },
		{ .url = "http://127.0.0.1", .path = "no/slash" },
		{ .url = "http://127.0.0.1", .path = "/a b" },
	};

	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		t.s = sio_connect(fake_loop(), &wrong[i], &ops, &t);
		assert_false(sio_emit(t.s, "x", STR_NONE));
		told("");
		fake_pass(0);
		told("X(invalid-field)");
	}
	t.s = sio_connect(fake_loop(), &wrong[0], &ops, &t);
	sio_close(t.s);
	fake_pass(0);
	told("X(invalid-field)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(conversations),
		TEST(ignored_packets_are_counted),
		TEST(what_we_emit),
		TEST(silence_ends_it),
		TEST(a_slow_welcome_ends_it),
		TEST(the_connection_breaks),
		TEST(closed_at_every_stage),
		TEST(refusals_are_told_in_whole_characters),
		TEST(options_that_are_wrong),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
