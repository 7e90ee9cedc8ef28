/*
 * Every read takes its bytes off the front, or nothing at all.
 */
#include "base/pack.h"

#include <string.h>

static void pack_number(struct buf *b, uint64_t value, size_t bytes)
{
	uint8_t out[8];
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * i);
	buf_add(b, out, bytes);
}

void pack_u8(struct buf *b, unsigned value)
{
	pack_number(b, value, 1);
}

void pack_u32(struct buf *b, uint32_t value)
{
	pack_number(b, value, 4);
}

void pack_i64(struct buf *b, int64_t value)
{
	pack_number(b, (uint64_t)value, 8);
}

void pack_str(struct buf *b, struct str s)
{
	pack_number(b, s.len, 4);
	buf_add_str(b, s);
}

struct str unpack_bytes(struct unpack *u, size_t len)
{
	if (u->bad || u->rest.len < len) {
		u->bad = true;
		return STR_NONE;
	}
	struct str taken = str_head(u->rest, len);
	u->rest = str_from(u->rest, len);
	return taken;
}

static uint64_t unpack_number(struct unpack *u, size_t bytes)
{
	struct str s = unpack_bytes(u, bytes);
	uint64_t value = 0;
	for (size_t i = 0; i < s.len; i++)
		value |= (uint64_t)(uint8_t)s.ptr[i] << 8 * i;
	return value;
}

static uint64_t within(struct unpack *u, uint64_t value, uint64_t low, uint64_t high)
{
	if (value < low || value > high)
		u->bad = true;
	return u->bad ? 0 : value;
}

unsigned unpack_u8(struct unpack *u, unsigned low, unsigned high)
{
	return (unsigned)within(u, unpack_number(u, 1), low, high);
}

uint32_t unpack_u32(struct unpack *u, uint32_t low, uint32_t high)
{
	return (uint32_t)within(u, unpack_number(u, 4), low, high);
}

int64_t unpack_i64(struct unpack *u)
{
	return (int64_t)unpack_number(u, 8);
}

struct str unpack_str(struct unpack *u, size_t max)
{
	return unpack_bytes(u, unpack_u32(u, 0, (uint32_t)max));
}

bool unpack_text(struct unpack *u, char *to, size_t size)
{
	struct str s = unpack_str(u, size - 1);
	if (s.len && memchr(s.ptr, 0, s.len))
		u->bad = true;
	str_copy(to, size, u->bad ? STR_NONE : s);
	return !u->bad;
}

bool unpack_done(const struct unpack *u)
{
	return !u->bad && u->rest.len == 0;
}
