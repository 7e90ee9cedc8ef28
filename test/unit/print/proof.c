/*
 * Jobs that are to be proven, on the simulated printer (sim/printer.h) behind a
 * real socket: what is held before a byte has left, what the printer's word is
 * worth, and what becomes of a job that met trouble; paper is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/worker.h"
#include "sim_peer.h"
#include "sys/clock.h"

#define LONG_PATIENCE 10000

#define RECEIPT "Total 50.95\n\n\n"
#define OWN_QUESTION "Total\n\x1Dr\1" "50.95\n\n\n"

static struct order *order;
static struct outcome out;
static struct press_calls calls;
static struct sim_seen seen;
static unsigned papers; /* of all printers of a test */
static int64_t took;

static int setup(void **state)
{
	order = order_create(ORDER_PRINT);
	order->job_kind = KIND_PRINT;
	order->job = 1;
	order->marked = true;
	order->ticket = ticket_default();
	order->ticket.cut = CUT_PARTIAL;
	order->proof = PROOF_PROCESS_ID;
	order->proof_timeout = LONG_PATIENCE;
	memcpy(order->token, "aB3x", 4);
	papers = 0;
	(void)state;
	return 0;
}

static int teardown(void **state)
{
	order_destroy(order);
	order = NULL;
	(void)state;
	return 0;
}

static void put_document(const char *bytes, size_t len)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_add(&b, bytes, len);
	order->doc = document_create(TYPE_ESCPOS, &b, NULL, 1);
}

static void print_on(const char *model, const char *script)
{
	struct link_options o = { .wire = { 1000, 1000, 500, -1 } };
	struct link paper;
	char uri[64];
	struct why why;

	if (!order->doc)
		put_document(RECEIPT, sizeof(RECEIPT) - 1);
	struct peer *peer = sim_peer_start(model, script);
	snprintf(uri, sizeof(uri), "socket://127.0.0.1:%u", peer->port);
	assert_int_equal(link_init(&paper, uri, &o, &why), E_OK);
	paper.torn = false; /* what a probe has shown; test/flow/proof_test.py has the other case */
	int64_t before = clock_mono();
	print_run(&paper, &language_escpos, order, &calls, &out);
	took = clock_mono() - before;
	if (out.err && out.reached)
		link_abort(&paper);
	else
		link_rest(&paper);
	sim_peer_stop(peer, &seen);
	papers += seen.papers;
}

static void check(enum err err, enum verdict verdict, enum evidence evidence)
{
	if (out.err != err)
		fail_msg("%s: %s", err_name(out.err), out.why.text);
	assert_int_equal(out.verdict, verdict);
	assert_int_equal(out.evidence, evidence);
}

static void check_held(enum err err)
{
	check(err, VERDICT_HOLD, EVIDENCE_NONE);
	assert_int_equal(out.sent, 0);
	assert_int_equal(papers, 0);
	assert_true(out.answer.valid);
	assert_true(out.why.text[0]);
}

static void check_doubt(enum err err)
{
	check(err, VERDICT_DOUBT, EVIDENCE_NONE);
	assert_true(out.sent > 0);
	assert_true(out.why.text[0]);
}

static void check_printed(enum evidence evidence)
{
	check(E_OK, VERDICT_DONE, evidence);
	assert_int_equal(papers, 1);
	assert_true(seen.drained);
}

static void test_process_id(void **state)
{
	print_on("full", NULL);
	check_printed(EVIDENCE_PRINTED);
	assert_true(took < 900);
	assert_true(out.answer.valid);
	assert_int_equal(out.answer.facts.online, TRI_YES);
	assert_int_equal(out.answer.facts.drawer_high, TRI_NO);
	(void)state;
}

static void test_process_id_in_pieces(void **state)
{
	print_on("full", "always interleave");
	check_printed(EVIDENCE_PRINTED);
	(void)state;
}

static void test_process_id_late(void **state)
{
	print_on("full", "always late-echo 1500");
	check_printed(EVIDENCE_PRINTED);
	assert_true(took >= 1500);
	(void)state;
}

static void test_process_id_lost(void **state)
{
	order->proof_timeout = 300;
	print_on("full", "always lost-echo");
	check_doubt(E_UNCONFIRMED);
	assert_int_equal(papers, 1);
	(void)state;
}

