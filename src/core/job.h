/*
 * Jobs: something to be printed, from its acceptance to its one end.
 *
 * A job belongs to the queue (loop thread). What the clerk writes is a copy:
 * `struct job` holds no pointer but `doc` and `device`, so a copy plus a
 * reference of the document is a snapshot.
 */
#ifndef CORE_JOB_H
#define CORE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "core/document.h"

typedef int64_t job_id; /* > 0, ascending in order of acceptance, never given twice */

enum job_state {
#define STATE(code, name, ended) code,
#include "core/job.def"
#undef STATE
	JOB_STATES
};
enum hold {
#define HOLD(code, name) code,
#include "core/job.def"
#undef HOLD
	HOLDS
};
enum job_kind {
#define KIND(code, name, ahead, reprints, lifetime) code,
#include "core/job.def"
#undef KIND
	JOB_KINDS
};
enum evidence {
#define EVIDENCE(code, grade, name) code,
#include "core/job.def"
#undef EVIDENCE
	EVIDENCES
};
enum on_doubt { DOUBT_UNSET, DOUBT_HOLD, DOUBT_REPRINT, DOUBT_DROP };

struct device;

struct job {
	struct list node;        /* the queue's: in its device's line */
	struct device *device;   /* NULL while its device is not configured */
	job_id id;
	char printer[64];        /* the device's name, or the ad-hoc printerKey */
	int64_t serial;          /* counted per printer from 1 (Plato's jobId) */
	enum job_kind kind;
	enum job_state state;
	enum hold hold;          /* with JOB_HELD; with JOB_EXPIRED what it waited for */
	int64_t line;            /* place in the line; smaller prints first */
	int priority;            /* -1 bulk, 0 normal, 1 urgent */
	int64_t created;         /* wall */
	int64_t run_at;          /* wall; 0: at once */
	int64_t ended;           /* wall; 0: not yet */
	int64_t lifetime;        /* ms from acceptance; 0: for ever */
	int64_t born_boot;       /* boot clock at acceptance ... */
	char boot_id[40];        /* ... and the boot it belongs to */
	unsigned attempts;       /* times sending was begun */
	unsigned reprints;       /* of them, after printable bytes had left */
	uint64_t sent;           /* printable bytes that left in the last attempt */
	uint64_t size;           /* bytes of the document */
	enum on_doubt on_doubt;  /* of this job or its dialect; the printer's wins */
	enum evidence evidence;
	enum err err;            /* why the last attempt failed, or E_OK */
	char reason[256];        /* its sentence */
	char dialect[24];
	char caller[128];        /* principal: "local", "origin:https://...", "token:NAME" */
	char title[128];
	char uplink[64];         /* who offered it and is to be told its end; "": nobody */
	char remote[129];        /* ... and its id there */
	job_id resend_of;        /* noted when it is accepted; 0: none */
	struct ticket ticket;
	struct document *doc;    /* NULL while only the store has it */
};

const char *job_state_name(enum job_state s);
bool job_state_parse(struct str name, enum job_state *s);
bool job_state_ended(enum job_state s);
const char *job_kind_name(enum job_kind k);
bool job_kind_parse(struct str name, enum job_kind *k);
bool job_kind_ahead(enum job_kind k);
bool job_kind_reprints(enum job_kind k);
int64_t job_kind_lifetime(enum job_kind k);
const char *hold_name(enum hold h);
bool hold_parse(struct str name, enum hold *h);
const char *evidence_grade(enum evidence e);
const char *evidence_name(enum evidence e);
const char *on_doubt_name(enum on_doubt d); /* "" when unset */
bool on_doubt_parse(struct str name, enum on_doubt *d);

struct job *job_create(enum job_kind kind);
void job_destroy(struct job *job); /* releases the document */
/* Age in ms: by the boot clock within one boot, else by the wall clock, never negative. */
int64_t job_age(const struct job *job);
bool job_expired(const struct job *job);

#endif
