/*
 * WebSocket over a connection without a socket: each conversation is fed
 * whole, cut in two at every byte, and byte by byte, and must end alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_conn.h"
#include "net/ws.h"

#define MESSAGE_MAX 70000
#define QUEUE_MAX 100000

static struct {
	struct http_service *service;
	struct ws *ws;
	struct http_request *held;
	struct buf said; /* what the service was told: "T(text)B(bytes)X(code)" */
	bool binary;
	unsigned gone;
} t;

static void on_text(struct ws *ws, struct str text, void *arg)
{
	buf_printf(&t.said, "T(%.*s)", STR_ARG(text));
	if (str_is(text, "echo"))
		ws_send_text(ws, text);
	if (str_is(text, "bye"))
		ws_close(ws, 4000, "so long");
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	buf_printf(&t.said, "B(%zu)", bytes.len);
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	buf_printf(&t.said, "X(%u)", code);
	t.ws = NULL;
}

static void on_head(struct http_request *r, void *arg)
{
	static const struct ws_limits limits = { .message_bytes = MESSAGE_MAX,
		.queue_bytes = QUEUE_MAX };
	struct ws_ops ops = { on_text, t.binary ? on_binary : NULL, on_close };

	if (ws_wanted(r) && !str_is(http_path(r), "/later"))
		t.ws = ws_upgrade(r, &limits, &ops, NULL);
}

static void on_request(struct http_request *r, void *arg)
{
	t.held = ws_wanted(r) ? r : NULL;
	if (!t.held)
		http_reply(r, 200, NULL, STR("plain"));
}

static void on_gone(struct http_request *r, void *arg)
{
	t.gone++;
}

