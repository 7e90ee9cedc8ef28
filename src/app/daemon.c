/*
 * Start: configuration, store, journal, devices, listeners, then the loop.
 * SIGHUP reloads, SIGTERM and SIGINT drain: no new job is accepted, what is on
 * a wire is finished within drain-timeout, then everything is taken down in
 * the reverse order.
 */
#include "app/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "core/audit.h"
#include "core/cache.h"
#include "core/front.h"
#include "core/gateway.h"
#include "core/platen.h"
#include "core/preview.h"
#include "core/problems.h"
#include "core/session.h"
#include "core/vigil.h"
#include "net/http.h"
#include "net/loop.h"
#include "pages.h"
#include "render/client.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/service.h"

#define PRUNE_MS 600000
#define PRUNE_ROWS 500
#define DRAIN_EXTRA_MS 5000

struct daemon {
	struct platen platen;
	struct timer *prune;
	struct timer *watchdog;
	struct timer *drain;
	bool stopping, again;
	char names[2][256];
};

/* --- what the configuration may name ------------------------------------------------ */

static bool dialect_known(const char *name)
{
	return dialect_find(str_of(name)) != NULL;
}

static const char *dialect_names(const char *name)
{
	const struct dialect *d = dialect_find(str_of(name));

	return d ? d->names : NULL;
}

static bool loopback_only(const char *name)
{
	const struct dialect *d = dialect_find(str_of(name));

	return d && d->loopback_only;
}

static bool language_known(const char *name)
{
	return language_find(str_of(name)) != NULL;
}

static enum err uri_check(const char *text, struct why *why)
{
	struct uri uri;
	const struct transport *t;
	enum err err = uri_parse(str_of(text), &uri, why);

	if (err)
		return err;
	t = transport_find(uri.scheme);
	if (!t)
		return why_field(why, "uri", E_FIELD, "there is no transport \"%.*s\"",
		    STR_ARG(uri.scheme));
	return t->check(&uri, why);
}

static void list_name(char out[256], const char *name)
{
	size_t n = strlen(out);

	snprintf(out + n, 256 - n, "%s%s", n ? ", " : "", name);
}

static struct config_checks make_checks(struct daemon *d)
{
	for (size_t i = 0; dialect_at(i); i++)
		list_name(d->names[0], dialect_at(i)->name);
	for (size_t i = 0; language_at(i); i++)
		list_name(d->names[1], language_at(i)->name);
	return (struct config_checks){
		.dialect_known = dialect_known,
		.dialect_names = dialect_names,
		.loopback_only = loopback_only,
		.language_known = language_known,
		.uri_check = uri_check,
		.dialects = d->names[0],
		.languages = d->names[1],
	};
}

static struct config *load(const struct platen *p, const char *state_dir, struct why *why)
{
	struct mistakes m;
	struct config *c = config_load(p->config_path, state_dir, p->checks, &m);

	if (!c) {
		fputs(buf_cstr(&m.text), stderr);
		why_field(why, m.first.field, E_FIELD, "%s", m.first.text);
	}
	mistakes_finish(&m);
	return c;
}

/* --- reloading ---------------------------------------------------------------------------- */

struct retired {
	struct list node;
	struct config *config;
};

static void free_retired(struct platen *p)
{
	struct list *node;

	while ((node = list_pop(&p->retired))) {
		struct retired *r = LIST_OF(node, struct retired, node);

		config_destroy(r->config);
		free(r);
	}
}

void platen_tidy(struct platen *p)
{
	if (!doors_busy(p->doors))
		free_retired(p);
}

static void retire(struct platen *p, struct config *c)
{
	struct retired *r = mem_alloc(sizeof *r);

	r->config = c;
	list_append(&p->retired, &r->node);
}

static void apply_log(const struct config *c)
{
	log_open((enum log_level)c->daemon.log_level, (enum log_format)c->daemon.log_format);
}

enum err platen_reload(struct platen *p, struct why *why)
{
	struct config *c = load(p, p->state_dir, why);
	struct event e = { .kind = EVENT_CONFIG };
	enum err err;

	if (!c)
		return E_FIELD;
	retire(p, p->config);
	p->config = c;
	apply_log(c);
	access_load(p->access, c);
	queue_configure(p->queue, &c->daemon);
	pairing_load(p->pairing, c);
	err = devices_load(p, c, why);
	devices_settle(p);
	if (!err)
		err = doors_load(p->doors, c, why);
	bus_publish(p->bus, &e);
	platen_tidy(p);
	return err;
}

static void on_hangup(int signum, void *arg)
{
	struct daemon *d = arg;
	struct why why;

	(void)signum;
	log_info("daemon.reload", "reloading the configuration");
	if (platen_reload(&d->platen, &why))
		log_error("daemon.reload", "%s", why.text);
}

/* --- housekeeping ---------------------------------------------------------------------------- */

struct prune_task {
	struct task task;
	struct daemon *daemon;
	int64_t documents, records, keys;
	bool more;
};

static void post_prune(struct daemon *d);

