/* core/worker: orders, marks, cancels and stops, on a real loop and real wires. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/worker.h"
#include "net/loop.h"
#include "peer.h"
#include "sys/clock.h"

#define REPORTS 16

static struct loop *loop;
static struct worker *worker;
static struct worker_options options;
static struct report reports[REPORTS];
static size_t count, expected;
static bool stopped;
static struct timer *ticker;
static void (*on_tick)(void);      /* every ms while the loop runs */
static void (*on_each)(size_t nth); /* after each report */
static struct peer *peer;

static void on_stopped(void *arg)
{
	stopped = true;
	timer_destroy(ticker);
	loop_stop(loop);
	(void)arg;
}

static void on_report(const struct report *r, void *arg)
{
	assert_true(count < REPORTS);
	reports[count++] = *r;
	if (on_each)
		on_each(count);
	if (count == expected)
		worker_stop(worker, 60000, on_stopped, NULL);
	(void)arg;
}

static void tick(void *arg)
{
	if (on_tick)
		on_tick();
	(void)arg;
}

static int setup(void **state)
{
	loop = loop_create();
	ticker = timer_create_on(loop, tick, NULL);
	timer_arm(ticker, 1, 1);
	options = (struct worker_options){
		.name = "kitchen",
		.language = &language_escpos,
		.link = { .wire = { 5000, 5000, 5000, -1 } },
	};
	memset(reports, 0, sizeof(reports));
	count = expected = 0;
	stopped = false;
	on_tick = NULL;
	on_each = NULL;
	(void)state;
	return 0;
}

static int teardown(void **state)
{
	loop_destroy(loop);
	(void)state;
	return 0;
}

static void create_for(uint16_t port)
{
	struct why why;
	snprintf(options.uri, sizeof(options.uri), "socket://127.0.0.1:%u", port);
	assert_int_equal(worker_create(loop, &options, on_report, NULL, &worker, &why), E_OK);
}

static struct order *order(job_id job, bool marked)
{
	struct buf b;
	struct order *o = order_create(ORDER_PRINT);
	buf_init(&b, 64);
	buf_puts(&b, "receipt");
	o->job_kind = KIND_PRINT;
	o->job = job;
	o->marked = marked;
	o->ticket = ticket_default();
	o->doc = document_create(TYPE_RAW, &b, NULL, 1);
	return o;
}

/* Until that many reports have come and the worker has stopped. */
static void run(size_t n)
{
	expected = n;
	loop_run(loop);
	assert_true(stopped);
	assert_int_equal(count, n);
}

static void check(size_t i, job_id job, enum err err, enum verdict verdict)
{
	assert_int_equal(reports[i].job, job);
	if (reports[i].outcome.err != err)
		fail_msg("job %d: %s", (int)job, err_name(reports[i].outcome.err));
	assert_int_equal(reports[i].outcome.verdict, verdict);
	if (err)
		assert_true(reports[i].outcome.why.text[0]);
}

static size_t peer_len(void)
{
	pthread_mutex_lock(&peer->lock);
	size_t len = peer->len;
	pthread_mutex_unlock(&peer->lock);
	return len;
}

static void test_orders_in_order(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	for (job_id job = 1; job <= 5; job++)
		worker_post(worker, order(job, true));
	run(5);
	for (size_t i = 0; i < 5; i++) {
		check(i, (job_id)i + 1, E_OK, VERDICT_DONE);
		assert_int_equal(reports[i].outcome.sent, 7);
		assert_int_equal(reports[i].outcome.evidence, EVIDENCE_SENT);
		assert_true(reports[i].outcome.reached);
	}
	peer_await(peer, 5);
	assert_int_equal(peer->len, 5 * 9);
	assert_memory_equal(peer->got, "\x1B@receipt\x1B@receipt", 18);
	peer_stop(peer);
	(void)state;
}

static int64_t quiet_until;

/* The control bytes have arrived and nothing follows them for a while. */
static void mark_after_quiet(void)
{
	size_t len = peer_len();
	if (len < 2)
		return;
	if (!quiet_until)
		quiet_until = clock_mono() + 50;
	if (clock_mono() < quiet_until)
		return;
	assert_int_equal(len, 2);
	worker_mark(worker, 99, true); /* somebody else's changes nothing */
	worker_mark(worker, 1, true);
	on_tick = NULL;
}

