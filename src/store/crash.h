/*
 * A way to die at a chosen moment, for the crash tests; built only with the
 * option `crash_hooks`. PLATEN_CRASH="store:N" in the environment makes the
 * process kill itself (SIGKILL) at the N-th step of the store, counted from 1:
 * before a transaction begins, after each statement that writes, before and
 * after each commit.
 */
#ifndef STORE_CRASH_H
#define STORE_CRASH_H

#ifdef CRASH_HOOKS
void crash_step(void);
#else
static inline void crash_step(void)
{
}
#endif

#endif
