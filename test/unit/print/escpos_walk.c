/*
 * The walker over a table of byte strings. Each is also fed in two pieces, cut
 * at every boundary, and byte by byte: the finding must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "lang/escpos_walk.h"

#define NOTHING false, NULL, NULL
#define DRAWER true, NULL, NULL
#define REFUSED(name) false, name, NULL
#define UNKNOWN(bytes) false, NULL, bytes

static const struct row {
	const char *hex; /* "*N" repeats the pair before it N times in all */
	bool drawer;
	const char *refused, *unknown;
} rows[] = {
	{ "", NOTHING },
	{ "1B 40 48 65 6C 6C 6F 0A 1D 56 01", NOTHING },
	{ "1B 40 1D 76 30 00 01 00 02 00 81 C3 0A 0A 0A 0A 1D 56 01 1B 42 01 01", NOTHING },

	/* drawers: queued, without times, with digits, cut off, real time */
	{ "1B 70 00 19 FA", DRAWER },
	{ "1B 70 01 19 FA", DRAWER },
	{ "1B 70 30 19 FA 41", DRAWER },
	{ "41 0A 1B 70 00", DRAWER },
	{ "1B 70", DRAWER },
	{ "1B", NOTHING },
	{ "1B 70 00 1D 56 00", DRAWER },
	{ "1B 07 0A 0A", DRAWER },
	{ "10 14 01 00 01", DRAWER },
	{ "10 14 01 01 08", DRAWER },
	{ "10 14 01 02 01", NOTHING },
	{ "10 14 01 00 09", NOTHING },
	{ "10 14 01 00 00", NOTHING },
	{ "10 10 14 01 00 01", true, NULL, "10 10" },
	{ "10 14 10 14 01 00 01", DRAWER },
	{ "10 14 01 10 14 01 00 01", DRAWER },
	{ "10 14 01 00", NOTHING },

	/* data is skipped by its length, and not a byte more */
	{ "1D 76 30 00 02 00 02 00 1B 70 00 19", NOTHING },
	{ "1D 76 30 00 02 00 02 00 1B 70 00 19 1B 70 00 19 FA", DRAWER },
	{ "1D 76 30 30 02 00 02 00 1B 70 00 19", NOTHING },
	{ "1B 2A 21 02 00 1B 70 00 1B 70 01 41", NOTHING },
	{ "1B 2A 21 02 00 1B 70 00 1B 70 01 1B 70 00", DRAWER },
	{ "1B 2A 00 03 00 1B 70 00", NOTHING },
	{ "1D 28 4C 0F 00 30 70 30 01 01 31 08 00 05 00 1B 70 00 1B 70", NOTHING },
	{ "1D 38 4C 0F 00 00 00 30 70 30 01 01 31 08 00 05 00 1B 70 00 1B 70", NOTHING },
	{ "1D 28 4C 02 00 30 32 1B 70 00", DRAWER },
	{ "1D 28 6B 06 00 31 50 30 41 42 43", NOTHING },
	{ "1D 28 6B 06 00 31 50 30 41 42 43 1B 70 00", DRAWER },
	{ "1D 6B 04 41 42 43 00", NOTHING },
	{ "1D 6B 04 41 42 43 00 1B 70 00", DRAWER },
	{ "1D 6B 49 05 7B 42 41 42 43", NOTHING },
	{ "1D 6B 49 05 7B 42 41 42 43 1B 70 00", DRAWER },
	{ "1B 44 08 10 18 00 1B 70 00", DRAWER },
	{ "1B 44 08 10 18 00 41", NOTHING },
	{ "1D 56 41 10 41", NOTHING },
	{ "1D 56 41 1B 70 00", DRAWER },
	{ "1B 26 03 41 42 02 00*6 01 00*3 41", NOTHING },
	{ "1B 26 03 41 42 02 00*6 01 00*3 1B 70 00", DRAWER },
	{ "1D 2A 01 01 00*8 41", NOTHING },
	{ "1D 2A 01 01 00*8 1B 70 00", DRAWER },

	/* real time within data, and across its end */
	{ "1D 76 30 00 05 00 01 00 10 14 01 00 01", DRAWER },
	{ "1D 76 30 00 02 00 01 00 10 14 01 00 01", DRAWER },
	{ "1D 76 30 00 08 00 01 00 10 10 14 01 00 09 10 10", NOTHING },
	{ "1D 28 6B 08 00 31 50 30 10 14 01 00 05", DRAWER },
	{ "1D 76 30 00 05 00 01 00 10 14 02 01 08", REFUSED("DLE DC4 2 (power off)") },
	{ "10 14 08 01 03 14 01 06 02 08", REFUSED("DLE DC4 8 (clear buffers)") },
	{ "10 14 08 01 03 14 01 06 02 07", NOTHING },
	{ "1D 76 30 00 0A 00 01 00 10 14 08 01 03 14 01 06 02 08",
	    REFUSED("DLE DC4 8 (clear buffers)") },

	/* refused */
	{ "1B 3D 00", REFUSED("ESC = (deselect the printer)") },
	{ "1B 3D 02", REFUSED("ESC = (deselect the printer)") },
	{ "1B 3D 30", REFUSED("ESC = (deselect the printer)") },
	{ "1B 3D", REFUSED("ESC = (deselect the printer)") },
	{ "1B 3D 01", NOTHING },
	{ "1B 3D 31", NOTHING },
	{ "10 05 02", REFUSED("DLE ENQ (clear buffers)") },
	{ "10 05 00", NOTHING },
	{ "1C 71 01 01 00 01 00 00*8", REFUSED("FS q (define NV bit image)") },
	{ "1C 71 01 01 00 01 00 00*8 1B 70 00", true, "FS q (define NV bit image)", NULL },
	{ "1C 71 02 01 00 01 00 00*8 01 00 01 00 00*8 1B 70 00", true,
	    "FS q (define NV bit image)", NULL },
	{ "1C 67 31 00 00 00 00 00 01 00 41", REFUSED("FS g 1 (write NV memory)") },
	{ "1C 67 32 00 00 00 00 00 01 00", NOTHING },
	{ "1D 3A", REFUSED("GS : (define macro)") },
	{ "1D 5E 01 01 00", REFUSED("GS ^ (execute macro)") },
	{ "1D 67 30 00 14 00", REFUSED("GS g 0 (reset counter)") },
	{ "1D 67 32 00 14 00", NOTHING },
	{ "1D 28 43 05 00 00 31 00 41 42", REFUSED("GS ( C (NV memory)") },
	{ "1D 28 45 03 00 01 49 4E", REFUSED("GS ( E (printer settings)") },
	{ "1D 28 4D 02 00 01 01", REFUSED("GS ( M (printer settings)") },
	{ "1C 28 45 02 00 3C 01", REFUSED("FS ( E (printer settings)") },
	{ "1D 28 4C 06 00 30 43 30 41 42 01", REFUSED("GS ( L (NV graphics)") },
	{ "1D 28 4C 05 00 30 41 43 4C 52", REFUSED("GS ( L (NV graphics)") },
	{ "1D 38 4C 06 00 00 00 30 44 30 41 42 01", REFUSED("GS 8 L (NV graphics)") },
	{ "1D 28 4C 06 00 30 45 41 42 01 01", NOTHING },
	{ "1D 28 48 06 00 30 30 41 42 43 44", REFUSED("GS ( H fn 48 (completion fence)") },
	{ "1D 28 48 03 00 31 30 01", NOTHING },
	{ "1D 28 48 00 00", NOTHING },
	{ "1B 1F 42 41", REFUSED("ESC US (printer settings)") },
	{ "1F 1B 1F 91 00 49 50 C0 A8 00 01", false, "ESC US (printer settings)", "1F 1B" },
	{ "1B 3D 00 1D 3A", REFUSED("ESC = (deselect the printer)") },

	/* asking is allowed */
	{ "1D 72 01 1D 61 00 10 04 01 1D 49 43", NOTHING },
	{ "1D 28 44 03 00 14 01 00", NOTHING },

	/* unknown: two bytes, then on; what follows is looked at in any reading */
	{ "1B 7E 41", UNKNOWN("1B 7E") },
	{ "1D 28 7A 02 00 41 42", UNKNOWN("1D 28 7A") },
	{ "1D 43 39 41", UNKNOWN("1D 43 39") },
	{ "12 23 05", UNKNOWN("12 23") },
	{ "1B 7E 1B 70 00", true, NULL, "1B 7E" },
	{ "1D 1B 70 00", true, NULL, "1D 1B" },
	{ "1B 7E 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", true, NULL, "1B 7E" },
	{ "1D 28 7A 04 00 1B 70 00 19", true, NULL, "1D 28 7A" },
	{ "1D 28 7A 1B 70 00 19 FA", true, NULL, "1D 28 7A" },
	{ "1B 7E 1D 76 30 00 08 00 01 00 1D 28 48 06 00 30 41 41", false,
	    "GS ( H fn 48 (completion fence)", "1B 7E" },
	{ "1B 7E 1D 76 30 00 09 00 01 00 1D 38 4C 01 00 00 00 30 44", false,
	    "GS 8 L (NV graphics)", "1B 7E" },
	{ "1B 7E 1D 76 30 00 08 00 01 00 1D 28 4C 06 00 30 43 41", false,
	    "GS ( L (NV graphics)", "1B 7E" },

	/* data that some printers take as text */
	{ "41 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", DRAWER },
	{ "41 0A 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", NOTHING },
	{ "41 1B 64 01 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", NOTHING },
	{ "41 1B 40 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", NOTHING },
	{ "1B 4C 0A 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", DRAWER },
	{ "1B 4C 0C 1D 76 30 00 05 00 01 00 1B 70 00 19 FA", NOTHING },
	{ "1D 76 30 07 05 00 01 00 1B 70 00 19 FA", DRAWER },
	{ "1D 76 30 00 01 00 00 09 1B 70 00 19 FA", DRAWER },
	{ "1D 76 30 00 01 00 FF 08 1B 70 00 19 FA", NOTHING },
	{ "1D 76 30 00 00 00 01 00 1B 70 00 19 FA", DRAWER },
	{ "1B 2A 05 FF 00 1B 70 00", DRAWER },
	{ "1D 6B 43 05 1B 70 00 19 FA", DRAWER },
	{ "1D 6B 02 1B 70 00 19 FA", DRAWER },
	{ "1D 6B 4F 05 01 02 03 04 05", NOTHING },
	{ "1D 6B 50 05 1B 70 00", DRAWER },
	{ "1D 28 6B 08 00 31 50 30 1B 70 00 19 FA", DRAWER },
	{ "1D 28 6B 06 00 31 50 30 1D 41 42", NOTHING },

	/* quirks of section 16 */
	{ "1B 34 01 41 1B 34 00", NOTHING },
	{ "1B 34 1B 70 00", DRAWER },
	{ "1B 34 1D 1B 70 00", DRAWER },
	{ "1B 61 31 41 0D 0A", NOTHING },
	{ "1B 43 1B 70 00 19 FA", DRAWER },

	/* two-byte text: the ESC may be eaten by the byte before it */
	{ "C4 E3 BA C3 0A 1B 61 01", NOTHING },
	{ "81 1B 2A 00 FF 00 1B 70 00 19 FA", DRAWER },
	{ "1C 2E 81 1B 2A 00 05 00 1B 70 00 19 FA", NOTHING },
	{ "1C 2E 1C 26 81 1B 2A 00 05 00 1B 70 00 19 FA", DRAWER },
	{ "1C 32 77 21 00*72 1B 70 00", DRAWER },
};

