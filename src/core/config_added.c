/*
 * STATE/added.conf: what the console, the API and the command line added. It
 * is read as raw blocks, changed there, written to text, and that text is
 * loaded like any other before it replaces the file; so nothing gets in that
 * would keep the daemon from starting.
 */
#include "core/config_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sys/file.h"

static const char preamble[] =
    "# Written by platend. What is configured by hand belongs into a file of its own,\n"
    "# which goes before this one.\n";

char *config_added_path(const char *state_dir)
{
	return state_dir ? mem_printf("%s/" ADDED_NAME, state_dir) : NULL;
}

enum err config_added_read(const char *path, struct buf *text, struct why *why)
{
	return path && file_exists(path) ? file_read(path, text, why) : E_OK;
}

/* In single quotes libconfuse expands nothing. */
static void write_quoted(struct buf *out, const char *text)
{
	buf_add_byte(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, (uint8_t)*text);
	}
	buf_add_byte(out, '\'');
}

/* One assignment, whose values follow each other; returns how many it took. */
static size_t write_option(struct buf *out, const struct raw_block *b, size_t at)
{
	const char *name = b->values[at].option;
	const struct option *o = option_find(block_find(str_of(b->block)), str_of(name));
	bool list = o && o->type == OPTION_LIST;
	size_t n = 0;
	buf_printf(out, "\t%s = %s", name, list ? "{" : "");
	for (; at + n < b->count && !strcmp(b->values[at + n].option, name); n++) {
		buf_puts(out, n ? ", " : "");
		if (b->values[at + n].text)
			write_quoted(out, b->values[at + n].text);
	}
	buf_puts(out, list ? "}\n" : "\n");
	return n;
}

static void write_block(struct buf *out, const struct raw_block *b)
{
	buf_printf(out, "\n%s", b->block);
	if (b->title) {
		buf_add_byte(out, ' ');
		write_quoted(out, b->title);
	}
	buf_puts(out, " {\n");
	for (size_t at = 0; at < b->count;)
		at += write_option(out, b, at);
	buf_puts(out, "}\n");
}

static bool same_title(enum block block, const char *a, const char *b)
{
	char one[320], two[320];
	if (!block_titled(block))
		return true;
	return a && b && !config_check_title(block, a, one, NULL) &&
	    !config_check_title(block, b, two, NULL) && !strcmp(one, two);
}

/* Its place among what was added; raw->count if it is not there. */
static size_t find(const struct raw *raw, enum block block, const char *title)
{
	size_t i = 0;
	while (i < raw->count && !(raw->blocks[i].block &&
	    !strcmp(raw->blocks[i].block, block_name(block)) &&
	    same_title(block, raw->blocks[i].title, title)))
		i++;
	return i;
}

static enum err parse_added(const char *path, struct raw *raw, struct why *why)
{
	struct buf text;
	struct mistakes mistakes;
	mistakes_init(&mistakes);
	buf_init(&text, CONFIG_FILE_MAX);
	enum err err = config_added_read(path, &text, why);
	if (!err)
		config_read_text(raw, path, buf_str(&text), &mistakes);
	if (!err && mistakes.count)
		err = why_fail(why, E_CONFLICT, "%s is damaged: %s", path, mistakes.first.text);
	mistakes_finish(&mistakes);
	buf_finish(&text);
	return err;
}

static void drop_option(struct raw_block *b, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < b->count; i++) {
		if (strcmp(b->values[i].option, name)) {
			b->values[kept++] = b->values[i];
			continue;
		}
		free(b->values[i].option);
		free(b->values[i].text);
	}
	b->count = kept;
}

static void add_option(struct raw_block *b, enum block block, const char *name, const char *value)
{
	const struct option *o = option_find(block, str_of(name));
	struct texts items = { 0 };
	if (o && o->type == OPTION_LIST)
		texts_split(&items, value);
	else
		texts_add(&items, str_of(value));
	for (size_t i = 0; i < items.count; i++)
		raw_add(b, name, str_of(items.items[i]), 0);
	if (!items.count)
		raw_add(b, name, STR_NONE, 0);
	texts_finish(&items);
}

static void fill(struct raw_block *b, enum block block, const char *title,
    const char *const *pairs)
{
	raw_block_finish(b);
	b->block = mem_strdup(block_name(block));
	b->title = block_titled(block) ? mem_strdup(title) : NULL;
	for (; pairs && *pairs; pairs += 2)
		add_option(b, block, pairs[0], pairs[1]);
}

static void amend(struct raw_block *b, enum block block, const char *const *pairs)
{
	for (; pairs && *pairs; pairs += 2) {
		drop_option(b, pairs[0]);
		if (pairs[1])
			add_option(b, block, pairs[0], pairs[1]);
	}
}

bool raw_write(const struct raw *raw, struct buf *out)
{
	buf_puts(out, preamble);
	for (size_t i = 0; i < raw->count; i++)
		write_block(out, &raw->blocks[i]);
	return !out->failed;
}

static enum err to_text(const struct raw *raw, struct buf *out, struct why *why)
{
	return !raw_write(raw, out) ? why_fail(why, E_TOO_LARGE, "%s would be too large",
	    ADDED_NAME)
				    : E_OK;
}

