/* Dot for dot: what was sent is what is on paper; and codes that others can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gfx/bitmap.h"
#include "../leave_out.h"
#include "rig.h"

enum { WIDTH = 576, STRIDE = WIDTH / 8 };

static uint32_t noise_state = 1;

static uint8_t noise(void)
{
	noise_state = noise_state * 1664525 + 1013904223;
	return (uint8_t)(noise_state >> 24);
}

static void make_noise(struct bitmap *b, uint32_t width, uint32_t height)
{
	bitmap_init(b, width);
	assert_true(bitmap_need(b, height));
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			if (noise() & 1)
				bitmap_set(b, x, y);
		}
	}
}

/* Every dot of `a` enlarged at x, y of `b`, and nothing else up to its height. */
static void assert_drawn(const struct bitmap *b, const struct bitmap *a, int64_t x, int64_t y,
    unsigned sx, unsigned sy)
{
	int64_t right = x + (int64_t)a->width_dots * sx, bottom = y + (int64_t)a->height_dots * sy;

	for (int64_t j = y; j < bottom; j++) {
		for (int64_t i = 0; i < b->width_dots; i++) {
			bool want = i >= x && i < right &&
			            bitmap_get(a, (i - x) / sx, (j - y) / sy);
			if (bitmap_get(b, i, j) != want)
				fail_msg("dot %lld,%lld is wrong", (long long)i, (long long)j);
		}
	}
}

static void drawing_at_any_place(void **state)
{
	struct bitmap a, b;

	(void)state;
	for (uint32_t width = 1; width < 40; width += 3) {
		make_noise(&a, width, 3);
		for (int64_t x = 0; x < 30; x++) {
			bitmap_init(&b, 64);
			bitmap_draw(&b, x, 5, a.rows, a.stride, width, 3, 1, 1);
			assert_drawn(&b, &a, x, 5, 1, 1);
			bitmap_finish(&b);
			bitmap_init(&b, 160);
			bitmap_draw(&b, x, 5, a.rows, a.stride, width, 3, 3, 2);
			assert_drawn(&b, &a, x, 5, 3, 2);
			bitmap_finish(&b);
		}
		bitmap_finish(&a);
	}
}

static void bitmap_has_an_end(void **state)
{
	struct bitmap b;

	(void)state;
	bitmap_init(&b, 8);
	assert_true(bitmap_need(&b, 200000));
	assert_false(bitmap_need(&b, 200001));
	bitmap_set(&b, 0, 200000);
	assert_int_equal(b.height_dots, 200000);
	bitmap_finish(&b);
}

static void png_keeps_every_dot(void **state)
{
	char path[] = "/tmp/platen-dots-XXXXXX";
	struct bitmap a, b;
	struct why why;

	(void)state;
	close(mkstemp(path));
	make_noise(&a, 333, 77);
	assert_int_equal(png_write(path, &a, 203, &why), E_OK);
	assert_int_equal(png_read(path, &b, &why), E_OK);
	assert_int_equal(b.width_dots, 333);
	assert_int_equal(b.height_dots, 77);
	assert_drawn(&b, &a, 0, 0, 1, 1);
	bitmap_finish(&a);
	bitmap_finish(&b);
	assert_int_equal(truncate(path, 60), 0);
	assert_int_equal(png_read(path, &b, &why), E_FIELD);
	unlink(path);
}

static void raster_head(uint8_t head[8], uint8_t m, unsigned stride, unsigned rows)
{
	uint8_t bytes[8] = { 0x1d, 'v', '0', m, (uint8_t)stride, (uint8_t)(stride >> 8),
		(uint8_t)rows, (uint8_t)(rows >> 8) };

	memcpy(head, bytes, 8);
}

/* In blocks of 128 rows, as Plato's clients send it. */
static void raster_is_on_paper(void **state)
{
	struct bitmap a;
	struct rig r;
	uint8_t head[8];

	(void)state;
	make_noise(&a, WIDTH, 1000);
	rig_open(&r, "full", NULL);
	for (uint32_t y = 0; y < 1000; y += 128) {
		uint32_t rows = 1000 - y < 128 ? 1000 - y : 128;
		raster_head(head, 0, STRIDE, rows);
		rig_send(&r, head, sizeof head);
		rig_send(&r, a.rows + (size_t)y * STRIDE, (size_t)rows * STRIDE);
	}
	SEND(&r, "\x1dV\x00");
	assert_int_equal(r.last.height_dots, 1000);
	assert_drawn(&r.last, &a, 0, 0, 1, 1);
	rig_close(&r);
	bitmap_finish(&a);
}