static size_t bytes_of(const char *hex, uint8_t out[static 256])
{
	size_t n = 0;
	while (*hex) {
		char *end;
		uint8_t b = (uint8_t)strtoul(hex, &end, 16);
		size_t times = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
		while (times--)
			out[n++] = b;
		hex = end + strspn(end, " ");
	}
	return n;
}

static void check(const struct row *row, const struct escpos_walk *w, size_t cut)
{
	struct finding f;
	escpos_walk_finish(w, &f);
	if (f.drawer != row->drawer || !str_eq(str_of(f.refused), str_of(row->refused)) ||
	    !str_eq(str_of(f.unknown), str_of(row->unknown)))
		fail_msg("%s (cut at %zu): drawer %d refused %s unknown %s", row->hex, cut,
		    f.drawer, f.refused ? f.refused : "-", f.unknown ? f.unknown : "-");
}

static void test_table(void **state)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[256];
		size_t len = bytes_of(rows[i].hex, bytes);
		struct escpos_walk w;
		for (size_t cut = 0; cut <= len; cut++) {
			escpos_walk_init(&w);
			escpos_walk_feed(&w, bytes, cut);
			escpos_walk_feed(&w, bytes + cut, len - cut);
			check(&rows[i], &w, cut);
		}
		escpos_walk_init(&w);
		for (size_t at = 0; at < len; at++)
			escpos_walk_feed(&w, bytes + at, 1);
		check(&rows[i], &w, SIZE_MAX);
	}
	(void)state;
}

