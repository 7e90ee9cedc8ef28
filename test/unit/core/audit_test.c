/* The ring: what stays, what goes first, what is told, what is found. */
#include "core/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/front.h"
#include "core/lang.h"
#include "core/platen.h"
#include "core/render.h"
#include "core/transport.h"

/* The audit asks only whether one of them shows it. */
static const struct dialect shown = { .name = "viewer-feed", .audits = true };

const struct dialect *dialect_find(struct str name)
{
	return str_is(name, shown.name) ? &shown : NULL;
}

const struct dialect *dialect_at(size_t i)
{
	return i ? NULL : &shown;
}

/* Of the floors above the rest of the core wants these; nothing here comes to them. */
const struct dialect dialect_native;

const struct language *language_find(struct str name)
{
	(void)name;
	return NULL;
}

const struct transport *transport_find(struct str scheme)
{
	(void)scheme;
	return NULL;
}

enum err platen_reload(struct platen *p, struct why *why)
{
	(void)p;
	return why_fail(why, E_INTERNAL, NULL);
}

void platen_tidy(struct platen *p)
{
	(void)p;
}

struct fixture {
	struct platen platen;
	struct listen_block listen;
	struct config config;
	struct subscription *heard;
	unsigned told[16];
	uint64_t last_told;
	struct caller caller;
};

static void on_told(const struct event *e, void *arg)
{
	struct fixture *f = arg;

	f->told[e->kind]++;
	f->last_told = e->entry->id;
}

static int begin(void **state)
{
	struct fixture *f = mem_alloc(sizeof *f);

	f->platen.bus = bus_create();
	f->platen.audit = audit_create(&f->platen);
	f->listen = (struct listen_block){ .enabled = true, .dialect = (char *)"viewer-feed" };
	f->config = (struct config){ .listens = &f->listen, .listen_count = 1 };
	audit_load(f->platen.audit, &f->config);
	f->heard = bus_subscribe(audit_bus(f->platen.audit), on_told, f);
	f->caller = (struct caller){ .allow = CAP_ALL, .principal = "local" };
	*state = f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	bus_unsubscribe(f->heard);
	audit_destroy(f->platen.audit);
	bus_destroy(f->platen.bus);
	free(f);
	return 0;
}

static uint64_t add(struct fixture *f, enum verb verb, const char *action, struct str body)
{
	struct request q = { .verb = verb };
	struct command c = { .dialect = "plato", .caller = &f->caller, .request = &q,
		.action = str_of(action), .body = body };

	return audit_command(f->platen.audit, &c);
}

static uint64_t add_print(struct fixture *f, const char *printer, job_id id, struct document *doc)
{
	struct job job = { .id = id, .kind = KIND_PRINT, .state = JOB_QUEUED };
	struct request q = { .verb = VERB_SUBMIT, .draft = &job };
	struct command c = { .dialect = "plato", .caller = &f->caller, .request = &q,
		.action = STR("POST /print") };
	uint64_t entry = audit_command(f->platen.audit, &c);

	str_copy(job.printer, sizeof job.printer, str_of(printer));
	audit_job(f->platen.audit, entry, &job, doc);
	return entry;
}

static void publish(struct fixture *f, job_id id, const char *printer, enum job_state s)
{
	struct job job = { .id = id, .kind = KIND_PRINT, .state = s };
	struct event e = { .kind = EVENT_JOB, .job = &job };

	str_copy(job.printer, sizeof job.printer, str_of(printer));
	bus_publish(f->platen.bus, &e);
}

static size_t count(const struct fixture *f, const struct audit_query *q)
{
	const struct entry *e = NULL;
	size_t n = 0;

	while ((e = audit_next(f->platen.audit, e, q)))
		n++;
	return n;
}

