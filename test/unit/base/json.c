#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "unit.h"

static struct json_doc *parse(struct str text)
{
	struct json_doc *doc = NULL;
	struct why why = { 0 };
	if (json_parse(text, NULL, &doc, &why))
		fail_msg("%.*s: %s", STR_ARG(text), why.text);
	return doc;
}

static bool accepts(struct str text, const struct json_limits *limits)
{
	struct json_doc *doc = NULL;
	enum err err = json_parse(text, limits, &doc, NULL);
	assert_true(err == E_OK || (err == E_JSON && !doc));
	json_destroy(doc);
	return !err;
}

static const struct str valid[] = {
	STR_INIT("null"), STR_INIT("true"), STR_INIT("false"), STR_INIT("0"), STR_INIT("-0"),
	STR_INIT("\"\""), STR_INIT("[]"), STR_INIT("{}"), STR_INIT(" \t\r\n[ \t\r\n] \t\r\n"),
	STR_INIT("{ }"), STR_INIT("[1]"), STR_INIT("[1,2]"), STR_INIT("[ 1 , 2 ]"),
	STR_INIT("[[],[[]],{}]"), STR_INIT("{\"a\":1}"), STR_INIT("{ \"a\" : 1 , \"b\" : [] }"),
	STR_INIT("{\"\":0}"), STR_INIT("{\"a\":{\"a\":{\"a\":1}}}"), STR_INIT("10"),
	STR_INIT("-10"), STR_INIT("1.5"), STR_INIT("-0.5"), STR_INIT("0.0"), STR_INIT("1e5"),
	STR_INIT("1E5"), STR_INIT("1e+5"), STR_INIT("1e-5"), STR_INIT("1.25e-05"),
	STR_INIT("0e0"), STR_INIT("0e999999999999"), STR_INIT("123456789012345678901234567890"),
	STR_INIT("1e400"), STR_INIT("\"a\""), STR_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	STR_INIT("\"\\u0000\""), STR_INIT("\"\\u0041\\u00e9\\uFFFF\""),
	STR_INIT("\"\\uD83D\\ude00\""), STR_INIT("\"\x7f\""), STR_INIT("\"\xc3\xb1\""),
	STR_INIT("\"\xf0\x9f\x98\x80\""), STR_INIT("\"\xe2\x80\xa8\""), STR_INIT("\"'\""),
	STR_INIT("\"0123456789abcdef0123456789abcdef\""), STR_INIT("{\"a\":1,\"A\":2}"),
	STR_INIT("{\"a\":1,\"a \":2}"), STR_INIT("[true,false,null]"), STR_INIT("[\"\",\"\"]"),
	STR_INIT("{\"a\":null}"), STR_INIT("\"\\\\u0000\""),
};

