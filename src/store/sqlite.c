/*
 * The store on SQLite: transactions, and every table but those of jobs and
 * documents, which are record.c's. Each answer passes noted(), because a disk
 * that is full must give up its ballast wherever it shows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/store.h"
#include "store/ballast.h"
#include "store/crash.h"
#include "store/record.h"
#include "store/salvage.h"
#include "store/sql.h"

#define NAME "jobs.db"

struct store {
	struct db *db;
	struct ballast ballast;
	bool saved;     /* a savepoint stands */
	unsigned marks; /* members of this group so far */
	char trouble[256];
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
	struct salvaged salvaged;
	enum err err = db_open(dir, NAME, &sql_schema, &s->db, why);

	if (err == E_DAMAGED) {
		err = salvage(dir, NAME, &sql_schema, &salvaged, why);
		if (err == E_OK)
			err = db_open(dir, NAME, &sql_schema, &s->db, why);
		if (err == E_OK)
			str_copy(s->trouble, sizeof(s->trouble), str_of(salvaged.text));
	}

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
		plain(s, SQL_ROLLBACK, NULL);
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
	return plain(s, SQL_BEGIN, why);
}

static enum err store_commit(struct store *s, struct why *why)
{
	enum err err;

	crash_step();
	s->saved = false;
	s->marks = 0;
	err = plain(s, SQL_COMMIT, why);
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
		err = plain(s, SQL_UNSAVE, why);
	if (err == E_OK)
		err = plain(s, SQL_SAVE, why);
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
		return plain(s, SQL_UNDO, why);
	store_rollback(s);
	return plain(s, SQL_BEGIN, why);
}

/* Pages that were given back inside the database serve as well as room outside. */
static bool may_accept(struct store *s)
{
	return ballast_restore(&s->ballast) || db_free_bytes(s->db) >= BALLAST_BYTES;
}

static enum err store_put_job(struct store *s, const struct job *job, struct why *why)
{
	if (!may_accept(s))
		return why_fail(why, E_DISK, NULL);
	return noted(s, record_put(s->db, job, why));
}

static enum err store_update_job(struct store *s, const struct job *job, struct why *why)
{
	return noted(s, record_update(s->db, job, why));
}

static enum err store_get_job(struct store *s, job_id id, struct job *job, struct why *why)
{
	return record_get(s->db, id, job, why);
}

static enum err store_get_document(struct store *s, job_id id, struct document **doc,
    struct why *why)
{
	return record_document(s->db, id, doc, why);
}

static enum err store_each_job(struct store *s, const struct job_query *q, store_job_fn *fn,
    void *arg, struct why *why)
{
	return record_each(s->db, q, fn, arg, why);
}

static enum err store_each_open(struct store *s, store_job_fn *fn, void *arg, struct why *why)
{
	return record_each_open(s->db, fn, arg, why);
}

static enum err store_max_id(struct store *s, job_id *id, struct why *why)
{
	return record_max_id(s->db, id, why);
}

/* The journal. */

static enum err store_put_note(struct store *s, const struct note *n, struct why *why)
{
	struct cursor c = db_use(s->db, SQL_PUT_NOTE);

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
	struct cursor c = db_use(s->db, SQL_EACH_NOTE);

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
	struct cursor c = db_use(s->db, SQL_GET_IDEM);
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
	struct cursor c = db_use(s->db, SQL_PUT_IDEM);

	db_put_text(&c, idem->scope);
	db_put_text(&c, idem->key);
	db_put_bytes(&c, idem->fingerprint, sizeof(idem->fingerprint));
	db_put_int(&c, idem->created);
	db_put_int(&c, idem->job);
	db_put_int(&c, idem->status);
	db_put_text(&c, idem->body ? idem->body : "");
	return run(s, &c, why);
}

static enum err store_drop_idem(struct store *s, const char *scope, const char *key,
    struct why *why)
{
	struct cursor c = db_use(s->db, SQL_DROP_IDEM);

