/*
 * The reader: one pass over the text builds a tree of values that point back
 * into it. Recursion is as deep as `limits->depth`. The first mistake is kept
 * with its place, and everybody returns false.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_value.h"
#include "base/map.h"
#include "base/mem.h"

#define DEPTH_DEFAULT 32
#define VALUES_DEFAULT (256 * 1024)
#define MEMBERS_PAIRWISE 8 /* up to here comparing all pairs beats hashing */

struct parser {
	struct json_doc *doc;
	const char *start, *at, *end;
	unsigned depth;       /* levels left */
	size_t values;        /* values left */
	const char *mistake;  /* what is wrong at `at` */
};

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

static bool parse_string(struct parser *p, struct json *v)
{
	struct str inner;
	v->type = JSON_STRING;
	const char *mistake = json_string_scan(&p->at, p->end, &inner, &v->escaped);
	if (mistake)
		return wrong(p, p->at, mistake);
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
		wrong(p, p->at,
		    closing == ']' ? "a comma or ] is missing" : "a comma or } is missing");
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
	const char *mistake = json_string_scan(&p->at, p->end, key, &escaped);
	if (mistake)
		return wrong(p, p->at, mistake);
	if (escaped)
		*key = json_string_decode(p->doc, *key);
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
	struct json *v = json_doc_take(p->doc, sizeof(*v));
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