static const struct str invalid[] = {
	STR_INIT(""), STR_INIT(" "), STR_INIT("nul"), STR_INIT("nulll"), STR_INIT("True"),
	STR_INIT("tru"), STR_INIT("NaN"), STR_INIT("Infinity"), STR_INIT("undefined"),
	STR_INIT("'a'"), STR_INIT("a"), STR_INIT("["), STR_INIT("]"), STR_INIT("{"),
	STR_INIT("}"), STR_INIT("[}"), STR_INIT("{]"), STR_INIT("[1"), STR_INIT("[1,"),
	STR_INIT("[1,]"), STR_INIT("[,1]"), STR_INIT("[,]"), STR_INIT("[1 2]"),
	STR_INIT("[1,,2]"), STR_INIT("[]]"), STR_INIT("[] []"), STR_INIT("1 2"),
	STR_INIT("{\"a\"}"), STR_INIT("{\"a\":}"), STR_INIT("{\"a\":1,}"), STR_INIT("{,}"),
	STR_INIT("{\"a\" 1}"), STR_INIT("{\"a\":1 \"b\":2}"), STR_INIT("{a:1}"),
	STR_INIT("{1:1}"), STR_INIT("{\"a\"::1}"), STR_INIT("{\"a\",1}"), STR_INIT("{null:1}"),
	STR_INIT("{\"a\":1,\"a\":1}"), STR_INIT("{\"a\":1,\"\\u0061\":1}"),
	STR_INIT("{\"\":1,\"\":1}"), STR_INIT("[{\"a\":1,\"a\":1}]"), STR_INIT("01"),
	STR_INIT("-01"), STR_INIT("00"), STR_INIT("-"), STR_INIT("+1"), STR_INIT(".5"),
	STR_INIT("1."), STR_INIT("-.5"), STR_INIT("1.e5"), STR_INIT("1e"), STR_INIT("1e+"),
	STR_INIT("1e+-1"), STR_INIT("1ee1"), STR_INIT("1.2.3"), STR_INIT("0x10"), STR_INIT("1_0"),
	STR_INIT("--1"), STR_INIT("1a"), STR_INIT("-a"), STR_INIT("1e1.5"), STR_INIT("\""),
	STR_INIT("\"a"), STR_INIT("\"\\\""), STR_INIT("\"\\"), STR_INIT("\"\\a\""),
	STR_INIT("\"\\x41\""), STR_INIT("\"\\U0041\""), STR_INIT("\"\\u\""),
	STR_INIT("\"\\u004\""), STR_INIT("\"\\u004g\""), STR_INIT("\"\\u 041\""),
	STR_INIT("\"\\u00\n0\""), STR_INIT("\"\\uD800\""), STR_INIT("\"\\uDC00\""),
	STR_INIT("\"\\uD800a\""), STR_INIT("\"\\uD800\\n\""), STR_INIT("\"\\uD800\\u0041\""),
	STR_INIT("\"\\uD800\\uD800\""), STR_INIT("\"\\uDC00\\uD800\""),
	STR_INIT("\"\\uD83D\\ude0\""), STR_INIT("\"\n\""), STR_INIT("\"\t\""), STR_INIT("\"\0\""),
	STR_INIT("\"\x1f\""), STR_INIT("\"\x80\""), STR_INIT("\"\xc0\x80\""),
	STR_INIT("\"\xed\xa0\x80\""), STR_INIT("\"\xf4\x90\x80\x80\""), STR_INIT("\"\xc3\""),
	STR_INIT("\"\xe2\x82\""), STR_INIT("\"0123456789abcdef\xff\""),
	STR_INIT("\"0123456789abcdef\n\""), STR_INIT("{\"\xff\":1}"), STR_INIT("\xff"),
	STR_INIT("\xef\xbb\xbf{}"), STR_INIT("[1]\0"), STR_INIT("\0"), STR_INIT("[\0]"),
	STR_INIT("/**/1"), STR_INIT("1//"), STR_INIT("[1]#"),
	STR_INIT("\v1"), STR_INIT("\f1"), STR_INIT("\xc2\xa0" "1"), STR_INIT("\\u0031"),
	STR_INIT("{\"a\":1}}"), STR_INIT("\"\"\""), STR_INIT("{\"\\uD800\":1}"),
	STR_INIT("\"\\\0\""),
};

static void test_valid(void **state)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++)
		if (!accepts(valid[i], NULL))
			fail_msg("refused: %.*s", STR_ARG(valid[i]));
}

static void test_invalid(void **state)
{
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
		if (accepts(invalid[i], NULL))
			fail_msg("accepted: %.*s (%zu)", STR_ARG(invalid[i]), i);
}

/* Cut anywhere, from memory that ends there: no byte behind the end is read,
 * and only numbers can be cut into something valid. */
static void test_every_cut(void **state)
{
	for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++) {
		struct str whole = str_trim(valid[i]);
		bool number = whole.ptr[0] == '-' || (whole.ptr[0] >= '0' && whole.ptr[0] <= '9');
		for (size_t len = 0; len < whole.len; len++) {
			char *copy = malloc(len + !len);
			memcpy(copy, whole.ptr, len);
			if (accepts((struct str){ copy, len }, NULL) && !number)
				fail_msg("accepted %zu bytes of %.*s", len, STR_ARG(whole));
			free(copy);
		}
	}
}

static void test_source_ranges(void **state)
{
	struct json_doc *doc = parse(
	    STR(" { \"id\" : 1.50 , \"p\":[ 1,\"\\u0041\" ], \"o\" :{} } "));
	const struct json *root = json_root(doc);
	assert_slice(json_source(root), "{ \"id\" : 1.50 , \"p\":[ 1,\"\\u0041\" ], \"o\" :{} }");
	assert_slice(json_source(json_get(root, "id")), "1.50");
	assert_slice(json_source(json_get(root, "p")), "[ 1,\"\\u0041\" ]");
	assert_slice(json_source(json_next(json_first(json_get(root, "p")))), "\"\\u0041\"");
	assert_slice(json_source(json_get(root, "o")), "{}");
	json_destroy(doc);
}

static void test_walk(void **state)
{
	struct json_doc *doc = parse(STR("{\"a\":[true,null,\"x\"],\"b\\n\":false}"));
	const struct json *root = json_root(doc), *a = json_first(root), *b = json_next(a);
	assert_int_equal(json_count(root), 2);
	assert_slice(json_key(a), "a");
	assert_slice(json_key(b), "b\n");
	assert_null(json_next(b));
	assert_ptr_equal(json_get(root, "b\n"), b);
	assert_null(json_get(root, "c"));
	assert_null(json_get(a, "a"));
	assert_int_equal(json_count(a), 3);
	assert_true(json_bool(json_first(a), false));
	assert_false(json_bool(b, true));
	assert_true(json_bool(json_next(json_first(a)), true));
	assert_int_equal(json_type(json_next(json_first(a))), JSON_NULL);
	assert_string_equal(json_type_name(json_type(a)), "array");
	json_destroy(doc);
}

