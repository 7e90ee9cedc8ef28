/*
 * A table keeps its cells as text in one array; a row is as many as there are
 * heads. Widths are counted in code points.
 */
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/text.h"

#define GAP 2

struct table {
	const char *const *heads;
	size_t columns;
	char **cells;
	size_t count;
};

/* C0, DEL and C1, which terminals obey, and the marks that turn text around. */
static bool harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

char *out_safe(struct str text)
{
	char *safe = mem_alloc(3 * text.len + 1); /* one bad byte becomes U+FFFD: three */
	size_t at = 0, len = 0;

	while (at < text.len) {
		uint32_t code = utf8_next(text, &at);
		char bytes[4];
		size_t n = utf8_encode(harmful(code) ? '?' : code, bytes);

		memcpy(safe + len, bytes, n);
		len += n;
	}
	return safe;
}

void out_time(const struct json *iso, char out[static 32])
{
	int64_t wall;
	struct tm tm;
	time_t seconds;

	snprintf(out, 32, "-");
	if (!json_is(iso, JSON_STRING) || !date_parse(json_string(iso), &wall))
		return;
	seconds = (time_t)(wall / 1000);
	if (localtime_r(&seconds, &tm))
		strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

void out_duration(int64_t seconds, char out[static 32])
{
	if (seconds >= 86400)
		snprintf(out, 32, "%" PRId64 " d %" PRId64 " h", seconds / 86400,
		    seconds % 86400 / 3600);
	else if (seconds >= 3600)
		snprintf(out, 32, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
		    seconds % 3600 / 60);
	else if (seconds >= 60)
		snprintf(out, 32, "%" PRId64 " min", seconds / 60);
	else
		snprintf(out, 32, "%" PRId64 " s", seconds);
}

void out_line(const char *name, struct str text)
{
	char *safe = out_safe(text);

	if (text.len)
		printf("%-16s %s\n", name, safe);
	free(safe);
}

struct table *table_create(const char *const *heads)
{
	struct table *t = mem_alloc(sizeof *t);

	t->heads = heads;
	while (heads[t->columns])
		t->columns++;
	return t;
}

static void take(struct table *t, char *cell)
{
	t->cells = mem_grow(t->cells, t->count + 1, sizeof *t->cells);
	t->cells[t->count++] = cell;
}

void table_str(struct table *t, struct str text)
{
	take(t, out_safe(text));
}

void table_text(struct table *t, const char *text)
{
	table_str(t, str_of(text ? text : "-"));
}

void table_int(struct table *t, int64_t n)
{
	take(t, mem_printf("%" PRId64, n));
}

void table_time(struct table *t, const struct json *iso)
{
	char text[32];

	out_time(iso, text);
	table_text(t, text);
}

static void table_list(struct table *t, const struct json *list)
{
	struct buf all;

	buf_init(&all, 4096);
	for (const struct json *v = json_first(list); v; v = json_next(v)) {
		buf_puts(&all, all.len ? ", " : "");
		buf_add_str(&all, json_string(v));
	}
	table_text(t, all.len ? buf_cstr(&all) : NULL);
	buf_finish(&all);
}

void table_json(struct table *t, const struct json *value)
{
	switch (json_type(value)) {
	case JSON_NULL:
		table_text(t, NULL);
		return;
	case JSON_STRING:
		table_str(t, json_string(value));
		return;
	case JSON_BOOL:
		table_text(t, json_bool(value, false) ? "yes" : "no");
		return;
	case JSON_ARRAY:
		table_list(t, value);
		return;
	default:
		table_str(t, json_source(value));
	}
}

static size_t width_of(const char *cell)
{
	size_t width = 0;

	for (; *cell; cell++)
		width += (*cell & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct table *t, size_t column)
{
	size_t width = width_of(t->heads[column]);

	for (size_t i = column; i < t->count; i += t->columns) {
		size_t w = width_of(t->cells[i]);

		width = w > width ? w : width;
	}
	return width;
}

/* Only what has something behind it is padded: no blanks at the ends of lines. */
static void print_row(const char *const *cells, const size_t *widths, size_t columns)
{
	size_t pad = 0;

	for (size_t i = 0; i < columns; i++) {
		if (cells[i][0]) {
			printf("%*s%s", (int)pad, "", cells[i]);
			pad = 0;
		}
		pad += widths[i] - width_of(cells[i]) + GAP;
	}
	puts("");
}

static void print_rows(const struct table *t)
{
	size_t *widths = mem_array(t->columns, sizeof *widths);
	bool heads = false;

	for (size_t i = 0; i < t->columns; i++) {
		widths[i] = column_width(t, i);
		heads |= t->heads[i][0] != '\0';
	}
	if (heads)
		print_row(t->heads, widths, t->columns);
	for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
		print_row((const char *const *)t->cells + i, widths, t->columns);
	free(widths);
}

void table_print(struct table *t)
{
	if (t->count)
		print_rows(t);
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}
