/*
 * The .env file: what its lines mean, and that changing one leaves the others.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/unit.h"
#include "base/mem.h"
#include "core/env.h"
#include "sys/file.h"

static void assert_value(const char *text, enum env_key key, const char *wanted, bool warned)
{
	struct env *e = env_parse(str_of(text));

	assert_string_equal(env_text(e, key), wanted);
	assert_int_equal(env_warnings(e)[0] != '\0', warned);
	env_destroy(e);
}

static void lines(void **state)
{
	static const struct { const char *text, *value; bool warned; } rows[] = {
		{ "SERVICE_NAME=till-1", "till-1", false },
		{ "SERVICE_NAME=till-1\r\n", "till-1", false },
		{ "\xef\xbb\xbfSERVICE_NAME=a", "a", false },
		{ "  export SERVICE_NAME = till 1  \n", "till 1", false },
		{ "export\tSERVICE_NAME=x", "x", false },
		{ "exportSERVICE_NAME=x", "", false },
		{ "# SERVICE_NAME=a\n\n", "", false },
		{ "SERVICE_NAME=a # the till", "a", false },
		{ "SERVICE_NAME=a#b", "a#b", false },
		{ "SERVICE_NAME=\"a # b\" # c", "a # b", false },
		{ "SERVICE_NAME='$HOME \"x\" \\n'", "$HOME \"x\" \\n", false },
		{ "SERVICE_NAME=\"\"", "", false },
		{ "SERVICE_NAME=\"a", "", true },
		{ "SERVICE_NAME=\"a\" b", "", true },
		{ "SERVICE_NAME=a\nSERVICE_NAME=b\n", "b", false },
		{ "SERVICE_NAME=a\nUNKNOWN=b\n", "a", false },
		{ "SERVICE_NAME=a\nno pair\n", "a", true },
		{ "1X=a\nSERVICE_NAME=b", "b", true },
		{ "=a\nSERVICE_NAME=b", "b", true },
		{ "SERVICE_NAME=a=b", "a=b", false },
		{ "SERVICE_NAME=a\x01""b", "", true },
		{ "SERVICE_NAME=\xff", "", true },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_value(rows[i].text, ENV_SERVICE_NAME, rows[i].value, rows[i].warned);
}

static void values(void **state)
{
	struct env *e = env_parse(STR("LOCAL_PORT=0\nREMOTE_PORT=443\nLOCAL_USSL=0\n"
	    "REMOTE_USSL=perhaps\nPLACE_ID=-7\nOBJID=\nMODE=test\nMYPOS_AMOUNT=euros\n"
	    "MODULES= base , PRINT,,cache \nREMOTE_HOST=a b\nKITCHEN_FAILOVER_S=12.5"));
	struct str item;
	int64_t n;

	assert_true(env_int(e, ENV_LOCAL_PORT, &n));
	assert_int_equal(n, 5005);
	assert_false(env_given(e, ENV_LOCAL_PORT));
	assert_true(env_int(e, ENV_REMOTE_PORT, &n));
	assert_int_equal(n, 443);
	assert_false(env_bool(e, ENV_LOCAL_USSL));
	assert_true(env_bool(e, ENV_REMOTE_USSL));
	assert_true(env_int(e, ENV_PLACE_ID, &n));
	assert_int_equal(n, -7);
	assert_false(env_int(e, ENV_OBJID, &n));
	assert_string_equal(env_text(e, ENV_MODE), "test");
	assert_string_equal(env_text(e, ENV_MYPOS_AMOUNT), "decimal");
	assert_string_equal(env_text(e, ENV_REMOTE_HOST), "");
	assert_true(env_item(e, ENV_MODULES, 1, &item));
	assert_true(str_is(item, "PRINT"));
	assert_true(env_item(e, ENV_MODULES, 2, &item));
	assert_true(str_is(item, "cache"));
	assert_false(env_item(e, ENV_MODULES, 3, &item));
	assert_false(env_item(e, ENV_LIST_PRINTERS, 0, &item));
	/* LOCAL_PORT, REMOTE_USSL, MYPOS_AMOUNT, REMOTE_HOST, KITCHEN_FAILOVER_S */
	n = 0;
	for (const char *c = env_warnings(e); *c; c++)
		n += *c == '\n';
	assert_int_equal(n, 5);
	env_destroy(e);
}

