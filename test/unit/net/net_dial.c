/*
 * The clients of net/ws and net/sio, for servers we did not write
 * (test/wire/net/dial.py). What happens is printed, a line for each; what is
 * done follows from what the server says.
 *
 *   net_dial ws URL CA            echoes; "close me" closes with 4001
 *   net_dial sio URL CA NAMESPACE AUTH [TIMES]
 *                                 echoes "echo" as "echoed"; "leave" leaves;
 *                                 comes back until it has been TIMES times
 *
 * CA: a PEM file, or "-" for the system's certificates alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uri.h"
#include "net/backoff.h"
#include "net/loop.h"
#include "net/sio.h"
#include "net/tls.h"
#include "net/ws.h"

#define TIMEOUT_MS 5000

static struct loop *loop;
static struct tls *trust;
static struct timer *again;
static struct backoff backoff = { .first_ms = 10, .max_ms = 40, .jitter = 50 };
static struct sio_options options;
static unsigned times = 1;

/* --- WebSocket --- */

static void on_ws_open(struct ws *ws, void *arg)
{
	printf("open\n");
}

static void on_ws_text(struct ws *ws, struct str text, void *arg)
{
	if (str_is(text, "close me"))
		ws_close(ws, 4001, "as you wish");
	else
		ws_send_text(ws, text);
}

static void on_ws_binary(struct ws *ws, struct str bytes, void *arg)
{
	ws_send_binary(ws, bytes);
}

static void on_ws_close(struct ws *ws, uint16_t code, void *arg)
{
	const struct why *why = ws_why(ws);

	if (why)
		printf("failed %s %d %s\n", err_name(why->err), ws_status(ws), why->text);
	else
		printf("closed %u\n", code);
}

static int dial_ws(const char *url)
{
	static const char *const headers[] = { "Authorization: Bearer s3cret",
		"Origin: https://till.example", NULL };
	static const struct ws_ops ops = { on_ws_text, on_ws_binary, on_ws_close, on_ws_open };
	char host[256];
	struct uri uri;

	if (uri_parse(str_of(url), &uri, NULL) || !host_parse(uri.host, host))
		return 2;
	struct ws_target to = {
		.host = host,
		.port = uri.port,
		.path = uri.path.len ? uri.path.ptr : "/",
		.tls = str_is(uri.scheme, "wss") ? trust : NULL,
		.headers = headers,
		.protocol = "till",
		.timeout_ms = TIMEOUT_MS,
		.limits = { .message_bytes = 4 << 20, .queue_bytes = 8 << 20 },
	};
	ws_connect(loop, &to, &ops, NULL);
	return 0;
}

/* --- Socket.IO --- */

static void print_values(const struct json *v)
{
	for (; v; v = json_next(v))
		printf(" %.*s", STR_ARG(json_source(v)));
	printf("\n");
}

static void on_connected(struct sio *s, struct str sid, void *arg)
{
	printf("connected %zu\n", sid.len);
	backoff_reset(&backoff);
	sio_emit(s, "hello", STR("{\"from\":\"till\"},[1,2]"));
}

static void on_refused(struct sio *s, struct str json, void *arg)
{
	printf("refused %.*s\n", STR_ARG(json));
}

static void on_event(struct sio *s, const struct sio_event *e, void *arg)
{
	struct str args = STR_NONE;
	const struct json *last = e->args;

	while (last && json_next(last))
		last = json_next(last);
	if (last) {
		const char *end = json_source(last).ptr + json_source(last).len;

		args.ptr = json_source(e->args).ptr;
		args.len = (size_t)(end - args.ptr);
	}
	if (str_is(e->name, "echo"))
		sio_emit(s, "echoed", args);
	else if (str_is(e->name, "leave"))
		sio_close(s);
	else {
		printf("event %.*s", STR_ARG(e->name));
		print_values(e->args);
	}
	if (e->ack != SIO_NO_ACK)
		sio_ack(s, e->ack, args);
}

static void on_closed(struct sio *s, const struct why *why, void *arg)
{
	struct sio_counts n = sio_counts(s);

	printf("closed %s: %s\n", why->err ? err_name(why->err) : "ok", why->err ? why->text : "");
	printf("counts %d %d %d %d\n", (int)n.events, (int)n.too_big, (int)n.binary,
	    (int)n.unknown);
	if (--times)
		timer_arm(again, backoff_next(&backoff), 0);
}

static void dial_sio(void *arg)
{
	static const struct sio_ops ops = { on_connected, on_refused, on_event, on_closed };

	sio_connect(loop, &options, &ops, NULL);
}

int main(int argc, char **argv)
{
	struct why why;
	int rc = 0;

	if (argc < 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (tls_trust(strcmp(argv[3], "-") ? argv[3] : NULL, &trust, &why)) {
		fprintf(stderr, "%s\n", why.text);
		return 2;
	}
	loop = loop_create();
	again = timer_create_on(loop, dial_sio, NULL);
	if (strcmp(argv[1], "sio") == 0 && argc >= 6) {
		options = (struct sio_options){ .url = argv[2], .name_space = argv[4],
			.auth = argv[5], .tls = trust, .timeout_ms = TIMEOUT_MS };
		times = argc > 6 ? (unsigned)atoi(argv[6]) : 1;
		dial_sio(NULL);
	} else {
		rc = dial_ws(argv[2]);
	}
	loop_run(loop);
	timer_destroy(again);
	tls_release(trust);
	loop_run(loop);
	loop_destroy(loop);
	return rc;
}
