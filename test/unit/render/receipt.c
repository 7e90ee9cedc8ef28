/*
 * What the pictures of test/paper/receipt do not show: mistakes and their
 * places, ceilings, labels, sinks that refuse, encodings, odd bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "paper.h"
#include "render/cluster.h"

extern const struct engine_plug engine_text, engine_receipt, engine_receiptline;

struct outcome {
	enum err err;
	struct why why;
	struct render_note note;
	struct test_paper paper;
	char *log;
};

static struct outcome draw_with(const struct engine_plug *engine, struct str bytes,
    const struct render_options *o, unsigned fail_at)
{
	struct outcome out = { 0 };

	test_paper_init(&out.paper, o);
	out.paper.fail_at = fail_at;
	out.err = test_draw(engine, bytes, o, &out.paper, &out.note, &out.why);
	out.log = mem_strdup(buf_cstr(&out.paper.log));
	return out;
}

static struct outcome draw(const struct engine_plug *engine, const char *text)
{
	struct render_options o = test_options(engine->types[0], false);

	return draw_with(engine, str_of(text), &o, 0);
}

static void finish(struct outcome *out)
{
	test_paper_finish(&out->paper);
	free(out->log);
}

#define assert_says(engine, text, lines) do { \
	struct outcome out_ = draw(engine, text); \
	assert_int_equal(out_.err, E_OK); \
	assert_string_equal(out_.log, lines); \
	finish(&out_); \
} while (0)

#define PAGE "page 576 x 0\n"

static void text_lines(void **state)
{
	(void)state;
	assert_says(&engine_text, "", PAGE "end\n");
	assert_says(&engine_text, "a\r\n\nb", PAGE "text [a]\nfeed 24\ntext [b]\nend\n");
	assert_says(&engine_text, "\xef\xbb\xbf" "a\x1b@\x07" "b\tc",
	    PAGE "text [a@b     c]\nend\n");
	assert_says(&engine_text,
	    "one two three four five six seven eight nine ten eleven twelve",
	    PAGE "text [one two three four five six seven eight nine ten]\n"
	    "text [eleven twelve]\nend\n");
}

static void text_that_the_printer_lacks_is_drawn(void **state)
{
	(void)state;
	assert_says(&engine_text, "caf\xc3\xa9\n\xe6\x97\xa5\n",
	    PAGE "text [caf\xc3\xa9]\ndots 576 x 24\nend\n");
	assert_says(&engine_text, "bad \xff byte", PAGE "dots 576 x 24\nend\n");
}

static void text_in_other_encodings(void **state)
{
	struct render_options o = test_options(TYPE_TEXT, false);
	struct outcome out;

	(void)state;
	strcpy(o.encoding, "cp850");
	out = draw_with(&engine_text, STR("caf\x82"), &o, 0);
	assert_string_equal(out.log, PAGE "text [caf\xc3\xa9]\nend\n");
	finish(&out);
	strcpy(o.encoding, "no-such");
	out = draw_with(&engine_text, STR("x"), &o, 0);
	assert_int_equal(out.err, E_FIELD);
	assert_string_equal(out.why.field, "encoding");
	assert_int_equal(out.paper.count, 0);
	finish(&out);
}

static void receiptline_widths(void **state)
{
	(void)state;
	/* The columns that do not fit give way, the widest first. */
	assert_says(&engine_receiptline, "{width:100,2,10}\nx | 1| 5.00",
	    PAGE "text [x                                   1       5.00]\nend\n");
	assert_says(&engine_receiptline, "{width:*,,2,10}\na|b|c|d",
	    PAGE "text [                                 a  c d]\nend\n");
	assert_says(&engine_receiptline, "{width:5 5;align:right}\nab|cd\n---",
	    PAGE "text [                                        ab cd]\n"
	    "text [                                     "
	    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80"
	    "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80]\nend\n");
}

