/*
 * One connection per gateway: dialling, standing, or waiting to dial again. A
 * standing one is a session (core/session.h) like any client's; only who
 * opened it differs.
 */
#include "core/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "core/platen.h"
#include "core/session.h"
#include "net/backoff.h"
#include "net/loop.h"
#include "net/tls.h"
#include "sys/clock.h"
#include "sys/file.h"

#define REFUSED_MS 300000
#define PING_MS 30000
#define SILENCE_MS 40000
#define SETTINGS_MS 60000   /* until settings that cannot work are tried again */
#define DOUBLINGS 20

struct gateway {
	struct list node;
	struct gateways *all;
	const struct dialect *dialect;
	struct gateway_status status;
	char *url, *token_file, *ca_file;
	unsigned allow;
	int64_t first_ms, most_ms, steady_ms;
	struct ws *ws;            /* dialling, standing or closing */
	struct session *session;  /* while it stands */
	struct timer *timer;      /* the next attempt */
	unsigned tries;
	int64_t opened;           /* mono */
	bool stale, gone;
};

struct gateways {
	struct platen *platen;
	struct list list;
	struct subscription *subscription;
	bool closing;
};

const char *gateway_state_name(enum gateway_state s)
{
	static const char *const names[] = { "off", "connecting", "connected", "refused" };

	return names[s];
}

static void enter(struct gateway *g, enum gateway_state state, const char *error)
{
	struct event e = { .kind = EVENT_UPLINK };

	if (error && strcmp(error, g->status.last_error) != 0)
		log_warn("gateway.trouble", "%s: %s", g->status.name, error);
	str_copy(g->status.last_error, sizeof g->status.last_error, str_of(error ? error : ""));
	if (g->status.state != state)
		g->status.since = clock_wall();
	g->status.state = state;
	if (!g->all->closing)
		bus_publish(g->all->platen->bus, &e);
}

static void release(struct gateway *g)
{
	list_remove(&g->node);
	timer_destroy(g->timer);
	free(g->url);
	free(g->token_file);
	free(g->ca_file);
	free(g);
}

/* --- waiting ------------------------------------------------------------------------- */

/* Full jitter: any part of the doubled wait, so that a hundred shops whose cloud
 * was away do not come back at once. */
static int64_t next_wait(struct gateway *g)
{
	int64_t most = g->first_ms << g->tries;
	uint32_t dice;

	if (g->tries < DOUBLINGS)
		g->tries++;
	random_bytes(&dice, sizeof dice);
	most = most < g->most_ms ? most : g->most_ms;
	return (int64_t)((uint64_t)dice * (uint64_t)most >> 32);
}

static void again(struct gateway *g, int64_t wait)
{
	if (!g->all->closing && !g->gone)
		timer_arm(g->timer, wait, 0);
}

/* --- the connection --------------------------------------------------------------------- */

static void on_open(struct ws *ws, void *arg)
{
	struct gateway *g = arg;
	struct caller caller = { .kind = CALLER_REMOTE, .allow = g->allow };
	struct buf out;

	str_copy(caller.principal, sizeof caller.principal, STR("remote"));
	g->opened = clock_mono();
	g->status.connections++;
	g->session = session_open(g->all->platen, g->dialect, NULL, &caller, NULL, false);
	g->session->ws = ws;
	str_copy(g->session->address, sizeof g->session->address, str_of(g->status.name));
	buf_init(&out, 65536);
	g->dialect->messages->announce(g->session, &out);
	session_say(g->session, buf_str(&out));
	buf_finish(&out);
	log_info("gateway.open", "%s: connected to %s", g->status.name, g->url);
	enter(g, GATEWAY_CONNECTED, NULL);
}

static void on_text(struct ws *ws, struct str text, void *arg)
{
	session_take(((struct gateway *)arg)->session, text);
}

