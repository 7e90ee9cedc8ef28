/*
 * Memory for our own small objects.
 *
 * These never return NULL: when the machine cannot give a few hundred bytes
 * the process says so and aborts (systemd restarts it, the journal holds
 * everything). What a client sizes does not come from here: it lives in a
 * `struct buf`, which has a ceiling and can refuse.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);              /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed, overflow-checked */
void *mem_grow(void *ptr, size_t count, size_t size); /* overflow-checked realloc */
char *mem_strdup(const char *text);        /* NULL stays NULL */
char *mem_strndup(const char *text, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_wipe(void *ptr, size_t len);      /* for secrets; not optimised away */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINER_OF(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#endif
