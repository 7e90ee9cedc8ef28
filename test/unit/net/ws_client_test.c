/*
 * The WebSocket client over a connection without a socket: the server's reply
 * and its frames cut at every byte, and all the ways not to open.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_server.h"
#include "net/ws.h"

#define MESSAGE_MAX 1000

static struct {
	struct ws *ws;
	struct buf told; /* the user: "O T(text) B(bytes) L X(code)" */
	struct buf said; /* to the server */
	struct why why;
	int status;
} t;

static void on_open(struct ws *ws, void *arg)
{
	buf_puts(&t.told, "O");
}

static void on_text(struct ws *ws, struct str text, void *arg)
{
	buf_printf(&t.told, "T(%.*s)", STR_ARG(text));
	if (str_is(text, "bye"))
		ws_close(ws, 4000, "so long");
	if (str_is(text, "abort"))
		ws_abort(ws);
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	buf_printf(&t.told, "B(%zu)", bytes.len);
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	buf_printf(&t.told, "X(%u)", code);
	if (ws_why(ws))
		t.why = *ws_why(ws);
	t.status = ws_status(ws);
	t.ws = NULL;
}

static void on_too_big(struct ws *ws, void *arg)
{
	buf_puts(&t.told, "L");
}

static const struct ws_ops ops = { on_text, on_binary, on_close, on_open, NULL };

static int setup(void **state)
{
	memset(&t, 0, sizeof(t));
	buf_init(&t.told, 1 << 20);
	buf_init(&t.said, 1 << 24);
	return 0;
}

static int teardown(void **state)
{
	assert_null(t.ws);
	assert_null(fake_dialled());
	buf_finish(&t.told);
	buf_finish(&t.said);
	return 0;
}

static void dial_as(const char *host, const struct ws_ops *with)
{
	struct ws_target to = { .host = host, .port = 80, .timeout_ms = 1000,
		.limits = { .message_bytes = MESSAGE_MAX } };

	t.ws = ws_connect(fake_loop(), &to, with, NULL);
}

