/*
 * From sheets to bytes to paper: what a composer says, painted again, is the sheet,
 * dot for dot; and the simulator, which shares no code with either, sees the same.
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
#include "base/text.h"
#include "core/profile.h"
#include "gfx/barcode.h"
#include "sim_paper.h"

#define BYTES_MOST (8u << 20)
#define WIDTH 576

static unsigned seed = 1;

static unsigned chance(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* A sheet of random pictures and feeds, and what it should look like. */
struct sheet {
	struct step steps[32];
	size_t count;
	struct bitmap want;
};

static void add_dots(struct sheet *sheet, uint32_t width, uint32_t height, enum align align)
{
	size_t stride = (width + 7) / 8 + chance(3);
	uint8_t *rows = calloc(height, stride);
	for (uint32_t y = 0; y < height; y++) {
		bool blank = chance(3) == 0;
		uint32_t end = blank ? 0 : chance((width + 7) / 8 + 1);
		for (uint32_t x = 0; x < end; x++)
			rows[y * stride + x] = chance(2) ? (uint8_t)chance(256) : 0;
		if (width % 8)
			rows[y * stride + width / 8] &= (uint8_t)(0xff00 >> (width % 8));
	}
	sheet->steps[sheet->count++] = (struct step){ .kind = STEP_DOTS, .width = width,
		.height = height, .stride = stride, .black = rows, .align = align };
	uint32_t room = WIDTH - width, y = sheet->want.height_dots;
	bitmap_need(&sheet->want, y + height);
	bitmap_draw(&sheet->want, align * room / 2, y, rows, stride, width, height, 1, 1);
}

static void make_sheet(struct sheet *sheet)
{
	*sheet = (struct sheet){ 0 };
	bitmap_init(&sheet->want, WIDTH);
	sheet->steps[sheet->count++] = (struct step){ .kind = STEP_PAGE, .width = WIDTH };
	for (unsigned n = 3 + chance(10); n; n--) {
		if (chance(3) == 0) {
			uint32_t rows = 1 + chance(600);
			sheet->steps[sheet->count++] =
			    (struct step){ .kind = STEP_FEED, .height = rows };
			bitmap_need(&sheet->want, sheet->want.height_dots + rows);
		} else {
			add_dots(sheet, chance(4) ? WIDTH : 1 + chance(WIDTH),
			    1 + chance(STEP_ROWS_MAX), (enum align)chance(3));
		}
	}
	sheet->steps[sheet->count++] = (struct step){ .kind = STEP_END };
}

static void free_sheet(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->count; i++)
		free((void *)(uintptr_t)sheet->steps[i].black);
	bitmap_finish(&sheet->want);
}

static void compose(const struct language *l, const struct composing *setup,
    const struct step *steps, size_t count, struct buf *out)
{
	void *state = mem_alloc(l->composer_bytes);
	struct why why = { 0 };
	for (size_t i = 0; i <= count; i++)
		assert_int_equal(l->compose(state, setup, i < count ? &steps[i] : NULL, out, &why),
		    E_OK);
	if (l->compose_finish)
		l->compose_finish(state);
	free(state);
}

static enum err take(const struct bitmap *dots, void *arg, struct why *why)
{
	struct bitmap *out = arg;
	uint32_t y = out->height_dots;
	(void)why;
	bitmap_need(out, y + dots->height_dots);
	bitmap_draw(out, 0, y, dots->rows, dots->stride, out->width_dots, dots->height_dots, 1, 1);
	return E_OK;
}

static void paint(const struct language *l, const struct composing *setup, struct str bytes,
    struct bitmap *out)
{
	struct why why = { 0 };
	bitmap_init(out, setup->abilities->width_dots);
	assert_int_equal(l->paint(bytes, setup, take, out, &why), E_OK);
}

static void assert_same(const struct bitmap *a, const struct bitmap *b, const char *what)
{
	uint32_t rows = a->height_dots < b->height_dots ? a->height_dots : b->height_dots;
	for (uint32_t y = 0; y < rows; y++) {
		if (!memcmp(a->rows + y * a->stride, b->rows + y * b->stride, a->stride))
			continue;
		png_write("paper-a.png", a, 203, NULL);
		png_write("paper-b.png", b, 203, NULL);
		fail_msg("%s: row %u differs (paper-a.png, paper-b.png)", what, y);
	}
	if (a->height_dots != b->height_dots)
		fail_msg("%s: %u rows, not %u", what, a->height_dots, b->height_dots);
}

static struct abilities abilities_for(const struct profile *p, const struct language *l)
{
	struct abilities a;
	profile_abilities(p, l, &(struct paper_settings){ .width_dots = WIDTH, .dpi = 203 }, &a);
	return a;
}

