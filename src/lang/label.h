/*
 * Sheets on label printers: what their languages have in common. A page is one
 * format (label), a run of rows one picture in it, and everything is drawn, so that
 * a label looks the same in each of them.
 *
 * The head of a format names its height. On labels that is known; on continuous
 * paper the pictures wait in memory until the page ends, at most LABEL_HELD bytes.
 */
#ifndef LANG_LABEL_H
#define LANG_LABEL_H

#include "core/lang.h"
#include "lang/rows.h"

#define LABEL_HELD (8u << 20)

/* One format, as its language has to say it. */
struct label_head {
	uint32_t width, height, gap; /* dots; gap 0: continuous paper */
	unsigned dpi;
	enum cut cut;                /* after it */
	unsigned copies;             /* in `end` */
};

struct label_words {
	void (*begin)(const struct label_head *h, struct buf *out);
	/* A run of rows at `y`. */
	void (*picture)(const struct rows *r, const struct row_run *run, uint32_t y,
	    struct buf *out);
	void (*end)(const struct label_head *h, struct buf *out);
	bool counts;                 /* `end` can say how many are wanted */
};

/* The state of a composer. */
struct label {
	bool open, holds;
	unsigned pages, copies;  /* begun; that the last one's end asked for */
	uint32_t y;              /* rows so far */
	struct label_head head;
	struct buf held;
};

enum err label_compose(const struct label_words *words, struct label *l,
    const struct composing *setup, const struct step *s, struct buf *out, struct why *why);
void label_finish(void *state);
/* A sheet of one page is printed as often as the ticket wants by the printer itself,
 * unless it is cut after each. */
unsigned label_copies(const void *state);

/* Millimetres with two digits, for printf's "%u.%02u". */
struct label_mm {
	unsigned whole, hundredths;
};
struct label_mm label_mm(uint32_t dots, unsigned dpi);
/* The run's rows as they are, or with white and black exchanged. */
void label_rows(const struct rows *r, const struct row_run *run, uint8_t flip,
    struct buf *out);

/* For languages whose documents are sent as they are. */
bool label_takes(const char *type);
enum err label_print(struct press *p, const struct document *doc, const struct ticket *t,
    struct why *why);

#endif
