/*
 * print_run and the languages, byte for byte, onto a regular file; and the
 * file transport on FIFOs, ptys and what it refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/worker.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/wake.h"

static char dir[64], path[128];
static struct link paper;
static struct order *order;
static struct outcome out;
static const struct press_calls no_calls;

static int setup(void **state)
{
	struct link_options o = { .wire = { 1000, 1000, 1000, -1 } };
	char uri[192];
	struct why why;
	snprintf(dir, sizeof(dir), "/tmp/platen-press-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/paper", dir);
	snprintf(uri, sizeof(uri), "file://%s", path);
	assert_int_equal(link_init(&paper, uri, &o, &why), E_OK);
	order = order_create(ORDER_PRINT);
	order->job_kind = KIND_PRINT;
	order->job = 1;
	order->marked = true;
	order->ticket = ticket_default();
	(void)state;
	return 0;
}

static int teardown(void **state)
{
	link_finish(&paper);
	order_destroy(order);
	unlink(path);
	rmdir(dir);
	(void)state;
	return 0;
}

static void put_document(const char *bytes, size_t len, const uint32_t *ends, size_t chunks)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	buf_add(&b, bytes, len);
	order->doc = document_create(TYPE_RAW, &b, ends, chunks);
}

static void expect_paper(const char *bytes, size_t len)
{
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(path, &b, NULL), E_OK);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.ptr, bytes, len);
	buf_finish(&b);
}
#define EXPECT_PAPER(literal) expect_paper(literal, sizeof(literal) - 1)

static enum err run(const struct language *lang)
{
	print_run(&paper, lang, order, &no_calls, &out);
	if (out.err && out.reached)
		link_abort(&paper);
	else
		link_rest(&paper);
	return out.err;
}

static void test_plato_example(void **state)
{
	put_document("\x1Dv0\0\1\0\2\0\x81\xC3", 10, NULL, 1);
	order->ticket.feed_lines = 4;
	order->ticket.cut = CUT_PARTIAL;
	assert_int_equal(run(&language_escpos), E_OK);
	assert_int_equal(out.sent, 17);
	assert_int_equal(out.evidence, EVIDENCE_SENT);
	EXPECT_PAPER("\x1B@\x1Dv0\0\1\0\2\0\x81\xC3\n\n\n\n\x1DV\1");
	(void)state;
}

static void test_beeps_after_the_cut(void **state)
{
	put_document("a", 1, NULL, 1);
	order->ticket.cut = CUT_FULL;
	order->ticket.beeps = 2;
	order->ticket.beep_delay = 20;
	int64_t before = clock_mono_us();
	assert_int_equal(run(&language_escpos), E_OK);
	assert_true(clock_mono_us() - before >= 40000);
	EXPECT_PAPER("\x1B@a\x1DV\0\x1B" "B\1\1\x1B" "B\1\1");
	(void)state;
}

static void test_cut_off_picture_is_made_whole(void **state)
{
	put_document("\x1Dv0\0\1\0\4\0\x81", 9, NULL, 1);
	order->ticket.cut = CUT_PARTIAL;
	assert_int_equal(run(&language_escpos), E_OK);
	EXPECT_PAPER("\x1B@\x1Dv0\0\1\0\4\0\x81\0\0\0\x1DV\1");
	(void)state;
}

static void test_cut_off_command_is_made_whole(void **state)
{
	put_document("a\x1Dv0\0\1", 6, NULL, 1);
	order->ticket.cut = CUT_PARTIAL;
	assert_int_equal(run(&language_escpos), E_OK);
	EXPECT_PAPER("\x1B@a\x1Dv0\0\1\0\0\0\x1DV\1");
	(void)state;
}

static void test_chunks_and_pauses(void **state)
{
	const uint32_t ends[] = { 1, 3, 4 };
	put_document("abbc", 4, ends, 3);
	order->ticket.chunk_delay = 15;
	order->ticket.init = false;
	int64_t before = clock_mono_us();
	assert_int_equal(run(&language_escpos), E_OK);
	assert_true(clock_mono_us() - before >= 45000);
	EXPECT_PAPER("abbc");
	(void)state;
}

static void test_copies(void **state)
{
	put_document("ab", 2, NULL, 1);
	order->ticket.copies = 3;
	order->ticket.cut = CUT_PARTIAL;
	assert_int_equal(run(&language_escpos), E_OK);
	assert_int_equal(out.sent, 15);
	EXPECT_PAPER("\x1B@ab\x1DV\1\x1B@ab\x1DV\1\x1B@ab\x1DV\1");
	(void)state;
}

static void test_tail_of_its_own(void **state)
{
	put_document("a", 1, NULL, 1);
	order->ticket.cut = CUT_FULL;
	order->ticket.feed_lines = 9;
	order->ticket.has_tail = true;
	assert_int_equal(run(&language_escpos), E_OK);
	memcpy(order->ticket.tail, "\x1B" "d\3", 3);
	order->ticket.tail_len = 3;
	assert_int_equal(run(&language_escpos), E_OK);
	EXPECT_PAPER("\x1B@a\x1B@a\x1B" "d\3");
	(void)state;
}

static void test_kick(void **state)
{
	order->job_kind = KIND_KICK;
	order->ticket.drawer_pin = 2;
	order->ticket.drawer_on = 0x19;
	order->ticket.drawer_off = 0xFA;
	assert_int_equal(run(&language_escpos), E_OK);
	assert_int_equal(out.sent, 5);
	order->ticket.drawer_pin = 5;
	assert_int_equal(run(&language_escpos), E_OK);
	EXPECT_PAPER("\x1B@\x1Bp\0\x19\xFA\x1B@\x1Bp\1\x19\xFA");
	(void)state;
}

static void test_beep(void **state)
{
	order->job_kind = KIND_BEEP;
	order->ticket.beeps = 2;
	assert_int_equal(run(&language_escpos), E_OK);
	assert_int_equal(out.sent, 8);
	EXPECT_PAPER("\x1B@\x1B" "B\1\1\x1B" "B\1\1");
	(void)state;
}

static void test_raw_adds_nothing(void **state)
{
	put_document("ab", 2, NULL, 1);
	order->ticket.cut = CUT_FULL;
	order->ticket.feed_lines = 4;
	order->ticket.beeps = 1;
	assert_int_equal(run(&language_raw), E_OK);
	EXPECT_PAPER("ab");
	order->job_kind = KIND_KICK;
	assert_int_equal(run(&language_raw), E_UNSUPPORTED);
	assert_int_equal(out.verdict, VERDICT_FAIL);
	assert_int_equal(out.sent, 0);
	(void)state;
}

static void test_takes(void **state)
{
	assert_true(language_escpos.takes(TYPE_ESCPOS));
	assert_true(language_escpos.takes(TYPE_RAW));
	assert_false(language_escpos.takes("text/plain"));
	assert_true(language_raw.takes(TYPE_RAW));
	assert_false(language_raw.takes(TYPE_ESCPOS));
	assert_ptr_equal(language_find(STR("raw")), &language_raw);
	assert_null(language_find(STR("klingon")));
	assert_ptr_equal(transport_find(STR("SOCKET")), &transport_socket);
	assert_null(transport_find(STR("carrier-pigeon")));
	(void)state;
}

static void reinit(const char *uri, enum err expected)
{
	struct link_options o = { .wire = { 200, 200, 200, -1 } };
	struct why why = { 0 };
	link_finish(&paper);
	enum err err = link_init(&paper, uri, &o, &why);
	if (err != expected)
		fail_msg("%s: %s", uri, why.text);
}

static void test_uris(void **state)
{
	reinit("file:/dev/null", E_OK);
	reinit("file:///dev/null", E_OK);
	reinit("file://localhost/dev/null", E_OK);
	reinit("file://elsewhere/dev/null", E_FIELD);
	reinit("file:/", E_FIELD);
	reinit("nonsense", E_FIELD);
	(void)state;
}

static void test_what_is_no_printer(void **state)
{
	char uri[192];
	snprintf(uri, sizeof(uri), "file:%s", dir);
	put_document("a", 1, NULL, 1);
	reinit(uri, E_OK);
	assert_int_equal(run(&language_raw), E_IO);
	assert_int_equal(out.verdict, VERDICT_RETRY);
	snprintf(uri, sizeof(uri), "file:%s/no/such/file", dir);
	reinit(uri, E_OK);
	assert_int_equal(run(&language_raw), E_UNREACHABLE);
	assert_false(out.reached);
	(void)state;
}

static void test_fifo(void **state)
{
	uint8_t got[16];
	assert_int_equal(mkfifo(path, 0600), 0);
	put_document("receipt", 7, NULL, 1);
	assert_int_equal(run(&language_raw), E_UNREACHABLE); /* nobody reads */
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(run(&language_raw), E_OK);
	assert_int_equal(read(fd, got, sizeof(got)), 7);
	assert_memory_equal(got, "receipt", 7);
	close(fd);
	(void)state;
}

