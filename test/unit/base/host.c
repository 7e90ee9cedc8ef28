#include "base/uri.h"
#include "unit.h"

static const struct {
	const char *text, *host;
} headers[] = {
	{ "localhost", "localhost" }, { "LocalHost:8080", "localhost" },
	{ "127.0.0.1:8080", "127.0.0.1" }, { "[::1]", "::1" }, { "[::1]:8080", "::1" },
	{ "[0:0::1]:1", "::1" }, { "a_b-c.d:", "a_b-c.d" }, { "till-3.local.", "till-3.local." },
	{ "[::ffff:127.0.0.1]", "127.0.0.1" }, { "", NULL }, { ":80", NULL }, { "a:b", NULL },
	{ "a:65536", NULL }, { "a:1:2", NULL }, { "::1", NULL }, { "[::1", NULL },
	{ "::1]", NULL }, { "[]", NULL }, { "[", NULL }, { "[::1]x", NULL }, { "[::1]80", NULL },
	{ "a b", NULL }, { "a/b", NULL }, { "u@a", NULL }, { "a,b", NULL }, { "a\x80", NULL },
	{ "*", NULL }, { "127.1", NULL }, { "0x7f.1", NULL }, { "127.0.0.01", NULL },
	{ "256.1.1.1", NULL },
};

static void test_host_header(void **state)
{
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		char host[256];
		const char *expected = headers[i].host;
		bool ok = host_header_parse(str_of(headers[i].text), host);
		if (ok != (expected != NULL) || (ok && strcmp(host, expected) != 0))
			fail_msg("\"%s\" gave %s", headers[i].text, ok ? host : "nothing");
	}
}

static void test_nul_is_no_host(void **state)
{
	char host[256];
	assert_false(host_header_parse(STR("a\0b"), host));
	assert_false(host_header_parse(STR("localhost\0"), host));
}

static void test_length(void **state)
{
	char text[260], host[256];
	memset(text, 'a', sizeof(text));
	assert_true(host_header_parse((struct str){ text, 255 }, host));
	assert_false(host_header_parse((struct str){ text, 256 }, host));
}

static void test_ports(void **state)
{
	uint16_t port = 7;
	assert_true(port_parse(STR("1"), &port));
	assert_true(port_parse(STR("09100"), &port));
	assert_int_equal(port, 9100);
	assert_true(port_parse(STR("65535"), &port));
	assert_false(port_parse(STR("0"), &port));
	assert_false(port_parse(STR("65536"), &port));
	assert_false(port_parse(STR(""), &port));
	assert_false(port_parse(STR(" 1"), &port));
	assert_false(port_parse(STR("+1"), &port));
	assert_int_equal(port, 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_header),
		cmocka_unit_test(test_nul_is_no_host),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
