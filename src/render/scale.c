/*
 * In each direction an input pixel is as long as there are output pixels, and
 * the other way round: then every overlap is a whole number. A row is summed up
 * across first, and then added to as many output rows as it touches.
 */
#include "render/scale.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct scale {
	uint32_t width, height, out_width, out_height;
	struct scale_sink sink;
	bool same;
	uint32_t filled;  /* of the output row, in its length `height` */
	uint32_t *across; /* the row, summed up across: at most 255 * width each */
	uint64_t *sum;
	uint8_t *out;
};

struct scale *scale_create(uint32_t width, uint32_t height, uint32_t out_width,
    uint32_t out_height, const struct scale_sink *sink)
{
	struct scale *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	*s = (struct scale){
		.width = width, .height = height, .out_width = out_width,
		.out_height = out_height, .sink = *sink,
		.same = width == out_width && height == out_height,
	};
	if (s->same)
		return s;
	s->across = calloc(out_width, sizeof(*s->across));
	s->sum = calloc(out_width, sizeof(*s->sum));
	s->out = malloc(out_width);
	if (s->across && s->sum && s->out)
		return s;
	scale_destroy(s);
	return NULL;
}

void scale_destroy(struct scale *s)
{
	if (!s)
		return;
	free(s->across);
	free(s->sum);
	free(s->out);
	free(s);
}

static void sum_across(struct scale *s, const uint8_t *grey)
{
	uint32_t in_left = s->out_width, pixel = *grey;
	for (uint32_t x = 0; x < s->out_width; x++) {
		uint32_t need = s->width, sum = 0;
		while (need > in_left) {
			sum += pixel * in_left;
			need -= in_left;
			pixel = *++grey;
			in_left = s->out_width;
		}
		s->across[x] = sum + pixel * need;
		in_left -= need;
		if (in_left == 0 && x + 1 < s->out_width) {
			pixel = *++grey;
			in_left = s->out_width;
		}
	}
}

static enum err give_row(struct scale *s, struct why *why)
{
	const double area = 1.0 / ((double)s->width * s->height);
	for (uint32_t x = 0; x < s->out_width; x++) {
		s->out[x] = (uint8_t)((double)s->sum[x] * area + 0.5);
		s->sum[x] = 0;
	}
	s->filled = 0;
	return s->sink.row(s->out, s->sink.arg, why);
}

enum err scale_row(struct scale *s, const uint8_t *grey, struct why *why)
{
	enum err err = E_OK;
	if (s->same)
		return s->sink.row(grey, s->sink.arg, why);
	sum_across(s, grey);
	for (uint32_t left = s->out_height; left > 0 && !err;) {
		uint32_t room = s->height - s->filled;
		uint32_t part = left < room ? left : room;
		for (uint32_t x = 0; x < s->out_width; x++)
			s->sum[x] += (uint64_t)s->across[x] * part;
		s->filled += part;
		left -= part;
		if (s->filled == s->height)
			err = give_row(s, why);
	}
	return err;
}
