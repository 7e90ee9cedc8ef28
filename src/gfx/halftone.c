/*
 * The ordered methods and the plain threshold are one comparison of a row of grey
 * with a row of thresholds, packed eight dots at a time: the compiler makes vectors
 * of it. Error diffusion is one pass per row with what it owes to the rows below.
 *
 * The hybrid looks at tiles of 8 x 8 dots and takes for each the one or the other:
 * text and lines have a few pixels between two extremes, photographs have many. It
 * holds back two rows of tiles, so that each is judged with its neighbours.
 */
#include "gfx/halftone.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gfx/blue_noise.h"

#define TILE 8
#define PERIOD 64         /* of threshold rows */
#define WHITE 255
#define SCALE 16          /* errors are in sixteenths */
#define DEFAULT 128
/* The hybrid's numbers, found by looking at receipts and photographs on paper. */
#define TEXT_LOWEST 96    /* local thresholds stay within these */
#define TEXT_HIGHEST 215
#define FLAT_RANGE 40     /* less between darkest and lightest: one tone */
#define SOLID 24          /* darker everywhere: black */
#define INK 48            /* text beside a photograph is darker than this */
#define INK_LIGHTEST 168  /* text anywhere */
#define MIDDLE_MOST 26    /* pixels of 64 in the middle half of the range */

/* A row of tiles as it comes in. */
struct tiles {
	uint8_t *grey;            /* TILE rows, `padded` apart */
	uint32_t rows;
	uint8_t *low, *high;      /* extremes of each column's tile */
	uint8_t *tone;            /* per tile: has tones by itself; one spare at each end */
};

struct halftone {
	enum halftone_method method;
	uint32_t width, padded;   /* padded: to whole PERIODs */
	size_t stride;            /* of a finished row */
	uint8_t threshold;
	uint32_t y;               /* rows finished so far */

	int16_t *errors[3];       /* of this row and the next two; two spare at each end */
	uint8_t *bits;            /* of the row that is diffused, a byte each */
	struct tiles *now, *next; /* hybrid: the row of tiles to be judged, the one being fed */
	uint8_t *tone_above;      /* ... as judged, one spare at each end */
	uint8_t *limit, *middle;  /* ... per column */

	uint8_t *ready;
	size_t ready_rows, taken, cap;
};

static struct tiles *tiles_create(uint32_t padded)
{
	struct tiles *t = mem_alloc(sizeof(*t));
	t->grey = mem_array(padded, TILE);
	t->low = mem_array(padded, 2);
	t->high = t->low + padded;
	t->tone = mem_array(padded / TILE + 2, 1);
	return t;
}

static void tiles_destroy(struct tiles *t)
{
	if (!t)
		return;
	free(t->grey);
	free(t->low);
	free(t->tone);
	free(t);
}

struct halftone *halftone_create(enum halftone_method method, uint32_t width, uint8_t threshold)
{
	struct halftone *h = mem_alloc(sizeof(*h));
	h->method = method;
	h->width = width;
	h->padded = (width + PERIOD - 1) / PERIOD * PERIOD;
	h->stride = (width + 7) / 8;
	h->threshold = threshold;
	h->bits = mem_array(h->padded + 1, 1);
	for (size_t i = 0; i < COUNT_OF(h->errors); i++)
		h->errors[i] = mem_array(h->padded + 4, sizeof(int16_t));
	if (method == HT_HYBRID) {
		h->now = tiles_create(h->padded);
		h->next = tiles_create(h->padded);
		h->tone_above = mem_array(h->padded / TILE + 2, 1);
		h->limit = mem_array(h->padded, 2);
		h->middle = h->limit + h->padded;
	}
	return h;
}

void halftone_destroy(struct halftone *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < COUNT_OF(h->errors); i++)
		free(h->errors[i]);
	tiles_destroy(h->now);
	tiles_destroy(h->next);
	free(h->tone_above);
	free(h->limit);
	free(h->bits);
	free(h->ready);
	free(h);
}

/* Room for one finished row. */
static uint8_t *finished(struct halftone *h)
{
	if (h->taken == h->ready_rows)
		h->taken = h->ready_rows = 0;
	if (h->ready_rows == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 64;
		h->ready = mem_grow(h->ready, h->cap, h->stride + 1);
	}
	h->y++;
	return h->ready + h->ready_rows++ * h->stride;
}

/* Eight comparisons, each 0 or 1, to one byte: the first in the highest bit. */
static uint8_t gather(const uint8_t bits[8])
{
	uint64_t eight = 0;
	for (unsigned i = 0; i < 8; i++)
		eight |= (uint64_t)bits[i] << (8 * i);
	return (uint8_t)((eight * 0x8040201008040201u) >> 56);
}

