/*
 * The press: one attempt to print one job, on its device's worker.
 *
 * It opens the link, waits for the mark ("sending has begun" is on disk)
 * before the first payload byte leaves, counts what left, and sums it up as a
 * result. Languages write through it.
 */
#ifndef CORE_PRINT_H
#define CORE_PRINT_H

#include "core/job.h"
#include "core/lang.h"
#include "core/link.h"

struct press;

enum err press_control(struct press *p, const void *bytes, size_t len, struct why *why);
enum err press_payload(struct press *p, const void *bytes, size_t len, struct why *why);
enum err press_pause(struct press *p, int64_t ms, struct why *why);

/* What came of an attempt. */
struct outcome {
	enum verdict verdict;
	enum err err;
	struct why why;
	enum evidence evidence;
	uint64_t sent;      /* payload bytes that left */
	bool reached;       /* the device was reached (the link opened) */
	int64_t open_us, send_us;
};

/*
 * Wait until the mark is on disk: called by the press once, before the first
 * payload byte, unless the order came marked. Returns E_OK, or an error when
 * the mark failed or the job was cancelled meanwhile.
 */
typedef enum err press_await_mark(void *arg, struct why *why);

struct order; /* core/worker.h */
void print_run(struct link *link, const struct language *language, const struct order *order,
    press_await_mark *await, void *arg, struct outcome *out);

#endif
