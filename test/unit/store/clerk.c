/* The clerk: groups, failures of members and of commits, the end. */
#include "unit.h"

#include "core/clerk.h"
#include "net/loop.h"
#include "sys/clock.h"

/* A store whose commits and tidying are watched, and fail on demand; the rest
 * is the memory store's. Each field has one thread at a time. */
static struct {
	_Atomic unsigned begins, commits, rollbacks, tidied;
	_Atomic bool begin_fails, undo_fails, held;
	_Atomic unsigned attempts, failing; /* the attempt to commit that fails */
} watch;

static struct store_plug watched;

static enum err watched_begin(struct store *s, struct why *why)
{
	watch.begins++;
	if (watch.begin_fails)
		return why_fail(why, E_STORE, "no beginning");
	return store_memory.begin(s, why);
}

static enum err watched_commit(struct store *s, struct why *why)
{
	while (watch.held)
		clock_sleep(1);
	if (++watch.attempts == watch.failing)
		return why_fail(why, E_DISK, "no room");
	watch.commits++;
	return store_memory.commit(s, why);
}

static void watched_rollback(struct store *s)
{
	watch.rollbacks++;
	store_memory.rollback(s);
}

static enum err watched_undo(struct store *s, struct why *why)
{
	if (watch.undo_fails)
		return why_fail(why, E_DISK, "gone");
	return store_memory.undo(s, why);
}

static void watched_tidy(struct store *s)
{
	watch.tidied++;
}

struct rig {
	struct loop *loop;
	struct clerk *clerk;
	char *dir;
	unsigned done;       /* tasks that came back */
	unsigned stop_after; /* of them */
	struct timer *timer;
};

struct put_task {
	struct task task;
	struct rig *rig;
	job_id id;
	bool fails, chains;
	unsigned *order;
	enum err *err;
	char *text;
};

static enum err run_put(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct put_task *p = (struct put_task *)t;
	struct job *job = unit_job(p->id, 100);
	enum err err = plug->put_job(s, job, why);

	job_destroy(job);
	if (p->fails)
		return why_fail(why, E_INTERNAL, "on demand");
	return err;
}

static void post_put(struct rig *r, job_id id, bool fails, enum err *err);

static void done_put(struct task *t)
{
	struct put_task *p = (struct put_task *)t;
	struct rig *r = p->rig;

	if (p->err)
		*p->err = t->err;
	if (p->order)
		*p->order = r->done;
	if (p->text)
		str_copy(p->text, sizeof(t->why.text), str_of(t->why.text));
	if (p->chains)
		post_put(r, p->id + 1000, false, NULL);
	if (++r->done == r->stop_after)
		loop_stop(r->loop);
	free(p);
}

static struct put_task *make_put(struct rig *r, job_id id, bool fails, enum err *err)
{
	struct put_task *p = mem_alloc(sizeof(*p));

	p->task.run = run_put;
	p->task.done = done_put;
	p->rig = r;
	p->id = id;
	p->fails = fails;
	p->err = err;
	return p;
}

static void post_put(struct rig *r, job_id id, bool fails, enum err *err)
{
	clerk_post(r->clerk, &make_put(r, id, fails, err)->task);
}

struct look_task {
	struct task task;
	struct rig *rig;
	job_id id;
	enum err *err;
};

static enum err run_look(const struct store_plug *plug, struct store *s, struct task *t,
    struct why *why)
{
	struct look_task *l = (struct look_task *)t;
	struct job job;

	return plug->get_job(s, l->id, &job, why);
}

static void done_look(struct task *t)
{
	struct look_task *l = (struct look_task *)t;
	struct rig *r = l->rig;

	*l->err = t->err;
	if (++r->done == r->stop_after)
		loop_stop(r->loop);
	free(l);
}

static void post_look(struct rig *r, job_id id, enum err *err)
{
	struct look_task *l = mem_alloc(sizeof(*l));

	l->task.run = run_look;
	l->task.done = done_look;
	l->task.read_only = true;
	l->rig = r;
	l->id = id;
	l->err = err;
	clerk_post(r->clerk, &l->task);
}

/* Run the loop until so many tasks have come back. */
static void wait_for(struct rig *r, unsigned tasks)
{
	r->stop_after = tasks;
	if (r->done < tasks)
		loop_run(r->loop);
	assert_int_equal(r->done, tasks);
}

