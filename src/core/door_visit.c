/*
 * What every request passes, in the contract's order. The head is judged
 * before anything of the body is read: who asks, from where, for what. Then
 * the body is parsed, the dialect decodes, the desk works, the dialect encodes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/sha.h"
#include "core/audit.h"
#include "core/door_inside.h"
#include "core/session.h"
#include "net/loop.h"
#include "sys/service.h"

#include <unistd.h>

#define JSON_TYPE "application/json; charset=utf-8"

/* One request on its way through. */
struct exchange {
	struct door *door;
	struct http_request *http; /* NULL once the client has gone */
	const struct route *route;
	const struct http_file *page;
	struct approach approach;
	struct caller caller;
	struct visit visit;
	struct json_doc *json;
	struct request request;
	char type[128];
	bool nameless;   /* of a socket: its token is still to come */
	char token[128]; /* from the query, as a header would say it */
};

static unsigned route_capability(const struct route *r)
{
	return r->capability ? r->capability : verb_capability(r->verb);
}

/* --- answering ---------------------------------------------------------------------- */

static void add_cors(struct exchange *x)
{
	struct http_request *r = x->http;

	if (x->approach.open)
		http_add_header(r, "Access-Control-Allow-Origin", STR("*"));
	else if (x->caller.cors)
		http_add_header(r, "Access-Control-Allow-Origin", str_of(x->caller.origin));
	if (!x->caller.cors)
		return;
	http_add_header(r, "Vary", STR("Origin"));
	http_add_header(r, "Access-Control-Expose-Headers",
	    STR("Retry-After, Idempotency-Replayed"));
}


static void finish(struct exchange *x)
{
	struct doors *d = x->door->doors;

	request_finish(&x->request);
	json_destroy(x->json);
	free(x);
	doors_release(d);
}

static void send(struct exchange *x, int status, const char *type, struct str body)
{
	if (x->request.entry)
		audit_result(x->door->doors->platen->audit, x->request.entry, status >= 400, body);
	if (x->http) {
		http_request_set_arg(x->http, NULL);
		add_cors(x);
		http_reply(x->http, status, type, body);
	}
	finish(x);
}

static const enum refusal refusals[ERR_COUNT] = {
	[E_HOST] = REFUSED_HOST + 1,
	[E_ORIGIN] = REFUSED_ORIGIN + 1,
	[E_UNAUTHORIZED] = REFUSED_TOKEN + 1,
	[E_NOT_ALLOWED] = REFUSED_CAPABILITY + 1,
	[E_RATE] = REFUSED_RATE + 1,
	[E_QUEUE_FULL] = REFUSED_RATE + 1,
	[E_TOO_LARGE] = REFUSED_SIZE + 1,
	[E_JSON] = REFUSED_JSON + 1,
};

static void refuse(struct exchange *x, const struct why *why, int retry_after)
{
	enum refusal reason = refusals[why->err] ? refusals[why->err] - 1 : REFUSED_OTHER;
	struct buf body;
	char text[16];

	x->door->doors->totals.refused[reason]++;
	buf_init(&body, 4096);
	x->door->dialect->refuse(why, &body);
	if (x->http && why->err == E_UNAUTHORIZED)
		http_add_header(x->http, "WWW-Authenticate", STR("Bearer"));
	if (x->http && retry_after) {
		snprintf(text, sizeof text, "%d", retry_after);
		http_add_header(x->http, "Retry-After", str_of(text));
	}
	send(x, err_status(why->err), JSON_TYPE, buf_str(&body));
	buf_finish(&body);
}

static void on_done(struct request *q, const struct reply *r, void *arg)
{
	struct exchange *x = arg;
	struct answer a = { .status = 200, .type = JSON_TYPE };

	if (r->err) {
		refuse(x, &r->why, r->retry_after);
		return;
	}
	if (r->stored) {
		if (x->http && r->replayed)
			http_add_header(x->http, "Idempotency-Replayed", STR("true"));
		send(x, r->stored->status, JSON_TYPE, str_of(r->stored->body));
		return;
	}
	buf_init(&a.body, 16777216);
	q->encode(q, r, &a);
	if (x->http && a.disposition)
		http_add_header(x->http, "Content-Disposition", str_of(a.disposition));
	if (x->http && a.location[0])
		http_add_header(x->http, "Location", str_of(a.location));
	send(x, a.status, a.type, buf_str(&a.body));
	buf_finish(&a.body);
}

/* --- the head: steps 2 to 9 -------------------------------------------------------------- */

static struct str header(const struct exchange *x, const char *name)
{
	return http_header(x->http, name);
}

static bool both_loopback(const struct conn *c, const struct ip *local)
{
	struct ip peer;
	uint16_t port;

	return conn_peer(c, &peer, &port) && ip_is_loopback(&peer) && ip_is_loopback(local);
}

