/*
 * One pass over the text builds a tree of values that point back into it. The
 * values lie in an arena of growing chunks, so a document costs a handful of
 * allocations and one free each. Recursion is as deep as `limits->depth`.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

#define DEPTH_DEFAULT 32
#define VALUES_DEFAULT (256 * 1024)
#define CHUNK_FIRST 2048
#define CHUNK_LARGE (64 * 1024)
#define MEMBERS_PAIRWISE 8 /* up to here comparing all pairs beats hashing */

struct json {
	struct str source;
	struct str key; /* decoded, of an object's member */
	struct json *next;
	union {
		struct str string;      /* JSON_STRING, not `escaped` */
		struct json_doc *doc;   /* JSON_STRING, `escaped`: where to decode it */
		struct {
			struct json *first;
			size_t count;
		} in; /* JSON_ARRAY, JSON_OBJECT */
	};
	enum json_type type;
	bool escaped;
};

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

struct json_doc {
	struct chunk *chunks; /* the one in use first */
	struct json *root;
};

struct parser {
	struct json_doc *doc;
	const char *start, *at, *end;
	unsigned depth;       /* levels left */
	size_t values;        /* values left */
	const char *mistake;  /* what is wrong at `at` */
};

/* The arena. What it can grow to follows from the ceilings of the text and of
 * the number of values, so it may use the allocator that never fails. */
