/*
 * A server for clients we did not write (test/wire/net): HTTP, event streams
 * and WebSockets on the real loop, plain and TLS on one port. The second
 * listener has limits that are short enough to wait for.
 *
 *   http_echo DIR   makes a certificate in DIR and prints "PORT SHORT_PORT"
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/ws.h"

#define PIECE 65536

static struct loop *loop;
static char piece[PIECE];

static const struct http_limits short_limits = {
	.head_ms = 400, .body_ms = 600, .idle_ms = 800,
};
static const struct ws_limits short_ws = {
	.message_bytes = 4 << 20, .queue_bytes = 1 << 20, .ping_ms = 200, .silence_ms = 600,
};
static const struct ws_limits long_ws = {
	.message_bytes = 4 << 20, .queue_bytes = 8 << 20,
};

static void on_text(struct ws *ws, struct str text, void *arg)
{
	if (str_is(text, "close me"))
		ws_close(ws, 4001, "as you wish");
	else if (str_is(text, "flood me"))
		for (int i = 0; i < 1000; i++)
			ws_send_text(ws, (struct str){ piece, PIECE });
	else
		ws_send_text(ws, text);
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	ws_send_binary(ws, bytes);
}

static void on_ws_close(struct ws *ws, uint16_t code, void *arg)
{
	printf("ws closed %u\n", code);
	fflush(stdout);
}

static void open_ws(struct http_request *r, bool is_short)
{
	static const struct ws_ops ops = { on_text, on_binary, on_ws_close };
	static const struct ws_ops text_ops = { on_text, NULL, on_ws_close };

	ws_upgrade(r, is_short ? &short_ws : &long_ws,
	    str_is(http_path(r), "/text") ? &text_ops : &ops, NULL);
}

static void on_head(struct http_request *r, void *arg)
{
	if (ws_wanted(r))
		open_ws(r, arg != NULL);
	else if (str_is(http_path(r), "/refuse"))
		http_reply(r, 403, "text/plain", STR("no\n"));
	else if (str_is(http_path(r), "/echo"))
		http_set_body_max(r, 64 << 20);
}

static void on_stream_closed(struct http_stream *s, void *arg)
{
	puts("stream closed");
	fflush(stdout);
}

static void start_events(struct http_request *r)
{
	bool flood = str_is(http_query(r), "flood"), once = str_is(http_query(r), "once");
	struct http_stream *s = http_stream_start(r, on_stream_closed, NULL);

	for (int i = 0; i < 3; i++)
		http_stream_event(s, "tick", NULL, STR("line one\nline two"));
	for (int i = 0; flood && i < 1000; i++)
		http_stream_event(s, NULL, NULL, (struct str){ piece, PIECE });
	if (once)
		http_stream_close(s);
}

static void on_request(struct http_request *r, void *arg)
{
	static const struct http_file file = { "/file", "text/plain",
		(const unsigned char *)"a file\n", 7, "\"f1\"" };

	if (str_is(http_path(r), "/events"))
		start_events(r);
	else if (str_is(http_path(r), "/file"))
		http_reply_file(r, &file);
	else if (str_is(http_path(r), "/echo"))
		http_reply(r, 200, "application/octet-stream", http_body(r));
	else
		http_reply(r, 200, "application/json",
		    STR("{\"name\":\"platen\",\"version\":\"0.1.0\"}"));
}

static const struct http_ops ops = { .on_head = on_head, .on_request = on_request };

static void stop(int signum, void *arg)
{
	loop_stop(loop);
}

static struct tls *certificate(const char *dir)
{
	static const char *const names[] = { "localhost", "127.0.0.1" };
	struct why why;
	struct tls *tls;
	char cert[512], key[512];

	snprintf(cert, sizeof(cert), "%s/leaf.pem", dir);
	snprintf(key, sizeof(key), "%s/leaf.key", dir);
	if (tls_make(dir, names, COUNT_OF(names), &why) || tls_load(cert, key, &tls, &why)) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	return tls;
}

static struct listener *serve(struct http_service *service, const struct tls *tls)
{
	struct listen_options options = { .tls = tls, .tls_mode = TLS_AUTO, .max_clients = 20000 };
	struct listener *listener;
	struct why why;
	struct ip ip;

	ip_parse(STR("127.0.0.1"), &ip);
	if (listener_open_tcp(loop, &ip, 0, &options, http_accept, service, &listener, &why)) {
		fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
	return listener;
}

int main(int argc, char **argv)
{
	struct http_service *service, *short_service;
	struct listener *listener, *short_listener;
	struct tls *tls;

	if (argc != 2)
		return 2;
	memset(piece, 'x', PIECE);
	loop = loop_create();
	tls = certificate(argv[1]);
	service = http_service_create(loop, NULL, &ops, NULL);
	short_service = http_service_create(loop, &short_limits, &ops, piece);
	listener = serve(service, tls);
	short_listener = serve(short_service, tls);
	loop_on_signal(loop, SIGTERM, stop, NULL);
	loop_on_signal(loop, SIGINT, stop, NULL);
	printf("%u %u\n", listener_port(listener), listener_port(short_listener));
	fflush(stdout);
	loop_run(loop);
	listener_close(listener);
	listener_close(short_listener);
	http_service_destroy(service);
	http_service_destroy(short_service);
	tls_release(tls);
	loop_destroy(loop);
	return 0;
}
