/*
 * The store in memory, for tests: the tables of the other one as sorted rows
 * that remember what they were, so undo and rollback are the same walk back to
 * different points.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/store.h"
#include "store/rows.h"

struct store {
	struct rows rows;
	size_t mark;    /* of the current member */
	job_id max_id;  /* when records were last forgotten */
	int64_t notes;  /* ever written */
};

/* Each table's letter. */
enum table {
	TABLE_JOB = 'j',
	TABLE_DOCUMENT = 'd',
	TABLE_NOTE = 'n',
	TABLE_IDEM = 'i',
	TABLE_PRINTER = 'p',
	TABLE_VALUE = 'v',
};

struct value {
	char *name;
	size_t len;
	char bytes[];
};

static void free_value(char table, void *value)
{
	if (table == TABLE_DOCUMENT) {
		document_release(value);
		return;
	}
	if (value && table == TABLE_IDEM)
		idem_finish(value);
	if (value && table == TABLE_VALUE)
		free(((struct value *)value)->name);
	free(value);
}

static void *copy_of(const void *value, size_t size)
{
	return memcpy(mem_alloc(size), value, size);
}

static enum err store_open(const char *dir, struct store **s, struct why *why)
{
	*s = mem_alloc(sizeof(**s));
	(*s)->rows.free_value = free_value;
	return E_OK;
}

static void store_close(struct store *s)
{
	if (!s)
		return;
	rows_finish(&s->rows);
	free(s);
}

static enum err store_begin(struct store *s, struct why *why)
{
	rows_keep(&s->rows);
	s->mark = 0;
	return E_OK;
}

static enum err store_commit(struct store *s, struct why *why)
{
	rows_keep(&s->rows);
	return E_OK;
}

static void store_rollback(struct store *s)
{
	rows_back(&s->rows, 0);
	s->mark = 0;
}

static enum err store_mark(struct store *s, struct why *why)
{
	s->mark = s->rows.changes;
	return E_OK;
}

static enum err store_undo(struct store *s, struct why *why)
{
	rows_back(&s->rows, s->mark);
	return E_OK;
}

static void put_record(struct store *s, const struct key *k, const struct job *job)
{
	struct job *copy = copy_of(job, sizeof(*job));

	list_init(&copy->node);
	copy->device = NULL;
	copy->doc = NULL;
	rows_put(&s->rows, k, copy);
}

static void put_serial(struct store *s, const struct job *job)
{
	struct key k = rows_key_text(TABLE_PRINTER, job->printer);
	const struct printer_record *old = rows_get(&s->rows, &k);
	struct printer_record p = { 0 };

	if (old)
		p = *old;
	str_copy(p.name, sizeof(p.name), str_of(job->printer));
	if (job->serial > p.serial)
		p.serial = job->serial;
	if (job->created > p.last_used)
		p.last_used = job->created;
	rows_put(&s->rows, &k, copy_of(&p, sizeof(p)));
}

static enum err store_put_job(struct store *s, const struct job *job, struct why *why)
{
	struct key k = rows_key_int(TABLE_JOB, job->id);

	if (rows_get(&s->rows, &k))
		return why_fail(why, E_STORE, "job %lld is in the store already",
		    (long long)job->id);
	put_record(s, &k, job);
	if (job->doc) {
		struct key d = rows_key_int(TABLE_DOCUMENT, job->id);

		rows_put(&s->rows, &d, document_ref(job->doc));
	}
	put_serial(s, job);
	return E_OK;
}

static enum err store_update_job(struct store *s, const struct job *job, struct why *why)
{
	struct key k = rows_key_int(TABLE_JOB, job->id);

	if (!rows_get(&s->rows, &k))
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store",
		    (long long)job->id);
	put_record(s, &k, job);
	return E_OK;
}

static enum err store_get_job(struct store *s, job_id id, struct job *job, struct why *why)
{
	struct key k = rows_key_int(TABLE_JOB, id);
	const struct job *found = rows_get(&s->rows, &k);

	if (!found)
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store", (long long)id);
	*job = *found;
	list_init(&job->node);
	return E_OK;
}

static enum err store_get_document(struct store *s, job_id id, struct document **doc,
    struct why *why)
{
	struct key k = rows_key_int(TABLE_DOCUMENT, id);
	struct document *found = rows_get(&s->rows, &k);

	if (!found)
		return why_fail(why, E_NOT_FOUND, "job %lld has no document", (long long)id);
	*doc = document_ref(found);
	return E_OK;
}

static bool wanted(const struct job_query *q, const struct job *job)
{
	return (!q->printer[0] || strcmp(q->printer, job->printer) == 0) &&
	    (!q->states || (q->states & 1u << job->state));
}

