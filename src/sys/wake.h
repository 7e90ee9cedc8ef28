/*
 * A file descriptor that one side makes readable and the other quiet again:
 * how a thread that polls a wire is told about a message.
 */
#ifndef SYS_WAKE_H
#define SYS_WAKE_H

int wake_open(void); /* aborts if the process has no descriptor left */
void wake_set(int fd);
void wake_clear(int fd);
void wake_close(int fd); /* -1 is allowed */

#endif
