/*
 * Every append goes through buf_space(), the one place that grows memory and
 * knows the ceiling. Room doubles, so n appends cost O(n).
 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_finish(struct buf *b)
{
	free(b->ptr);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

/* Not past the ceiling, except for the NUL that buf_cstr() hides behind it. */
static bool reserve(struct buf *b, size_t need)
{
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > b->max)
		cap = need > b->max ? need : b->max;
	uint8_t *ptr = realloc(b->ptr, cap);
	if (!ptr)
		return false;
	b->ptr = ptr;
	b->cap = cap;
	return true;
}

uint8_t *buf_space(struct buf *b, size_t len)
{
	/* one byte at least, so that room for nothing is not a NULL */
	if (len > b->max - b->len || !reserve(b, b->len + (len ? len : 1))) {
		b->failed = true;
		return NULL;
	}
	return b->ptr + b->len;
}

void buf_grown(struct buf *b, size_t len)
{
	assert(len <= b->cap - b->len);
	b->len += len;
}

bool buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!len)
		return true;
	uint8_t *to = buf_space(b, len);
	if (!to)
		return false;
	memcpy(to, bytes, len);
	b->len += len;
	return true;
}

bool buf_add_byte(struct buf *b, uint8_t byte)
{
	return buf_add(b, &byte, 1);
}

bool buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.ptr, s.len);
}

bool buf_puts(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	bool ok = buf_vprintf(b, fmt, args);
	va_end(args);
	return ok;
}

bool buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	/* vsnprintf ends with a NUL, which needs room but is not added */
	if (len < 0 || (size_t)len > b->max - b->len || !reserve(b, b->len + (size_t)len + 1)) {
		b->failed = true;
		return false;
	}
	vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, fmt, args);
	b->len += (size_t)len;
	return true;
}

void buf_drop(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len -= len;
	if (b->len && len)
		memmove(b->ptr, b->ptr + len, b->len);
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ (const char *)b->ptr, b->len };
}

const char *buf_cstr(struct buf *b)
{
	if (!reserve(b, b->len + 1))
		return NULL;
	b->ptr[b->len] = '\0';
	return (const char *)b->ptr;
}

uint8_t *buf_take(struct buf *b, size_t *len)
{
	uint8_t *ptr = b->ptr;
	*len = b->len;
	buf_init(b, b->max);
	return ptr;
}
