/*
 * Opening is the delicate part: files are looked at before SQLite may touch
 * them, because SQLite takes an empty or missing file for a new database and
 * then throws its log away.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/crash.h"


#define LOG_BYTES (4l << 20) /* room that the log keeps; also the size it is cut back to */
#define LOOK_BYTES (256l << 20)
#define CHECKPOINT_PAGES "1000"

struct db {
	sqlite3 *sqlite;
	char path[PATH_MAX - 8]; /* "-wal" must fit */
	const struct db_schema *schema;
	bool damaged;            /* SQLite has said so */
	sqlite3_stmt *statements[];
};

sqlite3 *db_handle(struct db *db)
{
	return db->sqlite;
}

static enum err err_of(sqlite3 *sqlite, int rc)
{
	int errnum = sqlite ? sqlite3_system_errno(sqlite) : 0;

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return E_DISK;
	case SQLITE_IOERR:
		return errnum == ENOSPC || errnum == EDQUOT ? E_DISK : E_STORE;
	case SQLITE_BUSY:
		return E_BUSY;
	default:
		return E_STORE;
	}
}

/* The sentence for a failure of SQLite. */
static enum err fail(struct db *db, int rc, struct why *why)
{
	enum err err = err_of(db->sqlite, rc);

	db->damaged |= (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return why_fail(why, err, "the disk that holds %s is full", db->path);
	case SQLITE_BUSY:
		return why_fail(why, err, "%s is in use: another platend has this state directory",
		    db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return why_fail(why, err,
		    "%s is damaged (%s): restore it from a backup, or move it "
		    "away to start without its jobs", db->path, sqlite3_errstr(rc));
	default:
		return why_fail(why, err, "%s: %s", db->path,
		    db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(rc));
	}
}

enum err db_exec(struct db *db, const char *sql, struct why *why)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? E_OK : fail(db, rc, why);
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->sqlite);
}

void db_checkpoint(struct db *db)
{
	int rc = sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	if (rc != SQLITE_OK)
		log_warn("store.checkpoint", "%s: %s", db->path, sqlite3_errmsg(db->sqlite));
}

/* Opening. */

static int64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Refuse what SQLite would silently replace by an empty database. */
static enum err look(const struct db *db, struct why *why)
{
	char wal[PATH_MAX];
	int64_t size = size_of(db->path);
	int fd;

	snprintf(wal, sizeof(wal), "%s-wal", db->path);
	if (size <= 0 && size_of(wal) > 0)
		return why_fail(why, E_DAMAGED, "%s is %s but its log %s is there: restore both, "
		    "or move both away to start without their jobs", db->path,
		    size < 0 ? "missing" : "empty", wal);
	if (size >= 0)
		return E_OK;
	fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return why_errno(why, E_STORE, errno, "%s cannot be made", db->path);
	close(fd);
	return E_OK;
}

static enum err read_pragma(struct db *db, const char *sql, int64_t *value, struct why *why)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return fail(db, rc, why);
	rc = sqlite3_step(stmt);
	*value = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? E_OK : fail(db, rc, why);
}

int64_t db_free_bytes(struct db *db)
{
	int64_t pages = 0, size = 0;

	if (read_pragma(db, "PRAGMA freelist_count", &pages, NULL) != E_OK ||
	    read_pragma(db, "PRAGMA page_size", &size, NULL) != E_OK)
		return 0;
	return pages * size;
}

static enum err check_version(struct db *db, int64_t *version, struct why *why)
{
	int64_t application, tables;
	enum err err = read_pragma(db, "PRAGMA application_id", &application, why);