static void gather(struct exchange *x)
{
	enum { LOCAL_TOKEN = 1 }; /* place among the choices */
	struct approach *a = &x->approach;
	struct conn *c = http_conn(x->http);
	uid_t uid;

	a->listen = x->door->listen;
	a->control = !x->door->listen;
	a->uid_allowed = a->control && conn_peer_uid(c, &uid) && (uid == 0 || uid == geteuid());
	if (conn_local(c, &a->local_ip, &a->local_port))
		a->loopback = both_loopback(c, &a->local_ip);
	a->hosts = (unsigned)http_header_repeats(x->http, "Host");
	a->host = header(x, "Host");
	a->origins = (unsigned)http_header_repeats(x->http, "Origin");
	a->origin = header(x, "Origin");
	a->fetch_site = header(x, "Sec-Fetch-Site");
	a->navigation = str_is_nocase(header(x, "Sec-Fetch-Mode"), "navigate");
	a->proxied = header(x, "Forwarded").ptr || header(x, "X-Forwarded-For").ptr ||
	    header(x, "Via").ptr;
	a->authorization = header(x, "Authorization");
	a->token_always = x->door->dialect->token_always ||
	    (x->door->dialect->token_pages && a->listen && a->listen->local == LOCAL_TOKEN);
}

/* The query is read for a token only where a client cannot send a header. */
static void take_query_token(struct exchange *x)
{
	struct buf token;

	if (!(x->route->flags & ROUTE_QUERY_TOKEN) || x->approach.authorization.ptr)
		return;
	buf_init(&token, sizeof x->token - 8);
	if (http_query_get(x->http, "token", &token) && token.len) {
		snprintf(x->token, sizeof x->token, "Bearer %s", buf_cstr(&token));
		x->approach.authorization = str_of(x->token);
	}
	buf_finish(&token);
}

static const struct http_file *find_page(const struct http_file *pages, struct str path)
{
	if (str_is(path, "/"))
		path = STR("/index.html");
	for (const struct http_file *f = pages; f && f->path; f++)
		if (str_is(path, f->path))
			return f;
	return NULL;
}

static void preflight(struct exchange *x)
{
	char methods[128];
	struct str wanted = header(x, "Access-Control-Request-Headers");

	route_methods(x->door->dialect, http_path(x->http), methods, sizeof methods);
	if (x->caller.cors && methods[0]) {
		http_add_header(x->http, "Access-Control-Allow-Methods", str_of(methods));
		if (wanted.len && wanted.len <= 1024)
			http_add_header(x->http, "Access-Control-Allow-Headers", wanted);
		http_add_header(x->http, "Access-Control-Max-Age", STR("600"));
		if (str_is(header(x, "Access-Control-Request-Private-Network"), "true"))
			http_add_header(x->http, "Access-Control-Allow-Private-Network",
			    STR("true"));
	}
	send(x, 204, NULL, STR_NONE);
}

static enum err wrong_method(struct exchange *x, struct why *why)
{
	char methods[128];

	route_methods(x->door->dialect, http_path(x->http), methods, sizeof methods);
	http_add_header(x->http, "Allow", str_of(methods));
	return why_fail(why, E_METHOD, NULL);
}

