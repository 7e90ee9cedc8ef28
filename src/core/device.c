/*
 * Devices come from the configuration, from the store (ad-hoc printers that
 * were used before) and from callers (new ad-hoc printers). Each gets a worker,
 * whose thread starts with its first order.
 */
#include "core/device_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sha.h"
#include "core/platen.h"
#include "core/telemetry.h"
#include "core/queue_inside.h"
#include "net/loop.h"
#include "sys/clock.h"

void devices_init(struct devices *d)
{
	memset(d, 0, sizeof *d);
	list_init(&d->list);
	map_init(&d->absent);
}

void devices_finish(struct devices *d)
{
	size_t at = 0;
	struct str key;
	void *record;

	while (map_next(&d->absent, &at, &key, &record))
		free(record);
	map_finish(&d->absent);
}

/* --- finding ---------------------------------------------------------------- */

struct device *device_find(struct devices *d, struct str name)
{
	LIST_EACH(&d->list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (str_is(name, dev->name))
			return dev;
	}
	return NULL;
}

struct device *device_find_uuid(struct devices *d, struct str uuid)
{
	LIST_EACH(&d->list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (str_eq_nocase(uuid, str_of(dev->uuid)))
			return dev;
	}
	return NULL;
}

/* An alias is "name:port", or just "name" for any port. */
static bool alias_matches(const char *alias, struct str host, uint16_t port)
{
	struct str rest, head = str_cut(str_of(alias), ':', &rest);
	uint64_t n;

	if (str_eq_nocase(str_of(alias), host))
		return true;
	return str_eq_nocase(head, host) && str_to_u64(rest, &n) && n == port;
}

static bool known_as(const struct device *dev, const char *key, struct str host, uint16_t port)
{
	if (key[0] && strcmp(dev->address, key) == 0)
		return true;
	for (size_t i = 0; i < dev->aliases.count; i++)
		if (alias_matches(dev->aliases.items[i], host, port))
			return true;
	return false;
}

struct device *device_find_address(struct devices *d, struct str host, uint16_t port)
{
	struct device *found = NULL;
	char key[64] = "";
	struct ip ip;

	if (ip_parse(host, &ip))
		ip_port_format(&ip, port, key);
	LIST_EACH(&d->list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (known_as(dev, key, host, port) && (!found || found->adhoc))
			found = dev;
	}
	return found;
}

bool device_prints_for(const struct device *d, const char *printer)
{
	return strcmp(d->name, printer) == 0 || strcmp(d->address, printer) == 0;
}

struct device *device_of_job(struct devices *d, const char *printer)
{
	LIST_EACH(&d->list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (device_prints_for(dev, printer))
			return dev;
	}
	return NULL;
}

void device_queue_name(const struct device *d, char out[static 96])
{
	const char *key = d->address[0] ? d->address : d->name;
	size_t n = (size_t)snprintf(out, 96, "pc-printer_");

	for (; *key && n < 95; key++)
		out[n++] = isalnum((unsigned char)*key) ? *key : '_';
	out[n] = '\0';
}

/* --- making ------------------------------------------------------------------- */

/* Version 4: 122 random bits. */
void device_make_uuid(char out[static 37])
{
	uint8_t b[16];

	random_bytes(b, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
	    b[13], b[14], b[15]);
}

struct device *device_make(struct platen *p, const char *name)
{
	struct device *d = mem_alloc(sizeof *d);

	d->platen = p;
	str_copy(d->name, sizeof d->name, str_of(name));
	list_init(&d->node);
	list_init(&d->probes);
	list_init(&d->asks);
	line_init(d);
	device_make_uuid(d->uuid);
	d->unsaved = true;
	return d;
}

/* printerKey of a socket with a literal address, else "". */
static void address_of(const char *uri_text, char out[static 64])
{
	struct uri uri;
	struct ip ip;

	out[0] = '\0';
	if (uri_parse(str_of(uri_text), &uri, NULL) || !str_is(uri.scheme, "socket"))
		return;
	if (ip_parse(uri.host, &ip))
		ip_port_format(&ip, uri.port ? uri.port : 9100, out);
}

static void note_address(struct device *d)
{
	address_of(d->settings.uri, d->address);
}

static void copy_aliases(struct device *d, const struct texts *from)
{
	for (size_t i = 0; i < d->aliases.count; i++)
		free(d->aliases.items[i]);
	free(d->aliases.items);
	d->aliases.count = from ? from->count : 0;
	d->aliases.items = from ? mem_array(from->count + 1, sizeof(char *)) : NULL;
	for (size_t i = 0; i < d->aliases.count; i++)
		d->aliases.items[i] = mem_strdup(from->items[i]);
}

