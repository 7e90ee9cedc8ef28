/*
 * The daemon's side of platen-render: the process is started by the first
 * document, and again when it has died or gone to sleep.
 *
 * A pair of sockets outlives every such process: requests wait in it while
 * there is none, and whoever renders needs no lock.
 */
#ifndef RENDER_CLIENT_H
#define RENDER_CLIENT_H

#include "core/render.h"

/* Any thread, many at once, between renderer_open and renderer_close. */
extern const struct renderer renderer_caged;

/* `path` of platen-render; NULL: beside our own executable, else where it is installed. */
enum err renderer_open(const char *path, struct why *why);
void renderer_close(void); /* nothing renders any more */

#endif
