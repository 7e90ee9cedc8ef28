/* Mailboxes between threads and the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/mem.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "sys/clock.h"
#include "sys/thread.h"

#define SENDERS 4
#define EACH 5000
#define ROUNDS 2000

struct note {
	struct message message;
	int sender, number;
};

static void post_note(struct mailbox *box, int sender, int number)
{
	struct note *n = mem_alloc(sizeof(*n));

	n->sender = sender;
	n->number = number;
	mailbox_post(box, &n->message);
}

static struct note *note_of(struct message *m)
{
	return m ? CONTAINER_OF(m, struct note, message) : NULL;
}

static void waiting_ends_at_the_deadline(void **state)
{
	struct mailbox *box = mailbox_create();
	int64_t start = clock_mono();

	assert_null(mailbox_wait(box, start + 30));
	assert_true(clock_mono() - start >= 30);
	assert_null(mailbox_wait(box, 0));
	mailbox_destroy(box);
	mailbox_destroy(NULL);
}

static void messages_keep_their_order(void **state)
{
	struct mailbox *box = mailbox_create();

	for (int i = 0; i < 3; i++)
		post_note(box, 0, i);
	for (int i = 0; i < 3; i++) {
		struct note *n = note_of(mailbox_wait(box, -1));

		assert_int_equal(n->number, i);
		free(n);
	}
	mailbox_destroy(box);
}

static void take_all_moves_everything(void **state)
{
	struct mailbox *box = mailbox_create();
	struct list all;
	int expected = 0;

	list_init(&all);
	mailbox_take_all(box, &all, clock_mono() + 1);
	assert_true(list_empty(&all));
	for (int i = 0; i < 5; i++)
		post_note(box, 0, i);
	mailbox_take_all(box, &all, -1);
	for (struct list *node; (node = list_pop(&all)); expected++) {
		struct note *n = note_of(LIST_OF(node, struct message, node));

		assert_int_equal(n->number, expected);
		free(n);
	}
	assert_int_equal(expected, 5);
	mailbox_destroy(box);
}

struct crowd {
	struct mailbox *box;
	struct loop *loop;
	int next[SENDERS];
	int received;
	bool ordered;
};

struct sender {
	struct crowd *crowd;
	int id;
};

static void send_many(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < EACH; i++)
		post_note(s->crowd->box, s->id, i);
}

static void on_note(struct message *m, void *arg)
{
	struct crowd *c = arg;
	struct note *n = note_of(m);

	c->ordered = c->ordered && n->number == c->next[n->sender];
	c->next[n->sender]++;
	free(n);
	if (++c->received == SENDERS * EACH) {
		mailbox_destroy(c->box);
		c->box = NULL;
	}
}

static void start_senders(struct crowd *c, struct sender *senders, struct thread **threads)
{
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){ c, i };
		assert_int_equal(thread_start(&threads[i], "sender", 0, send_many, &senders[i],
		    NULL), E_OK);
	}
}

static void loop_hears_every_sender_in_order(void **state)
{
	struct crowd c = { .box = mailbox_create(), .loop = loop_create(), .ordered = true };
	struct sender senders[SENDERS];
	struct thread *threads[SENDERS];

	start_senders(&c, senders, threads);
	clock_sleep(1); /* some arrive before the box is attached */
	mailbox_attach(c.box, c.loop, on_note, &c);
	loop_run(c.loop); /* ends when the last message has destroyed the box */
	for (int i = 0; i < SENDERS; i++)
		thread_join(threads[i]);
	assert_int_equal(c.received, SENDERS * EACH);
	assert_true(c.ordered);
	loop_destroy(c.loop);
}

static void thread_hears_every_sender_in_order(void **state)
{
	struct crowd c = { .box = mailbox_create(), .ordered = true };
	struct sender senders[SENDERS];
	struct thread *threads[SENDERS];

	start_senders(&c, senders, threads);
	while (c.box)
		on_note(mailbox_wait(c.box, -1), &c);
	for (int i = 0; i < SENDERS; i++)
		thread_join(threads[i]);
	assert_true(c.ordered);
}

/* Loop to a thread and back: what every job does several times. */
struct round_trip {
	struct mailbox *there, *back;
	struct message message;
	int left;
};

static void bounce(void *arg)
{
	struct round_trip *r = arg;
	struct message *m;

	while ((m = mailbox_wait(r->there, -1))->kind == 0)
		mailbox_post(r->back, m);
}

static void on_back(struct message *m, void *arg)
{
	struct round_trip *r = arg;

	m->kind = --r->left == 0;
	mailbox_post(r->there, m);
	if (!r->left) {
		mailbox_destroy(r->back);
		r->back = NULL;
	}
}

static void round_trip_is_quick(void **state)
{
	struct round_trip r = { mailbox_create(), mailbox_create(), { .kind = 0 }, ROUNDS };
	struct loop *loop = loop_create();
	struct thread *thread;
	int64_t start, each;

	mailbox_attach(r.back, loop, on_back, &r);
	assert_int_equal(thread_start(&thread, "bounce", 0, bounce, &r, NULL), E_OK);
	start = clock_mono_us();
	mailbox_post(r.there, &r.message);
	loop_run(loop);
	each = (clock_mono_us() - start) / ROUNDS;
	thread_join(thread);
	print_message("# round trip loop - thread - loop: %d us\n", (int)each);
	assert_true(each < 2000);
	mailbox_destroy(r.there);
	loop_destroy(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_ends_at_the_deadline),
		cmocka_unit_test(messages_keep_their_order),
		cmocka_unit_test(take_all_moves_everything),
		cmocka_unit_test(loop_hears_every_sender_in_order),
		cmocka_unit_test(thread_hears_every_sender_in_order),
		cmocka_unit_test(round_trip_is_quick),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
