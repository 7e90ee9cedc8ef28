/*
 * Between the files of the JSON receipt's reader. docs/receipts.md is the
 * format; every mistake is told with its place ("blocks[3].columns[1].width")
 * and what was expected there.
 */
#ifndef RENDER_RECEIPT_JSON_H
#define RENDER_RECEIPT_JSON_H

#include "base/json.h"
#include "render/receipt/receipt.h"

#define JSON_RUNS_MAX 2048 /* pieces of text of one block */

/* Where in the document a value is: a chain up to its root. */
struct path {
	const struct path *up;
	const char *name;    /* of a member; NULL: element `index` */
	size_t index;
};

struct json_receipt {
	const struct task *task;
	struct receipt *receipt;
	bool checking;       /* first everything is read, then it is put out */
	bool rtl;            /* columns run from right to left */
	struct run runs[JSON_RUNS_MAX];
	size_t run_count;
};

/* What a block or column says of its text. */
struct json_style {
	struct run run;      /* text not used */
	enum align align;
	bool natural;
	bool small;
	enum receipt_wrap wrap;
};

struct json_style json_style_initial(const struct json_receipt *r);

/* All of these: E_DOCUMENT with the place and what was expected. */
enum err json_wrong(const struct path *at, struct why *why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* `words` is NULL-terminated; a value that is absent leaves *out as it is. */
enum err json_word(const struct json *v, const struct path *at, const char *const *words,
    int *out, struct why *why);
enum err json_whole(const struct json *v, const struct path *at, int64_t least, int64_t most,
    unsigned *out, struct why *why);
enum err json_flag(const struct json *v, const struct path *at, bool *out, struct why *why);
/* Only members that `known` lists. */
enum err json_members(const struct json *v, const struct path *at, const char *const *known,
    struct why *why);
/* Members align, font, wrap, bold, ... of `v` change `s`. */
enum err json_style_read(const struct json *v, const struct path *at, struct json_style *s,
    struct why *why);
/* A string, or an array of strings and {text, bold, ...}: runs into r->runs. */
enum err json_runs(struct json_receipt *r, const struct json *v, const struct path *at,
    const struct json_style *s, struct receipt_cell *cell, struct why *why);

/* --- json_columns.c */
enum err json_columns(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why);
enum err json_table(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why);

/* --- json_mark.c */
enum err json_barcode(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why);
enum err json_qr(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why);
enum err json_image(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why);

#endif