/* That the printer is well proves nothing: reliability.md row 20. */
static void test_process_id_lost_though_all_is_well(void **state)
{
	order->proof_timeout = 1500;
	print_on("full", "always lost-echo");
	check_doubt(E_UNCONFIRMED);
	assert_int_equal(out.answer.facts.paper_loaded, TRI_YES);
	assert_true(took < 4000);
	(void)state;
}

static void test_process_id_of_somebody_else(void **state)
{
	order->proof_timeout = 300;
	print_on("full", "always wrong-echo");
	check_doubt(E_UNCONFIRMED);
	(void)state;
}

static void test_wire_breaks_before_the_word(void **state)
{
	print_on("full", "at echo 1 reset");
	check_doubt(E_UNCONFIRMED);
	assert_true(took < 5000);
	print_on("full", "at echo 1 close");
	check_doubt(E_UNCONFIRMED);
	(void)state;
}

static void test_ordered(void **state)
{
	order->proof = PROOF_ORDERED;
	print_on("clone", NULL);
	check_printed(EVIDENCE_ORDERED);
	assert_int_equal(out.answer.facts.paper_loaded, TRI_YES);
	(void)state;
}

/* The document's own answers come first: none of them is our word. */
static void test_ordered_with_questions_of_its_own(void **state)
{
	order->proof = PROOF_ORDERED;
	order->ticket.copies = 2;
	put_document(OWN_QUESTION, sizeof(OWN_QUESTION) - 1);
	print_on("clone", NULL);
	check(E_OK, VERDICT_DONE, EVIDENCE_ORDERED);
	assert_int_equal(papers, 2);
	papers = 0;
	order->proof_timeout = 300;
	print_on("clone", "at row 200 stall"); /* both answers are there */
	check_doubt(E_UNCONFIRMED);
	(void)state;
}

/* What may be read in two ways may ask more or less often than we think. */
static void test_ordered_in_doubt(void **state)
{
	static const char odd[] = "\x1B\x7E\x1D\x28\x7A\4\0\x1Dr\1.\n";
	order->proof = PROOF_ORDERED;
	put_document(odd, sizeof(odd) - 1);
	print_on("clone", NULL);
	check(E_OK, VERDICT_DONE, EVIDENCE_STATUS);
	(void)state;
}

static void test_status(void **state)
{
	order->proof = PROOF_STATUS;
	print_on("basic", NULL);
	check_printed(EVIDENCE_STATUS);
	(void)state;
}

static void test_status_unanswered(void **state)
{
	order->proof = PROOF_STATUS;
	print_on("mute", NULL);
	check_printed(EVIDENCE_SENT);
	assert_false(out.answer.valid);
	assert_true(took < 2000);
	(void)state;
}

static void test_no_proof_no_question(void **state)
{
	static const enum proof none[] = { PROOF_UNKNOWN, PROOF_NONE };
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		order->proof = none[i];
		papers = 0;
		print_on("full", "always paper-low");
		check_printed(EVIDENCE_SENT);
		assert_false(out.answer.valid);
		assert_int_equal(seen.replies, 0);
	}
	(void)state;
}

static void test_held_before(void **state)
{
	static const struct {
		const char *script;
		enum err err;
	} causes[] = {
		{ "always paper-out", E_PAPER },
		{ "always cover-open", E_COVER },
		{ "always mechanical-error", E_PRINTER },
		{ "always fatal-error", E_PRINTER },
		{ "always head-hot", E_PRINTER },
	};
	for (size_t i = 0; i < COUNT_OF(causes); i++) {
		print_on("full", causes[i].script);
		check_held(causes[i].err);
		assert_int_equal(seen.bytes, 0);
	}
	print_on("full", "always offline");
	check(E_OFFLINE, VERDICT_RETRY, EVIDENCE_NONE);
	assert_int_equal(out.sent, 0);
	(void)state;
}

/* Low is not out; and a question that is not answered holds nothing back. */
static void test_not_held_before(void **state)
{
	print_on("full", "always paper-low");
	check_printed(EVIDENCE_PRINTED);
	assert_int_equal(out.answer.facts.paper_low, TRI_YES);
	papers = 0;
	order->proof = PROOF_STATUS;
	print_on("full", "always garble-status");
	check_printed(EVIDENCE_SENT);
	(void)state;
}

