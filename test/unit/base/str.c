#include "base/str.h"
#include "unit.h"

static void test_equality(void **state)
{
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_is(STR("x"), "x"));
	assert_false(str_is(STR("xy"), "x"));
	assert_true(str_is_nocase(STR("Host"), "hOST"));
	assert_false(str_eq_nocase(STR("\xc4"), STR("\xe4")));
	assert_false(str_eq_nocase(STR("@"), STR("`")));
	assert_true(str_eq_secret(STR("token"), STR("token")));
	assert_false(str_eq_secret(STR("token"), STR("tokem")));
	assert_false(str_eq_secret(STR("token"), STR("toke")));
	assert_true(str_eq_secret(STR_NONE, STR_NONE));
}

static void test_ends(void **state)
{
	assert_true(str_starts(STR("socket://"), "socket:"));
	assert_false(str_starts(STR("soc"), "socket:"));
	assert_true(str_starts(STR_NONE, ""));
	assert_true(str_ends(STR("a.conf"), ".conf"));
	assert_false(str_ends(STR("conf"), ".conf"));
}

static void test_slices(void **state)
{
	assert_slice(str_trim(STR(" \t\r\na b\v\f ")), "a b");
	assert_slice(str_trim(STR("   ")), "");
	assert_slice(str_trim(STR_NONE), "");
	assert_slice(str_from(STR("abc"), 1), "bc");
	assert_slice(str_from(STR("abc"), 9), "");
	assert_slice(str_from(STR_NONE, 9), "");
	assert_slice(str_head(STR("abc"), 2), "ab");
	assert_slice(str_head(STR("abc"), 9), "abc");
	assert_slice(str_of("abc"), "abc");
	assert_null(str_of(NULL).ptr);
}

static void test_cut(void **state)
{
	struct str rest;
	assert_slice(str_cut(STR("a=b=c"), '=', &rest), "a");
	assert_slice(rest, "b=c");
	assert_slice(str_cut(STR("a="), '=', &rest), "a");
	assert_slice(rest, "");
	assert_non_null(rest.ptr);
	assert_slice(str_cut(STR("a"), '=', &rest), "a");
	assert_null(rest.ptr);
	assert_slice(str_cut(STR_NONE, '=', &rest), "");
	assert_null(rest.ptr);
}

static void test_unsigned(void **state)
{
	uint64_t n = 7;
	assert_true(str_to_u64(STR("0"), &n));
	assert_int_equal(n, 0);
	assert_true(str_to_u64(STR("18446744073709551615"), &n));
	assert_true(n == UINT64_MAX);
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1a", "18446744073709551616",
		"99999999999999999999" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(str_to_u64(str_of(bad[i]), &n));
	assert_true(n == UINT64_MAX); /* untouched */
}

static void test_signed(void **state)
{
	int64_t n = 7;
	assert_true(str_to_i64(STR("-9223372036854775808"), &n));
	assert_true(n == INT64_MIN);
	assert_true(str_to_i64(STR("9223372036854775807"), &n));
	assert_true(n == INT64_MAX);
	assert_true(str_to_i64(STR("-0"), &n));
	assert_int_equal(n, 0);
	assert_false(str_to_i64(STR("9223372036854775808"), &n));
	assert_false(str_to_i64(STR("-9223372036854775809"), &n));
	assert_false(str_to_i64(STR("-"), &n));
	assert_false(str_to_i64(STR("--1"), &n));
}

static void test_copy(void **state)
{
	char to[4] = "zzz";
	assert_true(str_copy(to, sizeof(to), STR("abc")));
	assert_string_equal(to, "abc");
	assert_false(str_copy(to, sizeof(to), STR("abcd")));
	assert_string_equal(to, "abc");
	assert_true(str_copy(to, sizeof(to), STR_NONE));
	assert_string_equal(to, "");
	assert_false(str_copy(to, 0, STR("")));
}

static void test_distance(void **state)
{
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 9), 3);
	assert_int_equal(str_distance(STR("on-doubtt"), STR("on-doubt"), 9), 1);
	assert_int_equal(str_distance(STR("abc"), STR("abc"), 9), 0);
	assert_int_equal(str_distance(STR(""), STR("abc"), 9), 3);
	assert_int_equal(str_distance(STR("abcdef"), STR("uvwxyz"), 2), 2);
	char huge[1000] = { 0 };
	assert_int_equal(str_distance((struct str){ huge, sizeof(huge) }, STR("a"), 5), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equality), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_slices),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unsigned), cmocka_unit_test(test_signed),
		cmocka_unit_test(test_copy),     cmocka_unit_test(test_distance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
