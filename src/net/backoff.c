/*
 * Doubling, with dice.
 */
#include "net/backoff.h"

#include "base/sha.h"

int64_t backoff_wait(const struct backoff *b, unsigned tries, uint32_t random)
{
	int64_t wait = b->first_ms, swing;

	for (unsigned i = 0; i < tries && wait < b->max_ms; i++)
		wait *= 2;
	if (wait > b->max_ms)
		wait = b->max_ms;
	swing = wait * (b->jitter < 100 ? b->jitter : 100) / 100;
	return wait - swing + (int64_t)((uint64_t)(2 * swing + 1) * random >> 32);
}

int64_t backoff_next(struct backoff *b)
{
	uint32_t random;

	random_bytes(&random, sizeof(random));
	return backoff_wait(b, b->tries++, random);
}

void backoff_reset(struct backoff *b)
{
	b->tries = 0;
}
