/*
 * The backend of the Print Bridge, as tables: offers to documents, jobs to
 * reports, printers to states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/uplink.h"

static const struct uplink_kind *const kind = &uplink_printbridge_backend;

static char *stations[] = { "st-grill", "st-dessert" };
static struct printer_block block = {
	.name = "grill", .encoding = "cp858", .copies = 2, .columns = 42,
	.stations = { stations, 2 },
};

/* --- offers ---------------------------------------------------------------------------- */

static void test_read(void **state)
{
	static const struct {
		const char *json;
		bool ok;
	} cases[] = {
		{ "{\"id\":\"a\",\"stationId\":\"s\"}", true },
		{ "{\"id\":\"a\",\"printerId\":\"p\"}", true },
		{ "{\"id\":\"a\"}", false },
		{ "{\"stationId\":\"s\"}", false },
		{ "{\"id\":\"\",\"stationId\":\"s\"}", false },
		{ "{\"id\":7,\"stationId\":\"s\"}", false },
		{ "{\"id\":\"a\\nb\",\"stationId\":\"s\"}", false },
		{ "{\"id\":\"a\\u0000\",\"stationId\":\"s\"}", false },
		{ "{\"id\":\"a\",\"stationId\":7}", false },
		{ "[\"a\"]", false },
		{ "null", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct json_doc *doc;
		struct offer o = { 0 };

		assert_int_equal(json_parse(str_of(cases[i].json), NULL, &doc, NULL), E_OK);
		if (kind->read(json_root(doc), &o) != cases[i].ok)
			fail_msg("%s", cases[i].json);
		json_destroy(doc);
	}
	assert_false(kind->read(NULL, &(struct offer){ 0 }));
}

static void test_longest_id(void **state)
{
	(void)state;
	for (unsigned len = 127; len <= 129; len++) {
		struct json_doc *doc;
		struct offer o;
		char id[130], json[200];

		memset(id, 'x', len);
		id[len] = '\0';
		snprintf(json, sizeof json, "{\"id\":\"%s\",\"stationId\":\"s\"}", id);
		assert_int_equal(json_parse(str_of(json), NULL, &doc, NULL), E_OK);
		assert_int_equal(kind->read(json_root(doc), &o), len <= 128);
		json_destroy(doc);
	}
}

#define UNCUT 1
#define KICK 2
#define RAW 4

static const struct fill_case {
	const char *payload, *config, *paper; /* NULL: not usable */
	unsigned flags, copies;
} fills[] = {
	{ "{\"text\":\"a\"}", "{}", "a", 0, 2 },
	{ "{\"text\":\"a\"}", "null", "a", 0, 2 },
	{ "{\"text\":\"a\",\"escpos\":null}", "{}", "a", 0, 2 },
	{ "{\"text\":\"a\\nb\\n\"}", "{}", "a\nb\n", 0, 2 },
	{ "{\"text\":\"a\\u001bp\\u0000\\r\\t\\u007f\\u0085b\"}", "{}", "apb", 0, 2 },
	{ "{\"text\":\"5 \\u20ac\"}", "{}", "\x1bt\x13" "5 \xd5", 0, 2 },
	{ "{\"text\":\"5 \\u20ac\"}", "{\"encoding\":\"cp437\"}", "5 ?", 0, 2 },
	{ "{\"text\":\"5 \\u20ac\"}", "{\"encoding\":\"utf-8\"}", "\x1bt\x13" "5 \xd5", 0, 2 },
	{ "{\"lines\":[\"a\",\"\",\"b\"]}", "{}", "a\n\nb", 0, 2 },
	{ "{\"lines\":[\"b\"]}", "{\"headerLines\":[\"h\",\"i\"]}", "h\ni\nb", 0, 2 },
	{ "{\"text\":\"b\"}", "{\"headerLines\":\"h\"}", "b", 0, 2 },
	{ "{\"text\":\"a\"}", "{\"cutAfterEach\":false}", "a\n", UNCUT, 2 },
	{ "{\"text\":\"a\\n\"}", "{\"cutAfterEach\":false}", "a\n", UNCUT, 2 },
	{ "{\"text\":\"a\"}", "{\"copies\":3}", "a", 0, 3 },
	{ "{\"text\":\"a\"}", "{\"copies\":11}", "a", 0, 2 },
	{ "{\"text\":\"a\"}", "{\"copies\":\"3\"}", "a", 0, 2 },
	{ "{\"text\":\"a\"}", "{\"openCashDrawer\":true}", "a", KICK, 2 },
	{ "{\"text\":\"a\"}", "{\"openCashDrawer\":1}", "a", 0, 2 },
	{ "{\"text\":\"0123456789abcdef\"}", "{\"columns\":16}", "0123456789abcdef", 0, 2 },
	{ "{\"text\":\"0123456789abcdefg\"}", "{\"columns\":16}", "0123456789abcdef\ng", 0, 2 },
	{ "{\"text\":\"0123456789 bcdefg h\"}", "{\"columns\":16}", "0123456789\nbcdefg h", 0, 2 },
	{ "{\"text\":\"0123456789 bcdefg h\"}", "{\"columns\":15.5}", "0123456789 bcdefg h", 0, 2 },
	{ "{\"text\":\"  0123456789abcdefg\"}", "{\"columns\":16}", "  0123456789abcd\nefg", 0, 2 },
	{ "{\"escpos\":\"G0BhCg==\"}", "{\"headerLines\":[\"h\"]}", "\x1b@a\n", UNCUT | RAW, 2 },
	{ "{}", "{}", NULL, 0, 0 },
	{ "7", "{}", NULL, 0, 0 },
	{ "null", "{}", NULL, 0, 0 },
	{ "{\"text\":\"\"}", "{}", NULL, 0, 0 },
	{ "{\"text\":\" \\n \"}", "{}", NULL, 0, 0 },
	{ "{\"text\":[]}", "{}", NULL, 0, 0 },
	{ "{\"lines\":\"a\"}", "{}", NULL, 0, 0 },
	{ "{\"lines\":[\"a\",1]}", "{}", NULL, 0, 0 },
	{ "{\"lines\":[]}", "{}", NULL, 0, 0 },
	{ "{\"text\":\"a\",\"lines\":[\"b\"]}", "{}", NULL, 0, 0 },
	{ "{\"escpos\":\"\"}", "{}", NULL, 0, 0 },
	{ "{\"escpos\":\"*\"}", "{}", NULL, 0, 0 },
	{ "{\"escpos\":[27]}", "{}", NULL, 0, 0 },
};

static void fill(const struct fill_case *c)
{
	char json[512];
	struct json_doc *doc;
	struct offer o = { 0 };
	struct job *job = job_create(KIND_PRINT);
	enum err err;

	snprintf(json, sizeof json, "{\"id\":\"a\",\"stationId\":\"s\",\"payload\":%s,"
	    "\"printerConfig\":%s}", c->payload, c->config);
	assert_int_equal(json_parse(str_of(json), NULL, &doc, NULL), E_OK);
	assert_true(kind->read(json_root(doc), &o));
	err = kind->fill(&o, &block, job, NULL);
	if (err != (c->paper ? E_OK : E_FIELD))
		fail_msg("%s gives %s", json, err_name(err));
	if (c->paper) {
		if (job->doc->len != strlen(c->paper) ||
		    memcmp(job->doc->bytes, c->paper, job->doc->len) != 0)
			fail_msg("%s gives %.*s", json, (int)job->doc->len, job->doc->bytes);
		assert_int_equal(job->ticket.copies, c->copies);
		assert_int_equal(job->ticket.cut, c->flags & UNCUT ? CUT_NONE : CUT_PARTIAL);
		assert_int_equal(job->ticket.feed_lines, c->flags & UNCUT ? 0 : 4);
		assert_int_equal(o.kick, !!(c->flags & KICK));
		assert_int_equal(o.raw, !!(c->flags & RAW));
	}
	json_destroy(doc);
	job_destroy(job);
}

static void test_fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(fills); i++)
		fill(&fills[i]);
}

