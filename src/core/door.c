/*
 * Listeners: one door per listen block, one port per address.
 *
 * A reload closes what is no longer named and opens what is new; a door whose
 * block is unchanged in addresses and TLS keeps its ports and connections.
 */
#include "core/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "core/audit.h"
#include "core/door_inside.h"
#include "core/session.h"
#include "net/loop.h"
#include "sys/file.h"

#define BIND_AGAIN_MS 30000
#define MAX_CLIENTS_LAN 64

/* So that a browser's page can tell a daemon that speaks TLS from none at all. */
static const char tls_only_answer[] =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 26\r\n"
    "Connection: close\r\n\r\n"
    "This port speaks TLS only\n";

static void on_bind_again(void *arg);

struct doors *doors_create(struct platen *p)
{
	struct doors *d = mem_alloc(sizeof *d);

	d->platen = p;
	list_init(&d->list);
	list_init(&d->streams);
	d->retry = timer_create_on(p->loop, on_bind_again, d);
	return d;
}

bool doors_busy(const struct doors *d)
{
	return d->busy > 0 || !list_empty(&d->streams);
}

void doors_hold(struct doors *d)
{
	d->busy++;
}

void doors_release(struct doors *d)
{
	if (--d->busy == 0)
		platen_tidy(d->platen);
}

void doors_totals(const struct doors *d, struct door_totals *out)
{
	*out = d->totals;
}

/* --- ports ------------------------------------------------------------------------ */

/* Beyond loopback fewer clients are welcome, unless the configuration says. */
static size_t max_clients(const struct door *door, const struct port *port)
{
	if (ip_is_loopback(&port->ip) || config_given(BLOCK_listen, door->listen, "max-clients"))
		return (size_t)door->listen->max_clients;
	return MAX_CLIENTS_LAN;
}

static void bind_port(struct door *door, struct port *port, struct tls *tls)
{
	struct listen_options o = {
		.tls = tls,
		.plain_answer = tls_only_answer,
		.tls_mode = port->tls_only ? TLS_ON : door_tls_mode(door->listen, door->dialect),
		.max_clients = max_clients(door, port),
		.first_byte_ms = door->listen->head_timeout,
	};
	struct why why = { 0 };
	char text[64];
	enum err err = listener_open_tcp(door->doors->platen->loop, &port->ip, port->number, &o,
	    http_accept, door->service, &port->listener, &why);

	ip_port_format(&port->ip, port->number, text);
	if (!err) {
		port->reason[0] = '\0';
		log_info("listen.open", "%s (%s) listens on %s", door->name, door->dialect->name,
		    text);
	} else if (!port->optional || err == E_BUSY) {
		if (strcmp(port->reason, why.text) != 0)
			log_warn("listen.failed", "%s: %s: %s", door->name, text, why.text);
		str_copy(port->reason, sizeof port->reason, str_of(why.text));
	}
}

static void bind_ports(struct door *door)
{
	struct tls *tls;
	struct why why;

	if (door_certificate(door, &tls, &why)) {
		log_error("listen.tls", "%s: no TLS: %s", door->name, why.text);
		tls = NULL;
	}
	door_note_tls(door, tls, &why);
	for (size_t i = 0; i < door->port_count; i++)
		if (!door->ports[i].listener && (tls || !door->ports[i].tls_only))
			bind_port(door, &door->ports[i], tls);
	if (tls && tls != door->doors->tls)
		tls_release(tls);
}

static void close_ports(struct door *door)
{
	for (size_t i = 0; i < door->port_count; i++) {
		if (door->ports[i].listener)
			listener_close(door->ports[i].listener);
		door->ports[i].listener = NULL;
	}
}

static bool unbound(const struct door *door)
{
	for (size_t i = 0; i < door->port_count; i++)
		if (!door->ports[i].listener && door->ports[i].reason[0])
			return true;
	return false;
}

