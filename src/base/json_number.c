/*
 * Numbers stay text until asked for. A whole number is read from its digits
 * and the place of its point, exactly: 1e3, 1000.0 and 10000e-1 are all 1000,
 * and nothing takes the way through a double.
 */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define EXPONENT_MAX 1000000000 /* beyond the digits of any text; keeps sums small */

struct decimal {
	bool minus;
	struct str whole, fraction; /* digits */
	int64_t exponent;
};

static struct decimal split(struct str text)
{
	struct decimal d = { .minus = str_starts(text, "-") };
	struct str rest = str_from(text, d.minus);
	size_t mantissa = 0;
	while (mantissa < rest.len && (rest.ptr[mantissa] | 0x20) != 'e')
		mantissa++;
	struct str exponent = str_from(rest, mantissa + 1);
	d.whole = str_cut(str_head(rest, mantissa), '.', &d.fraction);
	bool minus = str_starts(exponent, "-");
	uint64_t n = 0;
	exponent = str_from(exponent, minus || str_starts(exponent, "+"));
	if (exponent.len && (!str_to_u64(exponent, &n) || n > EXPONENT_MAX))
		n = EXPONENT_MAX;
	d.exponent = minus ? -(int64_t)n : (int64_t)n;
	return d;
}

static char digit_at(const struct decimal *d, size_t i)
{
	return i < d->whole.len ? d->whole.ptr[i] : d->fraction.ptr[i - d->whole.len];
}

/* All digits before the point into one number, zeros after it. */
static bool whole_number(const struct decimal *d, uint64_t *out)
{
	size_t digits = d->whole.len + d->fraction.len;
	int64_t point = (int64_t)d->whole.len + d->exponent;
	uint64_t n = 0;
	for (size_t i = 0; i < digits; i++) {
		unsigned digit = (unsigned)(digit_at(d, i) - '0');
		if ((int64_t)i >= point && digit)
			return false;
		if ((int64_t)i < point && (__builtin_mul_overflow(n, 10, &n) ||
					      __builtin_add_overflow(n, digit, &n)))
			return false;
	}
	for (int64_t i = (int64_t)digits; n && i < point; i++)
		if (__builtin_mul_overflow(n, 10, &n))
			return false;
	*out = n;
	return true;
}

bool json_int(const struct json *v, int64_t *out)
{
	uint64_t n;
	if (!json_is(v, JSON_NUMBER))
		return false;
	struct decimal d = split(json_source(v));
	if (!whole_number(&d, &n) || n > (uint64_t)INT64_MAX + d.minus)
		return false;
	*out = d.minus ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool json_double(const struct json *v, double *out)
{
	if (!json_is(v, JSON_NUMBER))
		return false;
	char small[64], *text = small; /* strtod() wants an end */
	struct str source = json_source(v);
	if (!str_copy(small, sizeof(small), source))
		text = mem_strndup(source.ptr, source.len);
	double n = strtod(text, NULL);
	if (text != small)
		free(text);
	if (!isfinite(n))
		return false;
	*out = n;
	return true;
}
