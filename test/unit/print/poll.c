/*
 * Polls against printers that answer by a script: the table and the rules of
 * the Print Bridge contract, identity, the probe for proof; and on a worker: a
 * poll gives way.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/worker.h"
#include "net/loop.h"
#include "sys/clock.h"
#include "voice.h"

#define EOT1 "10 04 01"
#define EOT2 "10 04 02"
#define EOT3 "10 04 03"
#define EOT4 "10 04 04"
#define PROBE "1D 28 48 06 00 30 30 3F 7E 3F 7E"
#define FINE { EOT1, "12" }, { EOT2, "12" }, { EOT4, "12" }
#define NAMED { "1D 49 42", "5F 45 50 00" }, { "1D 49 43", "5F 54 4D 00" }, \
	{ "1D 49 44", "5F 58 31 32 33 34 00" }, { "1D 49 41", "5F 31 2E 30 00" }

static struct peer *peer;
static struct peer heard; /* a copy of it, once all is over */
static struct link paper;
static struct outcome out;
static const struct press_calls no_calls;
static int64_t took;

static void open_link(const struct line *script, bool keep_open)
{
	struct link_options o = { .wire = { 1000, 1000, 200, -1 }, .keep_open = keep_open };
	char uri[64];
	struct why why;
	peer = voice_start(script);
	snprintf(uri, sizeof(uri), "socket://127.0.0.1:%u", peer->port);
	assert_int_equal(link_init(&paper, uri, &o, &why), E_OK);
}

static void ask(const struct poll_wish *wish)
{
	struct order *order = order_create(ORDER_POLL);
	int64_t before = clock_mono();
	order->wish = *wish;
	print_run(&paper, &language_escpos, order, &no_calls, &out);
	took = clock_mono() - before;
	order_destroy(order);
	link_rest(&paper);
}

static void finish(void)
{
	link_finish(&paper);
	peer_await(peer, paper.opens);
	heard = *peer;
	peer_stop(peer);
}

static void poll_once(const struct line *script, const struct poll_wish *wish)
{
	open_link(script, false);
	ask(wish);
	finish();
}

static const struct poll_wish plain;

static void check_facts(const char *expected)
{
	char got[32] = "";
	enum tri value;
	for (unsigned i = 0; facts_at(&out.answer.facts, i, &value); i++)
		got[i] = "-ny"[value];
	assert_int_equal(out.err, E_OK);
	assert_true(out.answer.valid);
	assert_string_equal(got, expected);
}

static void test_rounds(void **state)
{
	static const struct {
		const char *one, *two, *four, *facts;
	} rounds[] = {
		{ "12", "12", "12", "yynnnnnnnn" },
		{ "16", "12", "12", "yynnnnnnny" },
		{ "12", "12", "1E", "yyynnnnnnn" },
		{ "1A", "16", "12", "nynynnnnnn" },
		{ "1A", "32", "7E", "nnynnnnnnn" },
		{ "1A", "12", "72", "nnnnnnnnnn" },
		{ "11 12", "13 12 11", "11 11 12", "yynnnnnnnn" },
		{ "10 00 00 0F 12", "12", "12", "yynnnnnnnn" },
		{ "12", "3C 00 00 0F 12", "12", "yynnnnnnnn" },
		{ "12", "11 30 13 00 11 0C 0F 12", "12", "yynnnnnnnn" },
		{ "FF 00 12", "41 12", "5F 12 00 12", "yynnnnnnnn" },
	};
	for (size_t i = 0; i < COUNT_OF(rounds); i++) {
		for (unsigned apart = 0; apart < 2; apart++) {
			const struct line script[] = {
				{ EOT1, rounds[i].one, .apart = apart },
				{ EOT2, rounds[i].two, .apart = apart },
				{ EOT4, rounds[i].four, .apart = apart },
				{ NULL, NULL },
			};
			poll_once(script, &plain);
			check_facts(rounds[i].facts);
			assert_int_equal(heard.len, 9);
		}
	}
	(void)state;
}

static void test_no_telemetry(void **state)
{
	static const struct line silent[] = { { NULL, NULL } };
	static const struct line garbled[] = {
		{ EOT1, "00 FF 41" }, { EOT2, "12" }, { NULL, NULL } };
	static const struct line late[] = { { EOT1, "12", .delay = 1300 }, { NULL, NULL } };
	static const struct line broken[] = { { EOT1, "", .dies = true }, { NULL, NULL } };
	static const struct line *const all[] = { silent, garbled, late, broken };
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		poll_once(all[i], &(struct poll_wish){ true, true, true, false });
		assert_int_equal(out.err, E_OK);
		assert_true(out.reached);
		assert_false(out.answer.valid);
		assert_int_equal(out.answer.proof, PROOF_UNKNOWN);
		assert_int_equal(heard.len, 3);
		assert_true(took < 1500);
	}
	(void)state;
}

