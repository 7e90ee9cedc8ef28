/*
 * option.def as a table: what options exist, where their fields are and how a
 * text becomes a value. Everything that concerns all options alike is here, so
 * that a new option is one row and nothing else.
 */
#include "core/config_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SUGGEST_MAX 3 /* more changes than this is another word */

struct row {
	struct option option;
	size_t offset;
};

#define AT(block, field) offsetof(struct block##_block, field)
#define INT(block, field, name, fallback, low, high, help) \
	{ { BLOCK_##block, OPTION_INT, name, #fallback, NULL, help, low, high }, AT(block, field) },
#define BOOL(block, field, name, fallback, help) \
	{ { BLOCK_##block, OPTION_BOOL, name, #fallback, NULL, help, 0, 0 }, AT(block, field) },
#define TEXT(block, field, name, fallback, help) \
	{ { BLOCK_##block, OPTION_TEXT, name, fallback, NULL, help, 0, 0 }, AT(block, field) },
#define LIST(block, field, name, fallback, help) \
	{ { BLOCK_##block, OPTION_LIST, name, fallback, NULL, help, 0, 0 }, AT(block, field) },
#define ENUM(block, field, name, fallback, choices, help) \
	{ { BLOCK_##block, OPTION_ENUM, name, fallback, choices, help, 0, 0 }, AT(block, field) },
static const struct row rows[] = {
#include "core/option.def"
};
#undef INT
#undef BOOL
#undef TEXT
#undef LIST
#undef ENUM

#define INT(...)
#define BOOL(...)
#define TEXT(...)
#define LIST(...)
#define ENUM(...)
#define BLOCK(name, titled, help) [BLOCK_##name] = { #name, help, titled },
static const struct {
	const char *name, *help;
	bool titled;
} names[BLOCKS] = {
#include "core/option.def"
};

/* Where struct config keeps the blocks of each kind. */
#define MANY(block) \
	[BLOCK_##block] = { sizeof(struct block##_block), offsetof(struct config, block##s), \
		offsetof(struct config, block##_count) }
static const struct {
	size_t size, array, count;
} homes[BLOCKS] = {
	[BLOCK_daemon] = { sizeof(struct daemon_block), offsetof(struct config, daemon), 0 },
	MANY(listen),
	MANY(printer),
	MANY(origin),
	MANY(uplink),
	MANY(token),
};

const struct option *option_at(size_t i)
{
	return i < COUNT_OF(rows) ? &rows[i].option : NULL;
}

const char *block_name(enum block block)
{
	return names[block].name;
}

const char *block_help(enum block block)
{
	return names[block].help;
}

bool block_titled(enum block block)
{
	return names[block].titled;
}

enum block block_find(struct str name)
{
	enum block block = 0;
	while (block < BLOCKS && !str_is(name, names[block].name))
		block++;
	return block;
}

const struct option *option_find(enum block block, struct str name)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].option.block == block && str_is(name, rows[i].option.name))
			return &rows[i].option;
	return NULL;
}

/* The better of two names for what a person meant. */
static void consider(struct str meant, const char *name, const char **best, unsigned *distance)
{
	unsigned limit = meant.len < 2 * SUGGEST_MAX ? (unsigned)meant.len / 2 + 1
	    : SUGGEST_MAX + 1;
	unsigned d = str_distance(meant, str_of(name), limit);
	if (d >= limit || d >= *distance)
		return;
	*distance = d;
	*best = name;
}

static void suggest(const char *best, char out[static 96])
{
	out[0] = '\0';
	if (best)
		snprintf(out, 96, " (did you mean '%s'?)", best);
}

void block_nearest(struct str name, char out[static 96])
{
	const char *best = NULL;
	unsigned distance = SUGGEST_MAX + 1;
	for (enum block b = 0; b < BLOCKS; b++)
		consider(name, names[b].name, &best, &distance);
	suggest(best, out);
}

void option_nearest(enum block block, struct str name, char out[static 96])
{
	const char *best = NULL;
	unsigned distance = SUGGEST_MAX + 1;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct option *o = &rows[i].option;
		if (o->block == block)
			consider(name, o->name, &best, &distance);
	}
	suggest(best, out);
	for (enum block b = 0; !best && b < BLOCKS; b++)
		if (option_find(b, name)) {
			snprintf(out, 96, " in %s (it belongs to %s)", names[block].name,
			    names[b].name);
			return;
		}
}

void texts_add(struct texts *t, struct str item)
{
	t->items = mem_grow(t->items, t->count + 1, sizeof(*t->items));
	t->items[t->count++] = mem_strndup(item.len ? item.ptr : "", item.len);
}

void texts_split(struct texts *t, const char *commas)
{
	for (struct str rest = str_of(commas); rest.len;) {
		struct str item = str_trim(str_cut(rest, ',', &rest));
		if (item.len)
			texts_add(t, item);
	}
}

void texts_finish(struct texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct texts){ 0 };
}

static void *field_of(const struct option *o, void *block)
{
	const struct row *row = (const struct row *)(const void *)o; /* its first member */
	return (char *)block + row->offset;
}

/* The index of `text` among "a|b|c", or -1. */
static int choice_of(const char *choices, struct str text)
{
	int index = 0;
	for (struct str rest = str_of(choices); rest.len; index++)
		if (str_eq(str_cut(rest, '|', &rest), text))
			return index;
	return -1;
}

static enum err set_int(const struct option *o, void *field, const char *text, struct why *why)
{
	int64_t n;
	if (!str_to_i64(str_of(text), &n) || n < o->low || n > o->high)
		return why_field(why, o->name, E_FIELD,
		    "'%s' must be a number from %lld to %lld, not '%.64s'", o->name,
		    (long long)o->low, (long long)o->high, text);
	*(int64_t *)field = n;
	return E_OK;
}

static enum err set_bool(const struct option *o, void *field, const char *text, struct why *why)
{
	static const char words[] = "no|yes|false|true|off|on";
	int i = choice_of(words, str_of(text));
	if (i < 0)
		return why_field(why, o->name, E_FIELD, "'%s' must be yes or no, not '%.64s'",
		    o->name, text);
	*(bool *)field = i & 1;
	return E_OK;
}

static enum err set_text(const struct option *o, void *field, const char *text, struct why *why)
{
	(void)o;
	(void)why;
	char **home = field;
	free(*home);
	*home = mem_strdup(text);
	return E_OK;
}

static enum err refuse_choice(const struct option *o, const char *text, struct why *why)
{
	struct buf all;
	buf_init(&all, 128);
	for (struct str rest = str_of(o->choices); rest.len;) {
		buf_puts(&all, all.len ? ", " : "");
		buf_add_str(&all, str_cut(rest, '|', &rest));
	}
	enum err err = why_field(why, o->name, E_FIELD, "'%s' must be one of %s, not '%.64s'",
	    o->name, buf_cstr(&all), text);
	buf_finish(&all);
	return err;
}

static enum err set_enum(const struct option *o, void *field, const char *text, struct why *why)
{
	int i = choice_of(o->choices, str_of(text));
	if (i < 0)
		return refuse_choice(o, text, why);
	*(int *)field = i;
	return E_OK;
}

static enum err (*const set_one[])(const struct option *, void *, const char *, struct why *) = {
	[OPTION_INT] = set_int,
	[OPTION_BOOL] = set_bool,
	[OPTION_TEXT] = set_text,
	[OPTION_ENUM] = set_enum,
};

static void set_list(struct texts *t, const struct raw_value *values, size_t count)
{
	texts_finish(t);
	for (size_t i = 0; i < count; i++)
		if (values[i].text)
			texts_add(t, str_of(values[i].text));
}

/* Options are counted within their block, in order of rows. */
static size_t bit_of(const struct option *o)
{
	size_t bit = 0;
	for (const struct row *r = rows; &r->option != o; r++)
		bit += r->option.block == o->block;
	return bit;
}

static void mark_set(const struct option *o, void *block)
{
	struct block_head head = block_head_of(block);
	size_t bit = bit_of(o);
	assert(bit < 32 * COUNT_OF(head.set));
	head.set[bit / 32] |= UINT32_C(1) << bit % 32;
	block_set_head(block, &head);
}

bool config_given(enum block block, const void *fields, const char *option)
{
	const struct option *o = option_find(block, str_of(option));
	assert(o);
	struct block_head head = block_head_of(fields);
	size_t bit = bit_of(o);
	return head.set[bit / 32] >> bit % 32 & 1;
}

enum err option_set(const struct option *o, void *block, const struct raw_value *values,
    size_t count, struct why *why)
{
	mark_set(o, block);
	if (o->type == OPTION_LIST) {
		set_list(field_of(o, block), values, count);
		return E_OK;
	}
	if (count != 1 || !values[0].text)
		return why_field(why, o->name, E_FIELD, "'%s' takes one value", o->name);
	return set_one[o->type](o, field_of(o, block), values[0].text, why);
}

static void set_default(const struct option *o, void *block)
{
	if (!o->fallback)
		return;
	enum err err = E_OK;
	if (o->type == OPTION_LIST)
		texts_split(field_of(o, block), o->fallback);
	else
		err = set_one[o->type](o, field_of(o, block), o->fallback, NULL);
	assert(!err);
	(void)err;
}

/* The fields of the head lie alike in all blocks; copying keeps the compiler
 * from believing that two structures never share memory. */
struct block_head block_head_of(const void *block)
{
	struct block_head head;
	memcpy(&head, block, sizeof(head));
	return head;
}

void block_set_head(void *block, const struct block_head *head)
{
	memcpy(block, head, offsetof(struct block_head, set) + sizeof(head->set));
}

static void block_init(enum block block, void *fields, const char *name)
{
	struct block_head head = { .name = mem_strdup(name) };
	block_set_head(fields, &head);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].option.block == block)
			set_default(&rows[i].option, fields);
}

static void block_finish(enum block block, void *fields)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct option *o = &rows[i].option;
		if (o->block == block && o->type == OPTION_TEXT)
			free(*(char **)field_of(o, fields));
		else if (o->block == block && o->type == OPTION_LIST)
			texts_finish(field_of(o, fields));
	}
	free(block_head_of(fields).name);
}

/* Pointers to different structures are different types: copied, not cast. */
static void *array_of(const struct config *c, enum block block)
{
	void *array;
	memcpy(&array, (const char *)c + homes[block].array, sizeof(array));
	return array;
}

static size_t count_of(const struct config *c, enum block block)
{
	size_t count;
	memcpy(&count, (const char *)c + homes[block].count, sizeof(count));
	return count;
}

const void *block_at(const struct config *c, enum block block, size_t i)
{
	if (!block_titled(block))
		return i ? NULL : (const char *)c + homes[block].array;
	if (i >= count_of(c, block))
		return NULL;
	return (const char *)array_of(c, block) + i * homes[block].size;
}

static void *grow(struct config *c, enum block block)
{
	size_t size = homes[block].size, count = count_of(c, block) + 1;
	char *array = mem_grow(array_of(c, block), count, size);
	memcpy((char *)c + homes[block].array, &array, sizeof(array));
	memcpy((char *)c + homes[block].count, &count, sizeof(count));
	return memset(array + (count - 1) * size, 0, size);
}

void *block_append(struct config *c, enum block block, const char *name)
{
	void *fields = block_titled(block) ? grow(c, block) : (char *)c + homes[block].array;
	block_init(block, fields, name);
	return fields;
}

void blocks_finish(struct config *c)
{
	for (enum block b = 0; b < BLOCKS; b++) {
		for (size_t i = 0; block_at(c, b, i); i++)
			block_finish(b, (void *)(uintptr_t)block_at(c, b, i));
		if (block_titled(b))
			free(array_of(c, b));
	}
}