	if (err == E_OK)
		err = read_pragma(db, "PRAGMA user_version", version, why);
	if (err == E_OK)
		err = read_pragma(db, "SELECT count(*) FROM sqlite_schema", &tables, why);
	if (err != E_OK)
		return err;
	if (tables == 0 && application == 0 && *version == 0)
		return E_OK;
	if (application != db->schema->application)
		return why_fail(why, E_STORE, "%s is a database of another program", db->path);
	if (*version > db->schema->versions)
		return why_fail(why, E_STORE,
		    "%s has version %d, written by a newer platend; this one "
		    "knows version %d: install the newer one again", db->path, (int)*version,
		    db->schema->versions);
	return E_OK;
}

/* One transaction for all steps: the file has the old version or the newest. */
static enum err migrate(struct db *db, int64_t version, struct why *why)
{
	char stamp[96];
	enum err err = E_OK;

	if (version == db->schema->versions)
		return E_OK;
	for (; err == E_OK && version < db->schema->versions; version++)
		err = db_exec(db, db->schema->scripts[version], why);
	if (err != E_OK)
		return err;
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    db->schema->application, db->schema->versions);
	return db_exec(db, stamp, why);
}

static enum err bring_up(struct db *db, struct why *why)
{
	int64_t version;
	enum err err = db_exec(db, "PRAGMA locking_mode=EXCLUSIVE;"
				   "PRAGMA synchronous=FULL;"
				   "PRAGMA secure_delete=OFF;"
				   "PRAGMA temp_store=MEMORY;"
				   "PRAGMA trusted_schema=OFF;"
				   "PRAGMA cell_size_check=ON;"
				   "BEGIN EXCLUSIVE", why);

	if (err == E_OK)
		err = check_version(db, &version, why);
	if (err == E_OK)
		err = migrate(db, version, why);
	if (err == E_OK)
		err = db_exec(db, "COMMIT;"
				  "PRAGMA journal_mode=WAL;"
				  "PRAGMA wal_autocheckpoint=" CHECKPOINT_PAGES ";"
				  "SELECT 1 FROM sqlite_schema", why); /* opens the log */
	return err;
}

static enum err prepare(struct db *db, struct why *why)
{
	for (unsigned i = 0; i < db->schema->count; i++) {
		int rc = sqlite3_prepare_v3(db->sqlite, db->schema->sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &db->statements[i], NULL);

		if (rc != SQLITE_OK)
			return fail(db, rc, why);
	}
	return E_OK;
}

/*
 * Damage is better found now than when a job is to be printed. Reading all pages
 * takes a moment for each hundred megabytes; a larger file tells as it is read.
 */
static enum err look_through(struct db *db, struct why *why)
{
	sqlite3_stmt *stmt;
	char text[96] = "";
	int rc;

	if (size_of(db->path) > LOOK_BYTES)
		return E_OK;
	rc = sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, why);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		str_copy(text, sizeof(text), str_of((const char *)sqlite3_column_text(stmt, 0)));
	sqlite3_finalize(stmt);
	if (rc != SQLITE_ROW)
		return fail(db, rc, why);
	return strcmp(text, "ok") == 0 ? E_OK : fail(db, SQLITE_CORRUPT, why);
}

/*
 * Fill the log with zeros up to its size, once in its life. Nothing is lost
 * when the disk has no room for that: the log then grows as usual.
 */
static void fill_log(struct db *db)
{
	static const char zeros[1 << 16];
	sqlite3_file *log = NULL;
	sqlite3_int64 size = 0;

	sqlite3_file_control(db->sqlite, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (!log || !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
		return;
	if (size >= LOG_BYTES)
		return;
	for (; size < LOG_BYTES; size += (sqlite3_int64)sizeof(zeros))
		if (log->pMethods->xWrite(log, zeros, sizeof(zeros), size) != SQLITE_OK)
			return;
	log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
}

/* Whatever we refuse is left as it is: closing neither empties nor removes its log. */
static void touch_on_close(struct db *db, bool touch)
{
	int keep = 1;

	sqlite3_file_control(db->sqlite, NULL, SQLITE_FCNTL_PERSIST_WAL, &keep);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !touch, NULL);
}

static void limit_log(struct db *db, long bytes)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA journal_size_limit=%ld", bytes);
	db_exec(db, sql, NULL);
}

