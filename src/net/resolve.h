/*
 * Names to addresses, off the loop: the system's resolver on libuv's threads.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/uri.h"

#define RESOLVE_MAX 8 /* addresses; more are not looked at */

struct loop;
struct resolve;

/* In the order in which they are to be tried; at least one. Or none, and `why`
 * (E_UNREACHABLE). The resolve is gone when this is called. */
typedef void resolve_fn(const struct ip *ips, size_t count, const struct why *why, void *arg);

/*
 * Find the addresses of `host`. `fn` is called once, on the loop, never from
 * inside of this call, within `timeout_ms`; at once for an IP literal, which
 * needs no resolver. The system's resolver cannot be interrupted: after a
 * time-out or cancel the loop keeps its memory, and does not end, until it returns.
 */
struct resolve *resolve_start(struct loop *loop, const char *host, int64_t timeout_ms,
    resolve_fn *fn, void *arg);
void resolve_cancel(struct resolve *r); /* `fn` will not be called; NULL is allowed */

#endif
