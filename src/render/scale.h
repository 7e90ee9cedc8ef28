/*
 * Rows of grey to another size, as they come: each pixel becomes the average of
 * the area that it covers, exactly (no rounding until the end).
 */
#ifndef RENDER_SCALE_H
#define RENDER_SCALE_H

#include <stdint.h>

#include "base/err.h"

struct scale;
struct scale_sink {
	enum err (*row)(const uint8_t *grey, void *arg, struct why *why); /* out_width pixels */
	void *arg;
};

/* NULL when there is no memory. All sides at least 1 and below 65536. */
struct scale *scale_create(uint32_t width, uint32_t height, uint32_t out_width,
    uint32_t out_height, const struct scale_sink *sink);
void scale_destroy(struct scale *s);
/* The next row; after the last of `height` all of `out_height` have come out. */
enum err scale_row(struct scale *s, const uint8_t *grey, struct why *why);

#endif