static void test_life_of_an_entry(void **state)
{
	struct fixture *f = *state;
	uint64_t id = add_print(f, "till", 7, NULL);
	const struct entry *e = audit_find(f->platen.audit, id);

	assert_int_equal(id, 1);
	assert_int_equal(f->told[EVENT_COMMAND], 1);
	assert_true(e->resendable && !e->reading && !e->accepted && !e->response);
	assert_string_equal(e->target, "PLATO");
	assert_string_equal(e->printer, "till");
	publish(f, 8, "till", JOB_DONE); /* somebody else's */
	assert_int_equal(f->told[EVENT_COMMAND_JOB], 0);
	publish(f, 7, "till", JOB_QUEUED);
	publish(f, 7, "till", JOB_DONE);
	assert_int_equal(f->told[EVENT_COMMAND_JOB], 2);
	assert_int_equal(f->told[EVENT_TICKET], 1);
	assert_true(e->accepted && e->state == JOB_DONE);
	audit_result(f->platen.audit, id, false, STR("{\"ok\":true,\"token\":\"x\"}"));
	assert_int_equal(f->told[EVENT_RESULT], 1);
	assert_string_equal(e->response, "{\"ok\":true,\"token\":\"***\"}");
	audit_result(f->platen.audit, id, true, STR("{}")); /* once is enough */
	assert_int_equal(f->told[EVENT_RESULT], 1);
	audit_result(f->platen.audit, 99, true, STR("{}"));
}

static void test_refused_is_not_resendable(void **state)
{
	struct fixture *f = *state;
	uint64_t id = add_print(f, "till", 7, NULL);

	audit_result(f->platen.audit, id, true, STR("{\"error\":\"Storage full\"}"));
	assert_false(audit_find(f->platen.audit, id)->resendable);
	assert_int_equal(audit_find(f->platen.audit, id)->job, 0);
}

static void test_oldest_go_first(void **state)
{
	struct fixture *f = *state;
	uint64_t oldest, newest;

	audit_range(f->platen.audit, &oldest, &newest);
	assert_true(oldest == 0 && newest == 0);
	for (int i = 0; i < AUDIT_ENTRIES + 10; i++)
		add(f, VERB_CANCEL, "DELETE /x", STR_NONE);
	audit_range(f->platen.audit, &oldest, &newest);
	assert_int_equal(oldest, 11);
	assert_int_equal(newest, AUDIT_ENTRIES + 10);
	assert_null(audit_find(f->platen.audit, 10));
	assert_int_equal(count(f, &(struct audit_query){ 0 }), AUDIT_ENTRIES);
}

static void test_polls_push_out_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t print = add_print(f, "till", 7, NULL);

	for (int i = 0; i < 3 * AUDIT_ENTRIES; i++)
		add(f, VERB_JOBS, "GET /jobs", STR_NONE);
	assert_non_null(audit_find(f->platen.audit, print));
	assert_int_equal(count(f, &(struct audit_query){ 0 }), AUDIT_READINGS + 1);
}

static void test_weight(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(32 << 20);
	size_t len = 0, kept;

	/* Members too small to be left out, as many as an entry shows. */
	text[len++] = '[';
	while (len < 60000)
		len += (size_t)sprintf(text + len, "{\"a\":\"%01000d\"},", 7);
	len += (size_t)sprintf(text + len, "1]");
	for (int i = 0; i < 400; i++) {
		uint64_t id = add(f, VERB_CANCEL, "DELETE /x", STR_NONE);

		audit_result(f->platen.audit, id, false, (struct str){ text, len });
	}
	kept = count(f, &(struct audit_query){ 0 });
	assert_in_range(kept, 200, AUDIT_BYTES / 60000);
	free(text);
}

static void test_much_is_left_out(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(100000);
	uint64_t id;

	memset(text, 'x', 100000);
	id = add(f, VERB_CANCEL, "POST /x", (struct str){ text, 100000 });
	assert_non_null(strstr(audit_find(f->platen.audit, id)->request, "\"bytes\":100000"));
	id = add(f, VERB_CANCEL, "POST /x", STR("\x1b@\x00"));
	assert_non_null(strstr(audit_find(f->platen.audit, id)->request, "\"bytes\":3"));
	id = add(f, VERB_CANCEL, "POST /x", STR("text 4111111111111111"));
	assert_string_equal(audit_find(f->platen.audit, id)->request, "\"text ************1111\"");
	free(text);
}

