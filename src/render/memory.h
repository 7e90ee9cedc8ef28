/*
 * What was drawn before: finished spools by the digest of document and options,
 * so that a logo or a copy is not drawn again. The least used goes first.
 */
#ifndef RENDER_MEMORY_H
#define RENDER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/message.h"

#define MEMORY_BYTES (8u << 20)
#define MEMORY_PLACES 32

struct memory {
	struct kept {
		uint8_t key[KEY_BYTES];
		int spool;      /* valid while bytes > 0 */
		size_t bytes;
		uint64_t used;  /* when, counted in uses */
	} places[MEMORY_PLACES];
	uint64_t clock;
	size_t bytes;
};

int memory_find(struct memory *m, const uint8_t key[static KEY_BYTES]); /* -1: not here */
/* Takes `spool` unless it returns false: a single answer may be at most a quarter of all. */
bool memory_keep(struct memory *m, const uint8_t key[static KEY_BYTES], int spool);

#endif
