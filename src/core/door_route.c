/*
 * Which row of a dialect's table a request means, and how often a caller may
 * submit.
 */
#include "core/door_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"

static bool segment_is_param(struct str s)
{
	return s.len > 2 && s.ptr[0] == '{' && s.ptr[s.len - 1] == '}';
}

static bool path_matches(const char *pattern, struct str path, struct str *params)
{
	struct str want = str_of(pattern), have = path, w, h;
	size_t n = 0;

	if (str_is(want, "*"))
		return true;
	while (want.ptr && have.ptr) {
		w = str_cut(want, '/', &want);
		h = str_cut(have, '/', &have);
		if (segment_is_param(w) && h.len && n < VISIT_PARAMS)
			params[n++] = h;
		else if (!str_eq(w, h))
			return false;
	}
	return !want.ptr && !have.ptr;
}

static bool method_matches(const char *method, struct str asked)
{
	return strcmp(method, "*") == 0 || str_is(asked, method) ||
	    (str_is(asked, "HEAD") && strcmp(method, "GET") == 0);
}

const struct route *route_find(const struct dialect *d, struct str path,
    struct str method, struct str *params, bool *path_known)
{
	*path_known = false;
	for (const struct route *r = d->routes; r->path; r++) {
		if (!path_matches(r->path, path, params))
			continue;
		if (method_matches(r->method, method))
			return r;
		*path_known |= strcmp(r->path, "*") != 0;
	}
	return NULL;
}

void route_methods(const struct dialect *d, struct str path, char *out, size_t size)
{
	struct str params[VISIT_PARAMS];
	size_t n = 0;

	out[0] = '\0';
	for (const struct route *r = d->routes; r->path; r++) {
		const char *method = r->flags & ROUTE_SOCKET ? "GET" : r->method;

		if (!path_matches(r->path, path, params) || strstr(out, method))
			continue;
		if (n && strcmp(r->path, "*") == 0)
			continue; /* no page has the path of an endpoint */
		n += (size_t)snprintf(out + n, size - n, "%s%s%s", n ? ", " : "", method,
		    strcmp(r->method, "GET") == 0 ? ", HEAD" : "");
		if (n >= size)
			return;
	}
}

/* Tokens per second and principal, at most one second's worth saved up. */
struct bucket {
	int64_t at;     /* mono ms */
	double tokens;
};

void door_forget_buckets(struct door *door)
{
	size_t at = 0;
	struct str key;
	void *bucket;

	while (map_next(&door->buckets, &at, &key, &bucket))
		free(bucket);
	map_finish(&door->buckets);
	map_init(&door->buckets);
}

enum err door_check_rate(struct door *door, const struct caller *caller, struct why *why)
{
	double rate = door->listen ? (double)door->listen->rate : 0;
	struct str key = str_of(caller->principal);
	struct bucket *b;
	int64_t now = clock_mono();

	if (!rate)
		return E_OK;
	if (door->buckets.count > 1024)
		door_forget_buckets(door);
	b = map_get(&door->buckets, key);
	if (!b) {
		b = mem_alloc(sizeof *b);
		*b = (struct bucket){ now, rate };
		map_put(&door->buckets, key, b);
	}
	b->tokens += (double)(now - b->at) * rate / 1000;
	b->tokens = b->tokens < rate ? b->tokens : rate;
	b->at = now;
	if (b->tokens < 1)
		return why_fail(why, E_RATE, NULL);
	b->tokens--;
	return E_OK;
}
