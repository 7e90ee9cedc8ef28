/*
 * Files and what becomes of them: structures, or every mistake with its line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/unit.h"
#include "base/mem.h"
#include "core/config.h"
#include "sys/file.h"

static char dir[64]; /* of this test */

static bool dialect_known(const char *name)
{
	return !strcmp(name, "native") || !strcmp(name, "plato");
}

static bool language_known(const char *name)
{
	return !strcmp(name, "escpos") || !strcmp(name, "raw");
}

static enum err uri_check(const char *uri, struct why *why)
{
	if (!strncmp(uri, "socket://", 9))
		return E_OK;
	return why_fail(why, E_FIELD, "no such transport");
}

static const struct config_checks checks = {
	.dialect_known = dialect_known,
	.language_known = language_known,
	.uri_check = uri_check,
	.dialects = "native, plato",
	.languages = "escpos, raw",
};

static int set_up(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/platen-config-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_file(const char *name, const char *text)
{
	char *path = mem_strdup(path_of(name)), *slash = strrchr(path, '/');
	*slash = '\0';
	assert_true(!mkdir(path, 0700) || errno == EEXIST);
	*slash = '/';
	assert_int_equal(file_write(path, str_of(text), 0600, NULL), E_OK);
	free(path);
}

/* Load without mistakes; the caller destroys. */
static struct config *load(const char *name)
{
	struct mistakes m;
	char *path = name ? mem_strdup(path_of(name)) : NULL;
	struct config *c = config_load(path, dir, &checks, &m);
	if (!c)
		print_error("%.*s", STR_ARG(buf_str(&m.text)));
	assert_non_null(c);
	assert_int_equal(m.count, 0);
	assert_int_equal(m.text.len, 0);
	mistakes_finish(&m);
	free(path);
	return c;
}

/* Load a file with this text and compare all mistakes; the directory is left out. */
static void assert_mistakes(const char *text, const char *expect)
{
	struct mistakes m;
	char *path = mem_strdup(path_of("a.conf")), *seen, *at;
	put_file("a.conf", text);
	assert_null(config_load(path, dir, &checks, &m));
	seen = mem_strdup(buf_cstr(&m.text));
	while ((at = strstr(seen, dir)))
		memmove(at, at + strlen(dir) + 1, strlen(at + strlen(dir) + 1) + 1);
	mistakes_finish(&m);
	free(path);
	assert_string_equal(seen, expect);
	free(seen);
}

static void test_built_in(void **state)
{
	struct config *c = load(NULL);
	assert_int_equal(c->listen_count, 2);
	assert_string_equal(c->listens[0].name, "native");
	assert_string_equal(c->listens[1].dialect, "plato");
	assert_null(c->listens[1].file);
	assert_int_equal(c->listens[1].addresses.count, 3);
	assert_string_equal(c->listens[1].addresses.items[1], "172.16.0.0/12:9100-9109");
	assert_int_equal(c->listens[1].max_attempts, 2147483647);
	assert_true(c->listens[1].enabled);
	assert_int_equal(c->daemon.queue_bytes, 536870912);
	assert_null(c->path);
	config_destroy(c);
}

static void test_the_designs_example(void **state)
{
	put_file("a.conf",
	    "listen plato {\n"
	    "  dialect   = plato\n"
	    "  address   = {127.0.0.1:8080, \"[::1]:8080\"}\n"
	    "  addresses = {192.168.0.0/16:9100-9109, 127.0.0.1:9100-9999}   # where\n"
	    "}\n"
	    "// the kitchen's\n"
	    "printer kitchen {\n"
	    "  uri      = socket://127.0.0.1:9100    # CUPS device URIs: 'socket'\n"
	    "  language = escpos\n"
	    "  profile  = TM-T88V                    # optional; else learned\n"
	    "  stations = {grill, dessert}\n"
	    "  on-doubt = hold                       /* hold\n reprint */\n"
	    "}\n"
	    "origin HTTPS://pos.example:443 {\n"
	    "  allow = {print, status, drawer}\n"
	    "}\n"
	    "token backoffice {\n"
	    "  sha256 = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00A08\n"
	    "  allow  = {print, status, drawer, admin}\n"
	    "}\n"
	    "printer bar { uri = socket://till:9100 }\n");
	struct config *c = load("a.conf");
	const struct printer_block *p = &c->printers[0];
	assert_int_equal(c->listen_count, 2);
	assert_int_equal(c->listens[0].address.count, 2);
	assert_string_equal(c->listens[0].address.items[1], "[::1]:8080");
	assert_string_equal(c->listens[1].name, "native");
	assert_string_equal(p->uri, "socket://127.0.0.1:9100");
	assert_string_equal(p->stations.items[1], "dessert");
	assert_int_equal(p->on_doubt, 1);
	assert_int_equal(p->line, 7);
	assert_int_equal(c->printers[1].line, 22);
	assert_true(config_given(BLOCK_printer, p, "profile"));
	assert_false(config_given(BLOCK_printer, p, "dpi"));
	assert_string_equal(c->origins[0].name, "https://pos.example");
	assert_string_equal(c->tokens[0].sha256 + 56, "b0f00a08");
	config_destroy(c);
}

static void test_values(void **state)
{
	put_file("a.conf",
	    "listen native { enabled = off address = {} }\n"
	    "listen plato { }\n"
	    "printer p { uri = 'socket://it\\'s' keep-open = true status-polling = no\n"
	    "  stations = one stations += {two, 'th ree'} plato-tail = ''\n"
	    "  open-timeout = 600000 drawer-pin = 5 language = 'raw' }\n"
	    "origin http://a { allow = {} }\n");
	struct config *c = load("a.conf");
	const struct printer_block *p = c->printers;
	assert_int_equal(c->listen_count, 2);
	assert_false(c->listens[0].enabled);
	assert_int_equal(c->listens[0].address.count, 0);
	assert_string_equal(c->listens[1].dialect, "plato");
	assert_string_equal(p->uri, "socket://it's");
	assert_true(p->keep_open);
	assert_false(p->status_polling);
	assert_int_equal(p->stations.count, 3);
	assert_string_equal(p->stations.items[2], "th ree");
	assert_string_equal(p->plato_tail, "");
	assert_int_equal(p->open_timeout, 600000);
	assert_int_equal(p->drawer_pin, 5);
	assert_int_equal(c->origins[0].allow.count, 0); /* nothing, not the default */
	config_destroy(c);
}

static void test_every_mistake_is_reported(void **state)
{
	assert_mistakes(
	    "# one\n"
	    "printer kitchen { # two\n"
	    "  uri = socket://a:1 // three\n"
	    "  on-doubtt = hold /* four\n"
	    "  five */ dpi = 5s\n"
	    "  open-timeout = 9\n"
	    "  keep-open = maybe\n"
	    "  confirm = x\n"
	    "  drawer-pin = 3\n"
	    "  dpi = 300\n"
	    "  addresses = x\n"
	    "  language = {raw, escpos}\n"
	    "}\n"
	    "prnter x { uri = y\n"
	    "  whatever = { a, b } }\n"
	    "xyz { } queue-jobs = 7\n"
	    "printer \"a b\" { uri = z }\n"
	    "printer kitchen { }\n"
	    "daemon { queue-jobs = 0 }\n"
	    "daemon { }\n",
	    "a.conf:4: no such option 'on-doubtt' (did you mean 'on-doubt'?)\n"
	    "a.conf:5: 'dpi' must be a number from 50 to 1200, not '5s'\n"
	    "a.conf:6: 'open-timeout' must be a number from 10 to 600000, not '9'\n"
	    "a.conf:7: 'keep-open' must be yes or no, not 'maybe'\n"
	    "a.conf:8: 'confirm' must be one of auto, fence, none, not 'x'\n"
	    "a.conf:9: 'drawer-pin' must be 2 or 5, not '3'\n"
	    "a.conf:10: 'dpi' is set in line 5 already\n"
	    "a.conf:11: no such option 'addresses' in printer (it belongs to listen)\n"
	    "a.conf:12: 'language' takes one value\n"
	    "a.conf:14: no such block 'prnter' (did you mean 'printer'?)\n"
	    "a.conf:16: no such block 'xyz'\n"
	    "a.conf:16: 'queue-jobs' stands outside of a block\n"
	    "a.conf:17: 'a b' is not a name: 1 to 63 of letters, digits, '.', '_' and '-'\n"
	    "a.conf:18: printer kitchen stands in line 2 already\n"
	    "a.conf:19: 'queue-jobs' must be a number from 1 to 1000000, not '0'\n"
	    "a.conf:20: daemon stands in line 19 already\n");
}

static void test_what_does_not_make_sense(void **state)
{
	assert_mistakes(
	    "listen x { dialect = latin }\n"
	    "listen y { }\n"
	    "listen plato { address = {127.0.0.1:99, 1.2.3.4} names = {'a:1', ok.example} }\n"
	    "listen z { dialect = plato address = {'[::ffff:127.0.0.1]:99', 0.0.0.0:80}\n"
	    "  tls = off tls-address = 127.0.0.1:98 tls-cert = c addresses = 10.0.0.0/33:1 }\n"
	    "listen lan { dialect = plato address = 192.168.1.1:81 tls = auto }\n"
	    "listen lan2 { dialect = plato address = 192.168.1.1:82 tls = on\n"
	    "  tls-address = 192.168.1.1:83 }\n"
	    "listen off { dialect = plato enabled = no address = 127.0.0.1:99 }\n"
	    "printer p { uri = lp://x language = klingon plato-tail = 1g }\n"
	    "printer q { }\n"
	    "origin https://a.example { allow = {admin, prit} }\n"
	    "origin https://A.example:443 { }\n"
	    "origin null { }\n"
	    "origin https://a.example/x { }\n"
	    "token t { sha256 = abc allow = admin }\n"
	    "token u { }\n",
	    "a.conf:1: no such dialect 'latin' (there are native, plato)\n"
	    "a.conf:3: \"1.2.3.4\" does not end with a port, as in 127.0.0.1:9100\n"
	    "a.conf:3: 'a:1' is not a host name\n"
	    "a.conf:5: \"10.0.0.0/33:1\" has a prefix longer than the address\n"
	    "a.conf:10: no such transport\n"
	    "a.conf:10: no such language 'klingon' (there are escpos, raw)\n"
	    "a.conf:10: '1g' is not hex bytes\n"
	    "a.conf:12: 'admin' is never given to an origin; use a token\n"
	    "a.conf:12: no such capability 'prit' "
	    "(there are print, status, drawer, peripherals, pay, raw, admin)\n"
	    "a.conf:13: origin https://a.example stands in line 12 already\n"
	    "a.conf:14: \"null\" is not a web origin: write scheme://host, as in "
	    "https://pos.example\n"
	    "a.conf:15: \"https://a.example/x\" is not a web origin: after the scheme comes a host "
	    "name in ASCII and nothing else but a port\n"
	    "a.conf:16: 'sha256' must be 64 hex digits\n"
	    "a.conf:4: 127.0.0.1:99 is taken by listen 'plato'\n"
	    "a.conf:4: 'tls-cert' and 'tls-key' belong together\n"
	    "a.conf:4: 'tls-address' contradicts 'tls = off'\n"
	    "a.conf:4: 0.0.0.0:80 is not a loopback address and needs 'tls = on'\n"
	    "a.conf:6: 192.168.1.1:81 is not a loopback address and needs 'tls = on'\n"
	    "a.conf:2: 'dialect' is missing in listen 'y'\n"
	    "a.conf:11: 'uri' is missing in printer 'q'\n"
	    "a.conf:17: 'sha256' is missing in token 'u'\n");
}

/* Broken syntax ends the reading of its file, but not in silence. */
static void test_syntax(void **state)
{
	static const struct {
		const char *text, *mistake;
	} cases[] = {
		{ "# x\n\nprinter a {\n uri = socket://a\n", "3: a block is not closed" },
		{ "printer a { uri = socket://a\n\nlisten b { }\n}",
		    "3: 'listen' cannot stand inside a block (is a '}' missing before it?)" },
		{ "listen plato { }\n}\n", "2: unexpected closing brace" },
		{ "\nprinter a { uri = 'x }\n", "2: a quoted text is not closed" },
		{ "\nprinter a { uri = \"x\\\" }\n", "2: a quoted text is not closed" },
		{ "\n\n/* x\nprinter a { }\n", "3: a comment is not closed" },
		{ "printer a { uri = { {} } }", "1: unexpected token '{'" },
		{ "printer { }", "1: missing title for section 'printer'" },
		{ "printer a\nuri = x", "2: missing opening brace for section 'printer'" },
		{ "printer a {\n uri x }", "2: missing equal sign after option 'uri'" },
		{ "listen a { address = *:80 }", "1: '*' must stand in quotes" },
		{ "include()", "1: include takes one file or pattern" },
		{ "# a\n# b\nprinter a { uri = }", "3: unexpected token '}'" },
		{ "printer|x = 1", "1: no sub-section title/index for 'printer'" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char expect[160];
		snprintf(expect, sizeof(expect), "a.conf:%s\n", cases[i].mistake);
		assert_mistakes(cases[i].text, expect);
	}
}

static void test_values_are_plain_text(void **state)
{
	assert_mistakes("printer a { uri = 'socket://a\nb' profile = \"\\xff\" }",
	    "a.conf:2: a value holds a control character\n"
	    "a.conf:2: a value is not UTF-8\n");
	assert_mistakes("printer \"a\x1b[2J\xff\" { }",
	    "a.conf:1: 'a[2J' is not a name: 1 to 63 of letters, digits, '.', '_' and '-'\n");
}

static void test_many_unknown_names(void **state)
{
	struct buf text;
	struct mistakes m;
	buf_init(&text, 1 << 20);
	buf_puts(&text, "daemon {\n");
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "zz%d = 1\n", i);
	buf_puts(&text, "}\n");
	put_file("a.conf", buf_cstr(&text));
	assert_null(config_load(path_of("a.conf"), NULL, &checks, &m));
	assert_string_equal(m.first.text, "too many unknown names");
	mistakes_finish(&m);
	buf_finish(&text);
}

static void test_missing_file(void **state)
{
	struct mistakes m;
	assert_null(config_load(path_of("none.conf"), dir, &checks, &m));
	assert_int_equal(m.count, 1);
	assert_non_null(strstr(buf_cstr(&m.text), "none.conf: "));
	mistakes_finish(&m);
}

static void test_name_of_the_native_listener(void **state)
{
	assert_mistakes("listen native { dialect = plato }",
	    "a.conf:1: listen native must speak native\n");
}

static void test_include(void **state)
{
	put_file("conf.d/20.conf", "printer b { uri = socket://b }");
	put_file("conf.d/10.conf", "printer a { uri = socket://a }");
	put_file("conf.d/30.txt", "not read");
	put_file("one/x.conf", "include('../two/y.conf')\nprinter x { uri = socket://x }");
	put_file("two/y.conf", "printer y { uri = socket://y }");
	put_file("a.conf", "include(\"conf.d/*.conf\")\ninclude(\"none/*.conf\")\n"
			   "include(\"one/x.conf\")");
	struct config *c = load("a.conf");
	assert_int_equal(c->printer_count, 4);
	assert_string_equal(c->printers[0].name, "a");
	assert_string_equal(c->printers[1].name, "b");
	assert_true(str_ends(str_of(c->printers[1].file), "/conf.d/20.conf"));
	assert_int_equal(c->files.count, 5);
	config_destroy(c);
}

static void test_include_goes_wrong(void **state)
{
	put_file("b.conf", "\ninclude('a.conf')\n");
	put_file("c.conf", "printer p { uri = socket://p }\nprinter q { }");
	assert_mistakes("include('b.conf')\ninclude('c.conf')\n\ninclude('none.conf')\n"
			"printer p { uri = socket://p }",
	    "b.conf:2: 'a.conf' is read already\n"
	    "a.conf:4: there is no file 'none.conf'\n"
	    "c.conf:1: printer p stands at a.conf:5 already\n"
	    "c.conf:2: 'uri' is missing in printer 'q'\n");
	for (int i = 0; i < 12; i++) {
		char name[16], text[32];
		snprintf(name, sizeof(name), "n%d.conf", i);
		snprintf(text, sizeof(text), "include('n%d.conf')", i + 1);
		put_file(name, text);
	}
	assert_mistakes("include('n0.conf')", "n7.conf:1: includes are nested deeper than 8\n");
}

static void put(const char *path, const char *name, const char *const *pairs, enum err expect,
    struct why *why)
{
	*why = (struct why){ 0 };
	assert_int_equal(
	    config_put(path, dir, &checks, BLOCK_printer, name, pairs, why), expect);
}

static void test_add_and_remove(void **state)
{
	const char *bar[] = { "uri", "socket://bar", "stations", "grill, it's \\ odd", NULL };
	const char *moved[] = { "uri", "socket://moved", "stations", "", NULL };
	struct why why;
	struct stat st;
	put_file("a.conf", "printer kitchen { uri = socket://a }");
	char *path = mem_strdup(path_of("a.conf"));
	put(path, "bar", bar, E_OK, &why);
	assert_int_equal(stat(path_of("added.conf"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	struct config *c = load("a.conf");
	assert_int_equal(c->printer_count, 2);
	assert_true(c->printers[1].added);
	assert_false(c->printers[0].added);
	assert_string_equal(c->printers[1].stations.items[1], "it's \\ odd");
	config_destroy(c);

	put(path, "bar", moved, E_OK, &why);
	c = load(NULL);
	assert_int_equal(c->printer_count, 1);
	assert_string_equal(c->printers[0].uri, "socket://moved");
	assert_int_equal(c->printers[0].stations.count, 0);
	config_destroy(c);

	assert_int_equal(config_remove(dir, BLOCK_printer, "kitchen", &why), E_NOT_FOUND);
	assert_int_equal(config_remove(dir, BLOCK_printer, "bar", &why), E_OK);
	assert_int_equal(config_remove(dir, BLOCK_printer, "bar", &why), E_NOT_FOUND);
	c = load(NULL);
	assert_int_equal(c->printer_count, 0);
	config_destroy(c);
	free(path);
}

static enum err amend(const char *name, const char *const *pairs, struct why *why)
{
	*why = (struct why){ 0 };
	return config_amend(NULL, dir, &checks, BLOCK_printer, name, pairs, why);
}

static void test_amend(void **state)
{
	const char *bar[] = { "uri", "socket://bar", "stations", "grill, hot", "dpi", "300", NULL };
	const char *some[] = { "stations", "cold", "dpi", NULL, "label", "The bar", NULL };
	const char *bad[] = { "columns", "3", NULL };
	const char *no_uri[] = { "uri", NULL, NULL };
	struct why why;
	put(NULL, "bar", bar, E_OK, &why);
	put(NULL, "other", bar, E_OK, &why);
	assert_int_equal(amend("bar", some, &why), E_OK);
	assert_int_equal(amend("bar", bad, &why), E_FIELD);
	assert_string_equal(why.field, "columns");
	assert_int_equal(amend("bar", no_uri, &why), E_FIELD);
	assert_int_equal(amend("none", some, &why), E_NOT_FOUND);
	struct config *c = load(NULL);
	assert_string_equal(c->printers[0].uri, "socket://bar");
	assert_string_equal(c->printers[0].label, "The bar");
	assert_int_equal(c->printers[0].stations.count, 1);
	assert_string_equal(c->printers[0].stations.items[0], "cold");
	assert_int_equal(c->printers[0].dpi, 203);
	assert_false(config_given(BLOCK_printer, &c->printers[0], "dpi"));
	assert_int_equal(c->printers[1].dpi, 300);
	config_destroy(c);
	assert_int_equal(config_remove(dir, BLOCK_printer, "bar", &why), E_OK);
	assert_int_equal(config_remove(dir, BLOCK_printer, "other", &why), E_OK);
}

static void test_add_refuses(void **state)
{
	const char *good[] = { "uri", "socket://x", NULL };
	const char *bad[] = { "uri", "lp://x", NULL };
	const char *none[] = { NULL };
	const char *evil[] = { "uri", "socket://x", "dpi = 3 }\ntoken t {", "1", NULL };
	const char *lines[] = { "uri", "socket://x\n", NULL };
	struct why why;
	put_file("a.conf", "printer kitchen { uri = socket://a }");
	char *path = mem_strdup(path_of("a.conf"));
	put(path, "kitchen", good, E_CONFLICT, &why);
	assert_non_null(strstr(why.text, "a.conf:1"));
	put(path, "bar", bad, E_FIELD, &why);
	assert_string_equal(why.field, "uri");
	assert_string_equal(why.text, "no such transport");
	put(path, "bar", none, E_FIELD, &why);
	assert_string_equal(why.field, "uri");
	put(path, "bar", evil, E_FIELD, &why);
	put(path, "bar", lines, E_FIELD, &why);
	put(path, "x y", good, E_FIELD, &why);
	assert_false(file_exists(path_of("added.conf")));
	free(path);
}

/* Origins are one however they are written. */
static void test_added_origins(void **state)
{
	const char *allow[] = { "allow", "print,status", NULL };
	struct why why;
	for (int i = 0; i < 2; i++)
		assert_int_equal(config_put(NULL, dir, &checks, BLOCK_origin,
		    i ? "https://a.example" : "HTTPS://A.example:443", allow, &why), E_OK);
	struct config *c = load(NULL);
	assert_int_equal(c->origin_count, 1);
	assert_int_equal(c->origins[0].allow.count, 2);
	config_destroy(c);
	assert_int_equal(config_remove(dir, BLOCK_origin, "https://A.EXAMPLE", &why), E_OK);
	assert_int_equal(config_put(NULL, dir, &checks, BLOCK_origin, "http://b", NULL, &why), E_OK);
}

static void test_the_users_file_goes_first(void **state)
{
	put_file("added.conf", "printer p { uri = socket://added }\ndaemon { queue-jobs = 3 }");
	put_file("a.conf", "printer p { uri = socket://mine }");
	struct config *c = load("a.conf");
	assert_int_equal(c->printer_count, 1);
	assert_string_equal(c->printers[0].uri, "socket://mine");
	assert_int_equal(c->daemon.queue_jobs, 3);
	config_destroy(c);
}

static void test_damaged_added_file(void **state)
{
	const char *pairs[] = { "uri", "socket://x", NULL };
	struct mistakes m;
	struct why why;
	put_file("added.conf", "printer p { uri = ");
	assert_null(config_load(NULL, dir, &checks, &m));
	assert_int_equal(m.count, 1);
	mistakes_finish(&m);
	put(NULL, "q", pairs, E_CONFLICT, &why);
	assert_non_null(strstr(why.text, "added.conf"));
}

static void test_table(void **state)
{
	size_t n = 0;
	for (const struct option *o; (o = option_at(n)); n++) {
		assert_true(o->block < BLOCKS);
		assert_true(o->name && *o->name && o->help && *o->help);
		if (o->type == OPTION_INT)
			assert_true(o->low < o->high);
	}
	assert_true(n > 50);
	assert_string_equal(block_name(BLOCK_printer), "printer");
	assert_non_null(strstr(block_help(BLOCK_origin), "origin"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_built_in),
		TEST(test_the_designs_example),
		TEST(test_values),
		TEST(test_every_mistake_is_reported),
		TEST(test_what_does_not_make_sense),
		TEST(test_syntax),
		TEST(test_values_are_plain_text),
		TEST(test_many_unknown_names),
		TEST(test_missing_file),
		TEST(test_name_of_the_native_listener),
		TEST(test_include),
		TEST(test_include_goes_wrong),
		TEST(test_add_and_remove),
		TEST(test_amend),
		TEST(test_add_refuses),
		TEST(test_added_origins),
		TEST(test_the_users_file_goes_first),
		TEST(test_damaged_added_file),
		TEST(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
