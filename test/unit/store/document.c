/* Documents, their chunks, and tickets as JSON. */
#include "unit.h"

#include "sys/thread.h"

static struct document *make(const char *type, const char *text, const uint32_t *ends,
    size_t chunks)
{
	struct document *d;
	struct buf b;

	buf_init(&b, 1024);
	buf_puts(&b, text);
	d = document_create(type, &b, ends, chunks);
	assert_int_equal(b.len, 0);
	buf_finish(&b);
	return d;
}

static void assert_chunk(const struct document *d, size_t i, const char *text)
{
	struct str chunk = document_chunk(d, i);

	assert_true(str_is(chunk, text));
}

static void one_chunk_is_the_whole(void **state)
{
	struct document *d = make(TYPE_ESCPOS, "hello", NULL, 0);

	assert_int_equal(d->chunks, 1);
	assert_chunk(d, 0, "hello");
	assert_chunk(d, 1, "");
	document_release(d);
	document_release(NULL);
}

static void an_empty_document_has_no_chunk(void **state)
{
	struct document *d = make(TYPE_ESCPOS, "", NULL, 0);

	assert_int_equal(d->len, 0);
	assert_int_equal(d->chunks, 0);
	document_release(d);
}

static void chunks_end_where_said(void **state)
{
	static const uint32_t ends[] = { 2, 2, 5 };
	struct document *d = make(TYPE_RAW, "hello", ends, COUNT_OF(ends));

	assert_int_equal(d->chunks, 3);
	assert_chunk(d, 0, "he");
	assert_chunk(d, 1, "");
	assert_chunk(d, 2, "llo");
	assert_int_equal(document_chunk(d, 3).len, 0);
	document_release(d);
}

static void types_are_normal(void **state)
{
	static const char *const types[][2] = {
		{ "text/plain", "text/plain" },
		{ "Text/PLAIN; charset=utf-8", "text/plain" },
		{ " image/png ;q=1", "image/png" },
	};

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct document *d = make(types[i][0], "x", NULL, 0);

		assert_string_equal(d->type, types[i][1]);
		document_release(d);
	}
}

static void hold_and_release(void *arg)
{
	struct document *d = arg;

	for (int i = 0; i < 20000; i++)
		document_release(document_ref(d));
	document_release(d);
}

static void references_of_several_threads(void **state)
{
	struct document *d = make(TYPE_RAW, "shared", NULL, 0);
	struct thread *threads[3];

	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_ok(thread_start(&threads[i], "holder", 0, hold_and_release, document_ref(d),
		    why));
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		thread_join(threads[i]);
	assert_int_equal(d->refs, 1);
	document_release(d);
}

static void assert_written(const struct ticket *t, const char *json)
{
	struct ticket back;
	struct buf b;

	buf_init(&b, 1024);
	ticket_write(t, &b);
	assert_string_equal(buf_cstr(&b), json);
	assert_true(ticket_read(buf_str(&b), &back));
	assert_int_equal(back.copies, t->copies);
	assert_int_equal(back.cut, t->cut);
	assert_int_equal(back.init, t->init);
	assert_int_equal(back.beep_delay, t->beep_delay);
	assert_int_equal(back.has_tail, t->has_tail);
	assert_int_equal(back.tail_len, t->tail_len);
	assert_memory_equal(back.tail, t->tail, sizeof(t->tail));
	buf_finish(&b);
}

/* These texts are on people's disks: they may be added to, not changed. */
static void tickets_on_disk(void **state)
{
	struct ticket t = ticket_default();

	assert_written(&t, "{}");
	t.init = false;
	t.copies = 2;
	t.feed_lines = 3;
	t.beeps = 4;
	t.beep_delay = 500;
	t.chunk_delay = 25;
	t.drawer_pin = 5;
	t.drawer_on = 50;
	t.drawer_off = 200;
	t.cut = CUT_PARTIAL;
	assert_written(&t, "{\"copies\":2,\"feed\":3,\"beeps\":4,\"beep-delay\":500,"
	    "\"chunk-delay\":25,\"drawer-pin\":5,\"drawer-on\":50,\"drawer-off\":200,"
	    "\"init\":0,\"cut\":\"partial\"}");
	t = ticket_default();
	t.cut = CUT_FULL;
	t.has_tail = true; /* an empty one means: nothing at all */
	assert_written(&t, "{\"cut\":\"full\",\"tail\":\"\"}");
	t.tail_len = 4;
	memcpy(t.tail, "\x0a\x1d\x56\x00", 4);
	assert_written(&t, "{\"cut\":\"full\",\"tail\":\"0a1d5600\"}");
	t.tail_len = sizeof(t.tail);
	memset(t.tail, 0xff, sizeof(t.tail));
	struct buf b;
	buf_init(&b, 1024);
	ticket_write(&t, &b);
	assert_true(ticket_read(buf_str(&b), &t));
	assert_int_equal(t.tail_len, sizeof(t.tail));
	buf_finish(&b);
}

static void bad_tickets_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "[]", "3", "null", "{", "{\"copies\":-1}", "{\"copies\":\"2\"}",
		"{\"copies\":4294967296}", "{\"copies\":1.5}", "{\"cut\":\"half\"}", "{\"cut\":1}",
		"{\"tail\":1}", "{\"tail\":\"0\"}", "{\"tail\":\"zz\"}",
	};
	struct ticket t;
	char tail[200];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (ticket_read(str_of(bad[i]), &t))
			fail_msg("accepted: %s", bad[i]);
	snprintf(tail, sizeof(tail), "{\"tail\":\"%0130d\"}", 0); /* 65 bytes */
	assert_false(ticket_read(str_of(tail), &t));
	assert_true(ticket_read(STR("{\"later\":[1,{}],\"copies\":3}"), &t));
	assert_int_equal(t.copies, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_chunk_is_the_whole),
		cmocka_unit_test(an_empty_document_has_no_chunk),
		cmocka_unit_test(chunks_end_where_said),
		cmocka_unit_test(types_are_normal),
		cmocka_unit_test(references_of_several_threads),
		cmocka_unit_test(tickets_on_disk),
		cmocka_unit_test(bad_tickets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