static enum err store_each_job(struct store *s, const struct job_query *q, store_job_fn *fn,
    void *arg, struct why *why)
{
	struct key end = rows_key_int(TABLE_JOB, q->before > 0 ? q->before : INT64_MAX);
	struct key start = rows_key(TABLE_JOB);
	unsigned left = q->limit;

	for (size_t at = rows_seek(&s->rows, &end); left > 0 && at-- > 0;) {
		const struct row *r = rows_at(&s->rows, at, &start);

		if (!r)
			break;
		if (!wanted(q, r->value))
			continue;
		fn(r->value, arg);
		left--;
	}
	return E_OK;
}

static enum err store_each_open(struct store *s, store_job_fn *fn, void *arg, struct why *why)
{
	struct key start = rows_key(TABLE_JOB);
	const struct row *r;

	for (size_t at = rows_seek(&s->rows, &start); (r = rows_at(&s->rows, at, &start)); at++) {
		const struct job *job = r->value;

		if (!job_state_ended(job->state))
			fn(job, arg);
	}
	return E_OK;
}

/* The highest that is stored, or was when the last record was forgotten. */
static enum err store_max_id(struct store *s, job_id *id, struct why *why)
{
	struct key end = rows_key_int(TABLE_JOB, INT64_MAX);
	struct key start = rows_key(TABLE_JOB);
	size_t at = rows_seek(&s->rows, &end);
	const struct row *r = at > 0 ? rows_at(&s->rows, at - 1, &start) : NULL;
	const struct job *last = r ? r->value : NULL;

	*id = s->max_id;
	if (last && last->id > *id)
		*id = last->id;
	return E_OK;
}

static enum err store_put_note(struct store *s, const struct note *n, struct why *why)
{
	struct key k = rows_key_int(TABLE_NOTE, n->job);

	rows_key_add_int(&k, ++s->notes);
	rows_put(&s->rows, &k, copy_of(n, sizeof(*n)));
	return E_OK;
}

static enum err store_each_note(struct store *s, job_id job, store_note_fn *fn, void *arg,
    struct why *why)
{
	struct key start = rows_key_int(TABLE_NOTE, job);
	const struct row *r;

	for (size_t at = rows_seek(&s->rows, &start); (r = rows_at(&s->rows, at, &start)); at++)
		fn(r->value, arg);
	return E_OK;
}

static struct key key_idem(const char *scope, const char *key)
{
	struct key k = rows_key(TABLE_IDEM);

	rows_key_add(&k, scope, strlen(scope) + 1);
	rows_key_add(&k, key, strlen(key));
	return k;
}

static struct idem *idem_copy(const struct idem *idem)
{
	struct idem *copy = copy_of(idem, sizeof(*idem));

	copy->body = mem_strdup(idem->body ? idem->body : "");
	return copy;
}

static enum err store_get_idem(struct store *s, const char *scope, const char *key,
    struct idem *idem, struct why *why)
{
	struct key k = key_idem(scope, key);
	const struct idem *found = rows_get(&s->rows, &k);

	if (!found) {
		memset(idem, 0, sizeof(*idem));
		return why_fail(why, E_NOT_FOUND, "the key is new");
	}
	*idem = *found;
	idem->body = mem_strdup(found->body);
	return E_OK;
}

static enum err store_put_idem(struct store *s, const struct idem *idem, struct why *why)
{
	struct key k = key_idem(idem->scope, idem->key);

	rows_put(&s->rows, &k, idem_copy(idem));
	return E_OK;
}

static enum err store_drop_idem(struct store *s, const char *scope, const char *key,
    struct why *why)
{
	struct key k = key_idem(scope, key);

	rows_put(&s->rows, &k, NULL);
	return E_OK;
}

static enum err store_put_value(struct store *s, const char *name, struct str bytes,
    struct why *why)
{
	struct key k = rows_key_text(TABLE_VALUE, name);
	struct value *v = mem_alloc(sizeof(*v) + bytes.len);

	v->len = bytes.len;
	v->name = mem_strdup(name);
	if (bytes.len)
		memcpy(v->bytes, bytes.ptr, bytes.len);
	rows_put(&s->rows, &k, v);
	return E_OK;
}

static enum err store_drop_value(struct store *s, const char *name, struct why *why)
{
	struct key k = rows_key_text(TABLE_VALUE, name);

	rows_put(&s->rows, &k, NULL);
	return E_OK;
}

static enum err store_get_value(struct store *s, const char *name, store_value_fn *fn,
    void *arg, struct why *why)
{
	struct key k = rows_key_text(TABLE_VALUE, name);
	const struct value *v = rows_get(&s->rows, &k);

	if (!v)
		return why_fail(why, E_NOT_FOUND, "there is no such value");
	fn(name, (struct str){ v->bytes, v->len }, arg);
	return E_OK;
}

