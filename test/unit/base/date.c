#include <stdlib.h>
#include <time.h>

#include "base/date.h"
#include "unit.h"

/* `text` says the same moment as the canonical form `utc`; NULL: refused. */
static const struct {
	const char *text, *utc;
} cases[] = {
	{ "0", "1970-01-01T00:00:00.000Z" },
	{ "-1", "1969-12-31T23:59:59.999Z" },
	{ " 1795166043120 ", "2026-11-20T09:14:03.120Z" },
	{ "2026-11-20", "2026-11-20T00:00:00.000Z" },
	{ "2026-11-20T18:30Z", "2026-11-20T18:30:00.000Z" },
	{ "2026-11-20t18:30z", "2026-11-20T18:30:00.000Z" },
	{ "2026-11-20T18:30:05Z", "2026-11-20T18:30:05.000Z" },
	{ "2026-11-20T18:30:05.1Z", "2026-11-20T18:30:05.100Z" },
	{ "2026-11-20T18:30:05.123456789Z", "2026-11-20T18:30:05.123Z" },
	{ "2026-11-20T18:30+01:00", "2026-11-20T17:30:00.000Z" },
	{ "2026-11-20T00:30:00.5+05:30", "2026-11-19T19:00:00.500Z" },
	{ "2026-12-31T23:59:59-00:30", "2027-01-01T00:29:59.000Z" },
	{ "2024-02-29", "2024-02-29T00:00:00.000Z" },
	{ "2000-02-29", "2000-02-29T00:00:00.000Z" },
	{ "1969-07-20T20:17:40Z", "1969-07-20T20:17:40.000Z" },
	{ "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z" },
	{ "0000-01-01", "0000-01-01T00:00:00.000Z" },
	{ "2026-11-20T18:30", "2026-11-20T17:30:00.000Z" }, /* Madrid in winter */
	{ "2026-07-20T18:30:00.250", "2026-07-20T16:30:00.250Z" },
	{ "Fri, 20 Nov 2026 18:30:00 +0100", "2026-11-20T17:30:00.000Z" },
	{ "20 Nov 2026 18:30 -0330", "2026-11-20T22:00:00.000Z" },
	{ "fri,20 nov 2026 18:30:00 gmt", "2026-11-20T18:30:00.000Z" },
	{ "Fri, 20 Nov 2026 18:30:00 UT", "2026-11-20T18:30:00.000Z" },
	{ "Sun, 1 Feb 2026  8:30:00 EST", NULL },
	{ "Sun,  1 Feb 2026 08:30:00 EST", "2026-02-01T13:30:00.000Z" }, { "", NULL },
	{ "x", NULL }, { "1.5", NULL }, { "99999999999999999999", NULL },
	{ "2026", "1970-01-01T00:00:02.026Z" }, { "2026-11", NULL }, { "2026-13-01", NULL },
	{ "2026-00-01", NULL }, { "2026-01-00", NULL }, { "2026-01-32", NULL },
	{ "2026-04-31", NULL }, { "2026-02-29", NULL }, { "1900-02-29", NULL },
	{ "26-11-20", NULL }, { "2026-1-20", NULL }, { "2026-11-20T", NULL },
	{ "2026-11-20T18", NULL }, { "2026-11-20T24:00Z", NULL }, { "2026-11-20T18:60Z", NULL },
	{ "2026-11-20T18:30:60Z", NULL }, { "2026-11-20T18:30.5Z", NULL },
	{ "2026-11-20T18:30:05.Z", NULL }, { "2026-11-20T18:30:05,5Z", NULL },
	{ "2026-11-20T18:30+0100", NULL }, { "2026-11-20T18:30+01", NULL },
	{ "2026-11-20T18:30+24:00", NULL }, { "2026-11-20T18:30Zx", NULL },
	{ "2026-11-20 18:30", NULL }, { "2026-11-20Z", NULL }, { "2026-11-20T8:30Z", NULL },
	{ "2026-11-20T18:30:5Z", NULL }, { "+2026-11-20", NULL },
	{ "Thu, 20 Nov 2026 18:30:00 +0100", NULL }, { "Fri 20 Nov 2026 18:30:00 +0100", NULL },
	{ "Fri, 20 Nov 2026 18:30:00", NULL }, { "Fri, 20 Nov 26 18:30:00 +0100", NULL },
	{ "Fri, 31 Nov 2026 18:30:00 +0100", NULL }, { "Fri, 20 Foo 2026 18:30:00 +0100", NULL },
	{ "Fri, 20 Nov 2026 18:30:00 +01:00", NULL }, { "Fri, 20 Nov 2026 18:30:00 +0160", NULL },
	{ "Fri, 20 Nov 2026 18:30:00 CET", NULL }, { "Fri, 20 Nov", NULL }, { "Fri,", NULL },
};

static void test_parse(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t wall_ms;
		char out[32] = "refused";
		if (date_parse(str_of(cases[i].text), &wall_ms))
			date_format(wall_ms, out);
		if (strcmp(out, cases[i].utc ? cases[i].utc : "refused") != 0)
			fail_msg("\"%s\" gave %s", cases[i].text, out);
	}
}

static void test_every_cut_of_a_date(void **state)
{
	static const char whole[] = "2026-11-20T18:30:05.123+01:00";
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		int64_t wall_ms;
		bool number = len > 0 && len <= 4, fraction = len > 20 && len < 24;
		bool complete = number || fraction || len == 10 || len == 16 || len == 19;
		assert_int_equal(date_parse((struct str){ whole, len }, &wall_ms), complete);
	}
}

static void test_every_day_there_and_back(void **state)
{
	char out[32];
	for (int64_t day = -200000; day < 200000; day++) {
		int64_t back, wall_ms = day * 86400000 + (day & 1023);
		date_format(wall_ms, out);
		assert_true(date_parse(str_of(out), &back) && back == wall_ms);
	}
}

static void test_no_number_breaks_the_format(void **state)
{
	char out[32];
	date_format(INT64_MAX, out);
	assert_true(strlen(out) < sizeof(out));
	date_format(INT64_MIN, out);
	assert_true(strlen(out) < sizeof(out));
}

int main(void)
{
	/* POSIX text of the zone, so that no zone files are needed */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_every_cut_of_a_date),
		cmocka_unit_test(test_every_day_there_and_back),
		cmocka_unit_test(test_no_number_breaks_the_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
