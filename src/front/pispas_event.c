/*
 * What subscribers are told. Payments and kitchen orders have topics, too: nobody
 * here tells anything about them.
 */
#include <stdio.h>
#include <string.h>

#include "core/problems.h"
#include "front/pispas_base.h"
#include "front/pispas_event.h"
#include "front/pispas_printer.h"
#include "sys/clock.h"

static const char *const names[] = { "printer", "device", "payment", "kitchen", "problem" };
enum { PRINTER, DEVICE, PAYMENT, KITCHEN, PROBLEM };

enum err pispas_decode_topics(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	const struct json *topics = json_get(params, "topics");

	if (!json_is(topics, JSON_ARRAY))
		return pispas_bad(why, "topics");
	for (const struct json *t = json_first(topics); t; t = json_next(t)) {
		size_t i = 0;

		while (i < COUNT_OF(names) && !str_is(json_string(t), names[i]))
			i++;
		if (!json_is(t, JSON_STRING) || i == COUNT_OF(names))
			return pispas_bad(why, "topics");
		q->topics |= 1u << i;
	}
	return q->session ? E_OK : why_fail(why, E_UNSUPPORTED, NULL);
}

/* What is subscribed to from now on. */
bool pispas_write_topics(const struct request *q, const struct reply *r, struct json_w *w)
{
	json_w_object(w);
	json_w_key(w, "topics");
	json_w_array(w);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (q->session->topics & 1u << i)
			json_w_text(w, names[i]);
	json_w_array_end(w);
	json_w_object_end(w);
	return true;
}

static void begin(struct json_w *w, unsigned topic)
{
	json_w_object(w);
	json_w_text_field(w, "topic", names[topic]);
	pispas_date(w, "time", clock_wall());
}

static unsigned tell_printer(struct platen *p, const struct device *d, struct buf *out)
{
	struct json_w w;
	struct buf data;

	if (d->adhoc || d->transient || d->gone)
		return 0;
	buf_init(&data, 65536);
	w = json_w(&data);
	begin(&w, PRINTER);
	pispas_printer_fields(&w, d);
	json_w_object_end(&w);
	pispas_envelope(p, "PRINT", "EVENT", true, STR_NONE, buf_str(&data), out);
	buf_finish(&data);
	return 1u << PRINTER;
}

static unsigned tell_problem(struct platen *p, const struct problem *problem, struct buf *out)
{
	struct json_w w;
	struct buf data;

	buf_init(&data, 65536);
	w = json_w(&data);
	begin(&w, PROBLEM);
	json_w_text_field(&w, "kind", problem_name(problem->kind));
	json_w_bool_field(&w, "active", problem->severity != SEVERITY_OK);
	pispas_problem_fields(&w, problem);
	json_w_object_end(&w);
	pispas_envelope(p, "BASE", "EVENT", true, STR_NONE, buf_str(&data), out);
	buf_finish(&data);
	return 1u << PROBLEM;
}

unsigned pispas_event(struct platen *p, const struct event *e, struct buf *out)
{
	const struct device *d;

	switch (e->kind) {
	case EVENT_DEVICE:
		return tell_printer(p, e->device, out);
	case EVENT_JOB:
		d = device_find(&p->devices, str_of(e->job->printer));
		return d ? tell_printer(p, d, out) : 0;
	case EVENT_PROBLEM:
		return tell_problem(p, e->problem, out);
	default:
		return 0;
	}
}