	db_put_text(&c, scope);
	db_put_text(&c, key);
	return run(s, &c, why);
}

/* Values. */

static enum err store_put_value(struct store *s, const char *name, struct str bytes,
    struct why *why)
{
	struct cursor c = db_use(s->db, SQL_PUT_VALUE);

	db_put_text(&c, name);
	db_put_bytes(&c, bytes.ptr ? bytes.ptr : "", bytes.len);
	return run(s, &c, why);
}

static enum err store_drop_value(struct store *s, const char *name, struct why *why)
{
	struct cursor c = db_use(s->db, SQL_DROP_VALUE);

	db_put_text(&c, name);
	return run(s, &c, why);
}

static enum err store_get_value(struct store *s, const char *name, store_value_fn *fn,
    void *arg, struct why *why)
{
	struct cursor c = db_use(s->db, SQL_GET_VALUE);
	bool found;
	enum err err;

	db_put_text(&c, name);
	found = db_next(&c);
	if (found)
		fn(name, db_get_bytes(&c), arg);
	err = db_end(&c, why);
	return err || found ? err : why_fail(why, E_NOT_FOUND, "there is no such value");
}

static enum err store_each_value(struct store *s, const char *prefix, store_value_fn *fn,
    void *arg, struct why *why)
{
	struct cursor c = db_use(s->db, SQL_EACH_VALUE);
	char name[VALUE_NAME_MAX + 1];

	db_put_text(&c, prefix);
	while (db_next(&c)) {
		db_get_text(&c, name, sizeof(name));
		fn(name, db_get_bytes(&c), arg);
	}
	return db_end(&c, why);
}

/* Printers. */

static enum err store_put_printer(struct store *s, const struct printer_record *p,
    struct why *why)
{
	struct cursor c = db_use(s->db, SQL_PUT_PRINTER);

	db_put_text(&c, p->name);
	db_put_int(&c, p->serial);
	db_put_int(&c, p->last_used);
	db_put_int(&c, p->adhoc);
	db_put_text(&c, p->facts);
	return run(s, &c, why);
}

static enum err store_drop_printer(struct store *s, const char *name, struct why *why)
{
	struct cursor c = db_use(s->db, SQL_DROP_PRINTER);

	db_put_text(&c, name);
	return run(s, &c, why);
}

static enum err store_each_printer(struct store *s, store_printer_fn *fn, void *arg,
    struct why *why)
{
	struct cursor c = db_use(s->db, SQL_EACH_PRINTER);

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
	{ SQL_FORGET_DOCUMENTS, BEFORE_DOCUMENTS, false },
	{ SQL_FORGOT_DOCUMENTS, BEFORE_DOCUMENTS, true },
	{ SQL_FORGET_RECORD_DOCUMENTS, BEFORE_RECORDS, false },
	{ SQL_FORGET_NOTES, BEFORE_RECORDS, false },
	{ SQL_FORGET_RECORDS, BEFORE_RECORDS, true },
	{ SQL_FORGET_KEYS, BEFORE_KEYS, true },
};

static enum err store_prune(struct store *s, int64_t documents, int64_t records, int64_t keys,
    unsigned limit, bool *more, struct why *why)
{
	const int64_t before[] = { documents, records, keys };
	enum err err = plain(s, SQL_MARK_MAX_ID, why);

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

static const char *store_trouble(const struct store *s)
{
	return s->trouble[0] ? s->trouble : NULL;
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
	.drop_idem = store_drop_idem,
	.put_value = store_put_value,
	.drop_value = store_drop_value,
	.get_value = store_get_value,
	.each_value = store_each_value,
	.put_printer = store_put_printer,
	.drop_printer = store_drop_printer,
	.each_printer = store_each_printer,
	.prune = store_prune,
	.tidy = store_tidy,
	.trouble = store_trouble,
};
