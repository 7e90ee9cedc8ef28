/*
 * The front door's judgement. Every rule of "who is asking" is one small
 * predicate over the facts of the request; access_enter() asks them in the
 * contract's order and the first that fails answers.
 */
#include "core/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/text.h"
#include "sys/clock.h"

#define REFUSED_MAX 64
#define TOKEN_BYTES 32
#define CONSOLE_PORT 6310
#define VIEWER_PORT 8081

struct grant {
	struct origin origin;
	unsigned allow;
	const struct texts *printers;
};

struct token {
	const struct token_block *block;
	unsigned allow;
};

/* A listener whose pages are our own. */
struct site {
	const struct listen_block *listen;
	enum caller_kind kind;
	unsigned allow;
	uint16_t port; /* by default */
};

struct access {
	struct grant *grants;
	size_t grant_count;
	struct token *tokens;
	size_t token_count;
	struct site *sites;
	size_t site_count;
	struct refused refused[REFUSED_MAX]; /* newest first */
	size_t refused_count;
};

static unsigned capabilities_of(const struct texts *names)
{
	unsigned set = 0;
	for (size_t i = 0; i < names->count; i++)
		set |= capability_parse(str_of(names->items[i]));
	return set;
}

struct access *access_create(void)
{
	return mem_alloc(sizeof(struct access));
}

static void forget_config(struct access *a)
{
	free(a->grants);
	free(a->tokens);
	free(a->sites);
	a->grants = NULL;
	a->tokens = NULL;
	a->sites = NULL;
	a->grant_count = a->token_count = a->site_count = 0;
}

void access_destroy(struct access *a)
{
	if (!a)
		return;
	forget_config(a);
	free(a);
}

static void load_grant(struct access *a, const struct origin_block *block)
{
	struct grant *g = &a->grants[a->grant_count];
	if (origin_parse(str_of(block->name), &g->origin, NULL))
		return;
	g->allow = capabilities_of(&block->allow) & ~(unsigned)CAP_ADMIN;
	g->printers = &block->printers;
	a->grant_count++;
}

static void load_site(struct access *a, const struct listen_block *l)
{
	static const struct {
		const char *dialect;
		struct site site;
	} own[] = {
		{ "native", { NULL, CALLER_CONSOLE, CAP_ALL & ~CAP_ADMIN, CONSOLE_PORT } },
		{ "console", { NULL, CALLER_CONSOLE, CAP_ALL & ~CAP_ADMIN, CONSOLE_PORT } },
		{ "viewer", { NULL, CALLER_PAGE, CAP_PRINT | CAP_STATUS, VIEWER_PORT } },
	};
	for (size_t i = 0; i < COUNT_OF(own) && l->enabled && l->dialect; i++) {
		if (strcmp(l->dialect, own[i].dialect))
			continue;
		a->sites[a->site_count] = own[i].site;
		a->sites[a->site_count++].listen = l;
	}
}

/* Who has been let in did not knock in vain. */
static void forget_granted(struct access *a)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->refused_count; i++) {
		bool granted = false;
		for (size_t g = 0; g < a->grant_count && !granted; g++) {
			char name[320];
			origin_format(&a->grants[g].origin, name);
			granted = !strcmp(name, a->refused[i].origin);
		}
		if (!granted)
			a->refused[kept++] = a->refused[i];
	}
	a->refused_count = kept;
}

void access_load(struct access *a, const struct config *c)
{
	forget_config(a);
	a->grants = mem_array(c->origin_count, sizeof(*a->grants));
	a->tokens = mem_array(c->token_count, sizeof(*a->tokens));
	a->sites = mem_array(c->listen_count, sizeof(*a->sites));
	for (size_t i = 0; i < c->origin_count; i++)
		load_grant(a, &c->origins[i]);
	for (size_t i = 0; i < c->token_count; i++)
		a->tokens[a->token_count++] =
		    (struct token){ &c->tokens[i], capabilities_of(&c->tokens[i].allow) };
	for (size_t i = 0; i < c->listen_count; i++)
		load_site(a, &c->listens[i]);
	forget_granted(a);
}

