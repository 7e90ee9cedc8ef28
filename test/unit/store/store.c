/* What every store must do; each test runs on each store. */
#include "unit.h"

struct rig {
	const struct store_plug *plug;
	struct store *s;
	char *dir;
};

static void rig_begin(struct rig *r)
{
	assert_ok(r->plug->begin(r->s, why));
}

static void rig_commit(struct rig *r)
{
	assert_ok(r->plug->commit(r->s, why));
}

static enum err state_of(struct rig *r, job_id id, enum job_state *state)
{
	struct job job;
	enum err err = r->plug->get_job(r->s, id, &job, NULL);

	if (err == E_OK)
		*state = job.state;
	return err;
}

static void assert_there(struct rig *r, job_id id, bool there)
{
	enum job_state state;

	assert_int_equal(state_of(r, id, &state), there ? E_OK : E_NOT_FOUND);
}

/* Ids in the order of the calls. */
struct ids {
	job_id id[64];
	unsigned count;
};

static void collect(const struct job *job, void *arg)
{
	struct ids *ids = arg;

	assert_null(job->doc);
	ids->id[ids->count++] = job->id;
}

static void assert_ids(const struct ids *ids, const char *expected)
{
	char text[256] = "";

	for (unsigned i = 0; i < ids->count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%lld", i ? " " : "",
		    (long long)ids->id[i]);
	assert_string_equal(text, expected);
}

static void assert_open(struct rig *r, const char *expected)
{
	struct ids ids = { .count = 0 };

	assert_ok(r->plug->each_open(r->s, collect, &ids, why));
	assert_ids(&ids, expected);
}

static void assert_found(struct rig *r, struct job_query q, const char *expected)
{
	struct ids ids = { .count = 0 };

	assert_ok(r->plug->each_job(r->s, &q, collect, &ids, why));
	assert_ids(&ids, expected);
}

static void set_state(struct rig *r, job_id id, enum job_state state, int64_t ended)
{
	struct job job;

	assert_ok(r->plug->get_job(r->s, id, &job, why));
	job.state = state;
	job.ended = ended;
	rig_begin(r);
	assert_ok(r->plug->update_job(r->s, &job, why));
	rig_commit(r);
}

static struct job *full_job(void)
{
	struct job *job = unit_job(7, 300);

	job->serial = 4711;
	job->kind = KIND_KICK;
	job->state = JOB_HELD;
	job->hold = HOLD_DOUBT;
	job->line = -5;
	job->priority = -1;
	job->created = 1795000000123;
	job->run_at = 1795000001234;
	job->lifetime = 98765;
	job->born_boot = 424242;
	str_copy(job->boot_id, sizeof(job->boot_id), STR("0a1b2c3d-0000-1111-2222-333344445555"));
	job->attempts = 3;
	job->reprints = 2;
	job->sent = 1ull << 40;
	job->on_doubt = DOUBT_REPRINT;
	job->evidence = EVIDENCE_DURABLE;
	job->err = E_WRITE_TIMEOUT;
	str_copy(job->reason, sizeof(job->reason), STR("it's \"gone\" \xe2\x82\xac"));
	str_copy(job->dialect, sizeof(job->dialect), STR("plato"));
	str_copy(job->caller, sizeof(job->caller), STR("origin:https://pos.example"));
	str_copy(job->title, sizeof(job->title), STR("table 12"));
	str_copy(job->uplink, sizeof(job->uplink), STR("backend"));
	str_copy(job->remote, sizeof(job->remote), STR("9b1d-4"));
	job->ticket = (struct ticket){ .copies = 2, .cut = CUT_PARTIAL, .feed_lines = 3,
		.beeps = 4, .beep_delay = 100, .chunk_delay = 25, .drawer_pin = 5,
		.drawer_on = 50, .drawer_off = 250, .init = false, .has_tail = true,
		.tail_len = 3, .tail = { 0x1d, 0x56, 0x00 } };
	return job;
}

