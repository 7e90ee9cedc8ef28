#include <math.h>

#include "base/json.h"
#include "unit.h"

static void test_commas(void **state)
{
	struct buf b;
	buf_init(&b, 1000);
	struct json_w w = json_w(&b);
	json_w_object(&w);
	json_w_text_field(&w, "a", "x");
	json_w_text_field(&w, "n", NULL);
	json_w_key(&w, "list");
	json_w_array(&w);
	json_w_int(&w, INT64_MIN);
	json_w_array(&w);
	json_w_array_end(&w);
	json_w_object(&w);
	json_w_object_end(&w);
	json_w_null(&w);
	json_w_raw(&w, STR("{\"as\":\"sent\"}"));
	json_w_array_end(&w);
	json_w_bool_field(&w, "t", true);
	json_w_int_field(&w, "i", 7);
	json_w_str_field(&w, "s", STR("y"));
	json_w_object_end(&w);
	assert_slice(buf_str(&b),
	    "{\"a\":\"x\",\"n\":null,\"list\":[-9223372036854775808,[],{},null,{\"as\":\"sent\"}],"
	    "\"t\":true,\"i\":7,\"s\":\"y\"}");
	assert_false(b.failed);
	buf_finish(&b);
}

static void test_strings(void **state)
{
	struct buf b;
	buf_init(&b, 1000);
	struct json_w w = json_w(&b);
	json_w_str(&w, STR("\"\\/\b\f\n\r\t\0\x1f\x7f\xc3\xb1\xf0\x9f\x98\x80\xff\xed\xa0\x80z"));
	assert_slice(buf_str(&b),
	    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xc3\xb1\xf0\x9f\x98\x80"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
	buf_clear(&b);
	w = json_w(&b);
	json_w_str(&w, STR_NONE);
	assert_slice(buf_str(&b), "\"\"");
	buf_finish(&b);
}

static void test_doubles(void **state)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {
		{ 0.1, "0.1" }, { 5, "5" }, { -2.5, "-2.5" }, { 1e100, "1e+100" },
		{ 1.0 / 3, "0.3333333333333333" }, { 123456.789, "123456.789" },
		{ 5e-324, "4.94065645841247e-324" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_clear(&b);
		struct json_w w = json_w(&b);
		json_w_double(&w, cases[i].n);
		assert_string_equal(buf_cstr(&b), cases[i].text);
	}
	buf_finish(&b);
}

static void test_a_full_buffer_says_so(void **state)
{
	struct buf b;
	buf_init(&b, 10);
	struct json_w w = json_w(&b);
	json_w_text(&w, "more than ten bytes");
	json_w_text(&w, "x");
	assert_true(b.failed);
	buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commas),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_a_full_buffer_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
