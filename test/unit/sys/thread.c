#include "sys/thread.h"
#include "sys.h"

#include <pthread.h>
#include <signal.h>

struct seen {
	char name[32];
	bool blocked;
	size_t stack;
};

static void look(void *arg)
{
	struct seen *seen = arg;
	pthread_attr_t attr;
	sigset_t set;

	pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	seen->blocked = sigismember(&set, SIGTERM) && sigismember(&set, SIGHUP);
	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstacksize(&attr, &seen->stack);
	pthread_attr_destroy(&attr);
}

static void test_name_signals_stack(void **state)
{
	struct thread *thread;
	struct seen seen = { "" };
	sigset_t set;

	assert_int_equal(thread_start(&thread, "a-rather-long-name", 0, look, &seen, NULL), E_OK);
	thread_join(thread);
	assert_string_equal(seen.name, "a-rather-long-n");
	assert_true(seen.blocked);
	assert_true(seen.stack >= 128 * 1024 && seen.stack <= 2 * 1024 * 1024);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	assert_false(sigismember(&set, SIGTERM));
	thread_join(NULL);
}

static void test_impossible_stack(void **state)
{
	struct thread *thread;
	struct why why;

	assert_int_equal(thread_start(&thread, "tiny", 1, look, NULL, &why), E_INTERNAL);
	assert_non_null(strstr(why.text, "tiny"));
}

static void idle(void *arg)
{
	pthread_barrier_wait(arg);
}

static void test_a_thousand(void **state)
{
	enum { MANY = 1000 };
	static struct thread *threads[MANY];
	pthread_barrier_t barrier;

	thread_tune_memory();
	pthread_barrier_init(&barrier, NULL, MANY + 1);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(thread_start(&threads[i], "worker", 0, idle, &barrier, NULL),
		    E_OK);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < MANY; i++)
		thread_join(threads[i]);
	pthread_barrier_destroy(&barrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_signals_stack),
		cmocka_unit_test(test_impossible_stack),
		cmocka_unit_test(test_a_thousand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