static void raster_of_every_mode(void **state)
{
	struct bitmap a;
	struct rig r;
	uint8_t head[8];

	(void)state;
	make_noise(&a, 80, 40);
	rig_open(&r, "full", NULL);
	SEND(&r, "\x1b" "a\x02");
	for (uint8_t m = 0; m < 4; m++) {
		raster_head(head, m, 10, 40);
		rig_send(&r, head, sizeof head);
		rig_send(&r, a.rows, 400);
	}
	SEND(&r, "\x1dV\x00");
	assert_drawn(&r.last, &a, 496, 0, 1, 1);
	assert_drawn(&r.last, &a, 416, 40, 2, 1);
	assert_drawn(&r.last, &a, 496, 80, 1, 2);
	assert_drawn(&r.last, &a, 416, 160, 2, 2);
	rig_close(&r);
	bitmap_finish(&a);
}

static void graphics_are_on_paper(void **state)
{
	struct bitmap a;
	struct rig r;
	uint8_t head[] = { 0x1d, '(', 'L', 0, 0, 48, 112, 48, 1, 1, 49, 93, 0, 50, 0 };
	size_t len = 10 + 12 * 50;

	(void)state;
	make_noise(&a, 93, 50);
	head[3] = (uint8_t)len;
	head[4] = (uint8_t)(len >> 8);
	rig_open(&r, "full", NULL);
	rig_send(&r, head, sizeof head);
	rig_send(&r, a.rows, 600);
	SEND(&r, "\x1d(L\x02\x00\x30\x32\x1dV\x00");
	assert_int_equal(r.last.height_dots, 50);
	assert_drawn(&r.last, &a, 0, 0, 1, 1);
	rig_close(&r);
	bitmap_finish(&a);
}

/* 24-dot strips with ESC 3 24 join without a gap. */
static void columns_are_on_paper(void **state)
{
	struct bitmap a;
	struct rig r;
	uint8_t column[3];

	(void)state;
	make_noise(&a, 300, 48);
	rig_open(&r, "full", NULL);
	SEND(&r, "\x1b" "3\x18");
	for (int64_t top = 0; top < 48; top += 24) {
		SEND(&r, "\x1b*\x21\x2c\x01");
		for (int64_t x = 0; x < 300; x++) {
			memset(column, 0, sizeof column);
			for (int64_t y = 0; y < 24; y++)
				column[y / 8] |= bitmap_get(&a, x, top + y) ? 0x80 >> y % 8 : 0;
			rig_send(&r, column, 3);
		}
		SEND(&r, "\n");
	}
	SEND(&r, "\x1dV\x00");
	assert_int_equal(r.last.height_dots, 48);
	assert_drawn(&r.last, &a, 0, 0, 1, 1);
	rig_close(&r);
	bitmap_finish(&a);
}

/* Upside-down text is the same text turned by half a turn. */
static void upside_down(void **state)
{
	struct rig up, down;

	(void)state;
	rig_open(&up, "full", NULL);
	rig_open(&down, "full", NULL);
	SEND(&up, "\x1b" "3\x18" "Platen\n\x1dV\x00");
	SEND(&down, "\x1b" "3\x18\x1b{\x01Platen\n\x1dV\x00");
	for (int64_t y = 0; y < 24; y++) {
		for (int64_t x = 0; x < WIDTH; x++)
			assert_int_equal(bitmap_get(&up.last, x, y),
			    bitmap_get(&down.last, WIDTH - 1 - x, 23 - y));
	}
	rig_close(&up);
	rig_close(&down);
}