static void test_an_absent_value(void **state)
{
	int64_t n = 7;
	double d = 7;
	assert_false(json_is(NULL, JSON_NULL));
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_null(json_get(NULL, "a"));
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_source(NULL).ptr);
	assert_null(json_string(NULL).ptr);
	assert_null(json_key(NULL).ptr);
	assert_true(json_bool(NULL, true));
	assert_false(json_int(NULL, &n) || json_double(NULL, &d) || n != 7);
	json_destroy(NULL);
}

static void decodes_to(struct str text, struct str expected)
{
	struct json_doc *doc = parse(text);
	struct str first = json_string(json_root(doc)), again = json_string(json_root(doc));
	assert_true(str_eq(first, expected));
	assert_ptr_equal(first.ptr, again.ptr);
	json_destroy(doc);
}

static void test_strings(void **state)
{
	decodes_to(STR("\"\""), STR(""));
	decodes_to(STR("\"plain\""), STR("plain"));
	decodes_to(STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR("\"\\/\b\f\n\r\t"));
	decodes_to(STR("\"a\\u0000b\""), STR("a\0b"));
	decodes_to(STR("\"\\u00F1\\u20ac\\ud83d\\uDE00\""),
	    STR("\xc3\xb1\xe2\x82\xac\xf0\x9f\x98\x80"));
	decodes_to(STR("\"\xc3\xb1\\n\xc3\xb1\""), STR("\xc3\xb1\n\xc3\xb1"));
	decodes_to(STR("\"\\\\u0041\""), STR("\\u0041"));
	struct json_doc *doc = parse(STR("12"));
	assert_null(json_string(json_root(doc)).ptr);
	json_destroy(doc);
}

/* The scan takes 16 bytes at a time: what it looks for, at every place. */
static void test_string_scan_at_every_offset(void **state)
{
	for (size_t len = 0; len < 70; len++) {
		for (size_t at = 0; at < len; at++) {
			char text[80];
			memset(text, 'x', sizeof(text));
			text[0] = text[len + 1] = '"';
			struct str s = { text, len + 2 };
			assert_true(accepts(s, NULL));
			text[at + 1] = '\x1f';
			assert_false(accepts(s, NULL));
			text[at + 1] = '"';
			assert_false(accepts(s, NULL));
			text[at + 1] = '\x80';
			assert_false(accepts(s, NULL));
			if (at + 1 < len) {
				memcpy(text + at + 1, "\xc3\xb1", 2);
				assert_true(accepts(s, NULL));
				memcpy(text + at + 1, "\\n", 2);
				assert_true(accepts(s, NULL));
			}
		}
	}
}

static const struct {
	const char *text;
	bool whole;
	int64_t n;
} ints[] = {
	{ "0", true, 0 }, { "-0", true, 0 }, { "42", true, 42 }, { "-42", true, -42 },
	{ "9223372036854775807", true, INT64_MAX }, { "-9223372036854775808", true, INT64_MIN },
	{ "9223372036854775808", false, 0 }, { "-9223372036854775809", false, 0 },
	{ "9007199254740993", true, 9007199254740993 }, { "1e3", true, 1000 }, { "5.0", true, 5 },
	{ "5.00e2", true, 500 }, { "1.25e2", true, 125 }, { "1.255e2", false, 0 },
	{ "5.5", false, 0 }, { "1000e-3", true, 1 }, { "1000e-4", false, 0 },
	{ "0.000", true, 0 }, { "0e99999999999", true, 0 }, { "0.0e-99999999999", true, 0 },
	{ "1e99999999999999999999", false, 0 }, { "1e-9999999999", false, 0 },
	{ "9223372036854775807.0", true, INT64_MAX },
	{ "92233720368547758070e-1", true, INT64_MAX }, { "92233720368547758080e-1", false, 0 },
	{ "1e18", true, 1000000000000000000 }, { "1e19", false, 0 },
	{ "-1e18", true, -1000000000000000000 }, { "0.5e1", true, 5 }, { "0.05e1", false, 0 },
	{ "1E+2", true, 100 },
};

