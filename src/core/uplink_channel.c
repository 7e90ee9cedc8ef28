/*
 * One connection for each printer with stations. It comes back by itself, after
 * a pause that grows; what it was opened with is remembered as a digest, so a
 * reload leaves alone what it does not concern.
 */
#include "core/uplink_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"

#define AUTH_MAX 65536
#define STATUS_MAX 65536

struct channel {
	struct list node;
	struct uplink *uplink;
	char printer[64];    /* the device's name */
	uint8_t shape[32];   /* of what it is to be opened with */
	struct sio *sio;     /* NULL: waits for `again` */
	bool joined, unwanted, anew;
	uint64_t number;     /* of the present connection */
	struct timer *again;
	struct backoff backoff;
	struct buf told;     /* the state that the backend has heard */
};

static void on_again(void *arg);

static struct device *device_of(const struct channel *c)
{
	return device_find(&c->uplink->all->platen->devices, str_of(c->printer));
}

static void tell_args(struct channel *c, const char *event, const struct buf *json)
{
	if (!sio_emit(c->sio, event, buf_str(json)))
		log_warn("uplink.emit", "%s: %s for %s is larger than the backend takes",
		    c->uplink->name, event, c->printer);
}

/* --- its printer's state ------------------------------------------------------------ */

static void tell_status(struct channel *c)
{
	struct uplink *u = c->uplink;
	const struct device *d = device_of(c);
	const struct printer_block *b = uplink_block(u, c->printer);
	struct uplink_self self;
	struct buf token, json;

	if (!d || !b || !c->joined || c->unwanted || !uplink_self(u, &self, &token))
		return;
	buf_init(&json, STATUS_MAX);
	u->kind->status(&self, d, b, &json);
	uplink_forget(&token);
	if (json.failed || str_eq(buf_str(&json), buf_str(&c->told))) {
		buf_finish(&json);
		return;
	}
	tell_args(c, u->kind->status_event, &json);
	buf_finish(&c->told);
	c->told = json;
}

void channels_device_changed(struct uplink *u, const struct device *d)
{
	LIST_EACH(&u->channels, node) {
		struct channel *c = LIST_OF(node, struct channel, node);

		if (strcmp(c->printer, d->name) == 0)
			tell_status(c);
	}
}

/* --- the connection ------------------------------------------------------------------- */

static void subscribe(struct channel *c)
{
	struct uplink *u = c->uplink;
	const struct printer_block *b = uplink_block(u, c->printer);
	struct buf json;

	if (!b || !u->subscribe_event || !u->subscribe_event[0])
		return;
	buf_init(&json, STATUS_MAX);
	for (size_t i = 0; i < b->stations.count; i++) {
		buf_clear(&json);
		u->kind->subscribe(b->stations.items[i], &json);
		tell_args(c, u->subscribe_event, &json);
	}
	buf_finish(&json);
}

static void on_connected(struct sio *s, struct str sid, void *arg)
{
	struct channel *c = arg;
	struct uplink *u = c->uplink;

	(void)s;
	(void)sid;
	if (c->unwanted || c->anew)
		return;
	c->joined = true;
	c->number = ++u->all->connections;
	backoff_reset(&c->backoff);
	buf_clear(&c->told);
	log_info("uplink.connected", "%s: connected for %s", u->name, c->printer);
	pairing_rejected(u->all->platen->pairing, false);
	subscribe(c);
	tell_status(c);
	missed_ask(u);
	report_resume(u);
	uplink_trouble(u, "", NULL);
}

static void on_refused(struct sio *s, struct str json, void *arg)
{
	struct channel *c = arg;

	(void)s;
	(void)json;
	if (c->unwanted || c->anew)
		return;
	timer_arm(c->again, REJECTED_MS, 0); /* on_closed leaves it */
	pairing_rejected(c->uplink->all->platen->pairing, true);
}

static void on_offer(struct sio *s, const struct sio_event *e, void *arg)
{
	struct channel *c = arg;
	struct claim claim = { .number = c->number, .ack = e->ack };

	(void)s;
	if (c->joined && !c->unwanted && str_is(e->name, c->uplink->kind->job_event))
		offer_take(c->uplink, e->args, &claim);
}

static void channel_free(struct channel *c)
{
	struct uplink *u = c->uplink;

	list_remove(&c->node);
	timer_destroy(c->again);
	buf_finish(&c->told);
	free(c);
	uplink_release(u);
}

static void on_closed(struct sio *s, const struct why *why, void *arg)
{
	struct channel *c = arg;
	struct uplink *u = c->uplink;

	(void)s;
	c->sio = NULL;
	c->joined = false;
	if (c->unwanted) {
		channel_free(c);
		return;
	}
	if (c->anew)
		timer_arm(c->again, 0, 0);
	else if (!timer_armed(c->again))
		timer_arm(c->again, backoff_next(&c->backoff), 0);
	c->anew = false;
	uplink_trouble(u, "no connection", why);
}