static void test_payload_waits_for_the_mark(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	quiet_until = 0;
	on_tick = mark_after_quiet;
	worker_post(worker, order(1, false));
	run(1);
	check(0, 1, E_OK, VERDICT_DONE);
	peer_await(peer, 1);
	assert_int_equal(peer->len, 9);
	peer_stop(peer);
	(void)state;
}

static void test_mark_fails(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	worker_post(worker, order(1, false));
	worker_mark(worker, 1, false);
	run(1);
	check(0, 1, E_STORE, VERDICT_RETRY);
	assert_int_equal(reports[0].outcome.sent, 0);
	assert_true(reports[0].outcome.reached);
	peer_await(peer, 1);
	assert_true(peer->len <= 2);
	peer_stop(peer);
	(void)state;
}

/* Marks that come while another order is on the wire, in any order. */
static void test_marks_come_early(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	worker_post(worker, order(1, false));
	worker_post(worker, order(2, false));
	worker_post(worker, order(3, false));
	worker_mark(worker, 3, true);
	worker_mark(worker, 2, false);
	worker_mark(worker, 1, true);
	run(3);
	check(0, 1, E_OK, VERDICT_DONE);
	check(1, 2, E_STORE, VERDICT_RETRY);
	check(2, 3, E_OK, VERDICT_DONE);
	peer_stop(peer);
	(void)state;
}

static void cancel_when_begun(void)
{
	if (peer_len() < 3)
		return;
	worker_cancel(worker, 2);
	worker_cancel(worker, 1);
	on_tick = NULL;
}

/* One is in a pause after its bytes, one is behind it; the third goes on. */
static void test_cancel(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	struct order *first = order(1, true);
	first->ticket.chunk_delay = 60000;
	on_tick = cancel_when_begun;
	worker_post(worker, first);
	worker_post(worker, order(2, true));
	worker_post(worker, order(3, true));
	run(3);
	check(0, 1, E_CANCELLED, VERDICT_DOUBT);
	assert_int_equal(reports[0].outcome.sent, 7);
	check(1, 2, E_CANCELLED, VERDICT_FAIL);
	assert_int_equal(reports[1].outcome.sent, 0);
	assert_false(reports[1].outcome.reached);
	check(2, 3, E_OK, VERDICT_DONE);
	peer_stop(peer);
	(void)state;
}

static void cancel_when_connected(void)
{
	if (peer_len() < 2)
		return;
	worker_cancel(worker, 1);
	on_tick = NULL;
}

static void test_cancel_while_the_mark_is_due(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	on_tick = cancel_when_connected;
	worker_post(worker, order(1, false));
	run(1);
	check(0, 1, E_CANCELLED, VERDICT_FAIL);
	assert_int_equal(reports[0].outcome.sent, 0);
	peer_await(peer, 1);
	assert_int_equal(peer->len, 2);
	peer_stop(peer);
	(void)state;
}

static void stop_when_begun(void)
{
	if (peer_len() < 3)
		return;
	worker_stop(worker, 30, on_stopped, NULL);
	on_tick = NULL;
}

static void test_stop_ends_what_runs(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	struct order *first = order(1, true);
	first->ticket.chunk_delay = 60000;
	on_tick = stop_when_begun;
	worker_post(worker, first);
	worker_post(worker, order(2, true));
	expected = SIZE_MAX;
	loop_run(loop);
	assert_true(stopped);
	assert_int_equal(count, 2);
	check(0, 1, E_CANCELLED, VERDICT_DOUBT);
	check(1, 2, E_CANCELLED, VERDICT_FAIL);
	peer_stop(peer);
	(void)state;
}

static void stop_patiently_when_begun(void)
{
	if (peer_len() < 3)
		return;
	worker_stop(worker, 60000, on_stopped, NULL);
	on_tick = NULL;
}