static void assert_same_job(const struct job *a, const struct job *b)
{
#define SAME(field) assert_int_equal(a->field, b->field)
#define SAME_TEXT(field) assert_string_equal(a->field, b->field)
	SAME(id);
	SAME(serial);
	SAME(kind);
	SAME(state);
	SAME(hold);
	SAME(line);
	SAME(priority);
	SAME(created);
	SAME(run_at);
	SAME(ended);
	SAME(lifetime);
	SAME(born_boot);
	SAME(attempts);
	SAME(reprints);
	SAME(sent);
	SAME(size);
	SAME(on_doubt);
	SAME(evidence);
	SAME(err);
	SAME_TEXT(printer);
	SAME_TEXT(boot_id);
	SAME_TEXT(reason);
	SAME_TEXT(dialect);
	SAME_TEXT(caller);
	SAME_TEXT(title);
	SAME_TEXT(uplink);
	SAME_TEXT(remote);
	SAME(ticket.copies);
	SAME(ticket.cut);
	SAME(ticket.feed_lines);
	SAME(ticket.beeps);
	SAME(ticket.beep_delay);
	SAME(ticket.chunk_delay);
	SAME(ticket.drawer_pin);
	SAME(ticket.drawer_on);
	SAME(ticket.drawer_off);
	SAME(ticket.init);
	SAME(ticket.has_tail);
	SAME(ticket.tail_len);
	assert_memory_equal(a->ticket.tail, b->ticket.tail, a->ticket.tail_len);
}

static void every_field_comes_back(void **state)
{
	struct rig *r = *state;
	struct job *job = full_job(), got;

	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	rig_commit(r);
	assert_ok(r->plug->get_job(r->s, 7, &got, why));
	assert_null(got.doc);
	assert_null(got.device);
	assert_same_job(job, &got);
	job_destroy(job);
}

static void every_update_comes_back(void **state)
{
	struct rig *r = *state;
	struct job *job = full_job(), got;

	unit_put(r->plug, r->s, 7, 10);
	rig_begin(r);
	assert_ok(r->plug->update_job(r->s, job, why)); /* open to open */
	rig_commit(r);
	assert_ok(r->plug->get_job(r->s, 7, &got, why));
	assert_same_job(job, &got);
	job->state = JOB_DONE;
	job->ended = 1795000009999;
	rig_begin(r);
	assert_ok(r->plug->update_job(r->s, job, why));
	rig_commit(r);
	assert_ok(r->plug->get_job(r->s, 7, &got, why));
	assert_same_job(job, &got);
	job_destroy(job);
}

static void every_word_comes_back(void **state)
{
	struct rig *r = *state;
	struct job *job = unit_job(1, 1), got;

	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	for (int i = 0; i < ERR_COUNT; i++) {
		job->err = (enum err)i;
		job->evidence = (enum evidence)(i % EVIDENCES);
		job->hold = (enum hold)(i % HOLDS);
		job->state = (enum job_state)(i % JOB_STATES);
		job->on_doubt = (enum on_doubt)(i % (DOUBT_DROP + 1));
		job->ended = job_state_ended(job->state);
		assert_ok(r->plug->update_job(r->s, job, why));
		assert_ok(r->plug->get_job(r->s, 1, &got, why));
		assert_same_job(job, &got);
	}
	rig_commit(r);
	assert_open(r, job_state_ended(job->state) ? "" : "1");
	job_destroy(job);
}

static void unknown_jobs_are_not_found(void **state)
{
	struct rig *r = *state;
	struct job *job = unit_job(9, 1), got;
	struct document *doc;

	assert_int_equal(r->plug->get_job(r->s, 9, &got, NULL), E_NOT_FOUND);
	assert_int_equal(r->plug->get_document(r->s, 9, &doc, NULL), E_NOT_FOUND);
	rig_begin(r);
	assert_int_equal(r->plug->update_job(r->s, job, NULL), E_NOT_FOUND);
	rig_commit(r);
	job_destroy(job);
}

