#include "base/needle.h"
#include "unit.h"

static bool finds(const char *needle, const char *text)
{
	struct needle n;
	assert_true(needle_init(&n, str_of(needle)));
	return needle_in(&n, str_of(text));
}

static void test_where_it_is(void **state)
{
	static const struct {
		const char *needle, *text;
		bool found;
	} cases[] = {
		{ "tea", "tea", true },
		{ "tea", "Iced TEA", true },
		{ "TEA", "tEa, iced", true },
		{ "tea", "te", false },
		{ "tea", "", false },
		{ "tea", "te a", false },
		{ "aab", "aaab", true },
		{ " tea\n", "tea", true },
		{ "total 12,00", "Total      12,00", true },
		{ "total 12,00", "Total\r\n\t12,00", true },
		{ "total  12,00", "Total\xc2\xa0" "12,00", true },
		{ "total12", "Total 12", false },
		{ "jam\xc3\x93n", "JAM\xc3\xb3N", true },
		{ "jamon", "jam\xc3\xb3n", false },
		{ "\xd1\x87\xd0\xb0\xd0\xb9", "\xd0\xa7\xd0\x90\xd0\x99", true }, /* Cyrillic */
		{ "\xce\xbf\xcf\x8d\xce\xb6\xce\xbf", "\xce\x9f\xce\x8e\xce\x96\xce\x9f", true },
		{ "\xc5\xa1", "\xc5\xa0", true },      /* S with caron, an even capital */
		{ "\xc5\xbe", "\xc5\xbd", true },      /* Z with caron, an odd one */
		{ "\xc3\x97", "\xc3\xb7", false },     /* times is no capital of divided by */
		{ "\xe8\x8c\xb6", "\xe7\xb7\x91\xe8\x8c\xb6", true },
		{ "b", "\xff\xfe" "B", true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(finds(cases[i].needle, cases[i].text), cases[i].found);
}

static void test_nothing_is_not_looked_for(void **state)
{
	struct needle n;
	assert_false(needle_init(&n, STR("")));
	assert_false(needle_init(&n, STR(" \n")));
	assert_false(needle_init(&n, STR_NONE));
}

static void test_ceiling(void **state)
{
	char text[NEEDLE_MAX + 1];
	struct needle n;
	memset(text, 'x', sizeof(text));
	assert_true(needle_init(&n, (struct str){ text, NEEDLE_MAX }));
	assert_true(needle_in(&n, (struct str){ text, NEEDLE_MAX }));
	assert_false(needle_in(&n, (struct str){ text, NEEDLE_MAX - 1 }));
	assert_false(needle_init(&n, (struct str){ text, NEEDLE_MAX + 1 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_it_is),
		cmocka_unit_test(test_nothing_is_not_looked_for),
		cmocka_unit_test(test_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
