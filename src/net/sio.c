/*
 * Three openings, one after the other: the WebSocket, the Engine.IO session
 * ("0{...}" from the server), the namespace ("40" both ways). After that only
 * events and the heart-beat. The first reason for an end is the one that is
 * told, and only when the WebSocket is gone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/sio_priv.h"

#define MESSAGE_MAX (1024 * 1024)
#define TIMEOUT_MS 10000
/* Its own heart-beat is the protocol's: WebSocket pings would hide a stuck server. */
#define NO_PING_MS (INT64_C(1) << 40)
#define REFUSAL_MAX 120 /* of the server's words, in our sentence */
#define NORMAL 1000
#define PROTOCOL 1002

enum sio_state {
	SIO_DIALLING, /* no WebSocket yet */
	SIO_OPENING,  /* awaits EIO_OPEN */
	SIO_JOINING,  /* awaits the namespace's answer */
	SIO_JOINED,
	SIO_ENDED,    /* awaits the WebSocket's end */
};

struct sio {
	struct loop *loop;
	struct ws *ws; /* NULL: the options were wrong */
	struct sio_ops ops;
	void *arg;
	char *name_space, *auth;
	struct timer *clock;
	int64_t timeout_ms, silence_ms, heard;
	int64_t max_payload;
	struct sio_counts counts;
	struct buf out; /* the packet being written; empty between calls */
	struct why why; /* of the end */
	enum sio_state state;
};

/* --- the end --- */

static void sio_free(struct sio *s)
{
	timer_destroy(s->clock);
	if (s->auth)
		mem_wipe(s->auth, strlen(s->auth));
	free(s->auth);
	free(s->name_space);
	buf_finish(&s->out);
	free(s);
}

static void tell_end(struct sio *s)
{
	s->ops.on_closed(s, &s->why, s->arg);
	sio_free(s);
}

/* Nothing more is heard or said; `code` is for the server. */
static void end(struct sio *s, uint16_t code)
{
	s->state = SIO_ENDED;
	timer_disarm(s->clock);
	ws_close(s->ws, code, "");
}

static void on_ws_close(struct ws *ws, uint16_t code, void *arg)
{
	struct sio *s = arg;

	if (s->state != SIO_ENDED && ws_why(ws))
		s->why = *ws_why(ws);
	else if (s->state != SIO_ENDED)
		why_fail(&s->why, E_LOST, "The server closed the connection (%u)", code);
	tell_end(s);
}

static void fail_protocol(struct sio *s)
{
	why_fail(&s->why, E_BAD_REQUEST, "The server sent what is not Socket.IO");
	end(s, PROTOCOL);
}

static void server_ends(struct sio *s)
{
	why_fail(&s->why, E_LOST, "The server ended the connection");
	end(s, NORMAL);
}

/* --- the clock --- */

static void on_clock(void *arg)
{
	struct sio *s = arg;
	int64_t left = s->heard + s->silence_ms - loop_now(s->loop);

	if (!s->ws) {
		tell_end(s);
	} else if (s->state == SIO_JOINED && left > 0) {
		timer_arm(s->clock, left, 0);
	} else {
		why_fail(&s->why, E_LOST, s->state == SIO_JOINED ?
		    "The server has gone silent" : "The server did not let us in in time");
		s->state = SIO_ENDED;
		ws_abort(s->ws);
	}
}

/* --- what we say --- */

static bool send_packet(struct sio *s, enum sio_type type, int64_t ack, struct str json)
{
	bool ok;

	sio_packet_write(&s->out, type, str_of(s->name_space), ack, json);
	ok = !s->out.failed && (!s->max_payload || s->out.len <= (size_t)s->max_payload);
	if (ok)
		ws_send_text(s->ws, buf_str(&s->out));
	buf_clear(&s->out);
	return ok;
}

