/* The words of jobs and their age. */
#include "unit.h"
#include "../leave_out.h"

#include "store/word.h"
#include "sys/clock.h"

static void every_word_reads_back(void **state)
{
	for (int i = 0; i < JOB_STATES; i++) {
		enum job_state s = (enum job_state)-1;

		assert_true(job_state_parse(str_of(job_state_name((enum job_state)i)), &s));
		assert_int_equal(s, i);
	}
	for (int i = 0; i < JOB_KINDS; i++) {
		enum job_kind k = (enum job_kind)-1;

		assert_true(job_kind_parse(str_of(job_kind_name((enum job_kind)i)), &k));
		assert_int_equal(k, i);
	}
	for (int i = 0; i < HOLDS; i++) {
		enum hold h = (enum hold)-1;

		assert_true(hold_parse(str_of(hold_name((enum hold)i)), &h));
		assert_int_equal(h, i);
	}
	for (int i = DOUBT_UNSET; i <= DOUBT_DROP; i++) {
		enum on_doubt d = (enum on_doubt)-1;

		assert_true(on_doubt_parse(str_of(on_doubt_name((enum on_doubt)i)), &d));
		assert_int_equal(d, i);
	}
	for (int i = 0; i < EVIDENCES; i++) {
		enum evidence e = (enum evidence)-1;

		assert_true(word_read_evidence(str_of(word_evidence((enum evidence)i)), &e));
		assert_int_equal(e, i);
	}
	for (int i = 0; i < ERR_COUNT; i++) {
		enum err e = (enum err)-1;

		assert_true(word_read_err(str_of(word_err((enum err)i)), &e));
		assert_int_equal(e, i);
	}
}

static void unknown_words_are_refused(void **state)
{
	enum job_state s;
	enum job_kind k;
	enum hold h;
	enum on_doubt d;
	enum evidence e;
	enum err err;

	assert_false(job_state_parse(STR("Queued"), &s));
	assert_false(job_state_parse(STR(""), &s));
	assert_false(job_kind_parse(STR("prin"), &k));
	assert_false(hold_parse(STR("offline "), &h));
	assert_false(on_doubt_parse(STR("unset"), &d));
	assert_false(word_read_evidence(STR("sent"), &e)); /* which of three? */
	assert_false(word_read_err(STR("no-such-error"), &err));
}

static void the_words_of_the_contract(void **state)
{
	assert_string_equal(job_state_name(JOB_UNCONFIRMED), "unconfirmed");
	assert_true(job_state_ended(JOB_EXPIRED));
	assert_false(job_state_ended(JOB_UNCONFIRMED)); /* somebody has yet to resolve it */
	assert_false(job_state_ended(JOB_HELD));
	assert_true(job_kind_ahead(KIND_KICK));
	assert_false(job_kind_reprints(KIND_KICK));
	assert_int_equal(job_kind_lifetime(KIND_KICK), 10000);
	assert_int_equal(job_kind_lifetime(KIND_PRINT), 0);
	assert_string_equal(evidence_grade(EVIDENCE_DURABLE), "A+");
	assert_string_equal(evidence_name(EVIDENCE_ORDERED), "confirmed");
	assert_string_equal(on_doubt_name(DOUBT_UNSET), "");
}

static void a_new_job(void **state)
{
	struct job *job = job_create(KIND_BEEP);

	assert_int_equal(job->kind, KIND_BEEP);
	assert_int_equal(job->state, JOB_QUEUED);
	assert_int_equal(job->lifetime, 30000);
	assert_int_equal(job->ticket.copies, 1);
	assert_string_equal(job->boot_id, clock_boot_id());
	assert_in_range(job_age(job), 0, 5000);
	assert_false(job_expired(job));
	job_destroy(job);
	job_destroy(NULL);
}

static void within_a_boot_the_wall_clock_is_ignored(void **state)
{
	struct job *job = job_create(KIND_KICK);

	if (!job->boot_id[0]) {
		job_destroy(job);
		leave_out("this boot has no name");
	}
	job->created -= 3600000; /* somebody set the clock an hour ahead since */
	assert_false(job_expired(job));
	job->created += 7200000; /* or an hour back */
	job->born_boot -= 10000;
	assert_true(job_expired(job));
	assert_in_range(job_age(job), 10000, 15000);
	job->born_boot += 86400000;
	assert_int_equal(job_age(job), 0);
	job_destroy(job);
}

static void after_a_boot_the_wall_clock_counts(void **state)
{
	struct job *job = job_create(KIND_KICK);

	str_copy(job->boot_id, sizeof(job->boot_id), STR("another boot"));
	job->born_boot = 0;
	assert_false(job_expired(job));
	job->created -= 10000;
	assert_true(job_expired(job));
	job->created += 86400000; /* born in the future: no age at all */
	assert_int_equal(job_age(job), 0);
	assert_false(job_expired(job));
	job_destroy(job);
}

static void without_a_lifetime_it_never_expires(void **state)
{
	struct job *job = job_create(KIND_PRINT);

	job->boot_id[0] = '\0';
	job->created = 1;
	assert_true(job_age(job) > 1000000);
	assert_false(job_expired(job));
	job_destroy(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_reads_back),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(the_words_of_the_contract),
		cmocka_unit_test(a_new_job),
		cmocka_unit_test(within_a_boot_the_wall_clock_is_ignored),
		cmocka_unit_test(after_a_boot_the_wall_clock_counts),
		cmocka_unit_test(without_a_lifetime_it_never_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