static void pack_period(const uint8_t *grey, const uint8_t *limit, uint8_t out[PERIOD / 8])
{
	uint8_t bits[PERIOD];
	for (unsigned i = 0; i < PERIOD; i++)
		bits[i] = grey[i] < limit[i];
	for (unsigned i = 0; i < PERIOD / 8; i++)
		out[i] = gather(bits + 8 * i);
}

/* `limits` repeats after `period` columns, or is as long as the row (period 0). */
static void pack(const uint8_t *grey, uint32_t width, const uint8_t *limits, uint32_t step,
    uint8_t *out)
{
	uint8_t rest[PERIOD], packed[PERIOD / 8];
	uint32_t x = 0;
	for (; x + PERIOD <= width; x += PERIOD, limits += step)
		pack_period(grey + x, limits, out + x / 8);
	if (x == width)
		return;
	memset(rest, WHITE, sizeof(rest));
	memcpy(rest, grey + x, width - x);
	pack_period(rest, limits, packed);
	memcpy(out + x / 8, packed, (width - x + 7) / 8);
}

/* Thresholds of row `y`; a threshold of the caller's shifts them all. */
static void limits_of(const struct halftone *h, uint8_t limits[PERIOD])
{
	static const uint8_t bayer[8][8] = {
		{ 0, 32, 8, 40, 2, 34, 10, 42 }, { 48, 16, 56, 24, 50, 18, 58, 26 },
		{ 12, 44, 4, 36, 14, 46, 6, 38 }, { 60, 28, 52, 20, 62, 30, 54, 22 },
		{ 3, 35, 11, 43, 1, 33, 9, 41 }, { 51, 19, 59, 27, 49, 17, 57, 25 },
		{ 15, 47, 7, 39, 13, 45, 5, 37 }, { 63, 31, 55, 23, 61, 29, 53, 21 },
	};
	int shift = h->threshold ? h->threshold - DEFAULT : 0;
	for (unsigned x = 0; x < PERIOD; x++) {
		int limit = h->method == HT_ORDERED ? bayer[h->y % 8][x % 8] * 4 + 2 :
		    h->method == HT_BLUE_NOISE ? blue_noise[h->y % 64][x] : DEFAULT;
		limit += shift;
		limits[x] = (uint8_t)(limit < 1 ? 1 : limit > WHITE ? WHITE : limit);
	}
}

static void ordered_row(struct halftone *h, const uint8_t *grey)
{
	uint8_t limits[PERIOD];
	limits_of(h, limits);
	pack(grey, h->width, limits, 0, finished(h));
}

/* The row that was next is this one; the one after the next begins empty. */
static void turn_errors(struct halftone *h)
{
	int16_t *done = h->errors[0];
	h->errors[0] = h->errors[1];
	h->errors[1] = h->errors[2];
	h->errors[2] = done;
	memset(done, 0, (h->padded + 4) * sizeof(*done));
}

struct span {
	uint32_t from, to;
	bool backwards;
};

/*
 * Floyd and Steinberg: 7 to the next pixel, 3, 5 and 1 to those below. What falls
 * below is kept in registers until its pixel has all three shares; both outcomes
 * are computed while it is still being decided, for the next pixel waits for it.
 */
static void diffuse_bits(const struct halftone *h, const uint8_t *grey, struct span s)
{
	const int limit = (h->threshold ? h->threshold : DEFAULT) * SCALE;
	const int16_t *now = h->errors[0] + 2;
	int16_t *next = h->errors[1] + 2;
	uint8_t *bits = h->bits;
	int step = s.backwards ? -1 : 1, ahead = 0, behind_below = 0, below = 0;
	int64_t x = s.backwards ? (int64_t)s.to - 1 : s.from;
	for (uint32_t n = s.to - s.from; n; n--, x += step) {
		int value = grey[x] * SCALE + now[x] + ahead;
		int if_black = value * 7 >> 4, if_white = (value - WHITE * SCALE) * 7 >> 4;
		bool black = value < limit;
		ahead = black ? if_black : if_white;
		int error = black ? value : value - WHITE * SCALE;
		bits[x] = black;
		next[x - step] = (int16_t)(behind_below + (error * 3 >> 4));
		behind_below = below + (error * 5 >> 4);
		below = error >> 4;
	}
	next[x - step] = (int16_t)behind_below;
}

