/*
 * A stream on the simulated printer's paper, its pieces one below the other. Apart
 * from the tests because the simulator's words are its own.
 */
#ifndef TEST_SIM_PAPER_H
#define TEST_SIM_PAPER_H

#include "gfx/bitmap.h"

/* False: the simulator does not speak this language. */
bool sim_paper(const char *language, const uint8_t *bytes, size_t len, struct bitmap *out);

#endif
