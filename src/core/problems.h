/*
 * Problems: what is wrong now and asks for a person, derived from what the
 * devices, listeners, certificates, links and the journal say of themselves.
 * Loop thread only.
 *
 * Nothing is kept but since when: a problem is there as long as its cause is,
 * and its id stays the same meanwhile, so that a tray can notify once. Looking
 * costs no device and no wait. EVENT_PROBLEM tells that one came, changed its
 * severity or went, merged over 200 ms; what makes no event of its own (a
 * certificate that grows old, a disk that fills up) is seen within 10 s.
 */
#ifndef CORE_PROBLEMS_H
#define CORE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platen;
struct device;
struct problems;

enum problem_kind {
#define PROBLEM(code, name) code,
#include "core/problem.def"
#undef PROBLEM
	PROBLEM_KINDS
};
const char *problem_name(enum problem_kind kind);

enum severity { SEVERITY_OK, SEVERITY_WARNING, SEVERITY_ERROR };

struct problem {
	enum problem_kind kind;
	enum severity severity;  /* SEVERITY_OK in an event: it has gone */
	char id[192];            /* "printer_offline:Kitchen" */
	char message[256];
	int64_t since;           /* wall */
	const struct device *device; /* whom it concerns, for the rights of who asks; or NULL */
};

struct problems *problems_create(struct platen *p);
void problems_destroy(struct problems *all);
/* Once everything else stands. */
void problems_start(struct problems *all);
/* As of now, in order of kind; valid until the next call. */
const struct problem *problems_now(struct problems *all, size_t *count);
/* What happened at the start and is to be known until the next one: the journal was
 * set aside. */
void problems_note(struct problems *all, enum problem_kind kind, const char *what,
    const char *message);

#endif
