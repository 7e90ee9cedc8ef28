/*
 * A compound is a tag and a list of conditions; each kind of condition is a row
 * of `kinds` with the function that tells whether it holds.
 */
#include "render/html/css_select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NESTING_MAX 8 /* of :not(:is(:not(...))) */

enum condition_kind { C_ID, C_CLASS, C_ATTR, C_NTH, C_NTH_LAST, C_NTH_TYPE, C_NTH_LAST_TYPE, C_NOT,
	C_IS, C_ROOT, C_EMPTY, C_ONLY, C_ONLY_TYPE, C_CHECKED, C_DISABLED, C_LINK, C_LANG,
	    C_NEVER };

typedef bool holds(struct doc *d, const struct condition *c, const struct node *n);

struct parsing {
	struct doc *doc;
	struct tokens t;
	size_t at;
	int depth;
	uint32_t specificity;
	enum pseudo_element pseudo;
};

static bool same_type(const struct node *a, const struct node *b)
{
	return str_eq(a->tag, b->tag);
}

static int place_of_type(const struct node *n)
{
	int place = 1;
	for (const struct node *p = node_prev(n); p; p = node_prev(p))
		place += same_type(n, p);
	return place;
}

static int place_from_end(const struct node *n, bool of_type)
{
	int place = 1;
	for (const struct node *p = node_next(n); p; p = node_next(p))
		place += !of_type || same_type(n, p);
	return place;
}

static bool is_nth(const struct condition *c, int place)
{
	int rest = place - c->offset;
	return c->step ? rest % c->step == 0 && rest / c->step >= 0 : rest == 0;
}

static bool holds_id(struct doc *d, const struct condition *c, const struct node *n)
{
	return str_eq(n->id, c->name);
}

static bool holds_class(struct doc *d, const struct condition *c, const struct node *n)
{
	for (unsigned i = 0; i < n->class_count; i++)
		if (str_eq(n->classes[i], c->name))
			return true;
	return false;
}

static bool equal(const struct condition *c, struct str a, struct str b)
{
	return c->no_case ? str_eq_nocase(a, b) : str_eq(a, b);
}

static bool has_word(const struct condition *c, struct str value)
{
	while (value.len) {
		struct str rest, word = str_cut(value, ' ', &rest);
		if (word.len && equal(c, word, c->value))
			return true;
		value = rest;
	}
	return false;
}

static bool has_part(const struct condition *c, struct str value)
{
	for (size_t i = 0; c->value.len && i + c->value.len <= value.len; i++)
		if (equal(c, str_head(str_from(value, i), c->value.len), c->value))
			return true;
	return false;
}

static bool holds_attr(struct doc *d, const struct condition *c, const struct node *n)
{
	struct str v = node_attr(n, c->name.ptr);
	size_t len = c->value.len;
	if (!v.ptr)
		return false;
	switch (c->operator) {
	case '=':
		return equal(c, v, c->value);
	case '~':
		return has_word(c, v);
	case '|':
		return equal(c, str_head(v, len), c->value) && (v.len == len || v.ptr[len] == '-');
	case '^':
		return len && equal(c, str_head(v, len), c->value);
	case '$':
		return len && v.len >= len && equal(c, str_from(v, v.len - len), c->value);
	case '*':
		return has_part(c, v);
	default:
		return true;
	}
}

static bool holds_nth(struct doc *d, const struct condition *c, const struct node *n)
{
	return is_nth(c, (int)n->place);
}

static bool holds_nth_last(struct doc *d, const struct condition *c, const struct node *n)
{
	return is_nth(c, place_from_end(n, false));
}

static bool holds_nth_type(struct doc *d, const struct condition *c, const struct node *n)
{
	return is_nth(c, place_of_type(n));
}

static bool holds_nth_last_type(struct doc *d, const struct condition *c, const struct node *n)
{
	return is_nth(c, place_from_end(n, true));
}

