/*
 * Rows in memory, sorted by key, with a memory of what they were: the memory
 * store's tables, all in one array.
 *
 * A key is a table's letter and then what sorts its rows; numbers are written
 * with the high byte first. Values belong to the rows.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 512

struct key {
	size_t len;
	char bytes[KEY_BYTES];
};

struct row {
	struct key key;
	void *value;
};

typedef void rows_free_fn(char table, void *value); /* NULL is allowed */

struct rows {
	rows_free_fn *free_value;
	struct row **at;
	size_t count, cap;
	struct row **past;
	size_t changes, past_cap; /* since rows_keep */
};

void rows_finish(struct rows *r);

struct key rows_key(char table);
struct key rows_key_int(char table, int64_t n);
struct key rows_key_text(char table, const char *text);
void rows_key_add(struct key *k, const void *bytes, size_t len); /* cut at KEY_BYTES */
void rows_key_add_int(struct key *k, int64_t n);

void *rows_get(const struct rows *r, const struct key *k); /* NULL if absent */
/* Takes the value; NULL removes the row. */
void rows_put(struct rows *r, const struct key *k, void *value);

/* Where the first row is whose key is not below `k`. */
size_t rows_seek(const struct rows *r, const struct key *k);
/* The row there, if its key starts so; else NULL. */
struct row *rows_at(const struct rows *r, size_t at, const struct key *start);

void rows_back(struct rows *r, size_t changes); /* to when there were so many */
void rows_keep(struct rows *r);                 /* no way back from here */

#endif
