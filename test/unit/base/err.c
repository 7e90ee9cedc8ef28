#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "unit.h"

static void test_rows(void **state)
{
	assert_string_equal(err_name(E_PAPER), "paper-out");
	assert_int_equal(err_status(E_PAPER), 409);
	assert_int_equal(err_verdict(E_PAPER), VERDICT_HOLD);
	assert_string_equal(err_text(E_REFUSED), "Connection refused");
	assert_int_equal(err_verdict(E_OK), VERDICT_DONE);
	assert_string_equal(verdict_name(VERDICT_DOUBT), "doubt");
}

static void test_every_code_is_complete_and_unique(void **state)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		assert_true(err_name(i)[0] && err_text(i)[0]);
		assert_true(err_status(i) == 200 || (err_status(i) >= 400 && err_status(i) < 600));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(err_name(i), err_name(j));
	}
}

static void test_a_foreign_code_is_internal(void **state)
{
	assert_string_equal(err_name((enum err)9999), "internal");
	assert_string_equal(err_name((enum err)-1), "internal");
}

static void test_why(void **state)
{
	struct why why;
	assert_int_equal(why_fail(&why, E_PAPER, NULL), E_PAPER);
	assert_string_equal(why.text, "The printer is out of paper");
	assert_string_equal(why.field, "");
	assert_int_equal(why_field(&why, "copies", E_FIELD, "copies is %d", 0), E_FIELD);
	assert_string_equal(why.field, "copies");
	assert_string_equal(why.text, "copies is 0");
	assert_int_equal(why.err, E_FIELD);
	assert_int_equal(why_errno(&why, E_IO, ENOSPC, "Writing %s", "x"), E_IO);
	assert_string_equal(why.text, "Writing x: No space left on device");
	assert_string_equal(why.field, "");
}

static void test_nobody_asks_why(void **state)
{
	assert_int_equal(why_fail(NULL, E_IO, "x"), E_IO);
	assert_int_equal(why_field(NULL, "f", E_IO, NULL), E_IO);
	assert_int_equal(why_errno(NULL, E_IO, ENOENT, "x"), E_IO);
}

static void test_a_sentence_may_wrap_itself(void **state)
{
	struct why why;
	why_fail(&why, E_IO, "inner");
	why_fail(&why, E_STORE, "outer: %s", why.text);
	assert_string_equal(why.text, "outer: inner");
}

static void test_long_sentences_are_cut(void **state)
{
	struct why why;
	char text[1000];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	why_field(&why, text, E_FIELD, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	assert_int_equal(strlen(why.field), sizeof(why.field) - 1);
	why_errno(&why, E_IO, ENOENT, "%s", text);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_code_is_complete_and_unique),
		cmocka_unit_test(test_a_foreign_code_is_internal),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_nobody_asks_why),
		cmocka_unit_test(test_a_sentence_may_wrap_itself),
		cmocka_unit_test(test_long_sentences_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
