/* Engine.IO and Socket.IO packets: what is taken, and every way to be malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "net/sio_packet.h"

static const struct {
	const char *text;
	enum sio_type type;
	const char *name_space;
	int64_t ack;
	const char *json; /* NULL: none */
} good[] = {
	{ "0", SIO_CONNECT, "/", -1, NULL },
	{ "0/restaurant,{\"sid\":\"x\"}", SIO_CONNECT, "/restaurant", -1, "{\"sid\":\"x\"}" },
	{ "0{\"sid\":\"x\"}", SIO_CONNECT, "/", -1, "{\"sid\":\"x\"}" },
	{ "0/a", SIO_CONNECT, "/a", -1, NULL },
	{ "1", SIO_DISCONNECT, "/", -1, NULL },
	{ "1/restaurant,", SIO_DISCONNECT, "/restaurant", -1, NULL },
	{ "2[\"a\"]", SIO_EVENT, "/", -1, "[\"a\"]" },
	{ "2/a,[\"b\",{\"c\":[1]}]", SIO_EVENT, "/a", -1, "[\"b\",{\"c\":[1]}]" },
	{ "2/a,5[\"b\"]", SIO_EVENT, "/a", 5, "[\"b\"]" },
	{ "20[\"b\"]", SIO_EVENT, "/", 0, "[\"b\"]" },
	{ "2/,[\"b\"]", SIO_EVENT, "/", -1, "[\"b\"]" },
	{ "2[7]", SIO_EVENT, "/", -1, "[7]" },
	{ "29007199254740991[\"b\"]", SIO_EVENT, "/", INT64_C(9007199254740991), "[\"b\"]" },
	{ "3/a,7[]", SIO_ACK, "/a", 7, "[]" },
	{ "37[{\"ok\":true}]", SIO_ACK, "/", 7, "[{\"ok\":true}]" },
	{ "4/a,{\"message\":\"no\"}", SIO_CONNECT_ERROR, "/a", -1, "{\"message\":\"no\"}" },
	{ "4\"no\"", SIO_CONNECT_ERROR, "/", -1, "\"no\"" },
	{ "51-/a,0[\"b\",{\"_placeholder\":true,\"num\":0}]", SIO_BINARY_EVENT, "/a", 0,
	    "[\"b\",{\"_placeholder\":true,\"num\":0}]" },
	{ "51-[\"b\"]", SIO_BINARY_EVENT, "/", -1, "[\"b\"]" },
	{ "612-/a,3[]", SIO_BINARY_ACK, "/a", 3, "[]" },
};

static const char *const bad[] = {
	"", "7[\"a\"]", "9", "x", "-1", " 2[\"a\"]",
	/* the JSON is not what the type wants */
	"0[]", "0\"x\"", "0null", "1{}", "1/a,[]", "2", "2{}", "2[]", "2[null]", "2[{}]",
	"2[[\"a\"]]", "2\"a\"", "3", "3{}", "3null", "4", "4[]", "4null", "41", "51-", "51-{}",
	"61-{}",
	/* or is none */
	"2[\"a\"", "2[\"a\"]]", "2[\"a\",]", "2['a']", "2[\"a\"] x", "2[\"\xFF\"]",
	"0{\"a\":1,\"a\":2}",
	/* fields */
	"2a,[\"b\"]", "5[\"a\"]", "5-[\"a\"]", "5", "51", "51[\"a\"]", "51x[\"a\"]", "51/a,[\"a\"]", "2-1[\"a\"]",
	"29007199254740992[\"b\"]", "299999999999999999999999[\"b\"]", "21 [\"b\"", "2/a",
	"2/a[\"b\"]", "2,[\"b\"]",
};

static void packets_that_are(void **state)
{
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct sio_packet p;

		if (!sio_packet_parse(str_of(good[i].text), &p))
			fail_msg("refused: %s", good[i].text);
		assert_int_equal(p.type, good[i].type);
		assert_true(str_is(p.name_space, good[i].name_space));
		assert_true(p.ack == good[i].ack);
		assert_int_equal(p.doc != NULL, good[i].json != NULL);
		if (p.doc)
			assert_true(str_is(json_source(json_root(p.doc)), good[i].json));
		sio_packet_finish(&p);
	}
}

static void packets_that_are_none(void **state)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct sio_packet p;

		if (sio_packet_parse(str_of(bad[i]), &p))
			fail_msg("taken: %s", bad[i]);
		assert_null(p.doc);
	}
}

static void packets_we_write(void **state)
{
	struct buf out;

	buf_init(&out, 1000);
	sio_packet_write(&out, SIO_CONNECT, STR("/restaurant"), SIO_NO_ACK, STR("{\"a\":1}"));
	assert_true(str_is(buf_str(&out), "40/restaurant,{\"a\":1}"));
	buf_clear(&out);
	sio_packet_write(&out, SIO_ACK, STR("/"), 12, STR("[]"));
	assert_true(str_is(buf_str(&out), "4312[]"));
	buf_clear(&out);
	sio_packet_write(&out, SIO_DISCONNECT, STR("/a"), SIO_NO_ACK, STR_NONE);
	assert_true(str_is(buf_str(&out), "41/a,"));
	buf_finish(&out);
}

static void engine_packets(void **state)
{
	enum eio_type type;
	struct str rest;

	assert_true(eio_parse(STR("2probe"), &type, &rest));
	assert_int_equal(type, EIO_PING);
	assert_true(str_is(rest, "probe"));
	assert_true(eio_parse(STR("6"), &type, &rest));
	assert_int_equal(type, EIO_NOOP);
	assert_int_equal(rest.len, 0);
	assert_false(eio_parse(STR_NONE, &type, &rest));
	assert_false(eio_parse(STR("7"), &type, &rest));
	assert_false(eio_parse(STR("b64"), &type, &rest));
}

static void openings(void **state)
{
	static const char *const wrong[] = {
		"", "{", "[]", "{}", "{\"pingInterval\":1000}", "{\"pingTimeout\":1000}",
		"{\"pingInterval\":0,\"pingTimeout\":1}", "{\"pingInterval\":1,\"pingTimeout\":-1}",
		"{\"pingInterval\":\"1\",\"pingTimeout\":1}",
		"{\"pingInterval\":1.5,\"pingTimeout\":1}",
		"{\"pingInterval\":3600001,\"pingTimeout\":1}",
	};
	struct eio_open open;

	assert_true(eio_parse_open(STR("{\"sid\":\"x\",\"upgrades\":[],\"pingInterval\":25000,"
	    "\"pingTimeout\":20000,\"maxPayload\":1000000}"), &open));
	assert_int_equal(open.ping_interval_ms, 25000);
	assert_int_equal(open.ping_timeout_ms, 20000);
	assert_int_equal(open.max_payload, 1000000);
	assert_true(eio_parse_open(STR("{\"pingInterval\":1,\"pingTimeout\":3600000,"
	    "\"maxPayload\":-1}"), &open));
	assert_int_equal(open.max_payload, 0);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(eio_parse_open(str_of(wrong[i]), &open));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_that_are),
		cmocka_unit_test(packets_that_are_none),
		cmocka_unit_test(packets_we_write),
		cmocka_unit_test(engine_packets),
		cmocka_unit_test(openings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
