/*
 * PDF by the installed poppler: pdfinfo says how large the pages are, and only
 * then pdftoppm draws them in grey, as wide as the paper. Both run in the cage;
 * what they say is checked against what was asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "render/engine.h"
#include "render/pen.h"
#include "sys/child.h"

#define PDFINFO "/usr/bin/pdfinfo"
#define PDFTOPPM "/usr/bin/pdftoppm"
#define REPORT_MAX 65536
#define POINTS_AN_INCH 72.0
#define SIDE_POINTS_MAX 20000.0

struct page {
	double width, height; /* points */
	int turn;             /* degrees */
	uint32_t columns, rows;
};

struct pdf {
	const struct task *task;
	unsigned count;
	struct page pages[SHEET_PAGES_MAX];
	uint32_t width;       /* of the widest page, dots */
	struct pen pen;
};

static enum err unreadable(struct why *why)
{
	return why_fail(why, E_DOCUMENT, "The PDF document cannot be read");
}

static enum err start(struct child *c, const char *const argv[], int in, int *out,
    struct why *why)
{
	enum err err;

	if (lseek(in, 0, SEEK_SET) < 0)
		return unreadable(why);
	err = child_start_filter(c, argv, in, out, why);
	if (err == E_NOT_FOUND)
		return why_fail(why, E_RENDERER,
		    "PDF needs %s, which is not installed (package poppler-utils)", argv[0]);
	return err;
}

/* --- how large --------------------------------------------------------------------- */

static enum err ask_info(const struct task *t, struct buf *report, struct why *why)
{
	char last[16];
	const char *const argv[] = { PDFINFO, "-f", "1", "-l", last, "-", NULL };
	struct child c;
	ssize_t got;
	int out;

	snprintf(last, sizeof(last), "%d", SHEET_PAGES_MAX);
	enum err err = start(&c, argv, t->fd, &out, why);
	if (err)
		return err;
	do {
		uint8_t *room = buf_space(report, 4096);
		got = room ? read(out, room, 4096) : 0;
		if (got > 0)
			buf_grown(report, (size_t)got);
	} while (got > 0);
	close(out);
	return child_end(&c) == 0 ? E_OK : unreadable(why);
}

/* "Page    1 size:  595.276 x 841.89 pts (A4)" and "Page    1 rot:   0" */
static void read_line(struct pdf *pdf, const char *line)
{
	unsigned n, count;
	double width, height;
	int turn;

	if (sscanf(line, "Pages: %u", &count) == 1)
		pdf->count = count;
	else if (sscanf(line, "Page %u size: %lf x %lf pts", &n, &width, &height) == 3 &&
	    n >= 1 && n <= SHEET_PAGES_MAX) {
		pdf->pages[n - 1].width = width;
		pdf->pages[n - 1].height = height;
	} else if (sscanf(line, "Page %u rot: %d", &n, &turn) == 2 && n >= 1 &&
	    n <= SHEET_PAGES_MAX) {
		pdf->pages[n - 1].turn = turn;
	}
}

static bool sensible(double side)
{
	return side >= 1 && side <= SIDE_POINTS_MAX;
}

/* As large as it says, but no wider than the paper; or as wide as was wished. */
static bool size_page(const struct task *t, struct page *p)
{
	const struct render_options *o = t->options;
	bool lies = p->turn % 180 != 0;
	double wide = lies ? p->height : p->width, high = lies ? p->width : p->height;
	double columns = wide * o->abilities.dpi / POINTS_AN_INCH, most = pen_width(t);

	if (!sensible(wide) || !sensible(high))
		return false;
	if (o->width_dots || columns > most)
		columns = most;
	double rows = high * columns / wide;
	if (columns < 1 || rows > SHEET_ROWS_MAX)
		return false;
	p->columns = (uint32_t)(columns + 0.5);
	p->rows = rows < 1 ? 1 : (uint32_t)(rows + 0.5);
	return true;
}

static enum err measure(struct pdf *pdf, struct why *why)
{
	struct buf report;
	uint64_t rows = 0;
	char *save = NULL;

