/*
 * The cage: what a process that reads a document we did not write is still
 * able to do. Everything here is for good; there is no way out again.
 *
 * What the kernel does not have is left out and said in cage_missing(), so that
 * the log can tell: only no_new_privs and the seccomp filter are indispensable.
 * (libseccomp's one home.)
 */
#ifndef SYS_CAGE_H
#define SYS_CAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * For a process and all that it will start: no new privileges, no network but
 * an empty one of its own, an unprivileged user when it was root, and an end
 * when its parent ends.
 */
enum err cage_floor(struct why *why);

struct cage {
	uint64_t memory;          /* bytes of address space */
	uint64_t file_bytes;      /* of one file in memory */
	unsigned cpu_seconds;
	unsigned files;           /* open descriptors */
	bool programs;            /* it may start the programs under /usr */
	const char *const *reads; /* files and folders it may read, NULL-terminated */
};

/*
 * Lock this process in: limits, no file but `reads`, none for writing, and system
 * calls by an allowlist (any other fails with ENOSYS).
 */
enum err cage_enter(const struct cage *c, struct why *why);

/* Names of what this kernel did not give us, "" when everything; static. */
const char *cage_missing(void);

#endif
