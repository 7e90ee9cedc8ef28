/*
 * Steps, requests and endings as bytes: what is written is read back the same,
 * and nothing shorter, longer or out of range is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/sheet.h"
#include "render/message.h"

static const uint8_t dots[] = { 0xff, 0xff, 0x80, 0x01 };
static const struct run runs[] = {
	{ .text = STR_INIT("Gr\xc3\xbc\xc3\x9f" "e"), .bold = true, .wide = 2, .high = 1 },
	{ .text = STR_INIT("2.40"), .font_b = true, .underline = true, .invert = true, .red = true,
	  .wide = 8, .high = 8 },
};

static const struct step steps[] = {
	{ .kind = STEP_PAGE, .width = 576, .height = 800, .gap = 24 },
	{ .kind = STEP_DOTS, .width = 11, .height = 2, .stride = 2, .align = ALIGN_CENTER, .black = dots },
	{ .kind = STEP_DOTS, .width = 16, .height = 1, .stride = 2, .black = dots, .red = dots + 2 },
	{ .kind = STEP_FEED, .height = 24 },
	{ .kind = STEP_TEXT, .align = ALIGN_END, .runs = runs, .run_count = 2 },
	{ .kind = STEP_TEXT },
	{ .kind = STEP_CODE, .symbology = 11, .content = STR_INIT("https://x"), .module = 4, .level = 2,
	  .hri = true, .height = 80 },
	{ .kind = STEP_CUT, .cut = CUT_FULL },
	{ .kind = STEP_PULSE, .pin = 5 },
	{ .kind = STEP_BEEP, .times = 3 },
	{ .kind = STEP_END },
};

static void write_step(const struct step *s, struct buf *out)
{
	buf_init(out, STEP_BYTES_MAX);
	step_write(s, out);
}

static void test_there_and_back(void **state)
{
	struct run room[STEP_RUNS_MAX];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct step s;
		struct buf a, b;
		write_step(&steps[i], &a);
		assert_int_equal(step_read(buf_str(&a), &s, room, NULL), E_OK);
		assert_int_equal(s.kind, steps[i].kind);
		write_step(&s, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.ptr, b.ptr, a.len);
		buf_finish(&a);
		buf_finish(&b);
	}
}

static void test_dots_end_at_their_width(void **state)
{
	struct run room[STEP_RUNS_MAX];
	struct step s;
	struct buf a;
	(void)state;
	write_step(&steps[1], &a);
	assert_int_equal(step_read(buf_str(&a), &s, room, NULL), E_OK);
	assert_int_equal(s.black[1], 0xe0); /* 11 of 16 dots */
	a.ptr[a.len - 1] |= 1;
	assert_int_equal(step_read(buf_str(&a), &s, room, NULL), E_FIELD);
	buf_finish(&a);
}

static void test_every_cut_is_refused(void **state)
{
	struct run room[STEP_RUNS_MAX];
	struct step s;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct buf a;
		write_step(&steps[i], &a);
		for (size_t len = 0; len < a.len; len++)
			assert_int_equal(step_read(str_head(buf_str(&a), len), &s, room, NULL),
			    E_FIELD);
		buf_add_byte(&a, 0);
		assert_int_equal(step_read(buf_str(&a), &s, room, NULL), E_FIELD);
		buf_finish(&a);
	}
}

static void refuse(struct step s)
{
	struct run room[STEP_RUNS_MAX];
	struct step out;
	struct buf a;
	write_step(&s, &a);
	assert_int_equal(step_read(buf_str(&a), &out, room, NULL), E_FIELD);
	buf_finish(&a);
}

static void test_ranges(void **state)
{
	static const struct run control = { .text = STR_INIT("a\x1b@"), .wide = 1, .high = 1 };
	static const struct run broken = { .text = STR_INIT("\xc3"), .wide = 1, .high = 1 };
	static const struct run huge = { .text = STR_INIT("a"), .wide = 9, .high = 1 };
	static uint8_t rows[STEP_ROWS_MAX + 1];
	(void)state;
	refuse((struct step){ .kind = STEP_PAGE });
	refuse((struct step){ .kind = STEP_FEED });
	refuse((struct step){ .kind = STEP_FEED, .height = SHEET_ROWS_MAX + 1 });
	refuse((struct step){ .kind = STEP_CUT });
	refuse((struct step){ .kind = STEP_PULSE, .pin = 3 });
	refuse((struct step){ .kind = STEP_BEEP });
	refuse((struct step){ .kind = STEP_CODE, .symbology = 11, .module = 3 });
	refuse((struct step){ .kind = STEP_TEXT, .runs = &control, .run_count = 1 });
	refuse((struct step){ .kind = STEP_TEXT, .runs = &broken, .run_count = 1 });
	refuse((struct step){ .kind = STEP_TEXT, .runs = &huge, .run_count = 1 });
	refuse((struct step){ .kind = STEP_DOTS, .width = 8, .height = STEP_ROWS_MAX + 1,
	    .stride = 1, .black = rows });
}