static void note_type(struct exchange *x)
{
	struct str rest, type = str_trim(str_cut(header(x, "Content-Type"), ';', &rest));

	if (!str_copy(x->type, sizeof x->type, type))
		x->type[0] = '\0';
	for (char *p = x->type; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	x->visit.content_type = str_of(x->type);
}

static enum err check_body(struct exchange *x, struct why *why)
{
	size_t max = x->door->dialect->body_max;
	uint64_t declared;

	note_type(x);
	if (!(x->route->flags & (ROUTE_JSON | ROUTE_BYTES)) || !http_has_body(x->http))
		return E_OK;
	if (x->route->flags & ROUTE_JSON && strcmp(x->type, "application/json") != 0)
		return why_fail(why, E_MEDIA, NULL);
	if (str_to_u64(header(x, "Content-Length"), &declared) && declared > max)
		return why_fail(why, E_TOO_LARGE, NULL);
	http_set_body_max(x->http, max);
	return E_OK;
}

static enum err check_socket(struct exchange *x, struct why *why)
{
	if (!(x->route->flags & ROUTE_SOCKET) || ws_wanted(x->http))
		return E_OK;
	http_add_header(x->http, "Upgrade", STR("websocket"));
	return why_fail(why, E_UPGRADE, NULL);
}

/* Steps 5 to 9, after it is known who asks. */
static enum err check_route(struct exchange *x, bool path_known, struct why *why)
{
	struct access *a = x->door->doors->platen->access;
	enum err err;

	if (!x->route)
		return path_known ? wrong_method(x, why) : why_fail(why, E_NOT_FOUND, NULL);
	if (x->route->flags & ROUTE_PAGE && !x->page)
		return why_fail(why, E_NOT_FOUND, NULL);
	take_query_token(x);
	if (!(x->route->flags & (ROUTE_OPEN | ROUTE_FREE | ROUTE_PAGE | ROUTE_HOME))) {
		err = access_identify(a, &x->approach, &x->caller, why);
		x->nameless = err && x->route->flags & ROUTE_LATE_TOKEN &&
		    !x->approach.authorization.ptr;
		if (x->nameless)
			return check_socket(x, why);
		if (err)
			return err;
		if ((err = access_require(a, &x->caller, route_capability(x->route), why)))
			return err;
	}
	if (x->route->verb == VERB_SUBMIT &&
	    (err = door_check_rate(x->door, &x->caller, why)))
		return err;
	if ((err = check_socket(x, why)))
		return err;
	return check_body(x, why);
}

/* The connection is the session's from here; the exchange has ended. */
static void serve_socket(struct exchange *x)
{
	struct http_request *r = x->http;

	http_request_set_arg(r, NULL);
	door_session_start(x->door, r, &x->caller, &x->approach, x->nameless);
	finish(x);
}

static bool is_preflight(const struct exchange *x)
{
	return str_is(http_method(x->http), "OPTIONS") &&
	    header(x, "Access-Control-Request-Method").ptr;
}

static enum err enter(struct exchange *x, struct str method, bool *path_known, struct why *why)
{
	struct platen *p = x->door->doors->platen;
	enum err err;

	x->route = route_find(x->door->dialect, http_path(x->http), method, x->visit.params,
	    path_known);
	if (x->route && x->route->flags & ROUTE_PAGE)
		x->page = find_page(p->pages[x->door->dialect->pages], http_path(x->http));
	x->approach.open = x->route && x->route->flags & ROUTE_OPEN;
	x->approach.page = x->page || (x->route && x->route->flags & ROUTE_HOME);
	err = access_enter(p->access, &x->approach, &x->caller, why);
	if (err == E_ORIGIN && x->approach.origin.ptr)
		access_note_refused(p->access, x->approach.origin,
		    x->route ? route_capability(x->route) : 0);
	return err;
}

static void fill_visit(struct exchange *x)
{
	struct visit *v = &x->visit;
	struct request *q = &x->request;

	v->platen = q->platen = x->door->doors->platen;
	v->listen = q->listen = x->door->listen;
	v->caller = q->caller = &x->caller;
	v->method = http_method(x->http);
	v->path = http_path(x->http);
	v->options = header(x, "Platen-Options");
	v->http = x->http;
	q->dialect = x->door->dialect;
	q->verb = x->route->verb;
	q->encode = x->route->encode;
}

#define UNNOTED (ROUTE_PAGE | ROUTE_OPEN | ROUTE_FREE | ROUTE_HOME | ROUTE_STREAM)

/* What only gives away what everybody may have is no command. */
static void note_command(struct exchange *x, bool refused)
{
	struct platen *p = x->door->doors->platen;
	struct visit *v = &x->visit;
	char text[320];
	int n;
	struct command c = {
		.dialect = x->door->dialect->name,
		.caller = &x->caller,
		.request = &x->request,
		.json = v->json,
		.body = v->body,
		.refused = refused,
	};

	if (x->route->flags & UNNOTED)
		return;
	n = snprintf(text, sizeof text, "%.*s %.*s", STR_ARG(str_head(v->method, 16)),
	    STR_ARG(str_head(v->path, 256)));
	c.action = (struct str){ text, (size_t)n };
	x->request.entry = audit_command(p->audit, &c);
}

static void refuse_head(struct exchange *x, const struct why *why, int retry_after)
{
	if (x->door->doors->platen->auditing && x->route && !is_preflight(x)) {
		fill_visit(x);
		note_command(x, true);
	}
	refuse(x, why, retry_after);
}

static void on_head(struct http_request *r, void *arg)
{
	struct door *door = arg;
	struct exchange *x = mem_alloc(sizeof *x);
	struct str method = http_method(r);
	bool path_known;
	struct why why;

	x->door = door;
	x->http = r;
	request_init(&x->request);
	http_request_set_arg(r, x);
	doors_hold(door->doors);
	door->doors->totals.requests++;
	gather(x);
	if (is_preflight(x))
		method = header(x, "Access-Control-Request-Method");
	if (enter(x, method, &path_known, &why))
		refuse_head(x, &why, 0);
	else if (is_preflight(x))
		preflight(x);
	else if (check_route(x, path_known, &why))
		refuse_head(x, &why, why.err == E_RATE ? 1 : 0);
	else if (x->route->flags & ROUTE_SOCKET)
		serve_socket(x);
}

/* --- the whole message ---------------------------------------------------------------------- */

bool visit_query(const struct visit *v, const char *name, char *out, size_t size)
{
	struct buf value;
	bool found;

	buf_init(&value, size - 1);
	found = http_query_get(v->http, name, &value) &&
	    str_copy(out, size, buf_str(&value)) && !value.failed;
	buf_finish(&value);
	return found;
}

static enum err parse_body(struct exchange *x, struct why *why)
{
	struct visit *v = &x->visit;

	v->body = http_body(x->http);
	if (!(x->route->flags & ROUTE_JSON))
		return E_OK;
	if (json_parse(v->body.len ? v->body : STR("{}"), NULL, &x->json, why))
		return why_fail(why, E_JSON, NULL);
	v->json = x->request.json = json_root(x->json);
	return json_is(v->json, JSON_OBJECT) ? E_OK : why_fail(why, E_JSON, NULL);
}

static bool key_valid(struct str key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.ptr[i] < 0x21 || key.ptr[i] > 0x7e)
			return false;
	return key.len >= 1 && key.len <= 200;
}

