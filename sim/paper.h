/*
 * The piece of paper that hangs out of the printer: its dots, what is on it in
 * words, and the digest of the bytes that made it. It grows row by row and is
 * taken away by a cut.
 */
#ifndef SIM_PAPER_H
#define SIM_PAPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha.h"
#include "gfx/bitmap.h"
#include "mark.h"

enum { PAPER_ROWS_MAX = 200000, PAPER_NOTES_MAX = 32 };

enum cut { CUT_NONE, CUT_PARTIAL, CUT_FULL };

/* Short texts, each once, with a ceiling: unknown commands and warnings. */
struct notes {
	char *text[PAPER_NOTES_MAX];
	unsigned count;
};

struct paper {
	struct bitmap dots; /* no rows when nothing is drawn */
	bool draw;
	uint32_t rows;      /* that have passed the head */
	struct marks marks;
	struct notes unknown, warnings;
	unsigned beeps;
	uint64_t bytes;     /* consumed for it */
	unsigned connection; /* that sent its first byte; 0: none yet */
	struct sha256 *hash;
};

void paper_init(struct paper *p, uint32_t width_dots, bool draw);
void paper_finish(struct paper *p);
void paper_renew(struct paper *p); /* a fresh piece */
bool paper_blank(const struct paper *p); /* no rows and no marks: nothing to show */
void paper_consume(struct paper *p, const uint8_t *bytes, size_t len);
void paper_feed(struct paper *p, uint32_t rows); /* white rows, at most to PAPER_ROWS_MAX */
void notes_add(struct notes *n, const char *text);

/* What the cut knows. */
struct paper_end {
	unsigned printer; /* its port */
	unsigned seq;     /* 1 is the first */
	enum cut cut;
	bool torn;        /* nobody cut it */
};
/* The paper in words. Ends its digest: call once, then finish or renew. */
void paper_json(struct paper *p, const struct paper_end *end, struct buf *out);
const char *cut_name(enum cut cut);

#endif