/* A drawer behind every row that leaves nothing open must be found: no command
 * of the table swallows more than is its own. */
static void test_nothing_hides_what_follows(void **state)
{
	static const uint8_t kick[] = { 0x0A, 0x1B, 0x70, 0x00, 0x19, 0xFA };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[256];
		size_t len = bytes_of(rows[i].hex, bytes);
		struct escpos_walk w;
		struct finding f;
		escpos_walk_init(&w);
		escpos_walk_feed(&w, bytes, len);
		bool open = w.left || w.have < w.need;
		escpos_walk_feed(&w, kick, sizeof(kick));
		escpos_walk_finish(&w, &f);
		if (!open && !f.drawer && w.step == 0)
			fail_msg("%s hides the drawer behind it", rows[i].hex);
	}
	(void)state;
}

/* Pseudo-random bytes, biased to commands: whole against cut in pieces. */
static void test_pieces(void **state)
{
	static const uint8_t likely[] = { 0x10, 0x14, 0x1B, 0x1C, 0x1D, 0x28, 0x70, 0x76, 0x30,
		0x00, 0x01, 0x02, 0x08, 0x4C, 0x6B };
	uint32_t seed = 1;
	for (size_t round = 0; round < 20000; round++) {
		uint8_t bytes[64];
		struct escpos_walk whole, pieces;
		struct finding a, b;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = seed >> 31 ? likely[(seed >> 16) % sizeof(likely)] :
			    (uint8_t)(seed >> 8);
		}
		escpos_walk_init(&whole);
		escpos_walk_feed(&whole, bytes, sizeof(bytes));
		escpos_walk_init(&pieces);
		size_t cut = seed % sizeof(bytes);
		escpos_walk_feed(&pieces, bytes, cut);
		escpos_walk_feed(&pieces, bytes + cut, sizeof(bytes) - cut);
		escpos_walk_finish(&whole, &a);
		escpos_walk_finish(&pieces, &b);
		assert_int_equal(a.drawer, b.drawer);
		assert_ptr_equal(a.refused, b.refused);
		assert_string_equal(a.unknown_text, b.unknown_text);
	}
	(void)state;
}

