/*
 * Which uplinks there are. Settings are copied from the configuration, so that
 * a connection that is closing outlives the block it was made of.
 */
#include "core/uplink_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "net/tls.h"
#include "sys/clock.h"

#define TOKEN_MAX 16384

/* --- who we are ------------------------------------------------------------------- */

bool uplink_self(struct uplink *u, struct uplink_self *self, struct buf *token)
{
	const struct pairing *g = u->all->platen->pairing;

	buf_init(token, TOKEN_MAX);
	if (pairing_token(g, token, NULL) || !buf_cstr(token)) {
		uplink_forget(token);
		return false;
	}
	*self = (struct uplink_self){
		.token = buf_cstr(token),
		.device = pairing_device(g),
		.business = pairing_business(g),
		.location = pairing_location(g),
	};
	return true;
}

void uplink_forget(struct buf *token)
{
	if (token->ptr)
		mem_wipe(token->ptr, token->cap);
	buf_finish(token);
}

bool uplink_address(struct uplink *u, struct parcel *p, const char *path)
{
	struct uplink_self self;
	struct buf token, bearer;

	if (u->broken || !uplink_self(u, &self, &token))
		return false;
	buf_init(&bearer, TOKEN_MAX + 16);
	buf_printf(&bearer, "Bearer %s", self.token);
	parcel_header(p, "Authorization", buf_str(&bearer));
	p->url = mem_printf("%s%s%s", u->url, path[0] == '/' ? "" : "/", path);
	p->ca_file = mem_strdup(u->ca_file);
	uplink_forget(&bearer);
	uplink_forget(&token);
	return true;
}

const struct printer_block *uplink_block(const struct uplink *u, const char *printer)
{
	const struct config *c = u->all->platen->config;

	for (size_t i = 0; i < c->printer_count; i++)
		if (strcmp(c->printers[i].name, printer) == 0)
			return &c->printers[i];
	return NULL;
}

/* --- what is shown ---------------------------------------------------------------------- */

void uplink_changed(struct uplinks *all)
{
	struct platen *p = all->platen;
	struct backend_status now;
	struct event e = { .kind = EVENT_UPLINK };

	memset(&now, 0, sizeof now);
	LIST_EACH(&all->list, node) {
		const struct uplink *u = LIST_OF(node, struct uplink, node);

		now.configured |= !u->gone;
		now.connected |= channels_joined(u);
		now.pending_reports += (unsigned)u->outbox.count;
	}
	str_copy(now.last_error, sizeof now.last_error, str_of(all->last_error));
	now.since = now.connected == p->backend.connected && p->backend.since
	    ? p->backend.since : clock_wall();
	if (!now.configured)
		now.since = 0;
	if (memcmp(&now, &p->backend, sizeof now) == 0)
		return;
	p->backend = now;
	bus_publish(p->bus, &e);
}

void uplink_trouble(struct uplink *u, const char *what, const struct why *why)
{
	char *shown = u->all->last_error;
	struct str text = str_of(why ? why->text : "");

	if (why && strncmp(shown, why->text, sizeof u->all->last_error - 1) != 0)
		log_warn("uplink.trouble", "%s: %s: %s", u->name, what, why->text);
	str_copy(shown, sizeof u->all->last_error, text);
	uplink_changed(u->all);
}

/* --- settings ------------------------------------------------------------------------------ */

static void settings_finish(struct uplink *u)
{
	free(u->url);
	free(u->socket_path);
	free(u->subscribe_event);
	free(u->catch_up_path);
	free(u->ca_file);
	tls_release(u->tls);
	u->tls = NULL;
}

static char *without_slash(const char *url)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	return mem_strndup(url, len);
}

/* The configuration lets plain http through to this machine only. */
static enum err make_trust(struct uplink *u, struct why *why)
{
	struct uri uri;
	enum err err = uri_parse(str_of(u->url), &uri, why);

	if (!err && str_is_nocase(uri.scheme, "https"))
		err = tls_trust(u->ca_file, &u->tls, why);
	return err;
}

static void make_shape(const struct uplink *u, uint8_t out[static 32])
{
	struct sha256 *s = sha256_begin();
	const char *parts[] = {
		u->url, u->socket_path, u->subscribe_event, u->ca_file,
	};

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		sha256_add(s, str_of(parts[i] ? parts[i] : ""));
		sha256_add(s, STR("\n"));
	}
	sha256_end(s, out);
}

static void configure(struct uplink *u, const struct uplink_block *b)
{
	struct why why;

	settings_finish(u);
	u->kind = uplink_kind_at((size_t)b->kind);
	u->url = without_slash(b->url);
	u->socket_path = mem_strdup(b->socket_path);
	u->subscribe_event = mem_strdup(b->subscribe_event);
	u->catch_up_path = mem_strdup(b->catch_up_path);
	u->ca_file = mem_strdup(b->ca_file);
	u->ttl_ms = b->job_ttl * 1000;
	u->allow_drawer = b->allow_drawer;
	make_shape(u, u->shape);
	u->broken = make_trust(u, &why) != E_OK;
	if (u->broken)
		uplink_trouble(u, "its settings", &why);
}

