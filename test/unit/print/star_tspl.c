/*
 * Star's packet and TSPL's byte as tables, and both languages against printers
 * that answer by a script.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/worker.h"
#include "lang/star_reply.h"
#include "lang/tspl_reply.h"
#include "sys/clock.h"
#include "voice.h"

static void check_facts(const char *what, const struct facts *f, const char *expected)
{
	char got[32] = "";
	enum tri value;
	for (unsigned i = 0; facts_at(f, i, &value); i++)
		got[i] = "-ny"[value];
	if (strcmp(got, expected))
		fail_msg("%s: %s", what, got);
}

static void test_star_packets(void **state)
{
	static const struct {
		const char *hex, *facts;
		int counter;
		unsigned foreign;
	} rows[] = {
		{ "23 86 00 00 00 00 00 00 00", "yynnnnnn-n", 0, 0 },
		{ "0F 06 00 00 00 00 00", "yynnnnnn-n", STAR_NO_COUNTER, 0 },
		{ "23 86 04 00 00 00 00 00 00", "yynnnnnn-y", 0, 0 },
		{ "23 86 28 00 00 00 00 00 00", "nynynnnn-n", 0, 0 },
		{ "23 86 08 08 00 00 00 00 00", "nynnynnn-n", 0, 0 },
		{ "23 86 08 04 00 00 00 00 00", "nynnnynn-n", 0, 0 },
		{ "23 86 08 20 00 00 00 00 00", "nynnnnyn-n", 0, 0 },
		{ "23 86 08 40 00 00 00 00 00", "nynnnnny-n", 0, 0 },
		{ "23 86 00 00 00 04 00 00 00", "yyynnnnn-n", 0, 0 },
		{ "23 86 08 00 00 0C 00 00 00", "nnynnnnn-n", 0, 0 },
		{ "23 86 00 00 00 00 00 6E 00", "yynnnnnn-n", 31, 0 },
		{ "23 86 00 00 00 00 00 22 00", "yynnnnnn-n", 9, 0 },
		{ "FF 12 00 23 86 00 00 00 00 00 00 00", "yynnnnnn-n", 0, 3 },
		{ "23 86 00 23 86 00 00 00 00 00 02 00", "yynnnnnn-n", 1, 3 },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct star_reply r;
		struct facts f = { 0 };
		bool whole = false;
		star_reply_init(&r);
		for (const char *at = rows[i].hex; *at;) {
			char *end;
			assert_false(whole);
			whole = star_reply_feed(&r, (uint8_t)strtoul(at, &end, 16));
			at = end;
		}
		assert_true(whole);
		star_reply_facts(&r, &f);
		check_facts(rows[i].hex, &f, rows[i].facts);
		assert_int_equal(star_reply_counter(&r), rows[i].counter);
		assert_int_equal(r.foreign, rows[i].foreign);
	}
	(void)state;
}

static void test_tspl_bytes(void **state)
{
	static const struct {
		uint8_t b;
		const char *facts;
	} rows[] = {
		{ 0x00, "yy-n-n-n--" },
		{ 0x20, "yy-n-n-n--" },
		{ 0x01, "yy-y-n-n--" },
		{ 0x02, "yy-n-y-n--" },
		{ 0x04, "yn-n-n-n--" },
		{ 0x08, "yy-n-y-n--" },
		{ 0x10, "ny-n-n-n--" },
		{ 0x40, "yy-n-y-n--" },
		{ 0x80, "yy-n-n-y--" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct facts f = { 0 };
		tspl_reply_facts(rows[i].b, &f);
		check_facts("tspl", &f, rows[i].facts);
		assert_int_equal(tspl_reply_printing(rows[i].b), rows[i].b == 0x20);
	}
	(void)state;
}

/* --- on a wire --------------------------------------------------------------------- */

static struct outcome out;
/* Whatever it is given becomes one line of dots. */
static enum err draw(const struct document *doc, const struct render_options *o, int cancel_fd,
    const struct sheet_sink *sink, struct render_note *note, struct why *why)
{
	static const uint8_t dots[] = { 0x17, 0xff, 0x1d, 'r' };
	const struct step steps[] = {
		{ .kind = STEP_PAGE, .width = 32 },
		{ .kind = STEP_DOTS, .width = 32, .height = 1, .stride = 4, .black = dots },
		{ .kind = STEP_END },
	};
	enum err err = E_OK;
	for (size_t i = 0; i < COUNT_OF(steps) && !err; i++)
		err = sink->put(&steps[i], sink->arg, why);
	return err;
}

static const struct renderer renderer = { .render = draw };
static const struct press_paper paper = {
	.renderer = &renderer, .abilities = { .width_dots = 576, .dpi = 203 },
};
static const struct press_calls calls = { .paper = &paper };

static void run(const struct language *language, const struct line *script, struct order *order)
{
	struct link_options o = { .wire = { 1000, 1000, 500, -1 } };
	struct link link;
	char uri[64];
	struct why why;
	struct peer *peer = voice_start(script);
	snprintf(uri, sizeof(uri), "socket://127.0.0.1:%u", peer->port);
	assert_int_equal(link_init(&link, uri, &o, &why), E_OK);
	print_run(&link, language, order, &calls, &out);
	link_close(&link);
	peer_stop(peer);
	order_destroy(order);
}

static void ask(const struct language *language, const struct line *script, bool proof)
{
	struct order *order = order_create(ORDER_POLL);
	order->wish.proof = proof;
	run(language, script, order);
	assert_int_equal(out.err, E_OK);
}