/* A later answer that is missing leaves its fields alone; what comes then is
 * taken in the order in which it was asked for. */
static void test_missing_and_late(void **state)
{
	static const struct line missing[] = { { EOT1, "12" }, { EOT4, "72" }, { NULL, NULL } };
	static const struct line late[] = {
		{ EOT1, "12" }, { EOT2, "16", .delay = 1100 }, { EOT4, "12" }, { NULL, NULL } };
	static const struct line breaks[] = {
		{ EOT1, "12" }, { EOT2, "", .dies = true }, { NULL, NULL } };
	poll_once(missing, &plain);
	check_facts("ynn-----nn");
	poll_once(late, &plain);
	check_facts("yyn-----nn");
	poll_once(breaks, &plain);
	check_facts("y-------nn");
	(void)state;
}

static void test_cause_of_error(void **state)
{
	static const struct line cutter[] = {
		{ EOT1, "1A" }, { EOT2, "52" }, { EOT4, "12" }, { EOT3, "1A" }, { NULL, NULL } };
	static const struct line over[] = { FINE, { EOT3, "12" }, { NULL, NULL } };
	poll_once(cutter, &plain);
	check_facts("nynnynnnnn");
	poll_once(over, &(struct poll_wish){ .errors = true });
	check_facts("yynnnnnnnn");
	assert_int_equal(voice_asked(&heard, EOT3), 1);
	(void)state;
}

static void check_identity(const char *maker, const char *model, const char *serial,
    const char *firmware)
{
	assert_string_equal(out.answer.identity.manufacturer, maker);
	assert_string_equal(out.answer.identity.model, model);
	assert_string_equal(out.answer.identity.serial, serial);
	assert_string_equal(out.answer.identity.firmware, firmware);
	assert_int_equal(out.answer.identity.known, maker[0] || model[0] || serial[0] || firmware[0]);
}

static const struct poll_wish who = { .identity = true };

static void test_identity(void **state)
{
	static const struct line whole[] = { FINE, NAMED, { NULL, NULL } };
	static const struct line odd[] = { FINE, { "1D 49 42", "5F 00" },
		{ "1D 49 43", "11 5F 07 54 13 C4 4D 7F 00" }, { "1D 49 44", "5F 31 32 33 34 00" },
		{ "1D 49 41", "5F 41 00", .apart = 2 }, { NULL, NULL } };
	static const struct line offline[] = {
		{ EOT1, "1A" }, { EOT2, "16" }, { EOT4, "12" }, NAMED, { NULL, NULL } };
	poll_once(whole, &who);
	check_identity("EP", "TM", "****1234", "1.0");
	poll_once(odd, &who);
	check_identity("", "TM", "****", "A");
	poll_once(offline, &who);
	check_identity("", "", "", "");
	assert_int_equal(voice_asked(&heard, "1D 49 42"), 0);
	(void)state;
}

static void test_identity_partly_silent(void **state)
{
	static const struct line one[] = { FINE, { "1D 49 43", "5F 54 4D 00" },
		{ "1D 49 44", "5F 58 00" }, { "1D 49 41", "5F 31 00" }, { NULL, NULL } };
	static const struct line none[] = { FINE, { NULL, NULL } };
	poll_once(one, &who);
	check_identity("", "TM", "****", "1");
	poll_once(none, &who);
	check_identity("", "", "", "");
	assert_int_equal(voice_asked(&heard, "1D 49 43"), 1);
	assert_int_equal(voice_asked(&heard, "1D 49 44"), 0);
	(void)state;
}

/* The first answer comes when the second is asked for: it is the first's. */
static void test_identity_late(void **state)
{
	static const struct line late[] = { FINE,
		{ "1D 49 42", "5F 45 50 00", .delay = 1200 }, { "1D 49 43", "5F 54 4D 00" },
		{ "1D 49 44", "5F 58 00" }, { "1D 49 41", "5F 31 00" }, { NULL, NULL } };
	poll_once(late, &who);
	check_identity("", "TM", "****", "1");
	(void)state;
}