static bool holds_is(struct doc *d, const struct condition *c, const struct node *n)
{
	for (const struct selector *s = c->list; s; s = s->next)
		if (css_match(d, s, n))
			return true;
	return false;
}

static bool holds_not(struct doc *d, const struct condition *c, const struct node *n)
{
	return !holds_is(d, c, n);
}

static bool holds_root(struct doc *d, const struct condition *c, const struct node *n)
{
	return !n->parent;
}

static bool holds_empty(struct doc *d, const struct condition *c, const struct node *n)
{
	for (const struct node *k = n->first; k; k = k->next)
		if (k->tag.len || k->text.len)
			return false;
	return true;
}

static bool holds_only(struct doc *d, const struct condition *c, const struct node *n)
{
	return !node_prev(n) && !node_next(n);
}

static bool holds_only_type(struct doc *d, const struct condition *c, const struct node *n)
{
	return place_of_type(n) == 1 && place_from_end(n, true) == 1;
}

static bool holds_checked(struct doc *d, const struct condition *c, const struct node *n)
{
	return node_has(n, "checked") || node_has(n, "selected");
}

static bool holds_disabled(struct doc *d, const struct condition *c, const struct node *n)
{
	return node_has(n, "disabled");
}

static bool holds_link(struct doc *d, const struct condition *c, const struct node *n)
{
	return node_is(n, "a") && node_has(n, "href");
}

static bool holds_lang(struct doc *d, const struct condition *c, const struct node *n)
{
	for (; n; n = n->parent) {
		struct str lang = node_attr(n, "lang");
		if (lang.ptr)
			return str_eq_nocase(str_head(lang, c->value.len), c->value) &&
			    (lang.len == c->value.len || lang.ptr[c->value.len] == '-');
	}
	return false;
}

static bool holds_never(struct doc *d, const struct condition *c, const struct node *n)
{
	return false;
}

static holds *const kinds[] = {
	[C_ID] = holds_id, [C_CLASS] = holds_class, [C_ATTR] = holds_attr, [C_NTH] = holds_nth,
	[C_NTH_LAST] = holds_nth_last, [C_NTH_TYPE] = holds_nth_type,
	[C_NTH_LAST_TYPE] = holds_nth_last_type, [C_NOT] = holds_not, [C_IS] = holds_is,
	[C_ROOT] = holds_root, [C_EMPTY] = holds_empty, [C_ONLY] = holds_only,
	[C_ONLY_TYPE] = holds_only_type, [C_CHECKED] = holds_checked,
	[C_DISABLED] = holds_disabled, [C_LINK] = holds_link, [C_LANG] = holds_lang,
	[C_NEVER] = holds_never,
};

enum argument { ARG_NONE, ARG_NTH, ARG_LIST, ARG_LANG };

static const struct pseudo_class {
	const char *name;
	enum condition_kind kind;
	enum argument argument;
	int offset;             /* for those that are an nth-child of their own */
} pseudo_classes[] = {
	{ "first-child", C_NTH, ARG_NONE, 1 },
	{ "last-child", C_NTH_LAST, ARG_NONE, 1 },
	{ "first-of-type", C_NTH_TYPE, ARG_NONE, 1 },
	{ "last-of-type", C_NTH_LAST_TYPE, ARG_NONE, 1 },
	{ "only-child", C_ONLY, ARG_NONE, 0 },
	{ "only-of-type", C_ONLY_TYPE, ARG_NONE, 0 },
	{ "nth-child", C_NTH, ARG_NTH, 0 },
	{ "nth-last-child", C_NTH_LAST, ARG_NTH, 0 },
	{ "nth-of-type", C_NTH_TYPE, ARG_NTH, 0 },
	{ "nth-last-of-type", C_NTH_LAST_TYPE, ARG_NTH, 0 },
	{ "not", C_NOT, ARG_LIST, 0 },
	{ "is", C_IS, ARG_LIST, 0 },
	{ "matches", C_IS, ARG_LIST, 0 },
	{ "-webkit-any", C_IS, ARG_LIST, 0 },
	{ "where", C_IS, ARG_LIST, 0 },
	{ "root", C_ROOT, ARG_NONE, 0 },
	{ "scope", C_ROOT, ARG_NONE, 0 },
	{ "empty", C_EMPTY, ARG_NONE, 0 },
	{ "checked", C_CHECKED, ARG_NONE, 0 },
	{ "disabled", C_DISABLED, ARG_NONE, 0 },
	{ "link", C_LINK, ARG_NONE, 0 },
	{ "any-link", C_LINK, ARG_NONE, 0 },
	{ "lang", C_LANG, ARG_LANG, 0 },
	/* paper has no pointer, no focus and no history */
	{ "visited", C_NEVER, ARG_NONE, 0 },
	{ "hover", C_NEVER, ARG_NONE, 0 },
	{ "active", C_NEVER, ARG_NONE, 0 },
	{ "focus", C_NEVER, ARG_NONE, 0 },
	{ "focus-visible", C_NEVER, ARG_NONE, 0 },
	{ "focus-within", C_NEVER, ARG_NONE, 0 },
	{ "target", C_NEVER, ARG_NONE, 0 },
};