static enum err run_prune(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct prune_task *pt = CONTAINER_OF(t, struct prune_task, task);

	return plug->prune(s, pt->documents, pt->records, pt->keys, PRUNE_ROWS, &pt->more, why);
}

static void on_pruned(struct task *t)
{
	struct prune_task *pt = CONTAINER_OF(t, struct prune_task, task);

	if (t->err)
		log_warn("store.prune", "%s", t->why.text);
	else if (pt->more && !pt->daemon->stopping)
		post_prune(pt->daemon);
	free(pt);
}

static void post_prune(struct daemon *d)
{
	const struct daemon_block *o = &d->platen.config->daemon;
	struct prune_task *pt = mem_alloc(sizeof *pt);
	int64_t now = clock_wall();

	pt->task.run = run_prune;
	pt->task.done = on_pruned;
	pt->daemon = d;
	pt->documents = now - o->keep_documents;
	pt->records = now - o->keep_jobs;
	pt->keys = now - o->keep_keys;
	clerk_post(d->platen.clerk, &pt->task);
}

static void on_prune(void *arg)
{
	struct daemon *d = arg;

	device_forget_old(&d->platen);
	post_prune(d);
}

/* The loop turns and the journal works: tell the service manager. */
static void on_watchdog(void *arg)
{
	struct daemon *d = arg;
	struct clerk_counts c;

	clerk_counts(d->platen.clerk, &c);
	if (c.healthy)
		service_notify("WATCHDOG=1");
}

/* --- the end --------------------------------------------------------------------------------- */

static void on_drained(void *arg)
{
	struct daemon *d = arg;

	timer_disarm(d->drain);
	loop_stop(d->platen.loop);
}

/* What is on a wire has had its time: interrupt it; its journal says so. */
static void on_drain_timeout(void *arg)
{
	struct daemon *d = arg;

	log_warn("daemon.drain", "interrupting what is still on a wire");
	LIST_EACH(&d->platen.devices.list, node) {
		struct device *dev = LIST_OF(node, struct device, node);

		if (dev->line.active)
			worker_cancel(dev->worker, dev->line.active->id);
	}
}

static void on_terminate(int signum, void *arg)
{
	struct daemon *d = arg;

	(void)signum;
	if (d->stopping) {
		on_drain_timeout(d);
		return;
	}
	d->stopping = d->platen.draining = true;
	log_info("daemon.stop", "draining");
	if (!d->again)
		service_notify("STOPPING=1");
	doors_close(d->platen.doors);
	uplinks_close(d->platen.uplinks);
	gateways_close(d->platen.gateways);
	timer_arm(d->drain, d->platen.config->daemon.drain_timeout, DRAIN_EXTRA_MS);
	queue_drain(d->platen.queue, on_drained, d);
}

static void restart(struct platen *p)
{
	struct daemon *d = CONTAINER_OF(p, struct daemon, platen);

	if (d->stopping)
		return;
	d->again = true;
	on_terminate(SIGTERM, d);
}

/* --- the beginning --------------------------------------------------------------- */

static void recover_job(const struct job *job, void *arg)
{
	struct platen *p = arg;

	queue_recover(p->queue, job);
}

static void recall_job(const struct job *job, void *arg)
{
	struct platen *p = arg;

	queue_recall(p->queue, job);
}

static void recover_printer(const struct printer_record *r, void *arg)
{
	devices_remember(arg, r);
}

/* Before the clerk has the store: read what was left behind. */
static enum err recover(struct platen *p, const struct store_plug *plug, struct store *s,
    struct why *why)
{
	struct job_query failed = {
		.states = 1u << JOB_FAILED | 1u << JOB_EXPIRED, .limit = 1000,
	};
	job_id last;
	enum err err;

	if ((err = devices_load(p, p->config, why)) ||
	    (err = pairing_recall(p->pairing, plug, s, why)) ||
	    (err = plug->each_printer(s, recover_printer, p, why)) ||
	    (err = plug->each_job(s, &failed, recall_job, p, why)) ||
	    (err = plug->max_id(s, &last, why)))
		return err;
	queue_begin_ids(p->queue, last);
	return plug->each_open(s, recover_job, p, why);
}

static enum err open_state(struct platen *p, struct store **s, struct why *why)
{
	char lock[512];
	enum err err = file_mkdirs(p->state_dir, 0700, why);

	if (err)
		return err;
	snprintf(lock, sizeof lock, "%s/lock", p->state_dir);
	if ((err = file_lock(lock, why)))
		return err;
	return store_sqlite.open(p->state_dir, s, why);
}

static void note_trouble(struct platen *p, const char *text)
{
	if (!text)
		return;
	log_error("store.salvaged", "%s", text);
	problems_note(p->problems, PROBLEM_STORAGE_FAILED, "journal", text);
}

static void start_timers(struct daemon *d)
{
	struct platen *p = &d->platen;
	int watchdog = service_watchdog_ms();

	d->prune = timer_create_on(p->loop, on_prune, d);
	d->drain = timer_create_on(p->loop, on_drain_timeout, d);
	d->watchdog = timer_create_on(p->loop, on_watchdog, d);
	timer_arm(d->prune, 1000, PRUNE_MS);
	if (watchdog)
		timer_arm(d->watchdog, watchdog, watchdog);
	loop_on_signal(p->loop, SIGHUP, on_hangup, d);
	loop_on_signal(p->loop, SIGTERM, on_terminate, d);
	loop_on_signal(p->loop, SIGINT, on_terminate, d);
}

