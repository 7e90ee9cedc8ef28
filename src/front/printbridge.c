/*
 * The dialect of the FlowPOS Print Bridge: printers and what they say of
 * themselves, by REST and as a stream of snapshots; drawers; the pairing with
 * the backend, whose link is an uplink of the core. docs/dialects/print-bridge.md
 * is its manual.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "core/lang.h"
#include "core/platen.h"
#include "front/printbridge.h"
#include "sys/clock.h"
#include "sys/usb.h"

#define BODY_MAX (1u << 20)
#define FEED_LINES 4
#define USB_MAX 64
#define STREAMS_MAX 16
#define UNSENT_MAX (256 * 1024)
#define MERGE_MS 250
#define RETRY_MS 3000

/* A member that is wrong is one of a printer's: nothing else here has members
 * whose names matter. */
static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);
	bool printer = why->err == E_FIELD && why->field[0];

	json_w_object(&w);
	json_w_text_field(&w, "error", printer ? "Invalid printer" : why->text);
	if (printer)
		json_w_text_field(&w, "field", printbridge_member(why->field));
	json_w_object_end(&w);
}

/* --- requests ------------------------------------------------------------------------- */

static void find_printer(const struct visit *v, struct request *q)
{
	q->device = device_find_uuid(&v->platen->devices, v->params[0]);
}

static enum err read_printer(const struct visit *v, struct request *q, struct why *why)
{
	find_printer(v, q);
	if (!q->device || !printbridge_shown(q->device, v->caller))
		return why_fail(why, E_NOT_FOUND, "Printer not found");
	return E_OK;
}

static enum err decode_new(const struct visit *v, struct request *q, struct why *why)
{
	(void)v;
	(void)why;
	q->judge = printbridge_judge_new;
	return E_OK;
}

static enum err decode_change(const struct visit *v, struct request *q, struct why *why)
{
	(void)why;
	find_printer(v, q);
	q->judge = printbridge_judge_change;
	return E_OK;
}

static enum err decode_removal(const struct visit *v, struct request *q, struct why *why)
{
	(void)why;
	find_printer(v, q);
	q->judge = printbridge_judge_removal;
	return E_OK;
}

static struct job *begin_job(const struct visit *v, struct request *q, enum job_kind kind)
{
	struct job *job = q->draft = job_create(kind);

	job->ticket = ticket_default();
	job->on_doubt = dialect_printbridge.on_doubt;
	str_copy(job->dialect, sizeof job->dialect, str_of(dialect_printbridge.name));
	str_copy(job->caller, sizeof job->caller, str_of(v->caller->principal));
	return job;
}

static enum err decode_drawer(const struct visit *v, struct request *q, struct why *why)
{
	enum err err = read_printer(v, q, why);
	char url[320];
	struct job *job;

	if (err)
		return err;
	if (!printbridge_url(q->device, url) || !q->device->settings.language->kick)
		return why_fail(why, E_CONFLICT,
		    "Cash drawer control not available for this printer");
	job = begin_job(v, q, KIND_KICK);
	job->ticket.init = false; /* the pulse alone */
	job->ticket.drawer_pin = q->device->settings.drawer_pin;
	job->lifetime = q->device->settings.drawer_expiry;
	return E_OK;
}

/* What a printer can show without knowing its code page. */
static struct document *test_slip(const struct device *d)
{
	const char *label = printbridge_label(d);
	char name[129], date[32];
	struct buf slip;

	text_printable(label, strlen(label), sizeof name - 1, name);
	date_format(clock_wall(), date);
	buf_init(&slip, 1024);
	buf_printf(&slip, "TEST\n\nPrinter: %s\nTime:    %s\nBridge:  platen " PLATEN_VERSION "\n",
	    name, date);
	return document_create(d->settings.language->takes(TYPE_ESCPOS) ? TYPE_ESCPOS : TYPE_RAW,
	    &slip, NULL, 1);
}

static enum err decode_test(const struct visit *v, struct request *q, struct why *why)
{
	enum err err = read_printer(v, q, why);
	struct job *job;

	if (err)
		return err;
	job = begin_job(v, q, KIND_PRINT);
	job->doc = test_slip(q->device);
	job->ticket.cut = CUT_PARTIAL;
	job->ticket.feed_lines = FEED_LINES;
	str_copy(job->title, sizeof job->title, STR("Test"));
	return E_OK;
}

static enum err decode_pairing(const struct visit *v, struct request *q, struct why *why)
{
	(void)why;
	q->pairing = (struct pairing_offer){
		.token = json_string(json_get(v->json, "deviceToken")),
		.device = json_string(json_get(v->json, "deviceId")),
		.business = json_string(json_get(v->json, "businessId")),
		.location = json_string(json_get(v->json, "locationId")),
	};
	return E_OK;
}

/* --- replies -------------------------------------------------------------------------- */

static void encode_ok(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	buf_puts(&out->body, "{\"ok\":true}");
}

static void encode_removed(const struct request *q, const struct reply *r, struct answer *out)
{
	(void)q;
	(void)r;
	out->status = 204;
}

static void encode_printer(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	printbridge_write_printer(&w, r->device);
}

/* As it is now, after the change. */
static void encode_changed(const struct request *q, const struct reply *r, struct answer *out)
{
	const struct device *d = device_find(&q->platen->devices, str_of(q->name));
	struct json_w w = json_w(&out->body);

	(void)r;
	if (d && d->block)
		printbridge_write_printer(&w, d);
}

