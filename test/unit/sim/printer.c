/* Faults, time and power: what the body does while bytes come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "rig.h"

#define FENCE "\x1d(H\x06\x00\x30\x30" "ABCD"
#define ECHO "\x37\x22" "ABCD"
#define RASTER_8x100 "\x1dv0\x00\x01\x00\x64\x00"

static void assert_replies(struct rig *r, const char *bytes, size_t len)
{
	assert_int_equal(r->replies.len, len);
	assert_memory_equal(r->replies.ptr, bytes, len);
}
#define ASSERT_REPLIES(r, literal) assert_replies((r), (literal), sizeof(literal) - 1)

static bool seen(struct buf *b, const char *text)
{
	return strstr(buf_cstr(b), text) != NULL;
}

static void send_rows(struct rig *r, unsigned rows)
{
	uint8_t row = 0xff;

	while (rows--)
		rig_send(r, &row, 1);
}

/* The reset comes after exactly N bytes, however they were sent. */
static void reset_at_every_byte(void **state)
{
	static const char job[] = "\x1b@one\n\x1dv0\x00\x02\x00\x04\x00" "12345678\x1dV\x00" FENCE;
	char script[64];
	struct rig r;

	(void)state;
	for (size_t n = 0; n <= sizeof job - 1; n++) {
		for (size_t cut = 0; cut < sizeof job - 1; cut++) {
			snprintf(script, sizeof script, "at byte %zu reset", n);
			rig_open(&r, "full", script);
			rig_send(&r, job, cut);
			rig_send(&r, job + cut, sizeof job - 1 - cut);
			assert_string_equal(buf_cstr(&r.wires), "R");
			assert_int_equal(r.printer.bytes_total, n);
			assert_int_equal(r.printer.in.len, 0);
			rig_close(&r);
		}
	}
}

static void at_fires_once_and_every_on_each_connection(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at byte 3 reset\nevery byte 5 close");
	SEND(&r, "abcdefgh");
	assert_string_equal(buf_cstr(&r.wires), "R");
	for (unsigned i = 0; i < 2; i++) {
		printer_disconnected(&r.printer, r.now_us, "reset");
		printer_connected(&r.printer, r.now_us);
		SEND(&r, "abcdefgh");
	}
	assert_string_equal(buf_cstr(&r.wires), "RCC");
	assert_int_equal(r.printer.bytes_total, 3 + 5 + 5);
	rig_close(&r);
}

/* An interrupted picture goes on eating what the next host sends... */
static void half_a_picture_survives_the_connection(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", NULL);
	SEND(&r, RASTER_8x100);
	send_rows(&r, 60);
	printer_disconnected(&r.printer, r.now_us, "reset");
	printer_connected(&r.printer, r.now_us);
	send_rows(&r, 40);
	SEND(&r, "next\n\x1dV\x00");
	assert_true(seen(&r.papers, "\"height\":100"));
	assert_true(seen(&r.papers, "\"text\":\"next\""));
	rig_close(&r);
}

/* ...unless the interface board forgets it. */
static void a_board_that_forgets(void **state)
{
	struct printer_options options = { .number = 9100, .model = model_find("full"),
		.width_dots = 576, .buffer_bytes = 65536, .draw = true, .forget = true };
	struct rig r;

	(void)state;
	rig_open_with(&r, &options, NULL);
	SEND(&r, RASTER_8x100);
	send_rows(&r, 60);
	printer_disconnected(&r.printer, r.now_us, "reset");
	printer_connected(&r.printer, r.now_us);
	SEND(&r, "next\n\x1dV\x00");
	assert_true(seen(&r.papers, "\"text\":\"next\",\"x\":0,\"y\":60"));
	rig_close(&r);
}

static void paper_ends_in_a_picture_and_goes_on(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at row 40 paper-out\nafter 2s paper-in");
	SEND(&r, RASTER_8x100);
	send_rows(&r, 100);
	SEND(&r, "\x1dV\x00" FENCE "\x10\x04\x04");
	assert_int_equal(r.printer.paper.rows, 40);
	ASSERT_REPLIES(&r, "\x7e");
	assert_int_equal(r.count, 0);
	rig_wait(&r, 1999);
	assert_int_equal(r.count, 0);
	rig_wait(&r, 1);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.last.height_dots, 100);
	ASSERT_REPLIES(&r, "\x7e" ECHO "\x00");
	rig_close(&r);
}

