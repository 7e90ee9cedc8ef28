/*
 * Pictures to grey: PNG, JPEG, GIF (its first frame), BMP and WebP.
 *
 * The bytes are not trusted: a picture beyond PICTURE_PIXELS_MAX or
 * PICTURE_BYTES_MAX is refused before memory is taken for it. What is
 * transparent is laid over white; 0 is black.
 */
#ifndef RENDER_PICTURE_H
#define RENDER_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define PICTURE_PIXELS_MAX (32u << 20)
#define PICTURE_BYTES_MAX (16u << 20)
#define PICTURE_SIDE_MAX 65500

struct picture {
	uint32_t width, height;
};

/* One row of `width` grey pixels at a time, from the top; an error ends the decoding. */
typedef enum err picture_row(const uint8_t *grey, void *arg, struct why *why);
/*
 * Once, before the first row: the size of the picture as it will come, after the
 * decoder's own reduction (a JPEG may come at 1/2, 1/4 or 1/8).
 */
typedef enum err picture_size(const struct picture *p, void *arg, struct why *why);

struct picture_sink {
	picture_size *size; /* may be NULL */
	picture_row *row;
	void *arg;
};

/* The media type by its first bytes; NULL when it is none of these. */
const char *picture_type(struct str bytes);
/* Its size without decoding it. E_DOCUMENT when it is broken, E_TOO_LARGE past a ceiling. */
enum err picture_measure(struct str bytes, struct picture *p, struct why *why);
/* Decode row by row. `wish` is the width that is needed: a decoder that can
 * shrink cheaply comes near it from above; 0: as it is. */
enum err picture_decode(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why);

/* A whole picture scaled to width x height (each pixel the average of what it
 * covers), `width * height` bytes to be freed; NULL with `why`. */
uint8_t *picture_scaled(struct str bytes, uint32_t width, uint32_t height, struct why *why);

#endif
