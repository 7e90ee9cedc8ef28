/*
 * How long to wait for a printer's word that a job came out: as long as the
 * order says, from the last byte or from the last change of what the printer
 * tells of itself. A printer that is held by paper, cover or error goes on by
 * itself once that is mended, so it gets PATIENCE_HELD times as long.
 */
#ifndef LANG_PATIENCE_H
#define LANG_PATIENCE_H

#include "core/print.h"

#define PATIENCE_HELD 15

struct patience {
	struct press *press;
	int64_t changed;
	bool heard;         /* it has told something */
	struct facts facts;
};

void patience_begin(struct patience *p, struct press *press);
/* What the printer tells; also for the outcome. */
void patience_told(struct patience *p, const struct facts *f);
bool patience_held(const struct patience *p);
int64_t patience_end(const struct patience *p); /* mono */
/* The error of a wait that has come to its end. */
enum err patience_over(const struct patience *p, struct why *why);
/* The error of a confirm whose wire failed: nobody knows any more. */
enum err patience_lost(enum err err, struct why *why);

#endif
