/*
 * The store on SQLite: one row per job for its whole life, its document in a
 * table of its own, so that settling a job never touches its bytes.
 *
 * `phase` sums up what is left of a job; one small index on it answers which
 * jobs are open (in order of id), which documents and which records are old.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "core/store.h"
#include "store/ballast.h"
#include "store/crash.h"
#include "store/db.h"
#include "store/word.h"

#define NAME "jobs.db"
#define APPLICATION 0x504c544e /* "PLTN" */
#define SUM_BYTES 8            /* kept of the SHA-256 of a document */

struct store {
	struct db *db;
	struct ballast ballast;
	bool saved;     /* a savepoint stands */
	unsigned marks; /* members of this group so far */
};

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
};

enum phase { PHASE_OPEN, PHASE_ENDED, PHASE_BARE /* ended, its document forgotten */ };

#define JOB_COLUMNS \
	"printer, serial, kind, state, hold, line, priority, created, run_at, lifetime, " \
	"born_boot, boot_id, attempts, reprints, sent, size, on_doubt, evidence, err, " \
	"reason, dialect, caller, title, ticket"
#define JOB_VALUES \
	"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, " \
	"?19, ?20, ?21, ?22, ?23, ?24"
#define JOB_SELECT "SELECT " JOB_COLUMNS ", id, ended FROM job "
/* The same rows for each of the statements that forget them. */
#define OLD_DOCUMENTS \
	"(SELECT id FROM job WHERE phase = 1 AND ended < ?1 ORDER BY ended, id LIMIT ?2)"
#define OLD_RECORDS \
	"(SELECT id FROM job WHERE phase IN (1, 2) AND ended < ?1 " \
	"ORDER BY phase, ended, id LIMIT ?2)"

enum {
	BEGIN, COMMIT, ROLLBACK, SAVE, UNSAVE, UNDO,
	PUT_JOB, SET_OPEN_JOB, SET_JOB, GET_JOB, EACH_JOB, EACH_OPEN, MAX_ID, NEW_SERIAL,
	PUT_DOCUMENT, GET_DOCUMENT, PUT_NOTE, EACH_NOTE, GET_IDEM, PUT_IDEM,
	PUT_PRINTER, DROP_PRINTER, EACH_PRINTER,
	FORGET_DOCUMENTS, FORGOT_DOCUMENTS, MARK_MAX_ID, FORGET_RECORD_DOCUMENTS,
	FORGET_NOTES, FORGET_RECORDS, FORGET_KEYS,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVE] = "SAVEPOINT member",
	[UNSAVE] = "RELEASE member",
	[UNDO] = "ROLLBACK TO member",
	[PUT_JOB] = "INSERT INTO job(" JOB_COLUMNS ", id, phase, ended) "
		    "VALUES(" JOB_VALUES ", ?25, ?26, ?27)",
	/* From open to open: leaves the index alone. */
	[SET_OPEN_JOB] = "UPDATE job SET (" JOB_COLUMNS ") = (" JOB_VALUES ") "
			 "WHERE id = ?25 AND phase = 0 AND ended = 0",
	[SET_JOB] = "UPDATE job SET (" JOB_COLUMNS ", phase, ended) = (" JOB_VALUES
		    ", ?26, ?27) WHERE id = ?25",
	[GET_JOB] = JOB_SELECT "WHERE id = ?1",
	[EACH_JOB] = JOB_SELECT "WHERE id < ?1 AND (?2 IS NULL OR printer = ?2) "
		     "AND (?3 IS NULL OR instr(?3, ' ' || state || ' ')) "
		     "ORDER BY id DESC LIMIT ?4",
	[EACH_OPEN] = JOB_SELECT "WHERE phase = 0 ORDER BY id",
	[MAX_ID] = "SELECT max(coalesce((SELECT value FROM mark WHERE name = 'max-id'), 0), "
		   "coalesce((SELECT max(id) FROM job), 0))",
	[NEW_SERIAL] = "INSERT INTO printer VALUES(?1, ?2, ?3, 0, '') ON CONFLICT(name) "
		       "DO UPDATE SET serial = max(serial, excluded.serial), "
		       "last_used = max(last_used, excluded.last_used)",
	[PUT_DOCUMENT] = "INSERT INTO document VALUES(?1, ?2, ?3, ?4, ?5)",
	[GET_DOCUMENT] = "SELECT type, sum, ends, bytes FROM document WHERE job = ?1",
	[PUT_NOTE] = "INSERT INTO note VALUES(?1, (SELECT coalesce(max(line), 0) + 1 FROM note "
		     "WHERE job = ?1), ?2, ?3, ?4, ?5, ?6)",
	[EACH_NOTE] = "SELECT at, what, number, sent, text FROM note WHERE job = ?1 ORDER BY line",
	[GET_IDEM] = "SELECT fingerprint, created, job, status, body FROM idem "
		     "WHERE scope = ?1 AND key = ?2",
	[PUT_IDEM] = "INSERT INTO idem(scope, key, fingerprint, created, job, status, body) "
		     "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(scope, key) DO UPDATE SET "
		     "(fingerprint, created, job, status, body) = (?3, ?4, ?5, ?6, ?7)",
	[PUT_PRINTER] = "INSERT INTO printer VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(name) DO UPDATE "
			"SET (serial, last_used, adhoc, facts) = (max(serial, ?2), ?3, ?4, ?5)",
	[DROP_PRINTER] = "DELETE FROM printer WHERE name = ?1",
	[EACH_PRINTER] = "SELECT name, serial, last_used, adhoc, facts FROM printer ORDER BY name",
	[FORGET_DOCUMENTS] = "DELETE FROM document WHERE job IN " OLD_DOCUMENTS,
	[FORGOT_DOCUMENTS] = "UPDATE job SET phase = 2 WHERE id IN " OLD_DOCUMENTS,
	[MARK_MAX_ID] = "INSERT INTO mark SELECT 'max-id', max(id) FROM job HAVING max(id) > 0 "
			"ON CONFLICT(name) DO UPDATE SET value = excluded.value "
			"WHERE excluded.value > value",
	[FORGET_RECORD_DOCUMENTS] = "DELETE FROM document WHERE job IN " OLD_RECORDS,
	[FORGET_NOTES] = "DELETE FROM note WHERE job IN " OLD_RECORDS,
	[FORGET_RECORDS] = "DELETE FROM job WHERE id IN " OLD_RECORDS,
	/* Keys are kept in order of age; only the oldest are looked at. */
	[FORGET_KEYS] = "DELETE FROM idem WHERE id IN (SELECT id FROM idem ORDER BY id LIMIT ?2) "
			"AND created < ?1",
};

