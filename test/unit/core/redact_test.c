/* What people may be shown: names, card numbers, sizes; the rest unchanged. */
#include "core/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha.h"

static void check(const char *in, const char *expected)
{
	struct json_doc *doc;
	struct buf out;

	buf_init(&out, 1 << 20);
	assert_int_equal(json_parse(str_of(in), NULL, &doc, NULL), 0);
	redact_json(json_root(doc), &out);
	assert_string_equal(buf_cstr(&out), expected);
	buf_finish(&out);
	json_destroy(doc);
}

static void test_unchanged(void **state)
{
	static const char *const texts[] = {
		"null", "true", "-1.50e3", "\"\"", "[]", "{}", "[1,[2,{\"a\":\"b\"}],null]",
		("{\"printer\":\"Kitchen\",\"shipping\":\"x\",\"company\":\"y\",\"monkey\":1,"
		 "\"opinion\":2,\"panel\":3,\"keyboard\":4,\"spinning\":5,\"passenger\":6}"),
		"{\"text\":\"4111111111111112\",\"phone\":\"0034 600 123 456\"}",
		"{\"iban\":\"ES9121000418450200051332\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check(texts[i], texts[i]);
}

static void test_secret_names(void **state)
{
	static const char *const names[] = { "password", "Password", "userPassword", "passwd",
		"secret", "client_secret", "clientSecret", "token", "accessToken", "key", "apiKey",
		"api-key", "API_KEY", "apikey", "Authorization", "pin", "PIN", "userPIN", "pinBlock",
		"pin_code", "pan", "cardPan", "card", "cardNumber", "track1", "track_2", "trackData",
		"cvv", "CVV2", "cvc" };
	char in[128], expected[128];

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(in, sizeof in, "{\"%s\":{\"a\":[1]},\"b\":2}", names[i]);
		snprintf(expected, sizeof expected, "{\"%s\":\"***\",\"b\":2}", names[i]);
		check(in, expected);
	}
	assert_false(redact_is_secret(STR("")));
	assert_false(redact_is_secret(STR("printer")));
}

static void test_cards(void **state)
{
	(void)state;
	check("\"4111111111111111\"", "\"************1111\"");
	check("4111111111111111", "\"************1111\"");
	check("[\"a 4111 1111 1111 1111 b\"]", "[\"a **** **** **** 1111 b\"]");
	check("[\"4111-1111-1111-1111\"]", "[\"****-****-****-1111\"]");
	check("\"3782 822463 10005\"", "\"**** ****** *0005\"");
	check("\"\\u0034111111111111111\"", "\"************1111\"");
	check("{\"4111111111111111\":1}", "{\"************1111\":1}");
	/* Twenty digits are no card's, nor are dates that stand beside each other. */
	check("\"41111111111111111111\"", "\"41111111111111111111\"");
	check("\"2026-11-20 09:14 2026\"", "\"2026-11-20 09:14 2026\"");
}

static void check_omitted(const char *in, struct str bytes)
{
	char hex[65], expected[160];

	sha256_hex(bytes, hex);
	snprintf(expected, sizeof expected, "{\"a\":{\"omitted\":true,\"bytes\":%zu,\"sha256\":\"%s\"}}",
	    bytes.len, hex);
	check(in, expected);
}

static void test_payloads(void **state)
{
	char text[REDACT_WHOLE + 64], in[2 * REDACT_WHOLE];

	(void)state;
	memset(text, 'Q', sizeof text);
	snprintf(in, sizeof in, "{\"a\":\"%.*s\"}", REDACT_WHOLE, text);
	check(in, in);
	snprintf(in, sizeof in, "{\"a\":\"%.*s\"}", REDACT_WHOLE + 1, text);
	check_omitted(in, (struct str){ text, REDACT_WHOLE + 1 });
	/* A list of plain values counts as one; what holds objects is looked into. */
	snprintf(in, sizeof in, "{\"a\":[\"%.*s\",\"%.*s\"]}", REDACT_WHOLE / 2, text,
	    REDACT_WHOLE / 2, text);
	check_omitted(in, (struct str){ in + 5, strlen(in) - 6 });
	snprintf(in, sizeof in, "{\"a\":[\"%.*s\",{\"b\":\"%.*s\"}]}", REDACT_WHOLE / 2, text,
	    REDACT_WHOLE / 2, text);
	check(in, in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_secret_names),
		cmocka_unit_test(test_cards),
		cmocka_unit_test(test_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
