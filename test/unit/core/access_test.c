/*
 * The front door, one row per approach: who comes in through which door with
 * what, and what becomes of it. The doors are a real configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha.h"
#include "core/access.h"
#include "sys/file.h"
#include "../base/unit.h"

enum door { NATIVE, PLATO, LOCKED, LAN, TRUSTING, VIEWER, BARE };

static const char doors[] =
    "listen native { }\n"
    "listen plato { dialect = plato address = {127.0.0.1:8080, '[::1]:8080'}\n"
    "  names = {pos.local, Till-1.example} }\n"
    "listen locked { dialect = plato address = 127.0.0.1:8082 local = token }\n"
    "listen lan { dialect = plato address = 192.168.1.10:8443 tls = on }\n"
    "listen trusting { dialect = plato address = '[fd12::5]:8443' tls = on\n"
    "  trust-origin = yes }\n"
    "listen viewer { dialect = viewer }\n"
    "listen bare { dialect = native address = {127.0.0.1:7000, 192.168.1.10:7000}\n"
    "  tls = on }\n"
    "origin https://pos.example { }\n"
    "origin http://till.example:8000 { allow = {print, drawer} printers = {bar, kitchen} }\n"
    "origin http://[fd00::1] { }\n"
    "origin chrome-extension://abcdef { }\n"
    "token reader { sha256 = %s allow = status }\n"
    "token boss { sha256 = %s allow = {print, status, admin} printers = {bar, grill} }\n";

#define READER "Bearer reader-secret"
#define BOSS "Bearer boss-secret"

static const unsigned local = CAP_ALL & ~CAP_ADMIN;
#define PAGE_ALLOW (CAP_PRINT | CAP_STATUS)

enum {
	REMOTE = 1 << 0,   /* not both ends loopback */
	PROXIED = 1 << 1,
	OPEN = 1 << 2,
	PAGE = 1 << 3,
	NAVIGATE = 1 << 4,
	NO_HOST = 1 << 5,
	TWO_HOSTS = 1 << 6,
	TWO_ORIGINS = 1 << 7,
	CONTROL = 1 << 8,
	STRANGER = 1 << 9,
};

struct row {
	enum door door;
	const char *host, *origin, *site, *token;
	unsigned flags;
	enum err err;           /* E_OK: then the rest */
	enum caller_kind kind;
	unsigned allow;
};

#define HOST "localhost:8080"
#define IN(kind, allow) E_OK, CALLER_##kind, allow
#define OUT(err) err, 0, 0