static const struct db_schema schema = {
	.application = APPLICATION,
	.scripts = scripts,
	.versions = COUNT_OF(scripts),
	.sql = sql,
	.count = STATEMENTS,
};

/* Passes the answer on; a full disk costs the ballast. */
static enum err noted(struct store *s, enum err err)
{
	if (err == E_DISK)
		ballast_release(&s->ballast);
	return err;
}

static enum err run(struct store *s, struct cursor *c, struct why *why)
{
	return noted(s, db_run(c, why));
}

/* A statement without parameters. */
static enum err plain(struct store *s, unsigned which, struct why *why)
{
	struct cursor c = db_use(s->db, which);

	return noted(s, db_run(&c, why));
}

static enum err store_open(const char *dir, struct store **out, struct why *why)
{
	struct store *s = mem_alloc(sizeof(*s));
	enum err err = db_open(dir, NAME, &schema, &s->db, why);

	if (err != E_OK) {
		free(s);
		return err;
	}
	ballast_init(&s->ballast, dir);
	*out = s;
	return E_OK;
}

static void store_rollback(struct store *s)
{
	s->saved = false;
	s->marks = 0;
	/* SQLite may have rolled back by itself. */
	if (db_in_transaction(s->db))
		plain(s, ROLLBACK, NULL);
}

static void store_close(struct store *s)
{
	if (!s)
		return;
	store_rollback(s);
	db_close(s->db);
	free(s);
}

static enum err store_begin(struct store *s, struct why *why)
{
	crash_step();
	s->saved = false;
	s->marks = 0;
	return plain(s, BEGIN, why);
}

static enum err store_commit(struct store *s, struct why *why)
{
	enum err err;

	crash_step();
	s->saved = false;
	s->marks = 0;
	err = plain(s, COMMIT, why);
	if (err != E_OK)
		store_rollback(s);
	return err;
}

