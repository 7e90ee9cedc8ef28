/*
 * A connection without a socket and a loop without time, in place of
 * net/conn.c, net/loop.c and net/timer.c: what arrives, when, and when the
 * clock ticks is up to the test. As with the real one, on_close comes in a
 * later turn, never from inside a call.
 */
#ifndef TEST_FAKE_CONN_H
#define TEST_FAKE_CONN_H

#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/resolve.h"

struct loop *fake_loop(void);
struct conn *fake_open(accept_fn *fn, void *arg);
/* The connection that conn_connect made since the last call, NULL if none; then
 * what becomes of it. Names: an IP literal, "two.example" (2 addresses), others are unknown. */
struct conn *fake_dialled(void);
void fake_answer(struct conn *c);               /* it is there */
void fake_refuse(struct conn *c, enum err why); /* it is not */
/* Bytes from the peer; those that come while the connection is paused wait. */
void fake_feed(struct conn *c, struct str bytes);
void fake_end(struct conn *c);   /* the peer shuts its sending side */
void fake_reset(struct conn *c); /* the peer is gone */
/* Let `ms` pass, from one timer to the next, and a few turns of the loop. */
void fake_pass(int64_t ms);
const struct buf *fake_output(const struct conn *c); /* what we wrote */
void fake_output_clear(struct conn *c);
void fake_set_queued(struct conn *c, size_t bytes); /* as if the peer did not read */
bool fake_is_paused(const struct conn *c);
bool fake_is_shut(const struct conn *c);   /* our sending side */
bool fake_is_closed(const struct conn *c); /* on_close was called */
void fake_free(struct conn *c);

#endif
