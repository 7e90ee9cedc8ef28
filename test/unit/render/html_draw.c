/*
 * A document through the HTML engine to a PNG, without the cage and the daemon:
 *
 *     html_draw [-e auto|builtin|strict] [-w DOTS] [-d DPI] [-n TIMES] [-s SAME.png] FILE [OUT.png]
 *
 * Prints what the engine notes. With -n it draws that often and prints the median
 * in microseconds. Ends with 1 when the document is refused, 3 when the engine hands
 * it over, 4 when its paper is not that of SAME.png.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gfx/bitmap.h"
#include "render/engine.h"
#include "render/engines.h"

#define FILE_MAX (64u << 20)

struct paper {
	struct bitmap bitmap;
	int64_t y;
	unsigned pages;
};

static enum err put(const struct step *s, void *arg, struct why *why)
{
	struct paper *p = arg;
	p->pages += s->kind == STEP_PAGE;
	if (s->kind == STEP_DOTS) {
		bitmap_need(&p->bitmap, (uint32_t)p->y + s->height);
		bitmap_draw(&p->bitmap, 0, p->y, s->black, s->stride, s->width, s->height, 1, 1);
	}
	if (s->kind == STEP_DOTS || s->kind == STEP_FEED)
		p->y += s->height;
	bitmap_need(&p->bitmap, (uint32_t)p->y);
	return E_OK;
}

static struct str read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *bytes = malloc(FILE_MAX);
	if (!f || !bytes) {
		perror(path);
		exit(2);
	}
	size_t len = fread(bytes, 1, FILE_MAX, f);
	fclose(f);
	return (struct str){ bytes, len };
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static enum engine engine_of(const char *name)
{
	return !strcmp(name, "strict") ? ENGINE_STRICT : !strcmp(name, "builtin") ? ENGINE_BUILTIN :
	    ENGINE_AUTO;
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
	struct render_options o = { .engine = ENGINE_AUTO,
		.abilities = { .width_dots = 576, .dpi = 203 } };
	int option, times = 1;
	const char *golden = NULL;
	while ((option = getopt(argc, argv, "e:w:d:n:s:")) != -1) {
		if (option == 'e')
			o.engine = engine_of(optarg);
		else if (option == 'w')
			o.abilities.width_dots = (uint32_t)atoi(optarg);
		else if (option == 'd')
			o.abilities.dpi = (unsigned)atoi(optarg);
		else if (option == 'n')
			times = atoi(optarg);
		else if (option == 's')
			golden = optarg;
		else
			return 2;
	}
	if (optind >= argc || times < 1)
		return 2;
	const char *name = argv[optind], *dot = strrchr(name, '.');
	const struct engine_plug *engine = engine_find(dot && !strcmp(dot, ".svg") ? TYPE_SVG : TYPE_HTML);
	struct str bytes = read_file(name);
	int64_t *took = calloc((size_t)times, sizeof(*took));
	enum err err = E_OK;
	bool handover = false;
	struct paper p = { 0 };
	struct why why = { 0 };
	struct render_note note = { 0 };
	for (int i = 0; i < times; i++) {
		bitmap_finish(&p.bitmap);
		p = (struct paper){ 0 };
		bitmap_init(&p.bitmap, o.abilities.width_dots);
		note = (struct render_note){ 0 };
		struct task t = { .bytes = bytes, .options = &o, .sink = { put, &p }, .note = &note,
			.handover = &handover };
		int64_t from = now_us();
		err = engine->draw(&t, &why);
		took[i] = now_us() - from;
	}
	qsort(took, (size_t)times, sizeof(*took), compare);
	if (times > 1)
		printf("%lld us\n", (long long)took[times / 2]);
	if (err)
		printf("%s: %s\n", err_name(err), why.text);
	else
		printf("%u page(s), %lld rows%s%s\n", p.pages, (long long)p.y, *note.warning ? "; " : "",
		    note.warning);
	if (!err && optind + 1 < argc)
		err = png_write(argv[optind + 1], &p.bitmap, o.abilities.dpi, &why);
	bool same = err || !golden || is_same(golden, &p.bitmap);
	bitmap_finish(&p.bitmap);
	free((char *)bytes.ptr);
	free(took);
	return handover ? 3 : err ? 1 : same ? 0 : 4;
}
