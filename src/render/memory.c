/*
 * A handful of places searched one by one: drawing costs a thousand times more.
 */
#include "render/memory.h"

#include <string.h>
#include <unistd.h>

#include "render/spool.h"

int memory_find(struct memory *m, const uint8_t key[static KEY_BYTES])
{
	for (size_t i = 0; i < MEMORY_PLACES; i++) {
		struct kept *k = &m->places[i];
		if (k->bytes && memcmp(k->key, key, KEY_BYTES) == 0) {
			k->used = ++m->clock;
			return k->spool;
		}
	}
	return -1;
}

static void forget(struct memory *m, struct kept *k)
{
	if (!k->bytes)
		return;
	close(k->spool);
	m->bytes -= k->bytes;
	k->bytes = 0;
	k->used = 0;
}

static struct kept *least_used(struct memory *m, bool kept)
{
	struct kept *least = NULL;
	for (size_t i = 0; i < MEMORY_PLACES; i++) {
		struct kept *k = &m->places[i];
		if ((!kept || k->bytes) && (!least || k->used < least->used))
			least = k;
	}
	return least;
}

bool memory_keep(struct memory *m, const uint8_t key[static KEY_BYTES], int spool)
{
	size_t bytes = spool_filled(spool);
	if (!bytes || bytes > MEMORY_BYTES / 4 || memory_find(m, key) >= 0)
		return false;
	while (m->bytes + bytes > MEMORY_BYTES)
		forget(m, least_used(m, true));
	struct kept *k = least_used(m, false);
	forget(m, k);
	*k = (struct kept){ .spool = spool, .bytes = bytes, .used = ++m->clock };
	memcpy(k->key, key, KEY_BYTES);
	m->bytes += bytes;
	return true;
}
