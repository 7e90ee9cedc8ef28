/*
 * Devices come from the configuration, from the store (ad-hoc printers that
 * were used before) and from callers (new ad-hoc printers). Each gets a worker,
 * whose thread starts with its first order.
 */
#include "core/device.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/platen.h"
#include "core/queue_inside.h"
#include "net/loop.h"
#include "sys/clock.h"

struct probe_waiter {
	struct list node;
	probe_fn *fn;
	void *arg;
};

static const char *const reach_names[] = {
#define REACH(code, name) [code] = name,
#include "core/status.def"
#undef REACH
};

const char *reach_name(enum reach r)
{
	return reach_names[r];
}

void devices_init(struct devices *d)
{
	memset(d, 0, sizeof *d);
	list_init(&d->list);
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
	char key[64] = "";
	struct ip ip;

	if (ip_parse(host, &ip))
		ip_port_format(&ip, port, key);
	LIST_EACH(&d->list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (known_as(dev, key, host, port))
			return dev;
	}
	return NULL;
}

void device_queue_name(const struct device *d, char out[static 96])
{
	const char *key = d->address[0] ? d->address : d->name;
	size_t n = (size_t)snprintf(out, 96, "pc-printer_");

	for (; *key && n < 95; key++)
		if (*key != '[' && *key != ']')
			out[n++] = isalnum((unsigned char)*key) ? *key : '_';
	out[n] = '\0';
}

/* --- settings ----------------------------------------------------------------- */

static void read_tail(struct settings *s, const char *hex)
{
	struct buf tail;

	buf_init(&tail, sizeof s->tail);
	s->has_tail = hex != NULL && hex_decode(str_of(hex), &tail);
	s->tail_len = s->has_tail ? (uint8_t)tail.len : 0;
	if (s->tail_len)
		memcpy(s->tail, tail.ptr, tail.len);
	buf_finish(&tail);
}

#define COPY_WIRE(s, o)                              \
	do {                                         \
		(s)->open_timeout = (o)->open_timeout;   \
		(s)->write_timeout = (o)->write_timeout; \
		(s)->close_timeout = (o)->close_timeout; \
		(s)->cooldown = (o)->cooldown;           \
		(s)->chunk_delay = (o)->chunk_delay;     \
		(s)->retry_delay = (o)->retry_delay;     \
		(s)->max_attempts = (o)->max_attempts;   \
		(s)->reprint_limit = (o)->reprint_limit; \
		(s)->on_doubt = (enum on_doubt)(o)->on_doubt; \
	} while (0)

static void settings_of_printer(const struct printer_block *b, struct settings *s)
{
	memset(s, 0, sizeof *s);
	str_copy(s->uri, sizeof s->uri, str_of(b->uri));
	s->language = language_find(str_of(b->language));
	COPY_WIRE(s, b);
	s->drawer_expiry = b->drawer_expiry;
	s->drawer_pin = (unsigned)b->drawer_pin;
	s->queue_jobs = b->queue_jobs;
	s->queue_bytes = b->queue_bytes;
	s->keep_open = b->keep_open;
	s->refuse_unknown = b->unknown_commands == 1;
	read_tail(s, b->plato_tail);
}

static void settings_of_listener(const struct listen_block *b, const char *address,
    struct settings *s)
{
	memset(s, 0, sizeof *s);
	snprintf(s->uri, sizeof s->uri, "socket://%s", address);
	s->language = language_find(STR("escpos"));
	COPY_WIRE(s, b);
	s->drawer_expiry = job_kind_lifetime(KIND_KICK);
	s->drawer_pin = 2;
	s->queue_jobs = 200;
	s->queue_bytes = 67108864;
}

static struct worker_options worker_options_of(const struct device *d)
{
	const struct settings *s = &d->settings;
	struct worker_options o = {
		.language = s->language,
		.link = {
			.wire = {
				.open_timeout = s->open_timeout,
				.write_timeout = s->write_timeout,
				.close_timeout = s->close_timeout,
				.cancel_fd = -1,
			},
			.cooldown = s->cooldown,
			.keep_open = s->keep_open,
		},
	};

	str_copy(o.name, sizeof o.name, str_of(d->name));
	str_copy(o.uri, sizeof o.uri, str_of(s->uri));
	return o;
}

/* --- making ------------------------------------------------------------------- */

static void on_report(const struct report *r, void *arg);

static struct device *make(struct platen *p, const char *name)
{
	struct device *d = mem_alloc(sizeof *d);

