/*
 * One record in the store, "pairing", as JSON: who we are in clear, the token
 * sealed. Whether it can be opened is tried whenever record or secret change,
 * so that the state is known before anybody needs the token.
 */
#include "core/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/seal.h"
#include "base/sha.h"
#include "base/text.h"
#include "core/platen.h"
#include "sys/clock.h"
#include "sys/file.h"

#define VALUE_NAME "pairing"
#define VERSION 1
#define SECRET_ENV "BRIDGE_SECRET"
#define SECRET_BYTES 32
#define SALT_BYTES 16
#define TOKEN_BYTES (4 * PAIRING_TOKEN_CHARS)
#define RECORD_BYTES (8 * TOKEN_BYTES)

static const struct str key_name = STR_INIT("platen/print-bridge/device-token/v1");
static const char *const state_names[] = {
	[PAIRING_NONE] = "unpaired", [PAIRING_GOOD] = "paired",
	[PAIRING_UNREADABLE] = "unreadable", [PAIRING_REJECTED] = "rejected",
};

struct secret {
	bool known;
	uint8_t bytes[SECRET_BYTES];
};

struct record {
	bool there;
	char device[PAIRING_ID_SIZE], business[PAIRING_ID_SIZE], location[PAIRING_ID_SIZE];
	int64_t since;
	uint8_t salt[SALT_BYTES], nonce[SEAL_NONCE], tag[SEAL_TAG];
	uint8_t *sealed; /* owned */
	size_t len;
};

struct pairing {
	struct platen *platen;
	struct secret environment, secret; /* of the process; the one in force */
	struct record record;
	bool readable, rejected;
};

const char *pairing_state_name(enum pairing_state s)
{
	return state_names[s];
}

/* --- the secret -------------------------------------------------------------------- */

static struct str bytes_of(const void *ptr, size_t len)
{
	return (struct str){ ptr, len };
}

static void read_secret(struct secret *s, struct str hex)
{
	struct buf bytes;

	buf_init(&bytes, SECRET_BYTES);
	s->known = str_trim(hex).len == 2 * SECRET_BYTES && hex_decode(str_trim(hex), &bytes) &&
	    bytes.len == SECRET_BYTES;
	if (s->known)
		memcpy(s->bytes, bytes.ptr, SECRET_BYTES);
	mem_wipe(bytes.ptr, bytes.cap);
	buf_finish(&bytes);
}

static void take_environment(struct secret *s)
{
	char *hex = getenv(SECRET_ENV);

	if (!hex)
		return;
	read_secret(s, str_of(hex));
	if (!s->known)
		log_warn("pairing.secret", SECRET_ENV " is not 64 hex digits");
	mem_wipe(hex, strlen(hex));
	unsetenv(SECRET_ENV);
}

static void read_secret_file(struct secret *s, const char *path)
{
	struct buf text;
	struct why why;

	buf_init(&text, 1024);
	s->known = false;
	if (file_read_private(path, &text, &why))
		log_warn("pairing.secret", "%s", why.text);
	else
		read_secret(s, buf_str(&text));
	if (text.len && !s->known)
		log_warn("pairing.secret", "%s does not hold 64 hex digits", path);
	mem_wipe(text.ptr, text.cap);
	buf_finish(&text);
}

static const char *secret_file(const struct config *c)
{
	for (size_t i = 0; i < c->uplink_count; i++)
		if (c->uplinks[i].secret_file)
			return c->uplinks[i].secret_file;
	return NULL;
}

/* --- sealing ------------------------------------------------------------------------- */

static void derive(const struct secret *s, const struct record *r, uint8_t key[static SEAL_KEY])
{
	seal_derive(bytes_of(s->bytes, SECRET_BYTES), bytes_of(r->salt, SALT_BYTES), key_name, key,
	    SEAL_KEY);
}

static void close_record(const struct secret *s, struct record *r, struct str token)
{
	uint8_t key[SEAL_KEY];

	random_bytes(r->salt, sizeof r->salt);
	random_bytes(r->nonce, sizeof r->nonce);
	r->sealed = mem_alloc(token.len);
	r->len = token.len;
	derive(s, r, key);
	seal_close(key, r->nonce, str_of(r->device), token, r->sealed, r->tag);
	mem_wipe(key, sizeof key);
}

static bool open_record(const struct secret *s, const struct record *r, uint8_t *out)
{
	uint8_t key[SEAL_KEY];
	bool ok;

	if (!s->known)
		return false;
	derive(s, r, key);
	ok = seal_open(key, r->nonce, str_of(r->device), bytes_of(r->sealed, r->len), r->tag, out);
	mem_wipe(key, sizeof key);
	return ok;
}