static const struct row rows[] = {
	/* programs on this machine */
	{ PLATO, HOST, NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, HOST, NULL, "none", NULL, 0, IN(LOCAL, local) },
	{ PLATO, HOST, NULL, "same-origin", NULL, 0, IN(LOCAL, local) },
	{ LOCKED, HOST, NULL, NULL, NULL, 0, OUT(E_UNAUTHORIZED) },
	{ LOCKED, HOST, NULL, NULL, READER, 0, IN(TOKEN, CAP_STATUS) },
	{ PLATO, HOST, NULL, NULL, READER, 0, IN(TOKEN, CAP_STATUS) },
	{ PLATO, HOST, NULL, NULL, BOSS, 0, IN(TOKEN, PAGE_ALLOW | CAP_ADMIN) },
	{ PLATO, HOST, NULL, NULL, "bearer boss-secret", 0, IN(TOKEN, PAGE_ALLOW | CAP_ADMIN) },
	{ PLATO, HOST, NULL, NULL, "Bearer boss-secreT", 0, OUT(E_UNAUTHORIZED) },
	{ PLATO, HOST, NULL, NULL, "Bearer boss-secret, Bearer x", 0, OUT(E_UNAUTHORIZED) },
	{ PLATO, HOST, NULL, NULL, "Basic Ym9zczpzZWNyZXQ=", 0, IN(LOCAL, local) },
	{ LOCKED, HOST, NULL, NULL, "Basic Ym9zczpzZWNyZXQ=", 0, OUT(E_UNAUTHORIZED) },
	{ LOCKED, HOST, NULL, NULL, "boss-secret", 0, OUT(E_UNAUTHORIZED) },
	{ LOCKED, HOST, NULL, NULL, "Bearer", 0, OUT(E_UNAUTHORIZED) },

	/* browser pages that do not say who they are */
	{ PLATO, HOST, NULL, "cross-site", NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, NULL, "same-site", NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, NULL, "Same-Origin", NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, NULL, "whatever", NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, NULL, "cross-site", BOSS, 0, OUT(E_ORIGIN) },
	{ NATIVE, HOST, NULL, "cross-site", NULL, PAGE, OUT(E_ORIGIN) },
	{ NATIVE, HOST, NULL, "cross-site", NULL, NAVIGATE, OUT(E_ORIGIN) },
	{ NATIVE, HOST, NULL, "cross-site", NULL, PAGE | NAVIGATE, IN(NOBODY, 0) },
	{ NATIVE, HOST, NULL, "cross-site", NULL, OPEN, IN(NOBODY, 0) },

	/* from elsewhere */
	{ PLATO, HOST, NULL, NULL, NULL, PROXIED, OUT(E_UNAUTHORIZED) },
	{ PLATO, HOST, NULL, NULL, READER, PROXIED, IN(TOKEN, CAP_STATUS) },
	{ LAN, "192.168.1.10:8443", NULL, NULL, NULL, REMOTE, OUT(E_UNAUTHORIZED) },
	{ LAN, "192.168.1.10:8443", NULL, NULL, READER, REMOTE, IN(TOKEN, CAP_STATUS) },
	{ LAN, "192.168.1.10:8443", NULL, NULL, NULL, REMOTE | OPEN, IN(NOBODY, 0) },
	{ LAN, "192.168.1.10", "https://pos.example", NULL, NULL, REMOTE, OUT(E_UNAUTHORIZED) },
	{ LAN, "192.168.1.10", "https://pos.example", NULL, READER, REMOTE, IN(PAGE, CAP_STATUS) },
	{ LAN, "192.168.1.10", "https://evil.example", NULL, BOSS, REMOTE, OUT(E_ORIGIN) },
	{ TRUSTING, "[fd12::5]:8443", "https://pos.example", NULL, NULL, REMOTE,
	    IN(PAGE, PAGE_ALLOW) },
	{ TRUSTING, "[fd12::5]:8443", NULL, NULL, NULL, REMOTE, OUT(E_UNAUTHORIZED) },

	/* Host: what a rebinding page cannot fake */
	{ PLATO, "127.0.0.1:8080", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "127.0.0.1:1", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "[::1]:8080", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "[0:0:0:0:0:0:0:1]", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "LOCALHOST", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "pos.local", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ PLATO, "TILL-1.EXAMPLE:8080", NULL, NULL, NULL, 0, IN(LOCAL, local) },
	{ NATIVE, "pos.local", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "localhost.", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "localhost.evil.example", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "evil.example:8080", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "127.0.0.1.nip.io", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "127.0.0.2", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "127.1", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "2130706433", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "0.0.0.0:8080", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "[::]:8080", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "192.168.1.10", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "user@localhost", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "localhost:80:80", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "localhost, evil.example", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "", NULL, NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "evil.example", "https://evil.example", NULL, NULL, 0, OUT(E_HOST) },
	{ PLATO, "evil.example", NULL, NULL, NULL, OPEN, OUT(E_HOST) },
	{ PLATO, HOST, NULL, NULL, NULL, NO_HOST, OUT(E_BAD_REQUEST) },
	{ PLATO, HOST, NULL, NULL, NULL, TWO_HOSTS, OUT(E_BAD_REQUEST) },
	{ PLATO, HOST, NULL, NULL, NULL, TWO_HOSTS | OPEN, OUT(E_BAD_REQUEST) },

	/* Origin: equal to a grant, as a tuple */
	{ PLATO, HOST, "https://pos.example", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "https://pos.example:443", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "HTTPS://POS.Example", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "https://pos.example", "cross-site", NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ LOCKED, HOST, "https://pos.example", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "http://till.example:8000", NULL, NULL, 0,
	    IN(PAGE, CAP_PRINT | CAP_DRAWER) },
	{ PLATO, HOST, "http://[fd00::1]", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "http://[fd00:0::1]:80", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "chrome-extension://abcdef", NULL, NULL, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "chrome-extension://pos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "http://pos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example:8443", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example.", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example.evil.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://evilpos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://x.pos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example/", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example@evil.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://evil.example#@pos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example https://evil.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "http://till.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "moz-extension://abcdef", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "pos.example", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "null", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "null", NULL, BOSS, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "*", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "file://", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ PLATO, HOST, "https://pos.example", NULL, NULL, TWO_ORIGINS, OUT(E_BAD_REQUEST) },
	{ PLATO, HOST, "https://evil.example", NULL, NULL, TWO_ORIGINS | OPEN,
	    OUT(E_BAD_REQUEST) },
	{ NATIVE, HOST, "https://evil.example", NULL, NULL, OPEN, IN(NOBODY, 0) },
	{ NATIVE, HOST, "null", NULL, NULL, OPEN, IN(NOBODY, 0) },
	{ NATIVE, HOST, "https://evil.example", NULL, NULL, PAGE, OUT(E_ORIGIN) },

	/* a grant and a token */
	{ PLATO, HOST, "https://pos.example", NULL, READER, 0, IN(PAGE, CAP_STATUS) },
	{ PLATO, HOST, "https://pos.example", NULL, BOSS, 0, IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "http://till.example:8000", NULL, BOSS, 0, IN(PAGE, CAP_PRINT) },
	{ PLATO, HOST, "http://till.example:8000", NULL, READER, 0, IN(PAGE, 0) },
	{ PLATO, HOST, "https://pos.example", NULL, "Bearer wrong", 0, OUT(E_UNAUTHORIZED) },
	{ PLATO, HOST, "https://evil.example", NULL, BOSS, 0, OUT(E_ORIGIN) },

	/* our own pages */
	{ NATIVE, "localhost:6310", "http://localhost:6310", NULL, NULL, 0, IN(CONSOLE, local) },
	{ NATIVE, "[::1]:6310", "https://[::1]:6310", NULL, NULL, 0, IN(CONSOLE, local) },
	{ PLATO, HOST, "http://127.0.0.1:6310", NULL, NULL, 0, IN(CONSOLE, local) },
	{ NATIVE, "localhost:6310", "http://localhost:6310", NULL, BOSS, 0,
	    IN(CONSOLE, PAGE_ALLOW | CAP_ADMIN) },
	{ NATIVE, "localhost:6310", "http://localhost:6311", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ NATIVE, "localhost:6310", "http://localhost", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ NATIVE, "localhost:6310", "http://evil.example:6310", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ NATIVE, "localhost:6310", "ftp://localhost:6310", NULL, NULL, 0, OUT(E_ORIGIN) },
	{ BARE, "localhost:7000", "http://localhost:7000", NULL, NULL, 0, IN(CONSOLE, local) },
	{ BARE, "192.168.1.10:7000", "https://192.168.1.10:7000", NULL, NULL, REMOTE,
	    OUT(E_UNAUTHORIZED) },
	{ BARE, "192.168.1.10:7000", "https://192.168.1.10:7000", NULL, BOSS, REMOTE,
	    IN(CONSOLE, PAGE_ALLOW | CAP_ADMIN) },
	{ BARE, "192.168.1.10:7000", NULL, "none", NULL, REMOTE | PAGE | NAVIGATE, IN(NOBODY, 0) },
	{ VIEWER, "localhost:8081", "http://localhost:8081", NULL, NULL, 0,
	    IN(PAGE, PAGE_ALLOW) },
	{ PLATO, HOST, "http://localhost:8080", NULL, NULL, 0, OUT(E_ORIGIN) },

	/* the administrator's door */
	{ NATIVE, NULL, NULL, NULL, NULL, CONTROL, IN(ADMIN, CAP_ALL) },
	{ NATIVE, NULL, "https://evil.example", "cross-site", "Bearer x", CONTROL,
	    IN(ADMIN, CAP_ALL) },
	{ NATIVE, NULL, NULL, NULL, NULL, CONTROL | STRANGER, OUT(E_NOT_ALLOWED) },
};

static struct config *config;
static struct access *door_access;

static bool any(const char *name)
{
	(void)name;
	return true;
}

static enum err any_uri(const char *uri, struct why *why)
{
	(void)uri;
	(void)why;
	return E_OK;
}

static int set_up(void **state)
{
	static const struct config_checks checks = {
		.dialect_known = any,
		.language_known = any,
		.uri_check = any_uri,
		.dialects = "native",
		.languages = "raw",
	};
	char path[] = "/tmp/platen-access-XXXXXX", text[2048], reader[65], boss[65];
	struct mistakes mistakes;
	int fd = mkstemp(path);
	close(fd);
	sha256_hex(STR("reader-secret"), reader);
	sha256_hex(STR("boss-secret"), boss);
	snprintf(text, sizeof(text), doors, reader, boss);
	file_write(path, str_of(text), 0600, NULL);
	config = config_load(path, NULL, &checks, &mistakes);
	if (!config)
		print_error("%.*s", STR_ARG(buf_str(&mistakes.text)));
	mistakes_finish(&mistakes);
	unlink(path);
	if (!config)
		return -1;
	door_access = access_create();
	access_load(door_access, config);
	return 0;
}

static int tear_down(void **state)
{
	access_destroy(door_access);
	config_destroy(config);
	return 0;
}

static struct approach approach_of(const struct row *r)
{
	static const char *const local_ips[] = {
		[LAN] = "192.168.1.10", [TRUSTING] = "fd12::5", [BARE] = "127.0.0.1",
	};
	const char *ip = local_ips[r->door] ? local_ips[r->door] : "127.0.0.1";
	struct approach in = {
		.listen = r->flags & CONTROL ? NULL : &config->listens[r->door],
		.control = r->flags & CONTROL,
		.uid_allowed = !(r->flags & STRANGER),
		.loopback = !(r->flags & REMOTE),
		.hosts = r->flags & NO_HOST ? 0 : r->flags & TWO_HOSTS ? 2 : 1,
		.host = str_of(r->host),
		.origins = r->flags & TWO_ORIGINS ? 2 : r->origin != NULL,
		.origin = str_of(r->origin),
		.fetch_site = str_of(r->site),
		.navigation = r->flags & NAVIGATE,
		.proxied = r->flags & PROXIED,
		.authorization = str_of(r->token),
		.open = r->flags & OPEN,
		.page = r->flags & PAGE,
	};
	assert_true(ip_parse(str_of(ip), &in.local_ip));
	return in;
}

static enum err judge(const struct approach *in, struct caller *caller, struct why *why)
{
	enum err err = access_enter(door_access, in, caller, why);
	return err ? err : access_identify(door_access, in, caller, why);
}

static void test_every_approach(void **state)
{
	unsigned wrong = 0;
	assert_true(COUNT_OF(rows) >= 60);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *r = &rows[i];
		struct approach in = approach_of(r);
		struct caller caller;
		struct why why = { 0 };
		enum err err = judge(&in, &caller, &why);
		if (err == r->err && (err || (caller.kind == r->kind && caller.allow == r->allow)))
			continue;
		print_error("row %zu (Host %s, Origin %s): %s, kind %d, allow %02x\n", i, r->host,
		    r->origin, err_name(err), caller.kind, caller.allow);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void enter(const struct row *r, struct caller *caller)
{
	struct approach in = approach_of(r);
	assert_int_equal(judge(&in, caller, NULL), E_OK);
}

static void test_caller_is_named(void **state)
{
	struct caller caller;
	enter(&(struct row){ PLATO, HOST, "HTTPS://Pos.Example:443" }, &caller);
	assert_string_equal(caller.origin, "https://pos.example");
	assert_string_equal(caller.principal, "origin:https://pos.example");
	assert_true(caller.cors);
	enter(&(struct row){ PLATO, HOST, NULL, NULL, BOSS }, &caller);
	assert_string_equal(caller.principal, "token:boss");
	assert_false(caller.cors);
	enter(&(struct row){ PLATO, HOST }, &caller);
	assert_string_equal(caller.principal, "local");
	enter(&(struct row){ .flags = CONTROL }, &caller);
	assert_string_equal(caller.principal, "admin");
	enter(&(struct row){ NATIVE, HOST, "https://evil.example", .flags = OPEN }, &caller);
	assert_string_equal(caller.origin, "");
	assert_false(caller.cors);
}

/* The headers are due on a 401, too, or the page cannot read it. */
static void test_cors_before_the_token(void **state)
{
	struct approach in = approach_of(
	    &(struct row){ LAN, "192.168.1.10", "https://pos.example", .flags = REMOTE });
	struct caller caller;
	struct why why = { 0 };
	assert_int_equal(access_enter(door_access, &in, &caller, &why), E_OK);
	assert_true(caller.cors);
	assert_int_equal(access_identify(door_access, &in, &caller, &why), E_UNAUTHORIZED);
	assert_string_equal(why.text, "Unauthorized");
}

static void test_console_on_a_port_of_its_own(void **state)
{
	struct approach in = approach_of(&(struct row){ NATIVE, HOST, "http://localhost:41234" });
	struct caller caller;
	assert_int_equal(access_enter(door_access, &in, &caller, NULL), E_ORIGIN);
	in.local_port = 41234;
	assert_int_equal(access_enter(door_access, &in, &caller, NULL), E_OK);
	assert_int_equal(caller.kind, CALLER_CONSOLE);
}

static void test_printers(void **state)
{
	struct caller caller;
	enter(&(struct row){ PLATO, HOST }, &caller);
	assert_true(access_printer(&caller, "anything"));
	enter(&(struct row){ PLATO, HOST, "http://till.example:8000" }, &caller);
	assert_true(access_printer(&caller, "bar"));
	assert_true(access_printer(&caller, "kitchen"));
	assert_false(access_printer(&caller, "grill"));
	enter(&(struct row){ PLATO, HOST, "http://till.example:8000", NULL, BOSS }, &caller);
	assert_true(access_printer(&caller, "bar"));
	assert_false(access_printer(&caller, "kitchen"));
	assert_false(access_printer(&caller, "grill"));
}

static void test_require(void **state)
{
	struct caller caller = { .allow = CAP_PRINT | CAP_STATUS };
	struct why why = { 0 };
	assert_int_equal(access_require(door_access, &caller, 0, &why), E_OK);
	assert_int_equal(access_require(door_access, &caller, CAP_PRINT, &why), E_OK);
	assert_int_equal(access_require(door_access, &caller, CAP_PRINT | CAP_DRAWER, &why),
	    E_NOT_ALLOWED);
	assert_string_equal(why.text, "Not allowed: drawer");
}

static void test_capability_names(void **state)
{
	char text[96];
	for (unsigned bit = 1; bit < CAP_ALL; bit <<= 1)
		assert_int_equal(capability_parse(str_of(capability_name(bit))), bit);
	assert_int_equal(capability_parse(STR("Print")), 0);
	assert_int_equal(capability_parse(STR("")), 0);
	capability_format(CAP_ALL, text);
	assert_string_equal(text, "print, status, drawer, peripherals, pay, raw, admin");
	capability_format(0, text);
	assert_string_equal(text, "");
}

static void test_refused_are_remembered(void **state)
{
	struct access *a = access_create();
	char origin[64];
	assert_null(access_refused_at(a, 0));
	for (int i = 0; i < 70; i++) {
		snprintf(origin, sizeof(origin), "https://n%d.example", i);
		access_note_refused(a, str_of(origin), CAP_PRINT);
	}
	access_note_refused(a, STR("HTTPS://N10.example:443"), CAP_DRAWER);
	access_note_refused(a, STR("nu\x01ll\n"), 0);
	const struct refused *newest = access_refused_at(a, 0), *again = access_refused_at(a, 1);
	assert_string_equal(newest->origin, "null");
	assert_string_equal(again->origin, "https://n10.example");
	assert_int_equal(again->wanted, CAP_PRINT | CAP_DRAWER);
	assert_int_equal(again->count, 2);
	assert_true(again->first > 0 && again->last >= again->first);
	assert_string_equal(access_refused_at(a, 63)->origin, "https://n7.example");
	assert_null(access_refused_at(a, 64));
	access_destroy(a);
}

static void test_tokens_are_made(void **state)
{
	char one[64], two[64], hex[65], expect[65];
	access_make_token(one, hex);
	sha256_hex(str_of(one), expect);
	assert_string_equal(hex, expect);
	assert_int_equal(strlen(one), 43);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
	    43);
	access_make_token(two, hex);
	assert_string_not_equal(one, two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_approach),
		cmocka_unit_test(test_caller_is_named),
		cmocka_unit_test(test_cors_before_the_token),
		cmocka_unit_test(test_console_on_a_port_of_its_own),
		cmocka_unit_test(test_printers),
		cmocka_unit_test(test_require),
		cmocka_unit_test(test_capability_names),
		cmocka_unit_test(test_refused_are_remembered),
		cmocka_unit_test(test_tokens_are_made),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