static int setup(void **state)
{
	static const struct http_ops ops = { on_head, on_request, on_gone, NULL };

	memset(&t, 0, sizeof(t));
	buf_init(&t.said, 1 << 20);
	t.service = http_service_create(fake_loop(), NULL, &ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	http_service_destroy(t.service);
	buf_finish(&t.said);
	return 0;
}

#define UPGRADE_OF(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\n"
#define UPGRADE UPGRADE_OF("/")
#define KEY_AND_VERSION "Sec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static const char handshake[] =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
    "Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static struct conn *dial(void)
{
	struct conn *c = fake_open(http_accept, t.service);

	fake_feed(c, str_of(handshake));
	fake_output_clear(c);
	return c;
}

static void hang_up(struct conn *c)
{
	if (!fake_is_closed(c))
		fake_reset(c);
	fake_free(c);
}

/* A masked frame; the payload's length is written in its shortest form. */
static void add_frame(struct buf *out, unsigned first, const char *payload, size_t len)
{
	static const uint8_t mask[] = { 0x12, 0x34, 0x56, 0x78 };

	buf_add_byte(out, (uint8_t)first);
	if (len < 126) {
		buf_add_byte(out, (uint8_t)(0x80 | len));
	} else if (len < 65536) {
		buf_add_byte(out, 0x80 | 126);
		buf_add_byte(out, (uint8_t)(len >> 8));
		buf_add_byte(out, (uint8_t)len);
	} else {
		buf_add_byte(out, 0x80 | 127);
		for (int shift = 56; shift >= 0; shift -= 8)
			buf_add_byte(out, (uint8_t)((uint64_t)len >> shift));
	}
	buf_add(out, mask, 4);
	for (size_t i = 0; i < len; i++)
		buf_add_byte(out, (uint8_t)payload[i] ^ mask[i % 4]);
}

struct frame {
	unsigned first; /* FIN, RSV, opcode; 0 ends the list */
	const char *payload;
	size_t len; /* 0: strlen */
};

#define END_OF_TALK 0x100
struct talk {
	const char *name;
	struct frame in[6];
	const char *said;   /* to the service, the end included */
	const char *out;    /* to the peer */
	size_t out_len;
};

#define OUT(literal) literal, sizeof(literal) - 1
#define DONE { END_OF_TALK, NULL, 0 }
#define CLOSE(code, frame) "X(" code ")", OUT(frame)

static const struct talk talks[] = {
	{ "text", { { 0x81, "hi" }, DONE }, "T(hi)X(1006)", OUT("") },
	{ "empty text", { { 0x81, "" }, { 0x81, "a" }, DONE }, "T()T(a)X(1006)", OUT("") },
	{ "echo", { { 0x81, "echo" }, DONE }, "T(echo)X(1006)", OUT("\x81\x04" "echo") },
	{ "fragments", { { 0x01, "a" }, { 0x00, "b" }, { 0x80, "c" }, DONE },
	    "T(abc)X(1006)", OUT("") },
	{ "empty fragments", { { 0x01, "" }, { 0x00, "" }, { 0x80, "" }, DONE },
	    "T()X(1006)", OUT("") },
	{ "UTF-8 over fragments", { { 0x01, "\xE2" }, { 0x00, "\x82" }, { 0x80, "\xAC" }, DONE },
	    "T(\xE2\x82\xAC)X(1006)", OUT("") },
	{ "ping between fragments", { { 0x01, "a" }, { 0x89, "p" }, { 0x80, "b" }, DONE },
	    "T(ab)X(1006)", OUT("\x8A\x01p") },
	{ "pong unasked", { { 0x8A, "x" }, { 0x81, "a" }, DONE }, "T(a)X(1006)", OUT("") },
	{ "close", { { 0x88, "\x03\xE8" "bye", 5 }, { 0x81, "late" }, DONE },
	    CLOSE("1000", "\x88\x02\x03\xE8") },
	{ "close without code", { { 0x88, "" }, DONE }, CLOSE("1005", "\x88\x00") },
	{ "close 4999", { { 0x88, "\x13\x87" }, DONE }, CLOSE("4999", "\x88\x02\x13\x87") },
	{ "we close first", { { 0x81, "bye" }, { 0x81, "late" }, { 0x88, "\x0F\xA0", 2 }, DONE },
	    "T(bye)X(4000)", OUT("\x88\x09\x0F\xA0so long") },
	{ "close of one byte", { { 0x88, "\x03" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close 1005", { { 0x88, "\x03\xED" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close 1006", { { 0x88, "\x03\xEE" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close 1015", { { 0x88, "\x03\xF7" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close 2999", { { 0x88, "\x0B\xB7" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close 5000", { { 0x88, "\x13\x88" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "close reason not UTF-8", { { 0x88, "\x03\xE8\xFF" }, DONE },
	    CLOSE("1007", "\x88\x02\x03\xEF") },
	{ "text not UTF-8", { { 0x81, "a\xC0\x80" }, DONE }, CLOSE("1007", "\x88\x02\x03\xEF") },
	{ "half a character", { { 0x81, "\xE2\x82" }, DONE }, CLOSE("1007", "\x88\x02\x03\xEF") },
	{ "binary", { { 0x82, "a" }, DONE }, CLOSE("1003", "\x88\x02\x03\xEB") },
	{ "RSV1", { { 0xC1, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "RSV3", { { 0x91, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "opcode 3", { { 0x83, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "opcode 11", { { 0x8B, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "ping in fragments", { { 0x09, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "continuation of nothing", { { 0x80, "a" }, DONE }, CLOSE("1002", "\x88\x02\x03\xEA") },
	{ "text inside of text", { { 0x01, "a" }, { 0x81, "b" }, DONE },
	    CLOSE("1002", "\x88\x02\x03\xEA") },
};

static void build(const struct talk *talk, struct buf *in)
{
	for (const struct frame *f = talk->in; f->first != END_OF_TALK; f++)
		add_frame(in, f->first, f->payload, f->len ? f->len : strlen(f->payload));
}

static void check(struct conn *c, const struct talk *talk)
{
	struct str out;

	fake_pass(0);
	out = buf_str(fake_output(c));
	if (!str_eq(out, (struct str){ talk->out, talk->out_len }))
		fail_msg("%s: %zu bytes went out", talk->name, out.len);
	hang_up(c);
	if (!str_is(buf_str(&t.said), talk->said))
		fail_msg("%s: said %s", talk->name, buf_cstr(&t.said));
	buf_clear(&t.said);
}

static void test_talks_cut_at_every_byte(void **state)
{
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		struct buf in;

		buf_init(&in, 1000);
		build(&talks[i], &in);
		for (size_t cut = 0; cut <= in.len; cut++) {
			struct conn *c = dial();

			fake_feed(c, str_head(buf_str(&in), cut));
			fake_feed(c, str_from(buf_str(&in), cut));
			check(c, &talks[i]);
		}
		buf_finish(&in);
	}
}

static void test_talks_byte_by_byte(void **state)
{
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		struct conn *c = dial();
		struct buf in;

		buf_init(&in, 1000);
		build(&talks[i], &in);
		for (size_t at = 0; at < in.len; at++)
			fake_feed(c, str_head(str_from(buf_str(&in), at), 1));
		check(c, &talks[i]);
		buf_finish(&in);
	}
}

static void feed_frame(struct conn *c, unsigned first, const char *payload, size_t len)
{
	struct buf in;

	buf_init(&in, 1 << 20);
	add_frame(&in, first, payload, len);
	fake_feed(c, buf_str(&in));
	buf_finish(&in);
}

static void test_handshake_answer(void **state)
{
	struct conn *c = fake_open(http_accept, t.service);
	const char *out;

	fake_feed(c, str_of(handshake));
	out = buf_cstr((struct buf *)(uintptr_t)fake_output(c));
	assert_memory_equal(out, "HTTP/1.1 101 ", 13);
	assert_non_null(strstr(out, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	hang_up(c);
	assert_int_equal(t.gone, 0);
}

static void test_frames_right_behind_the_handshake(void **state)
{
	struct buf in;

	buf_init(&in, 1000);
	buf_puts(&in, handshake);
	add_frame(&in, 0x81, "one", 3);
	add_frame(&in, 0x81, "two", 3);
	for (size_t cut = 0; cut <= in.len; cut++) {
		struct conn *c = fake_open(http_accept, t.service);

		fake_feed(c, str_head(buf_str(&in), cut));
		fake_feed(c, str_from(buf_str(&in), cut));
		assert_true(str_is(buf_str(&t.said), "T(one)T(two)"));
		hang_up(c);
		buf_clear(&t.said);
	}
	buf_finish(&in);
}

/* Whoever is asked may take its time; what came meanwhile is not lost. */
static void test_late_upgrade(void **state)
{
	static const struct ws_ops ops = { on_text, NULL, on_close };
	struct conn *c = fake_open(http_accept, t.service);

	fake_feed(c, STR(UPGRADE_OF("/later") KEY_AND_VERSION));
	feed_frame(c, 0x81, "early", 5);
	assert_non_null(t.held);
	t.ws = ws_upgrade(t.held, NULL, &ops, NULL);
	assert_int_equal(t.said.len, 0);
	fake_pass(0);
	feed_frame(c, 0x81, "late", 4);
	assert_true(str_is(buf_str(&t.said), "T(early)T(late)"));
	hang_up(c);

	c = fake_open(http_accept, t.service);
	buf_clear(&t.said);
	fake_feed(c, STR(UPGRADE_OF("/later") KEY_AND_VERSION));
	t.ws = ws_upgrade(t.held, NULL, &ops, NULL);
	fake_reset(c);
	assert_true(str_is(buf_str(&t.said), "X(1006)"));
	hang_up(c);
}

static void refuse(const char *request, const char *status, const char *header)
{
	struct conn *c = fake_open(http_accept, t.service);
	const char *out;

	fake_feed(c, str_of(request));
	fake_pass(0);
	out = buf_cstr((struct buf *)(uintptr_t)fake_output(c));
	assert_memory_equal(out + 9, status, 3);
	assert_non_null(strstr(out, header));
	assert_null(t.ws);
	assert_int_equal(t.gone, 0);
	hang_up(c);
}

static void test_refused_handshakes(void **state)
{
	refuse(UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n", "400", "Bad request");
	refuse(UPGRADE "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
	    "400", "");
	refuse(UPGRADE "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!==\r\n\r\n", "400", "");
	refuse(UPGRADE "Sec-WebSocket-Version: 8\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "426",
	    "Sec-WebSocket-Version: 13\r\n");
	refuse(UPGRADE "Content-Length: 1\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nx", "400", "");
	refuse("POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
	    "200", "plain");
}

static void test_binary_where_it_is_wanted(void **state)
{
	struct conn *c;

	t.binary = true;
	c = dial();
	feed_frame(c, 0x02, "a\0b", 3);
	feed_frame(c, 0x80, "c", 1);
	assert_true(str_is(buf_str(&t.said), "B(4)"));
	hang_up(c);
}

static void test_unmasked(void **state)
{
	struct conn *c = dial();

	fake_feed(c, STR("\x81\x02hi"));
	assert_true(str_is(buf_str(fake_output(c)), "\x88\x02\x03\xEA"));
	hang_up(c);
}

static void test_too_big_is_told_early(void **state)
{
	/* 70001 bytes are to come */
	static const char head[] = "\x81\xFF\0\0\0\0\0\x01\x11\x71\0\0\0\0x";
	struct conn *c = dial();
	char *half = malloc(MESSAGE_MAX);

	fake_feed(c, (struct str){ head, sizeof(head) - 1 });
	assert_true(str_is(buf_str(fake_output(c)), "\x88\x02\x03\xF1"));
	hang_up(c);
	c = dial();
	memset(half, 'a', MESSAGE_MAX);
	feed_frame(c, 0x01, half, MESSAGE_MAX);
	assert_int_equal(fake_output(c)->len, 0);
	feed_frame(c, 0x80, "b", 1);
	assert_true(str_is(buf_str(fake_output(c)), "\x88\x02\x03\xF1"));
	hang_up(c);
	free(half);
}

static void test_lengths(void **state)
{
	static const size_t lengths[] = { 125, 126, 127, 4095, 4096, 65535, 65536, MESSAGE_MAX };
	char *text = malloc(MESSAGE_MAX);

	memset(text, 'x', MESSAGE_MAX);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct conn *c = dial();
		size_t head = lengths[i] < 126 ? 2 : lengths[i] < 65536 ? 4 : 10;
		struct str out;

		buf_clear(&t.said);
		feed_frame(c, 0x81, text, lengths[i]);
		assert_int_equal(t.said.len, lengths[i] + 3);
		ws_send_text(t.ws, (struct str){ text, lengths[i] });
		out = buf_str(fake_output(c));
		assert_int_equal(out.len, head + lengths[i]);
		hang_up(c);
	}
	free(text);
}

static void test_frame_for_many(void **state)
{
	struct ws_frame *frame = ws_frame_text(STR("all"));
	struct conn *c = dial();

	ws_send_frame(t.ws, frame);
	ws_send_frame(t.ws, frame);
	ws_frame_release(frame);
	assert_true(str_is(buf_str(fake_output(c)), "\x81\x03" "all\x81\x03" "all"));
	hang_up(c);
}

static void test_slow_reader(void **state)
{
	struct conn *c = dial();

	fake_set_queued(c, QUEUE_MAX - 100);
	ws_send_text(t.ws, STR("fits"));
	assert_true(str_is(buf_str(fake_output(c)), "\x81\x04" "fits"));
	fake_output_clear(c);
	fake_set_queued(c, QUEUE_MAX - 5);
	ws_send_text(t.ws, STR("too much"));
	assert_true(str_is(buf_str(fake_output(c)), "\x88\x02\x03\xF0"));
	fake_pass(0);
	assert_true(str_is(buf_str(&t.said), "X(1008)"));
	hang_up(c);
}

static void test_ping_and_silence(void **state)
{
	struct conn *lively = dial();
	struct conn *silent = dial();

	for (int i = 0; i < 100; i++) {
		fake_pass(1000);
		feed_frame(lively, 0x8A, "", 0);
	}
	assert_false(fake_is_closed(lively));
	assert_int_equal(fake_output(lively)->len, 6); /* three pings */
	assert_true(fake_is_closed(silent));
	assert_int_equal(fake_output(silent)->len, 4);
	assert_true(str_is(buf_str(&t.said), "X(1006)"));
	hang_up(lively);
	hang_up(silent);
}

static void test_close_unanswered(void **state)
{
	struct conn *c = dial();

	ws_close(t.ws, 1001, NULL);
	fake_pass(1000);
	assert_false(fake_is_closed(c));
	fake_pass(3000);
	assert_true(fake_is_closed(c));
	assert_true(str_is(buf_str(&t.said), "X(1001)"));
	hang_up(c);
}

static void test_service_goes_first(void **state)
{
	struct conn *c = dial();

	http_service_destroy(t.service);
	t.service = NULL;
	assert_true(str_is(buf_str(&t.said), "X(1006)"));
	fake_pass(0);
	hang_up(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_handshake_answer),
		TEST(test_frames_right_behind_the_handshake),
		TEST(test_late_upgrade),
		TEST(test_refused_handshakes),
		TEST(test_talks_cut_at_every_byte),
		TEST(test_talks_byte_by_byte),
		TEST(test_binary_where_it_is_wanted),
		TEST(test_unmasked),
		TEST(test_too_big_is_told_early),
		TEST(test_lengths),
		TEST(test_frame_for_many),
		TEST(test_slow_reader),
		TEST(test_ping_and_silence),
		TEST(test_close_unanswered),
		TEST(test_service_goes_first),
	};

	return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
