/*
 * Jobs and their documents as rows of the database; the functions of the same
 * meaning in core/store.h, without what to do about a full disk.
 *
 * A document carries the beginning of its SHA-256: one that does not match, or
 * whose chunks do not cover it, is E_DAMAGED.
 */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "core/store.h"
#include "store/db.h"

enum err record_put(struct db *db, const struct job *job, struct why *why);
enum err record_update(struct db *db, const struct job *job, struct why *why);
enum err record_get(struct db *db, job_id id, struct job *job, struct why *why);
enum err record_document(struct db *db, job_id id, struct document **doc, struct why *why);
enum err record_each(struct db *db, const struct job_query *q, store_job_fn *fn, void *arg,
    struct why *why);
enum err record_each_open(struct db *db, store_job_fn *fn, void *arg, struct why *why);
enum err record_max_id(struct db *db, job_id *id, struct why *why);

#endif
