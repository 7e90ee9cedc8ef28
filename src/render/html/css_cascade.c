/*
 * For each element: gather the rules that match, put them in order, apply their
 * declarations: variables first, then what others are measured by, then the rest.
 */
#include "render/html/css_cascade.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "render/html/css_hints.h"
#include "render/html/css_property.h"

#define VARIABLE_DEPTH_MAX 16
#define VARIABLE_TOKENS_MAX 4096

enum origin { ORIGIN_BROWSER, ORIGIN_HINT, ORIGIN_AUTHOR, ORIGIN_STYLE };

struct found {
	enum origin origin;
	uint32_t specificity;
	unsigned order;
	const struct declaration *declarations;
	size_t count;
};

struct gathering {
	struct doc *doc;
	const struct node *node;
	enum origin origin;
	enum pseudo_element pseudo;
	struct found *found;
	size_t count;
	bool has[4]; /* by enum pseudo_element: rules for those, too */
};

struct styling {
	struct value v;
	const struct found *found;
	size_t count;
};

const struct property *cascade_property(struct str name)
{
	const struct property *p = property_find(name);
	return p && p->kind != P_IDLE && p->kind != P_LOOKS ? p : NULL;
}

void cascade_unknown(struct doc *d, struct str name, struct tokens value)
{
	const struct property *p = property_find(name);
	if (p && p->kind == P_LOOKS)
		feature_note(d, FEATURE_HARMLESS, "%.*s", STR_ARG(name));
	/* a vendor's own name stands beside the common one, or is about screens */
	if (p || str_starts(name, "-") || str_starts(name, "mso-") || str_starts(name, "_") ||
	    str_starts(name, "*"))
		return;
	feature_note(d, FEATURE_LAYOUT, "%.*s: %.*s", STR_ARG(name),
	    STR_ARG(tokens_text(&d->arena, value)));
}

static void found_add(struct gathering *g, struct found f)
{
	g->found = arena_more(&g->doc->arena, g->found, g->count, sizeof(*g->found));
	g->found[g->count++] = f;
}

