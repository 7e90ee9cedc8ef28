#include "base/uri.h"
#include "unit.h"

static const struct {
	const char *text, *canonical;
} addresses[] = {
	{ "192.168.1.50", "192.168.1.50" }, { "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" }, { "::", "::" }, { "::1", "::1" },
	{ "FD12::5", "fd12::5" }, { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" }, { "::ffff:1.2.3.4", "1.2.3.4" },
	{ "::ffff:102:304", "1.2.3.4" }, { "64:ff9b::1.2.3.4", "64:ff9b::102:304" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "", NULL }, { "1.2.3", NULL }, { "1.2.3.4.5", NULL }, { "1.2.3.256", NULL },
	{ "01.2.3.4", NULL }, { "1.2.3.00", NULL }, { "1.2.3.0x4", NULL }, { "1.2.3.4 ", NULL },
	{ " 1.2.3.4", NULL }, { "1..3.4", NULL }, { "16909060", NULL }, { ":", NULL },
	{ ":::", NULL }, { "1::2::3", NULL }, { "1:2:3:4:5:6:7", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL }, { "12345::", NULL }, { "g::", NULL },
	{ "fe80::1%eth0", NULL }, { "[::1]", NULL }, { "::1.2.3", NULL },
	{ "::ffff:01.2.3.4", NULL }, { "localhost", NULL },
};

static struct ip ip(const char *text)
{
	struct ip parsed;
	if (!ip_parse(str_of(text), &parsed))
		fail_msg("%s is no address", text);
	return parsed;
}

static void test_parse(void **state)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct ip parsed;
		char out[46] = "refused";
		if (ip_parse(str_of(addresses[i].text), &parsed))
			ip_format(&parsed, out);
		if (strcmp(out, addresses[i].canonical ? addresses[i].canonical : "refused") != 0)
			fail_msg("\"%s\" gave %s", addresses[i].text, out);
	}
	struct ip parsed;
	assert_false(ip_parse(STR("1.2.3.4\0"), &parsed));
}

static void test_equality(void **state)
{
	struct ip a = ip("1.2.3.4"), b = ip("::ffff:1.2.3.4"), c = ip("102:304::");
	assert_true(ip_eq(&a, &b));
	assert_false(ip_eq(&a, &c));
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text, *kinds; /* L loopback, l link-local, n never a host */
	} cases[] = {
		{ "127.0.0.1", "L" }, { "127.255.255.255", "L" }, { "128.0.0.1", "" },
		{ "::1", "L" }, { "::2", "" }, { "::ffff:127.0.0.1", "L" },
		{ "169.254.1.1", "l" }, { "169.255.0.1", "" }, { "fe80::1", "l" },
		{ "febf::1", "l" }, { "fec0::1", "" }, { "0.0.0.0", "n" }, { "::", "n" },
		{ "224.0.0.1", "n" }, { "239.255.255.250", "n" }, { "255.255.255.255", "n" },
		{ "240.0.0.1", "" }, { "ff02::1", "n" }, { "fd00::1", "" }, { "10.0.0.1", "" },
		{ "::ffff:224.0.0.1", "n" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip a = ip(cases[i].text);
		char kinds[4] = "", *k = kinds;
		if (ip_is_loopback(&a))
			*k++ = 'L';
		if (ip_is_link_local(&a))
			*k++ = 'l';
		if (ip_is_never_host(&a))
			*k++ = 'n';
		if (strcmp(kinds, cases[i].kinds) != 0)
			fail_msg("%s is \"%s\"", cases[i].text, kinds);
	}
}