static void assert_edit(const char *before, const char *const *pairs, const char *after)
{
	struct buf out;
	struct why why;

	buf_init(&out, ENV_FILE_MAX);
	assert_int_equal(env_edit(str_of(before), pairs, &out, &why), E_OK);
	assert_string_equal(buf_cstr(&out), after);
	buf_finish(&out);
}

#define PAIRS(...) (const char *const[]){ __VA_ARGS__, NULL }

static void edits(void **state)
{
	assert_edit("# a\nX=1\nSERVICE_NAME=a\n\nY = 2 # z\n", PAIRS("SERVICE_NAME", "b"),
	    "# a\nX=1\nSERVICE_NAME=b\n\nY = 2 # z\n");
	assert_edit("X=1", PAIRS("SERVICE_NAME", "b"), "X=1\nSERVICE_NAME=b\n");
	assert_edit("", PAIRS("SERVICE_NAME", "b"), "SERVICE_NAME=b\n");
	assert_edit("SERVICE_NAME=a\nX=1\nSERVICE_NAME=b\n", PAIRS("SERVICE_NAME", "c"),
	    "SERVICE_NAME=a\nX=1\nSERVICE_NAME=c\n");
	assert_edit("SERVICE_NAME=a\nX=1\nexport SERVICE_NAME=b\n",
	    (const char *const[]){ "SERVICE_NAME", NULL, NULL }, "X=1\n");
	assert_edit("X=1\n", PAIRS("SERVICE_NAME", "a # b", "LOCAL_PORT", "5006"),
	    "X=1\nSERVICE_NAME=\"a # b\"\nLOCAL_PORT=5006\n");
	assert_edit("X=1\n", PAIRS("SERVICE_NAME", "a \"b\""), "X=1\nSERVICE_NAME='a \"b\"'\n");
	assert_edit("no pair\n\"\n", PAIRS("SERVICE_NAME", " a"), "no pair\n\"\nSERVICE_NAME=\" a\"\n");
}

static void bad_edits(void **state)
{
	static const struct { const char *key, *value; } rows[] = {
		{ "LOCAL_PORT", "many" }, { "NO_SUCH", "1" }, { "SERVICE_NAME", "a\nB=1" },
		{ "SERVICE_NAME", "'\"" }, { "MODE", "fast" },
	};
	struct buf out;
	struct why why;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		buf_init(&out, 1000);
		assert_int_equal(env_edit(STR("X=1\n"), PAIRS(rows[i].key, rows[i].value), &out,
		    &why), E_FIELD);
		assert_string_equal(why.field, rows[i].key);
		assert_int_equal(out.len, 0);
		buf_finish(&out);
	}
}

/* What is written is read as what was meant. */
static void edits_come_back(void **state)
{
	static const char *const texts[] = { "a", " a ", "a#b", "a # b", "\"", "'", "a'b", "\\n$X",
		"=", "export", "", "caf\xc3\xa9" };
	struct buf out;
	struct why why;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct env *e;

		buf_init(&out, 1000);
		assert_int_equal(env_edit(STR("# x\n"), PAIRS("SERVICE_NAME", texts[i]), &out,
		    &why), E_OK);
		e = env_parse(buf_str(&out));
		assert_string_equal(env_text(e, ENV_SERVICE_NAME), texts[i]);
		assert_string_equal(env_warnings(e), "");
		env_destroy(e);
		buf_finish(&out);
	}
}

static void a_file_keeps_its_mode(void **state)
{
	char path[] = "/tmp/platen-env-XXXXXX";
	int fd = mkstemp(path);
	struct env *e;
	struct stat st;
	struct why why;

	assert_true(fd >= 0);
	close(fd);
	chmod(path, 0640);
	assert_int_equal(env_save(path, PAIRS("SERVICE_NAME", "a"), &why), E_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	e = env_load(path);
	assert_string_equal(env_text(e, ENV_SERVICE_NAME), "a");
	env_destroy(e);
	unlink(path);
	e = env_load(path);
	assert_true(env_warnings(e)[0]);
	env_destroy(e);
	assert_int_equal(env_save(path, PAIRS("SERVICE_NAME", "b"), &why), E_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(values),
		cmocka_unit_test(edits),
		cmocka_unit_test(bad_edits),
		cmocka_unit_test(edits_come_back),
		cmocka_unit_test(a_file_keeps_its_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