static enum err take_key(struct exchange *x, struct why *why)
{
	struct request *q = &x->request;
	struct str key = header(x, "Idempotency-Key");
	struct sha256 *sum;

	if (!key.ptr || str_is(x->visit.method, "GET") || str_is(x->visit.method, "HEAD"))
		return E_OK;
	if (!key_valid(key) || http_header_repeats(x->http, "Idempotency-Key") > 1)
		return why_fail(why, E_KEY, NULL);
	str_copy(q->key, sizeof q->key, key);
	snprintf(q->scope, sizeof q->scope, "%s|%s|%.*s %.*s", q->dialect->name,
	    x->caller.principal, STR_ARG(x->visit.method), STR_ARG(x->visit.path));
	sum = sha256_begin();
	sha256_add(sum, x->visit.body);
	sha256_add(sum, x->visit.options);
	sha256_add(sum, http_query(x->http));
	sha256_end(sum, q->fingerprint);
	return E_OK;
}

static enum err understand(struct exchange *x, struct why *why)
{
	enum err err;

	fill_visit(x);
	if ((err = parse_body(x, why)) || (err = take_key(x, why)))
		return err;
	return x->route->decode ? x->route->decode(&x->visit, &x->request, why) : E_OK;
}

static void add_policy(struct exchange *x)
{
	const struct dialect *d = x->door->dialect;
	struct buf policy;

	if (!d->policy)
		return;
	buf_init(&policy, 1024);
	d->policy(x->door->doors->platen, &policy);
	http_add_header(x->http, "Content-Security-Policy", buf_str(&policy));
	buf_finish(&policy);
}

static void serve_page(struct exchange *x)
{
	struct http_request *r = x->http;

	http_request_set_arg(r, NULL);
	add_cors(x);
	add_policy(x);
	http_reply_file(r, x->page);
	finish(x);
}

static void serve_stream(struct exchange *x)
{
	struct http_request *r = x->http;
	struct why why;

	if (door_streams_full(x->door)) {
		why_fail(&why, E_STREAMS, NULL);
		refuse(x, &why, 5);
		return;
	}

	http_request_set_arg(r, NULL);
	add_cors(x);
	door_stream_start(x->door, r, &x->caller);
	finish(x);
}

static void on_request(struct http_request *r, void *arg)
{
	struct exchange *x = http_request_arg(r);
	struct why why;
	enum err err = E_OK;

	(void)arg;
	if (!x->page) {
		err = understand(x, &why);
		if (x->door->doors->platen->auditing)
			note_command(x, err != E_OK);
	}
	if (x->page)
		serve_page(x);
	else if (err)
		refuse(x, &why, 0);
	else if (x->route->flags & ROUTE_STREAM)
		serve_stream(x);
	else
		desk_run(&x->request, on_done, x);
}

/* The client has gone; what was begun goes on, its answer has no reader. */
static void on_gone(struct http_request *r, void *arg)
{
	struct exchange *x = http_request_arg(r);

	(void)arg;
	if (!x)
		return;
	x->http = NULL;
	if (!x->request.platen)
		finish(x); /* it had not reached the desk */
}

static void error_body(enum err err, struct buf *out, void *arg)
{
	struct door *door = arg;
	struct why why;

	why_fail(&why, err, NULL);
	door->dialect->refuse(&why, out);
}

const struct http_ops door_http_ops = {
	.on_head = on_head,
	.on_request = on_request,
	.on_gone = on_gone,
	.error_body = error_body,
};