static const struct { const char *name; enum pseudo_element pseudo; } pseudo_elements[] = {
	{ "before", PSEUDO_BEFORE }, { "after", PSEUDO_AFTER }, { "marker", PSEUDO_MARKER },
	/* nothing of these is ever on paper */
	{ "selection", PSEUDO_OTHER }, { "backdrop", PSEUDO_OTHER },
	    { "placeholder", PSEUDO_OTHER },
};

static const struct token *look(const struct parsing *p)
{
	static const struct token end = { .kind = T_END };
	return p->at < p->t.count ? &p->t.ptr[p->at] : &end;
}

static bool skip_blanks(struct parsing *p)
{
	size_t from = p->at;
	while (look(p)->kind == T_BLANK)
		p->at++;
	return p->at > from;
}

static struct condition *condition_add(struct parsing *p, struct compound *to,
    enum condition_kind kind, struct str name)
{
	struct condition *c = ARENA_NEW(&p->doc->arena, struct condition);
	*c = (struct condition){ .next = to->conditions, .kind = kind, .name = name };
	to->conditions = c;
	p->specificity += kind == C_ID ? 1 << 16 : kind == C_NOT || kind == C_IS ? 0 : 1 << 8;
	return c;
}

static bool read_attr(struct parsing *p, struct compound *to)
{
	p->at++;
	skip_blanks(p);
	if (look(p)->kind != T_IDENT)
		return false;
	struct str name = arena_lower(&p->doc->arena, look(p)->text);
	struct condition *c = condition_add(p, to, C_ATTR, name);
	p->at++;
	skip_blanks(p);
	if (look(p)->kind == T_DELIM && strchr("=~|^$*", look(p)->delim)) {
		c->operator = (uint8_t)look(p)->delim;
		p->at++;
		if (c->operator != '=' && !token_delim(look(p), '='))
			return false;
		p->at += c->operator != '=';
		skip_blanks(p);
		if (look(p)->kind != T_IDENT && look(p)->kind != T_STRING)
			return false;
		c->value = look(p)->text;
		p->at++;
		skip_blanks(p);
		if (token_is(look(p), "i")) {
			c->no_case = true;
			p->at++;
			skip_blanks(p);
		}
	}
	return token_delim(look(p), ']') && ++p->at;
}