static void test_ints(void **state)
{
	for (size_t i = 0; i < sizeof(ints) / sizeof(*ints); i++) {
		struct json_doc *doc = parse(str_of(ints[i].text));
		int64_t n = 77;
		bool whole = json_int(json_root(doc), &n);
		if (whole != ints[i].whole || n != (whole ? ints[i].n : 77))
			fail_msg("%s gave %d, %lld", ints[i].text, whole, (long long)n);
		json_destroy(doc);
	}
}

static void test_doubles(void **state)
{
	char digits[200];
	double d = 7;
	struct json_doc *doc = parse(STR("[1.5,-2e-3,1e400,\"1\"]"));
	const struct json *v = json_first(json_root(doc));
	assert_true(json_double(v, &d) && d == 1.5);
	assert_true(json_double(v = json_next(v), &d) && d == -2e-3);
	assert_false(json_double(v = json_next(v), &d));
	assert_false(json_double(json_next(v), &d));
	assert_true(d == -2e-3);
	json_destroy(doc);
	memset(digits, '3', sizeof(digits));
	digits[1] = '.';
	doc = parse((struct str){ digits, sizeof(digits) });
	assert_true(json_double(json_root(doc), &d) && d > 3.3333333333333 && d < 3.3333333333334);
	json_destroy(doc);
}

static struct str nested(char *text, unsigned depth, char open, char close)
{
	memset(text, open, depth);
	memset(text + depth, close, depth);
	return (struct str){ text, 2 * depth };
}

static void test_depth(void **state)
{
	char text[256];
	struct json_limits limits = { .depth = 3 };
	assert_true(accepts(nested(text, 32, '[', ']'), NULL));
	assert_false(accepts(nested(text, 33, '[', ']'), NULL));
	assert_true(accepts(nested(text, 3, '[', ']'), &limits));
	assert_false(accepts(nested(text, 4, '[', ']'), &limits));
	assert_true(accepts(STR("[[[],[],{}],{\"a\":[]},[[]]]"), &limits));
	assert_false(accepts(STR("{\"a\":{\"a\":{\"a\":{}}}}"), &limits));
}

static void test_number_of_values(void **state)
{
	struct json_limits limits = { .values = 4 };
	assert_true(accepts(STR("[1,{\"a\":2}]"), &limits));
	assert_false(accepts(STR("[1,2,{\"a\":3}]"), &limits));
}

/* More members than are compared in pairs: as many as a till could never send. */
static void test_many_members(void **state)
{
	enum { COUNT = 100000 };
	struct buf b;
	buf_init(&b, 4 << 20);
	buf_puts(&b, "{");
	for (int i = 0; i < COUNT; i++)
		buf_printf(&b, "\"k%d\":%d,", i, i);
	buf_puts(&b, "\"last\":1}");
	struct json_doc *doc = parse(buf_str(&b));
	assert_int_equal(json_count(json_root(doc)), COUNT + 1);
	assert_slice(json_source(json_get(json_root(doc), "k99999")), "99999");
	json_destroy(doc);
	memcpy(b.ptr + b.len - 9, "\"k77\":1", 7);
	b.ptr[b.len - 2] = ' ';
	assert_false(accepts(buf_str(&b), NULL));
	buf_finish(&b);
}

static void test_repeated_keys_of_every_count(void **state)
{
	for (int count = 2; count < 40; count++) {
		struct buf b;
		buf_init(&b, 4096);
		for (int i = 0; i < count; i++)
			buf_printf(&b, "%s\"%d\":0", i ? "," : "{", i);
		buf_puts(&b, "}");
		assert_true(accepts(buf_str(&b), NULL));
		b.len--;
		buf_printf(&b, ",\"%d\":0}", count / 2);
		assert_false(accepts(buf_str(&b), NULL));
		buf_finish(&b);
	}
}

static void test_place_of_a_mistake(void **state)
{
	struct json_doc *doc = NULL;
	struct why why;
	assert_int_equal(json_parse(STR("{\n  \"\xc3\xb1\": x\n}"), NULL, &doc, &why), E_JSON);
	assert_string_equal(why.text,
	    "Invalid JSON in line 2, column 8: a value was expected");
	assert_int_equal(json_parse(STR("{\"a\":1,\n\"a\":2}"), NULL, &doc, &why), E_JSON);
	assert_string_equal(why.text,
	    "Invalid JSON in line 2, column 5: the key of this value was there before");
	assert_int_equal(json_parse(STR_NONE, NULL, &doc, &why), E_JSON);
	assert_string_equal(why.text,
	    "Invalid JSON in line 1, column 1: a value was expected");
	assert_null(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_source_ranges),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_an_absent_value),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_string_scan_at_every_offset),
		cmocka_unit_test(test_ints),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_number_of_values),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_repeated_keys_of_every_count),
		cmocka_unit_test(test_place_of_a_mistake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