static void test_dots(void **state)
{
	(void)state;
	static const char *const profiles[] = { "", "default", "TH230", "TM-T88V", "mcPrint",
		"TSP600" };
	const struct ticket ticket = ticket_default();
	const struct language *l;
	for (size_t i = 0; (l = language_at(i)); i++) {
		for (size_t n = 0; l->compose && l->paint && n < 60; n++) {
			const struct profile *p = profile_find(str_of(profiles[n % 6]));
			struct abilities a = abilities_for(p, l);
			struct composing setup = { p, &a, &ticket };
			struct bitmap painted, simulated;
			struct sheet sheet;
			struct buf bytes;
			make_sheet(&sheet);
			buf_init(&bytes, BYTES_MOST);
			compose(l, &setup, sheet.steps, sheet.count, &bytes);
			paint(l, &setup, buf_str(&bytes), &painted);
			assert_same(&sheet.want, &painted, l->name);
			if (sim_paper(l->name, bytes.ptr, bytes.len, &simulated)) {
				assert_same(&painted, &simulated, "simulator");
				bitmap_finish(&simulated);
			}
			bitmap_finish(&painted);
			buf_finish(&bytes);
			free_sheet(&sheet);
		}
	}
}

/* Only ESC *: strips of 24 rows, the last one filled up with white. */
static void test_columns(void **state)
{
	(void)state;
	const struct ticket ticket = ticket_default();
	struct profile p = *profile_find(STR("default"));
	p.features = HAS_COLUMNS | HAS_DENSITY;
	struct abilities a = abilities_for(&p, &language_escpos);
	struct composing setup = { &p, &a, &ticket };
	for (int n = 0; n < 20; n++) {
		struct bitmap painted, simulated;
		struct sheet sheet;
		struct buf bytes;
		make_sheet(&sheet);
		buf_init(&bytes, BYTES_MOST);
		compose(&language_escpos, &setup, sheet.steps, sheet.count, &bytes);
		paint(&language_escpos, &setup, buf_str(&bytes), &painted);
		assert_true(sim_paper("escpos", bytes.ptr, bytes.len, &simulated));
		assert_same(&painted, &simulated, "simulator");
		for (uint32_t y = 0; y < sheet.want.height_dots; y++)
			for (uint32_t x = 0; x < WIDTH && !chance(7); x++)
				if (bitmap_get(&sheet.want, x, y))
					assert_true(painted.height_dots > y);
		bitmap_finish(&simulated);
		bitmap_finish(&painted);
		buf_finish(&bytes);
		free_sheet(&sheet);
	}
}

/* A receipt in the printer's fonts: its lines, its codes, its cut. */
static void test_letters(void **state)
{
	(void)state;
	struct ticket ticket = ticket_default();
	const struct run runs[] = {
		{ .text = STR("Grüße 12 €"), .bold = true, .wide = 2, .high = 2 },
		{ .text = STR(" Привет"), .font_b = true, .underline = true, .wide = 1, .high = 1 },
		{ .text = STR("{invert}"), .invert = true, .wide = 1, .high = 3 },
	};
	const struct step steps[] = {
		{ .kind = STEP_PAGE, .width = WIDTH },
		{ .kind = STEP_TEXT, .runs = runs, .run_count = 3, .align = ALIGN_CENTER },
		{ .kind = STEP_TEXT, .runs = runs + 1, .run_count = 1, .align = ALIGN_END },
		{ .kind = STEP_TEXT },
		{ .kind = STEP_FEED, .height = 7 },
		{ .kind = STEP_CODE, .symbology = SYM_CODE128, .content = STR("ab{12}"),
		    .module = 2, .hri = true, .align = ALIGN_CENTER },
		{ .kind = STEP_CODE, .symbology = SYM_QR, .content = STR("https://x.example/1"),
		    .module = 5, .level = 3, .align = ALIGN_CENTER },
		{ .kind = STEP_CODE, .symbology = SYM_EAN13, .content = STR("4006381333931"),
		    .module = 3, .height = 50 },
		{ .kind = STEP_END },
	};
	const struct profile *p = profile_find(STR("TM-T88V"));
	struct abilities a = abilities_for(p, &language_escpos);
	struct composing setup = { p, &a, &ticket };
	struct bitmap painted, simulated;
	struct buf bytes, text;
	ticket.cut = CUT_PARTIAL;
	buf_init(&bytes, BYTES_MOST);
	buf_init(&text, BYTES_MOST);
	compose(&language_escpos, &setup, steps, COUNT_OF(steps), &bytes);
	paint(&language_escpos, &setup, buf_str(&bytes), &painted);
	assert_true(sim_paper("escpos", bytes.ptr, bytes.len, &simulated));
	assert_same(&painted, &simulated, "simulator");
	assert_int_equal(painted.height_dots, 72 + 17 + 24 + 7 + (80 + 26) + 5 * 25 + 50);
	language_escpos.text(buf_str(&bytes), p, &text);
	assert_non_null(strstr(buf_cstr(&text), "Grüße 12 € Привет{invert}\n Привет\n"));
	bitmap_finish(&simulated);
	bitmap_finish(&painted);
	buf_finish(&bytes);
	buf_finish(&text);
}

