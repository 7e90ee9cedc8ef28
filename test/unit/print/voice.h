/*
 * A printer that answers by a script: a peer (peer.h) that says, to given
 * bytes, given bytes. One script at a time.
 */
#ifndef TEST_VOICE_H
#define TEST_VOICE_H

#include "peer.h"

struct line {
	const char *ask, *say; /* hex pairs; NULL ends a script */
	unsigned delay;        /* ms before it is said; what comes meanwhile waits */
	unsigned apart;        /* ms between its bytes; 0: all at once */
	unsigned times;        /* at most so often; 0: always */
	bool dies;             /* the connection is reset instead */
};

/* Serve by `script`, which stays in place. Lines are tried in order. */
struct peer *voice_start(const struct line *script);
/* The same in two steps, for a peer's own script around it. */
void voice_script(const struct line *script);
void voice_serve(struct peer *p, int fd);
/* How often these bytes came; when all is over. */
unsigned voice_asked(const struct peer *p, const char *hex);

#endif