static void test_stop_lets_it_finish(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	struct order *first = order(1, true);
	first->ticket.chunk_delay = 60;
	first->ticket.copies = 2;
	on_tick = stop_patiently_when_begun;
	worker_post(worker, first);
	expected = SIZE_MAX;
	loop_run(loop);
	assert_int_equal(count, 1);
	check(0, 1, E_OK, VERDICT_DONE);
	assert_int_equal(reports[0].outcome.sent, 14);
	peer_stop(peer);
	(void)state;
}

static void test_stop_before_any_order(void **state)
{
	create_for(9);
	worker_stop(worker, 0, on_stopped, NULL);
	assert_false(stopped);
	loop_run(loop);
	assert_true(stopped);
	(void)state;
}

static struct order *probe(void)
{
	struct order *o = order_create(ORDER_PROBE);
	return o;
}

static void test_probe(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	worker_post(worker, probe());
	run(1);
	check(0, 0, E_OK, VERDICT_DONE);
	assert_int_equal(reports[0].kind, ORDER_PROBE);
	assert_int_equal(reports[0].outcome.evidence, EVIDENCE_NONE);
	assert_true(reports[0].outcome.reached);
	peer_await(peer, 1);
	assert_int_equal(peer->len, 0);
	assert_false(peer->reset);
	peer_stop(peer);
	(void)state;
}

static void test_refused(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	peer_stop(peer);
	worker_post(worker, probe());
	worker_post(worker, order(1, true));
	run(2);
	check(0, 0, E_REFUSED, VERDICT_RETRY);
	check(1, 1, E_REFUSED, VERDICT_RETRY);
	assert_false(reports[1].outcome.reached);
	assert_string_equal(reports[1].outcome.why.text, "Connection refused");
	(void)state;
}

/* From the first byte of the job on it is a doubt, before it a retry. */
static void test_reset_before_and_after(void **state)
{
	for (size_t n = 0; n < 6; n++) {
		if (n)
			setup(NULL);
		peer = peer_start(peer_reset_at, n);
		create_for(peer->port);
		struct order *o = order(1, true);
		o->ticket.copies = 64;
		o->ticket.chunk_delay = 2;
		worker_post(worker, o);
		run(1);
		assert_int_equal(reports[0].outcome.err, E_LOST);
		uint64_t sent = reports[0].outcome.sent;
		assert_int_equal(reports[0].outcome.verdict, sent ? VERDICT_DOUBT : VERDICT_RETRY);
		if (n > 2)
			assert_true(sent >= n - 2);
		peer_stop(peer);
		if (n < 5)
			teardown(NULL);
	}
	(void)state;
}

static void test_expired(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	struct order *o = order(1, true);
	o->deadline = clock_mono() - 1;
	worker_post(worker, o);
	run(1);
	check(0, 1, E_EXPIRED, VERDICT_FAIL);
	assert_false(reports[0].outcome.reached);
	assert_int_equal(peer->connections, 0);
	peer_stop(peer);
	(void)state;
}

static int64_t mark_at;

static void mark_late(void)
{
	if (clock_mono() < mark_at)
		return;
	worker_mark(worker, 1, true);
	on_tick = NULL;
}

/* A drawer must not open late because the disk was slow. */
static void test_expires_while_the_mark_is_due(void **state)
{
	peer = peer_start(peer_read_all, 0);
	create_for(peer->port);
	struct order *o = order(1, false);
	o->job_kind = KIND_KICK;
	o->deadline = clock_mono() + 40;
	mark_at = o->deadline + 5;
	on_tick = mark_late;
	worker_post(worker, o);
	run(1);
	check(0, 1, E_EXPIRED, VERDICT_FAIL);
	assert_int_equal(reports[0].outcome.sent, 0);
	peer_stop(peer);
	(void)state;
}

static void test_cool_down(void **state)
{
	peer = peer_start(peer_read_all, 0);
	options.link.cooldown = 60;
	create_for(peer->port);
	worker_post(worker, order(1, true));
	worker_post(worker, order(2, true));
	run(2);
	check(1, 2, E_OK, VERDICT_DONE);
	assert_true(reports[1].outcome.open_us >= 55000);
	peer_stop(peer);
	(void)state;
}

static struct peer *other;

