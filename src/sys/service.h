/*
 * What the service manager and the kernel know about us: sd_notify, peer
 * credentials, limits, the user's directories.
 */
#ifndef SYS_SERVICE_H
#define SYS_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Send one state ("READY=1", "STOPPING=1") to $NOTIFY_SOCKET, if there is one. */
void service_notify(const char *state);
/* Half of $WATCHDOG_USEC in ms; 0 when no watchdog is wanted. */
int service_watchdog_ms(void);
/* User at the other end of a Unix socket. */
bool service_peer_uid(int fd, uid_t *uid);
/* Raise the limit of open files to the hard limit; returns it. */
unsigned long service_raise_files(void);
/* The machine's own name; "localhost" if it has none. */
const char *service_host_name(void);
/* No core dumps: payloads hold personal data. */
void service_no_core(void);
/* Default state directory: /var/lib/platen for root, else $XDG_STATE_HOME/platen. free(). */
char *service_state_dir(void);

#endif
