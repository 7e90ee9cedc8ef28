/*
 * Days are counted with the proleptic Gregorian calendar by arithmetic, so
 * nothing depends on the C library's range of years; only a time without a
 * zone asks the system for local time.
 */
#include "base/date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct fields {
	int year, month, day;
	int hour, minute, second, millis;
};

/* Days from 1970-01-01; the year begins in March, so that a leap day is its last. */
static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t wall_of(const struct fields *f)
{
	int64_t seconds = days_of(f->year, f->month, f->day) * 86400 + f->hour * 3600 +
	    f->minute * 60 + f->second;
	return seconds * 1000 + f->millis;
}

void date_format(int64_t wall_ms, char out[static 32])
{
	int64_t seconds = wall_ms / 1000;
	int millis = (int)(wall_ms % 1000);
	if (millis < 0) {
		millis += 1000;
		seconds--;
	}
	time_t when = (time_t)seconds;
	struct tm tm;
	if (!gmtime_r(&when, &tm)) /* a year beyond int; nobody has such a clock */
		tm = (struct tm){ .tm_year = -1900 };
	char text[80]; /* more than 24 only for years that have more than four digits */
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, millis);
	str_copy(out, 32, str_of(text));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool skip(struct str *s, const char *text)
{
	if (!str_starts(*s, text))
		return false;
	*s = str_from(*s, strlen(text));
	return true;
}

/* A number of `least` to `most` digits off the front. */
static bool digits(struct str *s, size_t least, size_t most, int *out)
{
	size_t len = 0;
	*out = 0;
	while (len < s->len && len < most && is_digit(s->ptr[len]))
		*out = *out * 10 + (s->ptr[len++] - '0');
	*s = str_from(*s, len);
	return len >= least;
}

static bool in_range(const struct fields *f)
{
	static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = f->year % 4 == 0 && (f->year % 100 != 0 || f->year % 400 == 0);
	return f->month >= 1 && f->month <= 12 && f->day >= 1 && f->day <= lengths[f->month - 1] &&
	    (f->month != 2 || f->day < 29 || leap) && f->hour <= 23 && f->minute <= 59 &&
	    f->second <= 59;
}

/* hh:mm[:ss] */
static bool parse_clock(struct str *s, struct fields *f)
{
	return digits(s, 2, 2, &f->hour) && skip(s, ":") && digits(s, 2, 2, &f->minute) &&
	    (!skip(s, ":") || digits(s, 2, 2, &f->second));
}

/* After the seconds: any number of digits, of which three count. */
static bool parse_fraction(struct str *s, struct fields *f)
{
	size_t len = 0;
	if (!skip(s, "."))
		return true;
	int scale = 100;
	for (; len < s->len && is_digit(s->ptr[len]); len++, scale /= 10)
		f->millis += (s->ptr[len] - '0') * scale;
	*s = str_from(*s, len);
	return len > 0;
}

/* +hh:mm, or +hhmm where `colon` is empty; to the end. */
static bool parse_offset(struct str s, const char *colon, int *minutes)
{
	int hour, minute, sign = str_starts(s, "-") ? -1 : 1;
	if (!skip(&s, "-") && !skip(&s, "+"))
		return false;
	if (!digits(&s, 2, 2, &hour) || !skip(&s, colon) || !digits(&s, 2, 2, &minute) || s.len)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return hour <= 23 && minute <= 59;
}

static bool local_wall(const struct fields *f, int64_t *wall_ms)
{
	struct tm tm = {
		.tm_year = f->year - 1900,
		.tm_mon = f->month - 1,
		.tm_mday = f->day,
		.tm_hour = f->hour,
		.tm_min = f->minute,
		.tm_sec = f->second,
		.tm_isdst = -1,
		.tm_wday = -1, /* set on success, where -1 may be a time */
	};
	time_t when = mktime(&tm);
	if (when == -1 && tm.tm_wday == -1)
		return false;
	*wall_ms = (int64_t)when * 1000 + f->millis;
	return true;
}

/* T, then hh:mm, hh:mm:ss or hh:mm:ss.fraction */
static bool parse_iso_time(struct str *s, struct fields *f)
{
	size_t before = s->len;
	if (!(skip(s, "T") || skip(s, "t")) || !parse_clock(s, f))
		return false;
	bool seconds = before - s->len == strlen("T18:30:00");
	return seconds ? parse_fraction(s, f) : !str_starts(*s, ".");
}

static bool parse_iso(struct str s, int64_t *wall_ms)
{
	struct fields f = { 0 };
	int offset = 0;
	bool ok = digits(&s, 4, 4, &f.year) && skip(&s, "-") && digits(&s, 2, 2, &f.month) &&
	    skip(&s, "-") && digits(&s, 2, 2, &f.day);
	bool bare = !s.len;
	if (!ok || (!bare && !parse_iso_time(&s, &f)) || !in_range(&f))
		return false;
	if (!bare && !s.len)
		return local_wall(&f, wall_ms);
	if (!bare && !str_is_nocase(s, "Z") && !parse_offset(s, ":", &offset))
		return false;
	*wall_ms = wall_of(&f) - offset * 60000;
	return true;
}

/* The place of a three-letter name in a row of them, from 0; -1 if not there. */
static int name_index(struct str *s, const char *names)
{
	struct str name = str_head(*s, 3);
	for (int i = 0; names[3 * i]; i++) {
		if (str_eq_nocase(name, (struct str){ names + 3 * i, 3 })) {
			*s = str_from(*s, 3);
			return i;
		}
	}
	return -1;
}

static bool skip_blanks(struct str *s)
{
	size_t before = s->len;
	while (s->len && (*s->ptr == ' ' || *s->ptr == '\t'))
		*s = str_from(*s, 1);
	return s->len < before;
}

/* RFC 5322 section 4.3 */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "GMT", 0 }, { "UT", 0 }, { "UTC", 0 }, { "Z", 0 },
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
	{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
};

static bool parse_zone(struct str s, int *minutes)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (str_is_nocase(s, zones[i].name)) {
			*minutes = zones[i].minutes;
			return true;
		}
	}
	return parse_offset(s, "", minutes);
}

/* [Fri,] 20 Nov 2026 18:30[:00] +0100 */
static bool parse_mail(struct str s, int64_t *wall_ms)
{
	struct fields f = { 0 };
	int offset, weekday = name_index(&s, "SunMonTueWedThuFriSat");
	if (weekday >= 0 && !skip(&s, ","))
		return false;
	skip_blanks(&s);
	bool ok = digits(&s, 1, 2, &f.day) && skip_blanks(&s) &&
	    (f.month = 1 + name_index(&s, "JanFebMarAprMayJunJulAugSepOctNovDec")) &&
	    skip_blanks(&s) && digits(&s, 4, 4, &f.year) && skip_blanks(&s) &&
	    parse_clock(&s, &f) && skip_blanks(&s) && parse_zone(s, &offset);
	if (!ok || !in_range(&f))
		return false;
	int64_t days = days_of(f.year, f.month, f.day);
	if (weekday >= 0 && ((days + 4) % 7 + 7) % 7 != weekday) /* 1970 began on a Thursday */
		return false;
	*wall_ms = wall_of(&f) - offset * 60000;
	return true;
}

bool date_parse(struct str text, int64_t *wall_ms)
{
	text = str_trim(text);
	return str_to_i64(text, wall_ms) || parse_iso(text, wall_ms) || parse_mail(text, wall_ms);
}