/* The same for Star: lines and codes take the rows that the sheet gave them. */
static void test_star_letters(void **state)
{
	(void)state;
	struct ticket ticket = ticket_default();
	const struct run runs[] = {
		{ .text = STR("Größe "), .bold = true, .wide = 2, .high = 2 },
		{ .text = STR("Привет"), .font_b = true, .underline = true, .wide = 1, .high = 1 },
		{ .text = STR("{inverted}"), .invert = true, .wide = 1, .high = 3 },
	};
	const struct step steps[] = {
		{ .kind = STEP_PAGE, .width = WIDTH },
		{ .kind = STEP_TEXT, .runs = runs, .run_count = 3, .align = ALIGN_CENTER },
		{ .kind = STEP_TEXT },
		{ .kind = STEP_TEXT, .runs = runs + 1, .run_count = 1, .align = ALIGN_END },
		{ .kind = STEP_FEED, .height = 300 },
		{ .kind = STEP_CODE, .symbology = SYM_QR, .content = STR("https://x.example/1"),
		    .module = 5, .level = 3, .align = ALIGN_CENTER },
		{ .kind = STEP_CODE, .symbology = SYM_EAN13, .content = STR("4006381333931"),
		    .module = 3, .height = 50 },
		{ .kind = STEP_END },
	};
	static const char *const profiles[] = { "", "TSP600", "mcPrint" };
	ticket.cut = CUT_PARTIAL;
	for (size_t i = 0; i < COUNT_OF(profiles); i++) {
		const struct profile *p = profile_find(str_of(profiles[i]));
		struct abilities a = abilities_for(p, &language_star);
		struct composing setup = { p, &a, &ticket };
		struct bitmap painted, simulated;
		struct buf bytes, text;
		buf_init(&bytes, BYTES_MOST);
		buf_init(&text, BYTES_MOST);
		compose(&language_star, &setup, steps, COUNT_OF(steps), &bytes);
		paint(&language_star, &setup, buf_str(&bytes), &painted);
		assert_true(sim_paper("star", bytes.ptr, bytes.len, &simulated));
		assert_same(&painted, &simulated, "simulator");
		assert_int_equal(painted.height_dots, 72 + a.cell_height + a.cell_height_b + 300 +
		    5 * 25 + 50);
		language_star.text(buf_str(&bytes), p, &text);
		assert_non_null(strstr(buf_cstr(&text), "Größe Привет{inverted}\nПривет\n"));
		bitmap_finish(&simulated);
		bitmap_finish(&painted);
		buf_finish(&bytes);
		buf_finish(&text);
	}
}

static unsigned copies_of(const struct language *l, const struct ticket *t, size_t pages,
    struct buf *out)
{
	const struct step steps[] = {
		{ .kind = STEP_PAGE, .width = WIDTH }, { .kind = STEP_FEED, .height = 9 },
		{ .kind = STEP_PAGE, .width = WIDTH }, { .kind = STEP_FEED, .height = 9 },
		{ .kind = STEP_END },
	};
	struct abilities a = abilities_for(NULL, l);
	struct composing setup = { NULL, &a, t };
	void *state = mem_alloc(l->composer_bytes);
	struct why why = { 0 };
	for (size_t i = pages == 1 ? 2 : 0; i <= COUNT_OF(steps); i++)
		assert_int_equal(l->compose(state, &setup, i < COUNT_OF(steps) ? &steps[i] : NULL,
		    out, &why), E_OK);
	unsigned made = l->copies(state);
	l->compose_finish(state);
	free(state);
	return made;
}

/* Of one page the printer makes the copies, unless it cuts after each. */
static void test_label_copies(void **state)
{
	(void)state;
	static const struct {
		const struct language *l;
		const char *three, *one;
	} all[] = {
		{ &language_tspl, "PRINT 1,3\r\n", "PRINT 1,1\r\n" },
		{ &language_zpl, "^PQ3^XZ", "^PQ1^XZ" }, { &language_epl, "P3\n", "P1\n" },
	};
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct ticket t = ticket_default();
		struct buf out;
		buf_init(&out, 4096);
		t.copies = 3;
		assert_int_equal(copies_of(all[i].l, &t, 1, &out), 3);
		assert_non_null(strstr(buf_cstr(&out), all[i].three));
		buf_clear(&out);
		assert_int_equal(copies_of(all[i].l, &t, 2, &out), 1);
		assert_null(strstr(buf_cstr(&out), all[i].three));
		buf_clear(&out);
		t.cut = CUT_FULL;
		assert_int_equal(copies_of(all[i].l, &t, 1, &out), 1);
		assert_non_null(strstr(buf_cstr(&out), all[i].one));
		buf_finish(&out);
	}
}