static void documents_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 488, 4060, 4096, 65536, 1 << 20 };
	struct rig *r = *state;
	struct document *doc;

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		unit_put(r->plug, r->s, (job_id)i + 1, sizes[i]);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		assert_ok(r->plug->get_document(r->s, (job_id)i + 1, &doc, why));
		assert_true(unit_document_ok(doc, (job_id)i + 1, sizes[i]));
		assert_null(doc->ends);
		document_release(doc);
	}
}

static void chunks_come_back(void **state)
{
	static const uint32_t ends[] = { 3, 3, 10, 12 };
	struct rig *r = *state;
	struct job *job = job_create(KIND_PRINT);
	struct document *doc;
	struct buf b;

	buf_init(&b, 64);
	buf_puts(&b, "abcdefghijkl");
	job->id = 1;
	job->doc = document_create("Image/PNG; q=1", &b, ends, COUNT_OF(ends));
	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	rig_commit(r);
	job_destroy(job);
	assert_ok(r->plug->get_document(r->s, 1, &doc, why));
	assert_string_equal(doc->type, "image/png");
	assert_int_equal(doc->chunks, 4);
	assert_memory_equal(doc->ends, ends, sizeof(ends));
	document_release(doc);
}

static void a_job_needs_no_document(void **state)
{
	struct rig *r = *state;
	struct job *job = job_create(KIND_KICK);
	struct document *doc;

	job->id = 1;
	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	rig_commit(r);
	assert_there(r, 1, true);
	assert_int_equal(r->plug->get_document(r->s, 1, &doc, NULL), E_NOT_FOUND);
	job_destroy(job);
}

static void rollback_forgets(void **state)
{
	struct rig *r = *state;
	struct job *job = unit_job(2, 100);
	struct document *doc;

	unit_put(r->plug, r->s, 1, 10);
	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	job->id = 1;
	job->state = JOB_SENDING;
	assert_ok(r->plug->update_job(r->s, job, why));
	r->plug->rollback(r->s);
	assert_there(r, 2, false);
	assert_int_equal(r->plug->get_document(r->s, 2, &doc, NULL), E_NOT_FOUND);
	enum job_state after;
	assert_int_equal(state_of(r, 1, &after), E_OK);
	assert_int_equal(after, JOB_QUEUED);
	job_destroy(job);
	unit_put(r->plug, r->s, 2, 100); /* and the store goes on */
	assert_open(r, "1 2");
}

/* `bad` is the member of 1..5 that fails; the others must stay. */
static void group_without(struct rig *r, job_id first, int bad)
{
	rig_begin(r);
	for (int i = 1; i <= 5; i++) {
		struct job *job = unit_job(first + i, 5000);

		assert_ok(r->plug->mark(r->s, why));
		assert_ok(r->plug->put_job(r->s, job, why));
		if (i == bad) {
			assert_int_not_equal(r->plug->put_job(r->s, job, NULL), E_OK);
			assert_ok(r->plug->undo(r->s, why));
		}
		job_destroy(job);
	}
	rig_commit(r);
}

static void a_failing_member_leaves_the_others(void **state)
{
	struct rig *r = *state;

	for (int bad = 0; bad <= 5; bad++) {
		job_id first = bad * 10;

		group_without(r, first, bad);
		for (int i = 1; i <= 5; i++)
			assert_there(r, first + i, i != bad);
	}
}

static void queries_filter_and_page(void **state)
{
	struct rig *r = *state;

	for (job_id id = 1; id <= 9; id++) {
		struct job *job = unit_job(id, 4);

		if (id % 3 == 0)
			str_copy(job->printer, sizeof(job->printer), STR("kitchen"));
		rig_begin(r);
		assert_ok(r->plug->put_job(r->s, job, why));
		rig_commit(r);
		job_destroy(job);
	}
	set_state(r, 2, JOB_DONE, 50);
	set_state(r, 3, JOB_FAILED, 60);
	set_state(r, 4, JOB_HELD, 0);
	assert_open(r, "1 4 5 6 7 8 9");
	assert_found(r, (struct job_query){ .limit = 100 }, "9 8 7 6 5 4 3 2 1");
	assert_found(r, (struct job_query){ .limit = 3 }, "9 8 7");
	assert_found(r, (struct job_query){ .limit = 3, .before = 7 }, "6 5 4");
	assert_found(r, (struct job_query){ .limit = 100, .printer = "kitchen" }, "9 6 3");
	assert_found(r, (struct job_query){ .limit = 100, .printer = "none" }, "");
	assert_found(r, (struct job_query){ .limit = 100, .states = 1u << JOB_DONE | 1u << JOB_HELD },
	    "4 2");
	assert_found(r, (struct job_query){ .limit = 1, .printer = "kitchen",
	    .states = 1u << JOB_FAILED, .before = 9 }, "3");
}