static void print_as(const char *type, const struct language *language,
    const struct line *script, enum proof proof, const char *bytes)
{
	struct order *order = order_create(ORDER_PRINT);
	struct buf b;
	buf_init(&b, 64);
	buf_puts(&b, bytes);
	order->doc = document_create(type, &b, NULL, 1);
	order->job_kind = KIND_PRINT;
	order->job = 1;
	order->marked = true;
	order->ticket = ticket_default();
	order->proof = proof;
	order->proof_timeout = 700;
	run(language, script, order);
}

static void print(const struct language *language, const struct line *script, enum proof proof,
    const char *bytes)
{
	print_as(TYPE_RAW, language, script, proof, bytes);
}

#define ASK "1B 06 01"
#define STAR(counter) "23 86 00 00 00 00 00 " counter " 00"

static void test_star_poll(void **state)
{
	static const struct line none[] = { { NULL, NULL } };
	static const struct line out_of_paper[] = {
		{ ASK, "23 86 08 00 00 0C 00 00 00", .apart = 2 }, { NULL, NULL } };
	static const struct line counts[] = { { ASK, STAR("02"), .times = 1 },
		{ ASK, STAR("02"), .times = 1 }, { ASK, STAR("04") }, { NULL, NULL } };
	static const struct line counts_not[] = { { ASK, STAR("02") }, { NULL, NULL } };
	ask(&language_star, none, true);
	assert_false(out.answer.valid);
	ask(&language_star, out_of_paper, true);
	check_facts("paper", &out.answer.facts, "nnynnnnn-n");
	assert_int_equal(out.answer.proof, PROOF_UNKNOWN);
	ask(&language_star, counts, true);
	assert_int_equal(out.answer.proof, PROOF_COUNTER);
	ask(&language_star, counts_not, true);
	assert_int_equal(out.answer.proof, PROOF_STATUS);
	(void)state;
}

static void check(enum err err, enum verdict verdict, enum evidence evidence)
{
	if (out.err != err)
		fail_msg("%s: %s", err_name(out.err), out.why.text);
	assert_int_equal(out.verdict, verdict);
	assert_int_equal(out.evidence, evidence);
}

static void test_star_confirm(void **state)
{
	static const struct line counted[] = { { ASK, STAR("6E"), .times = 3 },
		{ ASK, STAR("00") }, { NULL, NULL } };
	static const struct line never[] = { { ASK, STAR("6E") }, { NULL, NULL } };
	static const struct line held[] = {
		{ ASK, "23 86 08 00 00 0C 00 00 00" }, { NULL, NULL } };
	print(&language_star, counted, PROOF_COUNTER, "receipt");
	check(E_OK, VERDICT_DONE, EVIDENCE_PRINTED);
	print(&language_star, never, PROOF_COUNTER, "receipt");
	check(E_UNCONFIRMED, VERDICT_DOUBT, EVIDENCE_NONE);
	print(&language_star, held, PROOF_COUNTER, "receipt");
	check(E_PAPER, VERDICT_HOLD, EVIDENCE_NONE);
	assert_int_equal(out.sent, 0);
	print(&language_star, never, PROOF_COUNTER, "an ETB\x17 of its own");
	check(E_OK, VERDICT_DONE, EVIDENCE_STATUS);
	print(&language_star, never, PROOF_STATUS, "receipt");
	check(E_OK, VERDICT_DONE, EVIDENCE_STATUS);
	/* of a document that is drawn, its own bytes are not on the wire */
	print_as(TYPE_TEXT, &language_star, counted, PROOF_COUNTER, "no ETB\x17 of its own");
	check(E_OK, VERDICT_DONE, EVIDENCE_PRINTED);
	(void)state;
}

static void test_tspl(void **state)
{
	static const struct line ready[] = { { "1B 21 3F", "00" }, { NULL, NULL } };
	static const struct line prints[] = { { "1B 21 3F", "00", .times = 1 },
		{ "1B 21 3F", "20", .times = 3 }, { "1B 21 3F", "00" }, { NULL, NULL } };
	static const struct line stuck[] = { { "1B 21 3F", "00", .times = 1 },
		{ "1B 21 3F", "20" }, { NULL, NULL } };
	static const struct line open[] = { { "1B 21 3F", "01" }, { NULL, NULL } };
	static const struct line none[] = { { NULL, NULL } };
	ask(&language_tspl, ready, true);
	assert_true(out.answer.valid);
	assert_int_equal(out.answer.proof, PROOF_STATUS);
	ask(&language_tspl, none, true);
	assert_false(out.answer.valid);
	print(&language_tspl, prints, PROOF_STATUS, "PRINT 1,1\r\n");
	check(E_OK, VERDICT_DONE, EVIDENCE_STATUS);
	print(&language_tspl, stuck, PROOF_STATUS, "PRINT 1,1\r\n");
	check(E_UNCONFIRMED, VERDICT_DOUBT, EVIDENCE_NONE);
	print(&language_tspl, open, PROOF_STATUS, "PRINT 1,1\r\n");
	check(E_COVER, VERDICT_HOLD, EVIDENCE_NONE);
	print(&language_tspl, none, PROOF_STATUS, "PRINT 1,1\r\n");
	check(E_OK, VERDICT_DONE, EVIDENCE_SENT);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_star_packets),
		cmocka_unit_test(test_tspl_bytes),
		cmocka_unit_test(test_star_poll),
		cmocka_unit_test(test_star_confirm),
		cmocka_unit_test(test_tspl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
