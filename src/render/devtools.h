/*
 * Chromium's DevTools over its pipe: JSON messages, each ended by a NUL.
 *
 * One call at a time; what the browser tells unasked is passed over. Once a
 * call has failed for another reason than the browser's own answer (E_TIMEOUT,
 * E_LOST), the connection is of no more use.
 */
#ifndef RENDER_DEVTOOLS_H
#define RENDER_DEVTOOLS_H

#include "base/buf.h"
#include "base/json.h"
#include "sys/child.h"

struct devtools {
	struct child child;
	int to, from;         /* -1: not open */
	int64_t calls;
	struct buf in;        /* what has come */
	size_t used;          /* of it, passed on already */
	char home[64];        /* its profile, removed at the end */
	int give_up_fd;       /* a call ends with E_CANCELLED when its other side closes; -1 */
	int64_t deadline;     /* ... with E_TIMEOUT after this, clock_mono */
	struct json_doc *answer;
};

/* E_RENDERER when no Chromium is installed, or none that starts. */
enum err devtools_open(struct devtools *d, struct why *why);
void devtools_close(struct devtools *d);
/*
 * Call `method` with `params` (a JSON object) in `session` ("": the browser
 * itself). `*result` is valid until the next call. E_DOCUMENT with the browser's words
 * when it refuses.
 */
enum err devtools_call(struct devtools *d, const char *session, const char *method,
    const char *params, const struct json **result, struct why *why);

#endif