static const char *why_closed(const struct ws *ws, uint16_t code, char out[static 160])
{
	const struct why *why = ws_why(ws);

	if (why)
		snprintf(out, 160, "%.159s", why->text);
	else if (code == 1006)
		snprintf(out, 160, "The connection broke");
	else
		snprintf(out, 160, "The connection was closed (%u)", (unsigned)code);
	return out;
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	struct gateway *g = arg;
	int status = ws_status(ws);
	bool refused = status == 401 || status == 403;
	char text[160];

	g->ws = NULL;
	if (g->session)
		session_gone(g->session);
	g->session = NULL;
	if (g->gone) {
		release(g);
		return;
	}
	if (g->opened && clock_mono() - g->opened >= g->steady_ms)
		g->tries = 0;
	g->opened = 0;
	enter(g, refused ? GATEWAY_REFUSED : GATEWAY_CONNECTING, why_closed(ws, code, text));
	again(g, refused ? REFUSED_MS : next_wait(g));
}

static const struct ws_ops ops = {
	.on_text = on_text,
	.on_binary = on_text,
	.on_open = on_open,
	.on_close = on_close,
};

static enum err read_token(const struct gateway *g, char header[static 320], struct why *why)
{
	struct buf text;
	enum err err;

	header[0] = '\0';
	if (!g->token_file)
		return E_OK;
	buf_init(&text, 256);
	err = file_read_private(g->token_file, &text, why);
	if (!err)
		snprintf(header, 320, "Authorization: Bearer %.*s",
		    STR_ARG(str_trim(buf_str(&text))));
	mem_wipe(text.ptr, text.cap);
	buf_finish(&text);
	return err;
}

/* Files are read with each attempt: a new token or authority counts at once. */
static enum err dial(struct gateway *g, struct why *why)
{
	char header[320], host[256], path[1024];
	const char *headers[] = { NULL, NULL };
	struct ws_target to = { .headers = headers, .path = path, .host = host };
	struct tls *tls = NULL;
	struct uri uri;
	enum err err = uri_parse(str_of(g->url), &uri, why);
	bool secure = !err && (str_is_nocase(uri.scheme, "wss") ||
	    str_is_nocase(uri.scheme, "https"));

	if (!err)
		err = read_token(g, header, why);
	if (!err && secure)
		err = tls_trust(g->ca_file, &tls, why);
	if (err)
		return err;
	str_copy(host, sizeof host, uri.host);
	snprintf(path, sizeof path, "%.*s%s%.*s", (int)(uri.path.len ? uri.path.len : 1),
	    uri.path.len ? uri.path.ptr : "/", uri.query.len ? "?" : "", STR_ARG(uri.query));
	headers[0] = header[0] ? header : NULL;
	to.port = uri.port ? uri.port : secure ? 443 : 80;
	to.tls = tls;
	to.limits = (struct ws_limits){
		.message_bytes = g->dialect->messages->message_max,
		.ping_ms = PING_MS,
		.silence_ms = SILENCE_MS,
	};
	g->ws = ws_connect(g->all->platen->loop, &to, &ops, g);
	tls_release(tls);
	mem_wipe(header, sizeof header);
	return E_OK;
}

static void on_timer(void *arg)
{
	struct gateway *g = arg;
	struct why why;

	if (dial(g, &why)) {
		enter(g, GATEWAY_CONNECTING, why.text);
		again(g, SETTINGS_MS);
	} else if (g->status.state != GATEWAY_CONNECTING) {
		enter(g, GATEWAY_CONNECTING, NULL);
	}
}

/* --- those of the configuration ----------------------------------------------------------- */

static struct gateway *find(struct gateways *all, const char *name)
{
	LIST_EACH(&all->list, node) {
		struct gateway *g = LIST_OF(node, struct gateway, node);

		if (!g->gone && strcmp(g->status.name, name) == 0)
			return g;
	}
	return NULL;
}