	d->platen = p;
	str_copy(d->name, sizeof d->name, str_of(name));
	list_init(&d->node);
	list_init(&d->probes);
	line_init(d);
	return d;
}

/* printerKey of a socket with a literal address, else "". */
static void note_address(struct device *d)
{
	struct uri uri;
	struct ip ip;

	d->address[0] = '\0';
	if (uri_parse(str_of(d->settings.uri), &uri, NULL) || !str_is(uri.scheme, "socket"))
		return;
	if (ip_parse(uri.host, &ip))
		ip_port_format(&ip, uri.port ? uri.port : 9100, d->address);
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

static enum err start(struct device *d, struct why *why)
{
	struct worker_options o = worker_options_of(d);

	note_address(d);
	return worker_create(d->platen->loop, &o, on_report, d, &d->worker, why);
}

static void list_it(struct device *d)
{
	list_append(&d->platen->devices.list, &d->node);
	d->platen->devices.count++;
	d->platen->devices.adhoc_count += d->adhoc;
}

static void destroy(struct device *d)
{
	copy_aliases(d, NULL);
	timer_destroy(d->line.timer);
	free(d);
}

void device_settle_gone(struct device *d)
{
	if (!d->gone || d->worker || d->line.accepting || d->line.active || d->probing)
		return;
	d->platen->devices.leaving--;
	destroy(d);
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
	d->platen->devices.leaving++;
	if (list_linked(&d->node)) {
		list_remove(&d->node);
		d->platen->devices.count--;
		d->platen->devices.adhoc_count -= d->adhoc;
		queue_detach(d->platen->queue, d);
	}
	worker_stop(d->worker, d->platen->config->daemon.drain_timeout, on_worker_ended, d);
}

static enum err configure(struct device *d, const struct printer_block *b, struct why *why)
{
	struct worker_options o;

	settings_of_printer(b, &d->settings);
	copy_aliases(d, &b->aliases);
	if (!d->worker)
		return start(d, why);
	note_address(d);
	o = worker_options_of(d);
	return worker_set(d->worker, &o, why);
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
	struct device *d = make(p, b->name);
	enum err err = configure(d, b, why);

	if (err) {
		destroy(d);
		return err;
	}
	list_it(d);
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

		err = d ? configure(d, &c->printers[i], why)
			: add_configured(p, &c->printers[i], why);
		if (err && !first)
			first = err;
	}
	return first;
}

/* --- remembering ------------------------------------------------------------------- */

struct printer_task {
	struct task task;
	struct printer_record record;
	bool drop;
};

static enum err run_printer(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct printer_task *pt = CONTAINER_OF(t, struct printer_task, task);

	return pt->drop ? plug->drop_printer(s, pt->record.name, why)
			: plug->put_printer(s, &pt->record, why);
}

static void on_printer_saved(struct task *t)
{
	struct printer_task *pt = CONTAINER_OF(t, struct printer_task, task);

	if (t->err)
		log_error("store.printer", "%s: %s", pt->record.name, t->why.text);
	free(pt);
}

static void post_printer(struct device *d, bool drop)
{
	struct printer_task *pt = mem_alloc(sizeof *pt);

	pt->task.run = run_printer;
	pt->task.done = on_printer_saved;
	pt->drop = drop;
	pt->record.serial = d->serial;
	pt->record.last_used = d->last_used;
	pt->record.adhoc = d->adhoc;
	str_copy(pt->record.name, sizeof pt->record.name, str_of(d->name));
	snprintf(pt->record.facts, sizeof pt->record.facts, "{\"paused\":%s}",
	    d->line.paused ? "true" : "false");
	clerk_post(d->platen->clerk, &pt->task);
}

static void save(struct device *d)
{
	post_printer(d, false);
}

/* --- ad-hoc printers ------------------------------------------------------------- */

static const struct listen_block *adhoc_listener(const struct platen *p)
{
	for (size_t i = 0; i < p->config->listen_count; i++)
		if (strcmp(p->config->listens[i].dialect, "plato") == 0)
			return &p->config->listens[i];
	return NULL;
}

static struct device *make_adhoc(struct platen *p, const char *key,
    const struct listen_block *from, struct why *why)
{
	struct device *d = make(p, key);

	d->adhoc = true;
	settings_of_listener(from, key, &d->settings);
	if (!start(d, why))
		return d;
	destroy(d);
	return NULL;
}

