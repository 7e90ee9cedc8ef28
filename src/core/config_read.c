/*
 * Files to raw blocks, by libconfuse.
 *
 * libconfuse stops at the first name it does not know, so every option is
 * declared in every block as a list of texts (what belongs where is judged
 * later), and a name that is still unknown is declared too and the text read
 * again. Its tree is not kept: each block is taken over when it closes.
 */
#include "core/config_inside.h"

#include <confuse.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "sys/file.h"

#define DEPTH_MAX 8    /* of includes */
#define FILES_MAX 256
#define LESSONS_MAX 64 /* unknown names in one file */

/* A name that libconfuse had to be taught to get past it. */
struct lesson {
	char name[64];
	bool in_block; /* else between blocks */
	bool block, titled;
};

struct include {
	char *pattern;
	int line;
	unsigned depth; /* of the file that it stands in */
};

/* One file while it is read. */
struct reading {
	char *text;
	const char *file;
	struct raw_block *blocks; /* those that have closed */
	size_t count;
	struct raw_block open;    /* values so far of the one that has not */
	struct include *includes;
	size_t include_count;
	unsigned depth;
	struct lesson lessons[LESSONS_MAX];
	size_t lesson_count;
	cfg_t *root;
	struct lesson unknown;    /* what stopped this pass; name "": something else */
	char wrong[192];          /* ... and the words for it */
	int line;
};

static struct reading *reading; /* libconfuse's callbacks carry no argument */

void raw_add(struct raw_block *b, const char *option, struct str text, int line)
{
	b->values = mem_grow(b->values, b->count + 1, sizeof(*b->values));
	b->values[b->count++] = (struct raw_value){
		.option = mem_strdup(option),
		.text = text.ptr ? mem_strndup(text.ptr, text.len) : NULL,
		.line = line,
	};
}

void raw_block_finish(struct raw_block *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->values[i].option);
		free(b->values[i].text);
	}
	free(b->values);
	free(b->block);
	free(b->title);
	*b = (struct raw_block){ 0 };
}

static void blocks_free(struct raw_block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		raw_block_finish(&blocks[i]);
	free(blocks);
}

void raw_finish(struct raw *raw)
{
	blocks_free(raw->blocks, raw->count);
	texts_finish(&raw->files);
	*raw = (struct raw){ 0 };
}

static void take_block(struct raw_block *b)
{
	struct reading *r = reading;
	r->blocks = mem_grow(r->blocks, r->count + 1, sizeof(*r->blocks));
	r->blocks[r->count++] = *b;
	*b = (struct raw_block){ 0 };
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct raw_block *open = &reading->open;
	*(const char **)result = value;
	if (!open->count)
		open->line = reading->root->line; /* where its brace stands */
	raw_add(open, cfg_opt_name(opt), str_of(value), cfg->line);
	open->values[open->count - 1].first = cfg_opt_size(opt) == 1;
	if (cfg == reading->root) { /* an option outside of blocks: a nameless one */
		open->file = reading->file;
		take_block(open);
	}
	return 0;
}

/* Empty lists never reach on_value. */
static void add_empty(struct raw_block *open, cfg_opt_t *opts)
{
	for (; opts->name; opts++) {
		if (!(opts->flags & CFGF_MODIFIED) || cfg_opt_size(opts))
			continue;
		raw_add(open, opts->name, STR_NONE, open->line);
		open->values[open->count - 1].first = true;
	}
}

static int on_block(cfg_t *cfg, cfg_opt_t *opt)
{
	struct raw_block *open = &reading->open;
	cfg_t *section = cfg_opt_getnsec(opt, 0);
	if (!open->count)
		open->line = cfg->line;
	add_empty(open, section->opts);
	open->block = mem_strdup(cfg_opt_name(opt));
	open->title = mem_strdup(cfg_title(section));
	open->file = reading->file;
	take_block(open);
	cfg_free_value(opt);
	return 0;
}

static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	(void)opt;
	struct reading *r = reading;
	if (argc != 1) {
		cfg_error(cfg, "include takes one file or pattern");
		return -1;
	}
	r->includes = mem_grow(r->includes, r->include_count + 1, sizeof(*r->includes));
	r->includes[r->include_count++] =
	    (struct include){ mem_strdup(argv[0]), cfg->line, r->depth };
	return 0;
}

