/* Waits between attempts: doubling, a ceiling, and dice that stay in bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/backoff.h"

static const struct backoff exact = { .first_ms = 1000, .max_ms = 30000 };
static const struct backoff jittery = { .first_ms = 1000, .max_ms = 30000, .jitter = 50 };

static void waits_double_up_to_the_ceiling(void **state)
{
	static const int64_t waits[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		assert_int_equal(backoff_wait(&exact, i, 12345), waits[i]);
	assert_int_equal(backoff_wait(&exact, UINT32_MAX, 0), 30000);
}

static void dice_reach_both_bounds(void **state)
{
	assert_int_equal(backoff_wait(&jittery, 0, 0), 500);
	assert_int_equal(backoff_wait(&jittery, 0, UINT32_MAX), 1500);
	assert_int_equal(backoff_wait(&jittery, 0, UINT32_MAX / 2), 1000);
	assert_int_equal(backoff_wait(&jittery, 9, 0), 15000);
	assert_int_equal(backoff_wait(&jittery, 9, UINT32_MAX), 45000);
}

static void more_than_all_is_all(void **state)
{
	struct backoff wild = { .first_ms = 100, .max_ms = 100, .jitter = 900 };

	assert_int_equal(backoff_wait(&wild, 0, 0), 0);
	assert_int_equal(backoff_wait(&wild, 0, UINT32_MAX), 200);
}

static void tries_are_counted_and_forgotten(void **state)
{
	struct backoff b = jittery;
	unsigned differing = 0;

	for (int round = 0; round < 40; round++) {
		int64_t first = backoff_next(&b), second = backoff_next(&b);

		assert_in_range(first, 500, 1500);
		assert_in_range(second, 1000, 3000);
		differing += first != 1000;
		backoff_reset(&b);
	}
	assert_true(differing > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_the_ceiling),
		cmocka_unit_test(dice_reach_both_bounds),
		cmocka_unit_test(more_than_all_is_all),
		cmocka_unit_test(tries_are_counted_and_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
