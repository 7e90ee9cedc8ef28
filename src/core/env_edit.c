/*
 * Changing a .env file: each line is copied as it is, unless it gives a key that
 * changes. What is new goes to the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/env_inside.h"
#include "sys/file.h"

static const char *new_value(const char *const *pairs, struct str name, bool *changes)
{
	*changes = false;
	for (; *pairs; pairs += 2) {
		if (!str_is(name, pairs[0]))
			continue;
		*changes = true;
		return pairs[1];
	}
	return NULL;
}

/* In quotes where a plain value would be read as something else. */
static void add_pair(const char *name, const char *value, struct buf *out)
{
	struct str s = str_of(value);
	bool plain = s.len && str_eq(str_trim(s), s) && !strpbrk(value, "#'\"");
	const char *quote = plain ? "" : strchr(value, '"') ? "'" : "\"";

	buf_printf(out, "%s=%s%s%s\n", name, quote, value, quote);
}

/* Whether a later line gives the same key: then that one counts and is changed. */
static bool comes_again(struct str rest, struct str name)
{
	struct str other, value;

	while (rest.ptr)
		if (env_line(str_cut(rest, '\n', &rest), &other, &value) == ENV_LINE_PAIR &&
		    str_eq(other, name))
			return true;
	return false;
}

static void edit_line(struct str line, struct str rest, const char *const *pairs, struct buf *out)
{
	struct str name, value;
	const char *changed;
	bool changes = false;
	char key[64];

	if (env_line(line, &name, &value) == ENV_LINE_PAIR)
		changed = new_value(pairs, name, &changes);
	if (!changes || (changed && comes_again(rest, name))) {
		buf_add_str(out, line);
		if (rest.ptr)
			buf_add_byte(out, '\n');
	} else if (changed) {
		str_copy(key, sizeof key, name);
		add_pair(key, changed, out);
	}
}

static enum err check(const char *const *pairs, struct why *why)
{
	for (; *pairs; pairs += 2) {
		enum env_key key;
		enum err err;

		if (!env_find(str_of(pairs[0]), &key))
			return why_field(why, pairs[0], E_FIELD, "there is no key %.64s", pairs[0]);
		if (!pairs[1])
			continue;
		if ((err = env_check(key, str_of(pairs[1]), why)))
			return err;
		if (strchr(pairs[1], '"') && strchr(pairs[1], '\''))
			return why_field(why, pairs[0], E_FIELD,
			    "%s cannot hold both kinds of quotes", pairs[0]);
	}
	return E_OK;
}

enum err env_edit(struct str text, const char *const *pairs, struct buf *out, struct why *why)
{
	enum err err = check(pairs, why);
	struct str rest = text, name, value;

	if (err)
		return err;
	while (rest.ptr) {
		struct str line = str_cut(rest, '\n', &rest);

		edit_line(line, rest, pairs, out);
	}
	if (out->len && out->ptr[out->len - 1] != '\n')
		buf_add_byte(out, '\n');
	for (; *pairs; pairs += 2) {
		bool there = false;

		for (rest = text; rest.ptr && !there;)
			there = env_line(str_cut(rest, '\n', &rest), &name, &value) ==
			    ENV_LINE_PAIR && str_is(name, pairs[0]);
		if (pairs[1] && !there)
			add_pair(pairs[0], pairs[1], out);
	}
	return out->failed ? why_fail(why, E_TOO_LARGE, NULL) : E_OK;
}

enum err env_save(const char *path, const char *const *pairs, struct why *why)
{
	struct buf text, changed;
	struct stat st;
	bool there = stat(path, &st) == 0;
	enum err err;

	buf_init(&text, ENV_FILE_MAX);
	buf_init(&changed, ENV_FILE_MAX);
	err = there ? file_read(path, &text, why) : E_OK;
	if (!err)
		err = env_edit(buf_str(&text), pairs, &changed, why);
	if (!err)
		err = file_write(path, buf_str(&changed), there ? st.st_mode & 07777 : 0600, why);
	if (!err && there && chown(path, st.st_uid, st.st_gid) && errno != EPERM)
		err = why_errno(why, E_IO, errno, "%s keeps another owner", path);
	buf_finish(&text);
	buf_finish(&changed);
	return err;
}