static bool same_ip(const char *text, const struct ip *ip)
{
	struct ip other;
	return ip_parse(str_of(text), &other) && ip_eq(&other, ip);
}

static bool bound_to(const struct texts *addresses, const struct ip *ip)
{
	for (size_t i = 0; i < addresses->count; i++) {
		struct ip bound;
		uint16_t port;
		if (!ip_port_parse(str_of(addresses->items[i]), &bound, &port, NULL) &&
		    ip_eq(&bound, ip))
			return true;
	}
	return false;
}

/* Whether `host` (lower case, no port) is a name of this listener. Names that
 * anybody could point at us by DNS are what this keeps out. */
static bool known_name(const struct listen_block *l, const struct ip *local, const char *host)
{
	struct ip ip;
	if (!strcmp(host, "localhost"))
		return true;
	for (size_t i = 0; i < l->names.count; i++)
		if (str_is_nocase(str_of(host), l->names.items[i]))
			return true;
	if (!ip_parse(str_of(host), &ip) || ip_is_never_host(&ip))
		return false;
	return same_ip("127.0.0.1", &ip) || same_ip("::1", &ip) || ip_eq(&ip, local) ||
	    bound_to(&l->address, &ip) || bound_to(&l->tls_address, &ip);
}

static enum err check_host(const struct approach *in, struct why *why)
{
	char host[256];
	if (in->hosts != 1)
		return why_fail(why, E_BAD_REQUEST, NULL);
	if (!host_header_parse(in->host, host) || !known_name(in->listen, &in->local_ip, host))
		return why_fail(why, E_HOST, NULL);
	return E_OK;
}

static bool has_port(const struct texts *addresses, uint16_t port)
{
	for (size_t i = 0; i < addresses->count; i++) {
		struct ip ip;
		uint16_t bound;
		if (!ip_port_parse(str_of(addresses->items[i]), &ip, &bound, NULL) &&
		    bound == port)
			return true;
	}
	return false;
}

static bool site_at(const struct site *s, const struct approach *in, uint16_t port)
{
	const struct listen_block *l = s->listen;
	if (l == in->listen && port == in->local_port)
		return true;
	return has_port(&l->tls_address, port) ||
	    (l->address.count ? has_port(&l->address, port) : port == s->port);
}

static const struct site *own_site(const struct access *a, const struct approach *in,
    const struct origin *origin)
{
	if (strcmp(origin->scheme, "http") && strcmp(origin->scheme, "https"))
		return NULL;
	for (size_t i = 0; i < a->site_count; i++) {
		const struct site *s = &a->sites[i];
		if (site_at(s, in, origin->port) &&
		    known_name(s->listen, &in->local_ip, origin->host))
			return s;
	}
	return NULL;
}

static const struct grant *grant_of(const struct access *a, const struct origin *origin)
{
	for (size_t i = 0; i < a->grant_count; i++)
		if (origin_eq(&a->grants[i].origin, origin))
			return &a->grants[i];
	return NULL;
}

/* Long origins are named by their digest, so that no two share a principal. */
static void name_page(struct caller *caller, const struct origin *origin)
{
	char hex[65];
	origin_format(origin, caller->origin);
	caller->cors = true;
	if (strlen(caller->origin) + sizeof("origin:") <= sizeof(caller->principal)) {
		snprintf(caller->principal, sizeof(caller->principal), "origin:%.120s",
		    caller->origin);
		return;
	}
	sha256_hex(str_of(caller->origin), hex);
	snprintf(caller->principal, sizeof(caller->principal), "origin:sha256-%s", hex);
}