static void on_error(cfg_t *cfg, const char *fmt, va_list args)
{
	struct reading *r = reading;
	vsnprintf(r->wrong, sizeof(r->wrong), fmt, args);
	r->line = cfg->line;
	r->unknown = (struct lesson){ .in_block = cfg != r->root };
	if (sscanf(r->wrong, "no such option '%63[^']'", r->unknown.name) != 1)
		r->unknown.name[0] = '\0';
}

static void forget_pass(struct reading *r)
{
	for (size_t i = 0; i < r->count; i++)
		raw_block_finish(&r->blocks[i]);
	for (size_t i = 0; i < r->include_count; i++)
		free(r->includes[i].pattern);
	raw_block_finish(&r->open);
	free(r->blocks);
	free(r->includes);
	r->blocks = NULL;
	r->includes = NULL;
	r->count = r->include_count = 0;
	r->wrong[0] = r->unknown.name[0] = '\0';
}

static size_t add_word(cfg_opt_t *words, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i].name, name))
			return n;
	words[n] = (cfg_opt_t)CFG_STR_LIST_CB(name, NULL, CFGF_NODEFAULT, on_value);
	return n + 1;
}

/* What may stand inside a block: all options of all blocks. */
static cfg_opt_t *words_of(const struct reading *r)
{
	size_t n = 0, options = 0;
	while (option_at(options))
		options++;
	cfg_opt_t *words = mem_array(options + r->lesson_count + 1, sizeof(*words));
	for (size_t i = 0; i < options; i++)
		n = add_word(words, n, option_at(i)->name);
	for (size_t i = 0; i < r->lesson_count; i++)
		if (r->lessons[i].in_block)
			n = add_word(words, n, r->lessons[i].name);
	return words;
}

static cfg_opt_t block_opt(const char *name, bool titled, cfg_opt_t *words)
{
	cfg_opt_t opt = CFG_SEC(name, words, CFGF_MULTI);
	if (titled)
		opt.flags |= CFGF_TITLE;
	opt.validcb = on_block;
	return opt;
}

static cfg_opt_t *root_of(const struct reading *r, cfg_opt_t *words)
{
	size_t n = 0;
	cfg_opt_t *root = mem_array(BLOCKS + r->lesson_count + 2, sizeof(*root));
	root[n++] = (cfg_opt_t)CFG_FUNC("include", on_include);
	for (enum block b = 0; b < BLOCKS; b++)
		root[n++] = block_opt(block_name(b), block_titled(b), words);
	for (size_t i = 0; i < r->lesson_count; i++) {
		const struct lesson *l = &r->lessons[i];
		if (!l->in_block && l->block)
			root[n++] = block_opt(l->name, l->titled, words);
		else if (!l->in_block)
			n = add_word(root, n, l->name);
	}
	return root;
}

static bool pass(struct reading *r)
{
	cfg_opt_t *words = words_of(r), *root = root_of(r, words);
	reading = r;
	r->root = cfg_init(root, CFGF_NONE);
	cfg_set_error_function(r->root, on_error);
	bool ok = cfg_parse_buf(r->root, r->text) == CFG_SUCCESS;
	cfg_free(r->root);
	reading = NULL;
	free(root);
	free(words);
	return ok;
}

/* The first character behind a name that stands on a line. */
static char behind(const char *text, int line, const char *name)
{
	while (--line && (text = strchr(text, '\n')))
		text++;
	const char *at = text ? strstr(text, name) : NULL;
	if (!at)
		return '\0';
	at += strlen(name);
	return at[strspn(at, " \t\r\n")];
}

static bool stop(struct reading *r, const char *wrong)
{
	str_copy(r->wrong, sizeof(r->wrong), str_of(wrong));
	return false;
}

/* Learn the name that stopped the pass. False, with `wrong` set, if that
 * cannot help: then the rest of the file is not read. */
static bool learn(struct reading *r)
{
	struct lesson *l = &r->unknown;
	if (!l->name[0])
		return false;
	for (size_t i = 0; i < r->lesson_count; i++)
		if (!strcmp(r->lessons[i].name, l->name) && r->lessons[i].in_block == l->in_block)
			return false;
	char next = behind(r->text, r->line, l->name);
	l->block = next != '=' && next != '+';
	l->titled = next != '{';
	if (l->block && l->in_block) {
		snprintf(r->wrong, sizeof(r->wrong),
		    "'%s' cannot stand inside a block (is a '}' missing before it?)", l->name);
		return false;
	}
	if (r->lesson_count == LESSONS_MAX)
		return stop(r, "too many unknown names");
	r->lessons[r->lesson_count++] = *l;
	return true;
}

