/*
 * Vigils: waiting until it is decided what became of a job. Loop thread only.
 *
 * A job is decided when it has ended or is unconfirmed. One bus subscription
 * serves all who wait.
 */
#ifndef CORE_VIGIL_H
#define CORE_VIGIL_H

#include "core/job.h"

struct platen;
struct vigils;

struct vigils *vigils_create(struct platen *p);
/* Going down: `decided` is called with a NULL job, for all who wait and who come later. */
void vigils_end(struct vigils *v);
/* Nobody is left waiting: `decided` is called with a NULL job. Then frees. */
void vigils_destroy(struct vigils *v);

struct vigil_calls {
	/* Once, perhaps before vigil_begin returns: the job as it is now, decided or,
	 * after `wait_ms`, not. NULL: the daemon goes down, or there is no such open job. */
	void (*decided)(const struct job *job, void *arg);
	/* Each change before that; NULL: not wanted. */
	void (*changed)(const struct job *job, void *arg);
	/* Once: its first byte is leaving; NULL: not wanted. */
	void (*begun)(const struct job *job, void *arg);
};
/* Wait for an open job; `wait_ms` < 0 waits for as long as it takes. */
void vigil_begin(struct vigils *v, job_id id, int64_t wait_ms, const struct vigil_calls *calls,
    void *arg);
bool job_decided(const struct job *job);
/* Whether somebody wants to know that it begins; and that it does. `v` may be NULL. */
bool vigil_minds(const struct vigils *v, job_id id);
void vigil_begun(struct vigils *v, const struct job *job);

#endif
