#include <stdlib.h>

#include "base/mem.h"
#include "unit.h"

static void test_alloc_is_zeroed(void **state)
{
	unsigned char *p = mem_alloc(1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	free(p);
	p = mem_array(10, 100);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	free(p);
}

static void test_nothing_is_still_something(void **state)
{
	void *a = mem_alloc(0), *b = mem_array(0, 8), *c = mem_grow(NULL, 0, 8);
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	free(a);
	free(b);
	free(c);
}

static void test_grow_keeps_the_bytes(void **state)
{
	char *p = mem_grow(NULL, 4, 1);
	memcpy(p, "abcd", 4);
	p = mem_grow(p, 1000, 8);
	assert_memory_equal(p, "abcd", 4);
	free(p);
}

static void test_copies(void **state)
{
	assert_null(mem_strdup(NULL));
	char *a = mem_strdup("paper"), *b = mem_strndup("paper", 3), *c = mem_strndup(NULL, 0);
	char *d = mem_printf("%s-%d", "job", 7);
	assert_string_equal(a, "paper");
	assert_string_equal(b, "pap");
	assert_string_equal(c, "");
	assert_string_equal(d, "job-7");
	free(a);
	free(b);
	free(c);
	free(d);
}

static void test_wipe(void **state)
{
	char secret[] = "secret";
	mem_wipe(secret, 3);
	assert_memory_equal(secret, "\0\0\0ret", 6);
	mem_wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc_is_zeroed),
		cmocka_unit_test(test_nothing_is_still_something),
		cmocka_unit_test(test_grow_keeps_the_bytes),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_wipe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