static void dial(void)
{
	dial_as("127.0.0.1", &ops);
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

static void hang_up(struct conn *c)
{
	if (!fake_is_closed(c))
		fake_reset(c);
	fake_pass(0);
	fake_free(c);
}

static void request_is_as_rfc_6455_wants_it(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer x", NULL };
	static const char start[] = "GET /till?x=1 HTTP/1.1\r\nHost: [::1]:8080\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
	struct ws_target to = { .host = "::1", .port = 8080, .path = "/till?x=1",
		.headers = headers, .protocol = "till", .timeout_ms = 1000 };
	struct conn *c;
	const char *out;

	t.ws = ws_connect(fake_loop(), &to, &ops, NULL);
	assert_null(ws_conn(t.ws));
	fake_pass(0);
	c = fake_dialled();
	assert_int_equal(fake_output(c)->len, 0);
	fake_answer(c);
	out = buf_cstr((struct buf *)(uintptr_t)fake_output(c));
	assert_memory_equal(out, start, strlen(start));
	assert_non_null(strstr(out, "\r\nSec-WebSocket-Protocol: till\r\n"));
	assert_non_null(strstr(out, "\r\nAuthorization: Bearer x\r\n\r\n"));
	hang_up(c);
	told("X(1006)");
}

static void reply_and_frames_cut_at_every_byte(void **state)
{
	for (size_t cut = 0, len = 1; cut <= len; cut++) {
		struct buf in;
		struct conn *c;

		dial();
		fake_pass(0);
		c = fake_dialled();
		fake_answer(c);
		buf_init(&in, 1000);
		fake_server_accept(c, &in);
		fake_output_clear(c);
		fake_server_frame(&in, 0x81, STR("one"));
		fake_server_frame(&in, 0x01, STR("t"));
		fake_server_frame(&in, 0x89, STR("p"));
		fake_server_frame(&in, 0x80, STR("wo"));
		fake_server_frame(&in, 0x82, STR("123"));
		fake_server_frame(&in, 0x88, STR("\x03\xE8"));
		len = in.len;
		fake_feed(c, str_head(buf_str(&in), cut));
		fake_feed(c, str_from(buf_str(&in), cut));
		fake_pass(0);
		told("OT(one)T(two)B(3)X(1000)");
		said(c, "Q(p)X(1000)");
		buf_finish(&in);
		fake_free(c);
	}
}

static void fails(const char *reply, int status, const char *words)
{
	struct conn *c;

	dial();
	fake_pass(0);
	c = fake_dialled();
	fake_answer(c);
	for (size_t i = 0; reply[i]; i++)
		fake_feed(c, (struct str){ reply + i, 1 });
	fake_pass(0);
	if (t.ws)
		fail_msg("taken: %s", reply);
	told("X(1006)");
	assert_int_equal(t.status, status);
	assert_string_equal(t.why.text, words);
	assert_true(fake_is_closed(c));
	fake_free(c);
}

#define SWITCH "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define NOT_US "127.0.0.1 does not speak WebSocket"

static void replies_that_open_nothing(void **state)
{
	fails("HTTP/1.1 404 Not Found\r\n\r\n", 404,
	    "127.0.0.1 answered 404 instead of opening a WebSocket");
	fails("HTTP/1.0 200\r\n\r\n", 200, "127.0.0.1 answered 200 instead of opening a WebSocket");
	fails("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", 302,
	    "127.0.0.1 answered 302 instead of opening a WebSocket");
	fails(SWITCH "\r\n", 101, NOT_US);
	fails(SWITCH "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", 101, NOT_US);
	fails("HTTP/1.1 1010 x\r\n\r\n", 0, NOT_US);
	fails("HTTP/1.1 099 x\r\n\r\n", 0, NOT_US);
	fails("HTTP/2 200\r\n\r\n", 0, NOT_US);
	fails("HTTP/1.1 200 OK\nX: 1\n\n", 0, NOT_US);
	fails("HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", 0, NOT_US);
	fails("\r\n", 0, NOT_US);
}

/* Right but for one header each. */
static void replies_with_one_thing_wrong(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{ "Upgrade: WebSocket", "Upgrade: h2c" },
		{ "Connection: keep-alive, upgrade", "Connection: keep-alive" },
		{ "Accept: ", "Accept: x" },
		{ "101 Switching", "201 Switching" },
		{ "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n" },
		{ "\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n" },
		{ "\r\n\r\n", "\r\nUpgrade: websocket\r\n\r\n" },
	};

	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct buf good, bad;
		struct conn *c;
		const char *at;

		dial();
		fake_pass(0);
		c = fake_dialled();
		fake_answer(c);
		buf_init(&good, 1000);
		buf_init(&bad, 1000);
		fake_server_accept(c, &good);
		at = strstr(buf_cstr(&good), changes[i].from);
		buf_add(&bad, good.ptr, (size_t)(at - (char *)good.ptr));
		buf_puts(&bad, changes[i].to);
		buf_puts(&bad, at + strlen(changes[i].from));
		fake_feed(c, buf_str(&bad));
		fake_pass(0);
		told("X(1006)");
		assert_int_equal(t.why.err, E_REFUSED);
		buf_finish(&good);
		buf_finish(&bad);
		fake_free(c);
	}
}

static void endless_heads_end(void **state)
{
	struct conn *c;

	dial();
	fake_pass(0);
	c = fake_dialled();
	fake_answer(c);
	fake_feed(c, STR("HTTP/1.1 101 x\r\nX: "));
	for (int i = 0; i < 40 && t.ws; i++) {
		char much[1000];

		memset(much, 'x', sizeof(much));
		fake_feed(c, (struct str){ much, sizeof(much) });
		fake_pass(0);
		assert_true(t.ws || i >= 15);
	}
	told("X(1006)");
	fake_free(c);
}

static void the_end_before_the_reply(void **state)
{
	struct conn *c;

	dial();
	fake_pass(0);
	c = fake_dialled();
	fake_answer(c);
	fake_feed(c, STR("HTTP/1.1 101"));
	fake_end(c);
	told("X(1006)");
	assert_int_equal(t.why.err, E_LOST);
	assert_string_equal(t.why.text, "127.0.0.1 closed the connection without an answer");
	fake_pass(0);
	fake_free(c);
}

static void unknown_names(void **state)
{
	dial_as("nobody.example", &ops);
	fake_pass(0);
	told("X(1006)");
	assert_int_equal(t.why.err, E_UNREACHABLE);
}

