/*
 * fetch against our own server, on TCP and on a Unix socket: here libcurl is
 * the client that we did not write.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/fetch.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/mailbox.h"

static struct {
	pthread_t thread;
	struct loop *loop;
	struct http_service *service;
	struct listener *tcp, *local;
	struct mailbox *box;
	struct message stop;
	char url[64], dir[32], path[64];
} server;

static void on_head(struct http_request *r, void *arg)
{
}

static void on_request(struct http_request *r, void *arg)
{
	struct buf out;

	if (str_is(http_path(r), "/hold"))
		return;
	if (str_is(http_path(r), "/moved"))
		http_add_header(r, "Location", STR("/"));
	if (str_is(http_path(r), "/events")) {
		struct http_stream *s = http_stream_start(r, NULL, NULL);

		http_stream_event(s, NULL, NULL, STR("one"));
		return;
	}
	buf_init(&out, 1 << 20);
	buf_printf(&out, "%.*s %.*s %.*s ", STR_ARG(http_method(r)), STR_ARG(http_path(r)),
	    STR_ARG(http_header(r, "X-Mine")));
	buf_add_str(&out, http_body(r));
	http_reply(r, str_is(http_path(r), "/moved") ? 302 : 200, "text/plain", buf_str(&out));
	buf_finish(&out);
}

static void on_stop(struct message *m, void *arg)
{
	listener_close(server.tcp);
	listener_close(server.local);
	http_service_destroy(server.service);
	mailbox_destroy(server.box);
}

static void *run(void *arg)
{
	loop_run(server.loop);
	loop_destroy(server.loop);
	return NULL;
}

static int start(void **state)
{
	static const struct http_ops ops = { .on_head = on_head, .on_request = on_request };
	static const struct listen_options options;
	struct why why;
	struct ip ip;

	strcpy(server.dir, "/tmp/platen-fetch-XXXXXX");
	assert_non_null(mkdtemp(server.dir));
	snprintf(server.path, sizeof(server.path), "%s/sock", server.dir);
	server.loop = loop_create();
	server.service = http_service_create(server.loop, NULL, &ops, NULL);
	server.box = mailbox_create();
	mailbox_attach(server.box, server.loop, on_stop, NULL);
	assert_true(ip_parse(STR("127.0.0.1"), &ip));
	assert_int_equal(listener_open_tcp(server.loop, &ip, 0, &options, http_accept,
	    server.service, &server.tcp, &why), E_OK);
	assert_int_equal(listener_open_unix(server.loop, server.path, 0600, &options, http_accept,
	    server.service, &server.local, &why), E_OK);
	snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%u", listener_port(server.tcp));
	return pthread_create(&server.thread, NULL, run, NULL);
}

static int stop(void **state)
{
	mailbox_post(server.box, &server.stop);
	pthread_join(server.thread, NULL);
	rmdir(server.dir);
	return 0;
}

/* Fetch `path`; the reply's text is in `reply`. */
static enum err get(struct fetch *f, const char *path, int *status, struct buf *reply)
{
	struct why why = { 0 };
	char url[128];
	enum err err;

	snprintf(url, sizeof(url), "%s%s", server.url, path);
	f->url = url;
	buf_clear(reply);
	err = fetch_run(f, status, reply, &why);
	if (err)
		assert_true(why.err == err && why.text[0] != '\0');
	return err;
}

static void test_methods(void **state)
{
	static const char *const headers[] = { "X-Mine: yes", NULL };
	struct fetch f = { .timeout_ms = 5000, .headers = headers };
	struct buf reply;
	int status;

	buf_init(&reply, 1000);
	assert_int_equal(get(&f, "/a", &status, &reply), E_OK);
	assert_int_equal(status, 200);
	assert_true(str_is(buf_str(&reply), "GET /a yes "));
	f.method = "DELETE";
	assert_int_equal(get(&f, "/a", &status, &reply), E_OK);
	assert_true(str_is(buf_str(&reply), "DELETE /a yes "));
	f.method = "POST";
	assert_int_equal(get(&f, "/a", &status, &reply), E_OK);
	assert_true(str_is(buf_str(&reply), "POST /a yes "));
	f.body = (struct str){ "a\0b", 3 };
	assert_int_equal(get(&f, "/a", &status, &reply), E_OK);
	assert_int_equal(reply.len, strlen("POST /a yes ") + 3);
	f.method = "HEAD";
	f.body = STR_NONE;
	assert_int_equal(get(&f, "/a", &status, &reply), E_OK);
	assert_int_equal(reply.len, 0);
	buf_finish(&reply);
}

static void test_unix_socket(void **state)
{
	struct fetch f = { .timeout_ms = 5000, .unix_socket = server.path };
	struct buf reply;
	int status;

	buf_init(&reply, 1000);
	assert_int_equal(get(&f, "/u", &status, &reply), E_OK);
	assert_true(str_is(buf_str(&reply), "GET /u  "));
	f.unix_socket = "/nonexistent/sock";
	assert_int_equal(get(&f, "/u", &status, &reply), E_REFUSED);
	buf_finish(&reply);
}

static void test_no_redirects(void **state)
{
	struct fetch f = { .timeout_ms = 5000 };
	struct buf reply;
	int status;

	buf_init(&reply, 1000);
	assert_int_equal(get(&f, "/moved", &status, &reply), E_OK);
	assert_int_equal(status, 302);
	buf_finish(&reply);
}

static void test_limits(void **state)
{
	struct fetch f = { .timeout_ms = 5000, .max_bytes = 5 };
	struct buf reply;
	int status;

	buf_init(&reply, 1000);
	assert_int_equal(get(&f, "/a", &status, &reply), E_TOO_LARGE);
	f.timeout_ms = 100;
	assert_int_equal(get(&f, "/hold", &status, &reply), E_LOST);
	buf_finish(&reply);
}

static bool stop_at_first(struct str piece, void *arg)
{
	buf_add_str(arg, piece);
	return false;
}

static void test_pieces(void **state)
{
	struct buf seen, reply;
	struct fetch f = { .on_piece = stop_at_first, .arg = &seen };
	int status;

	buf_init(&seen, 1000);
	buf_init(&reply, 1000);
	assert_int_equal(get(&f, "/events", &status, &reply), E_OK);
	assert_true(str_is(buf_str(&seen), "data: one\n\n"));
	assert_int_equal(reply.len, 0);
	buf_finish(&seen);
	buf_finish(&reply);
}

static void test_what_cannot_be(void **state)
{
	struct fetch f = { .timeout_ms = 5000, .url = "file:///etc/passwd" };
	struct buf reply;
	struct why why;

	buf_init(&reply, 1000);
	assert_int_not_equal(fetch_run(&f, NULL, &reply, &why), E_OK);
	assert_int_equal(reply.len, 0);
	f.url = "http://127.0.0.1:1/";
	assert_int_equal(fetch_run(&f, NULL, &reply, &why), E_REFUSED);
	buf_finish(&reply);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_unix_socket),
		cmocka_unit_test(test_no_redirects),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_what_cannot_be),
	};

	return cmocka_run_group_tests_name("fetch", tests, start, stop);
}
