#include <stdio.h>

#include "base/map.h"
#include "unit.h"

static struct str numbered(char *text, size_t size, int n)
{
	snprintf(text, size, "key %d", n);
	return str_of(text);
}

static void test_put_get_remove(void **state)
{
	struct map m;
	int a, b;
	map_init(&m);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_remove(&m, STR("a")));
	assert_null(map_put(&m, STR("a"), &a));
	assert_ptr_equal(map_get(&m, STR("a")), &a);
	assert_ptr_equal(map_put(&m, STR("a"), &b), &a);
	assert_int_equal(m.count, 1);
	assert_ptr_equal(map_remove(&m, STR("a")), &b);
	assert_null(map_get(&m, STR("a")));
	assert_int_equal(m.count, 0);
	map_finish(&m);
}

static void test_keys_are_bytes(void **state)
{
	struct map m;
	int a, b, c;
	map_init(&m);
	map_put(&m, STR("x\0y"), &a);
	map_put(&m, STR("x\0z"), &b);
	map_put(&m, STR_NONE, &c);
	assert_ptr_equal(map_get(&m, STR("x\0y")), &a);
	assert_ptr_equal(map_get(&m, STR("x\0z")), &b);
	assert_ptr_equal(map_get(&m, STR("")), &c);
	assert_null(map_get(&m, STR("x")));
	map_finish(&m);
}

static void test_many(void **state)
{
	static char values[10000];
	char text[32];
	struct map m;
	map_init(&m);
	for (int i = 0; i < 10000; i++)
		assert_null(map_put(&m, numbered(text, sizeof(text), i), &values[i]));
	for (int i = 0; i < 10000; i += 2)
		assert_ptr_equal(map_remove(&m, numbered(text, sizeof(text), i)), &values[i]);
	assert_int_equal(m.count, 5000);
	for (int i = 0; i < 10000; i++)
		assert_ptr_equal(map_get(&m, numbered(text, sizeof(text), i)),
		    i % 2 ? &values[i] : NULL);
	map_finish(&m);
}

/* Marks of removed entries must be swept, or the map fills and never ends a search. */
static void test_churn_does_not_grow(void **state)
{
	char text[32];
	int value;
	struct map m;
	map_init(&m);
	for (int i = 0; i < 100000; i++) {
		map_put(&m, numbered(text, sizeof(text), i), &value);
		if (i >= 10)
			assert_non_null(map_remove(&m, numbered(text, sizeof(text), i - 10)));
	}
	assert_int_equal(m.count, 10);
	assert_true(m.cap <= 64);
	map_finish(&m);
}

static void test_iteration_may_remove(void **state)
{
	static int values[100];
	char text[32];
	struct map m;
	map_init(&m);
	for (int i = 0; i < 100; i++)
		map_put(&m, numbered(text, sizeof(text), i), &values[i]);
	size_t at = 0;
	struct str key;
	void *value;
	int seen = 0;
	while (map_next(&m, &at, &key, &value)) {
		++*(int *)value;
		seen++;
		if (seen % 3 == 0)
			assert_ptr_equal(map_remove(&m, key), value);
	}
	assert_int_equal(seen, 100);
	assert_int_equal(m.count, 67);
	for (int i = 0; i < 100; i++)
		assert_int_equal(values[i], 1);
	map_finish(&m);
}

static void test_hash_depends_on_every_byte(void **state)
{
	char key[40];
	memset(key, 'k', sizeof(key));
	for (size_t len = 1; len <= sizeof(key); len++) {
		uint64_t hash = map_hash((struct str){ key, len });
		assert_true(hash == map_hash((struct str){ key, len }));
		assert_true(hash != map_hash((struct str){ key, len - 1 }));
		for (size_t i = 0; i < len; i++) {
			key[i] ^= 1;
			assert_true(hash != map_hash((struct str){ key, len }));
			key[i] ^= 1;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_get_remove),
		cmocka_unit_test(test_keys_are_bytes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_churn_does_not_grow),
		cmocka_unit_test(test_iteration_may_remove),
		cmocka_unit_test(test_hash_depends_on_every_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