static void try_record(struct pairing *g)
{
	struct record *r = &g->record;
	uint8_t *token;

	g->readable = false;
	if (!r->there)
		return;
	token = mem_alloc(r->len);
	g->readable = open_record(&g->secret, r, token);
	mem_wipe(token, r->len);
	free(token);
	if (!g->readable)
		log_warn("pairing.unreadable",
		    "the device token cannot be read with this secret: pair again");
}

static void record_finish(struct record *r)
{
	free(r->sealed);
	*r = (struct record){ 0 };
}

/* --- the record as it is stored --------------------------------------------------------- */

static void hex_field(struct json_w *w, const char *key, const uint8_t *bytes, size_t len)
{
	char *hex = mem_alloc(2 * len + 1);

	hex_encode(bytes, len, hex);
	json_w_text_field(w, key, hex);
	free(hex);
}

static void write_record(const struct record *r, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_int_field(&w, "version", VERSION);
	json_w_text_field(&w, "deviceId", r->device);
	json_w_text_field(&w, "businessId", r->business);
	json_w_text_field(&w, "locationId", r->location);
	json_w_int_field(&w, "pairedAt", r->since);
	hex_field(&w, "salt", r->salt, sizeof r->salt);
	hex_field(&w, "nonce", r->nonce, sizeof r->nonce);
	hex_field(&w, "sealed", r->sealed, r->len);
	hex_field(&w, "tag", r->tag, sizeof r->tag);
	json_w_object_end(&w);
}

/* Exactly `len` bytes. */
static bool read_hex(const struct json *o, const char *key, uint8_t *out, size_t len)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, len);
	ok = hex_decode(json_string(json_get(o, key)), &bytes) && bytes.len == len;
	if (ok)
		memcpy(out, bytes.ptr, len);
	buf_finish(&bytes);
	return ok;
}

static bool read_sealed(const struct json *o, struct record *r)
{
	r->len = json_string(json_get(o, "sealed")).len / 2;
	r->sealed = mem_alloc(r->len);
	return r->len && read_hex(o, "sealed", r->sealed, r->len);
}

static bool read_id(const struct json *o, const char *key, char out[PAIRING_ID_SIZE])
{
	return str_copy(out, PAIRING_ID_SIZE, json_string(json_get(o, key))) && out[0];
}

static bool read_record(struct str text, struct record *r)
{
	struct json_doc *doc;
	const struct json *o;
	int64_t version;

	if (json_parse(text, NULL, &doc, NULL))
		return false;
	o = json_root(doc);
	r->there = json_int(json_get(o, "version"), &version) && version == VERSION &&
	    read_id(o, "deviceId", r->device) && read_id(o, "businessId", r->business) &&
	    read_id(o, "locationId", r->location) && json_int(json_get(o, "pairedAt"), &r->since) &&
	    read_hex(o, "salt", r->salt, sizeof r->salt) &&
	    read_hex(o, "nonce", r->nonce, sizeof r->nonce) &&
	    read_hex(o, "tag", r->tag, sizeof r->tag) && read_sealed(o, r);
	json_destroy(doc);
	return r->there;
}

/* --- life ---------------------------------------------------------------------------------- */

struct pairing *pairing_create(struct platen *p)
{
	struct pairing *g = mem_alloc(sizeof *g);

	g->platen = p;
	take_environment(&g->environment);
	g->secret = g->environment;
	return g;
}

void pairing_destroy(struct pairing *g)
{
	if (!g)
		return;
	record_finish(&g->record);
	mem_wipe(g, sizeof *g);
	free(g);
}

static void recall(const char *name, struct str bytes, void *arg)
{
	struct pairing *g = arg;

	if (strcmp(name, VALUE_NAME) == 0 && !read_record(bytes, &g->record)) {
		log_error("pairing.record", "the stored pairing is damaged: pair again");
		record_finish(&g->record);
	}
}

enum err pairing_recall(struct pairing *g, const struct store_plug *plug, struct store *s,
    struct why *why)
{
	enum err err = plug->each_value(s, VALUE_NAME, recall, g, why);

	try_record(g);
	return err;
}

void pairing_load(struct pairing *g, const struct config *c)
{
	const char *path = secret_file(c);
	struct secret before = g->secret;

	g->secret = g->environment;
	if (path)
		read_secret_file(&g->secret, path);
	if (g->secret.known != before.known ||
	    memcmp(g->secret.bytes, before.bytes, sizeof before.bytes) != 0)
		try_record(g);
	mem_wipe(&before, sizeof before);
}

enum pairing_state pairing_state(const struct pairing *g)
{
	if (!g->record.there)
		return PAIRING_NONE;
	if (!g->readable)
		return PAIRING_UNREADABLE;
	return g->rejected ? PAIRING_REJECTED : PAIRING_GOOD;
}