enum err device_start(struct device *d, struct why *why)
{
	struct worker_options o = settings_for_worker(d);

	note_address(d);
	return worker_create(d->platen->loop, &o, device_on_report, d, &d->worker, why);
}

void device_list(struct device *d)
{
	list_append(&d->platen->devices.list, &d->node);
	d->platen->devices.count++;
	d->platen->devices.adhoc_count += d->adhoc;
	device_returns(d);
}

void device_destroy(struct device *d)
{
	copy_aliases(d, NULL);
	timer_destroy(d->line.timer);
	telemetry_stop(d);
	free(d);
}

void device_settle_gone(struct device *d)
{
	if (!d->gone || d->worker || d->holders || d->line.accepting || d->line.active ||
	    d->probing || d->polling)
		return;
	d->platen->devices.leaving--;
	device_destroy(d);
}

static void on_worker_ended(void *arg)
{
	struct device *d = arg;

	d->worker = NULL;
	device_settle_gone(d);
}

void device_remove(struct device *d)
{
	d->gone = true;
	d->block = NULL;
	d->platen->devices.leaving++;
	telemetry_stop(d);
	if (list_linked(&d->node)) {
		list_remove(&d->node);
		d->platen->devices.count--;
		d->platen->devices.adhoc_count -= d->adhoc;
		if (!d->adhoc)
			device_leaves(d);
		queue_detach(d->platen->queue, d);
	}
	worker_stop(d->worker, d->platen->config->daemon.drain_timeout, on_worker_ended, d);
}

static bool same_printer(const struct settings *a, const struct settings *b)
{
	return strcmp(a->uri, b->uri) == 0 && a->language == b->language &&
	    a->polling == b->polling && a->poll_interval == b->poll_interval;
}

/* Any change gives a printer that was given up another chance. */
static bool polls_anew(const struct device *d, const struct settings *before)
{
	return !same_printer(before, &d->settings) ||
	    (d->condition.given_up && memcmp(before, &d->settings, sizeof *before) != 0);
}

static enum err configure(struct device *d, const struct printer_block *b, struct why *why)
{
	struct settings before = d->settings;
	struct worker_options o;
	enum err err;

	settings_of_printer(b, &d->settings);
	d->block = b;
	copy_aliases(d, &b->aliases);
	if (d->worker) {
		note_address(d);
		o = settings_for_worker(d);
		err = worker_set(d->worker, &o, why);
	} else {
		err = device_start(d, why);
	}
	if (before.uri[0] && strcmp(before.uri, d->settings.uri) != 0)
		d->condition.proof = PROOF_UNKNOWN; /* another printer */
	if (!err && polls_anew(d, &before)) {
		telemetry_start(d);
		queue_reached(d->platen->queue, d);
	}
	return err;
}

/* A printer that callers have named so far is configured now: the same worker
 * goes on under the new name, so that its wire keeps one owner. */
static struct device *take_over(struct platen *p, const struct printer_block *b)
{
	struct device *d;
	char key[64];

	address_of(b->uri, key);
	d = device_find(&p->devices, str_of(key));
	if (!d || !d->adhoc)
		return NULL;
	device_rename(d, b->name);
	return d;
}

static const struct printer_block *block_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->printer_count; i++)
		if (strcmp(c->printers[i].name, name) == 0)
			return &c->printers[i];
	return NULL;
}

static enum err add_configured(struct platen *p, const struct printer_block *b, struct why *why)
{
	struct device *d = device_make(p, b->name);
	enum err err = configure(d, b, why);

	if (err) {
		device_destroy(d);
		return err;
	}
	device_list(d);
	queue_attach(p->queue, d);
	return E_OK;
}

enum err devices_load(struct platen *p, const struct config *c, struct why *why)
{
	enum err err = E_OK, first = E_OK;

	LIST_EACH(&p->devices.list, node) {
		struct device *d = LIST_OF(node, struct device, node);

		if (!d->adhoc && !block_of(c, d->name))
			device_remove(d);
	}
	for (size_t i = 0; i < c->printer_count; i++) {
		struct device *d = device_find(&p->devices, str_of(c->printers[i].name));

		if (!d)
			d = take_over(p, &c->printers[i]);
		err = d ? configure(d, &c->printers[i], why)
			: add_configured(p, &c->printers[i], why);
		if (err && !first)
			first = err;
	}
	return first;
}