static void diffuse(const struct halftone *h, const uint8_t *grey, struct span s, uint8_t *out)
{
	diffuse_bits(h, grey, s);
	memset(h->bits + s.to, 0, h->padded - s.to < TILE ? h->padded - s.to : TILE);
	for (uint32_t x = s.from; x < s.to; x += 8)
		out[x / 8] |= gather(h->bits + x);
}

static void diffusion_row(struct halftone *h, const uint8_t *grey)
{
	struct span all = { 0, h->width, h->y % 2 };
	uint8_t *out = finished(h);
	memset(out, 0, h->stride);
	diffuse(h, grey, all, out);
	turn_errors(h);
}

/* Atkinson: an eighth each to two pixels ahead, three below, one two rows below. */
static void atkinson_row(struct halftone *h, const uint8_t *grey)
{
	const int limit = (h->threshold ? h->threshold : DEFAULT) * SCALE;
	int16_t *now = h->errors[0] + 2, *next = h->errors[1] + 2, *last = h->errors[2] + 2;
	uint8_t *out = finished(h);
	int ahead = 0, far_ahead = 0;
	for (int64_t x = 0; x < h->width; x++) {
		int value = grey[x] * SCALE + now[x] + ahead;
		int black = value < limit;
		int16_t share = (int16_t)((value - (black ? 0 : WHITE * SCALE)) >> 3);
		h->bits[x] = (uint8_t)black;
		ahead = far_ahead + share;
		far_ahead = share;
		next[x - 1] = (int16_t)(next[x - 1] + share);
		next[x] = (int16_t)(next[x] + share);
		next[x + 1] = (int16_t)(next[x + 1] + share);
		last[x] = share;
	}
	for (size_t i = 0; i < h->stride; i++)
		out[i] = gather(h->bits + 8 * i);
	turn_errors(h);
}

/* The least or most of eight bytes, eight times. */
static uint64_t lanes_extreme(const uint8_t bytes[TILE], bool most)
{
	uint8_t found = bytes[0];
	for (unsigned i = 1; i < TILE; i++)
		found = (most ? bytes[i] > found : bytes[i] < found) ? bytes[i] : found;
	return found * 0x0101010101010101u;
}

static void extremes(const uint8_t *restrict row, uint8_t *restrict low,
    uint8_t *restrict high, uint32_t n)
{
	for (uint32_t x = 0; x < n; x++) {
		low[x] = row[x] < low[x] ? row[x] : low[x];
		high[x] = row[x] > high[x] ? row[x] : high[x];
	}
}

/* The extremes of each tile, spread over its columns. */
static void measure(struct tiles *t, uint32_t n)
{
	memcpy(t->low, t->grey, n);
	memcpy(t->high, t->grey, n);
	for (unsigned y = 1; y < TILE; y++)
		extremes(t->grey + y * n, t->low, t->high, n);
	for (uint32_t x = 0; x < n; x += TILE) {
		uint64_t low = lanes_extreme(t->low + x, false);
		uint64_t high = lanes_extreme(t->high + x, true);
		memcpy(t->low + x, &low, TILE);
		memcpy(t->high + x, &high, TILE);
	}
}

static void add_middle(const uint8_t *restrict row, const uint8_t *restrict low,
    const uint8_t *restrict high, uint8_t *restrict middle, uint32_t n)
{
	for (uint32_t x = 0; x < n; x++) {
		uint8_t range = (uint8_t)(high[x] - low[x]), quarter = range >> 2;
		uint8_t above = (uint8_t)(row[x] - low[x]);
		uint8_t inside = above > quarter && above < (uint8_t)(range - quarter);
		middle[x] = (uint8_t)(middle[x] + inside);
	}
}

/* How many pixels of each column lie in the middle half of their tile's range. */
static void count_middle(const struct tiles *t, uint32_t n, uint8_t *middle)
{
	memset(middle, 0, n);
	for (unsigned y = 0; y < TILE; y++)
		add_middle(t->grey + y * n, t->low, t->high, middle, n);
}

static bool is_plain(const struct tiles *t, uint32_t x)
{
	return t->low[x] > TEXT_HIGHEST || t->high[x] < SOLID;
}

static bool is_tone(const struct tiles *t, uint32_t x, const uint8_t *column)
{
	unsigned middle = 0;
	if (is_plain(t, x))
		return false;
	if (t->high[x] - t->low[x] < FLAT_RANGE || t->high[x] <= TEXT_HIGHEST ||
	    t->low[x] > INK_LIGHTEST)
		return true;
	for (unsigned i = 0; i < TILE; i++)
		middle += column[i];
	return middle > MIDDLE_MOST;
}