/* The first member needs no savepoint: before it there is nothing to keep. */
static enum err store_mark(struct store *s, struct why *why)
{
	enum err err = E_OK;

	if (s->marks++ == 0)
		return E_OK;
	if (s->saved)
		err = plain(s, UNSAVE, why);
	if (err == E_OK)
		err = plain(s, SAVE, why);
	s->saved = err == E_OK;
	return err;
}

static enum err store_undo(struct store *s, struct why *why)
{
	/* Some failures, a full disk above all, take the whole transaction along. */
	if (!db_in_transaction(s->db))
		return why_fail(why, s->ballast.there ? E_STORE : E_DISK,
		    "a job that could not be stored took its group along");
	if (s->saved)
		return plain(s, UNDO, why);
	store_rollback(s);
	return plain(s, BEGIN, why);
}

/* Jobs. */

static void put_columns(struct cursor *c, const struct job *job, const char *ticket)
{
#define TEXT(field) db_put_text(c, job->field);
#define INT(field) db_put_int(c, (int64_t)job->field);
#define WORD(field, type) db_put_text(c, word_##field(job->field));
#include "store/column.def"
#undef TEXT
#undef INT
#undef WORD
	db_put_text(c, ticket);
	db_put_int(c, job->id);
}

static enum err put_row(struct store *s, unsigned which, const struct job *job, struct why *why)
{
	struct cursor c = db_use(s->db, which);
	struct buf ticket;
	enum err err;

	buf_init(&ticket, 1024);
	ticket_write(&job->ticket, &ticket);
	put_columns(&c, job, buf_cstr(&ticket));
	if (which != SET_OPEN_JOB) {
		db_put_int(&c, job_state_ended(job->state) ? PHASE_ENDED : PHASE_OPEN);
		db_put_int(&c, job->ended);
	}
	err = run(s, &c, why);
	buf_finish(&ticket);
	if (err == E_OK && c.changes == 0)
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store", (long long)job->id);
	return err;
}

static void sum_of(const void *bytes, size_t len, uint8_t sum[static SUM_BYTES])
{
	uint8_t digest[32];

	sha256((struct str){ bytes, len }, digest);
	memcpy(sum, digest, SUM_BYTES);
}

/* Chunk ends are kept as little-endian 32-bit numbers. */
static uint32_t *ends_for_disk(const struct document *d)
{
	uint32_t *ends = mem_array(d->chunks, sizeof(*ends));

	for (size_t i = 0; i < d->chunks; i++)
		ends[i] = htole32(d->ends[i]);
	return ends;
}

static enum err put_document(struct store *s, job_id job, const struct document *d,
    struct why *why)
{
	struct cursor c = db_use(s->db, PUT_DOCUMENT);
	uint8_t sum[SUM_BYTES];
	uint32_t *ends = d->ends ? ends_for_disk(d) : NULL;
	enum err err;

	sum_of(d->bytes, d->len, sum);
	db_put_int(&c, job);
	db_put_text(&c, d->type);
	db_put_bytes(&c, sum, sizeof(sum));
	if (ends)
		db_put_bytes(&c, ends, d->chunks * sizeof(*ends));
	else
		db_put_text(&c, NULL);
	db_put_bytes(&c, d->bytes, d->len);
	err = run(s, &c, why);
	free(ends);
	return err;
}

static enum err new_serial(struct store *s, const struct job *job, struct why *why)
{
	struct cursor c = db_use(s->db, NEW_SERIAL);

	db_put_text(&c, job->printer);
	db_put_int(&c, job->serial);
	db_put_int(&c, job->created);
	return run(s, &c, why);
}

/* Pages that were given back inside the database serve as well as room outside. */
static bool may_accept(struct store *s)
{
	return ballast_restore(&s->ballast) || db_free_bytes(s->db) >= BALLAST_BYTES;
}

static enum err store_put_job(struct store *s, const struct job *job, struct why *why)
{
	enum err err;

	if (!may_accept(s))
		return why_fail(why, E_DISK, NULL);
	err = put_row(s, PUT_JOB, job, why);
	if (err == E_OK && job->doc)
		err = put_document(s, job->id, job->doc, why);
	if (err == E_OK)
		err = new_serial(s, job, why);
	return err;
}