static void collect_note(const struct note *n, void *arg)
{
	char *text = arg;

	snprintf(text + strlen(text), 200 - strlen(text), "%lld %s %u %llu %s|", (long long)n->at,
	    n->what, n->number, (unsigned long long)n->sent, n->text);
}

static void notes_keep_their_order(void **state)
{
	struct rig *r = *state;
	char text[200] = "";

	rig_begin(r);
	for (unsigned i = 0; i < 3; i++) {
		struct note n = { .job = 5, .at = 30 - i, .number = i, .sent = i * 100 };

		snprintf(n.what, sizeof(n.what), "what%u", i);
		snprintf(n.text, sizeof(n.text), "text%u", i);
		assert_ok(r->plug->put_note(r->s, &n, why));
		n.job = 6;
		assert_ok(r->plug->put_note(r->s, &n, why));
	}
	rig_commit(r);
	assert_ok(r->plug->each_note(r->s, 5, collect_note, text, why));
	assert_string_equal(text,
	    "30 what0 0 0 text0|29 what1 1 100 text1|28 what2 2 200 text2|");
	text[0] = '\0';
	assert_ok(r->plug->each_note(r->s, 4, collect_note, text, why));
	assert_string_equal(text, "");
}

static void put_key(struct rig *r, const char *scope, const char *key, int64_t created, int status)
{
	struct idem idem = { .created = created, .job = 12, .status = status,
		.body = mem_printf("{\"status\":%d}", status) };

	str_copy(idem.scope, sizeof(idem.scope), str_of(scope));
	str_copy(idem.key, sizeof(idem.key), str_of(key));
	memset(idem.fingerprint, status & 0xff, sizeof(idem.fingerprint));
	rig_begin(r);
	assert_ok(r->plug->put_idem(r->s, &idem, why));
	rig_commit(r);
	idem_finish(&idem);
}

static void keys_come_back(void **state)
{
	struct rig *r = *state;
	struct idem idem;
	uint8_t fingerprint[32];

	put_key(r, "plato|POST /print", "k", 1000, 202);
	put_key(r, "plato|POST /print", "k2", 1000, 203);
	put_key(r, "native", "k", 1000, 204);
	assert_ok(r->plug->get_idem(r->s, "plato|POST /print", "k", &idem, why));
	memset(fingerprint, 202, sizeof(fingerprint));
	assert_memory_equal(idem.fingerprint, fingerprint, sizeof(fingerprint));
	assert_string_equal(idem.scope, "plato|POST /print");
	assert_string_equal(idem.key, "k");
	assert_string_equal(idem.body, "{\"status\":202}");
	assert_int_equal(idem.created, 1000);
	assert_int_equal(idem.job, 12);
	assert_int_equal(idem.status, 202);
	idem_finish(&idem);
	assert_int_equal(r->plug->get_idem(r->s, "native", "k2", &idem, NULL), E_NOT_FOUND);
	idem_finish(&idem);
	put_key(r, "native", "k", 2000, 205); /* the later one replaces it */
	assert_ok(r->plug->get_idem(r->s, "native", "k", &idem, why));
	assert_int_equal(idem.status, 205);
	idem_finish(&idem);
}

static void collect_printer(const struct printer_record *p, void *arg)
{
	char *text = arg;

	snprintf(text + strlen(text), 200 - strlen(text), "%s %lld %lld %d %s|", p->name,
	    (long long)p->serial, (long long)p->last_used, p->adhoc, p->facts);
}