static enum err start(struct daemon *d, struct why *why)
{
	struct platen *p = &d->platen;
	struct store *s = NULL;
	char control[512];
	enum err err;

	if ((err = open_state(p, &s, why)))
		return err;
	access_load(p->access, p->config);
	queue_configure(p->queue, &p->config->daemon);
	pairing_load(p->pairing, p->config);
	if ((err = recover(p, &store_sqlite, s, why))) {
		store_sqlite.close(s);
		return err;
	}
	note_trouble(p, store_sqlite.trouble(s));
	p->clerk = clerk_create(p->loop, &store_sqlite, s);
	devices_settle(p);
	queue_start(p->queue);
	uplinks_start(p->uplinks);
	gateways_start(p->gateways);
	snprintf(control, sizeof control, "%s/control.sock", p->state_dir);
	if ((err = doors_control(p->doors, control, why)) ||
	    (err = doors_load(p->doors, p->config, why)))
		return err;
	start_timers(d);
	problems_start(p->problems);
	return E_OK;
}

static void on_wait(void *arg)
{
	struct daemon *d = arg;

	if (!d->platen.devices.leaving && previews_idle(d->platen.previews) &&
	    uplinks_closed(d->platen.uplinks) &&
	    gateways_closed(d->platen.gateways))
		loop_stop(d->platen.loop);
}

/* Workers end first, because they still report; then the clerk, which writes
 * that down and has the last requests answered; then the listeners. */
static void take_down(struct daemon *d)
{
	struct platen *p = &d->platen;
	struct timer *wait = timer_create_on(p->loop, on_wait, d);

	p->draining = true;
	queue_drain(p->queue, NULL, NULL);
	uplinks_close(p->uplinks);
	gateways_close(p->gateways);
	previews_cancel(p->previews);
	vigils_end(p->vigils); /* who waits for a job holds its device */
	LIST_EACH(&p->devices.list, node)
		device_remove(LIST_OF(node, struct device, node));
	timer_arm(wait, 0, 5);
	loop_run(p->loop);
	clerk_destroy(p->clerk);
	problems_destroy(p->problems);
	cache_destroy(p->cache);
	vigils_destroy(p->vigils);
	previews_destroy(p->previews);
	uplinks_destroy(p->uplinks);
	gateways_destroy(p->gateways);
	doors_destroy(p->doors);
	timer_destroy(wait);
	timer_destroy(d->prune);
	timer_destroy(d->drain);
	timer_destroy(d->watchdog);
	sessions_destroy(p->sessions);
	audit_destroy(p->audit);
	queue_destroy(p->queue);
	loop_run(p->loop);
	loop_destroy(p->loop);
	bus_destroy(p->bus);
	devices_finish(&p->devices);
	access_destroy(p->access);
	pairing_destroy(p->pairing);
	retire(p, p->config);
	free_retired(p);
}

static int serve(struct daemon *d)
{
	struct platen *p = &d->platen;
	struct why why;
	int status = 0;

	p->started = clock_mono();
	p->started_wall = clock_wall();
	p->loop = loop_create();
	p->pairing = pairing_create(p);
	p->uplinks = uplinks_create(p);
	p->gateways = gateways_create(p);
	p->access = access_create();
	p->bus = bus_create();
	p->queue = queue_create(p);
	p->vigils = vigils_create(p);
	p->problems = problems_create(p);
	p->cache = cache_create();
	p->sessions = sessions_create(p);
	p->doors = doors_create(p);
	p->audit = audit_create(p);
	p->previews = previews_create(p->loop);
	p->pages[PAGES_CONSOLE] = pages;
	p->pages[PAGES_VIEWER] = viewer_pages;
	p->restart = restart;
	p->renderer = &renderer_caged;
	if (renderer_open(NULL, &why) || start(d, &why)) {
		log_error("daemon.start", "%s", why.text);
		status = 1;
	} else {
		log_info("daemon.ready", "platend " PLATEN_VERSION " is ready, state in %s",
		    p->state_dir);
		service_notify("READY=1");
		loop_run(p->loop);
	}
	take_down(d);
	renderer_close();
	return d->again && !status ? DAEMON_AGAIN : status;
}

int daemon_run(const struct daemon_start *start)
{
	static struct daemon d;
	struct config_checks checks = make_checks(&d);
	struct platen *p = &d.platen;
	struct why why;

	p->config_path = start->config_path;
	p->state_dir = start->state_dir;
	p->checks = &checks;
	list_init(&p->retired);
	devices_init(&p->devices);
	p->config = load(p, start->check ? NULL : start->state_dir, &why);
	if (!p->config)
		return 2;
	apply_log(p->config);
	if (start->check) {
		config_destroy(p->config);
		return 0;
	}
	service_no_core();
	service_raise_files();
	return serve(&d);
}
