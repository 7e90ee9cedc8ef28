/*
 * Two arrays: the rows by key, and the past, which holds each changed row as
 * it was, in the order of the changes. Going back swaps from the end.
 */
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Keys. */

void rows_key_add(struct key *k, const void *bytes, size_t len)
{
	if (len > KEY_BYTES - k->len)
		len = KEY_BYTES - k->len;
	memcpy(k->bytes + k->len, bytes, len);
	k->len += len;
}

struct key rows_key(char table)
{
	return (struct key){ .len = 1, .bytes = { table } };
}

void rows_key_add_int(struct key *k, int64_t n)
{
	unsigned char bytes[8];

	for (int i = 7; i >= 0; i--, n >>= 8)
		bytes[i] = (unsigned char)n;
	rows_key_add(k, bytes, sizeof(bytes));
}

struct key rows_key_int(char table, int64_t n)
{
	struct key k = rows_key(table);

	rows_key_add_int(&k, n);
	return k;
}

struct key rows_key_text(char table, const char *text)
{
	struct key k = rows_key(table);

	rows_key_add(&k, text, strlen(text));
	return k;
}

static int key_compare(const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static bool key_starts(const struct key *k, const struct key *start)
{
	return k->len >= start->len && memcmp(k->bytes, start->bytes, start->len) == 0;
}

static void free_row(struct rows *r, struct row *row)
{
	r->free_value(row->key.bytes[0], row->value);
	free(row);
}

/* Rows. */

size_t rows_seek(const struct rows *r, const struct key *k)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_compare(&r->at[middle]->key, k) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct rows *r, size_t at, const struct key *k)
{
	return at < r->count && key_compare(&r->at[at]->key, k) == 0;
}

void *rows_get(const struct rows *r, const struct key *k)
{
	size_t at = rows_seek(r, k);

	return is_at(r, at, k) ? r->at[at]->value : NULL;
}

static void append(struct row ***array, size_t *count, size_t *cap, struct row *row)
{
	if (*count == *cap) {
		*cap = *cap ? 2 * *cap : 64;
		*array = mem_grow(*array, *cap, sizeof(**array));
	}
	(*array)[(*count)++] = row;
}

static struct row *row_make(const struct key *k, void *value)
{
	struct row *row = mem_alloc(sizeof(*row));

	row->key = *k;
	row->value = value;
	return row;
}

static void add(struct rows *r, size_t at, const struct key *k, void *value)
{
	struct row *row = row_make(k, value);

	append(&r->at, &r->count, &r->cap, row);
	memmove(r->at + at + 1, r->at + at, (r->count - 1 - at) * sizeof(*r->at));
	r->at[at] = row;
}

/* Put or, with NULL, remove; returns the value that was there. */
static void *exchange(struct rows *r, const struct key *k, void *value)
{
	size_t at = rows_seek(r, k);
	void *old = NULL;

	if (is_at(r, at, k)) {
		old = r->at[at]->value;
		r->at[at]->value = value;
		if (value)
			return old;
		free(r->at[at]);
		r->count--;
		memmove(r->at + at, r->at + at + 1, (r->count - at) * sizeof(*r->at));
		return old;
	}
	if (!value)
		return NULL;
	add(r, at, k, value);
	return NULL;
}

void rows_put(struct rows *r, const struct key *k, void *value)
{
	struct row *past = row_make(k, exchange(r, k, value));

	append(&r->past, &r->changes, &r->past_cap, past);
}

void rows_back(struct rows *r, size_t mark)
{
	while (r->changes > mark) {
		struct row *past = r->past[--r->changes];

		past->value = exchange(r, &past->key, past->value);
		free_row(r, past);
	}
}

void rows_keep(struct rows *r)
{
	while (r->changes > 0)
		free_row(r, r->past[--r->changes]);
}

struct row *rows_at(const struct rows *r, size_t at, const struct key *start)
{
	return at < r->count && key_starts(&r->at[at]->key, start) ? r->at[at] : NULL;
}

void rows_finish(struct rows *r)
{
	rows_back(r, 0);
	while (r->count > 0)
		free_row(r, r->at[--r->count]);
	free(r->at);
	free(r->past);
}
