/*
 * Between the decoders: one file and one function each. A decoder calls
 * picture_begin once it knows the size, then the sink's row for each row.
 */
#ifndef RENDER_PICTURE_INSIDE_H
#define RENDER_PICTURE_INSIDE_H

#include <stdbool.h>

#include "render/picture.h"

typedef enum err picture_decoder(struct str bytes, uint32_t wish, const struct picture_sink *sink,
    struct why *why);

picture_decoder picture_decode_png, picture_decode_jpeg, picture_decode_gif, picture_decode_bmp,
    picture_decode_webp;

/* A PNG that needs no libpng: false, with nothing put, when it does (or is broken). */
bool picture_plain(struct str bytes, const struct picture_sink *sink, enum err *err,
    struct why *why);

/* The ceilings: before any memory is taken for the picture. */
enum err picture_check(uint64_t width, uint64_t height, struct why *why);
/* As above, then the sink's size. */
enum err picture_begin(const struct picture_sink *sink, uint32_t width, uint32_t height,
    struct why *why);

/*
 * For what is not to be shown as it was saved. The orientation that an EXIF block (of a JPEG's
 * APP1) notes, 1..8; 1, as it is, when it says nothing sensible; from 5 on width and
 * height change places.
 */
unsigned picture_orientation(struct str exif);
bool picture_lies(unsigned orientation);

/* A decoder gives its picture to `in`; once that was whole, `sink` gets it turned. */
struct turn {
	struct picture_sink in;
	const struct picture_sink *sink;
	unsigned orientation;
	struct picture size;   /* as saved */
	uint32_t rows;
	uint8_t *pixels, *row;
};
void picture_turn_begin(struct turn *t, unsigned orientation, const struct picture_sink *sink);
enum err picture_turn_end(struct turn *t, struct why *why);
void picture_turn_finish(struct turn *t); /* whatever happened */

/* How bright, 0..255, of a colour and of a colour over white. */
static inline uint8_t picture_grey(unsigned r, unsigned g, unsigned b)
{
	return (uint8_t)((r * 77 + g * 150 + b * 29 + 128) >> 8);
}

static inline uint8_t picture_over_white(unsigned grey, unsigned alpha)
{
	return (uint8_t)((grey * alpha + 255 * (255 - alpha) + 127) / 255);
}

#endif