const char *pairing_device(const struct pairing *g)
{
	return g->record.device;
}

const char *pairing_business(const struct pairing *g)
{
	return g->record.business;
}

const char *pairing_location(const struct pairing *g)
{
	return g->record.location;
}

int64_t pairing_since(const struct pairing *g)
{
	return g->record.since;
}

enum err pairing_token(const struct pairing *g, struct buf *out, struct why *why)
{
	uint8_t *to;

	if (!g->record.there)
		return why_fail(why, E_NOT_FOUND, "The bridge is not paired");
	to = buf_space(out, g->record.len);
	if (!to)
		return why_fail(why, E_TOO_LARGE, NULL);
	if (!open_record(&g->secret, &g->record, to))
		return why_fail(why, E_SECRET, NULL);
	buf_grown(out, g->record.len);
	return E_OK;
}

static void tell(struct pairing *g)
{
	struct event e = { .kind = EVENT_CONFIG };

	bus_publish(g->platen->bus, &e);
}

void pairing_rejected(struct pairing *g, bool rejected)
{
	if (g->rejected == rejected)
		return;
	g->rejected = rejected;
	tell(g);
}

/* --- changing it ----------------------------------------------------------------------------- */

struct change {
	struct task task;
	struct pairing *pairing;
	struct record record; /* there: to be made; else the end */
	struct buf text;
	pairing_fn *fn;
	void *arg;
};

static enum err run_change(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct change *c = CONTAINER_OF(t, struct change, task);
	enum err err = plug->put_value(s, VALUE_NAME, buf_str(&c->text), why);

	if (!err && !c->record.there)
		err = plug->drop_value(s, VALUE_NAME, why);
	return err;
}

static void on_changed(struct task *t)
{
	struct change *c = CONTAINER_OF(t, struct change, task);
	struct pairing *g = c->pairing;

	if (!t->err) {
		record_finish(&g->record);
		g->record = c->record;
		g->rejected = false;
		c->record.sealed = NULL;
		try_record(g);
		log_info("pairing.change", "the bridge is %s",
		    pairing_state_name(pairing_state(g)));
		tell(g);
	}
	c->fn(t->err, &t->why, c->arg);
	free(c->record.sealed);
	buf_finish(&c->text);
	free(c);
}

static struct change *change_create(struct pairing *g, pairing_fn *fn, void *arg)
{
	struct change *c = mem_alloc(sizeof *c);

	c->task.run = run_change;
	c->task.done = on_changed;
	c->pairing = g;
	c->fn = fn;
	c->arg = arg;
	buf_init(&c->text, RECORD_BYTES);
	return c;
}

/* 1 to `max` characters, none of them a control: it goes into headers. */
static bool is_word(struct str s, size_t max)
{
	size_t chars = 0;

	if (!utf8_valid(s))
		return false;
	for (size_t at = 0; at < s.len; chars++) {
		uint32_t c = utf8_next(s, &at);

		if (c < ' ' || (c >= 0x7F && c < 0xA0))
			return false;
	}
	return chars >= 1 && chars <= max;
}

static bool is_good(const struct pairing_offer *o)
{
	return is_word(o->token, PAIRING_TOKEN_CHARS) && is_word(o->device, PAIRING_ID_CHARS) &&
	    is_word(o->business, PAIRING_ID_CHARS) && is_word(o->location, PAIRING_ID_CHARS);
}

void pairing_make(struct pairing *g, const struct pairing_offer *offer, pairing_fn *fn, void *arg)
{
	struct change *c;
	struct record *r;
	struct why why;

	if (!is_good(offer)) {
		why_fail(&why, E_FIELD, "Invalid pairing");
		fn(E_FIELD, &why, arg);
		return;
	}
	if (!g->secret.known) {
		why_fail(&why, E_SECRET, NULL);
		fn(E_SECRET, &why, arg);
		return;
	}
	c = change_create(g, fn, arg);
	r = &c->record;
	r->there = true;
	r->since = clock_wall();
	str_copy(r->device, sizeof r->device, offer->device);
	str_copy(r->business, sizeof r->business, offer->business);
	str_copy(r->location, sizeof r->location, offer->location);
	close_record(&g->secret, r, offer->token);
	write_record(r, &c->text);
	clerk_post(g->platen->clerk, &c->task);
}

void pairing_end(struct pairing *g, pairing_fn *fn, void *arg)
{
	struct change *c = change_create(g, fn, arg);
	size_t len;

	write_record(&g->record, &c->text);
	len = c->text.len;
	buf_clear(&c->text);
	memset(buf_space(&c->text, len), '0', len);
	buf_grown(&c->text, len);
	clerk_post(g->platen->clerk, &c->task);
}