static void test_new_settings(void **state)
{
	struct why why;
	struct worker_options changed;
	peer = peer_start(peer_read_all, 0);
	other = peer_start(peer_read_all, 0);
	create_for(peer->port);
	worker_post(worker, order(1, true));
	changed = options;
	snprintf(changed.uri, sizeof(changed.uri), "gopher://127.0.0.1:70");
	assert_int_equal(worker_set(worker, &changed, &why), E_FIELD);
	snprintf(changed.uri, sizeof(changed.uri), "socket://127.0.0.1:%u", other->port);
	changed.language = &language_raw;
	assert_int_equal(worker_set(worker, &changed, &why), E_OK);
	worker_post(worker, order(2, true));
	run(2);
	check(0, 1, E_OK, VERDICT_DONE);
	check(1, 2, E_OK, VERDICT_DONE);
	peer_await(peer, 1);
	peer_await(other, 1);
	assert_int_equal(peer->len, 9);
	assert_int_equal(other->len, 7);
	peer_stop(peer);
	peer_stop(other);
	(void)state;
}

/* Serves two jobs of nine bytes on one connection, then closes it. */
static void take_two(struct peer *p, int fd)
{
	for (size_t left = 18; left;) {
		size_t n = peer_take(p, fd, left);
		if (!n)
			return;
		left -= n;
	}
}

static void third_when_closed(void)
{
	pthread_mutex_lock(&peer->lock);
	bool closed = peer->connections == 1;
	pthread_mutex_unlock(&peer->lock);
	if (!closed || count < 2)
		return;
	worker_post(worker, order(3, true));
	on_tick = NULL;
}

static void test_kept_open_then_closed_by_the_printer(void **state)
{
	peer = peer_start(take_two, 0);
	options.link.keep_open = true;
	create_for(peer->port);
	worker_post(worker, order(1, true));
	worker_post(worker, order(2, true));
	on_tick = third_when_closed;
	run(3);
	for (size_t i = 0; i < 3; i++)
		check(i, (job_id)i + 1, E_OK, VERDICT_DONE);
	peer_await(peer, 2);
	assert_int_equal(peer->len, 27);
	peer_stop(peer);
	(void)state;
}

static int hold[2];

static void close_when_told(struct peer *p, int fd)
{
	char byte;
	peer_read_all(p, fd);
	while (read(hold[0], &byte, 1) < 0 && errno == EINTR)
		;
}

static void let_go(size_t nth)
{
	if (nth == 1)
		close(hold[1]);
}

/* The printer closes only once it is told, by the report: had the report waited
 * for the close, that would have taken its whole time-out. */
static void test_report_does_not_wait_for_the_close(void **state)
{
	int64_t before = clock_mono();
	assert_int_equal(pipe(hold), 0);
	peer = peer_start(close_when_told, 0);
	options.link.wire.close_timeout = 20000;
	create_for(peer->port);
	on_each = let_go;
	worker_post(worker, order(1, true));
	run(1);
	check(0, 1, E_OK, VERDICT_DONE);
	assert_true(clock_mono() - before < 20000);
	peer_stop(peer);
	close(hold[0]);
	(void)state;
}

static void test_bad_uri(void **state)
{
	struct why why;
	struct worker *w = NULL;
	snprintf(options.uri, sizeof(options.uri), "carrier-pigeon://coop");
	assert_int_equal(worker_create(loop, &options, on_report, NULL, &w, &why), E_FIELD);
	assert_string_equal(why.field, "uri");
	timer_destroy(ticker);
	loop_stop(loop);
	loop_run(loop);
	(void)state;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(orders_in_order),
		TEST(payload_waits_for_the_mark),
		TEST(mark_fails),
		TEST(marks_come_early),
		TEST(cancel),
		TEST(cancel_while_the_mark_is_due),
		TEST(stop_ends_what_runs),
		TEST(stop_lets_it_finish),
		TEST(stop_before_any_order),
		TEST(probe),
		TEST(refused),
		TEST(reset_before_and_after),
		TEST(expired),
		TEST(expires_while_the_mark_is_due),
		TEST(cool_down),
		TEST(new_settings),
		TEST(kept_open_then_closed_by_the_printer),
		TEST(report_does_not_wait_for_the_close),
		TEST(bad_uri),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
