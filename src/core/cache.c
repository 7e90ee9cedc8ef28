/*
 * A value lies in the store behind the time when it ends: "1763630043120\n{...}",
 * 0 for never. How many bytes there are in all is counted once and kept up.
 */
#include "core/cache.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "sys/clock.h"

#define PREFIX "cache/"
#define ENTRY_MIN 64
#define TEXT_MAX (15u << 20)

struct cache {
	_Atomic bool doubtful; /* `bytes` is not to be trusted */
	size_t bytes;
};

struct cache *cache_create(void)
{
	struct cache *c = mem_alloc(sizeof *c);

	c->doubtful = true;
	return c;
}

void cache_destroy(struct cache *c)
{
	free(c);
}

void cache_doubt(struct cache *c)
{
	c->doubtful = true;
}

struct cache_ask *cache_ask_create(void)
{
	struct cache_ask *ask = mem_alloc(sizeof *ask);

	buf_init(&ask->value, CACHE_VALUE_MAX);
	return ask;
}

void cache_ask_destroy(struct cache_ask *ask)
{
	if (!ask)
		return;
	buf_finish(&ask->value);
	free(ask);
}

/* --- entries ------------------------------------------------------------------------------ */

struct entry {
	struct str key, value;
	bool live;
};

static struct entry entry_of(const char *name, struct str bytes)
{
	struct entry e = { .key = str_from(str_of(name), sizeof PREFIX - 1) };
	int64_t ends = 0;

	e.live = str_to_i64(str_cut(bytes, '\n', &e.value), &ends) && e.value.ptr &&
	    (!ends || ends > clock_wall());
	return e;
}

static size_t weight(const struct entry *e)
{
	size_t bytes = e->key.len + e->value.len;

	return bytes > ENTRY_MIN ? bytes : ENTRY_MIN;
}

static void name_of(const char *key, char out[static VALUE_NAME_MAX + 1])
{
	snprintf(out, VALUE_NAME_MAX + 1, PREFIX "%s", key);
}

/* One look at entries: what each may be asked for. */
struct look {
	size_t bytes;          /* of those that live */
	uint64_t live;
	struct buf *value;     /* find: where the value goes; or NULL */
	struct json_w w;       /* keys: their array */
	bool drop_live;
	struct buf doomed;     /* names to be dropped, each with its NUL */
};

static void look_at(const char *name, struct str bytes, void *arg)
{
	struct look *l = arg;
	struct entry e = entry_of(name, bytes);

	if (e.live) {
		l->live++;
		l->bytes += weight(&e);
	}
	if (!e.live || l->drop_live)
		buf_add(&l->doomed, name, strlen(name) + 1);
}

/* See all whose key begins so, and drop those that are past their time. */
static enum err look(const struct store_plug *plug, struct store *s, const char *prefix,
    struct look *l, struct why *why)
{
	char name[VALUE_NAME_MAX + 1];
	enum err err;

	name_of(prefix, name);
	buf_init(&l->doomed, 2 * CACHE_BYTES_MAX);
	err = plug->each_value(s, name, look_at, l, why);
	for (size_t at = 0; !err && at < l->doomed.len; at += strlen(name) + 1) {
		str_copy(name, sizeof name, str_of((const char *)l->doomed.ptr + at));
		err = plug->drop_value(s, name, why);
	}
	buf_finish(&l->doomed);
	return err;
}

/* --- the verbs ---------------------------------------------------------------------------- */

static enum err count_anew(struct cache *c, const struct store_plug *plug, struct store *s,
    struct why *why)
{
	struct look l = { 0 };
	enum err err = look(plug, s, "", &l, why);

	c->bytes = l.bytes;
	return err;
}

static void take_entry(const char *name, struct str bytes, void *arg)
{
	struct look *l = arg;
	struct entry e = entry_of(name, bytes);

	l->bytes = weight(&e);
	l->live = e.live;
	if (l->value && e.live)
		buf_add_str(l->value, e.value);
}

