/*
 * Halftones: the same dots however the rows are cut, the right share of black, text
 * that stays solid beside photographs that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha.h"
#include "gfx/halftone.h"

#define WIDTH 203
#define HEIGHT 101
#define STRIDE ((WIDTH + 7) / 8)

static uint8_t grey[WIDTH * HEIGHT], dots[STRIDE * HEIGHT];

/* A slope from black to white, a box of text-like strokes, white below. */
static void paint(void)
{
	memset(grey, 255, sizeof(grey));
	for (int y = 0; y < 48; y++)
		for (int x = 0; x < WIDTH; x++)
			grey[y * WIDTH + x] = (uint8_t)(x * 255 / (WIDTH - 1));
	for (int y = 64; y < 96; y++)
		for (int x = 0; x < WIDTH; x++)
			if (x % 16 < 3)
				grey[y * WIDTH + x] = x % 16 == 1 ? 0x66 : 0xB0;
}

static void run(enum halftone_method method, uint8_t threshold, uint32_t piece)
{
	struct halftone *h = halftone_create(method, WIDTH, threshold);
	uint32_t done = 0;
	memset(dots, 0xEE, sizeof(dots));
	for (uint32_t y = 0; y < HEIGHT; y += piece) {
		uint32_t n = HEIGHT - y < piece ? HEIGHT - y : piece;
		halftone_feed(h, grey + y * WIDTH, WIDTH, n);
		done += halftone_take(h, dots + done * STRIDE, STRIDE, HEIGHT - done);
	}
	halftone_end(h);
	done += halftone_take(h, dots + done * STRIDE, STRIDE, HEIGHT - done);
	halftone_destroy(h);
	assert_int_equal(done, HEIGHT);
}

static unsigned black(int x0, int y0, int w, int h)
{
	unsigned n = 0;
	for (int y = y0; y < y0 + h; y++)
		for (int x = x0; x < x0 + w; x++)
			n += dots[y * STRIDE + x / 8] >> (7 - x % 8) & 1;
	return n;
}

static void test_pieces(void **state)
{
	(void)state;
	paint();
	for (int m = HT_THRESHOLD; m <= HT_HYBRID; m++) {
		uint8_t whole[sizeof(dots)];
		run(m, 0, HEIGHT);
		memcpy(whole, dots, sizeof(dots));
		for (uint32_t piece = 1; piece < 20; piece++) {
			run(m, 0, piece);
			assert_memory_equal(whole, dots, sizeof(dots));
		}
	}
}

/* The slope is half black in all, and each quarter has its share. */
static void test_shares(void **state)
{
	(void)state;
	static const int methods[] = { HT_DIFFUSION, HT_ORDERED, HT_BLUE_NOISE, HT_HYBRID };
	paint();
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		run(methods[i], 0, 16);
		unsigned all = black(0, 0, WIDTH, 40), most = WIDTH * 40;
		assert_in_range(all, most * 45 / 100, most * 55 / 100);
		unsigned dark = black(0, 0, 50, 40), light = black(150, 0, 50, 40);
		assert_in_range(dark, 2000 * 80 / 100, 2000 * 97 / 100);
		assert_in_range(light, 2000 * 3 / 100, 2000 * 20 / 100);
		assert_int_equal(black(0, 97, WIDTH, 4), 0);
	}
}

static void test_text(void **state)
{
	(void)state;
	paint();
	run(HT_HYBRID, 0, 16);
	for (int y = 66; y < 94; y++)
		for (int x = 1; x < WIDTH; x += 16)
			assert_int_equal(black(x, y, 1, 1), 1);
	assert_int_equal(black(4, 66, 10, 28), 0);
}

static void test_threshold(void **state)
{
	(void)state;
	paint();
	run(HT_THRESHOLD, 0xA0, 7);
	assert_int_equal(black(1, 66, 1, 28), 28);
	assert_int_equal(black(0, 66, 1, 28), 0);
	run(HT_THRESHOLD, 0x60, 7);
	assert_int_equal(black(1, 66, 1, 28), 0);
}

/* Extremes stay what they are, at widths around whole bytes and periods. */
static void test_widths(void **state)
{
	(void)state;
	for (int m = HT_THRESHOLD; m <= HT_HYBRID; m++) {
		for (uint32_t width = 1; width < 140; width++) {
			for (int value = 0; value < 256; value += 255) {
				uint8_t row[140], out[18] = { 0 };
				memset(row, value, sizeof(row));
				struct halftone *h = halftone_create(m, width, 0);
				halftone_feed(h, row, 0, 1);
				halftone_end(h);
				assert_int_equal(halftone_take(h, out, sizeof(out), 1), 1);
				assert_int_equal(halftone_take(h, out, sizeof(out), 1), 0);
				halftone_destroy(h);
				for (uint32_t x = 0; x < sizeof(out) * 8; x++)
					assert_int_equal(out[x / 8] >> (7 - x % 8) & 1,
					    x < width && !value);
			}
		}
	}
}

/* What each method made of the test picture when it was looked at and found good. */
static void test_golden(void **state)
{
	(void)state;
	static const char *const golden[] = {
#include "halftone_golden.h"
	};
	paint();
	for (int m = HT_THRESHOLD; m <= HT_HYBRID; m++) {
		char hex[65];
		run(m, 0, 16);
		sha256_hex((struct str){ (const char *)dots, sizeof(dots) }, hex);
		if (strcmp(hex, golden[m]))
			print_message("method %d is now %s\n", m, hex);
		assert_string_equal(hex, golden[m]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
