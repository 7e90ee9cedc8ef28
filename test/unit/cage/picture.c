/*
 * Decoders: every file of pictures/ shows the same thing, 40 x 24: black in its
 * upper left quarter, a ramp from black to white elsewhere. Cut short, none of
 * them is taken for whole.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/render.h"
#include "render/engines.h"
#include "render/picture.h"
#include "sys/file.h"

enum { WIDTH = 40, HEIGHT = 24 };

static const char *const names[] = {
	"grey.png", "rgb.png", "palette.png", "alpha.png", "deep.png", "woven.png", "grey.bmp",
	"rgb.bmp", "grey.gif", "grey.jpg", "rgb.jpg", "cmyk.jpg", "rgb.webp", "alpha.webp",
};
static const char *folder;

static int expected(int x, int y)
{
	return x < WIDTH / 2 && y < HEIGHT / 2 ? 0 : x * 255 / (WIDTH - 1);
}

static void load(const char *name, struct buf *b)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(b, 1 << 20);
	assert_int_equal(file_read(path, b, NULL), E_OK);
}

struct seen {
	struct picture size;
	uint32_t rows;
	uint64_t sum;
	int worst; /* difference, beside the edges of the black quarter */
};

static enum err on_size(const struct picture *p, void *arg, struct why *why)
{
	struct seen *s = arg;
	(void)why;
	s->size = *p;
	return E_OK;
}

static enum err on_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct seen *s = arg;
	int y = (int)s->rows++;
	(void)why;
	for (int x = 0; x < WIDTH && s->size.width == WIDTH; x++) {
		int off = abs(grey[x] - expected(x, y));
		bool edge = abs(x - WIDTH / 2) < 8 || abs(y - HEIGHT / 2) < 4;
		s->sum += grey[x];
		if (off > s->worst && !edge)
			s->worst = off;
	}
	return E_OK;
}

static enum err decode(struct str bytes, uint32_t wish, struct seen *s)
{
	const struct picture_sink sink = { on_size, on_row, s };
	struct why why;
	*s = (struct seen){ 0 };
	return picture_decode(bytes, wish, &sink, &why);
}

static void test_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct seen s;
		struct buf b;
		load(names[i], &b);
		assert_int_equal(decode(buf_str(&b), 0, &s), E_OK);
		print_message("# %s: off by %d, sum %lu\n", names[i], s.worst, (unsigned long)s.sum);
		assert_int_equal(s.size.width, WIDTH);
		assert_int_equal(s.rows, HEIGHT);
		assert_true(s.worst <= 8);
		buf_finish(&b);
	}
}

static void test_one_bit(void **state)
{
	static const char *const bits[] = { "bits.png", "bits.bmp" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bits); i++) {
		struct why why;
		struct buf b;
		load(bits[i], &b);
		uint8_t *grey = picture_scaled(buf_str(&b), WIDTH, HEIGHT, &why);
		assert_non_null(grey);
		assert_int_equal(grey[0], 0);
		assert_int_equal(grey[WIDTH - 1], 255);
		assert_int_equal(grey[(HEIGHT - 1) * WIDTH + WIDTH / 2 + 1], 255);
		free(grey);
		buf_finish(&b);
	}
}

/* At every byte; the copy is as long as it says, so that a sanitizer sees one byte more. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct buf b;
		load(names[i], &b);
		for (size_t len = 0; len < b.len; len++) {
			char *copy = malloc(len ? len : 1);
			struct seen s;
			memcpy(copy, b.ptr, len);
			enum err err = decode((struct str){ copy, len }, 0, &s);
			bool lenient = len + 3 > b.len; /* an end mark, or padding */
			if (err == E_OK && !lenient)
				print_message("# %s, %zu of %zu\n", names[i], len, b.len);
			assert_true(err != E_OK || lenient);
			free(copy);
		}
		buf_finish(&b);
	}
}

static void test_damaged(void **state)
{
	(void)state;
	srand(7);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct buf b;
		load(names[i], &b);
		for (int n = 0; n < 500; n++) {
			size_t at = (size_t)rand() % b.len;
			uint8_t old = b.ptr[at];
			struct seen s;
			b.ptr[at] = (uint8_t)rand();
			decode(buf_str(&b), (uint32_t)rand() % 80, &s);
			b.ptr[at] = old;
		}
		buf_finish(&b);
	}
}