/* --- reports ------------------------------------------------------------------------------ */

static void test_reports(void **state)
{
	static const struct {
		struct job job;
		const char *json;
	} cases[] = {
		{ { .state = JOB_DONE, .ended = 1795166411482 },
		    "{\"status\":\"printed\",\"printerId\":\"p\","
		    "\"printedAt\":\"2026-11-20T09:20:11.482Z\"}" },
		{ { .state = JOB_FAILED, .err = E_REFUSED, .reason = "Connection refused" },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"Printer unreachable\","
		    "\"code\":\"OFFLINE\"}" },
		{ { .state = JOB_FAILED, .err = E_PAPER, .reason = "The printer is out of paper" },
		    "{\"status\":\"failed\",\"printerId\":\"p\","
		    "\"error\":\"The printer is out of paper\",\"code\":\"OFFLINE\"}" },
		{ { .state = JOB_EXPIRED, .err = E_REFUSED },
		    "{\"status\":\"failed\",\"printerId\":\"p\","
		    "\"error\":\"The job expired before it could be printed\",\"code\":\"EXPIRED\"}" },
		{ { .state = JOB_CANCELLED, .err = E_CANCELLED },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"The job was cancelled\","
		    "\"code\":\"CANCELLED\"}" },
		{ { .state = JOB_UNCONFIRMED, .err = E_LOST, .reason = "Connection lost" },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"Print not confirmed\","
		    "\"code\":\"UNCONFIRMED\"}" },
		{ { .state = JOB_FAILED, .err = E_LOST, .sent = 12 },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"Print not confirmed\","
		    "\"code\":\"UNCONFIRMED\"}" },
		{ { .state = JOB_FAILED, .err = E_COMMAND, .reason = "Command not allowed: x" },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"Command not allowed: x\","
		    "\"code\":\"REFUSED\"}" },
		{ { .state = JOB_FAILED, .err = E_FIELD, .reason = "no" },
		    "{\"status\":\"failed\",\"printerId\":\"p\",\"error\":\"no\","
		    "\"code\":\"PAYLOAD\"}" },
	};
	struct buf json;

	(void)state;
	buf_init(&json, 4096);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&json);
		kind->report(&cases[i].job, "p", &json);
		assert_string_equal(buf_cstr(&json), cases[i].json);
	}
	buf_finish(&json);
}

