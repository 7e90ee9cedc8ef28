#include "base/text.h"
#include "unit.h"

static void base64_gives(struct str text, struct str bytes)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_puts(&b, "old");
	assert_true(base64_decode(text, &b));
	assert_true(str_eq(str_from(buf_str(&b), 3), bytes));
	buf_finish(&b);
}

static void base64_refuses(const char *text)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_puts(&b, "old");
	assert_false(base64_decode(str_of(text), &b));
	assert_slice(buf_str(&b), "old");
	buf_finish(&b);
}

static void test_base64_decode(void **state)
{
	base64_gives(STR(""), STR(""));
	base64_gives(STR(" \t\r\n\v\f"), STR(""));
	base64_gives(STR("Zg=="), STR("f"));
	base64_gives(STR("Zg"), STR("f"));
	base64_gives(STR("Zm8="), STR("fo"));
	base64_gives(STR("Zm8"), STR("fo"));
	base64_gives(STR("Zm9v"), STR("foo"));
	base64_gives(STR("Zm9vYmFy"), STR("foobar"));
	base64_gives(STR(" Z m9\nvYm\r\nFy "), STR("foobar"));
	base64_gives(STR("Zm8 = "), STR("fo"));
	base64_gives(STR("Zg= ="), STR("f"));
	base64_gives(STR("+/-_"), STR("\xfb\xff\xbf"));
	base64_gives(STR("HXYwAAEAAgCBww=="), STR("\x1dv0\0\1\0\2\0\x81\xc3"));
}

static void test_base64_refuses(void **state)
{
	static const char *const bad[] = { "Z", "Zm9vZ", "=", "==", "Zg===", "Zm8==", "Zm9v=",
		"Zm9v==", "Zg=", "Zg==Zg==", "Zm8=Zm9v", "Zm 9v\x01", "Zm9*", "Zm\x80v", "Z=g=",
		"Zm9v Z ", "Zm9vYmFy====" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		base64_refuses(bad[i]);
	struct buf b;
	buf_init(&b, 10);
	assert_false(base64_decode(STR("Zm9v\0"), &b));
	assert_int_equal(b.len, 0);
	buf_finish(&b);
}

static void test_base64_ceiling_counts_bytes(void **state)
{
	struct buf b;
	buf_init(&b, 6);
	assert_true(base64_decode(STR("Z m 9 v Y m F y"), &b));
	assert_int_equal(b.len, 6);
	buf_clear(&b);
	assert_false(base64_decode(STR("Zm9vYmFyZg"), &b));
	assert_true(b.failed);
	buf_finish(&b);
}

/* Every length and every place of a blank, there and back. */
static void test_base64_round_trip(void **state)
{
	uint8_t bytes[64];
	struct buf text, back;
	buf_init(&text, 200);
	buf_init(&back, 100);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 200);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct str in = { (const char *)bytes, len };
		buf_clear(&text);
		assert_true(base64_encode(in, &text));
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		for (size_t at = 0; at <= text.len; at++) {
			char spaced[200];
			memcpy(spaced, text.ptr, at);
			spaced[at] = '\n';
			memcpy(spaced + at + 1, text.ptr + at, text.len - at);
			buf_clear(&back);
			assert_true(base64_decode((struct str){ spaced, text.len + 1 }, &back));
			assert_true(str_eq(buf_str(&back), in));
		}
	}
	buf_finish(&text);
	buf_finish(&back);
}

static void test_base64_encode_known(void **state)
{
	struct buf b;
	buf_init(&b, 8);
	assert_true(base64_encode(STR("foob"), &b));
	assert_slice(buf_str(&b), "Zm9vYg==");
	assert_false(base64_encode(STR("f"), &b));
	assert_true(b.failed);
	buf_finish(&b);
}

static void test_hex(void **state)
{
	struct buf b;
	char out[9];
	buf_init(&b, 4);
	assert_true(hex_decode(STR(" 1b 40\n0Aff "), &b));
	assert_slice(buf_str(&b), "\x1b\x40\x0a\xff");
	assert_false(hex_decode(STR("00"), &b));
	buf_clear(&b);
	assert_false(hex_decode(STR("1b4"), &b));
	assert_false(hex_decode(STR("1 b"), &b));
	assert_false(hex_decode(STR("1g"), &b));
	assert_false(hex_decode(STR("1b@0"), &b));
	assert_int_equal(b.len, 0);
	hex_encode("\x00\x1b\xff\x7e", 4, out);
	assert_string_equal(out, "001bff7e");
	hex_encode("", 0, out);
	assert_string_equal(out, "");
	buf_finish(&b);
}