static void test_bombs(void **state)
{
	static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\0\0\0\xff\0\x08\0\0\0\0";
	struct picture size;
	struct why why;
	struct buf b;
	(void)state;
	/* its checksum is wrong, too; either is an error */
	assert_int_not_equal(picture_measure((struct str){ png, sizeof(png) }, &size, &why), E_OK);
	load("rgb.bmp", &b);
	b.ptr[18] = b.ptr[22] = 0xff;
	b.ptr[19] = b.ptr[23] = 0xf0;
	assert_int_equal(picture_measure(buf_str(&b), &size, &why), E_TOO_LARGE);
	b.ptr[21] = 0x80; /* a negative width */
	assert_int_equal(picture_measure(buf_str(&b), &size, &why), E_DOCUMENT);
	buf_finish(&b);
	load("grey.gif", &b);
	memset(b.ptr + 6, 0xff, 4);
	assert_int_equal(picture_measure(buf_str(&b), &size, &why), E_TOO_LARGE);
	buf_finish(&b);
}

static void test_measure_and_type(void **state)
{
	struct picture size;
	struct why why;
	struct buf b;
	(void)state;
	load("grey.jpg", &b);
	assert_int_equal(picture_measure(buf_str(&b), &size, &why), E_OK);
	assert_int_equal(size.width, WIDTH);
	assert_int_equal(size.height, HEIGHT);
	assert_string_equal(picture_type(buf_str(&b)), TYPE_JPEG);
	buf_finish(&b);
	assert_null(picture_type(STR("GIF")));
	assert_null(picture_type(STR("%PDF-1.4")));
}

/* A JPEG that is needed smaller comes smaller, never too small. */
static void test_reduced(void **state)
{
	struct seen s;
	struct buf b;
	(void)state;
	load("grey.jpg", &b);
	assert_int_equal(decode(buf_str(&b), 11, &s), E_OK);
	assert_int_equal(s.size.width, 20);
	assert_int_equal(decode(buf_str(&b), 10, &s), E_OK);
	assert_int_equal(s.size.width, 10);
	assert_int_equal(decode(buf_str(&b), 39, &s), E_OK);
	assert_int_equal(s.size.width, 40);
	buf_finish(&b);
}

/* --- EXIF ----------------------------------------------------------------------------- */

#define EXIF_BYTES 32

struct whole {
	uint32_t width, rows;
	uint8_t pixels[WIDTH * HEIGHT];
};

static enum err on_whole_size(const struct picture *p, void *arg, struct why *why)
{
	struct whole *w = arg;
	(void)why;
	assert_int_equal(p->width * p->height, WIDTH * HEIGHT);
	*w = (struct whole){ .width = p->width };
	return E_OK;
}

static enum err on_whole_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct whole *w = arg;
	(void)why;
	memcpy(w->pixels + w->width * w->rows++, grey, w->width);
	return E_OK;
}

/* With the first `len` bytes of an EXIF block that says `orientation`. */
static struct whole decode_turned(const struct buf *jpeg, bool little, uint8_t orientation,
    uint8_t len)
{
	const uint8_t big_endian[EXIF_BYTES] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03"
	    "\0\0\0\x01\0";
	const uint8_t little_endian[EXIF_BYTES] = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0"
	    "\x01\0\0";
	const uint8_t head[] = { 0xff, 0xd8, 0xff, 0xe1, 0, (uint8_t)(len + 2) };
	uint8_t block[EXIF_BYTES];
	struct whole w = { 0 };
	const struct picture_sink sink = { on_whole_size, on_whole_row, &w };
	struct why why;
	struct buf b;

	memcpy(block, little ? little_endian : big_endian, EXIF_BYTES);
	block[little ? 24 : 25] = orientation;
	buf_init(&b, 1 << 20);
	buf_add(&b, head, sizeof(head));
	buf_add(&b, block, len);
	buf_add(&b, jpeg->ptr + 2, jpeg->len - 2);
	assert_int_equal(picture_decode(buf_str(&b), 0, &sink, &why), E_OK);
	buf_finish(&b);
	return w;
}

/* Where what is seen at x, y was saved, by the words of the standard: what side of the
 * picture the first row is, and the first column. */
static int saved_at(int orientation, int x, int y)
{
	static const char *const sides[] = { "", "TL", "TR", "BR", "BL", "LT", "RT", "RB", "LB" };
	const char *s = sides[orientation];
	bool lies = strchr("LR", s[0]);
	int right = (lies ? HEIGHT : WIDTH) - 1 - x, below = (lies ? WIDTH : HEIGHT) - 1 - y;
	int from[] = { ['T'] = y, ['B'] = below, ['L'] = x, ['R'] = right };
	return from[(int)s[0]] * WIDTH + from[(int)s[1]];
}

