/*
 * Rules go into buckets by the id, class or tag that their selector's last part
 * must have: an element then meets only rules that have a chance.
 */
#include "render/html/css_parse.h"

#include <math.h>
#include <string.h>

#include "render/html/css_cascade.h"
#include "render/html/css_media.h"

#define RULES_NESTED_MAX 8 /* @media within @supports within ... */

struct sheet_parsing {
	struct doc *doc;
	struct sheet *sheet;
	int depth;
};

static unsigned bucket_of(char kind, struct str name)
{
	unsigned h = (unsigned char)kind;
	for (size_t i = 0; i < name.len; i++)
		h = h * 31 + (unsigned char)name.ptr[i];
	return h % SHEET_BUCKETS;
}

static struct rule **bucket_for(struct sheet *s, const struct selector *selector)
{
	const struct compound *c = selector->last;
	for (const struct condition *k = c->conditions; k; k = k->next)
		if (k->kind <= 1) /* id, class: the first two of css_select.c */
			return &s->buckets[bucket_of(k->kind ? '.' : '#', k->name)];
	return c->tag.len ? &s->buckets[bucket_of(' ', c->tag)] : &s->any;
}

static void visit_chain(const struct rule *r, css_visit *visit, void *arg)
{
	for (; r; r = r->next)
		visit(arg, r);
}

/* A bucket may be met twice (two classes of one hash): the cascade sorts and drops doubles. */
void css_candidates(const struct sheet *s, const struct node *n, css_visit *visit, void *arg)
{
	visit_chain(s->any, visit, arg);
	visit_chain(s->buckets[bucket_of(' ', n->tag)], visit, arg);
	if (n->id.len)
		visit_chain(s->buckets[bucket_of('#', n->id)], visit, arg);
	for (unsigned i = 0; i < n->class_count; i++)
		visit_chain(s->buckets[bucket_of('.', n->classes[i])], visit, arg);
}

static bool take_important(struct tokens *value)
{
	struct tokens v = tokens_trim(*value);
	size_t n = v.count;
	if (!n || !token_is(&v.ptr[n - 1], "important"))
		return false;
	for (n--; n && v.ptr[n - 1].kind == T_BLANK; n--)
		;
	if (!n || !token_delim(&v.ptr[n - 1], '!'))
		return false;
	*value = tokens_trim((struct tokens){ v.ptr, n - 1 });
	return true;
}

static bool has_var(struct tokens t)
{
	for (size_t i = 0; i < t.count; i++)
		if (t.ptr[i].kind == T_FUNCTION && str_is_nocase(t.ptr[i].text, "var"))
			return true;
	return false;
}

static bool read_declaration(struct doc *d, struct tokens t, struct declaration *out)
{
	struct tokens value;
	struct tokens name = tokens_trim(tokens_cut(t, ':', &value));
	if (name.count != 1 || name.ptr->kind != T_IDENT || !value.ptr)
		return false;
	*out = (struct declaration){ .name = name.ptr->text };
	value = tokens_trim(value);
	out->important = take_important(&value);
	out->value = value;
	out->variable = has_var(value);
	if (str_starts(out->name, "--"))
		return true;
	out->property = cascade_property(out->name);
	if (!out->property)
		cascade_unknown(d, out->name, value);
	return out->property && value.count;
}

struct declaration *css_parse_declarations(struct doc *d, struct tokens body, size_t *count)
{
	struct declaration *all = NULL;
	*count = 0;
	while (body.count) {
		struct tokens one = tokens_trim(tokens_cut(body, ';', &body));
		if (!one.count)
			continue;
		struct declaration decl;
		bool nested = false;
		for (size_t i = 0; i < one.count && !nested; i++)
			nested = token_delim(&one.ptr[i], '{');
		if (nested)
			feature_note(d, FEATURE_LAYOUT, "nested style rules");
		if (nested || !read_declaration(d, one, &decl))
			continue;
		all = arena_more(&d->arena, all, *count, sizeof(*all));
		all[(*count)++] = decl;
	}
	return all;
}

static void add_rules(struct sheet_parsing *p, struct tokens prelude, struct tokens body)
{
	struct selector *s = css_selectors(p->doc, prelude);
	size_t count;
	if (!s)
		return;
	struct declaration *list = css_parse_declarations(p->doc, body, &count);
	for (; s; s = s->next) {
		struct rule *r = ARENA_NEW(&p->doc->arena, struct rule);
		struct rule **bucket = bucket_for(p->sheet, s);
		*r = (struct rule){ s, list, count, ++p->sheet->rule_count, *bucket };
		*bucket = r;
	}
}