static void cutter_jam_waits_for_a_person(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at cut 2 cutter-error");
	SEND(&r, "one\n\x1dV\x00two\n\x1dV\x00three\n\x1dV\x00");
	assert_int_equal(r.count, 1);
	rig_do(&r, "recover");
	assert_int_equal(r.count, 3);
	rig_close(&r);
}

static void receive_buffer_fills(void **state)
{
	struct printer_options options = { .number = 9100, .model = model_find("full"),
		.width_dots = 576, .buffer_bytes = 100, .draw = true };
	struct rig r;

	(void)state;
	rig_open_with(&r, &options, "stall");
	assert_true(printer_accepts(&r.printer));
	for (unsigned i = 0; i < 100; i++)
		SEND(&r, "a");
	assert_false(printer_accepts(&r.printer));
	SEND(&r, "\x10\x04\x01"); /* obeyed even so */
	ASSERT_REPLIES(&r, "\x12");
	rig_do(&r, "stall off");
	assert_true(printer_accepts(&r.printer));
	assert_int_equal(r.printer.in.len, 0);
	rig_close(&r);
}

static void echoes_lost_late_and_wrong(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "lost-echo 1");
	SEND(&r, FENCE);
	assert_int_equal(r.replies.len, 0);
	rig_do(&r, "late-echo 3000");
	SEND(&r, FENCE);
	rig_wait(&r, 2999);
	assert_int_equal(r.replies.len, 0);
	rig_wait(&r, 1);
	ASSERT_REPLIES(&r, ECHO "\x00");
	rig_do(&r, "late-echo 0");
	rig_do(&r, "wrong-echo");
	buf_clear(&r.replies);
	SEND(&r, FENCE);
	ASSERT_REPLIES(&r, "\x37\x22ZBCD\x00");
	rig_close(&r);
}

static void reset_between_paper_and_echo(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at echo 1 reset");
	SEND(&r, "paid\n\x1dV\x00" FENCE);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.replies.len, 0);
	assert_string_equal(buf_cstr(&r.wires), "R");
	rig_close(&r);
}

/* 8 dots per mm: 800 rows at 100 mm/s take a second, and the echo waits. */
static void paper_takes_time(void **state)
{
	struct printer_options options = { .number = 9100, .model = model_find("full"),
		.width_dots = 576, .buffer_bytes = 65536, .draw = true, .speed_mm_s = 100 };
	struct rig r;

	(void)state;
	rig_open_with(&r, &options, NULL);
	SEND(&r, "\x1dv0\x00\x01\x00\x20\x03");
	send_rows(&r, 800);
	SEND(&r, FENCE);
	rig_wait(&r, 500);
	assert_in_range(r.printer.paper.rows, 400, 420);
	rig_wait(&r, 480);
	assert_int_equal(r.replies.len, 0);
	rig_wait(&r, 30);
	ASSERT_REPLIES(&r, ECHO "\x00");
	rig_close(&r);
}

static void slow_wire(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "slow 10");
	for (unsigned i = 0; i < 100; i++)
		SEND(&r, "\r");
	rig_wait(&r, 5000);
	assert_in_range(r.printer.bytes_total, 49, 52);
	rig_wait(&r, 6000);
	assert_int_equal(r.printer.bytes_total, 100);
	rig_close(&r);
}

static void third_job_is_silent(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at job 3 silent");
	for (unsigned i = 0; i < 4; i++)
		SEND(&r, "\x1b@job\n\x1dV\x00" FENCE);
	assert_int_equal(r.count, 4);
	ASSERT_REPLIES(&r, ECHO "\x00" ECHO "\x00");
	rig_close(&r);
}

static void power_cycle_in_the_middle_of_a_picture(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "at row 40 power-cycle 500");
	SEND(&r, "\x1b" "E\x01" RASTER_8x100);
	send_rows(&r, 100);
	assert_string_equal(buf_cstr(&r.wires), "rD");
	assert_int_equal(r.printer.in.len, 0);
	printer_disconnected(&r.printer, r.now_us, "reset");
	rig_wait(&r, 500);
	assert_string_equal(buf_cstr(&r.wires), "rDL");
	printer_connected(&r.printer, r.now_us);
	SEND(&r, "after\n\x1dV\x00");
	assert_true(seen(&r.papers, "\"text\":\"after\",\"x\":0,\"y\":40"));
	assert_true(seen(&r.papers, "\"bold\":false"));
	rig_close(&r);
}