enum err db_open(const char *dir, const char *name, const struct db_schema *schema,
    struct db **out, struct why *why)
{
	struct db *db = mem_alloc(sizeof(*db) + schema->count * sizeof(db->statements[0]));
	enum err err;
	int rc;

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* no lock and count for each allocation */
	db->schema = schema;
	snprintf(db->path, sizeof(db->path), "%s/%s", dir, name);
	err = look(db, why);
	if (err != E_OK)
		goto failed;
	rc = sqlite3_open_v2(db->path, &db->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK) {
		err = fail(db, rc, why);
		goto failed;
	}
	touch_on_close(db, false);
	err = bring_up(db, why);
	if (err == E_OK)
		err = prepare(db, why);
	if (err == E_OK)
		err = look_through(db, why);
	if (err != E_OK)
		goto failed;
	touch_on_close(db, true);
	fill_log(db);
	limit_log(db, LOG_BYTES);
	*out = db;
	return E_OK;
failed:
	if (db->damaged)
		err = E_DAMAGED;
	db_close(db);
	return err;
}

/* Without a limit the log is emptied but not cut: its room is there at the next start. */
void db_close(struct db *db)
{
	if (!db)
		return;
	for (unsigned i = 0; i < db->schema->count; i++)
		sqlite3_finalize(db->statements[i]);
	if (db->sqlite)
		limit_log(db, -1);
	sqlite3_close(db->sqlite);
	free(db);
}

/* Statements. */

static sqlite3_stmt *stmt_of(const struct cursor *c)
{
	return c->db->statements[c->which];
}

struct cursor db_use(struct db *db, unsigned which)
{
	return (struct cursor){ .db = db, .which = which, .at = 1 };
}

static void keep_first(struct cursor *c, int rc)
{
	if (c->rc == SQLITE_OK)
		c->rc = rc;
}

void db_put_int(struct cursor *c, int64_t n)
{
	keep_first(c, sqlite3_bind_int64(stmt_of(c), c->at++, n));
}

void db_put_text(struct cursor *c, const char *text)
{
	keep_first(c, sqlite3_bind_text(stmt_of(c), c->at++, text, -1, SQLITE_STATIC));
}

void db_put_bytes(struct cursor *c, const void *bytes, size_t len)
{
	/* A NULL pointer would be the SQL NULL. */
	keep_first(c, sqlite3_bind_blob64(stmt_of(c), c->at++, bytes ? bytes : "", len,
	    SQLITE_STATIC));
}

bool db_next(struct cursor *c)
{
	int rc = c->rc;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt_of(c));
	c->at = 0;
	if (rc == SQLITE_ROW)
		return true;
	c->rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	return false;
}

enum err db_end(struct cursor *c, struct why *why)
{
	enum err err = c->rc == SQLITE_OK ? E_OK : fail(c->db, c->rc, why);

	sqlite3_reset(stmt_of(c));
	sqlite3_clear_bindings(stmt_of(c));
	return err;
}

enum err db_run(struct cursor *c, struct why *why)
{
	enum err err;

	while (db_next(c))
		;
	c->changes = sqlite3_changes(c->db->sqlite);
	err = db_end(c, why);
	crash_step();
	return err;
}

int64_t db_get_int(struct cursor *c)
{
	return sqlite3_column_int64(stmt_of(c), c->at++);
}

struct str db_get_bytes(struct cursor *c)
{
	const void *bytes = sqlite3_column_blob(stmt_of(c), c->at);

	return (struct str){ bytes, (size_t)sqlite3_column_bytes(stmt_of(c), c->at++) };
}

void db_get_text(struct cursor *c, char *to, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(stmt_of(c), c->at++);

	str_copy(to, size, str_of(text));
}
