/*
 * The columns of a job are bound and read in the order of column.def, so a
 * field is named in one place for both ways.
 */
#include "store/record.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "store/sql.h"
#include "store/word.h"

#define SUM_BYTES 8 /* kept of the SHA-256 of a document */

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

static enum err put_row(struct db *db, unsigned which, const struct job *job, struct why *why)
{
	struct cursor c = db_use(db, which);
	struct buf ticket;
	enum err err;

	buf_init(&ticket, 1024);
	ticket_write(&job->ticket, &ticket);
	put_columns(&c, job, buf_cstr(&ticket));
	if (which != SQL_SET_OPEN_JOB) {
		db_put_int(&c, job_state_ended(job->state) ? PHASE_ENDED : PHASE_OPEN);
		db_put_int(&c, job->ended);
	}
	err = db_run(&c, why);
	buf_finish(&ticket);
	if (err == E_OK && c.changes == 0)
		return why_fail(why, E_NOT_FOUND, "job %lld is not in the store",
		    (long long)job->id);
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

static enum err put_document(struct db *db, job_id job, const struct document *d,
    struct why *why)
{
	struct cursor c = db_use(db, SQL_PUT_DOCUMENT);
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
	err = db_run(&c, why);
	free(ends);
	return err;
}

static enum err new_serial(struct db *db, const struct job *job, struct why *why)
{
	struct cursor c = db_use(db, SQL_NEW_SERIAL);

	db_put_text(&c, job->printer);
	db_put_int(&c, job->serial);
	db_put_int(&c, job->created);
	return db_run(&c, why);
}

enum err record_put(struct db *db, const struct job *job, struct why *why)
{
	enum err err = put_row(db, SQL_PUT_JOB, job, why);

	if (err == E_OK && job->doc)
		err = put_document(db, job->id, job->doc, why);
	if (err == E_OK)
		err = new_serial(db, job, why);
	return err;
}

enum err record_update(struct db *db, const struct job *job, struct why *why)
{
	bool open = !job_state_ended(job->state) && job->ended == 0;
	struct why first;
	enum err err = open ? put_row(db, SQL_SET_OPEN_JOB, job, &first) : E_NOT_FOUND;

	if (err == E_NOT_FOUND)
		return put_row(db, SQL_SET_JOB, job, why);
	return err == E_OK ? E_OK : why_fail(why, err, "%s", first.text);
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
	db_get_text(c, word, sizeof(word)); \
	ok = word_read_##field(str_of(word), &job->field) && ok;
#include "store/column.def"
#undef TEXT
#undef INT
#undef WORD
	ok = ticket_read(db_get_bytes(c), &job->ticket) && ok;
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
static enum err each_row(struct cursor *c, store_job_fn *fn, void *arg, struct why *why)
{
	struct job job;

	while (db_next(c)) {
		if (!read_job(c, &job)) {
			db_end(c, NULL);
			return unreadable(&job, why);
		}
		fn(&job, arg);
	}
	return db_end(c, why);
}

enum err record_get(struct db *db, job_id id, struct job *job, struct why *why)
{
	struct cursor c = db_use(db, SQL_GET_JOB);
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

enum err record_each(struct db *db, const struct job_query *q, store_job_fn *fn,
    void *arg, struct why *why)
{
	struct cursor c = db_use(db, SQL_EACH_JOB);
	struct buf words;
	enum err err;

	buf_init(&words, 1024);
	db_put_int(&c, q->before > 0 ? q->before : INT64_MAX);
	db_put_text(&c, q->printer[0] ? q->printer : NULL);
	db_put_text(&c, q->states ? state_words(q->states, &words) : NULL);
	db_put_int(&c, q->limit);
	err = each_row(&c, fn, arg, why);
	buf_finish(&words);
	return err;
}

enum err record_each_open(struct db *db, store_job_fn *fn, void *arg, struct why *why)
{
	struct cursor c = db_use(db, SQL_EACH_OPEN);

	return each_row(&c, fn, arg, why);
}

enum err record_max_id(struct db *db, job_id *id, struct why *why)
{
	struct cursor c = db_use(db, SQL_MAX_ID);

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

enum err record_document(struct db *db, job_id id, struct document **doc,
    struct why *why)
{
	struct cursor c = db_use(db, SQL_GET_DOCUMENT);
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