static const struct {
	const char *text;
	bool valid;
} utf8_cases[] = {
	{ "", true }, { "plain ASCII that is longer than a word", true },
	{ "\xc2\x80", true }, { "\xdf\xbf", true }, { "\xe0\xa0\x80", true },
	{ "\xed\x9f\xbf", true }, { "\xee\x80\x80", true }, { "\xef\xbf\xbf", true },
	{ "\xf0\x90\x80\x80", true }, { "\xf4\x8f\xbf\xbf", true }, { "12345678\xc3\xb1", true },
	{ "\x80", false }, { "\xbf", false }, { "\xc0\x80", false }, { "\xc1\xbf", false },
	{ "\xc2", false }, { "\xc2z", false }, { "\xe0\x9f\xbf", false }, { "\xe1\x80", false },
	{ "\xed\xa0\x80", false }, { "\xed\xbf\xbf", false }, { "\xf0\x8f\xbf\xbf", false },
	{ "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false }, { "\xff", false },
	{ "\xe2\x82z", false }, { "\xf0\x9f\x98z", false }, { "1234567\xff", false },
	{ "12345678\xe2\x82", false },
};

static void test_utf8_valid(void **state)
{
	for (size_t i = 0; i < sizeof(utf8_cases) / sizeof(*utf8_cases); i++)
		assert_int_equal(utf8_valid(str_of(utf8_cases[i].text)), utf8_cases[i].valid);
}

static void test_utf8_every_code_point(void **state)
{
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		char utf8[4];
		size_t at = 0, len = utf8_encode(code, utf8);
		uint32_t expected = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
		struct str s = { utf8, len };
		if (!utf8_valid(s) || utf8_next(s, &at) != expected || at != len)
			fail_msg("U+%04X", (unsigned)code);
	}
	char utf8[4];
	assert_int_equal(utf8_encode(0x110000, utf8), 3);
}

static void test_utf8_next_passes_bad_bytes_one_by_one(void **state)
{
	struct str s = STR("a\xe2\x82z");
	size_t at = 0;
	assert_int_equal(utf8_next(s, &at), 'a');
	assert_int_equal(utf8_next(s, &at), 0xfffd);
	assert_int_equal(at, 2);
	assert_int_equal(utf8_next(s, &at), 0xfffd);
	assert_int_equal(utf8_next(s, &at), 'z');
	assert_int_equal(at, 4);
}

static void test_printable(void **state)
{
	char out[6];
	text_printable("\x5f" "TM\x00-T\xff" "88", 9, 5, out);
	assert_string_equal(out, "_TM-T");
	text_printable("ab", 2, 5, out);
	assert_string_equal(out, "ab");
	text_printable(NULL, 0, 5, out);
	assert_string_equal(out, "");
}

static void test_cards(void **state)
{
	static const struct {
		const char *text, *masked;
	} cases[] = {
		{ "4111111111111111", "************1111" },
		{ "pan=4111111111111111;", "pan=************1111;" },
		{ "4111111111111112", "4111111111111112" },
		{ "4222222222222", "*********2222" },             /* 13 digits */
		{ "6304000000000000000", "***************0000" }, /* 19 digits */
		{ "411111111111", "411111111111" },               /* too short */
		{ "00000000000000000000", "00000000000000000000" }, /* 20 digits */
		{ "378282246310005 5555555555554444", "***********0005 ************4444" },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[64];
		strcpy(text, cases[i].text);
		text_mask_cards(text, strlen(text));
		assert_string_equal(text, cases[i].masked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_decode),
		cmocka_unit_test(test_base64_refuses),
		cmocka_unit_test(test_base64_ceiling_counts_bytes),
		cmocka_unit_test(test_base64_round_trip),
		cmocka_unit_test(test_base64_encode_known),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_utf8_valid),
		cmocka_unit_test(test_utf8_every_code_point),
		cmocka_unit_test(test_utf8_next_passes_bad_bytes_one_by_one),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_cards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