static void gather(void *arg, const struct rule *r)
{
	struct gathering *g = arg;
	enum pseudo_element pseudo = r->selector->pseudo;
	if (pseudo > PSEUDO_AFTER || (pseudo != g->pseudo && g->has[pseudo]))
		return;
	if (!css_match(g->doc, r->selector, g->node))
		return;
	g->has[pseudo] = true;
	if (pseudo == g->pseudo)
		found_add(g, (struct found){ g->origin, r->selector->specificity, r->order,
		    r->declarations, r->count });
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	if (x->specificity != y->specificity)
		return x->specificity < y->specificity ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void gather_all(struct gathering *g)
{
	struct doc *d = g->doc;
	g->origin = ORIGIN_BROWSER;
	if (d->browser_sheet)
		css_candidates(d->browser_sheet, g->node, gather, g);
	g->origin = ORIGIN_AUTHOR;
	css_candidates(d->sheet, g->node, gather, g);
	struct found f = { .origin = ORIGIN_HINT };
	if (g->pseudo == PSEUDO_NONE && (f.declarations = css_hints(d, g->node, &f.count)))
		found_add(g, f);
	struct str style = g->pseudo ? STR_NONE : node_attr(g->node, "style");
	if (style.len) {
		f = (struct found){ .origin = ORIGIN_STYLE };
		f.declarations = css_parse_declarations(d,
		    css_tokens(&d->arena, style, &d->token_budget), &f.count);
		found_add(g, f);
	}
	if (g->count > 1)
		qsort(g->found, g->count, sizeof(*g->found), compare_found);
}

struct tokens style_variable(const struct style *s, struct str name)
{
	for (const struct variable *v = s->text.variables; v; v = v->next)
		if (str_eq(v->name, name))
			return v->value;
	return (struct tokens){ NULL, 0 };
}

struct substitution {
	struct doc *doc;
	const struct style *style;
	struct token *out;
	size_t count;
};

/* Copies `t` with every var() replaced; false when one has neither value nor fallback. */
static bool substitute(struct substitution *s, struct tokens t, int depth)
{
	if (depth > VARIABLE_DEPTH_MAX)
		return false;
	for (size_t i = 0; i < t.count; ) {
		if (s->count > VARIABLE_TOKENS_MAX)
			return false;
		if (t.ptr[i].kind != T_FUNCTION || !str_is_nocase(t.ptr[i].text, "var")) {
			s->out = arena_more(&s->doc->arena, s->out, s->count, sizeof(*s->out));
			s->out[s->count++] = t.ptr[i++];
			continue;
		}
		size_t end = tokens_skip(t, i);
		bool closed = token_delim(&t.ptr[end - 1], ')');
		struct tokens inner = { t.ptr + i + 1, end - i - 1 - closed }, fallback;
		struct tokens name = tokens_trim(tokens_cut(inner, ',', &fallback));
		struct tokens value = { NULL, 0 };
		if (name.count == 1 && name.ptr->kind == T_IDENT)
			value = style_variable(s->style, name.ptr->text);
		if (!value.ptr)
			value = tokens_trim(fallback);
		if (!value.ptr || !substitute(s, value, depth + 1))
			return false;
		i = end;
	}
	return true;
}

static bool apply_wide(struct value *v, const struct property *p, struct tokens t)
{
	static const char *const words[] = { "inherit", "initial", "unset", "revert" };
	int which = 0;
	if (t.count != 1 || t.ptr->kind != T_IDENT || !p->size)
		return false;
	while (which < 4 && !token_is(t.ptr, words[which]))
		which++;
	if (which == 4)
		return false;
	bool inherited = p->offset < offsetof(struct style, box);
	bool inherit = which == 0 || (which >= 2 && inherited);
	const struct style *from = inherit ? v->parent : &property_initial;
	memcpy((char *)v->style + p->offset, (const char *)from + p->offset, p->size);
	if (!inherit && !strcmp(p->name, "font-size"))
		v->style->text.font_size = 16 * v->doc->dots_per_px;
	return true;
}

bool cascade_apply(struct value *v, const struct property *p, struct tokens t)
{
	void *field = (char *)v->style + p->offset;
	struct value inner = *v;
	if (apply_wide(v, p, t))
		return true;
	inner.t = t;
	inner.at = 0;
	if (p->kind == P_MANY)
		return p->many(&inner);
	if (p->kind == P_WORD) {
		uint8_t word;
		if (!property_word(&inner, p->words, &word) || !value_end(&inner))
			return false;
		*(uint8_t *)field = word;
		return true;
	}
	uint8_t before[64];
	memcpy(before, field, p->size < sizeof(before) ? p->size : sizeof(before));
	if (p->read(&inner, field, p->argument) && value_end(&inner))
		return true;
	memcpy(field, before, p->size < sizeof(before) ? p->size : sizeof(before));
	return false;
}

static void set_variable(struct styling *s, struct str name, struct tokens value)
{
	struct variable *var = ARENA_NEW(&s->v.doc->arena, struct variable);
	*var = (struct variable){ s->v.style->text.variables, name, value };
	s->v.style->text.variables = var;
}

static void set_declared(struct styling *s, const struct declaration *decl)
{
	struct tokens value = decl->value;
	struct substitution sub = { .doc = s->v.doc, .style = s->v.style };
	if (decl->variable) {
		if (!substitute(&sub, value, 0))
			return; /* as CSS has it: invalid, and nothing is set */
		value = tokens_trim((struct tokens){ sub.out, sub.count });
	}
	if (!decl->property || decl->property->kind == P_SVG)
		set_variable(s, decl->name, value);
	else if (!cascade_apply(&s->v, decl->property, value))
		feature_note(s->v.doc, FEATURE_LAYOUT, "%.*s: %.*s", STR_ARG(decl->name),
		    STR_ARG(tokens_text(&s->v.doc->arena, value)));
}

enum pass { PASS_VARIABLES, PASS_EARLY, PASS_REST };

static enum pass pass_of(const struct declaration *decl)
{
	return !decl->property ? PASS_VARIABLES :
	    property_is_early(decl->property) ? PASS_EARLY : PASS_REST;
}

static void apply_pass(struct styling *s, enum pass pass, bool important)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->found[i].count; k++) {
			const struct declaration *decl = &s->found[i].declarations[k];
			if (decl->important == important && pass_of(decl) == pass)
				set_declared(s, decl);
		}
}

/* What follows from other values. */
static void settle(struct style *s, bool blockify)
{
	static const uint8_t blocks[] = { [DISPLAY_INLINE] = DISPLAY_BLOCK,
		[DISPLAY_INLINE_BLOCK] = DISPLAY_BLOCK, [DISPLAY_INLINE_FLEX] = DISPLAY_FLEX,
		[DISPLAY_INLINE_GRID] = DISPLAY_GRID, [DISPLAY_INLINE_TABLE] = DISPLAY_TABLE };
	struct box_style *b = &s->box;
	if (b->position >= POSITION_ABSOLUTE)
		b->floats = SIDE_NONE;
	blockify |= b->position >= POSITION_ABSOLUTE || b->floats;
	if (blockify && b->display < sizeof(blocks) && blocks[b->display])
		b->display = blocks[b->display];
	for (int i = 0; i < 4; i++) {
		if (b->border_style[i] <= BORDER_HIDDEN)
			b->border_width[i] = 0;
		if (b->border_color[i].current)
			b->border_color[i] = s->text.color;
	}
	if (b->background.current)
		b->background = s->text.color;
}

