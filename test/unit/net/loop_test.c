/* Timers, deadlines and signals of the loop. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/loop.h"
#include "sys/clock.h"

struct tick {
	struct loop *loop;
	struct timer *timer;
	int count, stop_at;
	int64_t last;
};

static void on_tick(void *arg)
{
	struct tick *t = arg;

	t->last = clock_mono();
	if (++t->count == t->stop_at) {
		timer_destroy(t->timer);
		t->timer = NULL;
	}
}

static void runs_out_without_work(void **state)
{
	struct loop *loop = loop_create();

	loop_run(loop);
	loop_destroy(loop);
}

static void one_shot_fires_once_and_not_early(void **state)
{
	struct tick t = { .loop = loop_create() };
	int64_t start = clock_mono();

	t.timer = timer_create_on(t.loop, on_tick, &t);
	timer_arm(t.timer, 30, 0);
	assert_true(timer_armed(t.timer));
	loop_run(t.loop);
	assert_int_equal(t.count, 1);
	assert_true(t.last - start >= 29);
	assert_false(timer_armed(t.timer));
	timer_destroy(t.timer);
	loop_destroy(t.loop);
}

/* A turn that took long must not shorten a timer armed at its end. */
static void late_arming_counts_from_now(void **state)
{
	struct tick t = { .loop = loop_create() };
	int64_t start;

	t.timer = timer_create_on(t.loop, on_tick, &t);
	clock_sleep(60);
	start = clock_mono();
	timer_arm(t.timer, 50, 0);
	loop_run(t.loop);
	assert_true(t.last - start >= 49);
	timer_destroy(t.timer);
	loop_destroy(t.loop);
}

static void repeats_until_destroyed_in_its_callback(void **state)
{
	struct tick t = { .loop = loop_create(), .stop_at = 3 };

	t.timer = timer_create_on(t.loop, on_tick, &t);
	timer_arm(t.timer, 1, 2);
	loop_run(t.loop);
	assert_int_equal(t.count, 3);
	assert_null(t.timer);
	loop_destroy(t.loop);
}

static void disarmed_timer_is_silent(void **state)
{
	struct tick t = { .loop = loop_create() };

	t.timer = timer_create_on(t.loop, on_tick, &t);
	timer_arm(t.timer, 1, 1);
	timer_disarm(t.timer);
	assert_false(timer_armed(t.timer));
	loop_run(t.loop);
	assert_int_equal(t.count, 0);
	timer_destroy(t.timer);
	timer_destroy(NULL);
	loop_destroy(t.loop);
}

struct wait {
	struct deadline deadline;
	struct loop *loop;
	struct wait *other; /* cleared when this one passes */
	int64_t set_at, passed_at;
};

static void on_pass(struct deadline *d)
{
	struct wait *w = CONTAINER_OF(d, struct wait, deadline);

	w->passed_at = clock_mono();
	if (w->other)
		deadline_clear(&w->other->deadline);
}

static void set(struct wait *w, struct loop *loop, int64_t ms)
{
	w->loop = loop;
	w->set_at = clock_mono();
	deadline_set(loop, &w->deadline, ms, on_pass);
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void deadlines_pass_unless_cleared(void **state)
{
	struct loop *loop = loop_create();
	struct timer *end = timer_create_on(loop, stop_loop, loop);
	struct wait cleared = { 0 }, late = { 0 }, early = { 0 }, far = { 0 };

	set(&late, loop, 120);
	set(&early, loop, 10);
	set(&cleared, loop, 60);
	set(&far, loop, 60000);
	early.other = &cleared;
	timer_arm(end, 260, 0);
	loop_run(loop);
	assert_true(early.passed_at - early.set_at >= 10);
	assert_true(late.passed_at - late.set_at >= 120);
	assert_true(early.passed_at <= late.passed_at);
	assert_int_equal(cleared.passed_at, 0);
	assert_int_equal(far.passed_at, 0);
	assert_true(deadline_is_set(&far.deadline));
	assert_false(deadline_is_set(&late.deadline));
	deadline_clear(&far.deadline);
	timer_destroy(end);
	loop_destroy(loop);
}

/* Two that are due at once, of which the first clears the second. */
static void due_deadline_can_be_cleared_by_another(void **state)
{
	struct loop *loop = loop_create();
	struct timer *end = timer_create_on(loop, stop_loop, loop);
	struct wait first = { 0 }, second = { 0 };

	set(&first, loop, 5);
	set(&second, loop, 5);
	first.other = &second;
	timer_arm(end, 120, 0);
	loop_run(loop);
	assert_true(first.passed_at > 0);
	assert_int_equal(second.passed_at, 0);
	timer_destroy(end);
	loop_destroy(loop);
}

static void on_hangup(int signum, void *arg)
{
	struct tick *t = arg;

	t->count = signum;
	loop_stop(t->loop);
}

static void signals_arrive_on_the_loop(void **state)
{
	struct tick t = { .loop = loop_create() };
	struct timer *guard = timer_create_on(t.loop, stop_loop, t.loop);

	loop_on_signal(t.loop, SIGHUP, on_hangup, &t);
	timer_arm(guard, 5000, 0);
	raise(SIGHUP);
	loop_run(t.loop);
	assert_int_equal(t.count, SIGHUP);
	timer_destroy(guard);
	loop_destroy(t.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_out_without_work),
		cmocka_unit_test(one_shot_fires_once_and_not_early),
		cmocka_unit_test(late_arming_counts_from_now),
		cmocka_unit_test(repeats_until_destroyed_in_its_callback),
		cmocka_unit_test(disarmed_timer_is_silent),
		cmocka_unit_test(deadlines_pass_unless_cleared),
		cmocka_unit_test(due_deadline_can_be_cleared_by_another),
		cmocka_unit_test(signals_arrive_on_the_loop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
