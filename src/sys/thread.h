/*
 * Threads. Each has a small stack (a worker of 1,000 must cost little) and a
 * name that debuggers show. Signals are blocked in every thread made here.
 * Mutexes and conditions are used by net/mailbox and base/log alone.
 */
#ifndef SYS_THREAD_H
#define SYS_THREAD_H

#include <stddef.h>

#include "base/err.h"

struct thread;
typedef void thread_fn(void *arg);

/* `stack` in bytes, 0 for 128 KiB. */
enum err thread_start(struct thread **thread, const char *name, size_t stack,
    thread_fn *fn, void *arg, struct why *why);
void thread_join(struct thread *thread); /* waits, frees */

/* Once, first thing in main: few malloc arenas, so that threads stay cheap. */
void thread_tune_memory(void);

#endif
