/*
 * The simulated printer (sim/printer.h) as a peer (peer.h). It has a header of
 * its own because the simulators share no names with core.
 */
#ifndef TEST_SIM_PEER_H
#define TEST_SIM_PEER_H

#include "peer.h"

struct sim_seen {
	unsigned papers;
	uint64_t replies, bytes; /* bytes that were interpreted */
	bool drained;            /* everything that came was */
};

/* A printer of this model with a fault script (NULL: none), for one connection. One at a time. */
struct peer *sim_peer_start(const char *model, const char *faults);
/* When its connection has ended. */
void sim_peer_stop(struct peer *p, struct sim_seen *seen);

#endif
