/*
 * The store in memory, for tests: one sorted array of keys and values in the
 * way of a key-value store. What a transaction changes is kept as it was, in
 * order, so undo and rollback are the same walk back to different points.
 *
 * A key is a table's letter and then what sorts its rows; numbers are written
 * with the high byte first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/store.h"

#define KEY_BYTES 512

enum table {
	TABLE_JOB = 'j',
	TABLE_DOCUMENT = 'd',
	TABLE_NOTE = 'n',
	TABLE_IDEM = 'i',
	TABLE_PRINTER = 'p',
};

struct key {
	size_t len;
	char bytes[KEY_BYTES];
};

struct row {
	struct key key;
	void *value;
};

struct store {
	struct row **rows; /* by key */
	size_t count, cap;
	struct row **past; /* rows as they were; a NULL value: not there */
	size_t changes, past_cap;
	size_t mark;       /* of `changes` */
	job_id max_id;     /* when records were last forgotten */
	int64_t notes;     /* ever written */
};

/* Keys. */

static void key_add(struct key *k, const void *bytes, size_t len)
{
	if (len > KEY_BYTES - k->len)
		len = KEY_BYTES - k->len;
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

static struct key key_of(enum table table)
{
	return (struct key){ .len = 1, .bytes = { (char)table } };
}

static void key_add_int(struct key *k, int64_t n)
{
	unsigned char bytes[8];

	for (int i = 7; i >= 0; i--, n >>= 8)
		bytes[i] = (unsigned char)n;
	key_add(k, bytes, sizeof(bytes));
}

static struct key key_int(enum table table, int64_t n)
{
	struct key k = key_of(table);

	key_add_int(&k, n);
	return k;
}

static struct key key_text(enum table table, const char *text)
{
	struct key k = key_of(table);

	key_add(&k, text, strlen(text));
	return k;
}

static int key_compare(const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static bool key_starts(const struct key *k, const struct key *start)
{
	return k->len >= start->len && memcmp(k->bytes, start->bytes, start->len) == 0;
}

/* Values. */

static void free_value(enum table table, void *value)
{
	if (table == TABLE_DOCUMENT) {
		document_release(value);
		return;
	}
	if (value && table == TABLE_IDEM)
		idem_finish(value);
	free(value);
}

static void free_row(struct row *r)
{
	free_value((enum table)r->key.bytes[0], r->value);
	free(r);
}

static void *copy_of(const void *value, size_t size)
{
	return memcpy(mem_alloc(size), value, size);
}

/* Rows. */

/* The first row whose key is not below `k`. */
static size_t seek(const struct store *s, const struct key *k)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_compare(&s->rows[middle]->key, k) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct store *s, size_t at, const struct key *k)
{
	return at < s->count && key_compare(&s->rows[at]->key, k) == 0;
}

static void *look_up(const struct store *s, const struct key *k)
{
	size_t at = seek(s, k);

	return is_at(s, at, k) ? s->rows[at]->value : NULL;
}

static void *append(struct row ***array, size_t *count, size_t *cap, struct row *r)
{
	if (*count == *cap) {
		*cap = *cap ? 2 * *cap : 64;
		*array = mem_grow(*array, *cap, sizeof(**array));
	}
	(*array)[(*count)++] = r;
	return r;
}

/* Put or, with NULL, remove; returns the value that was there. */
static void *exchange(struct store *s, const struct key *k, void *value)
{
	size_t at = seek(s, k);
	void *old = NULL;

	if (is_at(s, at, k)) {
		old = s->rows[at]->value;
		s->rows[at]->value = value;
		if (value)
			return old;
		free(s->rows[at]);
		s->count--;
		memmove(s->rows + at, s->rows + at + 1, (s->count - at) * sizeof(*s->rows));
		return old;
	}
	if (!value)
		return NULL;
	struct row *r = mem_alloc(sizeof(*r));
	r->key = *k;
	r->value = value;
	append(&s->rows, &s->count, &s->cap, r);
	memmove(s->rows + at + 1, s->rows + at, (s->count - 1 - at) * sizeof(*s->rows));
	s->rows[at] = r;
	return NULL;
}

/* Takes the value. */
static void change(struct store *s, const struct key *k, void *value)
{
	struct row *past = mem_alloc(sizeof(*past));

	past->key = *k;
	past->value = exchange(s, k, value);
	append(&s->past, &s->changes, &s->past_cap, past);
}

static void go_back(struct store *s, size_t mark)
{
	while (s->changes > mark) {
		struct row *past = s->past[--s->changes];

		past->value = exchange(s, &past->key, past->value);
		free_row(past);
	}
}

static void forget_past(struct store *s)
{
	while (s->changes > 0)
		free_row(s->past[--s->changes]);
	s->mark = 0;
}

/* The plug. */

static enum err store_open(const char *dir, struct store **s, struct why *why)
{
	*s = mem_alloc(sizeof(**s));
	return E_OK;
}

static void store_close(struct store *s)
{
	if (!s)
		return;
	go_back(s, 0);
	for (size_t i = 0; i < s->count; i++)
		free_row(s->rows[i]);
	free(s->rows);
	free(s->past);
	free(s);
}

static enum err store_begin(struct store *s, struct why *why)
{
	forget_past(s);
	return E_OK;
}

static enum err store_commit(struct store *s, struct why *why)
{
	forget_past(s);
	return E_OK;
}

static void store_rollback(struct store *s)
{
	go_back(s, 0);
	s->mark = 0;
}

static enum err store_mark(struct store *s, struct why *why)
{
	s->mark = s->changes;
	return E_OK;
}

static enum err store_undo(struct store *s, struct why *why)
{
	go_back(s, s->mark);
	return E_OK;
}

static void put_record(struct store *s, const struct key *k, const struct job *job)
{
	struct job *copy = copy_of(job, sizeof(*job));

	list_init(&copy->node);
	copy->device = NULL;
	copy->doc = NULL;
	change(s, k, copy);
}

static void put_serial(struct store *s, const struct job *job)
{
	struct key k = key_text(TABLE_PRINTER, job->printer);
	const struct printer_record *old = look_up(s, &k);
	struct printer_record p = { 0 };

	if (old)
		p = *old;
	str_copy(p.name, sizeof(p.name), str_of(job->printer));
	if (job->serial > p.serial)
		p.serial = job->serial;
	if (job->created > p.last_used)
		p.last_used = job->created;
	change(s, &k, copy_of(&p, sizeof(p)));
}

static enum err store_put_job(struct store *s, const struct job *job, struct why *why)
{
	struct key k = key_int(TABLE_JOB, job->id);

	if (look_up(s, &k))
		return why_fail(why, E_STORE, "job %lld is in the store already", (long long)job->id);
	put_record(s, &k, job);
	if (job->doc) {
		struct key d = key_int(TABLE_DOCUMENT, job->id);

		change(s, &d, document_ref(job->doc));
	}
	put_serial(s, job);
	return E_OK;
}

static enum err store_update_job(struct store *s, const struct job *job, struct why *why)
{
	struct key k = key_int(TABLE_JOB, job->id);

	if (!look_up(s, &k))
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store", (long long)job->id);
	put_record(s, &k, job);
	return E_OK;
}

static enum err store_get_job(struct store *s, job_id id, struct job *job, struct why *why)
{
	struct key k = key_int(TABLE_JOB, id);
	const struct job *found = look_up(s, &k);

	if (!found)
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store", (long long)id);
	*job = *found;
	list_init(&job->node);
	return E_OK;
}

static enum err store_get_document(struct store *s, job_id id, struct document **doc,
    struct why *why)
{
	struct key k = key_int(TABLE_DOCUMENT, id);
	struct document *found = look_up(s, &k);

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
	struct key end = key_int(TABLE_JOB, q->before > 0 ? q->before : INT64_MAX);
	struct key start = key_of(TABLE_JOB);
	unsigned left = q->limit;

	for (size_t at = seek(s, &end); left > 0 && at-- > 0;) {
		if (!key_starts(&s->rows[at]->key, &start))
			break;
		if (!wanted(q, s->rows[at]->value))
			continue;
		fn(s->rows[at]->value, arg);
		left--;
	}
	return E_OK;
}

static enum err store_each_open(struct store *s, store_job_fn *fn, void *arg, struct why *why)
{
	struct key start = key_of(TABLE_JOB);

	for (size_t at = seek(s, &start); at < s->count; at++) {
		const struct job *job = s->rows[at]->value;

		if (!key_starts(&s->rows[at]->key, &start))
			break;
		if (!job_state_ended(job->state))
			fn(job, arg);
	}
	return E_OK;
}

/* The highest that is stored, or was when the last record was forgotten. */
static enum err store_max_id(struct store *s, job_id *id, struct why *why)
{
	struct key end = key_int(TABLE_JOB, INT64_MAX);
	struct key start = key_of(TABLE_JOB);
	size_t at = seek(s, &end);

	*id = s->max_id;
	if (at > 0 && key_starts(&s->rows[at - 1]->key, &start)) {
		const struct job *last = s->rows[at - 1]->value;

		*id = last->id > *id ? last->id : *id;
	}
	return E_OK;
}

static enum err store_put_note(struct store *s, const struct note *n, struct why *why)
{
	struct key k = key_int(TABLE_NOTE, n->job);

	key_add_int(&k, ++s->notes);
	change(s, &k, copy_of(n, sizeof(*n)));
	return E_OK;
}

static enum err store_each_note(struct store *s, job_id job, store_note_fn *fn, void *arg,
    struct why *why)
{
	struct key start = key_int(TABLE_NOTE, job);

	for (size_t at = seek(s, &start); at < s->count; at++) {
		if (!key_starts(&s->rows[at]->key, &start))
			break;
		fn(s->rows[at]->value, arg);
	}
	return E_OK;
}

static struct key key_idem(const char *scope, const char *key)
{
	struct key k = key_of(TABLE_IDEM);

	key_add(&k, scope, strlen(scope) + 1);
	key_add(&k, key, strlen(key));
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
	const struct idem *found = look_up(s, &k);

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

	change(s, &k, idem_copy(idem));
	return E_OK;
}

static enum err store_put_printer(struct store *s, const struct printer_record *p,
    struct why *why)
{
	struct key k = key_text(TABLE_PRINTER, p->name);
	const struct printer_record *old = look_up(s, &k);
	struct printer_record *copy = copy_of(p, sizeof(*p));

	if (old && old->serial > copy->serial)
		copy->serial = old->serial;
	change(s, &k, copy);
	return E_OK;
}

static enum err store_drop_printer(struct store *s, const char *name, struct why *why)
{
	struct key k = key_text(TABLE_PRINTER, name);

	change(s, &k, NULL);
	return E_OK;
}

static enum err store_each_printer(struct store *s, store_printer_fn *fn, void *arg,
    struct why *why)
{
	struct key start = key_of(TABLE_PRINTER);

	for (size_t at = seek(s, &start); at < s->count; at++) {
		if (!key_starts(&s->rows[at]->key, &start))
			break;
		fn(s->rows[at]->value, arg);
	}
	return E_OK;
}

/* Forgetting. */

static void remove_all(struct store *s, struct key start)
{
	for (size_t at = seek(s, &start); at < s->count && key_starts(&s->rows[at]->key, &start);) {
		struct key k = s->rows[at]->key;

		change(s, &k, NULL);
	}
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
	job = look_up(s, &k);
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

static void forget_row(struct store *s, const struct row *r)
{
	struct key k = r->key;

	change(s, &k, NULL);
}

static void forget_record(struct store *s, const struct row *r)
{
	const struct job *job = r->value;
	job_id id = job->id;

	if (id > s->max_id)
		s->max_id = id;
	remove_all(s, key_int(TABLE_DOCUMENT, id));
	remove_all(s, key_int(TABLE_NOTE, id));
	remove_all(s, key_int(TABLE_JOB, id));
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
	struct key at = key_of(f->table);
	struct key start = at;

	while (limit > 0) {
		size_t i = seek(s, &at);

		while (i < s->count && key_starts(&s->rows[i]->key, &start) &&
		    !f->old(s, s->rows[i], before))
			i++;
		if (i == s->count || !key_starts(&s->rows[i]->key, &start))
			return false;
		at = s->rows[i]->key;
		f->forget(s, s->rows[i]);
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
	.put_printer = store_put_printer,
	.drop_printer = store_drop_printer,
	.each_printer = store_each_printer,
	.prune = store_prune,
	.tidy = store_tidy,
};
