/*
 * The decoders, scaled: whatever the bytes, rows come as they were announced and
 * no more of them. The first two bytes say how large it is wanted.
 */
#include "fuzz.h"
#include "render/picture.h"

struct seen {
	struct picture size;
	uint32_t rows;
	unsigned sizes;
	unsigned sum;
};

static enum err on_size(const struct picture *p, void *arg, struct why *why)
{
	struct seen *s = arg;
	s->sizes++;
	s->size = *p;
	MUST((uint64_t)p->width * p->height <= PICTURE_PIXELS_MAX);
	/* large ones are only slow */
	return (uint64_t)p->width * p->height > 1 << 20 ? why_fail(why, E_CANCELLED, NULL) : E_OK;
}

static enum err on_row(const uint8_t *grey, void *arg, struct why *why)
{
	struct seen *s = arg;
	(void)why;
	MUST(s->sizes == 1 && ++s->rows <= s->size.height);
	for (uint32_t x = 0; x < s->size.width; x++)
		s->sum += grey[x];
	return E_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct seen s = { { 0, 0 }, 0, 0, 0 };
	const struct picture_sink sink = { on_size, on_row, &s };
	struct why why;

	if (len < 2)
		return 0;
	struct str picture = { (const char *)bytes + 2, len - 2 };
	if (picture_decode(picture, bytes[0], &sink, &why) == E_OK)
		MUST(s.rows == s.size.height);
	if (s.sizes && s.size.width <= 256 && s.size.height <= 256)
		free(picture_scaled(picture, 1u + bytes[0], 1u + bytes[1], &why));
	return 0;
}
