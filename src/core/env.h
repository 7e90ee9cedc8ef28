/*
 * The .env file of a pispas install: KEY=VALUE lines that its programs read.
 *
 * A line is KEY=VALUE, perhaps after `export `; blank lines and lines that
 * begin with # are comments, as is what follows a blank and # behind a value
 * that is not quoted. A value in single or double quotes is taken as it is:
 * nothing is expanded, there are no escapes. Of equal keys the last counts. A
 * value that its key (env.def) cannot have is replaced by the default, with a
 * warning; an unknown key is nobody's business and stays.
 *
 * A `struct env` is immutable; any thread may read it.
 */
#ifndef CORE_ENV_H
#define CORE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define ENV_FILE_MAX 262144 /* bytes */
#define ENV_VALUE_MAX 4096

enum env_key {
#define ENV(code, ...) ENV_##code,
#include "core/env.def"
#undef ENV
	ENV_KEYS
};

struct env;

/* What the text says; never NULL. */
struct env *env_parse(struct str text);
/* The same of a file. A file that is not there or cannot be read is an empty one
 * with a warning; `path` NULL: without. */
struct env *env_load(const char *path);
void env_destroy(struct env *e);

/* Effective values; the default where the file has none or a bad one. */
const char *env_text(const struct env *e, enum env_key key); /* never NULL */
bool env_bool(const struct env *e, enum env_key key);
bool env_int(const struct env *e, enum env_key key, int64_t *out); /* false: unset */
/* The i-th item of a list, trimmed; empty items are left out. False past the end. */
bool env_item(const struct env *e, enum env_key key, size_t i, struct str *out);
/* Before anybody else has it: what counts unless the file says. `text` NULL: nothing. */
void env_suggest(struct env *e, enum env_key key, const char *text);
/* Whether there is a value for it, from the file or suggested. */
bool env_given(const struct env *e, enum env_key key);
const char *env_name(enum env_key key);
bool env_find(struct str name, enum env_key *key);
/* What was wrong, one line each, or "". */
const char *env_warnings(const struct env *e);

/* Whether a value will do for a key. E_FIELD with a sentence; `field` is the key. */
enum err env_check(enum env_key key, struct str value, struct why *why);

/*
 * Change keys of a file: `pairs` are names and values, NULL-terminated; a value
 * of NULL removes the key. Everything else keeps its bytes and order: unknown keys,
 * comments, blank lines. Written aside and renamed, mode and owner kept. A file that
 * is not there is made (0600). E_FIELD names the key.
 */
enum err env_save(const char *path, const char *const *pairs, struct why *why);
/* The same on a text, for env_save. */
enum err env_edit(struct str text, const char *const *pairs, struct buf *out, struct why *why);

#endif
