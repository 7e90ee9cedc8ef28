/*
 * The audit from inside: audit.c has the ring, audit_entry.c makes of a command
 * what may be shown of it.
 */
#ifndef CORE_AUDIT_INSIDE_H
#define CORE_AUDIT_INSIDE_H

#include "core/audit.h"

/* All but its id and times. */
struct entry *entry_make(const struct command *c);
void entry_answer(struct entry *e, bool failed, struct str body);
/* The lines of a document in plain text as a JSON list; NULL: it is none. */
char *entry_lines(const struct document *doc);

#endif