static void assert_printers(struct rig *r, const char *expected)
{
	char text[200] = "";

	assert_ok(r->plug->each_printer(r->s, collect_printer, text, why));
	assert_string_equal(text, expected);
}

static void printers_keep_their_serial(void **state)
{
	struct rig *r = *state;
	struct printer_record p = { .name = "till", .serial = 3, .last_used = 99, .adhoc = true,
		.facts = "{}" };
	struct job *job = unit_job(12, 1);

	job->created = 77;
	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	rig_commit(r);
	assert_printers(r, "till 12 77 0 |");
	rig_begin(r);
	assert_ok(r->plug->put_printer(r->s, &p, why)); /* a serial never goes back */
	rig_commit(r);
	assert_printers(r, "till 12 99 1 {}|");
	job->id = 13;
	job->serial = 13;
	rig_begin(r);
	assert_ok(r->plug->put_job(r->s, job, why));
	rig_commit(r);
	assert_printers(r, "till 13 99 1 {}|");
	rig_begin(r);
	assert_ok(r->plug->drop_printer(r->s, "till", why));
	assert_ok(r->plug->drop_printer(r->s, "till", why));
	rig_commit(r);
	assert_printers(r, "");
	job_destroy(job);
}

static bool prune(struct rig *r, int64_t documents, int64_t records, int64_t keys, unsigned limit)
{
	bool more;

	rig_begin(r);
	assert_ok(r->plug->prune(r->s, documents, records, keys, limit, &more, why));
	rig_commit(r);
	return more;
}

static bool has_document(struct rig *r, job_id id)
{
	struct document *doc;

	if (r->plug->get_document(r->s, id, &doc, NULL) != E_OK)
		return false;
	document_release(doc);
	return true;
}

static void join_value(const char *name, struct str bytes, void *arg)
{
	char *text = arg;

	snprintf(text + strlen(text), 256 - strlen(text), "%s=%.*s ", name, STR_ARG(bytes));
}

static void values_come_back_by_prefix(void **state)
{
	struct rig *r = *state;
	char text[256] = "";

	rig_begin(r);
	assert_ok(r->plug->put_value(r->s, "report/2", STR("b"), why));
	assert_ok(r->plug->put_value(r->s, "report/1", STR("old"), why));
	assert_ok(r->plug->put_value(r->s, "report/1", STR("a"), why));
	assert_ok(r->plug->put_value(r->s, "report/3", STR_NONE, why));
	assert_ok(r->plug->put_value(r->s, "reports", STR("no"), why));
	assert_ok(r->plug->drop_value(r->s, "report/2", why));
	assert_ok(r->plug->drop_value(r->s, "never", why));
	rig_commit(r);
	assert_ok(r->plug->each_value(r->s, "report/", join_value, text, why));
	assert_string_equal(text, "report/1=a report/3= ");
}

static void prune_forgets_what_is_old(void **state)
{
	struct rig *r = *state;
	struct note n = { .job = 2, .what = "accepted" };
	char text[200] = "";
	job_id id;

	for (id = 1; id <= 4; id++)
		unit_put(r->plug, r->s, id, 3000);
	set_state(r, 2, JOB_DONE, 100);
	set_state(r, 4, JOB_CANCELLED, 200);
	rig_begin(r);
	assert_ok(r->plug->put_note(r->s, &n, why));
	rig_commit(r);

	assert_false(prune(r, 100, 100, 0, 10)); /* "before" is not "at" */
	assert_true(has_document(r, 2));
	assert_false(prune(r, 101, 0, 0, 10));
	assert_false(has_document(r, 2));
	assert_true(has_document(r, 4));
	assert_there(r, 2, true);
	assert_false(prune(r, 101, 101, 0, 10));
	assert_there(r, 2, false);
	assert_ok(r->plug->each_note(r->s, 2, collect_note, text, why));
	assert_string_equal(text, "");
	assert_false(prune(r, 0, 201, 0, 10)); /* a record takes its document along */
	assert_there(r, 4, false);
	assert_false(has_document(r, 4));
	assert_ok(r->plug->max_id(r->s, &id, why));
	assert_int_equal(id, 4);
	assert_open(r, "1 3");
	assert_false(prune(r, INT64_MAX, INT64_MAX, INT64_MAX, 10)); /* open jobs stay whole */
	assert_open(r, "1 3");
	assert_true(has_document(r, 1));
}

