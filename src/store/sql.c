/*
 * Kept as plain text in one place, so that it can be read beside the tables.
 * The order of a job's columns is that of column.def.
 */
#include "store/sql.h"

#include "base/mem.h"

#define APPLICATION 0x504c544e /* "PLTN" */

/* A script is never changed once it was released: append the next one. */
static const char *const scripts[] = {
	"CREATE TABLE job("
	" id INTEGER PRIMARY KEY, phase INTEGER NOT NULL, ended INTEGER NOT NULL,"
	" printer TEXT NOT NULL, serial INTEGER NOT NULL, kind TEXT NOT NULL,"
	" state TEXT NOT NULL, hold TEXT NOT NULL, line INTEGER NOT NULL,"
	" priority INTEGER NOT NULL, created INTEGER NOT NULL, run_at INTEGER NOT NULL,"
	" lifetime INTEGER NOT NULL, born_boot INTEGER NOT NULL, boot_id TEXT NOT NULL,"
	" attempts INTEGER NOT NULL, reprints INTEGER NOT NULL, sent INTEGER NOT NULL,"
	" size INTEGER NOT NULL, on_doubt TEXT NOT NULL, evidence TEXT NOT NULL,"
	" err TEXT NOT NULL, reason TEXT NOT NULL, dialect TEXT NOT NULL,"
	" caller TEXT NOT NULL, title TEXT NOT NULL, ticket TEXT NOT NULL) STRICT;"
	"CREATE INDEX job_phase ON job(phase, ended);"
	"CREATE TABLE document("
	" job INTEGER PRIMARY KEY, type TEXT NOT NULL, sum BLOB NOT NULL, ends BLOB,"
	" bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE note("
	" job INTEGER NOT NULL, line INTEGER NOT NULL, at INTEGER NOT NULL,"
	" what TEXT NOT NULL, number INTEGER NOT NULL, sent INTEGER NOT NULL,"
	" text TEXT NOT NULL, PRIMARY KEY(job, line)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE idem("
	" id INTEGER PRIMARY KEY, scope TEXT NOT NULL, key TEXT NOT NULL,"
	" fingerprint BLOB NOT NULL, created INTEGER NOT NULL, job INTEGER NOT NULL,"
	" status INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX idem_key ON idem(scope, key);"
	"CREATE TABLE printer("
	" name TEXT PRIMARY KEY, serial INTEGER NOT NULL, last_used INTEGER NOT NULL,"
	" adhoc INTEGER NOT NULL, facts TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE mark(name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;",
	"ALTER TABLE job ADD COLUMN uplink TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE job ADD COLUMN remote TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE value(name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;",
};

#define JOB_COLUMNS \
	"printer, serial, kind, state, hold, line, priority, created, run_at, lifetime, " \
	"born_boot, boot_id, attempts, reprints, sent, size, on_doubt, evidence, err, " \
	"reason, dialect, caller, title, uplink, remote, ticket"
#define JOB_VALUES \
	"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, " \
	"?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26"
#define JOB_SELECT "SELECT " JOB_COLUMNS ", id, ended FROM job "
/* The same rows for each of the statements that forget them. */
#define OLD_DOCUMENTS \
	"(SELECT id FROM job WHERE phase = 1 AND ended < ?1 ORDER BY ended, id LIMIT ?2)"
#define OLD_RECORDS \
	"(SELECT id FROM job WHERE phase IN (1, 2) AND ended < ?1 " \
	"ORDER BY phase, ended, id LIMIT ?2)"

