/*
 * Printers that only read: one port on every loopback address, so that
 * 127.0.0.1, 127.0.0.2 ... are as many printers. A connection is a job; it has
 * ended when the peer has closed its direction.
 */
#ifndef BENCH_SINK_H
#define BENCH_SINK_H

#include <stdint.h>

/* Starts the thread that serves the port; ends the program if it cannot. */
void sink_start(uint16_t port);
/* Jobs that have ended. */
uint64_t sink_jobs(void);
/* When the latest job's first byte was read, on the clock of now_us(). */
int64_t sink_first_byte_us(void);
/* Waits until `jobs` have ended in all; false after `timeout_ms`. */
int sink_wait(uint64_t jobs, int timeout_ms);

#endif
