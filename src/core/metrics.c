/*
 * Counters are kept where things happen; this only writes them down.
 */
#include "core/metrics.h"

#include <stdio.h>

#include "core/platen.h"
#include "core/telemetry.h"
#include "sys/clock.h"

#define PRINTERS_SHOWN 64

static void family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static void single(struct buf *out, const char *name, const char *type, const char *help,
    double value)
{
	family(out, name, type, help);
	buf_printf(out, "%s%s %.15g\n", name, type[0] == 'c' ? "_total" : "", value);
}

static void ends(struct buf *out, const struct queue_totals *t)
{
	const struct {
		const char *outcome;
		uint64_t count;
	} rows[] = {
		{ "done", t->done },
		{ "failed", t->failed },
		{ "expired", t->expired },
		{ "cancelled", t->cancelled },
		{ "unconfirmed", t->unconfirmed },
	};

	family(out, "platen_jobs", "counter", "Jobs by what became of them.");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_printf(out, "platen_jobs_total{outcome=\"%s\"} %llu\n", rows[i].outcome,
		    (unsigned long long)rows[i].count);
}

struct gauge {
	const char *name, *help;
	double (*value)(const struct device *d, const struct line_counts *c);
};

static double depth(const struct device *d, const struct line_counts *c)
{
	(void)d;
	return c->waiting + c->active + c->delayed;
}

static double oldest(const struct device *d, const struct line_counts *c)
{
	(void)d;
	return c->oldest ? (double)(clock_wall() - c->oldest) / 1000 : 0;
}

static double unconfirmed(const struct device *d, const struct line_counts *c)
{
	(void)d;
	return c->unconfirmed;
}

static double up(const struct device *d, const struct line_counts *c)
{
	(void)c;
	return d->condition.reach == REACH_ONLINE;
}

static const struct gauge gauges[] = {
	{ "platen_queue_depth", "Jobs that wait or are on the wire.", depth },
	{ "platen_oldest_job_seconds", "Age of the oldest waiting job.", oldest },
	{ "platen_unconfirmed_open", "Jobs of which nobody knows whether they were printed.",
	    unconfirmed },
	{ "platen_printer_up", "Whether the printer answered last time.", up },
};

/* A name in the configuration is checked; an ad-hoc one is an address. */
static void printers(struct platen *p, struct buf *out, const struct gauge *g)
{
	size_t shown = 0;

	family(out, g->name, "gauge", g->help);
	LIST_EACH(&p->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);
		struct line_counts c;

		if (shown++ == PRINTERS_SHOWN)
			return;
		queue_counts(p->queue, d, &c);
		buf_printf(out, "%s{printer=\"%s\"} %.15g\n", g->name, d->name, g->value(d, &c));
	}
}

static void journal(struct platen *p, struct buf *out)
{
	struct clerk_counts c;

	clerk_counts(p->clerk, &c);
	single(out, "platen_commits", "counter", "Group commits of the journal.",
	    (double)c.commits);
	single(out, "platen_commit_failures", "counter", "Commits that failed.",
	    (double)c.failures);
	single(out, "platen_commit_seconds", "counter", "Time spent in commits.",
	    (double)c.commit_us_sum / 1e6);
	single(out, "platen_commit_seconds_max", "gauge", "Longest commit.",
	    (double)c.commit_us_max / 1e6);
	single(out, "platen_journal_healthy", "gauge", "Whether the last commit worked.",
	    c.healthy);
}

static void door(struct platen *p, struct buf *out)
{
	static const char *const reasons[] = { "host", "origin", "token", "capability", "rate",
		"size", "json", "other" };
	struct door_totals t;

	doors_totals(p->doors, &t);
	single(out, "platen_requests", "counter", "HTTP requests.", (double)t.requests);
	family(out, "platen_refused", "counter", "Requests refused at the door, by reason.");
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		buf_printf(out, "platen_refused_total{reason=\"%s\"} %llu\n", reasons[i],
		    (unsigned long long)t.refused[i]);
}

static void polls(struct platen *p, struct buf *out)
{
	const struct poll_totals *t = &p->devices.polls;
	const struct {
		const char *result;
		uint64_t count;
	} rows[] = {
		{ "answered", t->answered },
		{ "silent", t->silent },
		{ "unreachable", t->unreachable },
		{ "gave-way", t->gave_way },
		{ "skipped", t->skipped },
	};
	uint64_t below = 0;

	family(out, "platen_polls", "counter",
	    "Questions for a printer's state, by what came of them.");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		buf_printf(out, "platen_polls_total{result=\"%s\"} %llu\n", rows[i].result,
		    (unsigned long long)rows[i].count);
	family(out, "platen_poll_seconds", "histogram",
	    "Answered polls, from connecting to the last reply.");
	for (unsigned i = 0; i < POLL_BUCKETS; i++) {
		int64_t us = telemetry_bucket_us(i);
		char bound[24] = "+Inf";

		if (us >= 0)
			snprintf(bound, sizeof bound, "%.15g", (double)us / 1e6);
		below += t->buckets[i];
		buf_printf(out, "platen_poll_seconds_bucket{le=\"%s\"} %llu\n", bound,
		    (unsigned long long)below);
	}
	buf_printf(out, "platen_poll_seconds_count %llu\nplaten_poll_seconds_sum %.6f\n",
	    (unsigned long long)t->answered, (double)t->us_sum / 1e6);
}

void metrics_write(struct platen *p, struct buf *out)
{
	struct queue_totals t;

	queue_totals(p->queue, &t);
	family(out, "platen_build", "info", "Version of the daemon.");
	buf_puts(out, "platen_build_info{version=\"" PLATEN_VERSION "\"} 1\n");
	single(out, "platen_uptime_seconds", "gauge", "Since start.",
	    (double)(clock_mono() - p->started) / 1000);
	single(out, "platen_accepted", "counter", "Jobs accepted.", (double)t.accepted);
	ends(out, &t);
	single(out, "platen_reprints", "counter", "Reprints after doubt.", (double)t.reprints);
	single(out, "platen_drawer_pulses", "counter", "Drawer pulses accepted.", (double)t.kicks);
	single(out, "platen_refused_queue_full", "counter", "Jobs refused: a queue was full.",
	    (double)t.refused_full);
	single(out, "platen_refused_disk", "counter", "Jobs refused: the disk was full.",
	    (double)t.refused_disk);
	single(out, "platen_queue_jobs", "gauge", "Open jobs.", (double)t.jobs);
	single(out, "platen_queue_bytes", "gauge", "Bytes of open jobs.", (double)t.bytes);
	for (size_t i = 0; i < COUNT_OF(gauges); i++)
		printers(p, out, &gauges[i]);
	polls(p, out);
	journal(p, out);
	door(p, out);
	buf_puts(out, "# EOF\n");
}