/* --- coming and going ---------------------------------------------------------------------- */

void uplink_hold(struct uplink *u)
{
	u->holders++;
}

void uplink_release(struct uplink *u)
{
	struct uplinks *all = u->all;

	if (--u->holders || !u->gone)
		return;
	list_remove(&u->node);
	outbox_finish(u);
	missed_stop(u);
	settings_finish(u);
	free(u);
	uplink_changed(all);
}

static struct uplink *add(struct uplinks *all, const struct uplink_block *b)
{
	struct uplink *u = mem_alloc(sizeof *u);

	u->all = all;
	u->holders = 1; /* of the configuration */
	str_copy(u->name, sizeof u->name, str_of(b->name));
	list_init(&u->channels);
	list_append(&all->list, &u->node);
	outbox_init(u);
	u->missed_backoff = (struct backoff){ .first_ms = 1000, .max_ms = 60000 };
	configure(u, b);
	outbox_load(u);
	return u;
}

static void drop(struct uplink *u)
{
	uplink_hold(u);
	u->gone = true;
	channels_close(u);
	uplink_release(u);
	uplink_release(u);
}

static struct uplink *find(struct uplinks *all, const char *name)
{
	LIST_EACH(&all->list, node) {
		struct uplink *u = LIST_OF(node, struct uplink, node);

		if (!u->gone && strcmp(u->name, name) == 0)
			return u;
	}
	return NULL;
}

static void drop_removed(struct uplinks *all, const struct config *c)
{
	LIST_EACH(&all->list, node) {
		struct uplink *u = LIST_OF(node, struct uplink, node);
		bool there = u->gone;

		for (size_t i = 0; i < c->uplink_count && !there; i++)
			there = strcmp(c->uplinks[i].name, u->name) == 0 &&
			    uplink_kind_at((size_t)c->uplinks[i].kind);
		if (!there)
			drop(u);
	}
}

/* Another token: what was refused may be welcome now. */
static void note_token(struct uplink *u)
{
	uint8_t before[32];
	struct uplink_self self;
	struct buf token;

	memcpy(before, u->token, sizeof before);
	memset(u->token, 0, sizeof u->token);
	if (uplink_self(u, &self, &token)) {
		sha256(buf_str(&token), u->token);
		uplink_forget(&token);
	}
	if (memcmp(before, u->token, sizeof before) != 0)
		report_resume(u);
}

static void load(struct uplinks *all)
{
	const struct config *c = all->platen->config;

	drop_removed(all, c);
	for (size_t i = 0; i < c->uplink_count; i++) {
		struct uplink *u = find(all, c->uplinks[i].name);

		if (!uplink_kind_at((size_t)c->uplinks[i].kind))
			continue; /* a gateway's (core/gateway.h) */
		if (!u)
			u = add(all, &c->uplinks[i]);
		else if (c != all->config)
			configure(u, &c->uplinks[i]);
		note_token(u);
		channels_load(u);
	}
	all->config = c;
	uplink_changed(all);
}

/* --- what happens elsewhere ---------------------------------------------------------- */

static void on_job(struct uplinks *all, const struct job *job)
{
	struct uplink *u = job->uplink[0] && outbox_owes(job) ? find(all, job->uplink) : NULL;

	if (u)
		outbox_add(u, job);
}

static void on_device(struct uplinks *all, const struct device *d)
{
	LIST_EACH(&all->list, node)
		channels_device_changed(LIST_OF(node, struct uplink, node), d);
}

static void on_event(const struct event *e, void *arg)
{
	struct uplinks *all = arg;

	if (all->closing)
		return;
	if (e->kind == EVENT_JOB)
		on_job(all, e->job);
	else if (e->kind == EVENT_DEVICE)
		on_device(all, e->device);
	else if (e->kind == EVENT_CONFIG)
		load(all);
}

struct uplinks *uplinks_create(struct platen *p)
{
	struct uplinks *all = mem_alloc(sizeof *all);

	all->platen = p;
	list_init(&all->list);
	map_init(&all->offers);
	all->courier = courier_create(p->loop);
	return all;
}

void uplinks_start(struct uplinks *all)
{
	all->subscription = bus_subscribe(all->platen->bus, on_event, all);
	load(all);
}

void uplinks_close(struct uplinks *all)
{
	all->closing = true;
	bus_unsubscribe(all->subscription);
	all->subscription = NULL;
	courier_cancel(all->courier);
	LIST_EACH(&all->list, node) {
		struct uplink *u = LIST_OF(node, struct uplink, node);

		if (!u->gone)
			drop(u);
	}
}

bool uplinks_closed(const struct uplinks *all)
{
	if (!courier_idle(all->courier))
		return false;
	LIST_EACH(&all->list, node)
		if (!list_empty(&LIST_OF(node, struct uplink, node)->channels))
			return false;
	return true;
}

void uplinks_destroy(struct uplinks *all)
{
	if (!all)
		return;
	courier_destroy(all->courier);
	map_finish(&all->offers);
	free(all);
}
