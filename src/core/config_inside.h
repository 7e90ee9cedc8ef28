/*
 * Between the files of the configuration: what was written (config_read.c),
 * what it means (config_table.c) and whether that makes sense (config_check.c).
 */
#ifndef CORE_CONFIG_INSIDE_H
#define CORE_CONFIG_INSIDE_H

#include "core/config.h"

#define ADDED_NAME "added.conf"
#define CONFIG_FILE_MAX (1 << 20) /* bytes of one file */

/* One value as written; a list has one per item. NULL: an empty list. */
struct raw_value {
	char *option, *text;
	int line;
	bool first; /* of its assignment */
};

/* One block as written, known or not. */
struct raw_block {
	char *block, *title; /* title NULL: none */
	const char *file;
	int line; /* of its opening brace */
	struct raw_value *values;
	size_t count;
};

struct raw {
	struct raw_block *blocks;
	size_t count;
	struct texts files; /* every file read, in order; blocks point to these names */
};

/* Reading never stops at a mistake except at broken syntax, and then only in
 * that file. A file is read once; includes are followed to a fixed depth. */
void config_read(struct raw *raw, const char *path, struct mistakes *mistakes);
void config_read_text(struct raw *raw, const char *path, struct str text,
    struct mistakes *mistakes);
/* Blank the comments in place. NULL, or what is wrong and on which line. */
const char *config_scan(char *text, int *line);
/* The text that reads as these blocks, if their names are those of option.def. */
bool raw_write(const struct raw *raw, struct buf *out);
void raw_finish(struct raw *raw);
void raw_block_finish(struct raw_block *b);
void raw_add(struct raw_block *b, const char *option, struct str text, int line);

void texts_add(struct texts *t, struct str item);
/* "a, b" -> a and b; blanks around items and empty items are dropped. */
void texts_split(struct texts *t, const char *commas);
void texts_finish(struct texts *t);

void mistakes_init(struct mistakes *m);
/* `file` NULL: built in; `line` 0: the file as a whole; `option` may be NULL. */
void mistakes_add(struct mistakes *m, const char *file, int line, const char *option,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* BLOCKS if there is none of that name. */
enum block block_find(struct str name);
bool block_titled(enum block block);
/* NULL if the block has no such option. */
const struct option *option_find(enum block block, struct str name);
/* " (did you mean 'x'?)" or "" */
void option_nearest(enum block block, struct str name, char out[static 96]);
void block_nearest(struct str name, char out[static 96]);

/* The blocks of one kind inside a configuration. */
const void *block_at(const struct config *c, enum block block, size_t i); /* NULL past the end */
/* A new block with the defaults of option.def; copies `name`. */
void *block_append(struct config *c, enum block block, const char *name);
struct block_head block_head_of(const void *block);
void block_set_head(void *block, const struct block_head *head);
void blocks_finish(struct config *c);

/* Set an option from what was written: `values` all belong to it. E_FIELD with
 * a sentence; the field keeps its default then, but counts as given. */
enum err option_set(const struct option *option, void *block, const struct raw_value *values,
    size_t count, struct why *why);

/* One text of an option against its rule, if it has one. */
enum err config_check_text(const struct option *option, const char *text,
    const struct config_checks *checks, struct why *why);
/* The title as it is compared and kept: origins are canonical. */
enum err config_check_title(enum block block, const char *title, char out[static 320],
    struct why *why);
/* What no single value can tell. */
void config_check_whole(const struct config *c, const struct config_checks *checks,
    struct mistakes *mistakes);

/* What the .env file says wins over the blocks (config_env.c). */
void config_take_env(struct config *c);

/* STATE/added.conf and its text; NULL and nothing without a state directory or
 * as long as it has not been written. */
char *config_added_path(const char *state_dir);
enum err config_added_read(const char *path, struct buf *text, struct why *why);

/* Load with `added` as the text of STATE/added.conf. NULL if that added mistakes. */
struct config *config_load_with(const char *path, const char *added_path, struct str added,
    const struct config_checks *checks, struct mistakes *mistakes);

#endif
