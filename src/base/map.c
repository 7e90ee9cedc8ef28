/*
 * Open addressing with linear probing; a removed entry leaves a mark, so that
 * removal moves nothing and an iteration may go on. Keys are hashed with
 * SipHash-1-3 under a seed drawn once per process.
 */
#include "base/map.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"

#define FIRST_CAP 16 /* a power of two, as every cap */

struct map_entry {
	char *key; /* NULL: never used; `removed`: was used */
	size_t len;
	uint64_t hash;
	void *value;
};

static char removed[1];
static uint64_t seed[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void draw_seed(void)
{
	random_bytes(seed, sizeof(seed));
}

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[static 4])
{
	v[0] += v[1], v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1], v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[static 4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t map_hash(struct str key)
{
	pthread_once(&seeded, draw_seed);
	uint64_t v[4] = {
		seed[0] ^ 0x736f6d6570736575,
		seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261,
		seed[1] ^ 0x7465646279746573,
	};
	uint64_t word;
	size_t at = 0;
	for (; key.len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, key.ptr + at, sizeof(word));
		sip_word(v, word);
	}
	word = 0;
	if (key.len > at)
		memcpy(&word, key.ptr + at, key.len - at);
	sip_word(v, word ^ (uint64_t)key.len << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
}

static bool is_live(const struct map_entry *e)
{
	return e->key && e->key != removed;
}

void map_finish(struct map *m)
{
	for (size_t i = 0; i < m->cap; i++)
		if (is_live(&m->entries[i]))
			free(m->entries[i].key);
	free(m->entries);
	map_init(m);
}

static bool has_key(const struct map_entry *e, uint64_t hash, struct str key)
{
	return is_live(e) && e->hash == hash && str_eq((struct str){ e->key, e->len }, key);
}

static struct map_entry *find(const struct map *m, uint64_t hash, struct str key)
{
	if (!m->cap)
		return NULL;
	for (size_t i = hash & (m->cap - 1); m->entries[i].key; i = (i + 1) & (m->cap - 1))
		if (has_key(&m->entries[i], hash, key))
			return &m->entries[i];
	return NULL;
}

static struct map_entry *free_slot(struct map *m, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);
	while (is_live(&m->entries[i]))
		i = (i + 1) & (m->cap - 1);
	return &m->entries[i];
}

/* Room for one more with a quarter of the slots never used, which also bounds
 * every search. Sweeps the marks of removed entries away. */
static void make_room(struct map *m)
{
	if (m->cap && m->used + 1 <= m->cap / 4 * 3)
		return;
	struct map old = *m;
	m->cap = FIRST_CAP;
	while (m->cap < (m->count + 1) * 2)
		m->cap *= 2;
	m->entries = mem_array(m->cap, sizeof(*m->entries));
	m->used = m->count;
	for (size_t i = 0; i < old.cap; i++)
		if (is_live(&old.entries[i]))
			*free_slot(m, old.entries[i].hash) = old.entries[i];
	free(old.entries);
}

void *map_get(const struct map *m, struct str key)
{
	struct map_entry *e = find(m, map_hash(key), key);
	return e ? e->value : NULL;
}

void *map_put(struct map *m, struct str key, void *value)
{
	uint64_t hash = map_hash(key);
	struct map_entry *e = find(m, hash, key);
	if (e) {
		void *before = e->value;
		e->value = value;
		return before;
	}
	make_room(m);
	e = free_slot(m, hash);
	m->used += !e->key;
	m->count++;
	*e = (struct map_entry){ mem_strndup(key.ptr, key.len), key.len, hash, value };
	return NULL;
}

void *map_remove(struct map *m, struct str key)
{
	struct map_entry *e = find(m, map_hash(key), key);
	if (!e)
		return NULL;
	void *value = e->value;
	free(e->key); /* last, because `key` may be the entry's own */
	*e = (struct map_entry){ .key = removed };
	m->count--;
	return value;
}

bool map_next(const struct map *m, size_t *at, struct str *key, void **value)
{
	while (*at < m->cap) {
		const struct map_entry *e = &m->entries[(*at)++];
		if (!is_live(e))
			continue;
		*key = (struct str){ e->key, e->len };
		*value = e->value;
		return true;
	}
	return false;
}
