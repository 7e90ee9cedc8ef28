/*
 * The front door against an oracle that knows only texts: one line each of
 * door and flags, Host, Origin, Sec-Fetch-Site and Authorization. Nobody gets
 * in by another name, with more than the grant, or as the administrator.
 */
#include "core/access.h"

#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "fuzz.h"

#define TOKEN "secret"

static struct access *door;
static char *names[] = { "pos.local" };
static char *loopback[] = { "127.0.0.1:8080" }, *lan[] = { "10.0.0.1:443" };
static char *status[] = { "status" };
static char digest[65];
static struct listen_block listens[] = {
	{ .name = "plato", .dialect = "plato", .enabled = true, .names = { names, 1 },
	    .address = { loopback, 1 } },
	{ .name = "lan", .dialect = "plato", .enabled = true, .address = { lan, 1 } },
	{ .name = "locked", .dialect = "native", .enabled = true, .local = 1 },
};
static struct origin_block origins[] = {
	{ .name = "https://pos.example", .allow = { status, 1 } },
};
static struct token_block tokens[] = {
	{ .name = "t", .sha256 = digest, .allow = { status, 1 } },
};
static const struct config config = {
	.listens = listens, .listen_count = 3, .origins = origins, .origin_count = 1,
	.tokens = tokens, .token_count = 1,
};

static struct approach read_approach(struct str input)
{
	struct str flags = str_cut(input, '\n', &input);
	unsigned bits = flags.len > 1 ? (unsigned char)flags.ptr[1] : 0;
	struct approach in = {
		.listen = &listens[flags.len ? (unsigned char)flags.ptr[0] % 3 : 0],
		.loopback = !(bits & 1),
		.proxied = bits & 2,
		.open = bits & 4,
		.page = bits & 8,
		.navigation = bits & 16,
		.hosts = 1 + !!(bits & 32),
		.local_port = 6310,
	};
	ip_parse(str_of(in.loopback ? "127.0.0.1" : "10.0.0.1"), &in.local_ip);
	in.host = str_cut(input, '\n', &input);
	in.origin = str_cut(input, '\n', &input);
	in.origins = (in.origin.len > 0) + !!(bits & 64);
	in.fetch_site = str_cut(input, '\n', &input);
	in.authorization = str_cut(input, '\n', &input);
	return in;
}

static bool starts_with_one_of(struct str text, const char *const *heads)
{
	for (; *heads; heads++)
		if (text.len >= strlen(*heads) &&
		    str_eq_nocase(str_head(text, strlen(*heads)), str_of(*heads)))
			return true;
	return false;
}

static void check_host(const struct approach *in)
{
	static const char *const known[] = { "localhost", "127.0.0.1", "[", "10.0.0.1",
		"pos.local", NULL };
	MUST(in->hosts == 1 && starts_with_one_of(in->host, known));
}

static void check_page(const struct approach *in, const struct caller *caller)
{
	static const char *const known[] = { "https://pos.example", NULL };
	static const char *const own[] = { "http://", "https://", NULL };
	MUST(in->origins == 1 && caller->cors);
	MUST(starts_with_one_of(in->origin, caller->kind == CALLER_PAGE ? known : own));
	MUST(caller->kind == CALLER_PAGE ? !(caller->allow & ~(unsigned)CAP_STATUS)
					 : str_ends(str_of(caller->origin), ":6310"));
}

static void check_program(const struct approach *in, const struct caller *caller)
{
	bool token = caller->kind == CALLER_TOKEN;
	MUST(!in->origins && !caller->cors);
	MUST(!in->fetch_site.len || str_is(in->fetch_site, "none") ||
	    str_is(in->fetch_site, "same-origin"));
	MUST(token || (in->loopback && !in->proxied && in->listen->local == 0));
	MUST(!token || caller->allow == CAP_STATUS);
}

static void check_caller(const struct approach *in, const struct caller *caller)
{
	check_host(in);
	MUST(in->origins <= 1 && !(caller->allow & CAP_ADMIN) && caller->kind != CALLER_ADMIN);
	if (caller->kind == CALLER_PAGE || caller->kind == CALLER_CONSOLE)
		check_page(in, caller);
	else if (caller->kind == CALLER_LOCAL || (caller->kind == CALLER_TOKEN && !in->open && !in->page))
		check_program(in, caller);
	else if (caller->kind == CALLER_NOBODY)
		MUST((in->open || in->page) && !caller->allow && !caller->cors);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (!door) {
		sha256_hex(STR(TOKEN), digest);
		door = access_create();
		access_load(door, &config);
	}
	struct approach in = read_approach((struct str){ (const char *)bytes, size });
	struct caller caller;
	struct why why = { 0 };
	enum err err = access_enter(door, &in, &caller, &why);
	if (!err)
		err = access_identify(door, &in, &caller, &why);
	if (!err)
		check_caller(&in, &caller);
	else
		access_note_refused(door, in.origin, caller.allow);
	MUST(!access_refused_at(door, 64));
	return 0;
}
