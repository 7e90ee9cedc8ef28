/*
 * The life of one caged child: it is locked in, waits for a request, draws the
 * document into the spool, and ends.
 */
#ifndef RENDER_CELL_H
#define RENDER_CELL_H

#include <stdbool.h>

/* How it exited, for who buries it. */
enum { CELL_DREW = 0, CELL_FAILED = 1, CELL_BROKEN = 2 };

/* Does not return. `fd`: where the request comes; an end there ends it. */
_Noreturn void cell_run(int fd, bool programs);

#endif