/* --- states --------------------------------------------------------------------------------- */

#define BEGIN "{\"printerId\":\"u\",\"deviceId\":\"dev-81\",\"businessId\":\"biz-12\"," \
	      "\"locationId\":\"loc-3\",\"stationIds\":[\"st-grill\",\"st-dessert\"]," \
	      "\"statusSource\":"

static const struct uplink_self self = { "secret", "dev-81", "biz-12", "loc-3" };

static void test_states(void **state)
{
	static const struct {
		struct condition condition;
		const char *json;
	} cases[] = {
		{ { .source = SOURCE_UNKNOWN }, BEGIN "\"unknown\",\"identity\":null}" },
		{ { .source = SOURCE_INFERRED, .facts = { .online = TRI_YES } },
		    BEGIN "\"inferred\",\"identity\":null}" },
		{ { .source = SOURCE_DISABLED }, BEGIN "\"disabled\",\"identity\":null}" },
		{ { .source = SOURCE_TELEMETRY, .facts = { .online = TRI_YES,
		    .paper_loaded = TRI_YES, .paper_low = TRI_NO, .cover_open = TRI_NO },
		    .identity = { true, "EPSON", "TM-T88V", "****1234", "30.08 ESC/POS" } },
		    BEGIN "\"telemetry\",\"online\":true,\"paperLoaded\":true,\"paperLow\":false,"
		    "\"coverOpened\":false,\"identity\":{\"manufacturer\":\"EPSON\","
		    "\"model\":\"TM-T88V\",\"serialNumber\":\"****1234\","
		    "\"firmwareVersion\":\"30.08 ESC/POS\"}}" },
		{ { .source = SOURCE_TELEMETRY, .facts = { .online = TRI_NO },
		    .identity = { .known = true, .model = "X" } },
		    BEGIN "\"telemetry\",\"online\":false,\"identity\":{\"manufacturer\":null,"
		    "\"model\":\"X\",\"serialNumber\":null,\"firmwareVersion\":null}}" },
	};
	struct device d = { .uuid = "u" };
	struct buf json;

	(void)state;
	buf_init(&json, 4096);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&json);
		d.condition = cases[i].condition;
		kind->status(&self, &d, &block, &json);
		assert_string_equal(buf_cstr(&json), cases[i].json);
	}
	buf_finish(&json);
}

static void test_greeting(void **state)
{
	struct device d = { .uuid = "u" };
	struct buf json;

	(void)state;
	buf_init(&json, 4096);
	kind->auth(&self, &d, &block, &json);
	assert_string_equal(buf_cstr(&json), "{\"deviceToken\":\"secret\",\"deviceId\":\"dev-81\","
	    "\"printerId\":\"u\",\"stationIds\":[\"st-grill\",\"st-dessert\"]}");
	buf_clear(&json);
	kind->subscribe("st-grill", &json);
	assert_string_equal(buf_cstr(&json),
	    "{\"event\":\"print_job.new\",\"stationId\":\"st-grill\"}");
	buf_finish(&json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_longest_id),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