static void test_order(void **state)
{
	const struct step page = { .kind = STEP_PAGE }, feed = { .kind = STEP_FEED, .height = 9000 },
	    end = { .kind = STEP_END };
	struct tally t = { 0 };
	(void)state;
	assert_int_equal(tally_step(&t, &feed, NULL), E_FIELD);
	assert_int_equal(tally_step(&t, &page, NULL), E_OK);
	assert_int_equal(tally_step(&t, &page, NULL), E_FIELD);
	assert_int_equal(tally_step(&t, &feed, NULL), E_OK);
	assert_int_equal(tally_step(&t, &end, NULL), E_OK);
	assert_int_equal(tally_step(&t, &page, NULL), E_OK);
	assert_int_equal(tally_step(&t, &feed, NULL), E_OK);
	assert_int_equal(tally_step(&t, &feed, NULL), E_TOO_LARGE); /* of the whole document */
}

static void test_request(void **state)
{
	static const char *const pages[] = { "cp437", "cp858", NULL };
	struct render_request in = { .options = {
		.abilities = { .width_dots = 576, .dpi = 203, .columns = 48, .codepages = pages },
		.engine = ENGINE_STRICT, .halftone = HALFTONE_ATKINSON, .threshold = 99,
		.width_dots = 384, .scripts = true, .raster = true, .drawer = true, .wall_ms = 1234,
	}, .key = { 1, 2, 3 } };
	struct render_request *out = mem_alloc(sizeof(*out));
	struct buf a, b;
	(void)state;
	str_copy(in.options.type, sizeof(in.options.type), STR(TYPE_HTML));
	str_copy(in.options.encoding, sizeof(in.options.encoding), STR("cp1252"));
	buf_init(&a, REQUEST_BYTES_MAX);
	buf_init(&b, REQUEST_BYTES_MAX);
	request_write(&in, &a);
	assert_int_equal(request_read(buf_str(&a), out, NULL), E_OK);
	assert_string_equal(out->options.abilities.codepages[1], "cp858");
	request_write(out, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.ptr, b.ptr, a.len);
	for (size_t len = 0; len < a.len; len++)
		assert_int_not_equal(request_read(str_head(buf_str(&a), len), out, NULL), E_OK);
	buf_finish(&a);
	buf_finish(&b);
	free(out);
}

static void test_ending(void **state)
{
	struct ending in = { .err = E_DOCUMENT, .handover = true }, out;
	struct buf a;
	(void)state;
	why_field(&in.why, "blocks[3]", E_DOCUMENT, "Broken");
	str_copy(in.note.warning, sizeof(in.note.warning), STR("left out"));
	buf_init(&a, ENDING_BYTES_MAX);
	ending_write(&in, &a);
	assert_int_equal(ending_read(buf_str(&a), &out, NULL), E_OK);
	assert_int_equal(out.err, E_DOCUMENT);
	assert_string_equal(out.why.field, "blocks[3]");
	assert_string_equal(out.why.text, "Broken");
	assert_string_equal(out.note.warning, "left out");
	assert_true(out.handover);
	for (size_t len = 0; len < a.len; len++)
		assert_int_equal(ending_read(str_head(buf_str(&a), len), &out, NULL), E_FIELD);
	buf_finish(&a);
}

/* How a document is to be drawn is kept with its job. */
static void test_ticket(void **state)
{
	struct ticket in = ticket_default(), out;
	struct buf json;
	(void)state;
	in.threshold = 99;
	in.width_dots = 384;
	in.scripts = in.raster = in.open_drawer = in.drawer_allowed = true;
	str_copy(in.encoding, sizeof(in.encoding), STR("cp1252"));
	assert_true(ticket_choose(&in, "engine", STR("strict")));
	assert_true(ticket_choose(&in, "halftone", STR("blue-noise")));
	assert_false(ticket_choose(&in, "halftone", STR("strict")));
	assert_false(ticket_choose(&in, "colour", STR("red")));
	buf_init(&json, 4096);
	ticket_write(&in, &json);
	assert_true(ticket_read(buf_str(&json), &out));
	assert_int_equal(out.engine, ENGINE_STRICT);
	assert_int_equal(out.halftone, HALFTONE_BLUE_NOISE);
	assert_int_equal(out.threshold, 99);
	assert_int_equal(out.width_dots, 384);
	assert_string_equal(out.encoding, "cp1252");
	assert_true(out.scripts && out.raster && out.open_drawer && out.drawer_allowed);
	buf_clear(&json);
	in = ticket_default();
	ticket_write(&in, &json);
	assert_string_equal(buf_cstr(&json), "{}");
	buf_finish(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_dots_end_at_their_width),
		cmocka_unit_test(test_every_cut_is_refused), cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_order), cmocka_unit_test(test_request),
		cmocka_unit_test(test_ending), cmocka_unit_test(test_ticket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
