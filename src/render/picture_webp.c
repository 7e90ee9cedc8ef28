/*
 * WebP by libwebp's decoder: it gives the whole picture at once.
 */
#include <stdlib.h>

#include <webp/decode.h>

#include "render/picture_inside.h"

static enum err give_rows(uint8_t *rgba, uint32_t width, uint32_t height,
    const struct picture_sink *sink, struct why *why)
{
	enum err err = E_OK;
	for (uint32_t y = 0; y < height && !err; y++) {
		const uint8_t *p = rgba + (size_t)y * width * 4;
		uint8_t *grey = rgba; /* what was the first row is read by now */
		for (uint32_t x = 0; x < width; x++, p += 4)
			grey[x] = picture_over_white(picture_grey(p[0], p[1], p[2]), p[3]);
		err = sink->row(grey, sink->arg, why);
	}
	return err;
}

enum err picture_decode_webp(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why)
{
	const uint8_t *data = (const uint8_t *)bytes.ptr;
	int width, height;
	enum err err;

	(void)wish;
	if (!WebPGetInfo(data, bytes.len, &width, &height))
		return why_fail(why, E_DOCUMENT, "The WebP picture is broken");
	err = picture_check((uint64_t)width, (uint64_t)height, why);
	if (err)
		return err;
	uint8_t *rgba = WebPDecodeRGBA(data, bytes.len, &width, &height);
	if (!rgba)
		return why_fail(why, E_DOCUMENT, "The WebP picture is broken");
	err = picture_begin(sink, (uint32_t)width, (uint32_t)height, why);
	if (!err)
		err = give_rows(rgba, (uint32_t)width, (uint32_t)height, sink, why);
	WebPFree(rgba);
	return err;
}