static void interleaved_replies_hold_the_same_bytes(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "interleave");
	SEND(&r, FENCE);
	ASSERT_REPLIES(&r, "\x10\x00\x00\x00\x11\x37\x11\x22"
	    "\x11" "A\x11" "B\x11" "C\x11" "D\x11\x00");
	rig_do(&r, "interleave off");
	rig_do(&r, "garble-status");
	buf_clear(&r.replies);
	SEND(&r, FENCE);
	assert_int_equal(r.replies.len, 7);
	assert_memory_not_equal(r.replies.ptr, ECHO, 6);
	rig_close(&r);
}

static void a_roll_without_cuts_is_cut_by_itself(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", NULL);
	for (unsigned i = 0; i < 2700; i++)
		SEND(&r, "\x1bJ\x4b");
	assert_int_equal(r.count, 1);
	assert_true(seen(&r.papers, "\"cut\":\"none\",\"torn\":false"));
	assert_in_range(r.last.height_dots, 199900, 200000);
	rig_close(&r);
}

static void scripts_are_checked(void **state)
{
	static const struct {
		const char *text, *want;
	} wrong[] = {
		{ "paper-outt", "s:1: unknown action \"paper-outt\", did you mean \"paper-out\"?" },
		{ "# fine\n\nat row x reset", "s:3: \"row\" needs a number from 1" },
		{ "at row 0 reset", "s:1: \"row\" needs a number from 1" },
		{ "at page 1 reset", "s:1: unknown count \"page\": byte, row, job, cut, kick, "
		    "echo or connection" },
		{ "after soon reset", "s:1: \"after\" needs a time such as 500ms or 2s" },
		{ "slow", "s:1: \"slow\" needs a number up to 10^9" },
		{ "reset 5", "s:1: \"reset\" takes no argument" },
		{ "silent maybe", "s:1: \"on\" or \"off\" expected, not \"maybe\"" },
		{ "slow 5 6", "s:1: nothing may follow \"5\"" },
		{ "printer 9100 reset", "s:1: \"printer\" needs a port and a colon" },
		{ "at", "s:1: unknown count \"\": byte, row, job, cut, kick, echo or connection" },
		{ "always", "s:1: unknown action \"\"" },
	};
	struct script *script;
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		assert_int_equal(script_parse(str_of(wrong[i].text), "s", &script, &why), E_FIELD);
		assert_string_equal(why.text, wrong[i].want);
	}
}

static void every_action_has_its_place(void **state)
{
	struct script *script;
	struct rig r;
	char line[64];
	struct why why;

	(void)state;
	rig_open(&r, "full", NULL);
	for (unsigned i = 0; fault_action_name(i); i++) {
		snprintf(line, sizeof line, "%s %s", fault_action_name(i),
		    strcmp(fault_action_name(i), "serial") == 0 ? "X1" : "1");
		if (fault_do(&r.printer, str_of(line), &why) == E_OK)
			continue;
		snprintf(line, sizeof line, "every job 2 %s", fault_action_name(i));
		assert_int_equal(script_parse(str_of(line), "s", &script, &why), E_OK);
		script_destroy(script);
		rig_do(&r, fault_action_name(i));
	}
	rig_close(&r);
}

static void one_script_for_many_printers(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, "full", "printer 9101: paper-out\nprinter 9100: cover-open");
	assert_false(r.printer.status.paper_out);
	assert_true(r.printer.status.cover_open);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reset_at_every_byte),
		cmocka_unit_test(at_fires_once_and_every_on_each_connection),
		cmocka_unit_test(half_a_picture_survives_the_connection),
		cmocka_unit_test(a_board_that_forgets),
		cmocka_unit_test(paper_ends_in_a_picture_and_goes_on),
		cmocka_unit_test(cutter_jam_waits_for_a_person),
		cmocka_unit_test(receive_buffer_fills),
		cmocka_unit_test(echoes_lost_late_and_wrong),
		cmocka_unit_test(reset_between_paper_and_echo),
		cmocka_unit_test(paper_takes_time),
		cmocka_unit_test(slow_wire),
		cmocka_unit_test(third_job_is_silent),
		cmocka_unit_test(power_cycle_in_the_middle_of_a_picture),
		cmocka_unit_test(interleaved_replies_hold_the_same_bytes),
		cmocka_unit_test(a_roll_without_cuts_is_cut_by_itself),
		cmocka_unit_test(scripts_are_checked),
		cmocka_unit_test(every_action_has_its_place),
		cmocka_unit_test(one_script_for_many_printers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