	buf_init(&report, REPORT_MAX);
	enum err err = ask_info(pdf->task, &report, why);
	char *text = (char *)(uintptr_t)buf_cstr(&report);
	for (char *l = err ? NULL : strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		read_line(pdf, l);
	buf_finish(&report);
	if (err)
		return err;
	if (pdf->count > SHEET_PAGES_MAX)
		return why_fail(why, E_TOO_LARGE,
		    "The document has %u pages; at most %d are printed", pdf->count,
		    SHEET_PAGES_MAX);
	for (unsigned i = 0; i < pdf->count; i++) {
		struct page *p = &pdf->pages[i];
		if (!size_page(pdf->task, p))
			return why_fail(why, E_TOO_LARGE, "Page %u is %.0f x %.0f points large",
			    i + 1, p->width, p->height);
		rows += p->rows;
		pdf->width = p->columns > pdf->width ? p->columns : pdf->width;
	}
	if (rows > SHEET_ROWS_MAX)
		return why_fail(why, E_TOO_LARGE, "The document would be %llu rows long",
		    (unsigned long long)rows);
	return pdf->count ? E_OK : unreadable(why);
}

/* --- drawing ----------------------------------------------------------------------- */

/* "P5 COLUMNS ROWS 255 ": of an exhausted pdftoppm also something else. */
static enum err check_head(FILE *f, const struct page *p, struct why *why)
{
	unsigned columns, rows, most;

	if (fscanf(f, "P5 %6u %6u %3u", &columns, &rows, &most) != 3 || fgetc(f) == EOF)
		return unreadable(why);
	if (columns != p->columns || rows != p->rows || most != 255)
		return why_fail(why, E_DOCUMENT, "A page of the PDF document came out at %u x %u "
		    "dots instead of %u x %u", columns, rows, p->columns, p->rows);
	return E_OK;
}

static enum err take_page(struct pdf *pdf, FILE *f, const struct page *p, uint8_t *row,
    struct why *why)
{
	enum err err = check_head(f, p, why);

	memset(row, 0xff, pdf->width); /* narrower pages are white on the right */
	for (uint32_t y = 0; y < p->rows && !err; y++)
		err = fread(row, 1, p->columns, f) == p->columns
		    ? pen_grey(&pdf->pen, row, why) : unreadable(why);
	return err;
}

/* Pages `first` and up to `end` are of one size. */
static enum err draw_pages(struct pdf *pdf, unsigned first, unsigned end, struct why *why)
{
	const struct page *p = &pdf->pages[first];
	char f[16], l[16], x[16], y[16];
	const char *const argv[] = { PDFTOPPM, "-q", "-gray", "-cropbox", "-f", f, "-l", l,
		"-scale-to-x", x, "-scale-to-y", y, "-", NULL };
	uint8_t *row = malloc(pdf->width);
	struct child c;
	int out;

	snprintf(f, sizeof(f), "%u", first + 1);
	snprintf(l, sizeof(l), "%u", end);
	snprintf(x, sizeof(x), "%u", p->columns);
	snprintf(y, sizeof(y), "%u", p->rows);
	enum err err = row ? start(&c, argv, pdf->task->fd, &out, why)
	    : why_fail(why, E_TOO_LARGE, NULL);
	if (!err) {
		FILE *pages = fdopen(out, "r");
		for (unsigned i = first; i < end && !err; i++) {
			err = i ? pen_break(&pdf->pen, why) : E_OK;
			if (!err)
				err = take_page(pdf, pages, p, row, why);
		}
		fclose(pages);
		if (child_end(&c) != 0 && !err)
			err = unreadable(why);
	}
	free(row);
	return err;
}

static bool alike(const struct page *a, const struct page *b)
{
	return a->columns == b->columns && a->rows == b->rows;
}

static enum err draw_all(struct pdf *pdf, struct why *why)
{
	enum err err = E_OK;
	for (unsigned first = 0, end; first < pdf->count && !err; first = end) {
		for (end = first + 1; end < pdf->count; end++)
			if (!alike(&pdf->pages[first], &pdf->pages[end]))
				break;
		err = draw_pages(pdf, first, end, why);
	}
	return err;
}

static enum err draw(const struct task *t, struct why *why)
{
	struct pdf *pdf = mem_alloc(sizeof(*pdf));
	enum err err;

	pdf->task = t;
	err = measure(pdf, why);
	if (!err)
		err = pen_begin(&pdf->pen, t, pdf->width, why);
	if (!err)
		err = draw_all(pdf, why);
	if (!err)
		err = pen_end(&pdf->pen, why);
	pen_finish(&pdf->pen);
	free(pdf);
	return err;
}

static const char *const types[] = { TYPE_PDF, NULL };

const struct engine_plug engine_pdf = {
	.name = "pdf",
	.types = types,
	.draw = draw,
	.programs = true,
};