static void add_font(struct sheet_parsing *p, struct tokens body)
{
	struct font_face *f = ARENA_NEW(&p->doc->arena, struct font_face);
	f->weight = 400;
	while (body.count) {
		struct tokens value, one = tokens_cut(body, ';', &body);
		struct tokens name = tokens_trim(tokens_cut(one, ':', &value));
		value = tokens_trim(value);
		if (name.count != 1 || !value.count)
			continue;
		if (token_is(name.ptr, "font-family"))
			f->family = value.ptr->text;
		else if (token_is(name.ptr, "font-weight"))
			f->weight = value.ptr->kind == T_NUMBER ?
			    (unsigned)fabs(value.ptr->number) :
			    token_is(value.ptr, "bold") ? 700 : 400;
		else if (token_is(name.ptr, "font-style"))
			f->italic = !token_is(value.ptr, "normal");
		for (size_t i = 0; token_is(name.ptr, "src") && i < value.count && !f->url.len; i++)
			if (value.ptr[i].kind == T_URL)
				f->url = value.ptr[i].text;
	}
	if (!f->family.len || !f->url.len)
		return;
	f->next = p->sheet->fonts;
	p->sheet->fonts = f;
}

static void parse_rules(struct sheet_parsing *p, struct tokens t);

static void nested_rules(struct sheet_parsing *p, struct tokens body)
{
	if (++p->depth > RULES_NESTED_MAX)
		arena_fail(&p->doc->arena, E_TOO_LARGE, "style rules are nested too deeply");
	parse_rules(p, body);
	p->depth--;
}

/* Rules that say nothing about paper. */
static bool is_idle_rule(struct str name)
{
	static const char *const idle[] = { "charset", "namespace", "keyframes",
	    "-webkit-keyframes",
		"-moz-keyframes", "property", "counter-style", "font-feature-values", "viewport",
		"-ms-viewport", "color-profile", "view-transition" };
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		if (str_is_nocase(name, idle[i]))
			return true;
	return false;
}

static void at_rule(struct sheet_parsing *p, struct str name, struct tokens prelude,
    struct tokens body)
{
	if (str_is_nocase(name, "media")) {
		if (media_holds(p->doc, prelude))
			nested_rules(p, body);
	} else if (str_is_nocase(name, "supports")) {
		if (media_supports(p->doc, prelude))
			nested_rules(p, body);
	} else if (str_is_nocase(name, "font-face")) {
		add_font(p, body);
	} else if (str_is_nocase(name, "page")) {
		if (!prelude.count)
			media_page(p->doc, body);
	} else if (!is_idle_rule(name)) {
		feature_note(p->doc, FEATURE_LAYOUT, "@%.*s", STR_ARG(name));
	}
}

/* The end of a rule that begins at t[at]: its block, or an at-rule's semicolon. */
static size_t rule_end(struct tokens t, size_t at, size_t *block)
{
	bool named = t.ptr[at].kind == T_AT;
	*block = t.count;
	while (at < t.count) {
		if (token_delim(&t.ptr[at], '{')) {
			*block = at;
			return tokens_skip(t, at);
		}
		if (named && token_delim(&t.ptr[at], ';'))
			return at + 1;
		at = tokens_skip(t, at);
	}
	return at;
}

static void parse_rules(struct sheet_parsing *p, struct tokens t)
{
	size_t at = 0, block;
	while (at < t.count) {
		if (t.ptr[at].kind == T_BLANK || token_delim(&t.ptr[at], ';') ||
		    token_delim(&t.ptr[at], '}')) {
			at++;
			continue;
		}
		size_t end = rule_end(t, at, &block);
		bool named = t.ptr[at].kind == T_AT;
		size_t head = at + named, stop = block < end ? block : end;
		struct tokens prelude = tokens_trim((struct tokens){ t.ptr + head, stop - head });
		struct tokens body = { t.ptr + stop, 0 };
		if (block < end)
			body = (struct tokens){ t.ptr + block + 1, end - block - 1 };
		if (body.count && token_delim(&body.ptr[body.count - 1], '}'))
			body.count--;
		if (named)
			at_rule(p, t.ptr[at].text, prelude, body);
		else if (block < end)
			add_rules(p, prelude, body);
		at = end;
	}
}

void css_parse_sheet(struct doc *d, struct str css, struct sheet *out)
{
	struct sheet_parsing p = { .doc = d, .sheet = out };
	parse_rules(&p, css_tokens(&d->arena, css, &d->token_budget));
}
