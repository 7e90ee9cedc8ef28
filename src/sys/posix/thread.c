/*
 * Threads by pthreads. The creator blocks all signals while it starts one, so
 * that there is no moment in which the new thread could take a signal.
 */
#include "sys/thread.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

#define STACK_DEFAULT (128 * 1024)
#define NAME_MAX_LEN 15 /* the kernel's */

/* Instrumented frames are several times as big. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_FACTOR 8
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_FACTOR 8
#endif
#endif
#ifndef STACK_FACTOR
#define STACK_FACTOR 1
#endif

struct thread {
	pthread_t id;
	thread_fn *fn;
	void *arg;
	char name[NAME_MAX_LEN + 1];
};

static void *run(void *arg)
{
	struct thread *t = arg;

	pthread_setname_np(pthread_self(), t->name);
	t->fn(t->arg);
	return NULL;
}

static int spawn(struct thread *t, size_t stack)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	pthread_attr_init(&attr);
	rc = pthread_attr_setstacksize(&attr, stack * STACK_FACTOR);
	if (!rc) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = pthread_create(&t->id, &attr, run, t);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_attr_destroy(&attr);
	return rc;
}

enum err thread_start(struct thread **thread, const char *name, size_t stack,
    thread_fn *fn, void *arg, struct why *why)
{
	struct thread *t = mem_alloc(sizeof(*t));
	int rc;

	t->fn = fn;
	t->arg = arg;
	str_copy(t->name, sizeof(t->name), str_head(str_of(name), NAME_MAX_LEN));
	rc = spawn(t, stack ? stack : STACK_DEFAULT);
	if (rc) {
		free(t);
		return why_errno(why, E_INTERNAL, rc, "Cannot start the thread %s", name);
	}
	*thread = t;
	return E_OK;
}

void thread_join(struct thread *thread)
{
	if (!thread)
		return;
	pthread_join(thread->id, NULL);
	free(thread);
}

/*
 * Two arenas instead of eight per core. A fixed mmap threshold (glibc raises
 * its own with use) gives the memory of documents back when they are freed.
 */
void thread_tune_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}