static void test_proof(void **state)
{
	static const struct poll_wish all = { .identity = true, .proof = true };
	static const struct line process_id[] = { FINE, NAMED,
		{ PROBE, "37 22 3F 7E 3F 7E 00" }, { NULL, NULL } };
	static const struct line foreign[] = { FINE, NAMED,
		{ PROBE, "37 22 41 42 43 44 00" }, { "1D 72 01", "00" }, { NULL, NULL } };
	static const struct line ordered[] = { FINE, NAMED, { "1D 72 01", "00" }, { NULL, NULL } };
	static const struct line status[] = { FINE, NAMED, { NULL, NULL } };
	static const struct line nameless[] = { FINE, { PROBE, "37 22 3F 7E 3F 7E 00" },
		{ NULL, NULL } };
	static const struct line no_paper[] = { { EOT1, "12" }, { EOT2, "12" }, { EOT4, "72" },
		NAMED, { NULL, NULL } };
	static const struct {
		const struct line *script;
		enum proof proof;
		unsigned probes;
	} cases[] = {
		{ process_id, PROOF_PROCESS_ID, 1 },
		{ foreign, PROOF_ORDERED, 1 },
		{ ordered, PROOF_ORDERED, 1 },
		{ status, PROOF_STATUS, 1 },
		{ nameless, PROOF_STATUS, 0 },
		{ no_paper, PROOF_UNKNOWN, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		poll_once(cases[i].script, &all);
		assert_int_equal(out.answer.proof, cases[i].proof);
		assert_int_equal(voice_asked(&heard, "1D 28 48"), cases[i].probes);
	}
	(void)state;
}

/* What a late printer says between two polls is not the second one's answer. */
static void test_kept_open(void **state)
{
	static const struct line script[] = {
		{ EOT1, "12", .times = 1 }, { EOT2, "12", .times = 1 },
		{ EOT4, "12 16 16 16", .times = 1 },
		{ EOT1, "1A" }, { EOT2, "16" }, { EOT4, "12" }, { NULL, NULL } };
	open_link(script, true);
	ask(&plain);
	check_facts("yynnnnnnnn");
	usleep(50000); /* the rest comes in one piece with the answer: only the reading is late */
	ask(&plain);
	check_facts("nynynnnnnn");
	assert_int_equal(paper.opens, 1);
	finish();
	(void)state;
}

/* A link that may still be answered is not kept. */
static void test_kept_open_after_silence(void **state)
{
	static const struct line script[] = {
		{ EOT1, "16", .times = 1, .delay = 1300 },
		{ EOT1, "12" }, { EOT2, "12" }, { EOT4, "12" }, { NULL, NULL } };
	open_link(script, true);
	ask(&plain);
	assert_false(out.answer.valid);
	ask(&plain);
	check_facts("yynnnnnnnn");
	assert_int_equal(paper.opens, 2);
	finish();
	(void)state;
}

static void test_no_status_in_this_language(void **state)
{
	static const struct line script[] = { { NULL, NULL } };
	open_link(script, false);
	struct order *order = order_create(ORDER_POLL);
	print_run(&paper, &language_raw, order, &no_calls, &out);
	assert_int_equal(out.err, E_UNSUPPORTED);
	order_destroy(order);
	link_abort(&paper);
	finish();
	(void)state;
}

/* --- on a worker ------------------------------------------------------------------ */

static struct loop *loop;
static struct worker *worker;
static struct timer *ticker;
static struct report reports[8];
static size_t count, expected;
static int64_t posted_at, printed_after;

static void on_stopped(void *arg)
{
	timer_destroy(ticker);
	loop_stop(loop);
	(void)arg;
}

static void on_report(const struct report *r, void *arg)
{
	reports[count++] = *r;
	if (r->kind == ORDER_PRINT)
		printed_after = clock_mono() - posted_at;
	if (count == expected)
		worker_stop(worker, 1000, on_stopped, NULL);
	(void)arg;
}

static void post_print(void *arg)
{
	struct order *o = order_create(ORDER_PRINT);
	struct buf b;
	buf_init(&b, 16);
	buf_puts(&b, "receipt");
	o->job_kind = KIND_PRINT;
	o->job = 1;
	o->marked = true;
	o->ticket = ticket_default();
	o->doc = document_create(TYPE_ESCPOS, &b, NULL, 1);
	posted_at = clock_mono();
	worker_post(worker, o);
	(void)arg;
}

static void (*serve)(struct peer *p, int fd) = voice_serve;
static bool keep_open;
static size_t unasked; /* reports expected besides */

static void run_worker(const struct line *script, unsigned polls, int64_t print_after)
{
	struct worker_options options = {
		.name = "kitchen",
		.language = &language_escpos,
		.link = { .wire = { 2000, 2000, 2000, -1 }, .cooldown = 50,
		    .keep_open = keep_open },
	};
	struct why why;
	count = 0;
	expected = polls + 1 + unasked;
	loop = loop_create();
	voice_script(script);
	peer = peer_start(serve, 0);
	snprintf(options.uri, sizeof(options.uri), "socket://127.0.0.1:%u", peer->port);
	assert_int_equal(worker_create(loop, &options, on_report, NULL, &worker, &why), E_OK);
	for (unsigned i = 0; i < polls; i++)
		worker_post(worker, order_create(ORDER_POLL));
	ticker = timer_create_on(loop, post_print, NULL);
	timer_arm(ticker, print_after, 0);
	loop_run(loop);
	loop_destroy(loop);
	peer_await(peer, keep_open ? 1 : 2);
	heard = *peer;
	peer_stop(peer);
}

static void test_gives_way(void **state)
{
	static const struct line silent[] = { { NULL, NULL } };
	run_worker(silent, 3, 100);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(reports[i].outcome.err, E_CANCELLED);
	assert_int_equal(reports[3].outcome.err, E_OK);
	assert_true(printed_after < 500); /* a poll alone would take a second */
	assert_int_equal(voice_asked(&heard, EOT1), 1);
	assert_memory_equal(heard.got + heard.len - 9, "\x1B@receipt", 9);
	(void)state;
}

static void never_close(struct peer *p, int fd)
{
	struct pollfd gone = { .fd = fd, .events = 0 };
	voice_serve(p, fd);
	if (!p->connections)
		poll(&gone, 1, 1000); /* a reset ends it earlier */
}

/* Its answer is there, only the printer does not hang up. */
static void test_gives_way_while_it_closes(void **state)
{
	static const struct line fine[] = { FINE, { NULL, NULL } };
	serve = never_close;
	run_worker(fine, 1, 100);
	serve = voice_serve;
	assert_int_equal(reports[0].outcome.err, E_OK);
	assert_true(reports[0].outcome.answer.valid);
	assert_int_equal(reports[1].outcome.err, E_OK);
	assert_true(printed_after < 500);
	(void)state;
}

static void check_told(size_t i, enum tri cover)
{
	assert_int_equal(reports[i].kind, ORDER_POLL);
	assert_true(reports[i].unasked);
	assert_int_equal(reports[i].outcome.err, E_OK);
	assert_true(reports[i].outcome.answer.valid);
	assert_int_equal(reports[i].outcome.answer.facts.cover_open, cover);
}

/* On a kept link changes are told as they happen, also after a job. */
static void test_listens(void **state)
{
	static const struct line script[] = { FINE,
		{ "1D 61 FF", "11 10 00 00 0F 10 00 00 0F 38 00 00 0F", .apart = 1 },
		{ NULL, NULL } };
	keep_open = true;
	unasked = 4;
	run_worker(script, 1, 300);
	keep_open = false;
	unasked = 0;
	assert_false(reports[0].unasked);
	assert_true(reports[0].outcome.answer.valid);
	check_told(1, TRI_NO);
	check_told(2, TRI_YES);
	assert_int_equal(reports[3].kind, ORDER_PRINT);
	assert_int_equal(reports[3].outcome.err, E_OK);
	check_told(4, TRI_NO);
	check_told(5, TRI_YES);
	assert_int_equal(voice_asked(&heard, "1D 61 FF"), 2);
	assert_int_equal(heard.connections, 1);
	(void)state;
}

/* What has never understood a question is not told to tell; that the printer
 * hangs up is noticed. */
static void test_listens_to_a_silent_printer(void **state)
{
	static const struct line script[] = { { "72 65 63 65 69 70 74", "", .dies = true },
		{ NULL, NULL } };
	keep_open = true;
	run_worker(script, 0, 10);
	keep_open = false;
	assert_int_equal(voice_asked(&heard, "1D 61 FF"), 0);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_no_telemetry),
		cmocka_unit_test(test_missing_and_late),
		cmocka_unit_test(test_cause_of_error),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_identity_partly_silent),
		cmocka_unit_test(test_identity_late),
		cmocka_unit_test(test_proof),
		cmocka_unit_test(test_kept_open),
		cmocka_unit_test(test_kept_open_after_silence),
		cmocka_unit_test(test_no_status_in_this_language),
		cmocka_unit_test(test_gives_way),
		cmocka_unit_test(test_gives_way_while_it_closes),
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_listens_to_a_silent_printer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
