/*
 * What has come is looked at from its beginning: a command that is whole is obeyed
 * and dropped, one that is not waits for more.
 */
#include "labeller.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "printer.h"

enum { HELD_MAX = 8 << 20, NUMBERS = 5, LABEL_ROWS = 20000, COPIES_MAX = 100, AT_ONCE = 4096,
	NUMBER_MAX = 1000000 };

const char *speech_name(enum speech s)
{
	static const char *const names[SPEECHES] = { "escpos", "tspl", "zpl", "star" };

	return s < SPEECHES ? names[s] : NULL;
}

void labeller_init(struct labeller *l, struct printer *printer, uint32_t width_dots)
{
	*l = (struct labeller){ .printer = printer, .copies = 1 };
	buf_init(&l->held, HELD_MAX);
	bitmap_init(&l->dots, width_dots);
}

void labeller_finish(struct labeller *l)
{
	buf_finish(&l->held);
	bitmap_finish(&l->dots);
}

static void clear(struct labeller *l)
{
	uint32_t width = l->dots.width_dots;

	bitmap_finish(&l->dots);
	bitmap_init(&l->dots, width);
}

static void print_one(struct labeller *l)
{
	struct printer *p = l->printer;
	uint32_t height = l->height ? l->height : l->dots.height_dots;
	uint32_t drawn = l->dots.height_dots < height ? l->dots.height_dots : height;

	printer_begin(p);
	printer_reserve(p, height);
	if (p->paper.draw && drawn)
		bitmap_draw(&p->paper.dots, 0, p->paper.rows, l->dots.rows, l->dots.stride,
		    l->dots.width_dots, drawn, 1, 1);
	for (uint32_t left = height, n; left; left -= n) {
		n = left < AT_ONCE ? left : AT_ONCE;
		printer_feed(p, n);
	}
	printer_cut(p, CUT_PARTIAL);
}

static void print_labels(struct labeller *l, unsigned count)
{
	for (unsigned i = 0; i < count && i < COPIES_MAX; i++)
		print_one(l);
}

/* Up to five numbers behind a word; returns where the reading stopped. */
static const char *read_numbers(const char *at, const char *end, double n[static NUMBERS])
{
	for (unsigned i = 0; i < NUMBERS; i++) {
		char text[32] = "";
		size_t len = 0;

		while (at < end && (*at == ' ' || *at == ','))
			at++;
		while (at + len < end && len < sizeof text - 1 && strchr("0123456789.", at[len]))
			len++;
		memcpy(text, at, len);
		n[i] = strtod(text, NULL);
		n[i] = n[i] < NUMBER_MAX ? n[i] : NUMBER_MAX;
		at += len;
		while (at < end && (*at == ' ' || (*at >= 'a' && *at <= 'z')))
			at++; /* a unit */
	}
	return at;
}

/* TSPL */

static const char *line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));

	return lf;
}

/* BITMAP x,y,bytes,rows,mode,pixels: 0 prints. Bytes taken, 0 when it is not whole. */
static size_t tspl_bitmap(struct labeller *l, const char *from, const char *end)
{
	double n[NUMBERS];
	unsigned commas = 0;
	const char *at = from;

	while (at < end && commas < 5)
		commas += *at++ == ',';
	if (commas < 5)
		return 0;
	read_numbers(from, at, n);
	size_t stride = (size_t)n[2], rows = (size_t)n[3], size = stride * rows;
	if (!stride || stride > 1024 || rows > LABEL_ROWS) {
		printer_unknown(l->printer, "BITMAP");
		return (size_t)(at - from);
	}
	if ((size_t)(end - at) < size)
		return 0;
	for (size_t i = 0; i < size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			if (!((uint8_t)at[i] >> (7 - bit) & 1))
				bitmap_set(&l->dots, (int64_t)(n[0] + (i % stride) * 8 + bit),
				    (int64_t)(n[1] + i / stride));
		}
	}
	return (size_t)(at - from) + size;
}

static uint32_t millimetres(double mm)
{
	double dots = mm * 203 / 25.4 + 0.5;

	return dots < LABEL_ROWS ? (uint32_t)dots : LABEL_ROWS;
}

static void tspl_line(struct labeller *l, const char *line, const char *end)
{
	static const char *const quiet[] = { "GAP", "DIRECTION", "REFERENCE", "CUT", "DENSITY",
		"SPEED", "OFFSET" };
	size_t word = 0;
	double n[NUMBERS];

	while (line + word < end && line[word] > ' ')
		word++;
	read_numbers(line + word, end, n);
	if (word == 4 && !strncasecmp(line, "SIZE", 4))
		l->height = millimetres(n[1]);
	else if (word == 3 && !strncasecmp(line, "CLS", 3))
		clear(l);
	else if (word == 5 && !strncasecmp(line, "PRINT", 5))
		print_labels(l, (unsigned)n[0] * (n[1] > 0 ? (unsigned)n[1] : 1));
	else {
		for (unsigned i = 0; i < sizeof quiet / sizeof quiet[0]; i++)
			if (word == strlen(quiet[i]) && !strncasecmp(line, quiet[i], word))
				return;
		if (word)
			printer_unknown(l->printer, "%.*s", (int)(word < 20 ? word : 20), line);
	}
}

