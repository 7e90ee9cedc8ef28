/*
 * One question to the system's resolver. Whoever asked may be gone when the
 * answer comes, so the request lives until the pool has let go of it, and what
 * was told or cancelled is marked by having no `fn`.
 */
#include "net/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/address.h"
#include "net/loop_internal.h"

struct resolve {
	uv_getaddrinfo_t req;
	struct timer *clock; /* time-out, or the next turn for what is known already */
	resolve_fn *fn;      /* NULL: nobody waits any more */
	void *arg;
	char *host;
	struct ip ips[RESOLVE_MAX];
	size_t count;
	int rc;     /* the pool did not take it */
	bool asked; /* the pool has it */
};

static void release(struct resolve *r)
{
	timer_destroy(r->clock);
	r->clock = NULL;
	r->fn = NULL;
	if (r->asked)
		return;
	free(r->host);
	free(r);
}

static void tell(struct resolve *r, const char *problem)
{
	resolve_fn *fn = r->fn;
	void *arg = r->arg;
	struct ip ips[RESOLVE_MAX];
	size_t count = r->count;
	struct why why;

	memcpy(ips, r->ips, sizeof(ips));
	if (count == 0)
		why_fail(&why, E_UNREACHABLE, "Cannot find the address of %s: %s", r->host,
		    problem);
	release(r);
	fn(ips, count, count ? NULL : &why, arg);
}

static bool is_known(const struct resolve *r, const struct ip *ip)
{
	for (size_t i = 0; i < r->count; i++)
		if (ip_eq(&r->ips[i], ip))
			return true;
	return false;
}

static void collect(struct resolve *r, const struct addrinfo *list)
{
	for (const struct addrinfo *a = list; a && r->count < RESOLVE_MAX; a = a->ai_next) {
		struct sockaddr_storage at = { 0 };
		struct ip ip;
		uint16_t port;

		memcpy(&at, a->ai_addr, a->ai_addrlen < sizeof(at) ? a->ai_addrlen : sizeof(at));
		if (address_read(&at, &ip, &port) && !is_known(r, &ip))
			r->ips[r->count++] = ip;
	}
}

static void on_answer(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct resolve *r = CONTAINER_OF(req, struct resolve, req);

	r->asked = false;
	if (r->fn && status == 0)
		collect(r, list);
	uv_freeaddrinfo(list);
	if (r->fn)
		tell(r, status ? uv_strerror(status) : "no usable address");
	else
		release(r);
}

static void on_clock(void *arg)
{
	struct resolve *r = arg;

	if (r->asked)
		uv_cancel((uv_req_t *)&r->req); /* helps only while it waits for a thread */
	tell(r, r->rc ? uv_strerror(r->rc) : "no answer in time");
}

struct resolve *resolve_start(struct loop *loop, const char *host, int64_t timeout_ms,
    resolve_fn *fn, void *arg)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct resolve *r = mem_alloc(sizeof(*r));

	r->fn = fn;
	r->arg = arg;
	r->host = mem_strdup(host);
	r->clock = timer_create_on(loop, on_clock, r);
	if (ip_parse(str_of(host), &r->ips[0])) {
		r->count = 1;
	} else {
		r->rc = uv_getaddrinfo(&loop->uv, &r->req, on_answer, host, NULL, &hints);
		r->asked = r->rc == 0;
	}
	timer_arm(r->clock, r->asked ? timeout_ms : 0, 0);
	return r;
}

void resolve_cancel(struct resolve *r)
{
	if (!r)
		return;
	if (r->asked)
		uv_cancel((uv_req_t *)&r->req);
	release(r);
}