/* "odd", "even", "3", "2n+1", "-n+3": the tokens' text is one word without blanks. */
static bool read_nth(struct parsing *p, struct tokens t, struct condition *c)
{
	char text[32] = "", *at = text, *end;
	for (size_t i = 0; i < t.count; i++) {
		struct str s = tokens_text(&p->doc->arena, (struct tokens){ t.ptr + i, 1 });
		size_t len = strlen(text);
		const struct token *k = &t.ptr[i];
		bool plus = (k->kind == T_NUMBER || k->kind == T_DIMENSION) && k->sign &&
		    k->number >= 0;
		if (k->kind == T_BLANK)
			continue;
		if (len + s.len + 2 > sizeof(text))
			return false;
		snprintf(text + len, sizeof(text) - len, "%s%.*s", plus ? "+" : "", STR_ARG(s));
	}
	if (!strcasecmp(text, "odd") || !strcasecmp(text, "even")) {
		c->step = 2;
		c->offset = !strcasecmp(text, "odd");
		return true;
	}
	long n = strtol(at, &end, 10);
	bool bare = end == at; /* "n", "-n" */
	if (bare)
		end += *end == '-' || *end == '+';
	if ((*end | 32) != 'n') {
		c->offset = (int)n;
		return !bare && !*end;
	}
	c->step = bare ? (*at == '-' ? -1 : 1) : (int)n;
	at = end + 1;
	c->offset = (int)strtol(at, &end, 10);
	return !*end && (end > at || !*at);
}

static struct selector *read_list(struct parsing *p);

static bool read_nested(struct parsing *p, struct tokens t, struct condition *c)
{
	struct parsing inner = { .doc = p->doc, .t = t, .depth = p->depth + 1 };
	uint32_t most = 0;
	if (inner.depth > NESTING_MAX)
		return false;
	c->list = read_list(&inner);
	for (const struct selector *s = c->list; s; s = s->next)
		most = s->specificity > most ? s->specificity : most;
	p->specificity += most;
	return c->list != NULL;
}

static struct tokens read_argument(struct parsing *p)
{
	size_t from = p->at;
	p->at = tokens_skip(p->t, from);
	struct tokens inner = { p->t.ptr + from + 1, p->at - from - 1 };
	if (inner.count && token_delim(&inner.ptr[inner.count - 1], ')'))
		inner.count--;
	return tokens_trim(inner);
}

static bool read_pseudo_class(struct parsing *p, struct compound *to)
{
	struct str name = look(p)->text;
	bool function = look(p)->kind == T_FUNCTION;
	const struct pseudo_class *row = NULL;
	for (size_t i = 0; i < sizeof(pseudo_classes) / sizeof(*pseudo_classes) && !row; i++)
		if (str_is_nocase(name, pseudo_classes[i].name) &&
		    function == (pseudo_classes[i].argument != ARG_NONE))
			row = &pseudo_classes[i];
	struct tokens argument = { NULL, 0 };
	if (function)
		argument = read_argument(p);
	else
		p->at++;
	if (!row) {
		feature_note(p->doc, FEATURE_LAYOUT, "selector :%.*s", STR_ARG(name));
		condition_add(p, to, C_NEVER, name);
		return true;
	}
	struct condition *c = condition_add(p, to, row->kind, name);
	c->offset = row->offset;
	if (row->argument == ARG_LANG && argument.count)
		c->value = argument.ptr->text;
	if (str_is_nocase(name, "where")) {
		uint32_t before = p->specificity;
		bool good = read_nested(p, argument, c);
		p->specificity = before;
		return good;
	}
	return row->argument == ARG_NTH ? read_nth(p, argument, c) :
	    row->argument == ARG_LIST ? read_nested(p, argument, c) : true;
}

static bool read_pseudo(struct parsing *p, struct compound *to)
{
	bool element = token_delim(look(p), ':');
	p->at += element;
	struct str name = look(p)->text;
	if (look(p)->kind != T_IDENT && look(p)->kind != T_FUNCTION)
		return false;
	for (size_t i = 0; i < sizeof(pseudo_elements) / sizeof(*pseudo_elements); i++)
		if (str_is_nocase(name, pseudo_elements[i].name)) {
			p->pseudo = pseudo_elements[i].pseudo;
			p->specificity++;
			p->at++;
			return true;
		}
	if (!element && !str_is_nocase(name, "first-line") && !str_is_nocase(name, "first-letter"))
		return read_pseudo_class(p, to);
	p->pseudo = PSEUDO_OTHER;
	p->at = tokens_skip(p->t, p->at);
	if (!str_starts(name, "-"))
		feature_note(p->doc, FEATURE_LAYOUT, "selector ::%.*s", STR_ARG(name));
	return true;
}

