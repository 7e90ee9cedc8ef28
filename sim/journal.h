/*
 * log.jsonl: one JSON line per event of any printer, appended with one write()
 * each, so that nothing is lost when the simulator is killed.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include "base/err.h"

struct journal {
	int fd; /* -1: no journal */
};

enum err journal_open(struct journal *j, const char *path, struct why *why);
void journal_close(struct journal *j);
/* `fields` are JSON members without braces, or "". */
void journal_write(struct journal *j, unsigned printer, const char *event, const char *fields);

#endif
