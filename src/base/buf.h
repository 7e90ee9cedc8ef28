/*
 * A growing byte buffer with a ceiling.
 *
 * Everything a client or a device can make us collect lives in one of these.
 * An append past the ceiling (or out of memory) changes nothing, returns false
 * and marks the buffer `failed`, so a long row of appends needs one check at
 * the end. Not thread-safe; owned by whoever embeds it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
	size_t max;  /* ceiling of len, in bytes */
	bool failed; /* an append was refused */
};

void buf_init(struct buf *b, size_t max);
void buf_finish(struct buf *b); /* frees; the buffer may be used again */
void buf_clear(struct buf *b);  /* len = 0, failed = false, memory kept */

bool buf_add(struct buf *b, const void *bytes, size_t len);
bool buf_add_byte(struct buf *b, uint8_t byte);
bool buf_add_str(struct buf *b, struct str s);
bool buf_puts(struct buf *b, const char *text);
bool buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *b, const char *fmt, va_list args);

/* Room for `len` more bytes at ptr + len; NULL if refused. buf_grown() then
 * says how many of them were filled. */
uint8_t *buf_space(struct buf *b, size_t len);
void buf_grown(struct buf *b, size_t len);

void buf_drop(struct buf *b, size_t len); /* forget the first `len` bytes */
struct str buf_str(const struct buf *b);  /* valid until the next change */

/* Terminate with a NUL that does not count in len; never NULL unless out of
 * memory. Valid until the next change. */
const char *buf_cstr(struct buf *b);

/* Give the bytes away (free() them); the buffer is empty afterwards. */
uint8_t *buf_take(struct buf *b, size_t *len);

#endif