static enum err enter_page(const struct access *a, const struct approach *in,
    struct caller *caller, struct why *why)
{
	struct origin origin;
	if (origin_parse(in->origin, &origin, NULL))
		return why_fail(why, E_ORIGIN, NULL);
	const struct site *site = own_site(a, in, &origin);
	const struct grant *grant = grant_of(a, &origin);
	if (!site && !grant)
		return why_fail(why, E_ORIGIN, NULL);
	caller->kind = site ? site->kind : CALLER_PAGE;
	caller->allow = (site ? site->allow : 0) | (grant ? grant->allow : 0);
	caller->printers = site ? NULL : grant->printers;
	name_page(caller, &origin);
	return E_OK;
}

/* Browsers omit Origin on plain GETs, but they say where those come from. */
static bool is_foreign_page(const struct approach *in)
{
	return in->fetch_site.len && !str_is(in->fetch_site, "none") &&
	    !str_is(in->fetch_site, "same-origin");
}

static enum err enter_program(const struct approach *in, struct caller *caller, struct why *why)
{
	enum { LOCAL_TRUST };
	if (is_foreign_page(in))
		return why_fail(why, E_ORIGIN, NULL);
	if (!in->loopback || in->proxied || in->listen->local != LOCAL_TRUST)
		return E_OK;
	caller->kind = CALLER_LOCAL;
	caller->allow = CAP_ALL & ~CAP_ADMIN;
	str_copy(caller->principal, sizeof(caller->principal), STR("local"));
	return E_OK;
}

static enum err enter_control(const struct approach *in, struct caller *caller, struct why *why)
{
	if (!in->uid_allowed)
		return why_fail(why, E_NOT_ALLOWED, NULL);
	caller->kind = CALLER_ADMIN;
	caller->allow = CAP_ALL;
	str_copy(caller->principal, sizeof(caller->principal), STR("admin"));
	return E_OK;
}

enum err access_enter(struct access *a, const struct approach *in, struct caller *caller,
    struct why *why)
{
	*caller = (struct caller){ .kind = CALLER_NOBODY };
	if (in->control)
		return enter_control(in, caller, why);
	enum err err = check_host(in, why);
	if (err)
		return err;
	if (in->origins > 1)
		return why_fail(why, E_BAD_REQUEST, NULL);
	err = in->origins ? enter_page(a, in, caller, why) : enter_program(in, caller, why);
	if (err && (in->open || (in->page && in->navigation)))
		return E_OK; /* as nobody */
	return err;
}

/* The part behind "Bearer "; empty if this is no bearer token. */
static struct str bearer(struct str authorization)
{
	struct str token, scheme = str_cut(authorization, ' ', &token);
	return str_is_nocase(scheme, "bearer") ? str_trim(token) : STR_NONE;
}

/* Every token is compared, whatever the first ones say. */
static const struct token *token_of(const struct access *a, struct str text)
{
	const struct token *found = NULL;
	char hex[65];
	sha256_hex(text, hex);
	for (size_t i = 0; i < a->token_count; i++)
		if (str_eq_secret(str_of(a->tokens[i].block->sha256), str_of(hex)))
			found = &a->tokens[i];
	return found;
}

static void take_token(struct caller *caller, const struct token *token)
{
	caller->token_printers = &token->block->printers;
	str_copy(caller->token, sizeof(caller->token), str_of(token->block->name));
	if (caller->kind == CALLER_PAGE) {
		caller->allow &= token->allow;
		return;
	}
	caller->allow = token->allow;
	if (caller->kind == CALLER_CONSOLE)
		return;
	caller->kind = CALLER_TOKEN;
	snprintf(caller->principal, sizeof(caller->principal), "token:%.64s", token->block->name);
}

static bool needs_token(const struct approach *in, const struct caller *caller)
{
	if (in->open || in->page)
		return false;
	if (in->token_always)
		return true;
	if (caller->kind == CALLER_PAGE || caller->kind == CALLER_CONSOLE)
		return !in->loopback && !in->listen->trust_origin;
	return caller->kind == CALLER_NOBODY;
}

