/*
 * What has come is looked at from its beginning: a command that is whole is obeyed
 * and dropped, one that is not waits for more. A line is printed when something
 * feeds the paper.
 */
#include "star.h"

#include <string.h>

#include "base/text.h"
#include "codepage.h"
#include "gfx/barcode.h"
#include "printer.h"

enum { RS = 0x1e, HELD_MAX = 1 << 20, USUAL_SPACING = 32 };

void star_init(struct star *s, struct printer *printer, uint32_t width_dots)
{
	*s = (struct star){ .printer = printer, .width_dots = width_dots, .style = {
		.width = 1, .height = 1 }, .spacing = USUAL_SPACING, .qr_side = 3,
		.pulse_on = 20, .pulse_off = 20 };
	buf_init(&s->held, HELD_MAX);
}

void star_finish(struct star *s)
{
	buf_finish(&s->held);
}

static unsigned two(const uint8_t *p)
{
	return p[0] + 256u * p[1];
}

static uint8_t digit(uint8_t n)
{
	return n >= '0' ? n - '0' : n;
}

/* Star's numbers of code pages as ESC t's, which the tables have. */
static uint8_t page_of(uint8_t star)
{
	static const uint8_t pairs[][2] = { { 1, 0 }, { 3, 0 }, { 4, 19 }, { 5, 18 }, { 6, 3 },
		{ 7, 35 }, { 8, 4 }, { 9, 5 }, { 10, 17 }, { 11, 34 }, { 12, 13 }, { 13, 36 },
		{ 14, 37 }, { 15, 14 }, { 17, 38 }, { 19, 43 }, { 20, 42 }, { 21, 21 },
		{ 32, 16 }, { 33, 45 }, { 34, 46 } };

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (pairs[i][0] == star)
			return pairs[i][1];
	return 0;
}

static uint32_t indent(const struct star *s, uint32_t width)
{
	return width < s->width_dots ? (s->width_dots - width) * s->align / 2 : 0;
}

/* --- the line -------------------------------------------------------------------- */

static void draw_letter(struct star *s, const struct star_letter *l, uint32_t left, uint32_t base)
{
	struct paper *paper = &s->printer->paper;
	struct glyph glyph;

	if (!paper->draw)
		return;
	font_draw(l->code, &l->style, &glyph);
	bitmap_draw(&paper->dots, left + l->x, (int64_t)base - glyph.height, glyph.rows,
	    GLYPH_STRIDE, glyph.width, glyph.height, 1, 1);
}

static void mark_line(struct star *s, uint32_t left, uint32_t height)
{
	struct mark mark = { .kind = MARK_LINE, .x = left, .y = s->printer->paper.rows,
		.width = s->at, .height = height, .style = s->line[0].style };
	struct buf text;
	char utf8[4];

	buf_init(&text, 4 * STAR_LINE);
	for (unsigned i = 0; i < s->letters; i++)
		buf_add(&text, utf8, utf8_encode(s->line[i].code, utf8));
	marks_add(&s->printer->paper.marks, &mark, buf_str(&text));
	buf_finish(&text);
}

/* The letters stand on a common base; the paper moves by the tallest, or by `feed`. */
static void print_line(struct star *s, uint32_t feed)
{
	uint32_t left = indent(s, s->at), tall = 0;

	for (unsigned i = 0; i < s->letters; i++)
		if (font_height(&s->line[i].style) > tall)
			tall = font_height(&s->line[i].style);
	feed = tall > feed ? tall : feed;
	printer_begin(s->printer);
	printer_reserve(s->printer, feed);
	if (s->letters)
		mark_line(s, left, tall);
	for (unsigned i = 0; i < s->letters; i++)
		draw_letter(s, &s->line[i], left, s->printer->paper.rows + tall);
	printer_feed(s->printer, feed);
	s->letters = s->at = 0;
}

static void end_line(struct star *s)
{
	if (s->letters)
		print_line(s, s->spacing);
}

static void put_letter(struct star *s, uint8_t byte)
{
	uint32_t code = codepage_decode(s->page, byte), width = font_width(&s->style);

	if (s->at + width > s->width_dots || s->letters == STAR_LINE)
		end_line(s);
	s->line[s->letters++] = (struct star_letter){ s->style, code ? code : 0xfffd, s->at };
	s->at += width;
}

/* --- pictures and codes ------------------------------------------------------------- */

static void picture(struct star *s, const uint8_t *rows, unsigned bytes, unsigned count,
    uint32_t left)
{
	struct paper *paper = &s->printer->paper;

	printer_begin(s->printer);
	printer_reserve(s->printer, count);
	if (paper->draw && bytes)
		bitmap_draw(&paper->dots, left, paper->rows, rows, bytes, bytes * 8, count, 1, 1);
	printer_feed(s->printer, count);
}

