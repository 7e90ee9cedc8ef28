#include "base/uri.h"
#include "unit.h"

static struct uri parse(const char *text)
{
	struct uri uri;
	struct why why = { 0 };
	if (uri_parse(str_of(text), &uri, &why))
		fail_msg("%s", why.text);
	return uri;
}

static void test_socket(void **state)
{
	struct uri uri = parse("socket://127.0.0.1:9100");
	assert_slice(uri.scheme, "socket");
	assert_slice(uri.host, "127.0.0.1");
	assert_int_equal(uri.port, 9100);
	assert_slice(uri.path, "");
	assert_slice(uri.query, "");
	uri = parse("socket://[fd12::5]:9100/");
	assert_slice(uri.host, "fd12::5");
	assert_int_equal(uri.port, 9100);
	assert_slice(uri.path, "/");
	assert_slice(parse("socket://[::1]").host, "::1");
	assert_int_equal(parse("socket://printer").port, 0);
}

static void test_others(void **state)
{
	struct uri uri = parse("usb://EPSON/TM-T20II?serial=4D50&interface=1");
	assert_slice(uri.host, "EPSON");
	assert_slice(uri.path, "/TM-T20II");
	assert_slice(uri.query, "serial=4D50&interface=1");
	uri = parse("file:/dev/usb/lp0");
	assert_slice(uri.scheme, "file");
	assert_slice(uri.host, "");
	assert_slice(uri.path, "/dev/usb/lp0");
	assert_slice(parse("file:///tmp/x").path, "/tmp/x");
	uri = parse("serial:/dev/ttyUSB0?baud=9600");
	assert_slice(uri.path, "/dev/ttyUSB0");
	assert_slice(uri.query, "baud=9600");
	uri = parse("ipp://host:631?a?b");
	assert_int_equal(uri.port, 631);
	assert_slice(uri.query, "a?b");
	assert_slice(parse("usb:").path, "");
}

static void test_refusals(void **state)
{
	static const char *const bad[] = { "", "socket", "/dev/lp0", ":x", "1x://a", "socket://a:",
		"socket://a:0", "socket://a:65536", "socket://a:9100x", "socket://a:-1",
		"socket://[::1", "socket://[::1]9100", "socket://[1.2.3.4]:9100",
		"socket://[zz]:1", "socket://::1:9100", "socket://u@host:1", "socket://u:p@host",
		"file:dev/lp0", "socket://a b", "socket://a\n",
		"file:/x#y", "file:/\xc3\xb1", "s\xc3://a", "socket://[]:1" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct uri uri;
		struct why why = { 0 };
		if (uri_parse(str_of(bad[i]), &uri, &why) != E_FIELD)
			fail_msg("accepted \"%s\"", bad[i]);
		assert_true(why.text[0]);
	}
}

static const struct {
	const char *text, *canonical;
} origins[] = {
	{ "https://pos.example", "https://pos.example" },
	{ "https://pos.example:443", "https://pos.example" },
	{ "http://pos.example:80", "http://pos.example" },
	{ "https://pos.example:80", "https://pos.example:80" },
	{ "HTTPS://POS.Example:8443", "https://pos.example:8443" },
	{ "http://localhost:5173", "http://localhost:5173" },
	{ "http://192.168.1.5", "http://192.168.1.5" },
	{ "http://[::1]:6310", "http://[::1]:6310" },
	{ "http://[0:0:0:0:0:0:0:1]", "http://[::1]" },
	{ "http://xn--caf-dma.example", "http://xn--caf-dma.example" },
	{ "http://my_host", "http://my_host" },
	{ "https://pos.example.", "https://pos.example." },
	{ "capacitor://localhost", "capacitor://localhost" },
	{ "moz-extension://0a1b", "moz-extension://0a1b" },
	{ "chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop" },
	{ "safari-web-extension://A-1", "safari-web-extension://a-1" },
	{ "a-scheme-of-24-letters-x://a", NULL },
	{ "null", NULL }, { "", NULL }, { "https://", NULL }, { "https:/pos", NULL },
	{ "pos.example", NULL }, { "//pos.example", NULL }, { "https://pos.example/", NULL },
	{ "https://pos.example/x", NULL }, { "https://pos.example?x", NULL },
	{ "https://pos.example#x", NULL }, { "https://u@pos.example", NULL },
	{ "https://u:p@pos.example", NULL }, { "https://pos.example:", NULL },
	{ "https://pos.example:0", NULL }, { "https://pos.example:65536", NULL },
	{ "https://pos.example:44a", NULL }, { "https://a:1:2", NULL },
	{ "https://pos example", NULL }, { " https://pos.example", NULL },
	{ "https://pos.example ", NULL },
	{ "https://caf\xc3\xa9.example", NULL }, { "https://*.example", NULL },
	{ "https://.example", NULL },
	{ "https://[::1", NULL }, { "https://::1", NULL }, { "https://[1.2.3.4]", NULL },
	{ "https://[fe80::1%eth0]", NULL }, { "http://127.1", NULL },
	{ "http://0177.0.0.1", NULL }, { "http://2130706433", NULL },
	{ "http://1.2.3.4.5", NULL }, { "https://a.example,https://b.example", NULL },
	{ "https://a.example https://b.example", NULL }, { "1http://x", NULL },
	{ "ht tp://x", NULL },
};

static void test_origins(void **state)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		struct origin origin;
		struct why why = { 0 };
		char out[320] = "refused";
		if (!origin_parse(str_of(origins[i].text), &origin, &why))
			origin_format(&origin, out);
		else
			assert_true(why.err == E_FIELD && why.text[0]);
		if (strcmp(out, origins[i].canonical ? origins[i].canonical : "refused") != 0)
			fail_msg("\"%s\" gave %s", origins[i].text, out);
	}
}

static void test_origin_equality(void **state)
{
	struct origin a, b;
	assert_int_equal(origin_parse(STR("https://Pos.example"), &a, NULL), E_OK);
	assert_int_equal(a.port, 443);
	origin_parse(STR("https://pos.example:443"), &b, NULL);
	assert_true(origin_eq(&a, &b));
	static const char *const others[] = { "http://pos.example:443", "https://pos.example:444",
		"https://pos.example.", "https://os.example", "https://pos.example.evil" };
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(origin_parse(str_of(others[i]), &b, NULL), E_OK);
		assert_false(origin_eq(&a, &b));
	}
}

static void test_the_longest_host(void **state)
{
	char text[300] = "https://", out[320];
	struct origin origin;
	memset(text + 8, 'a', 255);
	strcpy(text + 8 + 255, ":65535");
	assert_int_equal(origin_parse(str_of(text), &origin, NULL), E_OK);
	origin_format(&origin, out);
	assert_string_equal(out, text);
	text[8 + 255] = 'a';
	text[8 + 256] = '\0';
	assert_int_equal(origin_parse(str_of(text), &origin, NULL), E_FIELD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_origin_equality),
		cmocka_unit_test(test_the_longest_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
