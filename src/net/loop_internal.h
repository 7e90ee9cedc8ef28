/*
 * The loop's inside, for net/ only: what all connections share.
 */
#ifndef NET_LOOP_INTERNAL_H
#define NET_LOOP_INTERNAL_H

#include <uv.h>

#include "base/buf.h"
#include "base/list.h"
#include "net/bell.h"
#include "net/loop.h"

#define LOOP_READ_BYTES (64 * 1024)

struct loop {
	uv_loop_t uv;
	struct list signals;
	struct list deadlines; /* unsorted */
	uv_timer_t sweeper;
	int64_t sweep_at; /* when the sweeper fires, if it is active */
	char *read_buffer;     /* LOOP_READ_BYTES; each read's window */
	struct buf plain;      /* what one read decrypts to */
	uv_poll_t bells;       /* watches bell_fd */
	int bell_fd;
	size_t bells_hung;
	_Atomic(struct bell *) rung; /* any thread */
};

/* bell.c */
void bells_open(struct loop *loop);
void bells_close(struct loop *loop); /* with the last answers; the loop runs once more after it */

#endif
