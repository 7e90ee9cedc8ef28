/*
 * The first-byte path of a server connection that takes TLS and plain.
 *
 * The first byte of the input is a set of acts that the server does while data
 * comes; then pieces: a length, and that many bytes for one send. Plain bytes
 * must be echoed as they were sent unless an act forbids it; every connection
 * must end, once.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

#include "base/buf.h"
#include "fuzz_tls.h"
#include "net/conn.h"
#include "net/loop.h"

enum act {
	ACT_CLOSE = 1,
	ACT_ABORT = 2,
	ACT_SHUTDOWN = 4,
	ACT_PAUSE = 8,
	ACT_TWICE = 16, /* go on using the connection after its end */
	ACT_HALF_OPEN = 32,
	ACT_CEILING = 64,
	ACT_TLS_ONLY = 128,
};

static struct loop *loop;
static struct listener *listeners[2];
static struct sockaddr_un path[2];
static struct conn *server;
static uint8_t acts;
static unsigned closed;
static struct buf sent, echoed;

static void act(struct conn *c)
{
	if (acts & ACT_PAUSE) {
		conn_pause(c, true);
		conn_pause(c, false);
	}
	if (acts & ACT_SHUTDOWN)
		conn_shutdown(c);
	if (acts & ACT_CLOSE)
		conn_close(c);
	if (acts & ACT_ABORT)
		conn_abort(c);
	if (acts & ACT_TWICE) {
		conn_write(c, "more", 4);
		conn_close(c);
	}
}

static void on_data(struct conn *c, struct str bytes, void *arg)
{
	MUST(bytes.len > 0);
	conn_write2(c, str_head(bytes, 1), str_from(bytes, 1));
	act(c);
}

static void on_end(struct conn *c, void *arg)
{
	conn_write(c, "", 0);
	conn_close(c);
}

static void on_close(struct conn *c, enum err why, void *arg)
{
	closed++;
	server = NULL;
}

static const struct conn_ops ops = { .on_data = on_data, .on_close = on_close };
static const struct conn_ops half_open_ops = {
	.on_data = on_data,
	.on_end = on_end,
	.on_close = on_close,
};

static void on_accept(struct conn *c, void *arg)
{
	server = c;
	conn_set(c, acts & ACT_HALF_OPEN ? &half_open_ops : &ops, NULL);
	if (acts & ACT_CEILING)
		conn_set_ceiling(c, 16);
}

static void open_listener(unsigned i)
{
	struct listen_options options = { .tls = fuzz_tls(), .tls_mode = i ? TLS_ON : TLS_AUTO };

	path[i].sun_family = AF_UNIX;
	snprintf(path[i].sun_path, sizeof(path[i].sun_path), "/tmp/platen-fuzz-%d-%u",
	    (int)getpid(), i);
	MUST(listener_open_unix(loop, path[i].sun_path, 0600, &options, on_accept, NULL,
	    &listeners[i], NULL) == E_OK);
}

static void finish(void)
{
	listener_close(listeners[0]);
	listener_close(listeners[1]);
	loop_run(loop);
	loop_destroy(loop);
}

static void start(void)
{
	loop = loop_create();
	open_listener(0);
	open_listener(1);
	buf_init(&sent, 1024 * 1024);
	buf_init(&echoed, 1024 * 1024);
	atexit(finish);
}

static void turn(void)
{
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
}

static void collect(int fd)
{
	char piece[4096];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		buf_add(&echoed, piece, (size_t)n);
}

static void send_piece(int fd, const uint8_t *bytes, size_t len)
{
	if (!len || send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		return;
	buf_add(&sent, bytes, len);
	turn();
	collect(fd);
}

static bool is_plain_echo(void)
{
	return sent.len && sent.ptr[0] != 0x16 && !(acts & ~(ACT_PAUSE | ACT_HALF_OPEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (!loop)
		start();
	if (!size)
		return 0;
	acts = bytes[0];
	closed = 0;
	buf_clear(&sent);
	buf_clear(&echoed);

	struct sockaddr_un *to = &path[acts & ACT_TLS_ONLY ? 1 : 0];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(connect(fd, (struct sockaddr *)to, sizeof(*to)) == 0);
	turn();
	for (size_t at = 1; at < size;) {
		size_t len = bytes[at++];

		len = len < size - at ? len : size - at;
		send_piece(fd, bytes + at, len);
		at += len;
	}
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 3; i++) {
		turn();
		collect(fd);
	}
	close(fd);
	for (int i = 0; i < 10 && !closed; i++)
		turn();
	MUST(closed == 1);
	MUST(!server);
	if (is_plain_echo())
		MUST(echoed.len == sent.len && memcmp(echoed.ptr, sent.ptr, sent.len) == 0);
	return 0;
}
