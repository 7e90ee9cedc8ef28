/*
 * The byte policy of label languages: what a raw job may do, and that pictures do not
 * hide commands from it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/lang.h"

static struct finding examine(const struct language *l, struct str bytes)
{
	struct document doc = { .bytes = (uint8_t *)(uintptr_t)bytes.ptr, .len = bytes.len };
	struct finding f;
	l->examine(&doc, &f);
	return f;
}

static void test_tspl(void **state)
{
	(void)state;
	const struct language *l = &language_tspl;
	struct finding f = examine(l, STR("SIZE 40 mm,30 mm\r\nCLS\r\nTEXT 1,1,\"3\",0,1,1,\"KILL\"\r\n"
	    "PRINT 1\r\n"));
	assert_null(f.refused);
	assert_null(f.unknown);
	assert_false(f.drawer);
	assert_string_equal(examine(l, STR("cls\nkill \"*\"\n")).refused, "KILL");
	assert_string_equal(examine(l, STR("DOWNLOAD F,\"A\",3,abc")).refused, "DOWNLOAD");
	assert_true(examine(l, STR("CASHDRAWER 0,50,50\r\n")).drawer);
	assert_string_equal(examine(l, STR("NOSUCH 1\r\n")).unknown, "NOSUCH");
	assert_non_null(examine(l, STR("\x1B!R")).refused);
	assert_non_null(examine(l, STR("TEXT 1,1,\"\x1B!R\"\r\n")).refused);
	assert_null(examine(l, STR("\x1B!?")).refused);
}

/* Within the counted bytes nothing is a command; behind them everything is. */
static void test_tspl_picture(void **state)
{
	(void)state;
	assert_null(examine(&language_tspl, STR("BITMAP 0,0,1,6,0,\nKILL\nPRINT 1\n")).refused);
	assert_string_equal(examine(&language_tspl, STR("BITMAP 0,0,1,1,0,x\nKILL \"*\"\n")).refused,
	    "KILL");
	assert_non_null(examine(&language_tspl, STR("BITMAP 0,0,1,1,0,xKILL\n")).unknown);
}

static void test_zpl(void **state)
{
	(void)state;
	const struct language *l = &language_zpl;
	struct finding f = examine(l, STR("^XA^FO1,1^A0N,30,30^FDabc^FS^GFA,2,2,1,FF00^FS^XZ\n"));
	assert_null(f.refused);
	assert_null(f.unknown);
	assert_string_equal(examine(l, STR("^XA^JUS^XZ")).refused, "^JU");
	assert_string_equal(examine(l, STR("~dgR:A.GRF,1,1,00")).refused, "~DG");
	assert_string_equal(examine(l, STR("^XA^CC/ /XZ")).refused, "^CC");
	assert_string_equal(examine(l, STR("^XA^QQ1^XZ")).unknown, "^QQ");
	assert_string_equal(examine(l, STR("! U1 setvar \"ip.addr\" \"1\"\r\n")).refused, "! (SGD)");
	assert_null(examine(l, STR("^XA^GFB,4,4,4,^JUS^FS^XZ")).refused);
	assert_string_equal(examine(l, STR("^XA^GFB,1,1,1,x^JUS^XZ")).refused, "^JU");
}

static void test_text(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 256);
	language_tspl.text(STR("TEXT 1,1,\"3\",0,1,1,\"Grün\"\r\nPRINT 1\r\n"), NULL, &out);
	language_zpl.text(STR("^XA^FH^FDa_5Eb^FS^FDc_5E^FS^XZ"), NULL, &out);
	assert_string_equal(buf_cstr(&out), "Grün\na^b\nc_5E\n");
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tspl),
		cmocka_unit_test(test_tspl_picture),
		cmocka_unit_test(test_zpl),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