bool sio_emit(struct sio *s, const char *event, struct str args)
{
	struct buf json;
	bool ok = false;

	buf_init(&json, MESSAGE_MAX);
	struct json_w w = json_w(&json);
	json_w_array(&w);
	json_w_text(&w, event);
	if (args.len > 0)
		json_w_raw(&w, args);
	json_w_array_end(&w);
	if (s->state == SIO_JOINED && !json.failed)
		ok = send_packet(s, SIO_EVENT, SIO_NO_ACK, buf_str(&json));
	buf_finish(&json);
	return ok;
}

bool sio_ack(struct sio *s, int64_t ack, struct str args)
{
	struct buf json;
	bool ok = false;

	buf_init(&json, MESSAGE_MAX);
	buf_add_byte(&json, '[');
	buf_add_str(&json, args);
	buf_add_byte(&json, ']');
	if (s->state == SIO_JOINED && ack != SIO_NO_ACK && !json.failed)
		ok = send_packet(s, SIO_ACK, ack, buf_str(&json));
	buf_finish(&json);
	return ok;
}

void sio_close(struct sio *s)
{
	if (s->state == SIO_ENDED || !s->ws)
		return;
	if (s->state == SIO_JOINED)
		send_packet(s, SIO_DISCONNECT, SIO_NO_ACK, STR_NONE);
	end(s, NORMAL);
}

/* --- what the server says: packets of our namespace --- */

static void on_joined(struct sio *s, const struct sio_packet *p)
{
	const struct json *root = p->doc ? json_root(p->doc) : NULL;

	if (s->state != SIO_JOINING) {
		fail_protocol(s);
		return;
	}
	s->state = SIO_JOINED;
	timer_arm(s->clock, s->silence_ms, 0);
	s->ops.on_connected(s, json_string(json_get(root, "sid")), s->arg);
}

/* Whoever reads the sentence is told the server's own words, if it has some. */
static void on_refusal(struct sio *s, const struct sio_packet *p)
{
	const struct json *root = json_root(p->doc);
	const struct json *said = json_is(root, JSON_OBJECT) ? json_get(root, "message") : root;
	struct str text = str_head(json_string(said), REFUSAL_MAX);

	if (s->state != SIO_JOINING) {
		fail_protocol(s);
		return;
	}
	while (!utf8_valid(text))
		text.len--;
	why_fail(&s->why, E_REFUSED, "The server refused: %.*s", STR_ARG(text));
	if (s->ops.on_refused)
		s->ops.on_refused(s, json_source(root), s->arg);
	end(s, NORMAL);
}

static void on_event(struct sio *s, const struct sio_packet *p)
{
	const struct json *name = json_first(json_root(p->doc));
	struct sio_event e = {
		.name = json_string(name),
		.args = json_next(name),
		.ack = p->ack,
	};

	if (s->state != SIO_JOINED) {
		fail_protocol(s);
	} else if (!json_is(name, JSON_STRING)) {
		s->counts.unknown++;
	} else {
		s->counts.events++;
		s->ops.on_event(s, &e, s->arg);
	}
}

static void on_disconnect(struct sio *s, const struct sio_packet *p)
{
	server_ends(s);
}

static void on_binary_packet(struct sio *s, const struct sio_packet *p)
{
	s->counts.binary++;
}

static void on_unwanted(struct sio *s, const struct sio_packet *p)
{
	s->counts.unknown++;
}

static void (*const packets[])(struct sio *s, const struct sio_packet *p) = {
	[SIO_CONNECT] = on_joined,
	[SIO_DISCONNECT] = on_disconnect,
	[SIO_EVENT] = on_event,
	[SIO_ACK] = on_unwanted, /* we ask for none */
	[SIO_CONNECT_ERROR] = on_refusal,
	[SIO_BINARY_EVENT] = on_binary_packet,
	[SIO_BINARY_ACK] = on_binary_packet,
};

/* --- what the server says: Engine.IO --- */

static void on_eio_open(struct sio *s, struct str text)
{
	struct eio_open open;

	if (s->state != SIO_OPENING || !eio_parse_open(text, &open)) {
		fail_protocol(s);
		return;
	}
	s->silence_ms = open.ping_interval_ms + open.ping_timeout_ms;
	s->max_payload = open.max_payload;
	s->state = SIO_JOINING;
	send_packet(s, SIO_CONNECT, SIO_NO_ACK, str_of(s->auth));
}

