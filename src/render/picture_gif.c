/*
 * GIF by giflib: its first frame, laid onto white.
 */
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

#include "render/picture_inside.h"

struct gif {
	struct str rest;
	GifFileType *file;
	int transparent;  /* index, or -1 */
	uint8_t *canvas;
	uint32_t width, height;
};

static int on_read(GifFileType *file, GifByteType *to, int len)
{
	struct gif *g = file->UserData;
	struct str part = str_head(g->rest, (size_t)len);
	memcpy(to, part.ptr, part.len);
	g->rest = str_from(g->rest, part.len);
	return (int)part.len;
}

static bool read_extension(struct gif *g)
{
	GifByteType *block;
	GraphicsControlBlock control;
	int code;

	if (DGifGetExtension(g->file, &code, &block) == GIF_ERROR)
		return false;
	while (block) {
		if (code == GRAPHICS_EXT_FUNC_CODE &&
		    DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
			g->transparent = control.TransparentColor;
		if (DGifGetExtensionNext(g->file, &block) == GIF_ERROR)
			return false;
	}
	return true;
}

/* Up to the first frame's description. */
static bool find_frame(struct gif *g)
{
	GifRecordType type;
	while (DGifGetRecordType(g->file, &type) == GIF_OK) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			return DGifGetImageDesc(g->file) == GIF_OK;
		if (type != EXTENSION_RECORD_TYPE || !read_extension(g))
			return false;
	}
	return false;
}

static uint8_t grey_of(const struct gif *g, const ColorMapObject *map, int index)
{
	if (index == g->transparent || index >= map->ColorCount)
		return 0xff;
	const GifColorType *c = &map->Colors[index];
	return picture_grey(c->Red, c->Green, c->Blue);
}

static bool read_line(struct gif *g, const ColorMapObject *map, uint32_t y)
{
	const GifImageDesc *d = &g->file->Image;
	uint8_t *row = g->canvas + (size_t)y * g->width + (unsigned)d->Left;
	if (DGifGetLine(g->file, row, d->Width) == GIF_ERROR)
		return false;
	for (int x = 0; x < d->Width; x++)
		row[x] = grey_of(g, map, row[x]);
	return true;
}

static bool read_frame(struct gif *g)
{
	static const struct { int from, by; } passes[] = { { 0, 8 }, { 4, 8 }, { 2, 4 }, { 1, 2 } };
	const GifImageDesc *d = &g->file->Image;
	const ColorMapObject *map = d->ColorMap ? d->ColorMap : g->file->SColorMap;

	if (!map)
		return false;
	for (int pass = 0; pass < (d->Interlace ? 4 : 1); pass++) {
		int from = d->Interlace ? passes[pass].from : 0;
		int by = d->Interlace ? passes[pass].by : 1;
		for (int y = from; y < d->Height; y += by)
			if (!read_line(g, map, (uint32_t)(d->Top + y)))
				return false;
	}
	return true;
}

static bool fits(const struct gif *g)
{
	const GifImageDesc *d = &g->file->Image;
	return d->Left >= 0 && d->Top >= 0 && d->Width > 0 && d->Height > 0 &&
	    (uint32_t)d->Left + (uint32_t)d->Width <= g->width &&
	    (uint32_t)d->Top + (uint32_t)d->Height <= g->height;
}

static enum err draw(struct gif *g, const struct picture_sink *sink, struct why *why)
{
	size_t size = (size_t)g->width * g->height;
	enum err err;

	g->canvas = malloc(size);
	if (!g->canvas)
		return why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
	memset(g->canvas, 0xff, size);
	if (!read_frame(g))
		return why_fail(why, E_DOCUMENT, "The GIF picture is broken");
	err = picture_begin(sink, g->width, g->height, why);
	for (uint32_t y = 0; y < g->height && !err; y++)
		err = sink->row(g->canvas + (size_t)y * g->width, sink->arg, why);
	return err;
}

enum err picture_decode_gif(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	struct gif g = { .rest = bytes, .transparent = -1 };
	enum err err;

	(void)wish;
	g.file = DGifOpen(&g, on_read, NULL);
	if (!g.file)
		return why_fail(why, E_DOCUMENT, "The GIF picture is broken");
	g.width = (uint32_t)g.file->SWidth;
	g.height = (uint32_t)g.file->SHeight;
	err = picture_check(g.width, g.height, why);
	if (!err && (!find_frame(&g) || !fits(&g)))
		err = why_fail(why, E_DOCUMENT, "The GIF picture is broken");
	if (!err)
		err = draw(&g, sink, why);
	free(g.canvas);
	DGifCloseFile(g.file, NULL);
	return err;
}