static enum err store_update_job(struct store *s, const struct job *job, struct why *why)
{
	bool open = !job_state_ended(job->state) && job->ended == 0;
	struct why first;
	enum err err = open ? put_row(s, SET_OPEN_JOB, job, &first) : E_NOT_FOUND;

	if (err == E_NOT_FOUND)
		return put_row(s, SET_JOB, job, why);
	return err == E_OK ? E_OK : why_fail(why, err, "%s", first.text);
}

static bool read_word(struct cursor *c, char *word, size_t size)
{
	db_get_text(c, word, size);
	return true;
}

static bool read_ticket(struct cursor *c, struct ticket *ticket)
{
	return ticket_read(db_get_bytes(c), ticket);
}

/* False when the row holds a word that we do not know. */
static bool read_job(struct cursor *c, struct job *job)
{
	char word[64];
	bool ok = true;

	memset(job, 0, sizeof(*job));
#define TEXT(field) db_get_text(c, job->field, sizeof(job->field));
#define INT(field) job->field = (__typeof__(job->field))db_get_int(c);
#define WORD(field, type) \
	ok = read_word(c, word, sizeof(word)) && word_read_##field(str_of(word), &job->field) && ok;
#include "store/column.def"
#undef TEXT
#undef INT
#undef WORD
	ok = read_ticket(c, &job->ticket) && ok;
	job->id = db_get_int(c);
	job->ended = db_get_int(c);
	list_init(&job->node);
	return ok;
}

static enum err unreadable(const struct job *job, struct why *why)
{
	return why_fail(why, E_STORE, "the record of job %lld cannot be read", (long long)job->id);
}

/* Calls fn for each row; stops at one that cannot be read. */
static enum err each(struct cursor *c, store_job_fn *fn, void *arg, struct why *why)
{
	struct job job;
	enum err err;

	while (db_next(c)) {
		if (!read_job(c, &job)) {
			db_end(c, NULL);
			return unreadable(&job, why);
		}
		fn(&job, arg);
	}
	err = db_end(c, why);
	return err;
}

static enum err store_get_job(struct store *s, job_id id, struct job *job, struct why *why)
{
	struct cursor c = db_use(s->db, GET_JOB);
	bool found, ok;
	enum err err;

	db_put_int(&c, id);
	found = db_next(&c);
	ok = found && read_job(&c, job);
	err = db_end(&c, why);
	if (err != E_OK)
		return err;
	if (!found)
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store", (long long)id);
	return ok ? E_OK : unreadable(job, why);
}

/* The chosen states as words between blanks. */
static const char *state_words(unsigned states, struct buf *out)
{
	for (int i = 0; i < JOB_STATES; i++)
		if (states & 1u << i)
			buf_printf(out, " %s ", word_state((enum job_state)i));
	return buf_cstr(out);
}

static enum err store_each_job(struct store *s, const struct job_query *q, store_job_fn *fn,
    void *arg, struct why *why)
{
	struct cursor c = db_use(s->db, EACH_JOB);
	struct buf words;
	enum err err;

	buf_init(&words, 1024);
	db_put_int(&c, q->before > 0 ? q->before : INT64_MAX);
	db_put_text(&c, q->printer[0] ? q->printer : NULL);
	db_put_text(&c, q->states ? state_words(q->states, &words) : NULL);
	db_put_int(&c, q->limit);
	err = each(&c, fn, arg, why);
	buf_finish(&words);
	return err;
}

static enum err store_each_open(struct store *s, store_job_fn *fn, void *arg, struct why *why)
{
	struct cursor c = db_use(s->db, EACH_OPEN);

	return each(&c, fn, arg, why);
}

static enum err store_max_id(struct store *s, job_id *id, struct why *why)
{
	struct cursor c = db_use(s->db, MAX_ID);

	if (db_next(&c))
		*id = db_get_int(&c);
	return db_end(&c, why);
}

/* Documents. */

static bool read_ends(struct str blob, size_t len, uint32_t **ends, size_t *chunks)
{
	uint32_t last = 0;

	*chunks = blob.len / sizeof(**ends);
	if (*chunks == 0 || blob.len % sizeof(**ends) != 0)
		return false;
	*ends = mem_array(*chunks, sizeof(**ends));
	memcpy(*ends, blob.ptr, blob.len);
	for (size_t i = 0; i < *chunks; i++) {
		uint32_t end = le32toh((*ends)[i]);

		if (end < last || end > len)
			return false;
		last = (*ends)[i] = end;
	}
	return last == len;
}

