/*
 * Work is done on a copy, because SQLite writes to what it opens. Values pass
 * from one database to the other as they are; the tables are STRICT, so what
 * came out of a damaged page with another type is refused by the new one.
 */
#include "store/salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/record.h"
#include "store/sql.h"

#define COLUMNS_MAX 40
#define HOLE_MAX 200000  /* rows that are asked for one by one */
#define PAGE 4096
#define LEAP 1000        /* ids left free above the highest seen */

static const struct table {
	const char *name, *key; /* what its rows are in order of */
	bool numbered;          /* by a number, so a hole can be asked for row by row */
} tables[] = {
	{ "job", "id", true },
	{ "document", "job", true },
	{ "note", "job", true },
	{ "idem", "id", true },
	{ "printer", "name", false },
	{ "value", "name", false },
	{ "mark", "name", false },
};

/* --- files ---------------------------------------------------------------------------------- */

/* One that is not there is not copied: there may be no log, or nothing but a log. */
static bool copy_file(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	ssize_t n = 0;
	bool ok;

	if (in < 0)
		return errno == ENOENT;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ok = out >= 0;
	while (ok && (n = read(in, bytes, sizeof bytes)) > 0)
		ok = write(out, bytes, (size_t)n) == n;
	close(in);
	if (out >= 0)
		ok &= close(out) == 0;
	return ok && n == 0;
}

static bool make_empty(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

static bool keep_file(const char *from, const char *as)
{
	return link(from, as) == 0 || errno == ENOENT || copy_file(from, as);
}

/* NAME and its log, both: PATH and PATH-wal. */
static bool each_of_two(bool (*fn)(const char *, const char *), const char *from, const char *to)
{
	char from_log[PATH_MAX], to_log[PATH_MAX];

	snprintf(from_log, sizeof from_log, "%.*s-wal", PATH_MAX - 8, from);
	snprintf(to_log, sizeof to_log, "%.*s-wal", PATH_MAX - 8, to);
	return fn(from_log, to_log) && fn(from, to);
}

static void remove_two(const char *path)
{
	char log[PATH_MAX];

	snprintf(log, sizeof log, "%.*s-wal", PATH_MAX - 8, path);
	unlink(log);
	unlink(path);
}

static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* --- rows ------------------------------------------------------------------------------------ */

struct moving {
	sqlite3 *from, *to;
	const struct table *table;
	char columns[1024];
	int count;               /* of columns */
	int key;                 /* which of them sorts */
	sqlite3_stmt *insert;
	sqlite3_int64 last;      /* the number of the last row that was read */
	unsigned rows;           /* that arrived */
};

/* Columns that both have: the damaged one may be of an older version. */
static bool list_columns(struct moving *m)
{
	sqlite3_stmt *stmt;
	char sql[128], known[COLUMNS_MAX][64];
	int there = 0;
	size_t len = 0;

	snprintf(sql, sizeof sql, "PRAGMA table_info(%s)", m->table->name);
	if (sqlite3_prepare_v2(m->from, sql, -1, &stmt, NULL) != SQLITE_OK)
		return false;
	while (there < COLUMNS_MAX && sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(known[there++], sizeof known[0], "%s",
		    (const char *)sqlite3_column_text(stmt, 1));
	sqlite3_finalize(stmt);
	if (sqlite3_prepare_v2(m->to, sql, -1, &stmt, NULL) != SQLITE_OK)
		return false;
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(stmt, 1);

		for (int i = 0; i < there; i++) {
			if (strcmp(known[i], name) != 0)
				continue;
			if (strcmp(name, m->table->key) == 0)
				m->key = m->count;
			len += (size_t)snprintf(m->columns + len, sizeof m->columns - len,
			    "%s%s", m->count++ ? ", " : "", name);
		}
	}
	sqlite3_finalize(stmt);
	return m->count > 0 && len < sizeof m->columns;
}

static bool prepare_insert(struct moving *m)
{
	char sql[2048];
	size_t n = (size_t)snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO %s(%s) VALUES(?",
	    m->table->name, m->columns);

	for (int i = 1; i < m->count; i++)
		n += (size_t)snprintf(sql + n, sizeof sql - n, ", ?");
	snprintf(sql + n, sizeof sql - n, ")");
	return sqlite3_prepare_v2(m->to, sql, -1, &m->insert, NULL) == SQLITE_OK;
}

static void move_row(struct moving *m, sqlite3_stmt *row)
{
	for (int i = 0; i < m->count; i++)
		sqlite3_bind_value(m->insert, i + 1, sqlite3_column_value(row, i));
	if (sqlite3_step(m->insert) == SQLITE_DONE)
		m->rows += (unsigned)sqlite3_changes(m->to);
	sqlite3_reset(m->insert);
	sqlite3_clear_bindings(m->insert);
}

/* Until the end or the damage; true if it was the end. */
static bool move_in_order(struct moving *m, const char *direction)
{
	sqlite3_stmt *rows;
	char sql[2048];
	int rc;

	snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY %s %s", m->columns,
	    m->table->name, m->table->key, direction);
	if (sqlite3_prepare_v2(m->from, sql, -1, &rows, NULL) != SQLITE_OK)
		return false;
	while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
		m->last = sqlite3_column_int64(rows, m->key);
		move_row(m, rows);
	}
	sqlite3_finalize(rows);
	return rc == SQLITE_DONE;
}

