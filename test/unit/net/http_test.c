/*
 * HTTP over a connection without a socket: every conversation of the table is
 * fed whole, then cut in two at every byte, then byte by byte, and must give
 * the same replies; the rest is about time, order and who is told what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_conn.h"
#include "net/http.h"

/* What the service under test did; paths choose its behaviour. */
static struct {
	struct http_service *service;
	struct http_request *held;
	struct http_stream *stream;
	unsigned heads, requests, gone, streams_closed;
} t;

static const struct http_file file = { "/file", "text/css", (const unsigned char *)"body{}", 6,
	"\"v1\"" };

static void on_head(struct http_request *r, void *arg)
{
	t.heads++;
	http_add_header(r, "X-Door", STR("open"));
	http_add_header(r, "X-Evil", STR("a\r\nSet-Cookie: b"));
	if (str_is(http_path(r), "/refuse"))
		http_reply(r, 403, "text/plain", STR("no"));
	else if (str_is(http_path(r), "/small"))
		http_set_body_max(r, 4);
}

static void echo(struct http_request *r)
{
	struct buf out, name;

	buf_init(&out, 1 << 20);
	buf_init(&name, 100);
	buf_printf(&out, "%.*s %.*s ?%.*s ", STR_ARG(http_method(r)), STR_ARG(http_path(r)),
	    STR_ARG(http_query(r)));
	if (http_query_get(r, "name", &name))
		buf_printf(&out, "name=%.*s ", (int)name.len, (const char *)name.ptr);
	buf_printf(&out, "x=%.*s ", STR_ARG(http_header(r, "x")));
	buf_add_str(&out, http_body(r));
	http_reply(r, 200, "text/plain", buf_str(&out));
	buf_finish(&out);
	buf_finish(&name);
}

static void on_stream_closed(struct http_stream *s, void *arg)
{
	t.streams_closed++;
}

static void on_request(struct http_request *r, void *arg)
{
	t.requests++;
	if (str_is(http_path(r), "/hold"))
		t.held = r;
	else if (str_is(http_path(r), "/events"))
		t.stream = http_stream_start(r, on_stream_closed, NULL);
	else if (str_is(http_path(r), "/file"))
		http_reply_file(r, &file);
	else
		echo(r);
}

static void on_gone(struct http_request *r, void *arg)
{
	t.gone++;
	if (r == t.held)
		t.held = NULL;
}

static const struct http_ops ops = { on_head, on_request, on_gone, NULL };

