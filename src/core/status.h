/*
 * What a printer says of itself: facts, and what follows from them. Plain
 * values; a worker fills them, the loop keeps them in the device's condition.
 */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/job.h"

enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

enum reach {
#define REACH(code, name) code,
#include "core/status.def"
#undef REACH
};
enum source {
#define SOURCE(code, name) code,
#include "core/status.def"
#undef SOURCE
};
enum reason {
#define REASON(code, name, upos, fact, value, hold) code,
#include "core/status.def"
#undef REASON
	REASONS
};
enum proof {
#define PROOF(code, name) code,
#include "core/status.def"
#undef PROOF
	PROOFS
};

/* One tri per row of FACT. A fact that was not asked or not answered is unknown. */
struct facts {
#define FACT(field, name) enum tri field;
#include "core/status.def"
#undef FACT
};

/* Who it says it is; printable ASCII, the serial number masked to its last four. */
struct identity {
	bool known; /* at least one part was answered */
	char manufacturer[129], model[129], serial[133], firmware[129];
};

const char *reach_name(enum reach r);
const char *source_name(enum source s);
const char *proof_name(enum proof p);
bool proof_parse(struct str name, enum proof *p);
const char *reason_name(enum reason r);
const char *reason_upos(enum reason r);
/* Bit (1 << reason) of each that holds. */
unsigned facts_reasons(const struct facts *f);
/* Why a job must wait, or HOLD_NONE: the first reason that has a hold. */
enum hold facts_hold(const struct facts *f);
bool facts_eq(const struct facts *a, const struct facts *b);
/* Take what `news` knows over into `f`; what it does not know stays. */
void facts_merge(struct facts *f, const struct facts *news);
/* Name and value of the i-th fact; NULL past the end. */
const char *facts_at(const struct facts *f, unsigned i, enum tri *value);

/* "****1234"; "****" alone for four characters or fewer. */
void identity_mask_serial(char *serial, size_t size);

#endif
