/*
 * The words of job.def as tables, and the age of a job. A job's age is taken
 * from the boot clock while the boot lasts, so that nobody who sets the wall
 * clock makes a job expire.
 */
#include "core/job.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sys/clock.h"

static const struct {
	const char *name;
	bool ended;
} states[] = {
#define STATE(code, name, ended) [code] = { name, ended },
#include "core/job.def"
#undef STATE
};

static const char *const holds[] = {
#define HOLD(code, name) [code] = name,
#include "core/job.def"
#undef HOLD
};

static const struct {
	const char *name;
	bool ahead, reprints;
	int64_t lifetime;
} kinds[] = {
#define KIND(code, name, ahead, reprints, lifetime) [code] = { name, ahead, reprints, lifetime },
#include "core/job.def"
#undef KIND
};

static const struct {
	const char *grade, *name;
} evidences[] = {
#define EVIDENCE(code, grade, name) [code] = { grade, name },
#include "core/job.def"
#undef EVIDENCE
};

static const char *const doubts[] = {
	[DOUBT_UNSET] = "",
	[DOUBT_HOLD] = "hold",
	[DOUBT_REPRINT] = "reprint",
	[DOUBT_DROP] = "drop",
};

const char *job_state_name(enum job_state s)
{
	return states[s].name;
}

bool job_state_parse(struct str name, enum job_state *s)
{
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (str_is(name, states[i].name)) {
			*s = (enum job_state)i;
			return true;
		}
	}
	return false;
}

bool job_state_ended(enum job_state s)
{
	return states[s].ended;
}

const char *job_kind_name(enum job_kind k)
{
	return kinds[k].name;
}

bool job_kind_parse(struct str name, enum job_kind *k)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (str_is(name, kinds[i].name)) {
			*k = (enum job_kind)i;
			return true;
		}
	}
	return false;
}

bool job_kind_ahead(enum job_kind k)
{
	return kinds[k].ahead;
}

bool job_kind_reprints(enum job_kind k)
{
	return kinds[k].reprints;
}

int64_t job_kind_lifetime(enum job_kind k)
{
	return kinds[k].lifetime;
}

const char *hold_name(enum hold h)
{
	return holds[h];
}

bool hold_parse(struct str name, enum hold *h)
{
	for (size_t i = 0; i < COUNT_OF(holds); i++) {
		if (str_is(name, holds[i])) {
			*h = (enum hold)i;
			return true;
		}
	}
	return false;
}

const char *evidence_grade(enum evidence e)
{
	return evidences[e].grade;
}

const char *evidence_name(enum evidence e)
{
	return evidences[e].name;
}

const char *on_doubt_name(enum on_doubt d)
{
	return doubts[d];
}

bool on_doubt_parse(struct str name, enum on_doubt *d)
{
	for (size_t i = 0; i < COUNT_OF(doubts); i++) {
		if (str_is(name, doubts[i])) {
			*d = (enum on_doubt)i;
			return true;
		}
	}
	return false;
}

struct job *job_create(enum job_kind kind)
{
	struct job *job = mem_alloc(sizeof(*job));

	list_init(&job->node);
	job->kind = kind;
	job->state = JOB_QUEUED;
	job->lifetime = job_kind_lifetime(kind);
	job->created = clock_wall();
	job->born_boot = clock_boot();
	str_copy(job->boot_id, sizeof(job->boot_id), str_of(clock_boot_id()));
	job->ticket = ticket_default();
	return job;
}

void job_destroy(struct job *job)
{
	if (!job)
		return;
	document_release(job->doc);
	free(job);
}

int64_t job_age(const struct job *job)
{
	bool same_boot = job->boot_id[0] && str_is(str_of(clock_boot_id()), job->boot_id);
	int64_t age = same_boot ? clock_boot() - job->born_boot : clock_wall() - job->created;

	return age > 0 ? age : 0;
}

bool job_expired(const struct job *job)
{
	return job->lifetime > 0 && job_age(job) >= job->lifetime;
}