/* The reader of a full FIFO stands still, then goes away. */
static void test_fifo_full_then_lost(void **state)
{
	char *bytes = mem_alloc(1 << 20);
	assert_int_equal(mkfifo(path, 0600), 0);
	put_document(bytes, 1 << 20, NULL, 1);
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	paper.options.wire.write_timeout = 60;
	assert_int_equal(run(&language_raw), E_WRITE_TIMEOUT);
	assert_int_equal(out.verdict, VERDICT_DOUBT);
	assert_true(out.sent > 0 && out.sent < 1 << 20);

	struct why why;
	uint64_t left;
	assert_int_equal(link_open(&paper, &why), E_OK);
	close(fd);
	assert_int_equal(link_write(&paper, "x", 1, &left, &why), E_LOST);
	assert_int_equal(left, 0);
	free(bytes);
	(void)state;
}

/* A pty stands for a serial line: LF must stay LF, and answers come back. */
static void test_pty(void **state)
{
	char uri[192], got[16];
	size_t n = 0;
	struct why why;
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(fd >= 0 && !grantpt(fd) && !unlockpt(fd));
	snprintf(uri, sizeof(uri), "file:%s", ptsname(fd));
	reinit(uri, E_OK);
	paper.options.keep_open = true;
	put_document("a\n\x04", 3, NULL, 1);
	assert_int_equal(run(&language_raw), E_OK);
	while (n < 3)
		n += (size_t)read(fd, got + n, 3 - n);
	assert_memory_equal(got, "a\n\x04", 3);
	assert_int_equal(write(fd, "\x12", 1), 1);
	assert_int_equal(link_read(&paper, got, sizeof(got), clock_mono() + 5000, &n, &why), E_OK);
	assert_int_equal(n, 1);
	assert_int_equal(got[0], 0x12);
	link_close(&paper);
	close(fd);
	(void)state;
}

static void test_cancelled_pause(void **state)
{
	int fd = wake_open();
	put_document("a", 1, NULL, 1);
	order->ticket.chunk_delay = 60000;
	paper.options.wire.cancel_fd = fd;
	wake_set(fd);
	assert_int_equal(run(&language_raw), E_CANCELLED);
	assert_int_equal(out.verdict, VERDICT_DOUBT);
	assert_int_equal(out.sent, 1);
	wake_close(fd);
	(void)state;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(plato_example),
		TEST(beeps_after_the_cut),
		TEST(cut_off_picture_is_made_whole),
		TEST(cut_off_command_is_made_whole),
		TEST(chunks_and_pauses),
		TEST(copies),
		TEST(tail_of_its_own),
		TEST(kick),
		TEST(beep),
		TEST(raw_adds_nothing),
		TEST(takes),
		TEST(uris),
		TEST(what_is_no_printer),
		TEST(fifo),
		TEST(fifo_full_then_lost),
		TEST(pty),
		TEST(cancelled_pause),
	};
	signal(SIGPIPE, SIG_IGN); /* a worker's thread blocks it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