static void test_beep_and_pulse_ask_nothing(void **state)
{
	order->job_kind = KIND_KICK;
	order->ticket.drawer_pin = 2;
	print_on("full", "always paper-out");
	check(E_OK, VERDICT_DONE, EVIDENCE_SENT);
	assert_int_equal(seen.replies, 0);
	(void)state;
}

static unsigned told;
static struct poll_answer last_told[4];

static void on_heard(void *arg, const struct poll_answer *answer)
{
	assert_true(told < COUNT_OF(last_told));
	last_told[told++] = *answer;
	(void)arg;
}

/* People see why a job waits, while it does. */
static void test_told_while_it_waits(void **state)
{
	told = 0;
	order->proof_timeout = 1200;
	calls.heard = on_heard;
	print_on("full", "at row 40 paper-out\nafter 1800ms paper-in");
	calls.heard = NULL;
	check_printed(EVIDENCE_PRINTED);
	assert_int_equal(told, 2);
	assert_int_equal(last_told[0].facts.paper_loaded, TRI_NO);
	assert_int_equal(last_told[1].facts.paper_loaded, TRI_YES);
	(void)state;
}

static void test_paper_out_then_resumed(void **state)
{
	static const enum proof each[] = { PROOF_PROCESS_ID, PROOF_ORDERED };
	order->proof_timeout = 1200;
	for (size_t i = 0; i < COUNT_OF(each); i++) {
		papers = 0;
		order->proof = each[i];
		print_on("full", "at row 40 paper-out\nafter 2500ms paper-in");
		check_printed(i ? EVIDENCE_ORDERED : EVIDENCE_PRINTED);
		assert_true(took >= 2500);
	}
	(void)state;
}

static void test_status_waits_until_paper_is_back(void **state)
{
	order->proof = PROOF_STATUS;
	order->proof_timeout = 1200;
	print_on("basic", "at row 40 paper-out\nafter 1500ms paper-in");
	check_printed(EVIDENCE_STATUS);
	assert_true(took >= 1500);
	(void)state;
}

static void test_paper_out_for_good(void **state)
{
	order->proof_timeout = 150;
	print_on("full", "at row 40 paper-out");
	check_doubt(E_PAPER);
	order->proof_timeout = 1200;
	print_on("full", "at row 40 paper-out\nafter 1500ms silent");
	check_doubt(E_PAPER);
	assert_int_equal(out.answer.facts.paper_loaded, TRI_NO);
	assert_int_equal(papers, 0);
	(void)state;
}

static void test_cover_opened_in_print(void **state)
{
	order->proof_timeout = 1200;
	print_on("full", "at row 40 cover-open\nafter 1500ms cover-close");
	check_printed(EVIDENCE_PRINTED);
	(void)state;
}

static void test_power_cycle_in_print(void **state)
{
	order->proof_timeout = 2000;
	print_on("full", "at row 40 paper-out\nafter 1500ms power-cycle");
	check_doubt(E_UNCONFIRMED);
	assert_int_equal(papers, 0);
	(void)state;
}

/* The paper is out: the evidence stays, and the next job hears of the cutter. */
static void test_cutter_jams_behind_it(void **state)
{
	print_on("full", "at echo 1 cutter-error");
	check(E_OK, VERDICT_DONE, EVIDENCE_PRINTED);
	assert_int_equal(papers, 1);
	assert_int_equal(out.answer.facts.cutter_error, TRI_YES);
	papers = 0;
	order->proof_timeout = 1200;
	print_on("full", "at cut 1 cutter-error\nafter 1500ms recover");
	check_printed(EVIDENCE_PRINTED);
	(void)state;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(process_id),
		TEST(process_id_in_pieces),
		TEST(process_id_late),
		TEST(process_id_lost),
		TEST(process_id_lost_though_all_is_well),
		TEST(process_id_of_somebody_else),
		TEST(wire_breaks_before_the_word),
		TEST(ordered),
		TEST(ordered_with_questions_of_its_own),
		TEST(ordered_in_doubt),
		TEST(status),
		TEST(status_unanswered),
		TEST(no_proof_no_question),
		TEST(held_before),
		TEST(not_held_before),
		TEST(beep_and_pulse_ask_nothing),
		TEST(told_while_it_waits),
		TEST(paper_out_then_resumed),
		TEST(status_waits_until_paper_is_back),
		TEST(paper_out_for_good),
		TEST(cover_opened_in_print),
		TEST(power_cycle_in_print),
		TEST(cutter_jams_behind_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