static int setup(void **state)
{
	memset(&t, 0, sizeof(t));
	t.service = http_service_create(fake_loop(), NULL, &ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	http_service_destroy(t.service);
	return 0;
}

static struct conn *dial(void)
{
	return fake_open(http_accept, t.service);
}

static void hang_up(struct conn *c)
{
	if (!fake_is_closed(c))
		fake_reset(c);
	fake_free(c);
}

/* What a TLS client is told where no TLS is spoken: handshake_failure. */
#define ALERT ((struct str){ "\x15\3\1\0\2\2\x28", 7 })

/* Statuses and bodies of all replies, without the heads: "200 body|403 no|". */
static char *digest(const struct buf *output)
{
	struct str rest = buf_str(output);
	struct buf out;
	size_t len;
	char *text;

	buf_init(&out, 1 << 20);
	while (str_starts(rest, "HTTP/1.1 ")) {
		const char *end = memmem(rest.ptr, rest.len, "\r\n\r\n", 4);
		struct str head = str_head(rest, (size_t)(end - rest.ptr) + 2);
		const char *length = memmem(head.ptr, head.len, "Content-Length: ", 16);
		size_t body = length ? strtoul(length + 16, NULL, 10) : 0;

		buf_add(&out, head.ptr + 9, 3);
		if (memmem(head.ptr, head.len, "Connection: close", 17))
			buf_puts(&out, "!");
		rest = str_from(rest, head.len + 2);
		buf_printf(&out, " %.*s|", STR_ARG(str_head(rest, body)));
		rest = str_from(rest, body);
	}
	if (str_eq(rest, ALERT)) {
		buf_puts(&out, "alert|");
		rest = STR_NONE;
	}
	assert_int_equal(rest.len, 0);
	buf_add_byte(&out, '\0');
	text = (char *)buf_take(&out, &len);
	return text;
}

static void expect(struct conn *c, const char *wanted)
{
	char *got = digest(fake_output(c));

	assert_string_equal(got, wanted);
	free(got);
}

struct talk {
	const char *in, *out;
};

#define BAD "400! {\"error\":\"Bad request\",\"code\":\"bad-request\"}|"
#define H " HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct talk talks[] = {
	{ "GET /" H "\r\n", "200 GET / ? x= |" },
	{ "\r\n\r\nGET /" H "\r\n", "200 GET / ? x= |" },
	{ "GET /a%20b?c=d%20e" H "x: \t1 \r\n\r\n", "200 GET /a b ?c=d%20e x=1 |" },
	{ "GET /?q&name=a+%C3%A4%26&name=z" H "\r\n",
	    "200 GET / ?q&name=a+%C3%A4%26&name=z name=a \xC3\xA4& x= |" },
	{ "GET /?name=%zz" H "\r\n", "200 GET / ?name=%zz x= |" },
	{ "GET http://A/b HTTP/1.1\r\nHost: a\r\n\r\n", "200 GET /b ? x= |" },
	{ "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", "200 GET / ? x= |" },
	{ "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n", "200 GET / ?b x= |" },
	{ "POST /p" H "Content-Length: 5\r\n\r\nhello", "200 POST /p ? x= hello|" },
	{ "POST /p" H "Content-Length: 0\r\n\r\n", "200 POST /p ? x= |" },
	{ "POST /p" H CHUNKED "\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: 1\r\n\r\n",
	    "200 POST /p ? x= hello world|" },
	{ "GET /1" H "\r\nPOST /2" H "Content-Length: 2\r\n\r\nhiGET /3" H "\r\n",
	    "200 GET /1 ? x= |200 POST /2 ? x= hi|200 GET /3 ? x= |" },
	{ "POST /2" H CHUNKED "\r\n2\r\nhi\r\n0\r\n\r\nGET /3" H "\r\n",
	    "200 POST /2 ? x= hi|200 GET /3 ? x= |" },
	{ "GET / HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", "200! GET / ? x= |" },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200! GET / ? x= |" },
	{ "GET /" H "Connection: close\r\n\r\nGET /2" H "\r\n", "200! GET / ? x= |" },
	{ "GET /" H "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
	  "HTTP2-Settings: AAA\r\n\r\n"
	  "GET /2" H "\r\n", "200 GET / ? x= |200 GET /2 ? x= |" },
	{ "POST /refuse" H "Content-Length: 5\r\n\r\nhelloGET /" H "\r\n",
	    "403 no|200 GET / ? x= |" },
	{ "POST /refuse" H CHUNKED "\r\n5\r\nhello\r\n0\r\n\r\nGET /" H "\r\n",
	    "403 no|200 GET / ? x= |" },
	{ "POST /refuse" H "Content-Length: 65537\r\n\r\n", "403! no|" },
	{ "POST /refuse" H "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", "403! no|" },
	{ "POST /small" H "Content-Length: 4\r\n\r\nhell", "200 POST /small ? x= hell|" },
	{ "POST /small" H "Content-Length: 5\r\n\r\n",
	    "413! {\"error\":\"Request too large\",\"code\":\"too-large\"}|" },
	{ "POST /small" H CHUNKED "\r\n3\r\nabc\r\n2\r\nde\r\n",
	    "413! {\"error\":\"Request too large\",\"code\":\"too-large\"}|" },
	{ "POST /p" H "Content-Length: 1073741824\r\n\r\n",
	    "413! {\"error\":\"Request too large\",\"code\":\"too-large\"}|" },
	{ "POST /p" H "Content-Length: 18446744073709551615\r\n\r\n",
	    "413! {\"error\":\"Request too large\",\"code\":\"too-large\"}|" },
	{ "GET /file" H "\r\n", "200 body{}|" },
	{ "GET /file" H "If-None-Match: W/\"v0\", \"v1\"\r\n\r\n", "304 |" },
	{ "POST /file" H "\r\n", "405 |" },
	/* What must not pass. */
	{ "GET / HTTP/1.1\r\nHost : a\r\n\r\n", BAD },
	{ "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", BAD },
	{ "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", BAD },
	{ "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", BAD },
	{ " GET / HTTP/1.1\r\nHost: a\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\nHost: a\n\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\n Host: a\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost:\r\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", BAD },
	{ "GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", BAD },
	{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", BAD },
	{ "GET / HTTP/1.2\r\nHost: a\r\n\r\n", BAD },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD },
	{ "GET /\r\n\r\n", BAD },
	{ "HELLO / HTTP/1.1\r\n\r\n", BAD },
	{ "GET /%" H "\r\n", BAD },
	{ "GET /%4" H "\r\n", BAD },
	{ "GET /%zz" H "\r\n", BAD },
	{ "GET /%00" H "\r\n", BAD },
	{ "GET /%0d%0a" H "\r\n", BAD },
	{ "GET /%ff" H "\r\n", BAD },
	{ "GET /\xC3\xA4" H "\r\n", BAD },
	{ "GET /#a" H "\r\n", BAD },
	{ "OPTIONS *" H "\r\n", BAD },
	{ "GET ftp://a/" H "\r\n", BAD },
	{ "GET http://b/" H "\r\n", BAD },
	{ "GET a" H "\r\n", BAD },
	{ "CONNECT a:80" H "\r\n", BAD },
	{ "POST /" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", BAD },
	{ "POST /" H "Content-Length: 5, 5\r\n\r\nhello", BAD },
	{ "POST /" H "Content-Length: +5\r\n\r\nhello", BAD },
	{ "POST /" H "Content-Length: 5 5\r\n\r\nhello", BAD },
	{ "POST /" H "Content-Length:\r\n\r\n", BAD },
	{ "POST /" H "Content-Length: 99999999999999999999\r\n\r\n", BAD },
	{ "POST /" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD },
	{ "POST /" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", BAD },
	{ "POST /" H CHUNKED CHUNKED "\r\n0\r\n\r\n", BAD },
	{ "POST /" H "Transfer-Encoding: identity\r\n\r\n", BAD },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BAD },
	{ "POST /" H CHUNKED "\r\nzz\r\n", BAD },
	{ "POST /" H CHUNKED "\r\n2\r\nabc\r\n", BAD },
	{ "\x16\x03\x01", "alert|" },
};

static void talk_cut(const struct talk *talk, size_t cut, size_t len)
{
	struct conn *c = dial();

	fake_feed(c, (struct str){ talk->in, cut });
	fake_feed(c, (struct str){ talk->in + cut, len - cut });
	fake_pass(0);
	expect(c, talk->out);
	hang_up(c);
}

static void test_talks_cut_at_every_byte(void **state)
{
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		size_t len = strlen(talks[i].in);

		for (size_t cut = 0; cut <= len; cut++)
			talk_cut(&talks[i], cut, len);
	}
}