static void move_between(struct moving *m, sqlite3_int64 low, sqlite3_int64 high)
{
	sqlite3_stmt *row;
	char sql[2048];

	snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s = ?", m->columns, m->table->name,
	    m->table->key);
	if (sqlite3_prepare_v2(m->from, sql, -1, &row, NULL) != SQLITE_OK)
		return;
	for (sqlite3_int64 id = low; id <= high && id - low < HOLE_MAX; id++) {
		sqlite3_bind_int64(row, 1, id);
		while (sqlite3_step(row) == SQLITE_ROW)
			move_row(m, row);
		sqlite3_reset(row);
	}
	sqlite3_finalize(row);
}

static unsigned move_table(sqlite3 *from, sqlite3 *to, const struct table *table)
{
	struct moving m = { .from = from, .to = to, .table = table };
	sqlite3_int64 low;

	if (!list_columns(&m) || !prepare_insert(&m))
		return 0;
	if (!move_in_order(&m, "ASC")) {
		low = m.last;
		m.last = low + HOLE_MAX;
		move_in_order(&m, "DESC");
		if (table->numbered && m.last > low)
			move_between(&m, low, m.last);
	}
	sqlite3_finalize(m.insert);
	return m.rows;
}

/* --- what arrived --------------------------------------------------------------------------- */

static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static void drop_job(sqlite3 *db, int64_t id)
{
	char sql[256];

	snprintf(sql, sizeof sql, "DELETE FROM job WHERE id = %lld; "
	    "DELETE FROM document WHERE job = %lld; DELETE FROM note WHERE job = %lld",
	    (long long)id, (long long)id, (long long)id);
	sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* A record must read as one, or the daemon would not start with it. */
static unsigned drop_unreadable(struct db *to)
{
	sqlite3 *db = db_handle(to);
	sqlite3_stmt *ids;
	unsigned dropped = 0;
	struct job job;

	if (sqlite3_prepare_v2(db, "SELECT id FROM job", -1, &ids, NULL) != SQLITE_OK)
		return 0;
	while (sqlite3_step(ids) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(ids, 0);

		if (!record_get(to, id, &job, NULL))
			continue;
		drop_job(db, id);
		dropped++;
	}
	sqlite3_finalize(ids);
	return dropped;
}

static enum err raise_ids(struct db *to, struct why *why)
{
	static const char highest[] = "SELECT max("
	    "coalesce((SELECT max(id) FROM job), 0), coalesce((SELECT max(job) FROM note), 0), "
	    "coalesce((SELECT max(job) FROM document), 0), "
	    "coalesce((SELECT max(job) FROM idem), 0), "
	    "coalesce((SELECT value FROM mark WHERE name = 'max-id'), 0))";
	char sql[256];

	snprintf(sql, sizeof sql, "INSERT INTO mark VALUES('max-id', %lld) ON CONFLICT(name) "
	    "DO UPDATE SET value = excluded.value",
	    (long long)ask(db_handle(to), highest) + LEAP);
	return db_exec(to, sql, why);
}

static sqlite3 *open_copy(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK)
		sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF; "
		    "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
	return db;
}

/*
 * The first page has no rows, only where the tables begin, and that is the same in
 * every database of ours: a lost one is replaced by a new one's. Two numbers in it
 * then disagree on purpose, so that SQLite asks the file how long it is.
 */