static bool read_document(struct cursor *c, struct document **doc)
{
	char type[sizeof((*doc)->type)];
	uint8_t right[SUM_BYTES];
	uint32_t *ends = NULL;
	size_t chunks = 0;
	struct str sum, blob, bytes;
	struct buf b;
	bool ok = true;

	db_get_text(c, type, sizeof(type));
	sum = db_get_bytes(c);
	blob = db_get_bytes(c);
	bytes = db_get_bytes(c);
	sum_of(bytes.ptr, bytes.len, right);
	if (sum.len != SUM_BYTES || memcmp(sum.ptr, right, SUM_BYTES) != 0)
		return false;
	buf_init(&b, bytes.len);
	if (blob.ptr)
		ok = read_ends(blob, bytes.len, &ends, &chunks);
	ok = ok && buf_add_str(&b, bytes);
	if (ok)
		*doc = document_create(type, &b, ends, chunks);
	buf_finish(&b);
	free(ends);
	return ok;
}

static enum err store_get_document(struct store *s, job_id id, struct document **doc,
    struct why *why)
{
	struct cursor c = db_use(s->db, GET_DOCUMENT);
	bool found, ok;
	enum err err;

	db_put_int(&c, id);
	found = db_next(&c);
	ok = found && read_document(&c, doc);
	err = db_end(&c, why);
	if (err != E_OK) {
		if (ok)
			document_release(*doc);
		return err;
	}
	if (!found)
		return why_fail(why, E_NOT_FOUND, "job %lld has no document", (long long)id);
	return ok ? E_OK : why_fail(why, E_DAMAGED, NULL);
}

/* The journal. */

static enum err store_put_note(struct store *s, const struct note *n, struct why *why)
{
	struct cursor c = db_use(s->db, PUT_NOTE);

	db_put_int(&c, n->job);
	db_put_int(&c, n->at);
	db_put_text(&c, n->what);
	db_put_int(&c, n->number);
	db_put_int(&c, (int64_t)n->sent);
	db_put_text(&c, n->text);
	return run(s, &c, why);
}

static enum err store_each_note(struct store *s, job_id job, store_note_fn *fn, void *arg,
    struct why *why)
{
	struct cursor c = db_use(s->db, EACH_NOTE);

	db_put_int(&c, job);
	while (db_next(&c)) {
		struct note n = { .job = job };

		n.at = db_get_int(&c);
		db_get_text(&c, n.what, sizeof(n.what));
		n.number = (unsigned)db_get_int(&c);
		n.sent = (uint64_t)db_get_int(&c);
		db_get_text(&c, n.text, sizeof(n.text));
		fn(&n, arg);
	}
	return db_end(&c, why);
}

/* Idempotency keys. */

static bool read_idem(struct cursor *c, struct idem *idem)
{
	struct str fingerprint = db_get_bytes(c);
	struct str body;

	if (fingerprint.len != sizeof(idem->fingerprint))
		return false;
	memcpy(idem->fingerprint, fingerprint.ptr, fingerprint.len);
	idem->created = db_get_int(c);
	idem->job = db_get_int(c);
	idem->status = (int)db_get_int(c);
	body = db_get_bytes(c);
	idem->body = mem_strndup(body.ptr ? body.ptr : "", body.len);
	return true;
}

static enum err store_get_idem(struct store *s, const char *scope, const char *key,
    struct idem *idem, struct why *why)
{
	struct cursor c = db_use(s->db, GET_IDEM);
	bool found, ok;
	enum err err;

	memset(idem, 0, sizeof(*idem));
	str_copy(idem->scope, sizeof(idem->scope), str_of(scope));
	str_copy(idem->key, sizeof(idem->key), str_of(key));
	db_put_text(&c, scope);
	db_put_text(&c, key);
	found = db_next(&c);
	ok = found && read_idem(&c, idem);
	err = db_end(&c, why);
	if (err != E_OK) {
		idem_finish(idem);
		return err;
	}
	if (!found)
		return why_fail(why, E_NOT_FOUND, "the key is new");
	return ok ? E_OK : why_fail(why, E_STORE, "the record of a key cannot be read");
}