static void test_with_port(void **state)
{
	struct ip a;
	uint16_t port;
	char out[64];
	assert_int_equal(ip_port_parse(STR("192.168.1.50:9100"), &a, &port, NULL), E_OK);
	ip_port_format(&a, port, out);
	assert_string_equal(out, "192.168.1.50:9100");
	assert_int_equal(ip_port_parse(STR("[FD12:0::5]:9100"), &a, &port, NULL), E_OK);
	ip_port_format(&a, port, out);
	assert_string_equal(out, "[fd12::5]:9100");
	static const char *const bad[] = { "", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536",
		"::1:80", "[::1]", "[::1]80", "[::1", "::1]:80", "host:80", "1.2.3.4/8:80",
		"1.2.3.4:80 ", ":80", "[]:80" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct why why = { 0 };
		if (ip_port_parse(str_of(bad[i]), &a, &port, &why) != E_FIELD || !why.text[0])
			fail_msg("accepted \"%s\"", bad[i]);
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *range, *ip;
		uint16_t port;
		bool has;
	} cases[] = {
		{ "192.168.0.0/16:9100-9109", "192.168.1.50", 9100, true },
		{ "192.168.0.0/16:9100-9109", "192.168.1.50", 9109, true },
		{ "192.168.0.0/16:9100-9109", "192.168.1.50", 9110, false },
		{ "192.168.0.0/16:9100-9109", "192.168.1.50", 9099, false },
		{ "192.168.0.0/16:9100-9109", "192.169.1.50", 9100, false },
		{ "192.168.0.0/16:9100", "::ffff:192.168.1.50", 9100, true },
		{ "192.168.7.7/16:9100", "192.168.1.50", 9100, true },
		{ "192.168.1.50:9100", "192.168.1.50", 9100, true },
		{ "192.168.1.50:9100", "192.168.1.51", 9100, false },
		{ "192.168.1.64/26:1-65535", "192.168.1.127", 80, true },
		{ "192.168.1.64/26:1-65535", "192.168.1.128", 80, false },
		{ "[fd00::]/8:9100", "fd12::5", 9100, true },
		{ "[fd00::]/8:9100", "fe12::5", 9100, false },
		{ "[fd12::5]:9100", "fd12::5", 9100, true },
		{ "[fd12::5]:9100", "fd12::4", 9100, false },
		{ "[::]/0:9100", "192.168.1.50", 9100, false },
		{ "0.0.0.0/0:1-65535", "8.8.8.8", 9100, true },
		{ "0.0.0.0/0:1-65535", "127.0.0.1", 9100, false },
		{ "126.0.0.0/7:9100", "127.0.0.1", 9100, false },
		{ "127.0.0.1:9100-9999", "127.0.0.1", 9500, true },
		{ "127.0.0.0/8:9100", "127.3.0.1", 9100, true },
		{ "127.0.0.0/7:9100", "127.3.0.1", 9100, false },
		{ "0.0.0.0/0:9100", "169.254.1.1", 9100, false },
		{ "169.254.0.0/16:9100", "169.254.1.1", 9100, true },
		{ "169.254.0.0/15:9100", "169.254.1.1", 9100, false },
		{ "[::]/0:9100", "::1", 9100, false },
		{ "[::1]:9100", "::1", 9100, true },
		{ "[::]/127:9100", "::1", 9100, false },
		{ "[fe80::]/10:9100", "fe80::1", 9100, true },
		{ "[fe80::]/9:9100", "fe80::1", 9100, false },
		{ "0.0.0.0/0:9100", "0.0.0.0", 9100, false },
		{ "0.0.0.0:9100", "0.0.0.0", 9100, false },
		{ "224.0.0.0/4:9100", "224.0.0.1", 9100, false },
		{ "255.255.255.255:9100", "255.255.255.255", 9100, false },
		{ "[ff02::1]:9100", "ff02::1", 9100, false },
		{ "[::]:9100", "::", 9100, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip_range range;
		struct ip a = ip(cases[i].ip);
		if (ip_range_parse(str_of(cases[i].range), &range, NULL))
			fail_msg("refused %s", cases[i].range);
		if (ip_range_has(&range, &a, cases[i].port) != cases[i].has)
			fail_msg("%s and %s:%u", cases[i].range, cases[i].ip, cases[i].port);
	}
}

static void test_bad_ranges(void **state)
{
	static const char *const bad[] = { "", "192.168.0.0/16", "192.168.0.0/33:1",
		"192.168.0.0/:1",
		"192.168.0.0/-1:1", "192.168.0.0/16:", "192.168.0.0/16:0",
		"192.168.0.0/16:9109-9100", "192.168.0.0/16:1-", "192.168.0.0/16:-1",
		"192.168.0.0/16:1-2-3", "fd00::/8:9100", "[fd00::/8]:9100",
		"[fd00::]/129:1", "host:9100", "192.168.0.0/16:9100 ", "192.168/16:9100",
		"[fd00::]8:1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct ip_range range;
		struct why why = { 0 };
		if (ip_range_parse(str_of(bad[i]), &range, &why) != E_FIELD || !why.text[0])
			fail_msg("accepted \"%s\"", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),     cmocka_unit_test(test_equality),
		cmocka_unit_test(test_kinds),     cmocka_unit_test(test_with_port),
		cmocka_unit_test(test_ranges),    cmocka_unit_test(test_bad_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
