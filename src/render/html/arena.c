/*
 * A chain of blocks, filled from the front. Blocks grow with the document, so
 * that a receipt costs two or three of them; what is larger gets its own.
 */
#include "render/html/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK_BYTES 65536
#define TICKS_PER_LOOK 128 /* of the clock */

struct arena_block {
	struct arena_block *next;
	max_align_t bytes[];
};

struct arena_deferred {
	struct arena_deferred *next;
	void (*release)(void *);
	void *what;
};

static int64_t cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void arena_init(struct arena *a, size_t max, int64_t cpu_ms)
{
	*a = (struct arena){ .max = max, .cpu_end_us = cpu_us() + cpu_ms * 1000 };
}

void arena_finish(struct arena *a)
{
	for (; a->deferred; a->deferred = a->deferred->next)
		a->deferred->release(a->deferred->what);
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}

enum err arena_run(struct arena *a, void (*work)(void *arg), void *arg, struct why *why)
{
	jmp_buf escape;
	a->escape = &escape;
	if (setjmp(escape)) {
		if (why)
			*why = a->why;
		return a->why.err;
	}
	work(arg);
	return E_OK;
}

void arena_fail(struct arena *a, enum err err, const char *format, ...)
{
	va_list args;
	a->why = (struct why){ .err = err };
	va_start(args, format);
	vsnprintf(a->why.text, sizeof(a->why.text), format, args);
	va_end(args);
	longjmp(*a->escape, 1);
}

void arena_tick(struct arena *a)
{
	if (++a->ticks % TICKS_PER_LOOK == 0 && cpu_us() > a->cpu_end_us)
		arena_fail(a, E_TIMEOUT, "the document takes too long to lay out");
}

static void block_add(struct arena *a, size_t len)
{
	size_t size = len > BLOCK_BYTES ? len : BLOCK_BYTES;
	struct arena_block *b = NULL;
	if (size <= a->max - a->used)
		b = calloc(1, sizeof(*b) + size);
	if (!b)
		arena_fail(a, E_TOO_LARGE, "the document needs more than %zu MB of memory",
		    a->max >> 20);
	a->used += size;
	b->next = a->blocks;
	a->blocks = b;
	a->at = (uint8_t *)b->bytes;
	a->end = a->at + size;
}

void *arena_alloc(struct arena *a, size_t len)
{
	if (len > a->max)
		arena_fail(a, E_TOO_LARGE, "the document needs too much memory");
	len = (len + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	arena_tick(a);
	if (len > (size_t)(a->end - a->at))
		block_add(a, len);
	void *p = a->at;
	a->at += len;
	return p;
}

struct str arena_copy(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);
	if (s.len)
		memcpy(p, s.ptr, s.len);
	return (struct str){ p, s.len };
}

struct str arena_lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);
	for (size_t i = 0; i < s.len; i++)
		p[i] = (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] + 32 : s.ptr[i]);
	return (struct str){ p, s.len };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	return arena_copy(a, (struct str){ text, len });
}

void arena_defer(struct arena *a, void (*release)(void *), void *what)
{
	struct arena_deferred *d = ARENA_NEW(a, struct arena_deferred);
	*d = (struct arena_deferred){ a->deferred, release, what };
	a->deferred = d;
}

void *arena_more(struct arena *a, void *ptr, size_t count, size_t size)
{
	if (count % 8 || (count > 8 && (count & (count - 1))))
		return ptr;
	size_t room = count < 8 ? 8 : count * 2;
	void *larger = arena_alloc(a, room * size);
	if (count)
		memcpy(larger, ptr, count * size);
	return larger;
}
