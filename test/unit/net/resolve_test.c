/* Names to addresses, with the system's resolver and with a pool that is busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <semaphore.h>
#include <uv.h>

#include "base/str.h"
#include "net/loop.h"
#include "net/resolve.h"

static struct {
	struct loop *loop;
	unsigned calls;
	struct ip ips[RESOLVE_MAX];
	size_t count;
	struct why why;
} t;

static void on_resolved(const struct ip *ips, size_t count, const struct why *why, void *arg)
{
	assert_ptr_equal(arg, &t);
	t.calls++;
	t.count = count;
	for (size_t i = 0; i < count; i++)
		t.ips[i] = ips[i];
	if (why)
		t.why = *why;
}

static int setup(void **state)
{
	t.loop = loop_create();
	t.calls = 0;
	t.count = 0;
	t.why.err = E_OK;
	return 0;
}

static int teardown(void **state)
{
	loop_destroy(t.loop);
	return 0;
}

static struct resolve *ask(const char *host, int64_t timeout_ms)
{
	return resolve_start(t.loop, host, timeout_ms, on_resolved, &t);
}

static void literals_need_no_resolver(void **state)
{
	char text[46];

	ask("192.0.2.7", 1000);
	assert_int_equal(t.calls, 0); /* not from inside of the call */
	loop_run(t.loop);
	assert_int_equal(t.calls, 1);
	ip_format(&t.ips[0], text);
	assert_string_equal(text, "192.0.2.7");
	ask("fd00::7", 1000);
	loop_run(t.loop);
	ip_format(&t.ips[0], text);
	assert_int_equal(t.calls, 2);
	assert_int_equal(t.count, 1);
	assert_string_equal(text, "fd00::7");
}

static void localhost_is_here(void **state)
{
	ask("localhost", 10000);
	loop_run(t.loop);
	assert_int_equal(t.calls, 1);
	assert_in_range(t.count, 1, RESOLVE_MAX);
	for (size_t i = 0; i < t.count; i++)
		assert_true(ip_is_loopback(&t.ips[i]));
	if (t.count == 2)
		assert_false(ip_eq(&t.ips[0], &t.ips[1]));
}

static void unknown_names_fail(void **state)
{
	ask("nobody.invalid", 10000);
	loop_run(t.loop);
	assert_int_equal(t.calls, 1);
	assert_int_equal(t.count, 0);
	assert_int_equal(t.why.err, E_UNREACHABLE);
	assert_true(str_starts(str_of(t.why.text), "Cannot find the address of nobody.invalid: "));
}

static void names_that_are_none_fail(void **state)
{
	char name[400];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = 'a';
	name[sizeof(name) - 1] = '\0';
	ask(name, 1000);
	loop_run(t.loop);
	assert_int_equal(t.why.err, E_UNREACHABLE);
	ask("", 1000);
	loop_run(t.loop);
	assert_int_equal(t.calls, 2);
	assert_int_equal(t.count, 0);
}

/* Every thread of the pool waits for us, so no name is looked up meanwhile. */

#define THREADS 64

static sem_t gate;
static uv_work_t work[THREADS];

static void wait_for_gate(uv_work_t *req)
{
	sem_wait(&gate);
}

static void on_worked(uv_work_t *req, int status)
{
}

static void open_gate(void *arg)
{
	for (int i = 0; i < THREADS; i++)
		sem_post(&gate);
	timer_destroy(*(struct timer **)arg);
}

static void keep_pool_busy(void)
{
	static struct timer *timer;

	sem_init(&gate, 0, 0);
	for (int i = 0; i < THREADS; i++)
		uv_queue_work(loop_uv(t.loop), &work[i], wait_for_gate, on_worked);
	timer = timer_create_on(t.loop, open_gate, &timer);
	timer_arm(timer, 200, 0);
}

static void time_runs_out(void **state)
{
	keep_pool_busy();
	ask("localhost", 20);
	loop_run(t.loop);
	assert_int_equal(t.calls, 1);
	assert_int_equal(t.count, 0);
	assert_string_equal(t.why.text, "Cannot find the address of localhost: no answer in time");
	sem_destroy(&gate);
}

static void cancelled_ones_are_silent(void **state)
{
	resolve_cancel(NULL);
	resolve_cancel(ask("127.0.0.1", 1000));
	resolve_cancel(ask("localhost", 1000));
	loop_run(t.loop);
	keep_pool_busy();
	resolve_cancel(ask("localhost", 1000));
	loop_run(t.loop);
	assert_int_equal(t.calls, 0);
	sem_destroy(&gate);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(literals_need_no_resolver),
		TEST(localhost_is_here),
		TEST(unknown_names_fail),
		TEST(names_that_are_none_fail),
		TEST(time_runs_out),
		TEST(cancelled_ones_are_silent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
