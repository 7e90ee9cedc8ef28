/*
 * Printers that callers name by address, and what the store remembers of
 * printers: serial numbers, pauses, the ad-hoc ones themselves.
 */
#include "core/device_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "core/queue_inside.h"
#include "sys/clock.h"

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

static struct printer_record record_of(const struct device *d)
{
	struct printer_record r = {
		.serial = d->serial, .last_used = d->last_used, .adhoc = d->adhoc,
	};

	str_copy(r.name, sizeof r.name, str_of(d->name));
	snprintf(r.facts, sizeof r.facts, "{\"id\":\"%s\",\"paused\":%s,\"proof\":\"%s\"}",
	    d->uuid, d->line.paused ? "true" : "false", proof_name(d->condition.proof));
	return r;
}

static void post_printer(struct device *d, bool drop)
{
	struct printer_task *pt = mem_alloc(sizeof *pt);

	pt->task.run = run_printer;
	pt->task.done = on_printer_saved;
	pt->drop = drop;
	pt->record = record_of(d);
	clerk_post(d->platen->clerk, &pt->task);
}

void device_save(struct device *d)
{
	d->unsaved = !d->platen->clerk;
	if (d->platen->clerk)
		post_printer(d, false);
}

void devices_settle(struct platen *p)
{
	LIST_EACH(&p->devices.list, node) {
		struct device *d = LIST_OF(node, struct device, node);

		if (d->unsaved)
			device_save(d);
	}
}

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
	struct device *d = device_make(p, key);

	d->adhoc = true;
	settings_of_listener(from, key, &d->settings);
	if (!device_start(d, why))
		return d;
	device_destroy(d);
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

void device_rename(struct device *d, const char *name)
{
	post_printer(d, true);
	d->adhoc = false;
	d->platen->devices.adhoc_count--;
	str_copy(d->name, sizeof d->name, str_of(name));
	device_save(d);
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
	device_list(*d);
	device_save(*d);
	queue_attach(p->queue, *d);
	return E_OK;
}

/* What was learned and decided in an earlier life. */
static void recall(struct device *d, struct str facts)
{
	struct json_doc *doc;

	if (json_parse(facts, NULL, &doc, NULL))
		return;
	if (json_string(json_get(json_root(doc), "id")).len == sizeof d->uuid - 1) {
		str_copy(d->uuid, sizeof d->uuid, json_string(json_get(json_root(doc), "id")));
		d->unsaved = false;
	}
	d->line.paused = json_bool(json_get(json_root(doc), "paused"), false);
	proof_parse(json_string(json_get(json_root(doc), "proof")), &d->condition.proof);
	json_destroy(doc);
}

static void apply_record(struct device *d, const struct printer_record *r)
{
	if (d->serial < r->serial)
		d->serial = r->serial;
	if (strcmp(d->name, r->name) != 0)
		return; /* a configured printer at its address: the count goes on there */
	d->last_used = r->last_used;
	recall(d, str_of(r->facts));
}

static void keep_record(struct devices *all, const struct printer_record *r)
{
	struct printer_record *copy = mem_alloc(sizeof *copy);

	*copy = *r;
	free(map_put(&all->absent, str_of(copy->name), copy));
}

void device_leaves(struct device *d)
{
	struct printer_record r = record_of(d);

	keep_record(&d->platen->devices, &r);
}

void device_returns(struct device *d)
{
	struct printer_record *r = map_remove(&d->platen->devices.absent, str_of(d->name));

	if (r)
		apply_record(d, r);
	free(r);
}

void devices_remember(struct platen *p, const struct printer_record *r)
{
	struct device *d = device_of_job(&p->devices, r->name);
	const struct listen_block *from = adhoc_listener(p);
	int64_t age = clock_wall() - r->last_used;

	if (!d && r->adhoc && from && age < (int64_t)ADHOC_DAYS * 86400000 &&
	    p->devices.adhoc_count < ADHOC_MAX) {
		d = make_adhoc(p, r->name, from, NULL);
		if (d)
			device_list(d);
	}
	if (d)
		apply_record(d, r);
	else if (!r->adhoc)
		keep_record(&p->devices, r);
}

void device_pause(struct device *d, bool paused)
{
	queue_pause(d->platen->queue, d, paused);
	device_save(d);
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