/* The four directions of a square page are quarter turns of one another. */
static void page_directions(void **state)
{
	static const char head[] = "\x1bL\x1bW\x00\x00\x00\x00\x64\x00\x64\x00\x1bT";
	struct rig r[4];

	(void)state;
	for (unsigned turn = 0; turn < 4; turn++) {
		char direction = (char)turn;
		rig_open(&r[turn], "full", NULL);
		rig_send(&r[turn], head, sizeof head - 1);
		rig_send(&r[turn], &direction, 1);
		SEND(&r[turn], "Fq\n7\f\x1dV\x00");
		assert_int_equal(r[turn].last.height_dots, 100);
	}
	for (int64_t y = 0; y < 100; y++) {
		for (int64_t x = 0; x < 100; x++) {
			bool dot = bitmap_get(&r[0].last, x, y);
			assert_int_equal(bitmap_get(&r[1].last, y, 99 - x), dot);
			assert_int_equal(bitmap_get(&r[2].last, 99 - x, 99 - y), dot);
			assert_int_equal(bitmap_get(&r[3].last, 99 - y, x), dot);
		}
	}
	for (unsigned turn = 0; turn < 4; turn++)
		rig_close(&r[turn]);
}

/* A reader that we did not write. */
static void read_back(struct rig *r, char *text, size_t size)
{
	char path[] = "/tmp/platen-code-XXXXXX", command[128];
	struct bitmap framed; /* readers want a quiet zone */
	struct why why;
	FILE *out;
	size_t len;

	close(mkstemp(path));
	bitmap_init(&framed, r->last.width_dots + 80);
	bitmap_need(&framed, r->last.height_dots + 80);
	bitmap_draw(&framed, 40, 40, r->last.rows, r->last.stride, r->last.width_dots,
	    r->last.height_dots, 1, 1);
	assert_int_equal(png_write(path, &framed, 203, &why), E_OK);
	bitmap_finish(&framed);
	snprintf(command, sizeof command, "zbarimg -q --nodbus %s 2>/dev/null", path);
	out = popen(command, "r");
	assert_non_null(out);
	len = fread(text, 1, size - 1, out);
	text[len] = '\0';
	pclose(out);
	unlink(path);
}

static void codes_can_be_read(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *want;
	} codes[] = {
#define CODE(bytes, want) { bytes, sizeof(bytes) - 1, want }
		CODE("\x1d(k\x03\x00\x31\x43\x05\x1d(k\x09\x00\x31\x50\x30platen"
		    "\x1d(k\x03\x00\x31\x51\x30",
		    "QR-Code:platen\n"),
		CODE("\x1dw\x03\x1dk\x02" "4006381333931\x00", "EAN-13:4006381333931\n"),
		CODE("\x1dw\x02\x1dk\x49\x0a{BPlaten-1", "CODE-128:Platen-1\n"),
		CODE("\x1dw\x02\x1dk\x49\x06{C\x0c\x22\x38\x4e", "CODE-128:12345678\n"),
		CODE("\x1dw\x02\x1dk\x04PLATEN\x00", "CODE-39:PLATEN\n"),
		CODE("\x1dw\x02\x1dk\x48\x06PLATEN", "CODE-93:PLATEN\n"),
		CODE("\x1dw\x02\x1dk\x05" "12345678\x00", "I2/5:12345678\n"),
		CODE("\x1dw\x02\x1dk\x03" "96385074\x00", "EAN-8:96385074\n"),
	};
	char text[256];
	struct rig r;

	(void)state;
	if (system("command -v zbarimg >/dev/null") != 0)
		leave_out("zbarimg is not installed");
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		rig_open(&r, "full", NULL);
		SEND(&r, "\x1b" "a\x01");
		rig_send(&r, codes[i].bytes, codes[i].len);
		SEND(&r, "\x1dV\x00");
		read_back(&r, text, sizeof text);
		assert_string_equal(text, codes[i].want);
		rig_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawing_at_any_place),
		cmocka_unit_test(bitmap_has_an_end),
		cmocka_unit_test(png_keeps_every_dot),
		cmocka_unit_test(raster_is_on_paper),
		cmocka_unit_test(raster_of_every_mode),
		cmocka_unit_test(graphics_are_on_paper),
		cmocka_unit_test(columns_are_on_paper),
		cmocka_unit_test(upside_down),
		cmocka_unit_test(page_directions),
		cmocka_unit_test(codes_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
