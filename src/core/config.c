/*
 * Loading: raw blocks of the user's file, then those of added.conf that it does
 * not name, become structures; what is missing is built in; the whole is
 * checked. Every step goes on after a mistake, so that one run shows them all.
 */
#include "core/config_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/env.h"

#define MISTAKES_MAX 65536 /* bytes */

struct load {
	struct config *config;
	const struct config_checks *checks;
	struct mistakes *mistakes;
	bool added; /* reading STATE/added.conf */
};

void mistakes_init(struct mistakes *m)
{
	*m = (struct mistakes){ 0 };
	buf_init(&m->text, MISTAKES_MAX);
}

void mistakes_finish(struct mistakes *m)
{
	buf_finish(&m->text);
}

/* A sentence may quote the file, but must not pass on what a terminal or JSON
 * would choke on. */
static void make_plain(char text[static 256])
{
	bool plain = utf8_valid(str_of(text));
	for (const char *p = text; *p; p++)
		plain = plain && (unsigned char)*p >= ' ' && *p != 0x7f;
	if (plain)
		return;
	char all[256];
	str_copy(all, sizeof(all), str_of(text));
	text_printable(all, strlen(all), 255, text);
}

void mistakes_add(struct mistakes *m, const char *file, int line, const char *option,
    const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	make_plain(text);
	if (!m->count++)
		why_field(&m->first, option ? option : "", E_FIELD, "%s", text);
	if (line)
		buf_printf(&m->text, "%s:%d: %s\n", file ? file : "built-in", line, text);
	else
		buf_printf(&m->text, "%s: %s\n", file ? file : "built-in", text);
}

static void unknown_option(struct load *l, const struct raw_block *raw,
    const struct raw_value *v, enum block block)
{
	char hint[96];
	option_nearest(block, str_of(v->option), hint);
	mistakes_add(l->mistakes, raw->file, v->line, v->option, "no such option '%s'%s",
	    v->option, hint);
}

static void unknown_block(struct load *l, const struct raw_block *raw)
{
	char hint[96];
	block_nearest(str_of(raw->block), hint);
	mistakes_add(l->mistakes, raw->file, raw->line, NULL, "no such block '%s'%s", raw->block,
	    hint);
}

static void outside_block(struct load *l, const struct raw_block *raw)
{
	const struct raw_value *v = &raw->values[0];
	if (v->first)
		mistakes_add(l->mistakes, raw->file, v->line, v->option,
		    "'%s' stands outside of a block", v->option);
}

/* An option is dealt with where it is first given; NULL if that was before. */
static const struct raw_value *given_before(const struct raw_block *raw,
    const struct raw_value *v)
{
	for (const struct raw_value *w = raw->values; w < v; w++)
		if (!strcmp(w->option, v->option))
			return w;
	return NULL;
}

/* All values of one assignment; a "+=" to it may stand apart. */
static void set_option(struct load *l, const struct raw_block *raw, const struct raw_value *v,
    const struct option *option, void *block)
{
	struct raw_value *all = mem_array(raw->count, sizeof(*all));
	size_t count = 0;
	struct why why;
	for (; v < raw->values + raw->count; v++)
		if (!strcmp(v->option, option->name) && (!v->first || !count))
			all[count++] = *v;
	enum err err = option_set(option, block, all, count, &why);
	if (err)
		mistakes_add(l->mistakes, raw->file, all[0].line, option->name, "%s", why.text);
	for (size_t i = 0; i < count && !err; i++)
		if (all[i].text && config_check_text(option, all[i].text, l->checks, &why))
			mistakes_add(l->mistakes, raw->file, all[i].line, option->name, "%s",
			    why.text);
	free(all);
}

static void set_options(struct load *l, const struct raw_block *raw, enum block block,
    void *fields)
{
	for (size_t i = 0; i < raw->count; i++) {
		const struct raw_value *v = &raw->values[i];
		const struct option *option = option_find(block, str_of(v->option));
		const struct raw_value *before = given_before(raw, v);
		if (!v->first)
			continue;
		if (!option)
			unknown_option(l, raw, v, block);
		else if (before)
			mistakes_add(l->mistakes, raw->file, v->line, v->option,
			    "'%s' is set in line %d already", v->option, before->line);
		else
			set_option(l, raw, v, option, fields);
	}
}

static const void *find(const struct config *c, enum block block, const char *name)
{
	const void *fields;
	for (size_t i = 0; (fields = block_at(c, block, i)); i++)
		if (!block_titled(block) || !strcmp(block_head_of(fields).name, name))
			return fields;
	return NULL;
}

static void twice(struct load *l, const struct raw_block *raw, const struct block_head *first)
{
	const char *name = first->name ? first->name : "";
	if (first->file == raw->file)
		mistakes_add(l->mistakes, raw->file, raw->line, NULL,
		    "%s%s%s stands in line %d already", raw->block, *name ? " " : "", name,
		    first->line);
	else
		mistakes_add(l->mistakes, raw->file, raw->line, NULL,
		    "%s%s%s stands at %s:%d already", raw->block, *name ? " " : "", name,
		    first->file, first->line);
}

/* The structure for a block; NULL if there is one of that name already. */
static void *place(struct load *l, const struct raw_block *raw, enum block block,
    const char *name)
{
	const void *there = find(l->config, block, name);
	struct block_head head = { 0 };
	if (there)
		head = block_head_of(there);
	if (!head.file)
		return there ? &l->config->daemon : block_append(l->config, block, name);
	if (l->added == head.added) /* else the user's file goes first */
		twice(l, raw, &head);
	return NULL;
}