/* The edge of a photograph looks like text that is not quite black. */
static bool is_edge(const struct halftone *h, uint32_t tile)
{
	const uint8_t *tone = h->now->tone + tile, *above = h->tone_above + tile;
	unsigned sides = 0u + tone[0] + tone[2] + above[1] + h->next->tone[tile + 1];
	uint32_t x = tile * TILE;
	return !is_plain(h->now, x) && (sides > 2 || (sides && h->now->low[x] > INK));
}

static uint8_t local_limit(const struct halftone *h, uint32_t x)
{
	unsigned middle = (h->now->low[x] + h->now->high[x] + 1u) / 2;
	if (h->threshold)
		return h->threshold;
	return (uint8_t)(middle < TEXT_LOWEST ? TEXT_LOWEST : middle > TEXT_HIGHEST ?
	    TEXT_HIGHEST : middle);
}

static void judge(struct halftone *h)
{
	uint32_t tiles = h->padded / TILE;
	for (uint32_t i = 0; i < tiles; i++)
		h->bits[i] = h->now->tone[i + 1] || is_edge(h, i);
	memcpy(h->tone_above + 1, h->bits, tiles);
	for (uint32_t i = 0; i < tiles; i++)
		memset(h->limit + i * TILE,
		    h->tone_above[i + 1] ? 0 : local_limit(h, i * TILE), TILE);
}

static void hybrid_row(struct halftone *h, const uint8_t *grey)
{
	uint32_t tiles = (h->width + TILE - 1) / TILE;
	const uint8_t *tone = h->tone_above + 1;
	uint8_t *out = finished(h);
	bool any = false;
	pack(grey, h->width, h->limit, PERIOD, out);
	for (uint32_t i = 0, end; i < tiles; i = end + 1) {
		for (end = i; end < tiles && tone[end]; end++)
			;
		if (end == i)
			continue;
		uint32_t to = end * TILE < h->width ? end * TILE : h->width;
		diffuse(h, grey, (struct span){ i * TILE, to, h->y % 2 == 0 }, out);
		any = true;
	}
	if (any)
		turn_errors(h);
	else
		memset(h->errors[0], 0, (h->padded + 4) * sizeof(int16_t));
}

/* A row of tiles is complete: the one before it can be judged. */
static void hybrid_tiles(struct halftone *h)
{
	struct tiles *t = h->next;
	measure(t, h->padded);
	count_middle(t, h->padded, h->middle);
	for (uint32_t x = 0; x < h->padded; x += TILE)
		t->tone[x / TILE + 1] = is_tone(t, x, h->middle + x);
	if (h->now->rows)
		judge(h);
	for (uint32_t y = 0; y < h->now->rows; y++)
		hybrid_row(h, h->now->grey + y * h->padded);
	h->next = h->now;
	h->now = t;
	h->next->rows = 0;
}

static void hybrid_feed(struct halftone *h, const uint8_t *grey)
{
	uint8_t *to = h->next->grey + h->next->rows * h->padded;
	memcpy(to, grey, h->width);
	memset(to + h->width, WHITE, h->padded - h->width);
	if (++h->next->rows == TILE)
		hybrid_tiles(h);
}

void halftone_feed(struct halftone *h, const uint8_t *grey, size_t stride, uint32_t count)
{
	static void (*const feeds[])(struct halftone *h, const uint8_t *grey) = {
		[HT_THRESHOLD] = ordered_row,
		[HT_DIFFUSION] = diffusion_row,
		[HT_ATKINSON] = atkinson_row,
		[HT_ORDERED] = ordered_row,
		[HT_BLUE_NOISE] = ordered_row,
		[HT_HYBRID] = hybrid_feed,
	};
	for (uint32_t i = 0; i < count && h->width; i++)
		feeds[h->method](h, grey + i * stride);
}

/* The rows that the last tiles lack look like their last one; below them is paper. */
void halftone_end(struct halftone *h)
{
	struct tiles *t = h->next;
	if (h->method != HT_HYBRID)
		return;
	if (t->rows) {
		uint8_t *end = t->grey + t->rows * h->padded;
		for (uint32_t y = t->rows; y < TILE; y++, end += h->padded)
			memcpy(end, end - h->padded, h->padded);
		hybrid_tiles(h);
	}
	memset(h->next->grey, WHITE, (size_t)h->padded * TILE);
	hybrid_tiles(h);
	h->now->rows = 0;
}

uint32_t halftone_take(struct halftone *h, uint8_t *out, size_t stride, uint32_t count)
{
	uint32_t n = 0;
	for (; n < count && h->taken < h->ready_rows; n++, h->taken++)
		memcpy(out + n * stride, h->ready + h->taken * h->stride, h->stride);
	return n;
}
