/*
 * The page of the command viewer. All it knows comes over the feed
 * (viewer_feed.c), of which it only has to be told the port.
 */
#include <string.h>

#include "core/front.h"
#include "core/platen.h"

static uint16_t feed_port(const struct platen *p)
{
	const struct config *c = p->config;
	struct ip ip;
	uint16_t port = dialect_viewer_feed.port;

	for (size_t i = 0; i < c->listen_count; i++) {
		const struct listen_block *l = &c->listens[i];

		if (l->enabled && !strcmp(l->dialect, dialect_viewer_feed.name) &&
		    l->address.count)
			ip_port_parse(str_of(l->address.items[0]), &ip, &port, NULL);
	}
	return port;
}

static void encode_health(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"ok\":true}");
}

static void encode_feed(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)r;
	buf_printf(&out->body, "{\"port\":%u}", feed_port(q->platen));
}

static void policy(struct platen *p, struct buf *out)
{
	unsigned port = feed_port(p);

	buf_printf(out, "default-src 'self'; connect-src 'self' ws://localhost:%u "
	    "ws://127.0.0.1:%u", port, port);
}

static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_object_end(&w);
}

static const struct route routes[] = {
	{ "GET", "/health", VERB_HELLO, ROUTE_FREE, NULL, encode_health },
	{ "GET", "/feed.json", VERB_HELLO, ROUTE_FREE, NULL, encode_feed },
	{ "GET", "/", VERB_HELLO, ROUTE_PAGE, NULL, NULL },
	{ "GET", "*", VERB_HELLO, ROUTE_PAGE, NULL, NULL },
	{ 0 },
};

const struct dialect dialect_viewer = {
	.name = "viewer",
	.summary = "the command viewer's page: what was asked of the daemon, live",
	.port = 8081,
	.body_max = 1024,
	.tls = TLS_OFF,
	.routes = routes,
	.refuse = refuse,
	.loopback_only = true,
	.pages = PAGES_VIEWER,
	.policy = policy,
};
