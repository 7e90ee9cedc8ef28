/*
 * Telemetry: when a device is asked for its state, and what follows from the
 * answer. Loop thread only.
 *
 * A poll is an order of the device's own worker, so it never meets a job; one
 * that is due during a job is skipped, one that runs gives way. Five polls in a
 * row without a valid reply end polling at the interval: the device is then
 * asked once a minute (status-recheck), so that jobs that wait can go on, until
 * a print succeeds, its settings change or the daemon starts anew
 * (systems/print-bridge.md section 9).
 */
#ifndef CORE_TELEMETRY_H
#define CORE_TELEMETRY_H

#include "core/device.h"

/*
 * Ask now, on behalf of somebody: a poll, or where nothing would answer one,
 * whether the device can be reached. Whoever asks meanwhile shares the answer;
 * a job that comes in between is one, too. `fn` once, on the loop. A device that
 * is not polled otherwise holds no job for what it says.
 */
void telemetry_ask(struct device *d, probe_fn *fn, void *arg);
/* How old its last valid word is, ms; -1: it has said none. */
int64_t condition_age(const struct device *d);

/* (Re)start polling by the device's settings: everything is unknown again. */
void telemetry_start(struct device *d);
void telemetry_stop(struct device *d); /* frees the timer */
/* The worker's report of ORDER_POLL. */
void telemetry_answered(struct device *d, const struct outcome *out);
/* What the printer said unasked, or while a job waits for it. */
void telemetry_told(struct device *d, const struct outcome *out);
/* A job ended on the wire, well or not: state is inferred from it where there
 * is no telemetry, and what a job's own questions brought is taken over. */
void telemetry_printed(struct device *d, const struct outcome *out);

/* Why jobs must wait by fresh telemetry, or HOLD_NONE. */
enum hold condition_hold(const struct device *d);
/* "online", "offline" or "unknown" by reach and telemetry together. */
enum reach condition_reach(const struct device *d);
/* How a job of this device is to be proven, by its confirm option. `exact`: its
 * client's contract has every byte of the wire, so only `fence` asks. */
enum proof condition_proof(const struct device *d, bool exact);
/* Upper bound of the i-th bucket of poll_totals; -1 for the last: none. */
int64_t telemetry_bucket_us(unsigned i);

#endif