static void *take(struct json_doc *doc, size_t size)
{
	size = (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	struct chunk *chunk = doc->chunks;
	if (!chunk || size > chunk->size - chunk->used) {
		size_t room = !chunk ? CHUNK_FIRST : chunk->size * 2;
		if (room > CHUNK_LARGE)
			room = CHUNK_LARGE;
		if (room < size)
			room = size;
		chunk = mem_grow(NULL, 1, sizeof(*chunk) + room);
		*chunk = (struct chunk){ .next = doc->chunks, .size = room };
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
	for (struct chunk *chunk = doc->chunks, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(doc);
}

static bool wrong(struct parser *p, const char *at, const char *mistake)
{
	p->at = at;
	p->mistake = mistake;
	return false;
}

static bool has(const struct parser *p, char c)
{
	return p->at < p->end && *p->at == c;
}

static bool skip(struct parser *p, char c)
{
	bool found = has(p, c);
	p->at += found;
	return found;
}

static void skip_blanks(struct parser *p)
{
	while (has(p, ' ') || has(p, '\n') || has(p, '\r') || has(p, '\t'))
		p->at++;
}

/* Strings. The scan takes sixteen bytes at a time, which the compiler turns
 * into whatever vectors the machine has. */
typedef uint8_t block __attribute__((vector_size(16)));

static block splat(uint8_t byte)
{
	return (block){ 0 } + byte;
}

static bool any(block b)
{
	uint64_t halves[2];
	memcpy(halves, &b, sizeof(halves));
	return (halves[0] | halves[1]) != 0;
}

/* The first quote, backslash or control character; `*high` is set if there
 * was anything beyond ASCII before it. */
static const char *scan_plain(const char *at, const char *end, bool *high)
{
	const block quote = splat('"'), backslash = splat('\\'), space = splat(' ');
	block seen = splat(0), bytes;
	for (; (size_t)(end - at) >= sizeof(block); at += sizeof(block)) {
		memcpy(&bytes, at, sizeof(bytes));
		if (any((block)((bytes == quote) | (bytes == backslash) | (bytes < space))))
			break;
		seen |= bytes;
	}
	uint8_t rest = 0;
	while (at < end && *at != '"' && *at != '\\' && (uint8_t)*at >= ' ')
		rest |= (uint8_t)*at++;
	*high |= any(seen & splat(0x80)) || rest & 0x80;
	return at;
}

static bool hex4(const char *at, const char *end, uint32_t *unit)
{
	*unit = 0;
	if (end - at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		char l = (char)(c | 0x20);
		if (c >= '0' && c <= '9')
			*unit = *unit << 4 | (uint32_t)(c - '0');
		else if (l >= 'a' && l <= 'f')
			*unit = *unit << 4 | (uint32_t)(l - 'a' + 10);
		else
			return false;
	}
	return true;
}

static const char escape_letters[] = "\"\\/bfnrt";
static const char escape_values[] = "\"\\/\b\f\n\r\t";

/* The escape after a backslash at `*at`, advancing over it. */
static bool read_escape(const char **at, const char *end, uint32_t *code)
{
	const char *p = *at + 1, *letter;
	uint32_t low;
	if (p < end && *p && (letter = strchr(escape_letters, *p))) {
		*code = (uint8_t)escape_values[letter - escape_letters];
		*at = p + 1;
		return true;
	}
	if (p == end || *p != 'u' || !hex4(p + 1, end, code))
		return false;
	*at = p + 5;
	if (*code < 0xd800 || *code > 0xdfff)
		return true;
	if (*code > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
	    !hex4(*at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	*at += 6;
	return true;
}

/* From quote to quote. `*inner` is what lies between, `*escaped` whether it
 * still has to be decoded. */
static bool scan_string(struct parser *p, struct str *inner, bool *escaped)
{
	const char *start = p->at + 1, *at = start;
	bool high = false;
	uint32_t code;
	*escaped = false;
	for (;;) {
		at = scan_plain(at, p->end, &high);
		if (at == p->end)
			return wrong(p, at, "the string has no end");
		if (*at == '"')
			break;
		if (*at != '\\')
			return wrong(p, at, "a control character in a string");
		if (!read_escape(&at, p->end, &code))
			return wrong(p, at, "this escape is not valid");
		*escaped = true;
	}
	*inner = (struct str){ start, (size_t)(at - start) };
	if (high && !utf8_valid(*inner))
		return wrong(p, p->at, "the string is not UTF-8");
	p->at = at + 1;
	return true;
}

static struct str decode(struct json_doc *doc, struct str inner)
{
	char *out = take(doc, inner.len), *to = out;
	const char *at = inner.ptr, *end = inner.ptr + inner.len;
	while (at < end) {
		const char *backslash = memchr(at, '\\', (size_t)(end - at));
		size_t plain = (size_t)((backslash ? backslash : end) - at);
		memcpy(to, at, plain);
		to += plain;
		at += plain;
		uint32_t code;
		char utf8[4];
		if (at == end || !read_escape(&at, end, &code))
			break;
		size_t len = utf8_encode(code, utf8);
		memcpy(to, utf8, len);
		to += len;
	}
	return (struct str){ out, (size_t)(to - out) };
}

static bool parse_string(struct parser *p, struct json *v)
{
	struct str inner;
	v->type = JSON_STRING;
	if (!scan_string(p, &inner, &v->escaped))
		return false;
	if (v->escaped)
		v->doc = p->doc;
	else
		v->string = inner;
	return true;
}

static bool skip_digits(struct parser *p)
{
	const char *start = p->at;
	while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
		p->at++;
	return p->at > start;
}

static bool parse_number(struct parser *p, struct json *v)
{
	v->type = JSON_NUMBER;
	skip(p, '-');
	if (!skip(p, '0') && !skip_digits(p))
		return wrong(p, p->at, "a digit is missing");
	if (skip(p, '.') && !skip_digits(p))
		return wrong(p, p->at, "a digit is missing after the point");
	if (skip(p, 'e') || skip(p, 'E')) {
		if (!skip(p, '+'))
			skip(p, '-');
		if (!skip_digits(p))
			return wrong(p, p->at, "the exponent has no digits");
	}
	return true;
}

static bool parse_word(struct parser *p, struct json *v, enum json_type type, const char *word)
{
	struct str rest = { p->at, (size_t)(p->end - p->at) };
	v->type = type;
	if (!str_starts(rest, word))
		return wrong(p, p->at, "a value was expected");
	p->at += strlen(word);
	return true;
}

static struct json *parse_value(struct parser *p);

static bool descend(struct parser *p)
{
	if (!p->depth)
		return wrong(p, p->at, "it is nested too deeply");
	p->depth--;
	p->at++;
	skip_blanks(p);
	return true;
}

/* After a member or element: true if another one follows. */
static bool go_on(struct parser *p, char closing)
{
	skip_blanks(p);
	if (skip(p, ',')) {
		skip_blanks(p);
		return true;
	}
	if (!skip(p, closing))
		wrong(p, p->at, closing == ']' ? "a comma or ] is missing" : "a comma or } is missing");
	p->depth++;
	return false;
}

static bool parse_array(struct parser *p, struct json *v)
{
	struct json **tail = &v->in.first;
	v->type = JSON_ARRAY;
	v->in.first = NULL;
	v->in.count = 0;
	if (!descend(p))
		return false;
	if (skip(p, ']')) {
		p->depth++;
		return true;
	}
	do {
		if (!(*tail = parse_value(p)))
			return false;
		tail = &(*tail)->next;
		v->in.count++;
	} while (go_on(p, ']'));
	return !p->mistake;
}

static bool parse_key(struct parser *p, struct str *key)
{
	bool escaped;
	if (!has(p, '"'))
		return wrong(p, p->at, "a key in quotes was expected");
	if (!scan_string(p, key, &escaped))
		return false;
	if (escaped)
		*key = decode(p->doc, *key);
	skip_blanks(p);
	if (!skip(p, ':'))
		return wrong(p, p->at, "a colon is missing");
	skip_blanks(p);
	return true;
}

static struct json *parse_member(struct parser *p)
{
	struct str key;
	struct json *v = parse_key(p, &key) ? parse_value(p) : NULL;
	if (v)
		v->key = key;
	return v;
}

static const struct json *pairwise_twin(const struct json *object)
{
	for (const struct json *a = object->in.first; a; a = a->next)
		for (const struct json *b = object->in.first; b != a; b = b->next)
			if (str_eq(a->key, b->key))
				return a;
	return NULL;
}

static const struct json *hashed_twin(const struct json *object)
{
	size_t cap = 4 * MEMBERS_PAIRWISE;
	while (cap < object->in.count * 2)
		cap *= 2;
	const struct json **table = mem_array(cap, sizeof(*table)), *v = object->in.first;
	for (; v; v = v->next) {
		size_t i = map_hash(v->key) & (cap - 1);
		while (table[i] && !str_eq(table[i]->key, v->key))
			i = (i + 1) & (cap - 1);
		if (table[i])
			break;
		table[i] = v;
	}
	free(table);
	return v;
}

static bool keys_differ(struct parser *p, const struct json *object)
{
	const struct json *twin = object->in.count <= MEMBERS_PAIRWISE ? pairwise_twin(object)
								      : hashed_twin(object);
	return !twin || wrong(p, twin->source.ptr, "the key of this value was there before");
}

static bool parse_object(struct parser *p, struct json *v)
{
	struct json **tail = &v->in.first;
	v->type = JSON_OBJECT;
	v->in.first = NULL;
	v->in.count = 0;
	if (!descend(p))
		return false;
	if (skip(p, '}')) {
		p->depth++;
		return true;
	}
	do {
		if (!(*tail = parse_member(p)))
			return false;
		tail = &(*tail)->next;
		v->in.count++;
	} while (go_on(p, '}'));
	return !p->mistake && keys_differ(p, v);
}

static bool parse_into(struct parser *p, struct json *v)
{
	switch (p->at < p->end ? *p->at : '\0') {
	case '{':
		return parse_object(p, v);
	case '[':
		return parse_array(p, v);
	case '"':
		return parse_string(p, v);
	case 't':
		return parse_word(p, v, JSON_BOOL, "true");
	case 'f':
		return parse_word(p, v, JSON_BOOL, "false");
	case 'n':
		return parse_word(p, v, JSON_NULL, "null");
	}
	if (has(p, '-') || (p->at < p->end && *p->at >= '0' && *p->at <= '9'))
		return parse_number(p, v);
	return wrong(p, p->at, "a value was expected");
}

static struct json *parse_value(struct parser *p)
{
	if (!p->values) {
		wrong(p, p->at, "it holds too many values");
		return NULL;
	}
	p->values--;
	struct json *v = take(p->doc, sizeof(*v));
	*v = (struct json){ .source.ptr = p->at };
	if (!parse_into(p, v))
		return NULL;
	v->source.len = (size_t)(p->at - v->source.ptr);
	return v;
}

static enum err tell(const struct parser *p, struct why *why)
{
	size_t line = 1, column = 1;
	for (const char *c = p->start; c < p->at; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((uint8_t)*c & 0xc0) != 0x80) {
			column++; /* characters, not bytes */
		}
	}
	return why_fail(why, E_JSON, "Invalid JSON in line %zu, column %zu: %s", line, column,
	    p->mistake);
}

enum err json_parse(struct str text, const struct json_limits *limits, struct json_doc **doc,
    struct why *why)
{
	struct parser p = {
		.doc = mem_alloc(sizeof(*p.doc)),
		.start = text.len ? text.ptr : "",
		.depth = limits && limits->depth ? limits->depth : DEPTH_DEFAULT,
		.values = limits && limits->values ? limits->values : VALUES_DEFAULT,
	};
	p.at = p.start;
	p.end = p.start + text.len;
	skip_blanks(&p);
	p.doc->root = parse_value(&p);
	if (p.doc->root)
		skip_blanks(&p);
	if (p.doc->root && p.at < p.end)
		wrong(&p, p.at, "something follows the value");
	if (p.mistake) {
		json_destroy(p.doc);
		return tell(&p, why);
	}
	*doc = p.doc;
	return E_OK;
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

/* Decodes at the first call: the one change that a `const` value knows, and
 * nobody can see. */
struct str json_string(const struct json *v)
{
	if (!json_is(v, JSON_STRING))
		return STR_NONE;
	if (v->escaped) {
		struct json *own = (struct json *)v;
		struct str inner = { v->source.ptr + 1, v->source.len - 2 };
		own->string = decode(v->doc, inner);
		own->escaped = false;
	}
	return v->string;
}

bool json_bool(const struct json *v, bool fallback)
{
	return json_is(v, JSON_BOOL) ? v->source.ptr[0] == 't' : fallback;
}