static void on_eio_close(struct sio *s, struct str text)
{
	server_ends(s);
}

static void on_eio_ping(struct sio *s, struct str text)
{
	buf_add_byte(&s->out, '0' + EIO_PONG);
	buf_add_str(&s->out, text);
	ws_send_text(s->ws, buf_str(&s->out));
	buf_clear(&s->out);
}

static void on_eio_message(struct sio *s, struct str text)
{
	struct sio_packet p;

	if (s->state < SIO_JOINING || !sio_packet_parse(text, &p)) {
		fail_protocol(s);
		return;
	}
	if (str_is(p.name_space, s->name_space))
		packets[p.type](s, &p);
	else
		on_unwanted(s, &p);
	sio_packet_finish(&p);
}

static void on_eio_other(struct sio *s, struct str text)
{
	s->counts.unknown++;
}

static void (*const engine[])(struct sio *s, struct str text) = {
	[EIO_OPEN] = on_eio_open,
	[EIO_CLOSE] = on_eio_close,
	[EIO_PING] = on_eio_ping,
	[EIO_PONG] = on_eio_other,
	[EIO_MESSAGE] = on_eio_message,
	[EIO_UPGRADE] = on_eio_other,
	[EIO_NOOP] = on_eio_other,
};

/* --- the WebSocket --- */

static void on_text(struct ws *ws, struct str text, void *arg)
{
	struct sio *s = arg;
	enum eio_type type;

	if (s->state == SIO_ENDED)
		return;
	s->heard = loop_now(s->loop);
	if (eio_parse(text, &type, &text))
		engine[type](s, text);
	else
		fail_protocol(s);
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	struct sio *s = arg;

	s->heard = loop_now(s->loop);
	s->counts.binary++;
}

static void on_too_big(struct ws *ws, void *arg)
{
	struct sio *s = arg;

	s->heard = loop_now(s->loop);
	s->counts.too_big++;
}

static void on_open(struct ws *ws, void *arg)
{
	struct sio *s = arg;

	s->state = SIO_OPENING;
	timer_arm(s->clock, s->timeout_ms, 0);
}

/* --- the beginning --- */

static void dial(struct sio *s, const struct sio_options *o)
{
	static const struct ws_ops ops = {
		.on_text = on_text,
		.on_binary = on_binary,
		.on_close = on_ws_close,
		.on_open = on_open,
		.on_too_big = on_too_big,
	};
	char host[256], *path;
	struct ws_target to = {
		.headers = o->headers,
		.timeout_ms = s->timeout_ms,
		.limits = { .message_bytes = MESSAGE_MAX, .ping_ms = NO_PING_MS,
		    .silence_ms = NO_PING_MS },
	};

	if (sio_options_check(o, &to, host, &s->why)) {
		timer_arm(s->clock, 0, 0);
		return;
	}
	path = mem_printf("%s?EIO=4&transport=websocket", o->path ? o->path : "/socket.io/");
	to.path = path;
	s->ws = ws_connect(s->loop, &to, &ops, s);
	free(path);
}

struct sio *sio_connect(struct loop *loop, const struct sio_options *options,
    const struct sio_ops *ops, void *arg)
{
	struct sio *s = mem_alloc(sizeof(*s));

	s->loop = loop;
	s->ops = *ops;
	s->arg = arg;
	s->name_space = mem_strdup(options->name_space ? options->name_space : "/");
	s->auth = mem_strdup(options->auth);
	s->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
	s->clock = timer_create_on(loop, on_clock, s);
	buf_init(&s->out, MESSAGE_MAX + 1024);
	dial(s, options);
	return s;
}

struct sio_counts sio_counts(const struct sio *s)
{
	return s->counts;
}

void *sio_arg(const struct sio *s)
{
	return s->arg;
}
