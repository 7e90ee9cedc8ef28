/*
 * The diagnostics snapshot: every member is always there, null where nothing
 * is known. Only ESC/POS printers on TCP have telemetry in this dialect; what
 * the core learns of others by itself is not shown.
 */
#include <stdio.h>

#include "base/date.h"
#include "core/platen.h"
#include "core/telemetry.h"
#include "front/printbridge.h"
#include "sys/clock.h"

void printbridge_date(struct json_w *w, const char *key, int64_t wall)
{
	char text[32];

	date_format(wall, text);
	json_w_text_field(w, key, wall ? text : NULL);
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void tri_field(struct json_w *w, const char *key, enum tri value)
{
	json_w_key(w, key);
	if (value == TRI_UNKNOWN)
		json_w_null(w);
	else
		json_w_bool(w, value == TRI_YES);
}

static void write_bridge(struct json_w *w, const struct platen *p)
{
	const struct pairing *g = p->pairing;

	json_w_key(w, "bridge");
	json_w_object(w);
	json_w_text_field(w, "version", PLATEN_VERSION);
	printbridge_date(w, "startedAt", p->started_wall);
	json_w_text_field(w, "deviceId", or_null(pairing_device(g)));
	json_w_text_field(w, "businessId", or_null(pairing_business(g)));
	json_w_text_field(w, "locationId", or_null(pairing_location(g)));
	json_w_text_field(w, "pairing", pairing_state_name(pairing_state(g)));
	json_w_object_end(w);
}

static void write_backend(struct json_w *w, const struct backend_status *b)
{
	json_w_key(w, "backend");
	json_w_object(w);
	json_w_bool_field(w, "configured", b->configured);
	json_w_bool_field(w, "connected", b->connected);
	printbridge_date(w, "since", b->since);
	json_w_text_field(w, "lastError", or_null(b->last_error));
	json_w_int_field(w, "pendingReports", b->pending_reports);
	json_w_object_end(w);
}

static bool has_telemetry(const struct device *d)
{
	return printbridge_is_tcp(d) && str_is(str_of(d->settings.language->name), "escpos");
}

static enum source source_of(const struct device *d)
{
	return has_telemetry(d) ? d->condition.source : SOURCE_DISABLED;
}

static enum reach reach_of(const struct device *d)
{
	return has_telemetry(d) ? condition_reach(d) : d->condition.reach;
}

/* What polls told, as far as it may still hold: nothing once polling is off,
 * and "not online" only as long as no print has gone through since. */
static struct facts facts_of(const struct device *d)
{
	struct facts f = { 0 };

	if (source_of(d) != SOURCE_DISABLED)
		f = d->condition.facts;
	if (f.online == TRI_NO && reach_of(d) == REACH_ONLINE)
		f.online = TRI_UNKNOWN;
	return f;
}

/* The connector's pin is high or low; which of them means open depends on the drawer. */
static enum tri drawer_open(const struct device *d, const struct facts *f)
{
	enum { UNSET, LOW, HIGH }; /* as in option.def */
	int level = d->block->drawer_open_level;

	if (level == UNSET || f->drawer_high == TRI_UNKNOWN)
		return TRI_UNKNOWN;
	return (f->drawer_high == TRI_YES) == (level == HIGH) ? TRI_YES : TRI_NO;
}

static void write_identity(struct json_w *w, const struct device *d)
{
	const struct identity *id = &d->condition.identity;

	json_w_key(w, "printerIdentity");
	if (!id->known || !has_telemetry(d)) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	json_w_text_field(w, "manufacturer", or_null(id->manufacturer));
	json_w_text_field(w, "model", or_null(id->model));
	json_w_text_field(w, "serialNumber", or_null(id->serial));
	json_w_text_field(w, "firmwareVersion", or_null(id->firmware));
	json_w_object_end(w);
}

static void write_telemetry(struct json_w *w, const struct device *d)
{
	struct facts f = facts_of(d);

	json_w_text_field(w, "printerStatus", reach_name(reach_of(d)));
	json_w_text_field(w, "statusSource", source_name(source_of(d)));
	tri_field(w, "online", f.online);
	tri_field(w, "paperLoaded", f.paper_loaded);
	tri_field(w, "paperLow", f.paper_low);
	tri_field(w, "coverOpened", f.cover_open);
	tri_field(w, "drawerOpen", drawer_open(d, &f));
	write_identity(w, d);
	json_w_int_field(w, "pollFailures", has_telemetry(d) ? d->condition.failures : 0);
	printbridge_date(w, "lastStatusAt", has_telemetry(d) ? d->condition.last_status : 0);
	printbridge_date(w, "lastPrintAt", d->condition.last_print);
	json_w_text_field(w, "lastError", or_null(d->condition.last_error));
}

static void write_queue(struct json_w *w, const struct platen *p, const struct device *d)
{
	struct line_counts c;

	queue_counts(p->queue, d, &c);
	json_w_key(w, "queue");
	json_w_object(w);
	json_w_int_field(w, "waiting", c.waiting + c.delayed);
	json_w_int_field(w, "active", c.active);
	json_w_int_field(w, "unconfirmed", c.unconfirmed);
	json_w_object_end(w);
}

static void write_printer(struct json_w *w, const struct platen *p, const struct device *d)
{
	char url[320];

	json_w_object(w);
	json_w_text_field(w, "id", d->uuid);
	json_w_text_field(w, "name", printbridge_label(d));
	json_w_text_field(w, "connectionType", printbridge_is_tcp(d) ? "tcp" : "usb");
	json_w_text_field(w, "url", printbridge_url(d, url));
	printbridge_write_stations(w, d);
	write_telemetry(w, d);
	write_queue(w, p, d);
	json_w_object_end(w);
}

static void write_members(struct json_w *w, struct platen *p, const struct caller *caller)
{
	write_bridge(w, p);
	write_backend(w, &p->backend);
	json_w_key(w, "printers");
	json_w_array(w);
	LIST_EACH(&p->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (printbridge_shown(d, caller))
			write_printer(w, p, d);
	}
	json_w_array_end(w);
	printbridge_date(w, "updatedAt", clock_wall());
}

void printbridge_status(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	write_members(&w, q->platen, q->caller);
	json_w_object_end(&w);
}

void printbridge_snapshot(struct platen *p, const struct caller *caller, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "type", "status");
	write_members(&w, p, caller);
	json_w_object_end(&w);
}