static void test_search(void **state)
{
	struct fixture *f = *state;
	uint64_t a = add_print(f, "till", 1, NULL), b = add_print(f, "bar", 2, NULL);
	uint64_t c = add(f, VERB_CANCEL, "POST /x", STR("Mesa 4"));
	struct audit_query q = { .printer = STR("bar") };

	audit_result(f->platen.audit, a, false, STR("{}"));
	audit_result(f->platen.audit, b, true, STR("{}"));
	assert_int_equal(audit_next(f->platen.audit, NULL, &q)->id, b);
	q = (struct audit_query){ .text = STR("mESA") };
	assert_int_equal(audit_next(f->platen.audit, NULL, &q)->id, c);
	q = (struct audit_query){ .outcome = OUTCOME_PENDING };
	assert_int_equal(audit_next(f->platen.audit, NULL, &q)->id, c);
	q = (struct audit_query){ .outcome = OUTCOME_FAILURE };
	assert_int_equal(audit_next(f->platen.audit, NULL, &q)->id, b);
	q = (struct audit_query){ .before = b };
	assert_int_equal(audit_next(f->platen.audit, NULL, &q)->id, a);
	q = (struct audit_query){ .dialect = STR("pispas") };
	assert_null(audit_next(f->platen.audit, NULL, &q));
}

static void test_lines(void **state)
{
	struct fixture *f = *state;
	struct document *doc;
	struct buf bytes;
	uint64_t id;

	buf_init(&bytes, 1024);
	buf_puts(&bytes, "Mesa 4\r\n\n4111111111111111\nCaf\xc3\xa9");
	doc = document_create(TYPE_TEXT, &bytes, NULL, 1);
	id = add_print(f, "till", 1, doc);
	assert_string_equal(audit_find(f->platen.audit, id)->text,
	    "[\"Mesa 4\",\"\",\"************1111\",\"Caf\xc3\xa9\"]");
	document_release(doc);
}

static void test_who_may_see(void **state)
{
	struct fixture *f = *state;
	char *bar = (char *)"bar";
	struct texts only_bar = { &bar, 1 };
	struct caller page = { .allow = CAP_STATUS, .printers = &only_bar };
	const struct entry *e = audit_find(f->platen.audit, add_print(f, "till", 1, NULL));

	assert_false(audit_visible(e, &page));
	e = audit_find(f->platen.audit, add_print(f, "bar", 2, NULL));
	assert_true(audit_visible(e, &page));
	page.allow = CAP_PRINT;
	assert_false(audit_visible(e, &page));
}

static void test_off_and_on(void **state)
{
	struct fixture *f = *state;

	assert_true(f->platen.auditing);
	add(f, VERB_CANCEL, "POST /x", STR_NONE);
	f->listen.enabled = false;
	audit_load(f->platen.audit, &f->config);
	assert_false(f->platen.auditing);
	assert_int_equal(count(f, &(struct audit_query){ 0 }), 0);
	f->listen.enabled = true;
	audit_load(f->platen.audit, &f->config);
	assert_true(f->platen.auditing);
	assert_int_equal(add(f, VERB_CANCEL, "POST /x", STR_NONE), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life_of_an_entry, begin, end),
		cmocka_unit_test_setup_teardown(test_refused_is_not_resendable, begin, end),
		cmocka_unit_test_setup_teardown(test_oldest_go_first, begin, end),
		cmocka_unit_test_setup_teardown(test_polls_push_out_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_weight, begin, end),
		cmocka_unit_test_setup_teardown(test_much_is_left_out, begin, end),
		cmocka_unit_test_setup_teardown(test_search, begin, end),
		cmocka_unit_test_setup_teardown(test_lines, begin, end),
		cmocka_unit_test_setup_teardown(test_who_may_see, begin, end),
		cmocka_unit_test_setup_teardown(test_off_and_on, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