/* A task in front whose commit waits, so that what is posted until let_go is one group. */
static void hold_up(struct rig *r)
{
	watch.held = true;
	watch.begins = 0;
	post_put(r, 1, false, NULL);
	while (watch.begins == 0)
		clock_sleep(1);
}

static void let_go(void)
{
	watch.held = false;
}

static enum err look(struct rig *r, job_id id)
{
	enum err err = E_INTERNAL;

	post_look(r, id, &err);
	wait_for(r, r->done + 1);
	return err;
}

static void tasks_come_back_in_order(void **state)
{
	struct rig *r = *state;
	unsigned order[200];
	struct clerk_counts n;

	for (unsigned i = 0; i < 200; i++) {
		struct put_task *p = make_put(r, i + 1, false, NULL);

		p->order = &order[i];
		clerk_post(r->clerk, &p->task);
	}
	assert_int_equal(clerk_waiting(r->clerk), 200);
	wait_for(r, 200);
	assert_int_equal(clerk_waiting(r->clerk), 0);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(order[i], i);
	clerk_counts(r->clerk, &n);
	assert_int_equal(n.tasks, 200);
	assert_int_equal(n.failures, 0);
	assert_true(n.healthy);
	assert_in_range(n.commits, 1, 200);
	assert_true(n.commit_us_sum >= n.commit_us_max);
	assert_int_equal(look(r, 200), E_OK);
}

static void what_waits_is_one_commit(void **state)
{
	struct rig *r = *state;

	hold_up(r);
	for (job_id id = 2; id <= 51; id++)
		post_put(r, id, false, NULL);
	let_go();
	wait_for(r, 51);
	assert_int_equal(watch.commits, 2);
}

static void a_failing_task_fails_alone(void **state)
{
	struct rig *r = *state;
	enum err err[5];
	struct clerk_counts n;

	hold_up(r);
	for (job_id id = 2; id <= 6; id++)
		post_put(r, id, id == 2 || id == 4, &err[id - 2]);
	let_go();
	wait_for(r, 6);
	for (job_id id = 2; id <= 6; id++) {
		bool failed = id == 2 || id == 4;

		assert_int_equal(err[id - 2], failed ? E_INTERNAL : E_OK);
		assert_int_equal(look(r, id), failed ? E_NOT_FOUND : E_OK);
	}
	clerk_counts(r->clerk, &n);
	assert_int_equal(n.failures, 4); /* two tasks, and the two looks for them */
	assert_true(n.healthy);
}

static void a_failing_commit_fails_all(void **state)
{
	struct rig *r = *state;
	enum err err[3];
	char text[256] = "";
	struct clerk_counts n;

	post_put(r, 1, false, NULL);
	wait_for(r, 1);
	watch.failing = 2;
	struct put_task *p = make_put(r, 2, false, &err[0]);
	p->text = text;
	clerk_post(r->clerk, &p->task);
	wait_for(r, 2);
	assert_int_equal(err[0], E_DISK);
	assert_string_equal(text, "no room");
	clerk_counts(r->clerk, &n);
	assert_false(n.healthy);
	assert_int_equal(n.commits, 1);
	assert_int_equal(look(r, 1), E_OK);
	assert_int_equal(look(r, 2), E_NOT_FOUND);
	post_put(r, 2, false, &err[1]); /* and it recovers */
	wait_for(r, r->done + 1);
	assert_int_equal(err[1], E_OK);
	clerk_counts(r->clerk, &n);
	assert_true(n.healthy);
}

static void a_task_keeps_its_own_error(void **state)
{
	struct rig *r = *state;
	enum err err[2];

	hold_up(r);
	post_put(r, 2, true, &err[0]);
	post_put(r, 3, false, &err[1]);
	watch.failing = 2;
	let_go();
	wait_for(r, 3);
	assert_int_equal(err[0], E_INTERNAL);
	assert_int_equal(err[1], E_DISK);
}

