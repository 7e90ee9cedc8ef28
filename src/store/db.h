/*
 * One SQLite database as the store uses it: one connection that nobody shares,
 * WAL, a sync per commit, statements prepared once.
 *
 * The connection is exclusive, so no second process gets in, there is no
 * shared-memory file (whose pages can kill the process when the disk is full)
 * and a read takes no lock. The write-ahead log keeps its room on disk between
 * runs: a commit overwrites blocks that exist, which needs no space and makes
 * the sync cheaper than one that also has to record a new file size.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct db;

/* What the database is for. All of it is borrowed for ever. */
struct db_schema {
	int32_t application;        /* marks the file as ours */
	const char *const *scripts; /* [i] leads from version i to i + 1 */
	int versions;
	const char *const *sql;     /* statements, used by index */
	unsigned count;
};

/*
 * Open DIR/NAME, or make it (mode 0600), and bring it to the newest version.
 * E_BUSY when another process has it. E_DAMAGED when it is, or when its log is
 * there without it; E_STORE when it is not ours or was written by a newer
 * version. A store is never replaced by an empty one here (store/salvage.h).
 */
enum err db_open(const char *dir, const char *name, const struct db_schema *schema,
    struct db **db, struct why *why);
void db_close(struct db *db);
struct sqlite3 *db_handle(struct db *db); /* for salvage.c */

/* Statements without parameters and rows, such as COMMIT. */
enum err db_exec(struct db *db, const char *sql, struct why *why);
bool db_in_transaction(const struct db *db);
/* Move the log's content into the database; its room is kept. */
void db_checkpoint(struct db *db);
/* Bytes inside the file that are free for new rows. */
int64_t db_free_bytes(struct db *db);

/*
 * One use of a prepared statement. Parameters are put in order, then either
 * db_run, or db_next until it says false and db_end. Errors are kept until
 * then. Bytes and text must stay until the statement was run.
 */
struct cursor {
	struct db *db;
	unsigned which;
	int at;      /* parameter or column that is next */
	int rc;      /* the first failure */
	int changes; /* rows changed, after db_run */
};

struct cursor db_use(struct db *db, unsigned which);
void db_put_int(struct cursor *c, int64_t n);
void db_put_text(struct cursor *c, const char *text); /* NULL puts NULL */
void db_put_bytes(struct cursor *c, const void *bytes, size_t len);
enum err db_run(struct cursor *c, struct why *why);
bool db_next(struct cursor *c);
enum err db_end(struct cursor *c, struct why *why);

int64_t db_get_int(struct cursor *c);
void db_get_text(struct cursor *c, char *to, size_t size);
struct str db_get_bytes(struct cursor *c); /* valid until db_next or db_end */

#endif
