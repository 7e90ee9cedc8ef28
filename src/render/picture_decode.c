/*
 * Which decoder, by the first bytes: what the sender calls it does not count.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/render.h"
#include "render/picture_inside.h"
#include "render/scale.h"

static const struct kind {
	const char *type;
	const char *magic;
	size_t len, at;
	picture_decoder *decode;
} kinds[] = {
	{ TYPE_PNG, "\x89PNG\r\n\x1a\n", 8, 0, picture_decode_png },
	{ TYPE_JPEG, "\xff\xd8\xff", 3, 0, picture_decode_jpeg },
	{ TYPE_GIF, "GIF8", 4, 0, picture_decode_gif },
	{ TYPE_BMP, "BM", 2, 0, picture_decode_bmp },
	{ TYPE_WEBP, "WEBP", 4, 8, picture_decode_webp },
};

static const struct kind *kind_of(struct str bytes)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		size_t at = kinds[i].at;
		struct str head = str_from(str_head(bytes, at + kinds[i].len), at);
		if (head.len == kinds[i].len && memcmp(head.ptr, kinds[i].magic, head.len) == 0)
			return &kinds[i];
	}
	return NULL;
}

const char *picture_type(struct str bytes)
{
	const struct kind *k = kind_of(bytes);
	return k ? k->type : NULL;
}

enum err picture_check(uint64_t width, uint64_t height, struct why *why)
{
	if (!width || !height)
		return why_fail(why, E_DOCUMENT, "The picture is empty");
	if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX ||
	    width * height > PICTURE_PIXELS_MAX)
		return why_fail(why, E_TOO_LARGE, "The picture has %llu x %llu pixels, too many",
		    (unsigned long long)width, (unsigned long long)height);
	return E_OK;
}

enum err picture_begin(const struct picture_sink *sink, uint32_t width, uint32_t height,
    struct why *why)
{
	const struct picture size = { width, height };
	enum err err = picture_check(width, height, why);
	return err || !sink->size ? err : sink->size(&size, sink->arg, why);
}

enum err picture_decode(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	const struct kind *k = kind_of(bytes);
	if (!k)
		return why_fail(why, E_DOCUMENT, "The document is no picture of a known kind");
	if (bytes.len > PICTURE_BYTES_MAX)
		return why_fail(why, E_TOO_LARGE, "The picture has more than %u bytes",
		    PICTURE_BYTES_MAX);
	return k->decode(bytes, wish, sink, why);
}

/* --- its size alone ---------------------------------------------------------------- */

struct measuring {
	struct picture *size;
	bool known;
};

static enum err on_measured(const struct picture *p, void *arg, struct why *why)
{
	struct measuring *m = arg;
	*m->size = *p;
	m->known = true;
	return why_fail(why, E_CANCELLED, NULL); /* enough seen */
}

static enum err no_row(const uint8_t *grey, void *arg, struct why *why)
{
	(void)grey;
	(void)arg;
	return why_fail(why, E_CANCELLED, NULL);
}

enum err picture_measure(struct str bytes, struct picture *p, struct why *why)
{
	struct measuring m = { p, false };
	const struct picture_sink sink = { on_measured, no_row, &m };
	enum err err = picture_decode(bytes, 0, &sink, why);
	return m.known ? E_OK : err;
}

/* --- scaled, whole ----------------------------------------------------------------- */

struct scaling {
	struct scale *scale;
	uint32_t width, height, rows;
	uint8_t *out;
};

static enum err on_scaled_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct scaling *s = arg;
	(void)why;
	if (s->rows < s->height)
		memcpy(s->out + (size_t)s->rows++ * s->width, grey, s->width);
	return E_OK;
}

static enum err on_size(const struct picture *p, void *arg, struct why *why)
{
	struct scaling *s = arg;
	const struct scale_sink sink = { on_scaled_row, s };
	s->scale = scale_create(p->width, p->height, s->width, s->height, &sink);
	return s->scale ? E_OK : why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
}

static enum err on_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct scaling *s = arg;
	return scale_row(s->scale, grey, why);
}

uint8_t *picture_scaled(struct str bytes, uint32_t width, uint32_t height, struct why *why)
{
	struct scaling s = { .width = width, .height = height };
	const struct picture_sink sink = { on_size, on_row, &s };

	if (picture_check(width, height, why))
		return NULL;
	s.out = malloc((size_t)width * height);
	if (!s.out) {
		why_fail(why, E_TOO_LARGE, "The picture needs too much memory");
		return NULL;
	}
	memset(s.out, 0xff, (size_t)width * height);
	enum err err = picture_decode(bytes, width, &sink, why);
	scale_destroy(s.scale);
	if (!err)
		return s.out;
	free(s.out);
	return NULL;
}
