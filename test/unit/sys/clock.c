#include "sys/clock.h"
#include "sys.h"

#include <time.h>

static void test_clocks_agree(void **state)
{
	assert_true(llabs(clock_wall() / 1000 - (int64_t)time(NULL)) <= 1);
	assert_true(llabs(clock_mono() - clock_mono_us() / 1000) <= 1000);
	assert_true(clock_boot() >= clock_mono() - 1);
}

static void test_sleep_is_not_short(void **state)
{
	int64_t start = clock_mono_us();

	clock_sleep(20);
	assert_true(clock_mono_us() - start >= 20000);
	clock_sleep(0);
	clock_sleep(-5);
}

static void test_boot_id(void **state)
{
	const char *id = clock_boot_id();

	assert_true(strlen(id) == 36 || strlen(id) == 0);
	assert_ptr_equal(id, clock_boot_id());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks_agree),
		cmocka_unit_test(test_sleep_is_not_short),
		cmocka_unit_test(test_boot_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