static void open_channel(struct channel *c, const char *auth)
{
	static const struct sio_ops ops = {
		.on_connected = on_connected,
		.on_refused = on_refused,
		.on_event = on_offer,
		.on_closed = on_closed,
	};
	struct uplink *u = c->uplink;
	struct sio_options o = {
		.url = u->url,
		.path = u->socket_path,
		.name_space = u->kind->name_space,
		.auth = auth,
		.tls = u->tls,
	};

	c->sio = sio_connect(u->all->platen->loop, &o, &ops, c);
}

static bool write_auth(struct uplink *u, const char *printer, struct buf *auth)
{
	const struct device *d = device_find(&u->all->platen->devices, str_of(printer));
	const struct printer_block *b = uplink_block(u, printer);
	struct uplink_self self;
	struct buf token;

	buf_init(auth, AUTH_MAX);
	if (!d || !b || !uplink_self(u, &self, &token))
		return false;
	u->kind->auth(&self, d, b, auth);
	uplink_forget(&token);
	return !auth->failed && buf_cstr(auth);
}

static void on_again(void *arg)
{
	struct channel *c = arg;
	struct buf auth;

	if (write_auth(c->uplink, c->printer, &auth))
		open_channel(c, buf_cstr(&auth));
	uplink_forget(&auth);
}

/* --- which there are ---------------------------------------------------------------------- */

static void channel_close(struct channel *c)
{
	c->unwanted = true;
	c->joined = false;
	timer_disarm(c->again);
	if (c->sio)
		sio_close(c->sio);
	else
		channel_free(c);
}

static struct channel *channel_of(struct uplink *u, const char *printer)
{
	LIST_EACH(&u->channels, node) {
		struct channel *c = LIST_OF(node, struct channel, node);

		if (!c->unwanted && strcmp(c->printer, printer) == 0)
			return c;
	}
	return NULL;
}

static struct channel *channel_create(struct uplink *u, const char *printer)
{
	struct channel *c = mem_alloc(sizeof *c);

	c->uplink = u;
	str_copy(c->printer, sizeof c->printer, str_of(printer));
	c->again = timer_create_on(u->all->platen->loop, on_again, c);
	c->backoff = (struct backoff){ .first_ms = 1000, .max_ms = 30000, .jitter = 50 };
	buf_init(&c->told, STATUS_MAX);
	list_append(&u->channels, &c->node);
	uplink_hold(u);
	return c;
}

static void make_shape(const struct uplink *u, const struct buf *auth, uint8_t out[static 32])
{
	struct sha256 *s = sha256_begin();

	sha256_add(s, (struct str){ (const char *)u->shape, sizeof u->shape });
	sha256_add(s, buf_str(auth));
	sha256_end(s, out);
}

/* The printer has stations: see that its connection is the right one. */
static void want(struct uplink *u, const struct printer_block *b)
{
	struct channel *c = channel_of(u, b->name);
	uint8_t shape[32];
	struct buf auth;
	bool ok = write_auth(u, b->name, &auth);

	make_shape(u, &auth, shape);
	uplink_forget(&auth);
	if (!ok)
		return;
	if (!c)
		c = channel_create(u, b->name);
	else if (memcmp(c->shape, shape, sizeof shape) == 0)
		return;
	memcpy(c->shape, shape, sizeof shape);
	backoff_reset(&c->backoff);
	c->joined = false;
	c->anew = c->sio != NULL;
	if (c->sio)
		sio_close(c->sio);
	else
		timer_arm(c->again, 0, 0);
}

static bool wanted(const struct uplink *u, const struct channel *c)
{
	const struct printer_block *b = uplink_block(u, c->printer);

	return !u->broken && b && b->stations.count && device_of(c);
}

void channels_load(struct uplink *u)
{
	static const uint8_t unpaired[32];
	const struct config *config = u->all->platen->config;
	bool paired = memcmp(u->token, unpaired, sizeof unpaired) != 0;

	LIST_EACH(&u->channels, node) {
		struct channel *c = LIST_OF(node, struct channel, node);

		if (!c->unwanted && (!paired || !wanted(u, c)))
			channel_close(c);
	}
	for (size_t i = 0; paired && !u->broken && i < config->printer_count; i++)
		if (config->printers[i].stations.count)
			want(u, &config->printers[i]);
}

void channels_close(struct uplink *u)
{
	LIST_EACH(&u->channels, node) {
		struct channel *c = LIST_OF(node, struct channel, node);

		if (!c->unwanted)
			channel_close(c);
	}
}

bool channels_joined(const struct uplink *u)
{
	LIST_EACH(&u->channels, node)
		if (LIST_OF(node, struct channel, node)->joined)
			return true;
	return false;
}

/* --- answers ------------------------------------------------------------------------------ */

void channels_ack(struct uplink *u, uint64_t number, int64_t ack, const char *error)
{
	struct buf json;
	struct json_w w;

	if (ack == SIO_NO_ACK)
		return;
	buf_init(&json, 1024);
	w = json_w(&json);
	json_w_object(&w);
	json_w_bool_field(&w, "ok", !error);
	if (error)
		json_w_text_field(&w, "error", error);
	json_w_object_end(&w);
	LIST_EACH(&u->channels, node) {
		struct channel *c = LIST_OF(node, struct channel, node);

		if (c->joined && c->number == number)
			sio_ack(c->sio, ack, buf_str(&json));
	}
	buf_finish(&json);
}
