/*
 * GS v 0, the way most pictures come. It is printed row by row while it is
 * received, so that paper can end in the middle and megabytes need no memory.
 */
#include "base/sha.h"
#include "base/text.h"
#include "escpos.h"
#include "printer.h"

static void raster_end(struct escpos *e)
{
	struct raster *r = &e->raster;
	struct mark mark = { .kind = MARK_IMAGE, .x = r->x, .y = r->y,
		.width = r->stride * 8 * r->sx, .height = r->rows * r->sy };
	uint8_t digest[32];
	char hex[65];

	sha256_end(r->hash, digest);
	r->hash = NULL;
	hex_encode(digest, sizeof digest, hex);
	block_mark(e, &mark, (struct str){ hex, 64 });
	e->step = escpos_idle_step;
}

static void raster_rows(struct escpos *e, const uint8_t *bytes, uint32_t rows)
{
	struct raster *r = &e->raster;
	struct picture picture = { bytes, r->stride, r->stride * 8, rows, r->sx, r->sy };
	uint32_t width = picture.width * r->sx, height = rows * r->sy;
	struct block b = block_begin(e, width, height);

	if (e->page.on) { /* downwards, so that it does not matter how the rows come */
		b.y += height;
		b.mark_y += height;
	}
	if (r->rows == 0) {
		r->x = b.mark_x;
		r->y = b.mark_y;
	}
	sha256_add(r->hash, (struct str){ (const char *)bytes, (size_t)rows * r->stride });
	if (picture.width > line_area(e) && r->sx == 1)
		picture.width = line_area(e);
	canvas_draw(&b.canvas, b.x, b.y, &picture);
	block_end(e, 0, height);
	if (e->page.on)
		e->page.y += height;
	r->rows += rows;
	r->rows_left -= rows;
	if (!r->rows_left)
		raster_end(e);
}

static void raster_step(struct escpos *e)
{
	struct raster *r = &e->raster;
	size_t have = e->len - e->at;
	size_t rows = have / r->stride;
	uint32_t free_rows = printer_rows_free(e->printer) / r->sy;

	if (!r->row.len && rows) {
		if (rows > r->rows_left)
			rows = r->rows_left;
		if (rows > free_rows)
			rows = free_rows ? free_rows : 1;
		const uint8_t *from = e->bytes + e->at;
		e->at += rows * r->stride;
		raster_rows(e, from, (uint32_t)rows);
		return;
	}
	if (have > r->stride - r->row.len)
		have = r->stride - r->row.len;
	buf_add(&r->row, e->bytes + e->at, have);
	e->at += have;
	if (r->row.len == r->stride) {
		raster_rows(e, r->row.ptr, 1);
		buf_clear(&r->row);
	}
}

void raster_abandon(struct escpos *e)
{
	uint8_t digest[32];

	if (e->raster.hash)
		sha256_end(e->raster.hash, digest);
	e->raster.hash = NULL;
	buf_clear(&e->raster.row);
}

/* 1D 76 30 m xL xH yL yH. With text in the line buffer Epson's printers take
 * the data for text; others print the line first. */
static void gs_raster(struct escpos *e, const uint8_t *p, size_t len)
{
	struct raster *r = &e->raster;

	(void)len;
	if (p[0] != '0') {
		printer_unknown(e->printer, "1D 76 %02X", p[0]);
		return;
	}
	if (!line_empty(e) && !e->page.on) {
		printer_warn(e->printer, "GS v 0 with text in the line buffer");
		if (e->printer->opt.model->strict)
			return;
		line_flush(e);
	}
	r->stride = word(p + 2);
	r->rows_left = word(p + 4);
	if (!r->stride || !r->rows_left)
		return;
	r->rows = 0;
	r->sx = p[1] & 1 ? 2 : 1;
	r->sy = p[1] & 2 ? 2 : 1;
	r->hash = sha256_begin();
	buf_clear(&r->row);
	e->step = raster_step;
}

static size_t gs_raster_length(const uint8_t *p, size_t have)
{
	return have && p[0] != '0' ? 1 : 6;
}

const struct command raster_commands[] = {
	{ GS, 'v', 0, gs_raster_length, gs_raster },
	{ 0 },
};