/* Names go into the text as they are, so they are judged before. */
static enum err check_names(enum block block, const char *title, const char *const *pairs,
    struct why *why)
{
	char name[320], hint[96];
	enum err err = E_OK;
	if (block_titled(block))
		err = config_check_title(block, title, name, why);
	for (; !err && pairs && *pairs; pairs += 2) {
		if (option_find(block, str_of(*pairs)))
			continue;
		option_nearest(block, str_of(*pairs), hint);
		err = why_field(why, *pairs, E_FIELD, "no such option '%.64s'%s", *pairs, hint);
	}
	return err;
}

/* The first mistake as one sentence, with its place if that is another file. */
static enum err refuse(struct mistakes *m, const char *added_path, struct why *why)
{
	struct str rest, line = str_cut(buf_str(&m->text), '\n', &rest);
	if (str_starts(line, added_path))
		line = str_of(m->first.text);
	return why_field(why, m->first.field, E_FIELD, "%.*s", STR_ARG(line));
}

static enum err refuse_shadowed(const struct config *c, enum block block, const char *title,
    struct why *why)
{
	char name[320] = "";
	const void *fields;
	if (block_titled(block))
		config_check_title(block, title, name, NULL);
	for (size_t i = 0; (fields = block_at(c, block, i)); i++) {
		struct block_head head = block_head_of(fields);
		if (head.file && !head.added && (!head.name || !strcmp(head.name, name)))
			return why_fail(why, E_CONFLICT, "%s%s%s stands at %s:%d; change it there",
			    block_name(block), *name ? " " : "", name, head.file, head.line);
	}
	return E_OK;
}

struct added {
	char *path;
	struct raw raw;
	struct buf text; /* as it will be */
};

static enum err added_open(struct added *a, const char *state_dir, struct why *why)
{
	*a = (struct added){ .path = config_added_path(state_dir) };
	buf_init(&a->text, CONFIG_FILE_MAX);
	return parse_added(a->path, &a->raw, why);
}

static void added_close(struct added *a)
{
	raw_finish(&a->raw);
	buf_finish(&a->text);
	free(a->path);
}

static enum err check_loads(const struct added *a, const char *path,
    const struct config_checks *checks, struct config **out, struct why *why)
{
	struct mistakes mistakes;
	mistakes_init(&mistakes);
	*out = config_load_with(path, a->path, buf_str(&a->text), checks, &mistakes);
	enum err err = *out ? E_OK : refuse(&mistakes, a->path, why);
	mistakes_finish(&mistakes);
	return err;
}

static struct raw_block *slot(struct raw *raw, enum block block, const char *title)
{
	size_t at = find(raw, block, title);
	if (at == raw->count) {
		raw->blocks = mem_grow(raw->blocks, raw->count + 1, sizeof(*raw->blocks));
		raw->blocks[raw->count++] = (struct raw_block){ 0 };
	}
	return &raw->blocks[at];
}

/* Write what was changed, unless the daemon could not be started with it. */
static enum err save(struct added *a, const char *path, const struct config_checks *checks,
    enum block block, const char *title, struct why *why)
{
	struct config *c = NULL;
	enum err err = to_text(&a->raw, &a->text, why);
	if (!err)
		err = check_loads(a, path, checks, &c, why);
	if (!err)
		err = refuse_shadowed(c, block, title, why);
	if (!err)
		err = file_write(a->path, buf_str(&a->text), 0600, why);
	config_destroy(c);
	return err;
}

enum err config_put(const char *path, const char *state_dir, const struct config_checks *checks,
    enum block block, const char *title, const char *const *pairs, struct why *why)
{
	struct added a;
	enum err err = check_names(block, title, pairs, why);
	if (err)
		return err;
	err = added_open(&a, state_dir, why);
	if (!err) {
		fill(slot(&a.raw, block, title), block, title, pairs);
		err = save(&a, path, checks, block, title, why);
	}
	added_close(&a);
	return err;
}

static enum err not_added(enum block block, const char *title, struct why *why)
{
	return why_fail(why, E_NOT_FOUND, "nothing of the name '%.64s' was added",
	    title ? title : block_name(block));
}

enum err config_amend(const char *path, const char *state_dir, const struct config_checks *checks,
    enum block block, const char *title, const char *const *pairs, struct why *why)
{
	struct added a;
	enum err err = check_names(block, title, pairs, why);
	if (err)
		return err;
	err = added_open(&a, state_dir, why);
	size_t at = err ? 0 : find(&a.raw, block, title);
	if (!err && at == a.raw.count)
		err = not_added(block, title, why);
	if (!err) {
		amend(&a.raw.blocks[at], block, pairs);
		err = save(&a, path, checks, block, title, why);
	}
	added_close(&a);
	return err;
}

enum err config_remove(const char *state_dir, enum block block, const char *title,
    struct why *why)
{
	struct added a;
	enum err err = added_open(&a, state_dir, why);
	size_t at = err ? 0 : find(&a.raw, block, title);
	if (!err && at == a.raw.count)
		err = not_added(block, title, why);
	if (!err) {
		raw_block_finish(&a.raw.blocks[at]);
		a.raw.count--;
		memmove(&a.raw.blocks[at], &a.raw.blocks[at + 1],
		    (a.raw.count - at) * sizeof(*a.raw.blocks)); /* order has a meaning */
		err = to_text(&a.raw, &a.text, why);
	}
	if (!err)
		err = file_write(a.path, buf_str(&a.text), 0600, why);
	added_close(&a);
	return err;
}