static void test_talks_byte_by_byte(void **state)
{
	for (size_t i = 0; i < COUNT_OF(talks); i++) {
		struct conn *c = dial();

		for (const char *p = talks[i].in; *p; p++)
			fake_feed(c, (struct str){ p, 1 });
		fake_pass(0);
		expect(c, talks[i].out);
		hang_up(c);
	}
}

static void say(struct conn *c, const char *text)
{
	fake_feed(c, str_of(text));
}

static void test_nul_in_head(void **state)
{
	static const char in[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
	struct conn *c = dial();

	fake_feed(c, (struct str){ in, sizeof(in) - 1 });
	expect(c, BAD);
	hang_up(c);
}

static void test_head_limits(void **state)
{
	struct conn *c = dial();

	say(c, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 100; i++)
		say(c, "a: b\r\n");
	say(c, "\r\n");
	expect(c, "200 GET / ? x= |");
	fake_output_clear(c);
	say(c, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 101; i++)
		say(c, "a: b\r\n");
	say(c, "\r\n");
	expect(c, "431! {\"error\":\"Request header too large\",\"code\":\"header-too-large\"}|");
	hang_up(c);

	c = dial();
	say(c, "GET /");
	for (int i = 0; i < 16384; i++)
		say(c, "a");
	expect(c, "431! {\"error\":\"Request header too large\",\"code\":\"header-too-large\"}|");
	hang_up(c);
}

static void test_head_method(void **state)
{
	struct conn *c = dial();

	say(c, "HEAD /a" H "\r\n");
	assert_non_null(strstr(buf_cstr((struct buf *)(uintptr_t)fake_output(c)),
	    "Content-Length: 13\r\n"));
	assert_true(str_ends(buf_str(fake_output(c)), "\r\n\r\n"));
	hang_up(c);
}

static void test_continue(void **state)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct conn *c = dial();

	say(c, "POST /p" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	assert_true(str_is(buf_str(fake_output(c)), go_on));
	fake_output_clear(c);
	say(c, "hi");
	expect(c, "200 POST /p ? x= hi|");
	fake_output_clear(c);
	/* Too late to ask: the body is here. */
	say(c, "POST /p" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
	expect(c, "200 POST /p ? x= hi|");
	hang_up(c);
}

static void test_order_while_a_reply_is_due(void **state)
{
	struct conn *c = dial();

	say(c, "GET /hold" H "\r\nGET /2" H "\r\nGET /hold" H "\r\nGET /4");
	assert_int_equal(fake_output(c)->len, 0);
	assert_true(fake_is_paused(c));
	say(c, H "\r\n");
	http_reply(t.held, 200, NULL, STR("first"));
	assert_int_equal(t.requests, 1);
	fake_pass(0);
	assert_int_equal(t.requests, 3);
	expect(c, "200 first|200 GET /2 ? x= |");
	http_reply(t.held, 200, NULL, STR("third"));
	fake_pass(0);
	expect(c, "200 first|200 GET /2 ? x= |200 third|200 GET /4 ? x= |");
	assert_false(fake_is_paused(c));
	hang_up(c);
}

static void test_late_reply_without_pause(void **state)
{
	struct conn *c = dial();

	say(c, "GET /hold" H "\r\n");
	assert_false(fake_is_paused(c));
	http_reply(t.held, 201, NULL, STR_NONE);
	say(c, "GET /2" H "\r\n");
	expect(c, "201 |200 GET /2 ? x= |");
	hang_up(c);
}

static void test_gone_is_told_once(void **state)
{
	struct conn *c = dial();

	say(c, "GET /hold" H "\r\n");
	fake_reset(c);
	assert_int_equal(t.gone, 1);
	hang_up(c);
	c = dial();
	say(c, "POST /p" H "Content-Length: 5\r\n\r\nhel");
	fake_reset(c);
	assert_int_equal(t.gone, 2);
	hang_up(c);
	c = dial();
	say(c, "POST /refuse" H "Content-Length: 5\r\n\r\nhel");
	fake_reset(c);
	assert_int_equal(t.gone, 2);
	hang_up(c);
	c = dial();
	say(c, "GET /hold" H "\r\n");
	http_service_destroy(t.service);
	assert_int_equal(t.gone, 3);
	fake_pass(0);
	fake_free(c);
	t.service = http_service_create(fake_loop(), NULL, &ops, NULL);
}

static void test_half_close_still_gets_the_reply(void **state)
{
	struct conn *c = dial();

	say(c, "GET /hold" H "\r\n");
	fake_end(c);
	fake_pass(0);
	assert_int_equal(t.gone, 0);
	http_reply(t.held, 200, NULL, STR("late"));
	fake_pass(0);
	expect(c, "200 late|");
	assert_true(fake_is_closed(c));
	hang_up(c);
}

static void test_times(void **state)
{
	static const char late[] =
	    "408! {\"error\":\"Request time-out\",\"code\":\"request-timeout\"}|";
	struct conn *silent = dial(), *idle = dial(), *drip = dial();
	struct conn *body = dial(), *wait = dial();

	say(idle, "GET /" H "\r\n");
	say(body, "POST /p" H "Content-Length: 100\r\n\r\n");
	say(wait, "GET /hold" H "\r\n");
	for (int i = 0; i < 10; i++) {
		say(drip, "G");
		fake_pass(700);
	}
	assert_true(fake_is_closed(silent));
	assert_int_equal(fake_output(silent)->len, 0);
	expect(drip, late);
	assert_true(fake_is_closed(drip));
	for (int i = 0; i < 27; i++) {
		say(body, ".");
		fake_pass(1000);
	}
	expect(body, late);
	assert_true(fake_is_closed(body));
	assert_false(fake_is_closed(idle));
	fake_pass(70000 - 34000);
	assert_true(fake_is_closed(idle));
	assert_false(fake_is_closed(wait));
	hang_up(silent);
	hang_up(idle);
	hang_up(drip);
	hang_up(body);
	hang_up(wait);
}

static void test_blank_lines_do_not_buy_time(void **state)
{
	struct conn *c = dial();

	for (int i = 0; i < 10; i++) {
		say(c, "\r\n");
		fake_pass(700);
	}
	assert_true(fake_is_closed(c));
	hang_up(c);
}

static void test_chunk_overhead_has_a_ceiling(void **state)
{
	struct conn *c = dial();

	say(c, "POST /p" H CHUNKED "\r\n1;");
	for (int i = 0; i < 20000; i++)
		say(c, "x");
	expect(c, BAD);
	hang_up(c);
}

static void test_long_refused_bodies_cost_the_connection(void **state)
{
	struct conn *c = dial();

	say(c, "POST /refuse" H CHUNKED "\r\n");
	for (int i = 0; i < 65; i++) {
		char piece[1024];

		memset(piece, 'x', sizeof(piece));
		assert_false(fake_is_closed(c));
		say(c, "400\r\n");
		fake_feed(c, (struct str){ piece, sizeof(piece) });
		say(c, "\r\n");
	}
	fake_pass(0);
	assert_true(fake_is_closed(c));
	expect(c, "403 no|");
	hang_up(c);
}

static void test_stream(void **state)
{
	struct conn *c = dial();
	struct str out;

	say(c, "GET /events" H "\r\n");
	assert_non_null(t.stream);
	assert_true(str_ends(buf_str(fake_output(c)), "\r\n\r\n"));
	fake_output_clear(c);
	http_stream_event(t.stream, "job", "7", STR("a\nb\r\nc\rd"));
	http_stream_event(t.stream, NULL, NULL, STR_NONE);
	out = buf_str(fake_output(c));
	assert_true(str_is(out,
	    "event: job\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\ndata: \n\n"));
	fake_output_clear(c);
	fake_pass(40000);
	assert_true(str_is(buf_str(fake_output(c)), ": keep-alive\n\n: keep-alive\n\n"));
	say(c, "GET / HTTP/1.1\r\n\r\n");
	assert_int_equal(t.requests, 1);
	http_stream_close(t.stream);
	http_stream_event(t.stream, NULL, NULL, STR("after"));
	fake_pass(0);
	assert_int_equal(t.streams_closed, 1);
	hang_up(c);
	c = dial();
	say(c, "GET /events" H "\r\n");
	fake_end(c);
	fake_pass(0);
	assert_int_equal(t.streams_closed, 2);
	hang_up(c);
}

static void test_extra_headers(void **state)
{
	struct conn *c = dial();
	const char *out;

	say(c, "POST /small" H "Content-Length: 5\r\n\r\n");
	out = buf_cstr((struct buf *)(uintptr_t)fake_output(c));
	assert_non_null(strstr(out, "X-Door: open\r\n"));
	assert_non_null(strstr(out, "Server: platen\r\n"));
	assert_null(strstr(out, "X-Evil"));
	hang_up(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_talks_cut_at_every_byte),
		TEST(test_talks_byte_by_byte),
		TEST(test_nul_in_head),
		TEST(test_head_limits),
		TEST(test_head_method),
		TEST(test_continue),
		TEST(test_order_while_a_reply_is_due),
		TEST(test_late_reply_without_pause),
		TEST(test_gone_is_told_once),
		TEST(test_half_close_still_gets_the_reply),
		TEST(test_times),
		TEST(test_blank_lines_do_not_buy_time),
		TEST(test_chunk_overhead_has_a_ceiling),
		TEST(test_long_refused_bodies_cost_the_connection),
		TEST(test_stream),
		TEST(test_extra_headers),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
