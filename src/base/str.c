/*
 * Slices never own and never terminate, so everything here is a comparison, a
 * narrower slice or a number. An empty slice may have a NULL pointer, which
 * the memory functions of C do not accept: hence the checks of len.
 */
#include "base/str.h"

#include <string.h>

#define DISTANCE_MAX 64 /* longer words are never what a person meant */

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_of(const char *text)
{
	return text ? (struct str){ text, strlen(text) } : STR_NONE;
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool str_is(struct str a, const char *text)
{
	return str_eq(a, str_of(text));
}

bool str_is_nocase(struct str a, const char *text)
{
	return str_eq_nocase(a, str_of(text));
}

bool str_starts(struct str s, const char *prefix)
{
	struct str p = str_of(prefix);
	return s.len >= p.len && str_eq(str_head(s, p.len), p);
}

bool str_ends(struct str s, const char *suffix)
{
	struct str p = str_of(suffix);
	return s.len >= p.len && str_eq(str_from(s, s.len - p.len), p);
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct str str_from(struct str s, size_t offset)
{
	if (offset > s.len)
		offset = s.len;
	return offset ? (struct str){ s.ptr + offset, s.len - offset } : s;
}

struct str str_head(struct str s, size_t len)
{
	return (struct str){ s.ptr, len < s.len ? len : s.len };
}

struct str str_cut(struct str s, char sep, struct str *rest)
{
	const char *at = s.len ? memchr(s.ptr, sep, s.len) : NULL;
	if (!at) {
		*rest = STR_NONE;
		return s;
	}
	size_t len = (size_t)(at - s.ptr);
	*rest = str_from(s, len + 1);
	return str_head(s, len);
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t n = 0;
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(s.ptr[i] - '0'), &n))
			return false;
	}
	*out = n;
	return true;
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool minus = str_starts(s, "-");
	uint64_t n;
	if (!str_to_u64(str_from(s, minus), &n) || n > (uint64_t)INT64_MAX + minus)
		return false;
	*out = minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool str_copy(char *to, size_t size, struct str s)
{
	if (!size)
		return false;
	struct str fits = str_head(s, size - 1);
	if (fits.len)
		memcpy(to, fits.ptr, fits.len);
	to[fits.len] = '\0';
	return fits.len == s.len;
}

bool str_eq_secret(struct str a, struct str b)
{
	volatile unsigned char differ = a.len != b.len;
	for (size_t i = 0; i < a.len && i < b.len; i++)
		differ |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return !differ;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;
	return least < c ? least : c;
}

/* Levenshtein's distance, one row at a time: row[j] is the distance of the
 * first i characters of a and the first j of b. */
unsigned str_distance(struct str a, struct str b, unsigned limit)
{
	unsigned row[DISTANCE_MAX + 1];
	if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
		return limit;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned above = row[j];
			unsigned change = a.ptr[i - 1] != b.ptr[j - 1];
			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + change);
			diagonal = above;
		}
	}
	return row[b.len] < limit ? row[b.len] : limit;
}