static void code(struct star *s, enum symbology kind, struct str content, unsigned side,
    unsigned high)
{
	struct barcode_options options = { .level = s->qr_level + 1u };
	struct paper *paper = &s->printer->paper;
	struct modules m;

	end_line(s);
	if (barcode_make(kind, content, kind == SYM_QR ? &options : NULL, &m, NULL)) {
		printer_warn(s->printer, "a code that cannot be made");
		return;
	}
	if (m.rows > 1)
		high = side;
	uint32_t left = indent(s, m.cols * side);
	printer_begin(s->printer);
	printer_reserve(s->printer, m.rows * high);
	for (unsigned y = 0; paper->draw && y < m.rows; y++)
		for (unsigned x = 0; x < m.cols; x++)
			if (m.cell[y * m.cols + x])
				bitmap_fill(&paper->dots, left + x * side, paper->rows + y * high,
				    side, high, true);
	marks_add(&paper->marks, &(struct mark){ .kind = MARK_CODE, .x = left, .y = paper->rows,
		.width = m.cols * side, .height = m.rows * high,
		.type = kind == SYM_QR ? "QR" : "bar" }, content);
	printer_feed(s->printer, m.rows * high);
	modules_finish(&m);
}

/* ESC b kind readable module height content RS */
static void bar(struct star *s, const uint8_t *p, size_t len)
{
	static const enum symbology kinds[] = { SYM_UPC_E, SYM_UPC_A, SYM_EAN8, SYM_EAN13,
		SYM_CODE39, SYM_ITF, SYM_CODE128, SYM_CODE93, SYM_CODABAR };
	static const uint8_t sides[] = { 4, 2, 3 };
	uint8_t kind = digit(p[0]);

	if (kind >= sizeof kinds / sizeof kinds[0])
		return;
	code(s, kinds[kind], (struct str){ (const char *)p + 4, len - 4 }, sides[digit(p[2]) % 3],
	    p[3]);
	if (digit(p[1]) == 2 || digit(p[1]) == 4) {
		for (size_t i = 4; i < len; i++)
			put_letter(s, p[i]);
		print_line(s, s->spacing);
	}
}

/* --- commands: each gives the bytes that it took, 0 when it is not whole -------------- */

/* After ESC GS. */
static size_t esc_gs(struct star *s, const uint8_t *p, size_t len)
{
	if (len < 2)
		return 0;
	if (p[0] == 'a' || p[0] == 't') {
		if (p[0] == 't')
			s->page = page_of(p[1]);
		else
			s->align = digit(p[1]) % 3;
		return 2;
	}
	if (p[0] == 'S') {
		if (len < 7 || len < 7 + (size_t)two(p + 2) * two(p + 4))
			return 0;
		end_line(s);
		picture(s, p + 7, two(p + 2), two(p + 4), indent(s, two(p + 2) * 8));
		return 7 + (size_t)two(p + 2) * two(p + 4);
	}
	if (p[0] == 0x07) {
		if (len >= 4)
			printer_beep(s->printer, 1);
		return len >= 4 ? 4 : 0;
	}
	if (p[0] == 'y' && p[1] == 'S') {
		if (len < 4)
			return 0;
		if (p[2] == '1')
			s->qr_level = p[3] & 3;
		else if (p[2] == '2')
			s->qr_side = p[3] >= 1 && p[3] <= 8 ? p[3] : 3;
		return 4;
	}
	if (p[0] == 'y' && p[1] == 'D') {
		if (len < 6 || len < 6 + (size_t)two(p + 4))
			return 0;
		s->qr_len = two(p + 4) < sizeof s->qr ? two(p + 4) : sizeof s->qr;
		memcpy(s->qr, p + 6, s->qr_len);
		return 6 + (size_t)two(p + 4);
	}
	if (p[0] == 'y' && p[1] == 'P') {
		code(s, SYM_QR, (struct str){ (const char *)s->qr, s->qr_len }, s->qr_side, 0);
		return 2;
	}
	printer_unknown(s->printer, "ESC GS %02x", p[0]);
	return 1;
}

/* After ESC * r: a letter, and for most of them a number that ends with NUL. */
static size_t raster_mode(struct star *s, const uint8_t *p, size_t len)
{
	const uint8_t *nul = len > 1 ? memchr(p, 0, len) : NULL;
	unsigned rows = 0;

	if (!len)
		return 0;
	if (*p == 'A' || *p == 'B' || *p == 'R' || *p == 'C') {
		if (*p == 'A')
			end_line(s);
		s->raster = *p == 'A' || (s->raster && *p == 'C');
		return 1;
	}
	if (!nul)
		return 0;
	for (const uint8_t *d = p + 1; *p == 'Y' && d < nul && rows < 20000; d++)
		rows = rows * 10 + (unsigned)(*d - '0') % 10;
	if (rows)
		picture(s, NULL, 0, rows, 0);
	return (size_t)(nul - p) + 1;
}

/* ASB of nine bytes: nothing is wrong, and how many ETBs were counted. */
static void reply_status(struct star *s)
{
	uint8_t n = s->counted;
	uint8_t status[9] = { 0x23, 0x86, 0, 0, 0, 0, 0,
		(uint8_t)((n & 0x18) << 2 | (n & 7) << 1), 0 };

	printer_reply(s->printer, status, sizeof status);
}

