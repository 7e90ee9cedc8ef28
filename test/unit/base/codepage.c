/* Text for printers: every page, what it lacks, and what never passes. */
#include "unit.h"

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"

static void encodes(const char *page, const char *text, const char *bytes)
{
	struct buf out;

	buf_init(&out, 256);
	assert_true(codepage_encode(codepage_find(str_of(page)), str_of(text), &out));
	assert_int_equal(out.len, strlen(bytes));
	assert_memory_equal(out.ptr, bytes, out.len);
	buf_finish(&out);
}

static void test_pages(void **state)
{
	static const struct {
		const char *page, *text, *bytes;
	} cases[] = {
		{ "cp437", "aÇñß£¥", "a\x80\xa4\xe1\x9c\x9d" },
		{ "cp437", "€ø", "??" },
		{ "cp850", "ø×Ãı", "\x9b\x9e\xc7\xd5" },
		{ "cp852", "łŁőŽ", "\x88\x9d\x8b\xa6" },
		{ "cp858", "€øü", "\xd5\x9b\x81" },
		{ "cp858", "ı", "?" },
		{ "cp866", "Щи№ё", "\x99\xa8\xfc\xf1" },
		{ "CP1252", "€’ü", "\x80\x92\xfc" },
		{ "cp1252", "\uFFFDя", "??" },
		{ "cp858", "寿🍕e\u0301", "??e?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		encodes(cases[i].page, cases[i].text, cases[i].bytes);
}

static void test_no_command_passes(void **state)
{
	static const char *const pages[] = { "cp437", "cp850", "cp852", "cp858", "cp866", "cp1252" };
	struct buf text, out;
	char utf8[4];

	(void)state;
	buf_init(&text, 4096);
	for (uint32_t code = 0; code < 0x400; code++)
		buf_add(&text, utf8, utf8_encode(code, utf8));
	buf_init(&out, 4096);
	for (size_t p = 0; p < COUNT_OF(pages); p++) {
		buf_clear(&out);
		assert_true(codepage_encode(codepage_find(str_of(pages[p])), buf_str(&text), &out));
		for (size_t i = 0; i < out.len; i++)
			assert_true(out.ptr[i] == '\n' || (out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f));
	}
	buf_finish(&text);
	buf_finish(&out);
}

static void test_ceiling(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 3);
	assert_false(codepage_encode(codepage_find(STR("cp437")), STR("four"), &out));
	buf_finish(&out);
	assert_null(codepage_find(STR("cp932")));
	assert_null(codepage_find(STR_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_no_command_passes),
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
