/*
 * Listeners. Every connection is accepted, and one too many is closed at once:
 * left in the kernel's queue it would keep the loop awake and its client in
 * doubt. (libuv does the same with a spare descriptor when none is left.)
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/conn_internal.h"
#include "sys/sock.h"

#define BACKLOG 511
#define MAX_CLIENTS_DEFAULT 4096

/* Once, until there was room again: a flood must not fill the log. */
static void warn_full(struct listener *l)
{
	if (!l->full)
		log_warn("listen.full", "More than %zu connections: new ones are refused",
		    l->options.max_clients);
	l->full = true;
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct listener *l = stream->data;
	struct conn *c;

	if (status < 0) {
		log_warn("listen.accept", "Cannot accept a connection: %s", uv_strerror(status));
		return;
	}
	c = conn_accept(l);
	if (!c)
		return;
	if (l->clients <= l->options.max_clients)
		l->fn(c, l->arg);
	else
		warn_full(l);
	conn_begin(c);
}

static struct listener *create(struct loop *loop, const struct listen_options *options,
    accept_fn *fn, void *arg)
{
	struct listener *l = mem_alloc(sizeof(*l));

	l->loop = loop;
	if (options)
		l->options = *options;
	if (!l->options.max_clients)
		l->options.max_clients = MAX_CLIENTS_DEFAULT;
	l->tls = tls_hold(l->options.tls);
	l->fn = fn;
	l->arg = arg;
	return l;
}

static void free_if_unused(struct listener *l)
{
	if (!l->closed || l->clients)
		return;
	tls_release(l->tls);
	free(l->path);
	free(l);
}

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = handle->data;

	l->closed = true;
	free_if_unused(l);
}

void listener_leave(struct listener *l)
{
	l->clients--;
	if (l->clients < l->options.max_clients)
		l->full = false;
	free_if_unused(l);
}

void listener_close(struct listener *l)
{
	if (!l || uv_is_closing(&l->uv.handle))
		return;
	if (l->path)
		sock_unlink_unix(l->path, l->inode);
	uv_close(&l->uv.handle, on_listener_closed);
}

static enum err tcp_error(int rc, const struct ip *ip, uint16_t port, struct why *why)
{
	char text[46];

	ip_format(ip, text);
	switch (rc) {
	case UV_EADDRINUSE:
		return why_fail(why, E_BUSY, "Port %u is in use", port);
	case UV_EACCES:
	case UV_EPERM:
		return why_fail(why, E_NOT_ALLOWED, "Not allowed to listen on port %u", port);
	case UV_EAFNOSUPPORT:
		return why_fail(why, E_UNSUPPORTED, "This machine has no IPv6");
	case UV_EADDRNOTAVAIL:
		if (ip_is_loopback(ip))
			return why_fail(why, E_UNSUPPORTED, "This machine has no %s", text);
		return why_fail(why, E_NOT_FOUND, "This machine has no address %s", text);
	default:
		return why_fail(why, E_IO, "Cannot listen on %s port %u: %s", text, port,
		    uv_strerror(rc));
	}
}

/* Its connections inherit it, from their first window on. */
static int limit_receive(struct listener *l)
{
	int bytes = (int)l->options.receive_bytes;

	return bytes ? uv_recv_buffer_size(&l->uv.handle, &bytes) : 0;
}

enum err listener_open_tcp(struct loop *loop, const struct ip *ip, uint16_t port,
    const struct listen_options *options, accept_fn *fn, void *arg,
    struct listener **out, struct why *why)
{
	struct listener *l = create(loop, options, fn, arg);
	struct sockaddr_storage at = address_make(ip, port);
	int rc;

	uv_tcp_init(&loop->uv, &l->uv.tcp);
	l->uv.handle.data = l;
	rc = uv_tcp_bind(&l->uv.tcp, (struct sockaddr *)&at, ip->v6 ? UV_TCP_IPV6ONLY : 0);
	if (!rc)
		rc = limit_receive(l);
	if (!rc)
		rc = uv_listen(&l->uv.stream, BACKLOG, on_connection);
	if (rc) {
		listener_close(l);
		return tcp_error(rc, ip, port, why);
	}
	*out = l;
	return E_OK;
}

enum err listener_open_unix(struct loop *loop, const char *path, unsigned mode,
    const struct listen_options *options, accept_fn *fn, void *arg,
    struct listener **out, struct why *why)
{
	struct listener *l;
	int fd, rc;
	enum err err = sock_bind_unix(path, mode, &fd, why);

	if (err)
		return err;
	l = create(loop, options, fn, arg);
	l->path = mem_strdup(path);
	l->inode = sock_inode(path);
	uv_pipe_init(&loop->uv, &l->uv.pipe, 0);
	l->uv.handle.data = l;
	rc = uv_pipe_open(&l->uv.pipe, fd);
	if (!rc)
		rc = uv_listen(&l->uv.stream, BACKLOG, on_connection);
	if (rc) {
		listener_close(l);
		return why_fail(why, E_IO, "Cannot listen on %s: %s", path, uv_strerror(rc));
	}
	*out = l;
	return E_OK;
}

uint16_t listener_port(const struct listener *l)
{
	struct sockaddr_storage at;
	struct ip ip;
	uint16_t port = 0;
	int len = sizeof(at);

	if (!l->path && uv_tcp_getsockname(&l->uv.tcp, (struct sockaddr *)&at, &len) == 0)
		address_read(&at, &ip, &port);
	return port;
}

size_t listener_clients(const struct listener *l)
{
	return l->clients;
}

void listener_set_tls(struct listener *l, const struct tls *tls)
{
	struct tls *old = l->tls;

	l->tls = tls_hold(tls);
	tls_release(old);
}