static void on_bind_again(void *arg)
{
	struct doors *d = arg;
	bool missing = false;

	LIST_EACH(&d->list, node) {
		struct door *door = LIST_OF(node, struct door, node);

		if (!unbound(door))
			continue;
		bind_ports(door);
		missing |= unbound(door);
	}
	if (!missing)
		timer_disarm(d->retry);
}

static void add_port(struct door *door, struct port port)
{
	if (door->port_count < PORTS_MAX)
		door->ports[door->port_count++] = port;
}

static void add_ports(struct door *door, const struct texts *list, bool tls_only)
{
	for (size_t i = 0; i < list->count; i++) {
		struct port port = { .tls_only = tls_only };

		if (!ip_port_parse(str_of(list->items[i]), &port.ip, &port.number, NULL))
			add_port(door, port);
	}
}

static void add_default_ports(struct door *door)
{
	struct port v4 = { .number = door->dialect->port }, v6 = v4;

	ip_parse(STR("127.0.0.1"), &v4.ip);
	ip_parse(STR("::1"), &v6.ip);
	v6.optional = true;
	add_port(door, v4);
	add_port(door, v6);
}

static void list_ports(struct door *door)
{
	door->port_count = 0;
	if (door->listen->address.count)
		add_ports(door, &door->listen->address, false);
	else
		add_default_ports(door);
	add_ports(door, &door->listen->tls_address, true);
}

/* --- doors ---------------------------------------------------------------------------- */

static struct http_limits limits_of(const struct listen_block *l)
{
	return (struct http_limits){
		.head_bytes = (size_t)l->head_bytes,
		.head_ms = l->head_timeout,
		.body_ms = l->body_timeout,
		.idle_ms = l->idle_timeout,
	};
}

static struct door *make(struct doors *d, const char *name, const struct dialect *dialect,
    const struct http_limits *limits)
{
	struct door *door = mem_alloc(sizeof *door);

	door->doors = d;
	str_copy(door->name, sizeof door->name, str_of(name));
	door->dialect = dialect;
	map_init(&door->buckets);
	door->service = http_service_create(d->platen->loop, limits, &door_http_ops, door);
	return door;
}

static void destroy(struct door *door)
{
	close_ports(door);
	door_streams_close(door->doors, door);
	door_sessions_leave(door->doors->platen->sessions, door);
	http_service_destroy(door->service);
	door_forget_buckets(door);
	if (list_linked(&door->node))
		list_remove(&door->node);
	free(door);
}

static struct door *open_door(struct doors *d, const struct listen_block *l)
{
	struct http_limits limits = limits_of(l);
	struct door *door = make(d, l->name, dialect_find(str_of(l->dialect)), &limits);

	door->listen = l;
	list_ports(door);
	list_append(&d->list, &door->node);
	return door;
}

