/*
 * Three clocks, all in milliseconds.
 *
 * wall: what people read; it jumps when somebody sets it. mono: never jumps,
 * for waits and time-outs. boot: as mono but goes on while the machine sleeps;
 * what expires is measured with it. clock_boot_id() names this boot, so that a
 * boot time can be kept across a restart of the daemon.
 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

int64_t clock_wall(void);
int64_t clock_mono(void);
int64_t clock_boot(void);
int64_t clock_mono_us(void);
const char *clock_boot_id(void); /* 36 characters, or "" where there is none */
void clock_sleep(int64_t ms);    /* worker threads and programs only, never the loop */

#endif
