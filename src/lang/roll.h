/*
 * The preview's roll of paper: what is painted on, row by row, and cut into papers.
 */
#ifndef LANG_ROLL_H
#define LANG_ROLL_H

#include "core/lang.h"

#define ROLL_ROWS_MAX 200000u /* of all papers of one stream together */

struct roll {
	struct bitmap dots;
	uint32_t y;           /* where the next thing goes */
	uint64_t total;       /* rows of the papers before this one */
	paper_take *take;
	void *arg;
	enum err err;         /* the first; nothing is painted any more */
	struct why *why;
};

void roll_init(struct roll *r, uint32_t width_dots, paper_take *take, void *arg,
    struct why *why);
/* White rows. False once something has failed. */
bool roll_feed(struct roll *r, uint64_t rows);
/* Give the paper out; a blank roll gives none. */
void roll_cut(struct roll *r);
/* The end of the stream: what hangs out is given out too. Frees. */
enum err roll_finish(struct roll *r);

#endif
