/*
 * receipt_print [--raster] [--native] [--drawer] [--width DOTS] [--label ROWS]
 *     [--png FILE] [--same FILE] [--encoding NAME] DOCUMENT
 *
 * Draws one document and lists its steps; the type goes by the file's name.
 * Exit status 1 and the sentence on stderr when it is refused, 2 when the paper
 * is not that of the PNG after --same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gfx/barcode.h"
#include "paper.h"

extern const struct engine_plug engine_text, engine_receipt, engine_receiptline;

static const struct {
	const char *ending, *type;
	const struct engine_plug *engine;
} kinds[] = {
	{ ".txt", TYPE_TEXT, &engine_text },
	{ ".receipt", TYPE_RECEIPTLINE, &engine_receiptline },
	{ ".json", TYPE_RECEIPT, &engine_receipt },
};

static const char *argument(char **argv, int argc, const char *name)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	return NULL;
}

static bool has(char **argv, int argc, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

static void read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char piece[4096];
	size_t n;

	while (f && (n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(out, piece, n);
	if (f)
		fclose(f);
}

static const struct engine_plug *engine_for(const char *path)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_ends(str_of(path), kinds[i].ending))
			return kinds[i].engine;
	return &engine_text;
}

static bool is_same(const char *path, const struct bitmap *b)
{
	struct bitmap other;
	bool same = png_read(path, &other, NULL) == E_OK && other.width_dots == b->width_dots &&
	    other.height_dots == b->height_dots;

	for (uint32_t y = 0; same && y < b->height_dots; y++)
		for (uint32_t x = 0; same && x < b->width_dots; x++)
			same = bitmap_get(&other, x, y) == bitmap_get(b, x, y);
	bitmap_finish(&other);
	return same;
}

int main(int argc, char **argv)
{
	const char *path = argv[argc - 1], *png = argument(argv, argc, "--png");
	const char *width = argument(argv, argc, "--width"), *label = argument(argv, argc, "--label");
	const char *encoding = argument(argv, argc, "--encoding");
	const char *golden = argument(argv, argc, "--same");
	const struct engine_plug *engine = engine_for(path);
	struct render_options o = test_options(engine->types[0], has(argv, argc, "--raster"));
	struct test_paper paper;
	struct render_note note;
	struct why why = { 0 };
	struct buf bytes;

	o.drawer = has(argv, argc, "--drawer");
	if (has(argv, argc, "--native"))
		o.abilities.codes = ~0u;
	if (width) {
		o.abilities.width_dots = (uint32_t)atoi(width);
		o.abilities.columns = o.abilities.width_dots / 12;
		o.abilities.columns_b = o.abilities.width_dots / 9;
	}
	if (label)
		o.abilities.label_height = (uint32_t)atoi(label);
	if (encoding)
		str_copy(o.encoding, sizeof o.encoding, str_of(encoding));
	buf_init(&bytes, 32u << 20);
	read_whole(path, &bytes);
	test_paper_init(&paper, &o);
	engine->warm();
	enum err err = test_draw(engine, buf_str(&bytes), &o, &paper, &note, &why);
	if (paper.log.len)
		fwrite(paper.log.ptr, 1, paper.log.len, stdout);
	if (note.warning[0])
		printf("warning: %s\n", note.warning);
	if (err)
		fprintf(stderr, "%s%s%s: %s\n", why.field, *why.field ? ": " : "", err_name(err),
		    why.text);
	if (!err && png)
		err = png_write(png, &paper.dots, 203, &why);
	bool same = err || !golden || is_same(golden, &paper.dots);
	test_paper_finish(&paper);
	buf_finish(&bytes);
	return err ? 1 : same ? 0 : 2;
}