enum err access_identify(struct access *a, const struct approach *in, struct caller *caller,
    struct why *why)
{
	if (caller->kind == CALLER_ADMIN)
		return E_OK;
	struct str text = bearer(in->authorization);
	const struct token *token = text.len ? token_of(a, text) : NULL;
	if (token)
		take_token(caller, token);
	else if (text.len || needs_token(in, caller))
		return why_fail(why, E_UNAUTHORIZED, NULL);
	return E_OK;
}

static const struct token *token_named(const struct access *a, const char *name)
{
	for (size_t i = 0; i < a->token_count; i++)
		if (!strcmp(a->tokens[i].block->name, name))
			return &a->tokens[i];
	return NULL;
}

bool access_renew(struct access *a, const struct approach *in, struct caller *caller)
{
	struct approach again = *in;
	struct caller now = { .kind = CALLER_NOBODY };
	struct why why;

	if (caller->kind == CALLER_ADMIN || caller->kind == CALLER_REMOTE)
		return true;
	again.origin = str_of(caller->origin);
	again.origins = caller->origin[0] != '\0';
	if (again.origins ? enter_page(a, &again, &now, &why) : enter_program(&again, &now, &why))
		return false;
	if (caller->token[0]) {
		const struct token *token = token_named(a, caller->token);
		if (!token)
			return false;
		take_token(&now, token);
	} else if (needs_token(&again, &now)) {
		return false;
	}
	*caller = now;
	return true;
}

enum err access_require(struct access *a, const struct caller *caller, unsigned capability,
    struct why *why)
{
	(void)a;
	unsigned missing = capability & ~caller->allow;
	if (!missing)
		return E_OK;
	return why_fail(why, E_NOT_ALLOWED, "Not allowed: %s", capability_name(missing & -missing));
}

static bool listed(const struct texts *names, const char *name)
{
	for (size_t i = 0; names && i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return true;
	return !names || !names->count;
}

bool access_printer(const struct caller *caller, const char *printer)
{
	return listed(caller->printers, printer) && listed(caller->token_printers, printer);
}

/* Canonical if it is an origin, else what is printable of it. */
static void refused_name(struct str text, char out[static 320])
{
	struct origin origin;
	if (!origin_parse(text, &origin, NULL))
		origin_format(&origin, out);
	else
		text_printable(text.ptr, text.len, 319, out);
}

void access_note_refused(struct access *a, struct str origin, unsigned wanted)
{
	int64_t now = clock_wall();
	struct refused r = { .first = now };
	size_t i = 0;
	refused_name(origin, r.origin);
	while (i < a->refused_count && strcmp(a->refused[i].origin, r.origin))
		i++;
	if (i < a->refused_count)
		r = a->refused[i];
	else if (a->refused_count < REFUSED_MAX)
		a->refused_count++;
	else
		i = REFUSED_MAX - 1; /* the oldest goes */
	r.wanted |= wanted;
	r.last = now;
	r.count++;
	memmove(&a->refused[1], &a->refused[0], i * sizeof(r));
	a->refused[0] = r;
}

const struct refused *access_refused_at(const struct access *a, size_t i)
{
	return i < a->refused_count ? &a->refused[i] : NULL;
}

void access_make_token(char token[static 64], char sha256_hex_out[static 65])
{
	uint8_t bytes[TOKEN_BYTES];
	struct buf text;
	random_bytes(bytes, sizeof(bytes));
	buf_init(&text, 64);
	base64_encode((struct str){ (const char *)bytes, sizeof(bytes) }, &text);
	size_t len = strcspn(buf_cstr(&text), "=");
	for (size_t i = 0; i < len; i++) {
		char c = (char)text.ptr[i];
		token[i] = c == '+' ? '-' : c == '/' ? '_' : c;
	}
	token[len] = '\0';
	sha256_hex(str_of(token), sha256_hex_out);
	mem_wipe(bytes, sizeof(bytes));
	mem_wipe(text.ptr, text.cap);
	buf_finish(&text);
}
