/*
 * Values and how to walk them. They lie in an arena of growing chunks, so a
 * document costs a handful of allocations and one free each.
 */
#include "base/json.h"

#include <stdlib.h>

#include "base/json_value.h"
#include "base/mem.h"

#define CHUNK_FIRST 2048
#define CHUNK_LARGE (64 * 1024)

struct json_chunk {
	struct json_chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

/* The arena. What it can grow to follows from the ceilings of the text and of
 * the number of values, so it may use the allocator that never fails. */
void *json_doc_take(struct json_doc *doc, size_t size)
{
	size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	struct json_chunk *chunk = doc->chunks;
	if (!chunk || size > chunk->size - chunk->used) {
		size_t room = !chunk ? CHUNK_FIRST : chunk->size * 2;
		if (room > CHUNK_LARGE)
			room = CHUNK_LARGE;
		if (room < size)
			room = size;
		chunk = mem_grow(NULL, 1, sizeof(*chunk) + room);
		*chunk = (struct json_chunk){ .next = doc->chunks, .size = room };
		doc->chunks = chunk;
	}
	void *ptr = chunk->bytes + chunk->used;
	chunk->used += size;
	return ptr;
}

void json_destroy(struct json_doc *doc)
{
	if (!doc)
		return;
	for (struct json_chunk *chunk = doc->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(doc);
}

const struct json *json_root(const struct json_doc *doc)
{
	return doc->root;
}

bool json_is(const struct json *v, enum json_type type)
{
	return v && v->type == type;
}

enum json_type json_type(const struct json *v)
{
	return v ? v->type : JSON_NULL;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",     [JSON_BOOL] = "boolean", [JSON_NUMBER] = "number",
		[JSON_STRING] = "string", [JSON_ARRAY] = "array",  [JSON_OBJECT] = "object",
	};
	return names[type];
}

struct str json_source(const struct json *v)
{
	return v ? v->source : STR_NONE;
}

static bool is_container(const struct json *v)
{
	return json_is(v, JSON_ARRAY) || json_is(v, JSON_OBJECT);
}

const struct json *json_get(const struct json *object, const char *key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	struct str wanted = str_of(key);
	for (const struct json *v = object->in.first; v; v = v->next)
		if (str_eq(v->key, wanted))
			return v;
	return NULL;
}

const struct json *json_first(const struct json *container)
{
	return is_container(container) ? container->in.first : NULL;
}

const struct json *json_next(const struct json *v)
{
	return v ? v->next : NULL;
}

size_t json_count(const struct json *container)
{
	return is_container(container) ? container->in.count : 0;
}

struct str json_key(const struct json *member)
{
	return member ? member->key : STR_NONE;
}

bool json_bool(const struct json *v, bool fallback)
{
	return json_is(v, JSON_BOOL) ? v->source.ptr[0] == 't' : fallback;
}