static const char *const sql[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SAVE] = "SAVEPOINT member",
	[SQL_UNSAVE] = "RELEASE member",
	[SQL_UNDO] = "ROLLBACK TO member",
	[SQL_PUT_JOB] = "INSERT INTO job(" JOB_COLUMNS ", id, phase, ended) "
		    "VALUES(" JOB_VALUES ", ?27, ?28, ?29)",
	/* From open to open: leaves the index alone. */
	[SQL_SET_OPEN_JOB] = "UPDATE job SET (" JOB_COLUMNS ") = (" JOB_VALUES ") "
			 "WHERE id = ?27 AND phase = 0 AND ended = 0",
	[SQL_SET_JOB] = "UPDATE job SET (" JOB_COLUMNS ", phase, ended) = (" JOB_VALUES
		    ", ?28, ?29) WHERE id = ?27",
	[SQL_GET_JOB] = JOB_SELECT "WHERE id = ?1",
	[SQL_EACH_JOB] = JOB_SELECT "WHERE id < ?1 AND (?2 IS NULL OR printer = ?2) "
		     "AND (?3 IS NULL OR instr(?3, ' ' || state || ' ')) "
		     "ORDER BY id DESC LIMIT ?4",
	[SQL_EACH_OPEN] = JOB_SELECT "WHERE phase = 0 ORDER BY id",
	[SQL_MAX_ID] = "SELECT max(coalesce((SELECT value FROM mark WHERE name = 'max-id'), 0), "
		   "coalesce((SELECT max(id) FROM job), 0))",
	[SQL_NEW_SERIAL] = "INSERT INTO printer VALUES(?1, ?2, ?3, 0, '') ON CONFLICT(name) "
		       "DO UPDATE SET serial = max(serial, excluded.serial), "
		       "last_used = max(last_used, excluded.last_used)",
	[SQL_PUT_DOCUMENT] = "INSERT INTO document VALUES(?1, ?2, ?3, ?4, ?5)",
	[SQL_GET_DOCUMENT] = "SELECT type, sum, ends, bytes FROM document WHERE job = ?1",
	[SQL_PUT_NOTE] = "INSERT INTO note VALUES(?1, (SELECT coalesce(max(line), 0) + 1 FROM note "
		     "WHERE job = ?1), ?2, ?3, ?4, ?5, ?6)",
	[SQL_EACH_NOTE] =
	    "SELECT at, what, number, sent, text FROM note WHERE job = ?1 ORDER BY line",
	[SQL_GET_IDEM] = "SELECT fingerprint, created, job, status, body FROM idem "
		     "WHERE scope = ?1 AND key = ?2",
	[SQL_DROP_IDEM] = "DELETE FROM idem WHERE scope = ? AND key = ?",
	[SQL_PUT_IDEM] = "INSERT INTO idem(scope, key, fingerprint, created, job, status, body) "
		     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(scope, key) DO UPDATE SET "
		     "(fingerprint, created, job, status, body) = (?3, ?4, ?5, ?6, ?7)",
	[SQL_PUT_PRINTER] =
	    "INSERT INTO printer VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(name) DO UPDATE "
			"SET (serial, last_used, adhoc, facts) = (max(serial, ?2), ?3, ?4, ?5)",
	[SQL_DROP_PRINTER] = "DELETE FROM printer WHERE name = ?1",
	[SQL_EACH_PRINTER] =
	    "SELECT name, serial, last_used, adhoc, facts FROM printer ORDER BY name",
	[SQL_PUT_VALUE] =
	    "INSERT INTO value VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET bytes = ?2",
	[SQL_DROP_VALUE] = "DELETE FROM value WHERE name = ?1",
	[SQL_GET_VALUE] = "SELECT bytes FROM value WHERE name = ?1",
	[SQL_EACH_VALUE] = "SELECT name, bytes FROM value WHERE name >= ?1 "
		       "AND substr(name, 1, length(?1)) = ?1 ORDER BY name",
	[SQL_FORGET_DOCUMENTS] = "DELETE FROM document WHERE job IN " OLD_DOCUMENTS,
	[SQL_FORGOT_DOCUMENTS] = "UPDATE job SET phase = 2 WHERE id IN " OLD_DOCUMENTS,
	[SQL_MARK_MAX_ID] = "INSERT INTO mark SELECT 'max-id', max(id) FROM job HAVING max(id) > 0 "
			"ON CONFLICT(name) DO UPDATE SET value = excluded.value "
			"WHERE excluded.value > value",
	[SQL_FORGET_RECORD_DOCUMENTS] = "DELETE FROM document WHERE job IN " OLD_RECORDS,
	[SQL_FORGET_NOTES] = "DELETE FROM note WHERE job IN " OLD_RECORDS,
	[SQL_FORGET_RECORDS] = "DELETE FROM job WHERE id IN " OLD_RECORDS,
	/* Keys are kept in order of age; only the oldest are looked at. */
	[SQL_FORGET_KEYS] =
	    "DELETE FROM idem WHERE id IN (SELECT id FROM idem ORDER BY id LIMIT ?2) "
			"AND created < ?1",
};

const struct db_schema sql_schema = {
	.application = APPLICATION,
	.scripts = scripts,
	.versions = COUNT_OF(scripts),
	.sql = sql,
	.count = SQL_STATEMENTS,
};