static bool read_simple(struct parsing *p, struct compound *to)
{
	const struct token *t = look(p);
	if (t->kind == T_HASH || token_delim(t, '.')) {
		p->at += token_delim(t, '.');
		if (t->kind != T_HASH && look(p)->kind != T_IDENT)
			return false;
		condition_add(p, to, t->kind == T_HASH ? C_ID : C_CLASS, look(p)->text);
		p->at++;
		return true;
	}
	if (token_delim(t, '['))
		return read_attr(p, to);
	p->at++;
	return read_pseudo(p, to);
}

static struct compound *read_compound(struct parsing *p)
{
	struct compound *c = ARENA_NEW(&p->doc->arena, struct compound);
	size_t from = p->at;
	if (look(p)->kind == T_IDENT) {
		c->tag = arena_lower(&p->doc->arena, look(p)->text);
		p->specificity++;
		p->at++;
	} else if (token_delim(look(p), '*')) {
		p->at++;
	}
	while (look(p)->kind == T_HASH || token_delim(look(p), '.') || token_delim(look(p), '[') ||
	    token_delim(look(p), ':'))
		if (!read_simple(p, c))
			return NULL;
	return p->at > from ? c : NULL;
}

static struct compound *read_complex(struct parsing *p)
{
	struct compound *left = NULL;
	char combinator = 0;
	for (;;) {
		struct compound *c = read_compound(p);
		if (!c)
			return NULL;
		c->left = left;
		c->combinator = combinator;
		left = c;
		bool blank = skip_blanks(p);
		const struct token *t = look(p);
		if (t->kind == T_END || token_delim(t, ','))
			return left;
		combinator = ' ';
		if (t->kind == T_DELIM && strchr(">+~", t->delim)) {
			combinator = t->delim;
			p->at++;
			skip_blanks(p);
		} else if (!blank) {
			return NULL;
		}
	}
}

static struct selector *read_list(struct parsing *p)
{
	struct selector *first = NULL, **end = &first;
	do {
		skip_blanks(p);
		p->specificity = 0;
		p->pseudo = PSEUDO_NONE;
		size_t from = p->at;
		struct compound *last = read_complex(p);
		if (!last)
			return NULL;
		struct selector *s = ARENA_NEW(&p->doc->arena, struct selector);
		*s = (struct selector){ .last = last, .specificity = p->specificity,
			.pseudo = p->pseudo, .source = { p->t.ptr + from, p->at - from } };
		*end = s;
		end = &s->next;
	} while (token_delim(look(p), ',') && ++p->at);
	return first;
}

struct selector *css_selectors(struct doc *d, struct tokens t)
{
	struct parsing p = { .doc = d, .t = tokens_trim(t) };
	return read_list(&p);
}

static bool match_one(struct doc *d, const struct compound *c, const struct node *n)
{
	if (c->tag.len && !str_eq(c->tag, n->tag))
		return false;
	for (const struct condition *k = c->conditions; k; k = k->next)
		if (!kinds[k->kind](d, k, n))
			return false;
	return true;
}

static bool match(struct doc *d, const struct compound *c, const struct node *n)
{
	arena_tick(&d->arena);
	if (!match_one(d, c, n))
		return false;
	if (!c->left)
		return true;
	bool sibling = c->combinator == '+' || c->combinator == '~';
	bool once = c->combinator == '+' || c->combinator == '>';
	while ((n = sibling ? node_prev(n) : n->parent)) {
		if (match(d, c->left, n))
			return true;
		if (once)
			return false;
	}
	return false;
}

bool css_match(struct doc *d, const struct selector *s, const struct node *n)
{
	return s->pseudo != PSEUDO_OTHER && match(d, s->last, n);
}
