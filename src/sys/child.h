/*
 * Programs that we start and watch: no shell, no inherited descriptor but
 * those named.
 */
#ifndef SYS_CHILD_H
#define SYS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct child {
	pid_t pid;
	int fd; /* readable once it has ended */
};

/*
 * Start argv[0] (a path) with descriptors 0..2 as they are, or /dev/null for the
 * standard input, and fds[0..] as 3, 4, ... E_NOT_FOUND when there is no such program.
 */
enum err child_start(struct child *c, const char *const argv[], const int fds[], size_t count,
    struct why *why);
/* The same with `in` as its standard input, for it to read only, and its standard
 * output to be read from `*out`. What it says on standard error goes nowhere. */
enum err child_start_filter(struct child *c, const char *const argv[], int in, int *out,
    struct why *why);
/* Collect it, waiting if need be: its status as waitpid gives it. */
int child_end(struct child *c);
void child_kill(struct child *c); /* SIGKILL; child_end still collects it */

/* The path of a program that stands beside our own executable (`platen-render`), or
 * "" if it cannot be told. */
void child_beside(const char *name, char *path, size_t size);

#endif