/* Commands of ESC, a letter and so many bytes more, that change how letters look. */
static bool looks(struct star *s, const uint8_t *p)
{
	switch (p[0]) {
	case 'E': s->style.bold = true; break;
	case 'F': s->style.bold = false; break;
	case '4': s->style.reverse = true; break;
	case '5': s->style.reverse = false; break;
	case '-': s->style.underline = digit(p[1]) == 1; break;
	case 'i':
		s->style.height = (uint8_t)(digit(p[1]) % 6 + 1);
		s->style.width = (uint8_t)(digit(p[2]) % 6 + 1);
		break;
	default: return false;
	}
	return true;
}

static bool moves(struct star *s, const uint8_t *p)
{
	switch (p[0]) {
	case 'I': print_line(s, p[1]); break;
	case 'J': print_line(s, 2u * p[1]); break;
	case 'a': print_line(s, (uint32_t)digit(p[1]) * s->spacing); break;
	case '0': s->spacing = 24; break;
	case 'z': s->spacing = digit(p[1]) == 1 ? USUAL_SPACING : 24; break;
	case 'd':
		end_line(s);
		printer_cut(s->printer, digit(p[1]) & 1 ? CUT_PARTIAL : CUT_FULL);
		break;
	default: return false;
	}
	return true;
}

static void reset(struct star *s)
{
	s->style = (struct style){ .width = 1, .height = 1 };
	s->page = s->align = 0;
	s->spacing = USUAL_SPACING;
	s->raster = false;
}

/* Bytes of a command of one letter, the letter included; 0: not one of these. */
static size_t esc_length(uint8_t letter)
{
	static const char none[] = "EF450@", one[] = "-IJadz", two_more[] = "i";

	return memchr(none, letter, sizeof none - 1) ? 1 :
	    memchr(one, letter, sizeof one - 1) ? 2 :
	    memchr(two_more, letter, sizeof two_more - 1) ? 3 : 0;
}

/* After ESC. */
static size_t esc(struct star *s, const uint8_t *p, size_t len)
{
	size_t n = len ? esc_length(p[0]) : 1;

	if (len < 2 && !(len && n == 1))
		return 0;
	if (n > len)
		return 0;
	if (p[0] == '@')
		reset(s);
	if (n)
		return looks(s, p) || moves(s, p) || p[0] == '@' ? n : 1;
	if (p[0] == GS) {
		n = esc_gs(s, p + 1, len - 1);
		return n ? n + 1 : 0;
	}
	if (p[0] == '*') {
		if (len < 3)
			return 0;
		n = raster_mode(s, p + 2, len - 2);
		return n ? n + 2 : 0;
	}
	if (p[0] == 'b') {
		const uint8_t *end = len > 5 ? memchr(p + 5, RS, len - 5) : NULL;
		if (end)
			bar(s, p + 1, (size_t)(end - p) - 1);
		return end ? (size_t)(end - p) + 1 : 0;
	}
	if (p[0] == RS || p[0] == 0x07) {
		if (len < 3)
			return 0;
		if (p[0] == RS && p[1] == 'F')
			s->style.font = digit(p[2]) ? FONT_B : FONT_A;
		if (p[0] == 0x07)
			s->pulse_on = p[1], s->pulse_off = p[2];
		return 3;
	}
	if (p[0] == 0x06) {
		reply_status(s);
		return 2;
	}
	printer_unknown(s->printer, "ESC %02x", p[0]);
	return 1;
}

static void control(struct star *s, uint8_t byte)
{
	if (byte == '\n')
		print_line(s, s->spacing);
	else if (byte == 0x07 || byte == 0x1c || byte == 0x1a || byte == 0x19)
		printer_kick(s->printer, byte == 0x1a || byte == 0x19 ? 5 : 2, s->pulse_on * 10u,
		    s->pulse_off * 10u, byte == 0x1c || byte == 0x19);
	else if (byte == 0x17)
		s->counted = (s->counted + 1) % 32;
	else if (byte != '\r')
		printer_unknown(s->printer, "%02x", byte);
}

static size_t step(struct star *s, const uint8_t *p, size_t len)
{
	if (*p == ESC) {
		size_t n = esc(s, p + 1, len - 1);
		return n ? n + 1 : 0;
	}
	if (s->raster && *p == 'b') {
		if (len < 3 || len < 3 + (size_t)two(p + 1))
			return 0;
		picture(s, p + 3, two(p + 1), 1, 0);
		return 3 + (size_t)two(p + 1);
	}
	if (*p < ' ')
		control(s, *p);
	else if (*p != 0x7f && !s->raster)
		put_letter(s, *p);
	return 1;
}

void star_feed(struct star *s, const uint8_t *bytes, size_t len)
{
	size_t done = 0, n = 1;

	paper_consume(&s->printer->paper, bytes, len);
	if (!buf_add(&s->held, bytes, len)) {
		printer_warn(s->printer, "a command of more than 1 MiB was dropped");
		buf_clear(&s->held);
		return;
	}
	while (done < s->held.len && n) {
		n = step(s, s->held.ptr + done, s->held.len - done);
		done += n;
	}
	buf_drop(&s->held, done);
}
