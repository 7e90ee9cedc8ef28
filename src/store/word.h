/*
 * The enums of a job as words, for stores that outlive a version of the
 * program. Reading an unknown word is false: the row is from elsewhere.
 */
#ifndef STORE_WORD_H
#define STORE_WORD_H

#include "core/job.h"

const char *word_kind(enum job_kind kind);
const char *word_state(enum job_state state);
const char *word_hold(enum hold hold);
const char *word_on_doubt(enum on_doubt doubt);
const char *word_evidence(enum evidence evidence); /* its grade, or its name where it has none */
const char *word_err(enum err err);                /* "" for E_OK */

bool word_read_kind(struct str word, enum job_kind *kind);
bool word_read_state(struct str word, enum job_state *state);
bool word_read_hold(struct str word, enum hold *hold);
bool word_read_on_doubt(struct str word, enum on_doubt *doubt);
bool word_read_evidence(struct str word, enum evidence *evidence);
bool word_read_err(struct str word, enum err *err);

#endif