/* Underlines go through what is inside, but not into boxes of their own. */
static void own_decoration(struct style *s, const struct style *parent)
{
	bool apart = s->box.floats || s->box.position >= POSITION_ABSOLUTE ||
	    s->box.display == DISPLAY_INLINE_BLOCK || s->box.display == DISPLAY_INLINE_TABLE ||
	    s->box.display == DISPLAY_INLINE_FLEX;
	if (apart)
		s->text.decoration &= (uint8_t)~parent->text.decoration;
}

static struct style *compute(struct doc *d, const struct gathering *g, const struct style *parent,
    const struct style *root)
{
	struct style *s = ARENA_NEW(&d->arena, struct style);
	struct styling styling = { .found = g->found, .count = g->count };
	s->text = parent->text;
	s->box = property_initial.box;
	for (int i = 0; i < 4; i++)
		s->box.border_width[i] = 3 * d->dots_per_px;
	s->text.face = NULL;
	styling.v = (struct value){ .doc = d, .style = s, .parent = parent,
		.em = parent->text.font_size,
		.rem = root ? root->text.font_size : 16 * d->dots_per_px };
	for (enum pass pass = PASS_VARIABLES; pass <= PASS_REST; pass++) {
		apply_pass(&styling, pass, false);
		apply_pass(&styling, pass, true);
		if (pass == PASS_EARLY)
			styling.v.em = s->text.font_size;
	}
	return s;
}

static struct style *style_pseudo(struct doc *d, struct node *n, enum pseudo_element pseudo,
    const struct style *root)
{
	struct gathering g = { .doc = d, .node = n, .pseudo = pseudo };
	gather_all(&g);
	struct style *s = compute(d, &g, n->style, root);
	if (!s->box.content.count || s->box.display == DISPLAY_NONE)
		return NULL;
	settle(s, false);
	return s;
}

static bool is_flex_or_grid(const struct style *s)
{
	uint8_t display = s->box.display;
	return display == DISPLAY_FLEX || display == DISPLAY_INLINE_FLEX ||
	    display == DISPLAY_GRID || display == DISPLAY_INLINE_GRID;
}

static void style_node(struct doc *d, struct node *n, const struct style *above,
    const struct node *top)
{
	const struct style *parent = n->parent ? n->parent->style : above;
	const struct style *root = n->parent ? top->style : NULL;
	struct gathering g = { .doc = d, .node = n };
	gather_all(&g);
	n->style = compute(d, &g, parent, root);
	struct str lang = node_attr(n, "lang");
	if (lang.ptr)
		n->style->text.language = lang;
	settle(n->style, !n->parent || is_flex_or_grid(parent));
	own_decoration(n->style, parent);
	if (g.has[PSEUDO_BEFORE])
		n->before = style_pseudo(d, n, PSEUDO_BEFORE, root ? root : n->style);
	if (g.has[PSEUDO_AFTER])
		n->after = style_pseudo(d, n, PSEUDO_AFTER, root ? root : n->style);
}

void cascade_tree(struct doc *d, struct node *root, struct sheet *sheet)
{
	struct sheet *outer = d->sheet;
	struct style *above = ARENA_NEW(&d->arena, struct style);
	*above = property_initial;
	above->text.font_size = 16 * d->dots_per_px;
	d->sheet = sheet;
	for (struct node *n = root; n; ) {
		bool hidden = false;
		if (n->tag.len) {
			style_node(d, n, above, root);
			hidden = n->style->box.display == DISPLAY_NONE && !n->svg;
		}
		n = hidden ? node_skip(n, root) : node_walk(n, root);
	}
	d->sheet = outer;
}

void cascade_document(struct doc *d)
{
	cascade_tree(d, d->dom.root, d->sheet);
}

struct style *cascade_anonymous(struct doc *d, const struct style *parent, enum display display)
{
	struct style *s = ARENA_NEW(&d->arena, struct style);
	s->text = parent->text;
	s->box = property_initial.box;
	s->box.display = (uint8_t)display;
	memset(s->box.border_width, 0, sizeof(s->box.border_width));
	return s;
}