/* Bytes that the printer will send back, in order, because the document asks. */
static void test_answers(void **state)
{
	static const struct {
		const char *hex;
		unsigned answers;
	} asks[] = {
		{ "41 0A", 0 },
		{ "1D 72 01", 1 },
		{ "1D 72 31 41 1D 72 02", 2 },
		{ "1D 49 01 1D 49 33", 2 },
		{ "1D 49 43", 0 },
		{ "1B 75 00 1B 76", 2 },
		{ "10 04 01 1D 61 FF", 0 },
		{ "1D 76 30 00 03 00 01 00 1D 72 01", 0 },
		{ "1D 76 30 00 03 00 01 00 1D 72 01 1D 72 01", 1 },
		{ "1D 72", 0 },
	};
	for (size_t i = 0; i < COUNT_OF(asks); i++) {
		uint8_t bytes[256];
		struct escpos_walk w;
		escpos_walk_init(&w);
		escpos_walk_feed(&w, bytes, bytes_of(asks[i].hex, bytes));
		if (w.answers != asks[i].answers)
			fail_msg("%s: %u", asks[i].hex, w.answers);
	}
	(void)state;
}

static void test_examine_joins_chunks(void **state)
{
	struct buf b;
	struct finding f;
	const uint32_t ends[] = { 3, 7 };
	buf_init(&b, 64);
	buf_add(&b, "\x41\x0A\x10\x14\x01\x00\x01", 7);
	struct document *doc = document_create(TYPE_ESCPOS, &b, ends, 2);
	language_escpos.examine(doc, &f);
	assert_true(f.drawer);
	document_release(doc);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_nothing_hides_what_follows),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_examine_joins_chunks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