/* Its connection is let go; it is freed when that has closed. */
static void drop(struct gateway *g)
{
	g->gone = true;
	timer_disarm(g->timer);
	if (g->ws)
		ws_close(g->ws, 1001, "Going away");
	else
		release(g);
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static unsigned rights(const struct texts *names)
{
	unsigned allow = 0;

	for (size_t i = 0; i < names->count; i++)
		allow |= capability_parse(str_of(names->items[i]));
	return allow & ~(unsigned)CAP_ADMIN;
}

/* What needs no new connection. Rights count at once, for what is asked from now on. */
static void set(struct gateway *g, const struct uplink_block *b)
{
	g->stale = false;
	g->first_ms = b->reconnect_delay;
	g->most_ms = b->reconnect_most;
	g->steady_ms = b->steady_after;
	g->allow = rights(&b->allow);
	if (g->session)
		g->session->caller.allow = g->allow;
}

/* What we speak to a cloud. */
static const struct dialect *announcing(void)
{
	const struct dialect *d;

	for (size_t i = 0; (d = dialect_at(i)); i++)
		if (d->messages && d->messages->announce)
			return d;
	return NULL;
}

static void add(struct gateways *all, const struct uplink_block *b)
{
	struct gateway *g;

	if (!announcing())
		return;
	g = mem_alloc(sizeof *g);
	g->all = all;
	g->dialect = announcing();
	str_copy(g->status.name, sizeof g->status.name, str_of(b->name));
	g->url = mem_strdup(b->url);
	g->token_file = mem_strdup(b->token_file);
	g->ca_file = mem_strdup(b->ca_file);
	g->timer = timer_create_on(all->platen->loop, on_timer, g);
	list_append(&all->list, &g->node);
	set(g, b);
	enter(g, GATEWAY_CONNECTING, NULL);
	again(g, 0);
}

static void take(struct gateways *all, const struct uplink_block *b)
{
	struct gateway *g = find(all, b->name);

	if (g && same(g->url, b->url) && same(g->token_file, b->token_file) &&
	    same(g->ca_file, b->ca_file)) {
		set(g, b);
		return;
	}
	if (g)
		drop(g);
	add(all, b);
}

static void load(struct gateways *all)
{
	const struct config *c = all->platen->config;

	LIST_EACH(&all->list, node)
		LIST_OF(node, struct gateway, node)->stale = true;
	for (size_t i = 0; i < c->uplink_count; i++)
		if (!uplink_kind_at((size_t)c->uplinks[i].kind))
			take(all, &c->uplinks[i]);
	LIST_EACH(&all->list, node) {
		struct gateway *g = LIST_OF(node, struct gateway, node);

		if (g->stale && !g->gone)
			drop(g);
	}
}

static void on_event(const struct event *e, void *arg)
{
	struct gateways *all = arg;

	if (e->kind == EVENT_CONFIG && !all->closing)
		load(all);
}

struct gateways *gateways_create(struct platen *p)
{
	struct gateways *all = mem_alloc(sizeof *all);

	all->platen = p;
	list_init(&all->list);
	return all;
}

void gateways_start(struct gateways *all)
{
	all->subscription = bus_subscribe(all->platen->bus, on_event, all);
	load(all);
}

void gateways_close(struct gateways *all)
{
	all->closing = true;
	bus_unsubscribe(all->subscription);
	all->subscription = NULL;
	LIST_EACH(&all->list, node) {
		struct gateway *g = LIST_OF(node, struct gateway, node);

		if (!g->gone)
			drop(g);
	}
}

bool gateways_closed(const struct gateways *all)
{
	return list_empty(&all->list);
}

void gateways_destroy(struct gateways *all)
{
	free(all);
}

bool gateways_status(const struct gateways *all, size_t i, struct gateway_status *out)
{
	LIST_EACH(&all->list, node) {
		const struct gateway *g = LIST_OF(node, struct gateway, node);

		if (g->gone || i--)
			continue;
		*out = g->status;
		return true;
	}
	return false;
}