static void encode_created(const struct request *q, const struct reply *r, struct answer *out)
{
	encode_changed(q, r, out);
	out->status = 201;
}

static void encode_printers(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_array(&w);
	LIST_EACH(&q->platen->devices.list, node) {
		const struct device *d = LIST_OF(node, struct device, node);

		if (printbridge_shown(d, q->caller))
			printbridge_write_printer(&w, d);
	}
	json_w_array_end(&w);
}

static void encode_queued(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);
	char id[24];

	(void)q;
	snprintf(id, sizeof id, "%lld", (long long)r->job->id);
	out->status = 202;
	json_w_object(&w);
	json_w_bool_field(&w, "ok", true);
	json_w_text_field(&w, "jobId", id);
	json_w_object_end(&w);
}

static void encode_usb(const struct request *q, const struct reply *r, struct answer *out)
{
	const char *root = q->platen->config->daemon.device_root;
	struct usb_device list[USB_MAX];
	size_t count = usb_list(root ? root : "", list, USB_MAX);
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_array(&w);
	for (size_t i = 0; i < count; i++) {
		json_w_object(&w);
		json_w_text_field(&w, "path", list[i].path);
		json_w_bool_field(&w, "stable", list[i].stable[0]);
		json_w_text_field(&w, "usbDeviceClass", usb_class_name(list[i].class));
		json_w_text_field(&w, "stablePath", list[i].stable[0] ? list[i].stable : NULL);
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
}

static void encode_pairing(const struct request *q, const struct reply *r, struct answer *out)
{
	const struct pairing *g = q->platen->pairing;
	bool paired = pairing_state(g) != PAIRING_NONE;
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_text_field(&w, "state", pairing_state_name(pairing_state(g)));
	json_w_text_field(&w, "deviceId", paired ? pairing_device(g) : NULL);
	json_w_text_field(&w, "businessId", paired ? pairing_business(g) : NULL);
	json_w_text_field(&w, "locationId", paired ? pairing_location(g) : NULL);
	printbridge_date(&w, "pairedAt", pairing_since(g));
	json_w_object_end(&w);
}

/* The first address of the listener that has the console. */
static void encode_home(const struct request *q, const struct reply *r, struct answer *out)
{
	struct door_status s;
	struct str rest;

	(void)r;
	for (size_t i = 0; doors_status(q->platen->doors, i, &s); i++) {
		struct str first = str_trim(str_cut(str_of(s.addresses), ',', &rest));

		if (strcmp(s.dialect, "native") != 0 || !first.len)
			continue;
		out->status = 302;
		snprintf(out->location, sizeof out->location, "http://%.*s/", STR_ARG(first));
		return;
	}
	out->status = 404;
	buf_puts(&out->body, "{\"error\":\"Not found\"}");
}

static const struct route routes[] = {
	{ "GET", "/", VERB_HELLO, ROUTE_HOME, NULL, encode_home },
	{ "GET", "/api/status", VERB_DEVICES, 0, NULL, printbridge_status },
	{ "GET", "/events", VERB_EVENTS, ROUTE_STREAM | ROUTE_QUERY_TOKEN, NULL, NULL },

	{ "GET", "/api/printers", VERB_DEVICES, 0, NULL, encode_printers },
	{ "POST", "/api/printers", VERB_PRINTER_PUT, ROUTE_JSON, decode_new, encode_created },
	{ "GET", "/api/printers/{id}", VERB_DEVICE, 0, read_printer, encode_printer },
	{ "PATCH", "/api/printers/{id}", VERB_PRINTER_AMEND, ROUTE_JSON, decode_change,
	    encode_changed },
	{ "DELETE", "/api/printers/{id}", VERB_PRINTER_REMOVE, 0, decode_removal, encode_removed },
	{ "POST", "/api/printers/{id}/test", VERB_SUBMIT, ROUTE_JSON, decode_test, encode_queued },
	{ "POST", "/api/printers/{id}/drawer/open", VERB_KICK, ROUTE_JSON, decode_drawer,
	    encode_ok },
	{ "GET", "/api/devices/usb", VERB_DEVICES, 0, NULL, encode_usb },

	{ "GET", "/api/pairing", VERB_PAIRING, 0, NULL, encode_pairing },
	{ "POST", "/api/pairing", VERB_PAIR, ROUTE_JSON, decode_pairing, encode_pairing },
	{ "DELETE", "/api/pairing", VERB_UNPAIR, 0, NULL, encode_pairing },
	{ 0 },
};

static const struct snapshots snapshots = {
	.write = printbridge_snapshot,
	.merge_ms = MERGE_MS,
	.retry_ms = RETRY_MS,
	.unsent_max = UNSENT_MAX,
	.streams_max = STREAMS_MAX,
};

const struct dialect dialect_printbridge = {
	.name = "print-bridge",
	.summary =
	    "FlowPOS Print Bridge: printers with telemetry, drawers, a stream of their state",
	.port = 3456,
	.body_max = BODY_MAX,
	.on_doubt = DOUBT_HOLD,
	.tls = TLS_OFF,
	.routes = routes,
	.refuse = refuse,
	.token_always = true,
	.snapshots = &snapshots,
};
