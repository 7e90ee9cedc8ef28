/*
 * Each key has its value from the file or its default. The text is read line by
 * line; where values lie is kept as offsets, so that env_edit.c changes those
 * bytes and no others.
 */
#include "core/env.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/env_inside.h"
#include "sys/file.h"

#define WARNINGS_MAX 8192

enum type { TEXT, LIST, NAME, WORD, INT, BOOL };

static const struct {
	const char *name;
	enum type type;
	const char *fallback;
	int64_t low, high;
	const char *choices;
} keys[ENV_KEYS] = {
#define ENV(code, type, fallback, low, high, choices) \
	{ #code, type, fallback, low, high, choices },
#include "core/env.def"
#undef ENV
};

struct env {
	char *values[ENV_KEYS]; /* NULL: the default */
	struct buf warnings;
};

const char *env_name(enum env_key key)
{
	return keys[key].name;
}

bool env_find(struct str name, enum env_key *key)
{
	for (size_t i = 0; i < ENV_KEYS; i++) {
		if (!str_is(name, keys[i].name))
			continue;
		*key = (enum env_key)i;
		return true;
	}
	return false;
}

/* --- reading ---------------------------------------------------------------------------- */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.ptr[i]) && s.ptr[i] != '_' && s.ptr[i] != '.')
			return false;
	return s.len && !isdigit((unsigned char)s.ptr[0]);
}

static struct str without_export(struct str s)
{
	struct str rest = str_from(s, 6);

	return str_starts(s, "export") && rest.len && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t')
	    ? str_trim(rest) : s;
}

/* Up to a # that stands at the beginning or behind a blank. */
static struct str plain_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '#' && (i == 0 || s.ptr[i - 1] == ' ' || s.ptr[i - 1] == '\t'))
			return str_trim(str_head(s, i));
	return s;
}

static bool value_of(struct str s, struct str *value)
{
	const char *end;
	struct str rest;

	if (!s.len || (s.ptr[0] != '"' && s.ptr[0] != '\'')) {
		*value = plain_value(s);
		return true;
	}
	end = memchr(s.ptr + 1, s.ptr[0], s.len - 1);
	if (!end)
		return false;
	*value = (struct str){ s.ptr + 1, (size_t)(end - s.ptr) - 1 };
	rest = str_trim(str_from(s, value->len + 2));
	return !rest.len || rest.ptr[0] == '#';
}

enum env_line env_line(struct str line, struct str *name, struct str *value)
{
	struct str rest;

	line = str_trim(line);
	if (!line.len || line.ptr[0] == '#')
		return ENV_LINE_OTHER;
	*name = str_trim(str_cut(without_export(line), '=', &rest));
	if (!rest.ptr || !is_name(*name) || !value_of(str_trim(rest), value))
		return ENV_LINE_BAD;
	return ENV_LINE_PAIR;
}

/* --- what a value may be ------------------------------------------------------------------ */

static bool as_bool(struct str s, bool *out)
{
	*out = str_is_nocase(s, "true") || str_is(s, "1");
	return *out || str_is_nocase(s, "false") || str_is(s, "0");
}

static bool is_choice(const char *choices, struct str s)
{
	struct str rest = str_of(choices);

	while (rest.ptr)
		if (str_eq(str_cut(rest, '|', &rest), s))
			return true;
	return false;
}

static enum err check_int(enum env_key key, struct str s, struct why *why)
{
	int64_t n;

	if (!s.len && !keys[key].fallback[0])
		return E_OK;
	if (str_to_i64(s, &n) && n >= keys[key].low && n <= keys[key].high)
		return E_OK;
	if (keys[key].low == INT64_MIN)
		return why_field(why, keys[key].name, E_FIELD, "%s must be a whole number",
		    keys[key].name);
	return why_field(why, keys[key].name, E_FIELD, "%s must be a number from %lld to %lld",
	    keys[key].name, (long long)keys[key].low, (long long)keys[key].high);
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return s.len <= ENV_VALUE_MAX && utf8_valid(s);
}