static enum err store_each_value(struct store *s, const char *prefix, store_value_fn *fn,
    void *arg, struct why *why)
{
	struct key start = rows_key(TABLE_VALUE);
	const struct row *r;

	for (size_t at = rows_seek(&s->rows, &start); (r = rows_at(&s->rows, at, &start)); at++) {
		const struct value *v = r->value;

		if (strncmp(v->name, prefix, strlen(prefix)) == 0)
			fn(v->name, (struct str){ v->bytes, v->len }, arg);
	}
	return E_OK;
}

static enum err store_put_printer(struct store *s, const struct printer_record *p,
    struct why *why)
{
	struct key k = rows_key_text(TABLE_PRINTER, p->name);
	const struct printer_record *old = rows_get(&s->rows, &k);
	struct printer_record *copy = copy_of(p, sizeof(*p));

	if (old && old->serial > copy->serial)
		copy->serial = old->serial;
	rows_put(&s->rows, &k, copy);
	return E_OK;
}

static enum err store_drop_printer(struct store *s, const char *name, struct why *why)
{
	struct key k = rows_key_text(TABLE_PRINTER, name);

	rows_put(&s->rows, &k, NULL);
	return E_OK;
}

static enum err store_each_printer(struct store *s, store_printer_fn *fn, void *arg,
    struct why *why)
{
	struct key start = rows_key(TABLE_PRINTER);
	const struct row *r;

	for (size_t at = rows_seek(&s->rows, &start); (r = rows_at(&s->rows, at, &start)); at++)
		fn(r->value, arg);
	return E_OK;
}

/* Forgetting. */

static void forget_row(struct store *s, const struct row *r)
{
	struct key k = r->key;

	rows_put(&s->rows, &k, NULL);
}

static void remove_all(struct store *s, struct key start)
{
	size_t at = rows_seek(&s->rows, &start);
	const struct row *r;

	while ((r = rows_at(&s->rows, at, &start)))
		forget_row(s, r);
}

static bool ended_before(const struct job *job, int64_t time)
{
	return job_state_ended(job->state) && job->ended < time;
}

/* One table's rows that are `old`; each is given to `forget`. */
typedef bool old_fn(struct store *s, const struct row *r, int64_t before);
typedef void forget_fn(struct store *s, const struct row *r);

static bool old_document(struct store *s, const struct row *r, int64_t before)
{
	struct key k = r->key;
	const struct job *job;

	k.bytes[0] = TABLE_JOB;
	job = rows_get(&s->rows, &k);
	return job && ended_before(job, before);
}

static bool old_record(struct store *s, const struct row *r, int64_t before)
{
	return ended_before(r->value, before);
}

static bool old_key(struct store *s, const struct row *r, int64_t before)
{
	const struct idem *idem = r->value;

	return idem->created < before;
}

static void forget_record(struct store *s, const struct row *r)
{
	const struct job *job = r->value;
	job_id id = job->id;

	if (id > s->max_id)
		s->max_id = id;
	remove_all(s, rows_key_int(TABLE_DOCUMENT, id));
	remove_all(s, rows_key_int(TABLE_NOTE, id));
	remove_all(s, rows_key_int(TABLE_JOB, id));
}

static const struct forgetting {
	enum table table;
	old_fn *old;
	forget_fn *forget;
} forgettings[] = {
	{ TABLE_DOCUMENT, old_document, forget_row },
	{ TABLE_JOB, old_record, forget_record },
	{ TABLE_IDEM, old_key, forget_row },
};

/* At most `limit` rows; true when that was the reason to stop. */
static bool forget(struct store *s, const struct forgetting *f, int64_t before, unsigned limit)
{
	struct key at = rows_key(f->table);
	struct key start = at;

	while (limit > 0) {
		size_t i = rows_seek(&s->rows, &at);
		const struct row *r = rows_at(&s->rows, i, &start);

		while (r && !f->old(s, r, before))
			r = rows_at(&s->rows, ++i, &start);
		if (!r)
			return false;
		at = r->key;
		f->forget(s, r);
		limit--;
	}
	return true;
}

static enum err store_prune(struct store *s, int64_t documents, int64_t records, int64_t keys,
    unsigned limit, bool *more, struct why *why)
{
	const int64_t before[] = { documents, records, keys };

	*more = false;
	for (size_t i = 0; i < COUNT_OF(forgettings); i++)
		*more |= forget(s, &forgettings[i], before[i], limit);
	return E_OK;
}

static void store_tidy(struct store *s)
{
}

const struct store_plug store_memory = {
	.name = "memory",
	.summary = "nothing survives the program; for tests",
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
};