static bool same_texts(const struct texts *a, const struct texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* What is fixed when a door opens; the rest is read with each request. */
static bool same_door(const struct listen_block *a, const struct listen_block *b)
{
	return same_text(a->dialect, b->dialect) && same_texts(&a->address, &b->address) &&
	    same_texts(&a->tls_address, &b->tls_address) && a->tls == b->tls &&
	    same_text(a->tls_cert, b->tls_cert) && same_text(a->tls_key, b->tls_key) &&
	    a->max_clients == b->max_clients && a->head_timeout == b->head_timeout &&
	    a->body_timeout == b->body_timeout && a->idle_timeout == b->idle_timeout &&
	    a->head_bytes == b->head_bytes;
}

static struct door *door_named(struct doors *d, const char *name)
{
	LIST_EACH(&d->list, node) {
		struct door *door = LIST_OF(node, struct door, node);

		if (strcmp(door->name, name) == 0)
			return door;
	}
	return NULL;
}

static void keep_same(struct doors *d, const struct config *c)
{
	for (size_t i = 0; i < c->listen_count; i++) {
		const struct listen_block *l = &c->listens[i];
		struct door *door = door_named(d, l->name);

		if (!door || !l->enabled || !same_door(door->listen, l))
			continue;
		door->listen = l;
		door->stale = false;
	}
}

static bool any_bound(const struct doors *d)
{
	LIST_EACH(&d->list, node) {
		const struct door *door = LIST_OF(node, struct door, node);

		for (size_t i = 0; i < door->port_count; i++)
			if (door->ports[i].listener)
				return true;
	}
	return false;
}

enum err doors_load(struct doors *d, const struct config *c, struct why *why)
{
	bool missing = false;

	audit_load(d->platen->audit, c);
	LIST_EACH(&d->list, node)
		LIST_OF(node, struct door, node)->stale = true;
	keep_same(d, c);
	door_streams_close(d, NULL);
	sessions_judge(d->platen->sessions);
	doors_renew_certificate(d);
	LIST_EACH(&d->list, node) {
		struct door *door = LIST_OF(node, struct door, node);

		if (door->stale)
			destroy(door);
	}
	for (size_t i = 0; i < c->listen_count; i++)
		if (c->listens[i].enabled && !door_named(d, c->listens[i].name))
			open_door(d, &c->listens[i]);
	LIST_EACH(&d->list, node) {
		struct door *door = LIST_OF(node, struct door, node);

		bind_ports(door);
		missing |= unbound(door);
	}
	if (missing && !timer_armed(d->retry))
		timer_arm(d->retry, BIND_AGAIN_MS, BIND_AGAIN_MS);
	return any_bound(d) ? E_OK : why_fail(why, E_STORE, "No listener could be bound");
}

enum err doors_control(struct doors *d, const char *path, struct why *why)
{
	struct http_limits limits = { 0 };
	struct listen_options o = { .max_clients = 64 };
	struct door *door = make(d, "control", &dialect_native, &limits);
	enum err err;

	list_init(&door->node);
	door->port_count = 1;
	err = listener_open_unix(d->platen->loop, path, 0600, &o, http_accept, door->service,
	    &door->ports[0].listener, why);
	if (err)
		destroy(door);
	else
		d->control = door;
	return err;
}

void doors_close(struct doors *d)
{
	LIST_EACH(&d->list, node)
		close_ports(LIST_OF(node, struct door, node));
	if (d->control)
		close_ports(d->control);
	door_streams_close(d, NULL);
	sessions_close(d->platen->sessions);
	timer_disarm(d->retry);
}

void doors_destroy(struct doors *d)
{
	if (!d)
		return;
	LIST_EACH(&d->list, node)
		destroy(LIST_OF(node, struct door, node));
	if (d->control)
		destroy(d->control);
	doors_renew_certificate(d);
	timer_destroy(d->retry);
	free(d);
}

bool doors_status(const struct doors *d, size_t i, struct door_status *out)
{
	size_t bound = 0, wanted = 0, n = 0;
	struct list *node = d->list.next;
	const struct door *door;

	while (i-- && node != &d->list)
		node = node->next;
	if (node == &d->list)
		return false;
	door = LIST_OF(node, struct door, node);
	memset(out, 0, sizeof *out);
	out->name = door->name;
	out->dialect = door->dialect->name;
	out->listen = door->listen;
	out->tls = door->tls;
	out->port = door->port_count ? door->ports[0].number : 0;
	for (size_t k = 0; k < door->port_count; k++) {
		const struct port *port = &door->ports[k];
		char text[64];

		ip_port_format(&port->ip, port->number, text);
		if (port->listener) {
			bound++;
			out->clients += listener_clients(port->listener);
			n += (size_t)snprintf(out->addresses + n, sizeof out->addresses - n,
			    "%s%s", n ? ", " : "", text);
			n = n < sizeof out->addresses ? n : sizeof out->addresses - 1;
		} else if (port->reason[0]) {
			str_copy(out->reason, sizeof out->reason, str_of(port->reason));
		}
		wanted += port->listener || port->reason[0];
	}
	out->state = bound == wanted ? DOOR_OPEN : bound ? DOOR_PARTIAL : DOOR_ERROR;
	return true;
}
