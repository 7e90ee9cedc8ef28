#include <stdlib.h>

#include "base/buf.h"
#include "unit.h"

static void test_appends(void **state)
{
	struct buf b;
	buf_init(&b, 1000);
	assert_true(buf_add(&b, "a\0b", 3));
	assert_true(buf_add_byte(&b, 'c'));
	assert_true(buf_add_str(&b, STR("de")));
	assert_true(buf_puts(&b, "f"));
	assert_true(buf_printf(&b, "%03d", 7));
	assert_true(buf_add(&b, NULL, 0));
	assert_slice(buf_str(&b), "a\0bcdef007");
	assert_false(b.failed);
	buf_finish(&b);
	assert_int_equal(b.len, 0);
	assert_true(buf_puts(&b, "again"));
	buf_finish(&b);
}

static void test_ceiling(void **state)
{
	struct buf b;
	buf_init(&b, 5);
	assert_true(buf_puts(&b, "12345"));
	assert_false(buf_add_byte(&b, '6'));
	assert_true(b.failed);
	assert_slice(buf_str(&b), "12345");
	buf_clear(&b);
	assert_false(b.failed);
	assert_true(buf_puts(&b, "123"));
	assert_false(buf_printf(&b, "%s", "456"));
	assert_true(b.failed);
	assert_slice(buf_str(&b), "123");
	buf_clear(&b);
	assert_true(buf_printf(&b, "%s", "12345")); /* its NUL does not count */
	assert_string_equal(buf_cstr(&b), "12345");
	assert_null(buf_space(&b, SIZE_MAX));
	assert_null(buf_space(&b, 1));
	buf_finish(&b);
}

static void test_space(void **state)
{
	struct buf b;
	buf_init(&b, 100);
	uint8_t *to = buf_space(&b, 50);
	memcpy(to, "xyz", 3);
	buf_grown(&b, 3);
	assert_slice(buf_str(&b), "xyz");
	assert_non_null(buf_space(&b, 0));
	assert_non_null(buf_space(&b, 97));
	assert_null(buf_space(&b, 98));
	buf_finish(&b);
}

static void test_drop(void **state)
{
	struct buf b;
	buf_init(&b, 100);
	buf_drop(&b, 0);
	buf_puts(&b, "abcdef");
	buf_drop(&b, 2);
	assert_slice(buf_str(&b), "cdef");
	buf_drop(&b, 4);
	assert_slice(buf_str(&b), "");
	buf_finish(&b);
}

static void test_take(void **state)
{
	struct buf b;
	size_t len;
	buf_init(&b, 100);
	buf_puts(&b, "abc");
	uint8_t *bytes = buf_take(&b, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "abc", 3);
	free(bytes);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 100);
	assert_null(buf_take(&b, &len));
	assert_int_equal(len, 0);
}

static void test_an_empty_one_is_a_string(void **state)
{
	struct buf b;
	buf_init(&b, 0);
	assert_string_equal(buf_cstr(&b), "");
	assert_false(buf_puts(&b, "x"));
	buf_finish(&b);
}

static void test_many_small_appends(void **state)
{
	struct buf b;
	buf_init(&b, 100003);
	for (int i = 0; i < 100003; i++)
		assert_true(buf_add_byte(&b, (uint8_t)i));
	assert_false(buf_add_byte(&b, 0));
	assert_true(b.cap <= b.max);
	for (int i = 0; i < 100003; i++)
		assert_int_equal(b.ptr[i], (uint8_t)i);
	buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_an_empty_one_is_a_string),
		cmocka_unit_test(test_many_small_appends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
