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

static void test_star(void **state)
{
	(void)state;
	const struct language *l = &language_star;
	struct finding f = examine(l, STR("\x1B@\x1B\x1Dt\x20" "Caf\xE9\x1BI\x18\x1Bi\x01\x01x\n"
	    "\x1B*rA\x1B*rP0\0b\x02\0\x07\x1A\x1B*rB\x1B" "d3\x17"));
	assert_null(f.refused);
	assert_false(f.drawer);
	assert_true(examine(l, STR("a\x07")).drawer);
	assert_true(examine(l, STR("\x1A")).drawer);
	assert_true(examine(l, STR("\x1C")).drawer);
	assert_false(examine(l, STR("\x1B\x07\x14\x14")).drawer); /* its times only */
	assert_true(examine(l, STR("\x1B\x07\x14\x14\x07")).drawer);
	assert_string_equal(examine(l, STR("\x1B?\n\0")).refused, "ESC ?");
	assert_non_null(examine(l, STR("\x1B\x1D#W\x30\x30\n\0")).refused);
	assert_non_null(examine(l, STR("\x1B\x1Cq\x01")).refused);
	assert_null(examine(l, STR("\x1B\x1Cp\x01\0")).refused);
	/* Where the walk ends nobody knows what follows. */
	assert_string_equal(examine(l, STR("\x1B\x1D(\x03")).refused, "ESC GS ( 03");
	assert_non_null(examine(l, STR("\x1B")).refused);
	assert_non_null(examine(l, STR("\x1B" "b6\x32\x31\x50" "abc")).refused);
	assert_non_null(examine(l, STR("\x1B\x1DS\x01\x02\0\x02\0\0\xFF\xFF\xFF")).refused);
}

/* Within the counted bytes nothing is a command; behind them everything is. */
static void test_star_picture(void **state)
{
	(void)state;
	const struct language *l = &language_star;
	assert_false(examine(l, STR("\x1B\x1DS\x01\x02\0\x01\0\0\x07\x07")).drawer);
	assert_true(examine(l, STR("\x1B\x1DS\x01\x01\0\x01\0\0\x07\x07")).drawer);
	assert_false(examine(l, STR("\x1B*rAb\x02\0\x07\x1B\x1B*rB")).drawer);
	assert_true(examine(l, STR("\x1B*rAb\x01\0\x07\x1B*rBb\x01\0\x07")).drawer);
	assert_false(examine(l, STR("\x1Bk\x01\0\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07"
	    "\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07")).drawer);
}

static void test_epl(void **state)
{
	(void)state;
	const struct language *l = &language_epl;
	assert_null(examine(l, STR("\nN\nq400\nQ200,24\nA10,10,0,3,1,1,N,\"FK\"\nLO1,2,3,4\n"
	    "GW0,0,1,4,\nFK\nP2\n")).refused);
	assert_string_equal(examine(l, STR("N\nFK\"*\"\nP1\n")).refused, "FK");
	assert_string_equal(examine(l, STR("GW0,0,1,1,x\nGM\"A\"3\nabc")).refused, "GM");
	assert_string_equal(examine(l, STR("AUTOFR\n")).refused, "AU");
	assert_string_equal(examine(l, STR("^@\n")).refused, "^@");
	assert_string_equal(examine(l, STR("GW0,0,4,4,x\nP1\n")).refused, "GW");
	assert_string_equal(examine(l, STR("GW0,0,4\nP1\n")).refused, "GW");
}

static void test_text(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, 256);
	language_tspl.text(STR("TEXT 1,1,\"3\",0,1,1,\"Grün\"\r\nPRINT 1\r\n"), NULL, &out);
	language_zpl.text(STR("^XA^FH^FDa_5Eb^FS^FDc_5E^FS^XZ"), NULL, &out);
	assert_string_equal(buf_cstr(&out), "Grün\na^b\nc_5E\n");
	buf_clear(&out);
	language_epl.text(STR("N\nA10,10,0,3,1,1,N,\"Bon, 7\"\nP1\n"), NULL, &out);
	assert_string_equal(buf_cstr(&out), "Bon, 7\n");
	buf_clear(&out);
	language_star.text(STR("\x1B@\x1B\x1Dt\x20" "Caf\xE9\x1BI\x18\x1B*rAb\x03\0abc\x1B*rB"
	    "\x1B@\x82\x1B" "d3"), NULL, &out);
	assert_string_equal(buf_cstr(&out), "Café\né\n");
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tspl),
		cmocka_unit_test(test_tspl_picture),
		cmocka_unit_test(test_zpl),
		cmocka_unit_test(test_epl),
		cmocka_unit_test(test_star),
		cmocka_unit_test(test_star_picture),
		cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