static void lend_first_page(const char *fresh, const char *path)
{
	uint8_t page[PAGE];
	int in = open(fresh, O_RDONLY | O_CLOEXEC), out = open(path, O_WRONLY | O_CLOEXEC);

	if (in >= 0 && out >= 0 && pread(in, page, sizeof page, 0) == PAGE) {
		memset(page + 92, 0xff, 4);
		if (pwrite(out, page, sizeof page, 0) != PAGE)
			log_warn("store.salvage", "%s cannot be written", path);
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static sqlite3 *open_readable(const char *path, const char *fresh, struct db *to)
{
	sqlite3 *db = open_copy(path);

	if (sqlite3_exec(db, "SELECT id FROM job LIMIT 0", NULL, NULL, NULL) == SQLITE_OK)
		return db;
	sqlite3_close(db);
	db_checkpoint(to);
	lend_first_page(fresh, path);
	return open_copy(path);
}

static enum err move_all(sqlite3 *from, struct db *to, struct salvaged *out, struct why *why)
{
	unsigned moved[COUNT_OF(tables)] = { 0 };
	enum err err = db_exec(to, "BEGIN", why);

	if (err)
		return err;
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		moved[i] = move_table(from, db_handle(to), &tables[i]);
	out->jobs = moved[0] - drop_unreadable(to);
	out->keys = moved[3];
	out->printers = moved[4];
	out->values = moved[5];
	err = raise_ids(to, why);
	return err ? err : db_exec(to, "COMMIT; PRAGMA journal_mode=DELETE", why);
}

/* --- the whole ------------------------------------------------------------------------------ */

static void stamp(char out[static 32])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(out, 32, "%Y%m%dT%H%M%SZ", &tm);
}

/* Where no file is: two damages within a second are two files. */
static void free_name(const char *path, char out[static PATH_MAX])
{
	char when[32];
	struct stat st;

	stamp(when);
	snprintf(out, PATH_MAX, "%.*s.bad-%s", PATH_MAX - 64, path, when);
	for (unsigned i = 2; lstat(out, &st) == 0 && i < 1000; i++)
		snprintf(out, PATH_MAX, "%.*s.bad-%s-%u", PATH_MAX - 64, path, when, i);
}

/* `fresh` is the path of `name`. */
static enum err fill(struct db *to, const char *fresh, const char *copy, struct salvaged *out,
    struct why *why)
{
	struct stat st;
	sqlite3 *from;
	enum err err;

	/* With an empty file SQLite would throw its log away. */
	if (stat(copy, &st) && !make_empty(copy))
		return why_errno(why, E_STORE, errno, "%s cannot be made", copy);
	if (stat(copy, &st) || (st.st_size < PAGE && truncate(copy, PAGE)))
		return why_errno(why, E_STORE, errno, "%s cannot be read", copy);
	from = open_readable(copy, fresh, to);
	err = move_all(from, to, out, why);
	sqlite3_close(from);
	return err;
}

static void say(struct salvaged *out, const char *bad)
{
	const char *name = strrchr(bad, '/');

	snprintf(out->text, sizeof out->text, "The journal was damaged and is set aside as %.60s; "
	    "%u jobs, %u request keys, %u values and %u printers could be read",
	    name ? name + 1 : bad, out->jobs, out->keys, out->values, out->printers);
}

enum err salvage(const char *dir, const char *name, const struct db_schema *schema,
    struct salvaged *out, struct why *why)
{
	char path[PATH_MAX - 64], bad[PATH_MAX], copy[PATH_MAX], fresh[64], target[PATH_MAX];
	char log[PATH_MAX];
	struct db *to;
	enum err err;

	memset(out, 0, sizeof *out);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	snprintf(copy, sizeof copy, "%s.copy", path);
	snprintf(fresh, sizeof fresh, "%.48s.new", name);
	snprintf(target, sizeof target, "%s/%s", dir, fresh);
	snprintf(log, sizeof log, "%s-wal", path);
	free_name(path, bad);
	remove_two(copy);
	remove_two(target);
	if (!each_of_two(keep_file, path, bad) || !each_of_two(copy_file, path, copy))
		err = why_errno(why, E_STORE, errno, "%s is damaged and cannot be set aside",
		    path);
	else if (!(err = db_open(dir, fresh, schema, &to, why))) {
		err = fill(to, target, copy, out, why);
		db_close(to);
	}
	remove_two(copy);
	if (err) {
		remove_two(target);
		return err;
	}
	/* Its log must not be taken for the new one's. */
	if ((unlink(log) && errno != ENOENT) || rename(target, path))
		return why_errno(why, E_STORE, errno, "%s cannot be replaced", path);
	remove_two(target);
	sync_dir(dir);
	say(out, bad);
	return E_OK;
}
