/*
 * CACHE: keys and values of the till's own, kept by the daemon.
 */
#include <string.h>

#include "core/cache.h"
#include "front/pispas.h"

#define TTL_MAX_S 315360000 /* ten years */

/* --- requests ------------------------------------------------------------------------------ */

static enum err read_key(const struct json *params, const char *name, size_t min,
    struct request *q, struct why *why)
{
	enum err err = pispas_text(params, name, q->cache->key, sizeof q->cache->key, why);

	if (!err && strlen(q->cache->key) < min)
		return pispas_bad(why, name);
	return err;
}

static struct cache_ask *begin(struct request *q, enum cache_verb verb)
{
	q->cache = cache_ask_create();
	q->cache->verb = verb;
	return q->cache;
}

/* The value is kept as it was sent: a price keeps its digits. */
static enum err decode_set(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	struct cache_ask *ask = begin(q, CACHE_SET);
	struct str value = json_source(json_get(params, "value"));
	int64_t ttl = 0;
	enum err err = read_key(params, "key", 1, q, why);

	if (!err && (!value.len || !buf_add_str(&ask->value, value)))
		err = pispas_bad(why, "value");
	if (!err)
		err = pispas_int(params, "ttl_s", 0, TTL_MAX_S, &ttl, why);
	ask->ttl_ms = ttl * 1000;
	return err;
}

static enum err decode_get(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	begin(q, CACHE_GET);
	return read_key(params, "key", 1, q, why);
}

static enum err decode_delete(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	begin(q, CACHE_DELETE);
	return read_key(params, "key", 1, q, why);
}

static enum err decode_keys(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	begin(q, CACHE_KEYS);
	return read_key(params, "prefix", 0, q, why);
}

static enum err decode_clear(const struct visit *v, const struct json *params, struct request *q,
    struct why *why)
{
	begin(q, CACHE_CLEAR);
	return E_OK;
}

/* --- answers ------------------------------------------------------------------------------- */

static bool write_key(const struct request *q, struct json_w *w, const char *what, bool yes)
{
	json_w_object(w);
	json_w_text_field(w, "key", q->cache->key);
	json_w_bool_field(w, what, yes);
	json_w_object_end(w);
	return true;
}

static bool write_set(const struct request *q, const struct reply *r, struct json_w *w)
{
	return write_key(q, w, "stored", true);
}

static bool write_deleted(const struct request *q, const struct reply *r, struct json_w *w)
{
	return write_key(q, w, "deleted", r->cache->found);
}

static bool write_text(const struct request *q, const struct reply *r, struct json_w *w)
{
	struct str text = buf_str(&r->cache->text);

	w->out->failed |= r->cache->text.failed;
	json_w_raw(w, text.len ? text : STR("null"));
	return true;
}

static bool write_cleared(const struct request *q, const struct reply *r, struct json_w *w)
{
	json_w_object(w);
	json_w_int_field(w, "cleared", (int64_t)r->cache->count);
	json_w_object_end(w);
	return true;
}

const struct pispas_action pispas_cache[] = {
	{ "set", VERB_CACHE, CAP_PRINT, NULL, decode_set, write_set, NULL },
	{ "get", VERB_CACHE, CAP_PRINT, NULL, decode_get, write_text, NULL },
	{ "delete", VERB_CACHE, CAP_PRINT, NULL, decode_delete, write_deleted, NULL },
	{ "keys", VERB_CACHE, CAP_PRINT, NULL, decode_keys, write_text, NULL },
	{ "clear", VERB_CACHE, CAP_PRINT, NULL, decode_clear, write_cleared, NULL },
	{ 0 },
};
