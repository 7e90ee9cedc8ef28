/*
 * A server on the loop (the test's thread) and a client with blocking sockets
 * (a thread of its own, so its code reads in order). The rig ends when the
 * client function has returned and every connection is closed.
 */
#ifndef TEST_NET_RIG_H
#define TEST_NET_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/mailbox.h"

struct rig;
typedef void client_fn(struct rig *rig);

struct rig {
	/* Set by the test. */
	struct conn_ops ops; /* arg is the rig; on_close is the rig's own */
	struct listen_options options;
	const char *unix_path;
	bool v6;
	void (*on_accept)(struct conn *c, struct rig *rig); /* may be NULL */

	struct loop *loop;
	struct listener *listener;
	uint16_t port;
	client_fn *client;
	struct mailbox *done, *gate;
	struct message done_message, gate_message;

	/* What the server saw. */
	unsigned accepted, closed, ended, drained;
	enum err why; /* of the last close */
	struct buf heard;
};

void rig_run(struct rig *rig, client_fn *client);
void rig_open(struct rig *rig); /* only the listener, on the loop that is set */
void rig_hear(struct conn *c, struct str bytes, void *rig); /* an on_data that collects */
void rig_echo(struct conn *c, struct str bytes, void *rig); /* an on_data */

void rig_open_gate(struct rig *rig); /* server, once: rig_await_gate returns in the client */
void rig_await_gate(struct rig *rig);

/* For the client; every wait ends after 5 s. Failure aborts: asserts of cmocka
 * do not work in other threads. */
int rig_connect(struct rig *rig);
void rig_send(int fd, const char *text);
/* Read until `len` bytes, the end, or an error; returns the count. */
size_t rig_receive(int fd, char *to, size_t len);
enum rig_end { RIG_FIN, RIG_RST, RIG_TIMEOUT, RIG_BYTES };
enum rig_end rig_end(int fd); /* how the connection ends; RIG_BYTES: more came */
void rig_check(bool ok, const char *what);
#define RIG_CHECK(condition) rig_check(condition, #condition)

#endif