static void take_block(struct load *l, const struct raw_block *raw)
{
	enum block block = raw->block ? block_find(str_of(raw->block)) : BLOCKS;
	char name[320] = "";
	struct why why;
	if (block == BLOCKS) {
		raw->block ? unknown_block(l, raw) : outside_block(l, raw);
		return;
	}
	if (block_titled(block) && config_check_title(block, raw->title, name, &why)) {
		mistakes_add(l->mistakes, raw->file, raw->line, NULL, "%s", why.text);
		return;
	}
	void *fields = place(l, raw, block, name);
	if (!fields)
		return;
	struct block_head head = block_head_of(fields);
	head.file = raw->file;
	head.line = raw->line;
	head.added = l->added;
	block_set_head(fields, &head);
	set_options(l, raw, block, fields);
}

/* Files change owner: blocks keep pointing to their names. */
static void take_raw(struct load *l, struct raw *raw)
{
	for (size_t i = 0; i < raw->count; i++)
		take_block(l, &raw->blocks[i]);
	struct texts *files = &l->config->files;
	files->items = mem_grow(files->items, files->count + raw->files.count,
	    sizeof(*files->items));
	for (size_t i = 0; i < raw->files.count; i++)
		files->items[files->count++] = raw->files.items[i];
	raw->files.count = 0;
	raw_finish(raw);
}

static bool has_dialect(const struct config *c, const char *dialect)
{
	for (size_t i = 0; i < c->listen_count; i++)
		if (c->listens[i].dialect && !strcmp(c->listens[i].dialect, dialect))
			return true;
	return false;
}

static void build_in_listen(struct config *c, const char *dialect)
{
	struct listen_block *listen = block_append(c, BLOCK_listen, dialect);
	listen->dialect = mem_strdup(dialect);
}

/* Names that belong to a dialect are part of every listener of it. */
static void build_in_names(struct load *l)
{
	const char *(*names_of)(const char *) = l->checks->dialect_names;

	for (size_t i = 0; names_of && i < l->config->listen_count; i++) {
		struct listen_block *listen = &l->config->listens[i];
		struct texts names = { 0 };

		texts_split(&names, listen->dialect ? names_of(listen->dialect) : NULL);
		for (size_t k = 0; k < names.count; k++)
			texts_add(&listen->names, str_of(names.items[k]));
		texts_finish(&names);
	}
}

static void build_in(struct load *l)
{
	struct config *c = l->config;
	struct texts dialects = { 0 };
	for (size_t i = 0; i < c->listen_count; i++)
		if (!c->listens[i].dialect && l->checks->dialect_known(c->listens[i].name))
			c->listens[i].dialect = mem_strdup(c->listens[i].name);
	texts_split(&dialects, c->path ? "native" : l->checks->dialects);
	for (size_t i = 0; i < dialects.count; i++) {
		const char *dialect = dialects.items[i];
		const struct listen_block *taken = find(c, BLOCK_listen, dialect);
		if (has_dialect(c, dialect))
			continue;
		if (taken)
			mistakes_add(l->mistakes, taken->file, taken->line, "dialect",
			    "listen %s must speak %s", dialect, dialect);
		else
			build_in_listen(c, dialect);
	}
	texts_finish(&dialects);
}

/* Digests are compared as text. */
static void lower_digests(struct config *c)
{
	for (size_t i = 0; i < c->token_count; i++)
		for (char *p = c->tokens[i].sha256; p && *p; p++)
			if (*p >= 'A' && *p <= 'F')
				*p += 'a' - 'A';
}

struct config *config_load_with(const char *path, const char *added_path, struct str added,
    const struct config_checks *checks, struct mistakes *mistakes)
{
	struct load l = { mem_alloc(sizeof(*l.config)), checks, mistakes, false };
	struct raw raw = { 0 };
	unsigned before = mistakes->count;
	l.config->path = mem_strdup(path);
	block_append(l.config, BLOCK_daemon, NULL);
	if (path)
		config_read(&raw, path, mistakes);
	take_raw(&l, &raw);
	l.added = true;
	if (added.len)
		config_read_text(&raw, added_path, added, mistakes);
	take_raw(&l, &raw);
	build_in(&l);
	build_in_names(&l);
	lower_digests(l.config);
	config_check_whole(l.config, checks, mistakes);
	if (mistakes->count == before)
		return l.config;
	config_destroy(l.config);
	return NULL;
}

struct config *config_load(const char *path, const char *state_dir,
    const struct config_checks *checks, struct mistakes *mistakes)
{
	struct config *c = NULL;
	struct buf text;
	struct why why;
	char *added = config_added_path(state_dir);
	mistakes_init(mistakes);
	buf_init(&text, CONFIG_FILE_MAX);
	if (config_added_read(added, &text, &why))
		mistakes_add(mistakes, added, 0, NULL, "%s", why.text);
	c = config_load_with(path, added, buf_str(&text), checks, mistakes);
	if (mistakes->count) {
		config_destroy(c);
		c = NULL;
	}
	if (c)
		config_take_env(c);
	buf_finish(&text);
	free(added);
	return c;
}

void config_destroy(struct config *c)
{
	if (!c)
		return;
	blocks_finish(c);
	texts_finish(&c->files);
	env_destroy(c->env);
	free(c->env_path);
	free(c->path);
	free(c);
}