struct device *device_transient(struct platen *p, const struct ip *ip, uint16_t port,
    const struct listen_block *from, struct why *why)
{
	char key[64];
	struct device *d;

	ip_port_format(ip, port, key);
	d = make_adhoc(p, key, from, why);
	if (d)
		d->transient = true;
	return d;
}

enum err device_keep(struct device **d, struct why *why)
{
	struct platen *p = (*d)->platen;
	struct device *first = device_find(&p->devices, str_of((*d)->name));

	if (first) {
		device_remove(*d);
		*d = first;
		return E_OK;
	}
	if (p->devices.adhoc_count >= ADHOC_MAX)
		return why_fail(why, E_QUEUE_FULL, NULL);
	(*d)->transient = false;
	(*d)->last_used = clock_wall();
	list_it(*d);
	save(*d);
	queue_attach(p->queue, *d);
	return E_OK;
}

void devices_remember(struct platen *p, const struct printer_record *r)
{
	struct device *d = device_find(&p->devices, str_of(r->name));
	const struct listen_block *from = adhoc_listener(p);
	int64_t age = clock_wall() - r->last_used;

	if (!d && r->adhoc && from && age < (int64_t)ADHOC_DAYS * 86400000 &&
	    p->devices.adhoc_count < ADHOC_MAX) {
		d = make_adhoc(p, r->name, from, NULL);
		if (d)
			list_it(d);
	}
	if (!d)
		return;
	d->serial = r->serial;
	d->last_used = r->last_used;
	d->line.paused = strstr(r->facts, "\"paused\":true") != NULL;
}

void device_pause(struct device *d, bool paused)
{
	queue_pause(d->platen->queue, d, paused);
	save(d);
	device_changed(d);
}

void device_forget_old(struct platen *p)
{
	int64_t oldest = clock_wall() - (int64_t)ADHOC_DAYS * 86400000;

	LIST_EACH(&p->devices.list, node) {
		struct device *d = LIST_OF(node, struct device, node);

		if (!d->adhoc || d->last_used > oldest || d->line.jobs)
			continue;
		post_printer(d, true);
		device_remove(d);
	}
}

/* --- condition and probes ----------------------------------------------------------- */

void device_changed(struct device *d)
{
	struct event e = { .kind = EVENT_DEVICE, .device = d };

	if (!d->transient)
		bus_publish(d->platen->bus, &e);
}

static bool wire_error(enum err err)
{
	return err == E_CONNECT_TIMEOUT || err == E_REFUSED || err == E_UNREACHABLE ||
	    err == E_LOST || err == E_WRITE_TIMEOUT || err == E_IO || err == E_BUSY ||
	    err == E_OFFLINE;
}

void device_contact(struct device *d, enum err err, const struct why *why)
{
	struct condition *c = &d->condition;
	enum reach before = c->reach;

	c->last_contact = clock_wall();
	if (!err) {
		c->reach = REACH_ONLINE;
		c->last_error[0] = '\0';
	} else if (wire_error(err)) {
		c->reach = REACH_OFFLINE;
		str_copy(c->last_error, sizeof c->last_error, str_of(why->text));
	} else {
		str_copy(c->last_error, sizeof c->last_error, str_of(why->text));
	}
	if (c->reach == before)
		return;
	log_info("device.reach", "%s is %s%s%s", d->name, reach_name(c->reach), err ? ": " : "",
	    err ? why->text : "");
	device_changed(d);
}

static void on_probed(struct device *d, const struct outcome *out)
{
	struct list waiters;

	d->probing = false;
	device_contact(d, out->err, &out->why);
	list_init(&waiters);
	list_splice(&waiters, &d->probes);
	LIST_EACH(&waiters, node) {
		struct probe_waiter *w = LIST_OF(node, struct probe_waiter, node);

		w->fn(d, out->err == E_OK, w->arg);
		free(w);
	}
	if (out->err == E_OK && !d->transient && !d->gone)
		queue_reached(d->platen->queue, d);
	device_settle_gone(d);
}

static void on_report(const struct report *r, void *arg)
{
	struct device *d = arg;

	if (r->kind == ORDER_PROBE)
		on_probed(d, &r->outcome);
	else
		queue_report(d->platen->queue, d, r);
}

void device_probe(struct device *d, probe_fn *fn, void *arg)
{
	struct probe_waiter *w = mem_alloc(sizeof *w);

	w->fn = fn;
	w->arg = arg;
	list_append(&d->probes, &w->node);
	if (d->probing)
		return;
	d->probing = true;
	worker_post(d->worker, order_create(ORDER_PROBE));
}