/* The weight of what is there, alive or not, and whether it lives. */
static enum err find(const struct store_plug *plug, struct store *s, const char *name,
    struct look *l, struct why *why)
{
	enum err err = plug->get_value(s, name, take_entry, l, why);

	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err make_room(struct cache *c, const struct store_plug *plug, struct store *s,
    size_t more, struct why *why)
{
	enum err err;

	if (c->bytes + more <= CACHE_BYTES_MAX)
		return E_OK;
	err = count_anew(c, plug, s, why);
	if (!err && c->bytes + more > CACHE_BYTES_MAX)
		return why_fail(why, E_DISK, NULL);
	return err;
}

static enum err set(struct cache *c, const struct store_plug *plug, struct store *s,
    const struct cache_ask *ask, struct why *why)
{
	struct entry e = { .key = str_of(ask->key), .value = buf_str(&ask->value) };
	int64_t ends = ask->ttl_ms ? clock_wall() + ask->ttl_ms : 0;
	char name[VALUE_NAME_MAX + 1];
	struct look old = { 0 };
	struct buf bytes;
	enum err err;

	name_of(ask->key, name);
	if ((err = find(plug, s, name, &old, why)))
		return err;
	c->bytes -= old.bytes < c->bytes ? old.bytes : c->bytes;
	if ((err = make_room(c, plug, s, weight(&e), why)))
		return err;
	c->bytes += weight(&e);
	buf_init(&bytes, CACHE_VALUE_MAX + 32);
	buf_printf(&bytes, "%lld\n", (long long)ends);
	buf_add_str(&bytes, e.value);
	err = plug->put_value(s, name, buf_str(&bytes), why);
	buf_finish(&bytes);
	return err;
}

static enum err get(const struct store_plug *plug, struct store *s, const struct cache_ask *ask,
    struct cache_told *told, struct why *why)
{
	char name[VALUE_NAME_MAX + 1];
	struct look l = { .value = &told->text };
	enum err err;

	name_of(ask->key, name);
	err = find(plug, s, name, &l, why);
	told->found = l.live;
	return err;
}

static enum err delete(struct cache *c, const struct store_plug *plug, struct store *s,
    const struct cache_ask *ask, struct cache_told *told, struct why *why)
{
	char name[VALUE_NAME_MAX + 1];
	struct look l = { 0 };
	enum err err;

	name_of(ask->key, name);
	if ((err = find(plug, s, name, &l, why)))
		return err;
	told->found = l.live;
	c->bytes -= l.bytes < c->bytes ? l.bytes : c->bytes;
	return plug->drop_value(s, name, why);
}

static void list_key(const char *name, struct str bytes, void *arg)
{
	struct look *l = arg;
	struct entry e = entry_of(name, bytes);

	if (e.live)
		json_w_str(&l->w, e.key);
}

static enum err keys(const struct store_plug *plug, struct store *s, const struct cache_ask *ask,
    struct cache_told *told, struct why *why)
{
	struct look l = { .w = json_w(&told->text) };
	char name[VALUE_NAME_MAX + 1];
	enum err err;

	name_of(ask->key, name);
	json_w_array(&l.w);
	err = plug->each_value(s, name, list_key, &l, why);
	json_w_array_end(&l.w);
	return err;
}

static enum err clear(struct cache *c, const struct store_plug *plug, struct store *s,
    struct cache_told *told, struct why *why)
{
	struct look l = { .drop_live = true };
	enum err err = look(plug, s, "", &l, why);

	told->count = l.live;
	c->bytes = 0;
	return err;
}

enum err cache_run(struct cache *c, const struct store_plug *plug, struct store *s,
    const struct cache_ask *ask, struct cache_told *told, struct why *why)
{
	enum err err;

	buf_init(&told->text, TEXT_MAX);
	if (ask->verb == CACHE_GET)
		return get(plug, s, ask, told, why);
	if (ask->verb == CACHE_KEYS)
		return keys(plug, s, ask, told, why);
	if (atomic_exchange(&c->doubtful, false) && (err = count_anew(c, plug, s, why)))
		return err;
	if (ask->verb == CACHE_SET)
		return set(c, plug, s, ask, why);
	if (ask->verb == CACHE_DELETE)
		return delete(c, plug, s, ask, told, why);
	return clear(c, plug, s, told, why);
}
