/*
 * The daemon: builds the parts, wires them together, runs the loop, takes it
 * all down again.
 */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include <stdbool.h>

struct daemon_start {
	const char *config_path; /* NULL: built-in defaults */
	const char *state_dir;
	bool check;              /* validate and return */
};

/* Returned when the program is to be begun anew, as it was called. */
#define DAEMON_AGAIN (-1)

/* The exit status: 0 after SIGTERM or SIGINT, 1 when it could not start, 2 for
 * a configuration with mistakes. */
int daemon_run(const struct daemon_start *start);

#endif