static void each_address_is_tried(void **state)
{
	struct conn *first, *second;

	dial_as("two.example", &ops);
	fake_pass(0);
	first = fake_dialled();
	fake_refuse(first, E_REFUSED);
	told("");
	second = fake_server_open();
	told("O");
	hang_up(second);
	told("X(1006)");
	assert_int_equal(t.why.err, E_OK); /* it was open */
	fake_free(first);

	dial_as("two.example", &ops);
	fake_pass(0);
	first = fake_dialled();
	fake_refuse(first, E_REFUSED);
	second = fake_dialled();
	fake_refuse(second, E_CONNECT_TIMEOUT);
	told("X(1006)");
	assert_int_equal(t.why.err, E_CONNECT_TIMEOUT);
	fake_free(first);
	fake_free(second);

	dial_as("two.example", &ops); /* but not the next of one that has spoken */
	fake_pass(0);
	first = fake_dialled();
	fake_answer(first);
	fake_feed(first, STR("HTTP/1.1"));
	fake_reset(first);
	told("X(1006)");
	assert_int_equal(t.why.err, E_LOST);
	fake_free(first);
}

static void silence_before_the_reply(void **state)
{
	struct conn *c;

	dial();
	fake_pass(0);
	c = fake_dialled();
	fake_answer(c);
	fake_pass(900);
	told("");
	fake_pass(101);
	told("X(1006)");
	assert_int_equal(t.why.err, E_CONNECT_TIMEOUT);
	assert_string_equal(t.why.text, "127.0.0.1 did not answer in time");
	fake_pass(0);
	fake_free(c);
}

static void given_up_at_every_stage(void **state)
{
	for (int stage = 0; stage < 3; stage++) {
		struct conn *c = NULL;

		dial();
		if (stage > 0) {
			fake_pass(0);
			c = fake_dialled();
		}
		if (stage > 1)
			fake_answer(c);
		if (stage == 1)
			ws_abort(t.ws);
		else
			ws_close(t.ws, 1000, "");
		ws_close(t.ws, 1000, "");
		ws_send_text(t.ws, STR("x"));
		told("");
		fake_pass(0);
		told("X(1006)");
		assert_int_equal(t.why.err, E_CANCELLED);
		if (c)
			fake_free(c);
	}
}

static void requests_that_would_be_others(void **state)
{
	static const char *const good[] = { NULL };
	static const char *const bad[] = { "X: 1\r\nY: 2", NULL };
	const struct ws_target targets[] = {
		{ .host = "a b", .headers = good },
		{ .host = "", .headers = good, .path = "no/slash" },
		{ .host = "a", .headers = good, .path = "/ HTTP/1.1\r\nX: y\r\n" },
		{ .host = "a", .headers = bad },
		{ .host = "a", .protocol = "a\r\n" },
	};

	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		t.ws = ws_connect(fake_loop(), &targets[i], &ops, NULL);
		told("");
		fake_pass(0);
		told("X(1006)");
		assert_int_equal(t.why.err, E_FIELD);
	}
}

static void masked_frames_are_refused(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_feed(c, STR("\x81\x82\x01\x02\x03\x04hi"));
	said(c, "X(1002)");
	fake_pass(0);
	told("OX(1002)");
	fake_free(c);
}

static void what_is_sent_is_masked_and_whole(void **state)
{
	static const size_t lengths[] = {
		0, 1, 125, 126, 16367, 16368, 16369, 65535, 65536, 200001,
	};
	char *text = malloc(200001);
	struct ws_frame *frame = ws_frame_text(STR("all"));
	struct conn *c;

	dial();
	ws_send_text(t.ws, STR("too early"));
	c = fake_server_open();
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		for (size_t k = 0; k < lengths[i]; k++)
			text[k] = (char)('a' + k % 23);
		ws_send_binary(t.ws, (struct str){ text, lengths[i] });
		fake_server_hear(c, &t.said);
		assert_int_equal(t.said.len, lengths[i] + 3);
		assert_memory_equal(t.said.ptr + 2, text, lengths[i]);
		buf_clear(&t.said);
	}
	ws_send_frame(t.ws, frame);
	said(c, "T(all)");
	hang_up(c);
	told("OX(1006)");
	ws_frame_release(frame);
	free(text);
}

