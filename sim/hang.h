/*
 * A port where connecting neither succeeds nor fails: it listens, but its
 * queue is full and nobody takes from it, so the kernel drops further requests.
 */
#ifndef SIM_HANG_H
#define SIM_HANG_H

#include <stdint.h>

#include "base/err.h"
#include "base/uri.h"

enum { HANG_FILLERS = 4 };

struct hang {
	int fd[1 + HANG_FILLERS]; /* the listener and our own connections to it */
	unsigned count;
};

enum err hang_open(struct hang *h, const struct ip *ip, uint16_t port, struct why *why);
void hang_close(struct hang *h);

#endif