static void a_failing_beginning_or_undo_fails_all(void **state)
{
	struct rig *r = *state;
	enum err err[3];

	watch.begin_fails = true;
	post_put(r, 5, false, &err[0]);
	wait_for(r, 1);
	assert_int_equal(err[0], E_STORE);
	watch.begin_fails = false;
	hold_up(r);
	watch.undo_fails = true;
	post_put(r, 6, false, &err[0]);
	post_put(r, 7, true, &err[1]);
	post_put(r, 8, false, &err[2]);
	let_go();
	wait_for(r, 5);
	assert_int_equal(err[0], E_DISK);
	assert_int_equal(err[1], E_INTERNAL);
	assert_int_equal(err[2], E_DISK);
	for (job_id id = 6; id <= 8; id++)
		assert_int_equal(look(r, id), E_NOT_FOUND);
	assert_int_equal(look(r, 1), E_OK);
}

static void reads_alone_need_no_commit(void **state)
{
	struct rig *r = *state;

	assert_int_equal(look(r, 1), E_NOT_FOUND);
	assert_int_equal(watch.begins, 0);
	assert_int_equal(watch.commits, 0);
}

static void destroy_finishes_what_was_posted(void **state)
{
	struct rig *r = *state;
	struct put_task *p = make_put(r, 1, false, NULL);

	p->chains = true; /* its `done` posts another */
	clerk_post(r->clerk, &p->task);
	for (job_id id = 2; id <= 20; id++)
		post_put(r, id, false, NULL);
	clerk_destroy(r->clerk);
	r->clerk = NULL;
	assert_int_equal(r->done, 21);
	assert_int_equal(watch.rollbacks, 0);
}

static void jobs_survive_the_clerk(void **state)
{
	struct rig *r = *state;
	struct store *s;
	job_id id;

	for (job_id i = 1; i <= 50; i++)
		post_put(r, i, i == 25, NULL);
	clerk_destroy(r->clerk);
	r->clerk = NULL;
	assert_int_equal(r->done, 50);
	assert_ok(store_sqlite.open(r->dir, &s, why));
	for (id = 1; id <= 50; id++) {
		struct job job;

		assert_int_equal(store_sqlite.get_job(s, id, &job, NULL),
		    id == 25 ? E_NOT_FOUND : E_OK);
	}
	store_sqlite.close(s);
}

static void on_timer(void *arg)
{
	struct rig *r = arg;

	if (watch.tidied > 0)
		loop_stop(r->loop);
}

static void idle_time_is_used_to_tidy(void **state)
{
	struct rig *r = *state;

	assert_int_equal(look(r, 1), E_NOT_FOUND); /* reads leave nothing to tidy */
	post_put(r, 1, false, NULL);
	wait_for(r, 2);
	assert_int_equal(watch.tidied, 0);
	r->timer = timer_create_on(r->loop, on_timer, r);
	timer_arm(r->timer, 10, 10);
	loop_run(r->loop);
	timer_destroy(r->timer);
	assert_int_equal(watch.tidied, 1);
}

static int set_up(void **state, const struct store_plug *plug)
{
	struct rig *r = mem_alloc(sizeof(*r));
	struct store *s;

	memset(&watch, 0, sizeof(watch));
	watched = store_memory;
	watched.begin = watched_begin;
	watched.commit = watched_commit;
	watched.rollback = watched_rollback;
	watched.undo = watched_undo;
	watched.tidy = watched_tidy;
	r->dir = unit_dir();
	r->loop = loop_create();
	assert_ok(plug->open(r->dir, &s, why));
	r->clerk = clerk_create(r->loop, plug, s);
	*state = r;
	return 0;
}

static int on_watched(void **state)
{
	return set_up(state, &watched);
}

static int on_sqlite(void **state)
{
	return set_up(state, &store_sqlite);
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	clerk_destroy(r->clerk);
	loop_destroy(r->loop);
	unit_remove(r->dir);
	free(r);
	return 0;
}

#define ON(store, test) { #store ": " #test, test, on_##store, tear_down, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(watched, tasks_come_back_in_order),
		ON(sqlite, tasks_come_back_in_order),
		ON(watched, what_waits_is_one_commit),
		ON(watched, a_failing_task_fails_alone),
		ON(watched, a_failing_commit_fails_all),
		ON(watched, a_task_keeps_its_own_error),
		ON(watched, a_failing_beginning_or_undo_fails_all),
		ON(watched, reads_alone_need_no_commit),
		ON(watched, destroy_finishes_what_was_posted),
		ON(sqlite, jobs_survive_the_clerk),
		ON(watched, idle_time_is_used_to_tidy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