/* Bytes obeyed; 0: more must come first. */
static size_t tspl_step(struct labeller *l, const char *at, const char *end)
{
	if (*at == '\r' || *at == '\n')
		return 1;
	if (*at == 0x1b) {
		static const uint8_t ready[] = { 0 };
		if (end - at < 3)
			return 0;
		if (at[2] == '?')
			printer_reply(l->printer, ready, sizeof ready);
		return 3;
	}
	if (end - at < 7 && !line_end(at, end))
		return 0;
	if (end - at >= 7 && !strncasecmp(at, "BITMAP ", 7)) {
		size_t n = tspl_bitmap(l, at + 7, end);
		return n ? n + 7 : 0;
	}
	const char *lf = line_end(at, end);
	if (!lf)
		return 0;
	tspl_line(l, at, lf);
	return (size_t)(lf - at) + 1;
}

/* ZPL */

static int digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *found = c ? strchr(digits, c >= 'a' && c <= 'f' ? c - 32 : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The dots of a nibble, in a picture `stride` bytes wide. */
static void put_nibble(struct labeller *l, size_t index, size_t stride, int value)
{
	size_t row = index / (stride * 2), column = index % (stride * 2);

	for (unsigned bit = 0; bit < 4 && row < LABEL_ROWS; bit++) {
		if (value >> (3 - bit) & 1)
			bitmap_set(&l->dots, (int64_t)(l->x + column * 4 + bit),
			    (int64_t)(l->y + row));
	}
}

static int nibble_at(const struct labeller *l, size_t index, size_t stride)
{
	size_t row = index / (stride * 2), column = index % (stride * 2);
	int value = 0;

	for (unsigned bit = 0; bit < 4; bit++)
		value = value << 1 | bitmap_get(&l->dots, (int64_t)(l->x + column * 4 + bit),
		    (int64_t)(l->y + row));
	return value;
}

/* ^GFA,bytes,total,stride,text: letters count, a comma ends a row, a colon repeats it. */
static void zpl_picture(struct labeller *l, const char *at, const char *end)
{
	double n[NUMBERS];
	unsigned commas = 0;
	size_t index = 0, times = 0;

	if (at == end || (*at != 'A' && *at != 'a')) {
		printer_unknown(l->printer, "^GF of another kind");
		return;
	}
	read_numbers(at + 1, end, n);
	while (at < end && commas < 4)
		commas += *at++ == ',';
	size_t total = (size_t)n[1], stride = (size_t)n[2];
	if (!stride || stride > 1024 || total > stride * LABEL_ROWS)
		return;
	for (; at < end && index < total * 2; at++) {
		size_t left = stride * 2 - index % (stride * 2);
		if (*at == ',') {
			index += left;
		} else if (*at == '!') {
			for (; left; left--)
				put_nibble(l, index++, stride, 15);
		} else if (*at == ':') {
			for (size_t i = 0; i < stride * 2 && index >= stride * 2; i++, index++)
				put_nibble(l, index, stride,
				    nibble_at(l, index - stride * 2, stride));
		} else if (*at >= 'G' && *at <= 'Y') {
			times += (size_t)(*at - 'F');
		} else if (*at >= 'g' && *at <= 'z') {
			times += (size_t)(*at - 'f') * 20;
		} else if (digit(*at) >= 0) {
			for (times = times ? times : 1; times && index < total * 2; times--)
				put_nibble(l, index++, stride, digit(*at));
			times = 0;
		}
	}
}

static void zpl_command(struct labeller *l, const char *at, const char *end)
{
	static const char quiet[] = "PWLHMNMMFSLTPR";
	double n[NUMBERS];
	char name[3] = { at[1], at[2], 0 };

	read_numbers(at + 3, end, n);
	if (!strcmp(name, "XA")) {
		clear(l);
		l->copies = 1;
	} else if (!strcmp(name, "XZ")) {
		print_labels(l, l->copies);
	} else if (!strcmp(name, "LL")) {
		l->height = n[0] < LABEL_ROWS ? (uint32_t)n[0] : LABEL_ROWS;
	} else if (!strcmp(name, "PQ")) {
		l->copies = n[0] > 0 && n[0] <= COPIES_MAX ? (unsigned)n[0] : 1;
	} else if (!strcmp(name, "FO")) {
		l->x = n[0] < LABEL_ROWS ? (uint32_t)n[0] : 0;
		l->y = n[1] < LABEL_ROWS ? (uint32_t)n[1] : 0;
	} else if (!strcmp(name, "GF")) {
		zpl_picture(l, at + 3, end);
	} else {
		for (const char *q = quiet; *q; q += 2)
			if (!strncmp(q, name, 2))
				return;
		printer_unknown(l->printer, "%c%s", *at, name);
	}
}

/* A command is whole when the next one begins; ^XZ ends a format by itself. */
static size_t zpl_step(struct labeller *l, const char *at, const char *end)
{
	if (*at != '^' && *at != '~')
		return 1;
	if (end - at < 3)
		return 0;
	const char *next = at + 3;
	while (next < end && *next != '^' && *next != '~')
		next++;
	if (next == end && strncmp(at, "^XZ", 3))
		return 0;
	zpl_command(l, at, next);
	return (size_t)(next - at);
}

void labeller_feed(struct labeller *l, const uint8_t *bytes, size_t len)
{
	size_t (*step)(struct labeller *, const char *, const char *) =
	    l->printer->opt.speech == SPEAKS_ZPL ? zpl_step : tspl_step;
	size_t done = 0, n = 1;

	paper_consume(&l->printer->paper, bytes, len);
	if (!buf_add(&l->held, bytes, len)) {
		printer_warn(l->printer, "a command of more than 8 MiB was dropped");
		buf_clear(&l->held);
		return;
	}
	while (done < l->held.len && n) {
		const char *at = (const char *)l->held.ptr + done;
		n = step(l, at, (const char *)l->held.ptr + l->held.len);
		done += n;
	}
	buf_drop(&l->held, done);
}