static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.ptr[i]) && !memchr(".-_:[]", s.ptr[i], 6))
			return false;
	return s.len < 256;
}

enum err env_check(enum env_key key, struct str s, struct why *why)
{
	const char *name = keys[key].name;
	bool dummy;

	if (!is_plain(s))
		return why_field(why, name, E_FIELD, "%s holds a control character or is too long",
		    name);
	switch (keys[key].type) {
	case INT:
		return check_int(key, s, why);
	case BOOL:
		return as_bool(s, &dummy) ? E_OK : why_field(why, name, E_FIELD,
		    "%s must be true or false", name);
	case WORD:
		return is_choice(keys[key].choices, s) ? E_OK : why_field(why, name, E_FIELD,
		    "%s must be one of %s", name, keys[key].choices);
	case NAME:
		return is_host(s) ? E_OK : why_field(why, name, E_FIELD,
		    "%s must be a host name or an address", name);
	case TEXT:
	case LIST:
		break;
	}
	return E_OK;
}

/* --- the whole ------------------------------------------------------------------------------- */

static void take_pair(struct env *e, struct str name, struct str value, unsigned line)
{
	enum env_key key;
	struct why why;

	if (!env_find(name, &key))
		return;
	free(e->values[key]);
	e->values[key] = NULL;
	if (!env_check(key, value, &why))
		e->values[key] = mem_strndup(value.ptr, value.len);
	else
		buf_printf(&e->warnings, "line %u: %s; the default counts\n", line, why.text);
}

struct env *env_parse(struct str text)
{
	struct env *e = mem_alloc(sizeof *e);
	struct str rest = text, name, value;

	buf_init(&e->warnings, WARNINGS_MAX);
	if (str_starts(rest, "\xef\xbb\xbf"))
		rest = str_from(rest, 3);
	for (unsigned line = 1; rest.ptr; line++) {
		switch (env_line(str_cut(rest, '\n', &rest), &name, &value)) {
		case ENV_LINE_PAIR:
			take_pair(e, name, value, line);
			break;
		case ENV_LINE_BAD:
			buf_printf(&e->warnings, "line %u: this is not KEY=VALUE\n", line);
			break;
		case ENV_LINE_OTHER:
			break;
		}
	}
	return e;
}

struct env *env_load(const char *path)
{
	struct buf text;
	struct why why;
	struct env *e;
	enum err err = E_OK;

	buf_init(&text, ENV_FILE_MAX);
	if (path)
		err = file_read(path, &text, &why);
	e = env_parse(err ? STR_NONE : buf_str(&text));
	if (err)
		buf_printf(&e->warnings, "%s\n", why.text);
	buf_finish(&text);
	return e;
}

void env_destroy(struct env *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < ENV_KEYS; i++)
		free(e->values[i]);
	buf_finish(&e->warnings);
	free(e);
}

const char *env_warnings(const struct env *e)
{
	return buf_cstr((struct buf *)&e->warnings);
}

bool env_given(const struct env *e, enum env_key key)
{
	return e->values[key] != NULL;
}

void env_suggest(struct env *e, enum env_key key, const char *text)
{
	if (text && !e->values[key])
		e->values[key] = mem_strdup(text);
}

const char *env_text(const struct env *e, enum env_key key)
{
	return e->values[key] ? e->values[key] : keys[key].fallback;
}

bool env_bool(const struct env *e, enum env_key key)
{
	bool value = false;

	as_bool(str_of(env_text(e, key)), &value);
	return value;
}

bool env_int(const struct env *e, enum env_key key, int64_t *out)
{
	return str_to_i64(str_of(env_text(e, key)), out);
}

bool env_item(const struct env *e, enum env_key key, size_t i, struct str *out)
{
	struct str rest = str_of(env_text(e, key));

	while (rest.ptr) {
		*out = str_trim(str_cut(rest, ',', &rest));
		if (out->len && i-- == 0)
			return true;
	}
	return false;
}