static void test_turned(void **state)
{
	struct buf b;
	(void)state;
	load("grey.jpg", &b);
	struct whole plain = decode_turned(&b, false, 1, EXIF_BYTES);
	assert_int_equal(plain.width, WIDTH);
	for (int o = 1; o <= 8; o++) {
		struct whole w = decode_turned(&b, o % 2, (uint8_t)o, EXIF_BYTES);
		assert_int_equal(w.width, o < 5 ? WIDTH : HEIGHT);
		assert_int_equal(w.width * w.rows, WIDTH * HEIGHT);
		for (int n = 0; n < WIDTH * HEIGHT; n++) {
			int x = n % (int)w.width, y = n / (int)w.width;
			assert_int_equal(w.pixels[n], plain.pixels[saved_at(o, x, y)]);
		}
	}
	for (uint8_t len = 0; len < 26; len++) {
		struct whole w = decode_turned(&b, false, 6, len);
		assert_memory_equal(w.pixels, plain.pixels, sizeof(w.pixels));
	}
	assert_int_equal(decode_turned(&b, true, 0, EXIF_BYTES).width, WIDTH);
	assert_int_equal(decode_turned(&b, true, 9, EXIF_BYTES).width, WIDTH);
	buf_finish(&b);
}

static void test_scaled(void **state)
{
	static const uint32_t sizes[][2] = { { 20, 12 }, { 80, 48 }, { 7, 5 }, { 1, 1 }, { 41, 24 } };
	struct why why;
	struct buf b;
	(void)state;
	load("rgb.png", &b);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint32_t w = sizes[i][0], h = sizes[i][1];
		uint8_t *grey = picture_scaled(buf_str(&b), w, h, &why);
		uint64_t sum = 0, want = 0;
		assert_non_null(grey);
		for (uint32_t n = 0; n < w * h; n++)
			sum += grey[n];
		for (int n = 0; n < WIDTH * HEIGHT; n++)
			want += (uint64_t)expected(n % WIDTH, n / WIDTH);
		/* an average keeps the brightness of the whole */
		assert_true(abs((int)(sum / (w * h)) - (int)(want / (WIDTH * HEIGHT))) <= 1);
		free(grey);
	}
	buf_finish(&b);
}

/* --- as an engine ----------------------------------------------------------------------- */

struct paper {
	uint32_t rows, pages, bands, width;
};

static enum err on_step(const struct step *s, void *arg, struct why *why)
{
	struct paper *p = arg;
	(void)why;
	p->pages += s->kind == STEP_PAGE;
	p->bands += s->kind == STEP_DOTS;
	p->rows += s->kind == STEP_DOTS ? s->height : 0;
	p->width = s->kind == STEP_DOTS ? s->width : p->width;
	return E_OK;
}

static struct paper draw(struct str bytes, uint32_t width_dots, uint32_t label)
{
	const struct render_options o = {
		.type = TYPE_PNG, .width_dots = width_dots,
		.abilities = { .width_dots = 384, .dpi = 203, .label_height = label, .label_gap = 16 },
	};
	struct render_note note = { 0 };
	struct paper p = { 0 };
	const struct task t = { .bytes = bytes, .options = &o, .sink = { on_step, &p }, .note = &note };
	struct why why;
	assert_int_equal(engine_find(TYPE_PNG)->draw(&t, &why), E_OK);
	return p;
}

static void test_on_paper(void **state)
{
	struct paper p;
	struct buf b;
	(void)state;
	load("grey.png", &b);
	p = draw(buf_str(&b), 0, 0); /* as it is */
	assert_int_equal(p.width, WIDTH);
	assert_int_equal(p.rows, HEIGHT);
	p = draw(buf_str(&b), 8192, 0); /* at most the paper */
	assert_int_equal(p.width, 384);
	assert_int_equal(p.rows, 230);
	assert_int_equal(p.pages, 1);
	p = draw(buf_str(&b), 384, 100); /* on labels */
	assert_int_equal(p.rows, 230);
	assert_int_equal(p.pages, 3);
	p = draw(buf_str(&b), 20, 0);
	assert_int_equal(p.width, 20);
	assert_int_equal(p.rows, 12);
	buf_finish(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind), cmocka_unit_test(test_one_bit),
		cmocka_unit_test(test_cut_short), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_bombs), cmocka_unit_test(test_measure_and_type),
		cmocka_unit_test(test_reduced), cmocka_unit_test(test_turned),
		cmocka_unit_test(test_scaled), cmocka_unit_test(test_on_paper),
	};
	if (argc < 2)
		return 64;
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