static enum err store_put_idem(struct store *s, const struct idem *idem, struct why *why)
{
	struct cursor c = db_use(s->db, PUT_IDEM);

	db_put_text(&c, idem->scope);
	db_put_text(&c, idem->key);
	db_put_bytes(&c, idem->fingerprint, sizeof(idem->fingerprint));
	db_put_int(&c, idem->created);
	db_put_int(&c, idem->job);
	db_put_int(&c, idem->status);
	db_put_text(&c, idem->body ? idem->body : "");
	return run(s, &c, why);
}

/* Printers. */

static enum err store_put_printer(struct store *s, const struct printer_record *p,
    struct why *why)
{
	struct cursor c = db_use(s->db, PUT_PRINTER);

	db_put_text(&c, p->name);
	db_put_int(&c, p->serial);
	db_put_int(&c, p->last_used);
	db_put_int(&c, p->adhoc);
	db_put_text(&c, p->facts);
	return run(s, &c, why);
}

static enum err store_drop_printer(struct store *s, const char *name, struct why *why)
{
	struct cursor c = db_use(s->db, DROP_PRINTER);

	db_put_text(&c, name);
	return run(s, &c, why);
}

static enum err store_each_printer(struct store *s, store_printer_fn *fn, void *arg,
    struct why *why)
{
	struct cursor c = db_use(s->db, EACH_PRINTER);

	while (db_next(&c)) {
		struct printer_record p = { 0 };

		db_get_text(&c, p.name, sizeof(p.name));
		p.serial = db_get_int(&c);
		p.last_used = db_get_int(&c);
		p.adhoc = db_get_int(&c) != 0;
		db_get_text(&c, p.facts, sizeof(p.facts));
		fn(&p, arg);
	}
	return db_end(&c, why);
}

/* Forgetting: a few statements over the same `limit` oldest rows. */

static const struct forget {
	unsigned statement;
	enum { BEFORE_DOCUMENTS, BEFORE_RECORDS, BEFORE_KEYS } before;
	bool counts; /* its rows decide whether there is more to do */
} forgets[] = {
	{ FORGET_DOCUMENTS, BEFORE_DOCUMENTS, false },
	{ FORGOT_DOCUMENTS, BEFORE_DOCUMENTS, true },
	{ FORGET_RECORD_DOCUMENTS, BEFORE_RECORDS, false },
	{ FORGET_NOTES, BEFORE_RECORDS, false },
	{ FORGET_RECORDS, BEFORE_RECORDS, true },
	{ FORGET_KEYS, BEFORE_KEYS, true },
};

static enum err store_prune(struct store *s, int64_t documents, int64_t records, int64_t keys,
    unsigned limit, bool *more, struct why *why)
{
	const int64_t before[] = { documents, records, keys };
	enum err err = plain(s, MARK_MAX_ID, why);

	*more = false;
	for (size_t i = 0; err == E_OK && i < COUNT_OF(forgets); i++) {
		struct cursor c = db_use(s->db, forgets[i].statement);

		db_put_int(&c, before[forgets[i].before]);
		db_put_int(&c, limit);
		err = run(s, &c, why);
		if (forgets[i].counts && (unsigned)c.changes >= limit)
			*more = true;
	}
	return err;
}

static void store_tidy(struct store *s)
{
	db_checkpoint(s->db);
	ballast_restore(&s->ballast);
}

const struct store_plug store_sqlite = {
	.name = "sqlite",
	.summary = "a database in the state directory",
	.open = store_open,
	.close = store_close,
	.begin = store_begin,
	.commit = store_commit,
	.rollback = store_rollback,
	.mark = store_mark,
	.undo = store_undo,
	.put_job = store_put_job,
	.update_job = store_update_job,
	.get_job = store_get_job,
	.get_document = store_get_document,
	.each_job = store_each_job,
	.each_open = store_each_open,
	.max_id = store_max_id,
	.put_note = store_put_note,
	.each_note = store_each_note,
	.get_idem = store_get_idem,
	.put_idem = store_put_idem,
	.put_printer = store_put_printer,
	.drop_printer = store_drop_printer,
	.each_printer = store_each_printer,
	.prune = store_prune,
	.tidy = store_tidy,
};