static void masks_differ(void **state)
{
	struct conn *c;
	unsigned same = 0;
	uint8_t before[4] = { 0 };

	dial();
	c = fake_server_open();
	for (int i = 0; i < 20; i++) {
		ws_send_text(t.ws, STR("x"));
		same += memcmp(fake_output(c)->ptr + 2, before, 4) == 0;
		memcpy(before, fake_output(c)->ptr + 2, 4);
		fake_output_clear(c);
	}
	assert_true(same < 2);
	hang_up(c);
	told("OX(1006)");
}

static void either_side_closes(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_server_say(c, STR("bye"));
	fake_server_say(c, STR("late"));
	said(c, "X(4000)");
	fake_feed(c, STR("\x88\x02\x0F\xA0"));
	fake_pass(0);
	told("OT(bye)X(4000)");
	fake_free(c);

	dial();
	c = fake_server_open();
	fake_server_say(c, STR("bye"));
	fake_pass(2100); /* the server does not answer */
	told("OT(bye)X(4000)");
	fake_free(c);

	dial();
	c = fake_server_open();
	fake_server_say(c, STR("abort"));
	fake_pass(0);
	told("OT(abort)X(1006)");
	fake_free(c);
}

static void silent_servers_are_pinged_and_dropped(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_pass(31000);
	said(c, "P()");
	fake_feed(c, STR("\x8A\x00"));
	fake_pass(60000);
	told("O");
	said(c, "P()P()");
	fake_pass(20000);
	told("X(1006)");
	fake_free(c);
}

static void too_big_messages_are_skipped_where_that_is_wanted(void **state)
{
	struct ws_ops skipping = ops;
	char much[MESSAGE_MAX + 1];
	struct buf in;

	memset(much, '\xFF', sizeof(much)); /* and nobody looks whether it is UTF-8 */
	skipping.on_too_big = on_too_big;
	buf_init(&in, 100000);
	fake_server_frame(&in, 0x81, (struct str){ much, MESSAGE_MAX + 1 });
	fake_server_frame(&in, 0x81, STR("one"));
	fake_server_frame(&in, 0x02, (struct str){ much, MESSAGE_MAX });
	fake_server_frame(&in, 0x89, STR("p"));
	fake_server_frame(&in, 0x00, STR("x"));
	fake_server_frame(&in, 0x80, STR("y"));
	fake_server_frame(&in, 0x82, (struct str){ much, MESSAGE_MAX });
	for (size_t cut = 0; cut <= in.len; cut += 7) {
		struct conn *c;

		dial_as("127.0.0.1", &skipping);
		c = fake_server_open();
		fake_feed(c, str_head(buf_str(&in), cut));
		fake_feed(c, str_from(buf_str(&in), cut));
		told("OLT(one)LB(1000)");
		said(c, "Q(p)");
		hang_up(c);
		told("X(1006)");
	}
	buf_finish(&in);
}

static void too_big_messages_end_it_otherwise(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_feed(c, STR("\x81\x7E\x03\xE9x"));
	said(c, "X(1009)");
	fake_pass(0);
	told("OX(1009)");
	fake_free(c);
}

static void slow_servers_are_closed(void **state)
{
	struct conn *c;

	dial();
	c = fake_server_open();
	fake_set_queued(c, 1 << 20);
	ws_send_text(t.ws, STR("x"));
	said(c, "X(1008)");
	fake_pass(0);
	told("OX(1008)");
	fake_free(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(request_is_as_rfc_6455_wants_it),
		TEST(reply_and_frames_cut_at_every_byte),
		TEST(replies_that_open_nothing),
		TEST(replies_with_one_thing_wrong),
		TEST(endless_heads_end),
		TEST(the_end_before_the_reply),
		TEST(unknown_names),
		TEST(each_address_is_tried),
		TEST(silence_before_the_reply),
		TEST(given_up_at_every_stage),
		TEST(requests_that_would_be_others),
		TEST(masked_frames_are_refused),
		TEST(what_is_sent_is_masked_and_whole),
		TEST(masks_differ),
		TEST(either_side_closes),
		TEST(silent_servers_are_pinged_and_dropped),
		TEST(too_big_messages_are_skipped_where_that_is_wanted),
		TEST(too_big_messages_end_it_otherwise),
		TEST(slow_servers_are_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
