/*
 * What net/ needs of a socket beyond libuv. Nothing here blocks.
 * (Not "socket.h": with our include path that would hide the system's.)
 */
#ifndef SYS_SOCK_H
#define SYS_SOCK_H

#include <stdbool.h>

#include "base/err.h"

/*
 * For every TCP connection: no delay of small writes, and keep-alive probes
 * that find a dead peer within a minute (30 s idle, then 3 at 10 s).
 */
void sock_tune(int fd);
/* The kernel keeps at most this many bytes that it has not sent yet (and one
 * write more): what a slow reader gets later shall not be old by then. */
void sock_unsent_max(int fd, int bytes);
/* The next close sends RST and throws away what is queued. */
void sock_reset_on_close(int fd);
/* End our direction (FIN); false if the connection is gone. */
bool sock_half_close(int fd);

/*
 * A bound Unix socket at `path` that was never more open than `mode`. A socket
 * file that nobody answers is replaced; E_BUSY when somebody does, E_CONFLICT
 * when something else is in the place. Non-blocking; not listening yet.
 */
enum err sock_bind_unix(const char *path, unsigned mode, int *fd, struct why *why);
/* Remove the socket file, unless another one has taken its place. */
void sock_unlink_unix(const char *path, unsigned long long inode);
unsigned long long sock_inode(const char *path); /* 0: no such file */

#endif
