/*
 * Mailboxes: the only way threads talk, and the only mutex.
 *
 * A message embeds `struct message`; after mailbox_post the sender has no
 * pointer to it any more. Messages of one sender arrive in order. Two kinds of
 * receiver: the loop (mailbox_attach: `fn` is called on the loop thread for
 * each message) and a thread that waits (mailbox_wait).
 */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct loop;
struct mailbox;

struct message {
	struct list node;
	int kind; /* the receiver's own enum */
};

typedef void message_fn(struct message *m, void *arg); /* takes `m` */

struct mailbox *mailbox_create(void);
/* Free it; every message must have been received, the loop's handle detached
 * by this call. No thread may post any more. */
void mailbox_destroy(struct mailbox *box);

/* Deliver on the loop thread. Batches: all that waits is delivered in one turn. */
void mailbox_attach(struct mailbox *box, struct loop *loop, message_fn *fn, void *arg);

/* Any thread. Takes `m`. Wakes the receiver only if it may be asleep. */
void mailbox_post(struct mailbox *box, struct message *m);

/*
 * Waiting thread: the next message, or NULL once `deadline` (clock_mono; -1
 * waits for ever) has passed. mailbox_take_all moves everything that waits
 * onto `out` at once (list of struct message), waiting for at least one.
 */
struct message *mailbox_wait(struct mailbox *box, int64_t deadline);
void mailbox_take_all(struct mailbox *box, struct list *out, int64_t deadline);

#endif