/* A letter that no page has is refused before it becomes a question mark. */
static void test_no_letter(void **state)
{
	(void)state;
	const struct ticket ticket = ticket_default();
	const struct run run = { .text = STR("\u4e2d"), .wide = 1, .high = 1 };
	const struct step step = { .kind = STEP_TEXT, .runs = &run, .run_count = 1 };
	static const struct language *const all[] = { &language_escpos, &language_star };
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct abilities a = abilities_for(NULL, all[i]);
		struct composing setup = { NULL, &a, &ticket };
		void *composer = mem_alloc(all[i]->composer_bytes);
		struct why why = { 0 };
		struct buf out;
		buf_init(&out, 4096);
		assert_int_equal(all[i]->compose(composer, &setup, &step, &out, &why),
		    E_UNSUPPORTED);
		assert_non_null(strstr(why.text, "U+4E2D"));
		buf_finish(&out);
		free(composer);
	}
}

/* The streams of the simulator's own cases: `send` lines, hex and quoted text. */
static void add_tokens(char *line, struct buf *out)
{
	for (char *p = line; *p;) {
		if (*p == '"') {
			char *end = strchr(p + 1, '"');
			buf_add(out, p + 1, (size_t)(end - p - 1));
			p = end + 1;
		} else if (*p == ' ' || *p == '\n') {
			p++;
		} else {
			size_t n = strcspn(p, " \"\n");
			assert_true(hex_decode((struct str){ p, n }, out));
			p += n;
		}
	}
}

static void check_stream(struct buf *bytes, const char *name)
{
	const struct ticket ticket = ticket_default();
	struct abilities a = abilities_for(NULL, &language_escpos);
	struct composing setup = { NULL, &a, &ticket };
	struct bitmap painted, simulated;
	if (!bytes->len)
		return;
	paint(&language_escpos, &setup, buf_str(bytes), &painted);
	assert_true(sim_paper("escpos", bytes->ptr, bytes->len, &simulated));
	assert_same(&simulated, &painted, name);
	bitmap_finish(&simulated);
	bitmap_finish(&painted);
	buf_clear(bytes);
}

/* Cases that a preview cannot know the outcome of: other models, faults, memory. */
static bool beyond(const char *line)
{
	static const char *const signs[] = { "model ", "fault ", "width ", "option " };
	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (!strncmp(line, signs[i], strlen(signs[i])))
			return true;
	return false;
}

static void check_file(const char *path, unsigned *checked)
{
	char line[65536], name[256] = "";
	bool leave = false;
	struct buf bytes;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	buf_init(&bytes, BYTES_MOST);
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "case ", 5)) {
			*checked += bytes.len && !leave;
			if (!leave)
				check_stream(&bytes, name);
			buf_clear(&bytes);
			snprintf(name, sizeof(name), "%.200s", line);
			leave = strstr(line, "NV") || strstr(line, "stored") ||
			    strstr(line, "UTF-8") || strstr(line, "GBK") ||
			    strstr(line, "ownload") || strstr(line, "GS *") ||
			    strstr(line, "FS ") || strstr(line, "upside") ||
			    strstr(line, "kanji") || strstr(line, "ESC R") ||
			    strstr(line, "national") || strstr(line, "DLE DC4 8") ||
			    strstr(line, "deselected") || strstr(line, "half a") || strstr(line, "katakana");
		}
		leave |= beyond(line);
		if (!strncmp(line, "send ", 5))
			add_tokens(line + 5, &bytes);
	}
	if (!leave)
		check_stream(&bytes, name);
	buf_finish(&bytes);
	fclose(f);
}

static void test_cases(void **state)
{
	(void)state;
	static const char *const files[] = { "text", "codes", "graphics", "device" };
	unsigned checked = 0;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char path[512];
		snprintf(path, sizeof(path), "%s/paper/escpos/%s.case", TEST_DIR, files[i]);
		check_file(path, &checked);
	}
	assert_true(checked > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dots),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_star_letters),
		cmocka_unit_test(test_label_copies),
		cmocka_unit_test(test_no_letter),
		cmocka_unit_test(test_cases),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
