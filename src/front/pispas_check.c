/*
 * BASE CHECK: the whole state of the daemon from memory, for a tray icon and for
 * whoever is asked why nothing prints.
 */
#include <stdio.h>
#include <string.h>

#include "core/gateway.h"
#include "core/problems.h"
#include "front/pispas_base.h"
#include "front/pispas_printer.h"
#include "sys/clock.h"
#include "sys/file.h"

#define DAY_MS 86400000ll

static const char *known(const char *text)
{
	return text[0] ? text : NULL;
}

void pispas_write_modules(struct json_w *w, const struct platen *p)
{
	const struct pispas_module *m;

	json_w_key(w, "modules");
	json_w_array(w);
	for (size_t i = 0; (m = pispas_loaded(p, i)); i++)
		json_w_text(w, m->token);
	json_w_array_end(w);
}

static void write_listeners(struct json_w *w, const struct platen *p)
{
	static const char *const states[] = { "serving", "partial", "error" };
	struct door_status s;

	json_w_key(w, "listeners");
	json_w_array(w);
	for (size_t i = 0; doors_status(p->doors, i, &s); i++) {
		json_w_object(w);
		json_w_text_field(w, "name", s.name);
		json_w_int_field(w, "port", s.port);
		json_w_text_field(w, "state", states[s.state]);
		json_w_text_field(w, "error", known(s.reason));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void write_tls(struct json_w *w, const struct platen *p, const struct listen_block *l)
{
	static const char *const states[] = { "off", "on", "missing" };
	struct door_status s = { 0 };
	int64_t left;

	for (size_t i = 0; doors_status(p->doors, i, &s) && s.listen != l; i++)
		;
	left = s.tls.not_after - clock_wall();
	json_w_key(w, "tls");
	json_w_object(w);
	json_w_text_field(w, "state", s.tls.not_after && left <= 0 ? "expired"
	    : states[s.tls.state]);
	json_w_key(w, "names");
	json_w_array(w);
	for (size_t i = 0; l && i < l->names.count; i++)
		json_w_text(w, l->names.items[i]);
	json_w_array_end(w);
	pispas_date(w, "not_after", s.tls.not_after);
	json_w_key(w, "days_left");
	if (s.tls.not_after)
		json_w_int(w, left > 0 ? left / DAY_MS : 0);
	else
		json_w_null(w);
	json_w_object_end(w);
}

static void write_remote(struct json_w *w, const struct platen *p)
{
	struct gateway_status s = { .state = GATEWAY_OFF };
	bool configured = gateways_status(p->gateways, 0, &s);

	json_w_key(w, "remote");
	json_w_object(w);
	json_w_bool_field(w, "configured", configured);
	json_w_text_field(w, "state", gateway_state_name(s.state));
	pispas_date(w, "since", s.since);
	json_w_text_field(w, "last_error", known(s.last_error));
	json_w_object_end(w);
}

static void write_storage(struct json_w *w, const struct platen *p)
{
	struct queue_totals totals;
	struct clerk_counts clerk;
	uint64_t room, all;

	clerk_counts(p->clerk, &clerk);
	queue_totals(p->queue, &totals);
	json_w_key(w, "storage");
	json_w_object(w);
	json_w_bool_field(w, "writable", clerk.healthy && !totals.disk_low);
	json_w_key(w, "free_mb");
	if (file_space(p->state_dir, &room, &all))
		json_w_int(w, (int64_t)(room >> 20));
	else
		json_w_null(w);
	json_w_object_end(w);
}

static void write_printers(struct json_w *w, const struct request *q)
{
	const struct device *d;
	struct line_counts n;

	json_w_key(w, "printers");
	json_w_array(w);
	for (size_t i = 0; (d = pispas_printer(q->platen, q->caller, i)); i++) {
		queue_counts(q->platen->queue, d, &n);
		json_w_object(w);
		json_w_text_field(w, "name", d->name);
		json_w_text_field(w, "state", pispas_state(d));
		json_w_text_field(w, "power", pispas_power(d));
		json_w_key(w, "conditions");
		pispas_conditions(w, d);
		json_w_int_field(w, "queued", n.waiting + n.delayed);
		json_w_int_field(w, "unconfirmed", n.unconfirmed);
		json_w_text_field(w, "last_error", known(d->condition.last_error));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static const char *severity_word(enum severity s)
{
	return s == SEVERITY_ERROR ? "error" : "warning";
}

void pispas_problem_fields(struct json_w *w, const struct problem *p)
{
	json_w_text_field(w, "id", p->id);
	json_w_text_field(w, "severity", severity_word(p->severity));
	pispas_date(w, "since", p->since);
	json_w_text_field(w, "message", p->message);
}

static bool visible(const struct request *q, const struct problem *p)
{
	return !p->device || access_printer(q->caller, p->device->name);
}

static void write_problems(struct json_w *w, const struct request *q)
{
	size_t count;
	const struct problem *all = problems_now(q->platen->problems, &count);

	json_w_key(w, "problems");
	json_w_array(w);
	for (size_t i = 0; i < count; i++) {
		if (!visible(q, &all[i]))
			continue;
		json_w_object(w);
		pispas_problem_fields(w, &all[i]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static const char *worst(const struct request *q)
{
	static const char *const words[] = { "OK", "WARNING", "ERROR" };
	enum severity most = SEVERITY_OK;
	size_t count;
	const struct problem *all = problems_now(q->platen->problems, &count);

	for (size_t i = 0; i < count; i++)
		if (visible(q, &all[i]) && all[i].severity > most)
			most = all[i].severity;
	return words[most];
}

bool pispas_write_check(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct platen *p = q->platen;

	(void)r;
	json_w_object(w);
	json_w_text_field(w, "status", worst(q));
	json_w_text_field(w, "service_name", pispas_install(p));
	json_w_text_field(w, "version", PLATEN_VERSION);
	json_w_int_field(w, "uptime_s", (clock_mono() - p->started) / 1000);
	if (q->caller->allow & CAP_STATUS) {
		pispas_write_modules(w, p);
		write_listeners(w, p);
		write_tls(w, p, q->listen);
		write_remote(w, p);
		write_storage(w, p);
		write_printers(w, q);
		json_w_key(w, "devices");
		json_w_array(w);
		json_w_array_end(w);
		write_problems(w, q);
	}
	json_w_object_end(w);
	return true;
}
