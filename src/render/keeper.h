/*
 * The keeper: a thread that starts the programs of the renderer when a request
 * waits for one, and collects them. A program that cannot be started, or that
 * ends as soon as it starts, answers its requests with E_RENDERER.
 */
#ifndef RENDER_KEEPER_H
#define RENDER_KEEPER_H

#include "base/err.h"

enum post { POST_CELLS, POST_WEB, POSTS };

enum err keeper_open(const char *path, struct why *why);
void keeper_close(void);
int keeper_post(enum post post); /* where requests are sent; -1: the keeper is not open */

#endif