static void receiptline_mistakes_are_told(void **state)
{
	struct outcome out;

	(void)state;
	out = draw(&engine_receiptline, "a{b|c\n{command:\\x1b}\n{code:12;option:ean}\nok");
	assert_int_equal(out.err, E_OK);
	assert_int_equal(out.paper.steps[STEP_TEXT], 1);
	assert_non_null(strstr(out.note.warning, "line 1"));
	assert_non_null(strstr(out.note.warning, "line 2: commands"));
	assert_non_null(strstr(out.note.warning, "line 3: the code is left out"));
	finish(&out);
}

static void json_mistakes_have_places(void **state)
{
	static const struct {
		const char *text, *field, *part;
	} rows[] = {
		{ "[{\"columns\":[\"a\",{\"text\":\"x\",\"width\":\"3\"}]}]",
		    "blocks[0].columns[1].width", "must be a number of characters" },
		{ "[{\"text\":\"a\"},{\"text\":\"a\",\"bald\":true}]", "blocks[1]",
		    "did you mean bold?" },
		{ "[{\"barcode\":\"123\",\"type\":\"ean13\"}]", "blocks[0].barcode", "ean13" },
		{ "{\"blocks\":[{\"qr\":\"\"}]}", "blocks[0].qr", "not empty" },
		{ "[1]", "blocks[0]", "a string or an object" },
		{ "[{\"table\":[[\"a\"],[\"a\",\"b\"]]}]", "blocks[0].table[1]", "1 cells" },
		{ "{\"block\":[]}", "", "did you mean blocks?" },
		{ "[{\"text\":\"a\",\"size\":9}]", "blocks[0].size", "from 1 to 8" },
		{ "[{\"text\":\"a\",\"size\":[1,0]}]", "blocks[0].size[1]", "from 1 to 8" },
		{ "[{\"text\":[{\"text\":1}]}]", "blocks[0].text[0].text", "a string" },
		{ "[{\"image\":\"AAAA\"}]", "blocks[0].image", "no picture" },
		{ "[{\"rule\":\"thick\"}]", "blocks[0].rule", "solid, double, dashed or dotted" },
		{ "[{\"feed\":0}]", "blocks[0].feed", "from 1 to 100" },
		{ "7", "", "an array of blocks" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct outcome out = draw(&engine_receipt, rows[i].text);
		assert_int_equal(out.err, E_DOCUMENT);
		assert_string_equal(out.why.field, rows[i].field);
		assert_non_null(strstr(out.why.text, rows[i].part));
		assert_int_equal(out.paper.count, 0);
		finish(&out);
	}
}

static void json_mistake_in_the_last_block_prints_nothing(void **state)
{
	struct outcome out = draw(&engine_receipt, "[\"a\",\"b\",{\"barcode\":\"x\",\"type\":\"itf\"}]");

	(void)state;
	assert_int_equal(out.err, E_DOCUMENT);
	assert_int_equal(out.paper.count, 0);
	finish(&out);
}

static void drawer_needs_the_right(void **state)
{
	struct render_options o = test_options(TYPE_RECEIPT, false);
	struct str text = STR("[\"a\",{\"drawer\":5}]");
	struct outcome out = draw_with(&engine_receipt, text, &o, 0);

	(void)state;
	assert_int_equal(out.err, E_NOT_ALLOWED);
	assert_int_equal(out.paper.count, 0);
	finish(&out);
	o.drawer = true;
	out = draw_with(&engine_receipt, text, &o, 0);
	assert_string_equal(out.log, PAGE "text [a]\npulse 5\nend\n");
	finish(&out);
}

static void labels_are_pages(void **state)
{
	struct render_options o = test_options(TYPE_TEXT, true);
	struct outcome out;

	(void)state;
	o.abilities.label_height = 60;
	out = draw_with(&engine_text, STR("a\nb\nc\nd\ne"), &o, 0);
	assert_int_equal(out.err, E_OK);
	assert_int_equal(out.paper.steps[STEP_PAGE], 3);
	assert_int_equal(out.paper.steps[STEP_END], 3);
	finish(&out);
}

static void a_refusing_sink_ends_it(void **state)
{
	static const char text[] = "[\"a\",{\"columns\":[\"a\",\"b\"],\"border\":\"line\"},"
	    "{\"qr\":\"x\"},{\"cut\":true}]";
	struct render_options o = test_options(TYPE_RECEIPT, false);
	unsigned all;

	(void)state;
	struct outcome out = draw_with(&engine_receipt, STR(text), &o, 0);
	all = out.paper.count;
	finish(&out);
	for (unsigned i = 1; i <= all; i++) {
		out = draw_with(&engine_receipt, STR(text), &o, i);
		assert_int_equal(out.err, E_CANCELLED);
		assert_int_equal(out.paper.count, i);
		finish(&out);
	}
}

static void too_long_ends_with_an_error(void **state)
{
	struct render_options o = test_options(TYPE_TEXT, false);
	struct buf text;

	(void)state;
	buf_init(&text, 4u << 20);
	for (int i = 0; i < 2000; i++)
		buf_puts(&text, "line\n");
	struct outcome out = draw_with(&engine_text, buf_str(&text), &o, 0);
	assert_int_equal(out.err, E_TOO_LARGE);
	finish(&out);
	buf_clear(&text);
	for (int i = 0; i < 30000; i++)
		buf_puts(&text, "x");
	out = draw_with(&engine_text, buf_str(&text), &o, 0);
	assert_int_equal(out.err, E_OK);
	assert_int_equal(out.paper.steps[STEP_TEXT], 625);
	finish(&out);
	buf_finish(&text);
}

static void ascii_lines_where_there_are_no_boxes(void **state)
{
	static const char *const latin[] = { "cp1252", NULL };
	struct render_options o = test_options(TYPE_RECEIPTLINE, false);
	struct outcome out;

	(void)state;
	o.abilities.codepages = latin;
	out = draw_with(&engine_receiptline, STR("{border:line;width:2 3;align:left}\n|a|b|"), &o, 0);
	assert_string_equal(out.log, PAGE "text [+--+---+]\ntext [| a| b |]\ntext [+--+---+]\nend\n");
	finish(&out);
}

static void clusters(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		unsigned cells;
		bool shaped;
	} rows[] = {
		{ "ab", 1, 1, false }, { "e\xcc\x81x", 3, 1, false }, { "\xe6\x97\xa5x", 3, 2, false },
		{ "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab", 8, 2, false },
		{ "\xe2\x9d\xa4\xef\xb8\x8fx", 6, 2, false }, { "\xd7\xa9x", 2, 0, true },
		{ "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9x", 11, 2, false },
		{ "\xe2\x80\x8bx", 3, 0, false }, { "", 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cluster c = cluster_next(str_of(rows[i].text), 0);
		assert_int_equal(c.len, rows[i].len);
		assert_int_equal(c.cells, rows[i].cells);
		assert_int_equal(c.shaped, rows[i].shaped);
	}
	assert_true(cluster_is_rtl(str_of("12 \xd7\xa9 a")));
	assert_false(cluster_is_rtl(str_of("12 a \xd7\xa9")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_lines),
		cmocka_unit_test(text_that_the_printer_lacks_is_drawn),
		cmocka_unit_test(text_in_other_encodings),
		cmocka_unit_test(receiptline_widths),
		cmocka_unit_test(receiptline_mistakes_are_told),
		cmocka_unit_test(json_mistakes_have_places),
		cmocka_unit_test(json_mistake_in_the_last_block_prints_nothing),
		cmocka_unit_test(drawer_needs_the_right),
		cmocka_unit_test(labels_are_pages),
		cmocka_unit_test(a_refusing_sink_ends_it),
		cmocka_unit_test(too_long_ends_with_an_error),
		cmocka_unit_test(ascii_lines_where_there_are_no_boxes),
		cmocka_unit_test(clusters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