static void read_file(struct raw *raw, const char *path, unsigned depth,
    struct mistakes *mistakes);

static bool same_file(const char *a, const char *b)
{
	struct stat one, two;
	return !stat(a, &one) && !stat(b, &two) && one.st_dev == two.st_dev &&
	    one.st_ino == two.st_ino;
}

static bool read_before(const struct raw *raw, const char *path)
{
	for (size_t i = 0; i < raw->files.count; i++)
		if (same_file(raw->files.items[i], path))
			return true;
	return false;
}

static void follow_one(struct raw *raw, const char *file, const struct include *include,
    const char *path, struct mistakes *mistakes)
{
	if (read_before(raw, path)) /* a cycle, for one */
		mistakes_add(mistakes, file, include->line, NULL, "'%.128s' is read already", path);
	else if (raw->files.count == FILES_MAX)
		mistakes_add(mistakes, file, include->line, NULL, "more than %d files", FILES_MAX);
	else
		read_file(raw, path, include->depth + 1, mistakes);
}

/* A pattern is relative to the file that includes it; one without wildcards
 * must exist. Found files come in the order of their names. */
static void follow(struct raw *raw, const char *file, const struct include *include,
    struct mistakes *mistakes)
{
	const char *slash = strrchr(file, '/');
	int len = slash && include->pattern[0] != '/' ? (int)(slash - file + 1) : 0;
	char *pattern = mem_printf("%.*s%s", len, file, include->pattern);
	glob_t found;
	if (include->depth == DEPTH_MAX)
		mistakes_add(mistakes, file, include->line, NULL,
		    "includes are nested deeper than %d", DEPTH_MAX);
	else if (!glob(pattern, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			follow_one(raw, file, include, found.gl_pathv[i], mistakes);
		globfree(&found);
	} else if (!strpbrk(pattern, "*?["))
		mistakes_add(mistakes, file, include->line, NULL, "there is no file '%.128s'",
		    pattern);
	free(pattern);
}

static void read_text(struct raw *raw, const char *file, struct str text, unsigned depth,
    struct mistakes *mistakes)
{
	struct reading *r = mem_alloc(sizeof(*r));
	texts_add(&raw->files, str_of(file));
	r->file = file = raw->files.items[raw->files.count - 1];
	r->depth = depth;
	r->text = mem_strndup(text.len ? text.ptr : "", text.len);
	const char *wrong = strlen(r->text) < text.len ? "the file holds a NUL byte"
						       : config_scan(r->text, &r->line);
	if (wrong)
		stop(r, wrong);
	while (!wrong && !pass(r) && learn(r))
		forget_pass(r);
	if (r->wrong[0])
		mistakes_add(mistakes, file, r->line, NULL, "%s", r->wrong);
	raw->blocks = mem_grow(raw->blocks, raw->count + r->count, sizeof(*raw->blocks));
	for (size_t i = 0; i < r->count; i++)
		raw->blocks[raw->count++] = r->blocks[i];
	r->count = 0;
	for (size_t i = 0; i < r->include_count; i++)
		follow(raw, file, &r->includes[i], mistakes);
	forget_pass(r);
	free(r->text);
	free(r);
}

static void read_file(struct raw *raw, const char *path, unsigned depth,
    struct mistakes *mistakes)
{
	struct buf text;
	struct why why;
	buf_init(&text, CONFIG_FILE_MAX);
	if (file_read(path, &text, &why))
		mistakes_add(mistakes, path, 0, NULL, "%s", why.text);
	else
		read_text(raw, path, buf_str(&text), depth, mistakes);
	buf_finish(&text);
}

void config_read(struct raw *raw, const char *path, struct mistakes *mistakes)
{
	read_file(raw, path, 0, mistakes);
}

void config_read_text(struct raw *raw, const char *path, struct str text,
    struct mistakes *mistakes)
{
	read_text(raw, path, text, 0, mistakes);
}