static void prune_minds_its_limit(void **state)
{
	struct rig *r = *state;

	for (job_id id = 1; id <= 5; id++) {
		char key[8];

		unit_put(r->plug, r->s, id, 10);
		set_state(r, id, JOB_DONE, id * 10);
		snprintf(key, sizeof(key), "k%d", (int)id);
		put_key(r, "s", key, id * 10, 200);
	}
	assert_true(prune(r, 1000, 0, 0, 2));
	assert_true(prune(r, 1000, 0, 0, 2));
	assert_true(has_document(r, 5));
	assert_false(prune(r, 1000, 0, 0, 2));
	assert_false(has_document(r, 5));
	assert_true(prune(r, 0, 1000, 0, 3));
	assert_false(prune(r, 0, 1000, 0, 3));
	assert_found(r, (struct job_query){ .limit = 10 }, "");
	assert_true(prune(r, 0, 0, 40, 2));
	assert_false(prune(r, 0, 0, 40, 2));
	struct idem idem;
	assert_int_equal(r->plug->get_idem(r->s, "s", "k3", &idem, NULL), E_NOT_FOUND);
	assert_ok(r->plug->get_idem(r->s, "s", "k4", &idem, why));
	idem_finish(&idem);
}

static void ids_are_never_given_twice(void **state)
{
	struct rig *r = *state;
	job_id id = -1;

	assert_ok(r->plug->max_id(r->s, &id, why));
	assert_int_equal(id, 0);
	unit_put(r->plug, r->s, 41, 1);
	unit_put(r->plug, r->s, 42, 1);
	set_state(r, 42, JOB_DONE, 1);
	prune(r, 0, INT64_MAX, 0, 10);
	assert_there(r, 42, false);
	assert_ok(r->plug->max_id(r->s, &id, why));
	assert_int_equal(id, 42);
}

static void tidy_changes_nothing(void **state)
{
	struct rig *r = *state;

	r->plug->tidy(r->s);
	unit_put(r->plug, r->s, 1, 4096);
	r->plug->tidy(r->s);
	assert_open(r, "1");
	assert_true(has_document(r, 1));
	unit_put(r->plug, r->s, 2, 4096);
	assert_open(r, "1 2");
}

static int set_up(void **state, const struct store_plug *plug)
{
	struct rig *r = mem_alloc(sizeof(*r));

	r->plug = plug;
	r->dir = unit_dir();
	assert_ok(plug->open(r->dir, &r->s, why));
	*state = r;
	return 0;
}

static int on_sqlite(void **state)
{
	return set_up(state, &store_sqlite);
}

static int on_memory(void **state)
{
	return set_up(state, &store_memory);
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	r->plug->close(r->s);
	unit_remove(r->dir);
	free(r);
	return 0;
}

#define ON(store, test) { #store ": " #test, test, on_##store, tear_down, NULL }
#define BOTH(test) ON(sqlite, test), ON(memory, test)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(every_field_comes_back),
		BOTH(every_update_comes_back),
		BOTH(every_word_comes_back),
		BOTH(unknown_jobs_are_not_found),
		BOTH(documents_come_back),
		BOTH(chunks_come_back),
		BOTH(a_job_needs_no_document),
		BOTH(rollback_forgets),
		BOTH(a_failing_member_leaves_the_others),
		BOTH(queries_filter_and_page),
		BOTH(notes_keep_their_order),
		BOTH(keys_come_back),
		BOTH(printers_keep_their_serial),
		BOTH(values_come_back_by_prefix),
		BOTH(prune_forgets_what_is_old),
		BOTH(prune_minds_its_limit),
		BOTH(ids_are_never_given_twice),
		BOTH(tidy_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
