/*
 * The memory of one document, and the way out of it.
 *
 * Everything that is made while a document is drawn lives in one arena and dies
 * with it. Work that meets a limit or a broken document leaves by arena_fail,
 * from however deep, and arena_run returns its error: so nothing in between has
 * to check, and nothing made so far is lost track of. What is not plain memory
 * (Pango's and Cairo's things) is released by arena_defer.
 */
#ifndef RENDER_HTML_ARENA_H
#define RENDER_HTML_ARENA_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena_block;
struct arena_deferred;

struct arena {
	struct arena_block *blocks;
	uint8_t *at, *end;
	size_t used, max;
	struct arena_deferred *deferred;
	jmp_buf *escape;
	struct why why;
	unsigned ticks;
	int64_t cpu_end_us; /* of this thread */
};

/* `max` bytes in all; `cpu_ms` of this thread's time from now on. */
void arena_init(struct arena *a, size_t max, int64_t cpu_ms);
void arena_finish(struct arena *a); /* runs what was deferred, last first */

/* Do `work`; E_OK, or what arena_fail was called with. Does not nest. */
enum err arena_run(struct arena *a, void (*work)(void *arg), void *arg, struct why *why);
_Noreturn void arena_fail(struct arena *a, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Zeroed and never NULL: E_TOO_LARGE when it is more than there is. */
void *arena_alloc(struct arena *a, size_t len);
struct str arena_copy(struct arena *a, struct str s); /* terminated besides */
struct str arena_lower(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void arena_defer(struct arena *a, void (*release)(void *), void *what);

/* Called from every loop that a document can make long: E_TIMEOUT past the end. */
void arena_tick(struct arena *a);

/* An array that grows: room for one more of `size` bytes at ptr[count]. */
void *arena_more(struct arena *a, void *ptr, size_t count, size_t size);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (n)))

#endif
