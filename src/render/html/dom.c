/*
 * gumbo's tree is copied into the arena and let go at once. Its memory is
 * counted, so that markup which multiplies itself (unclosed <b> across
 * paragraphs) ends; its own destructor recurses and is not used.
 */
#include "render/html/dom.h"

#include <gumbo.h>
#include <stdlib.h>
#include <string.h>

#define PARSER_BYTES_MAX (96u << 20)

struct link {
	struct link *prev, *next;
};

struct chunk {
	struct link link;       /* first */
	size_t len;
	max_align_t bytes[];
};

struct parser {
	struct arena *arena;
	struct str html;
	struct link chunks;  /* ring */
	size_t used;
	GumboOutput *output;
	unsigned nodes;
	struct dom *dom;
};

static void *parser_alloc(void *user, size_t len)
{
	struct parser *p = user;
	struct chunk *c = NULL;
	arena_tick(p->arena);
	if (len < PARSER_BYTES_MAX - p->used)
		c = malloc(sizeof(*c) + len);
	if (!c)
		arena_fail(p->arena, E_TOO_LARGE, "the document's markup is too large");
	p->used += c->len = len;
	c->link = (struct link){ p->chunks.prev, &p->chunks };
	c->link.prev->next = c->link.next->prev = &c->link;
	return c->bytes;
}

static void parser_free(void *user, void *ptr)
{
	struct parser *p = user;
	if (!ptr)
		return;
	struct chunk *c = (struct chunk *)((char *)ptr - offsetof(struct chunk, bytes));
	c->link.prev->next = c->link.next;
	c->link.next->prev = c->link.prev;
	p->used -= c->len;
	free(c);
}

static void parser_release(void *arg)
{
	struct parser *p = arg;
	while (p->chunks.next != &p->chunks)
		parser_free(p, ((struct chunk *)p->chunks.next)->bytes);
}

static void split_classes(struct arena *a, struct node *n, struct str list)
{
	struct str *all = NULL;
	while (list.len) {
		size_t len = strcspn(list.ptr, " \t\r\n\f"); /* attribute values are terminated */
		if (len) {
			all = arena_more(a, all, n->class_count, sizeof(*all));
			all[n->class_count++] = str_head(list, len);
		}
		list = str_from(list, len ? len : 1);
	}
	n->classes = all;
}

static void copy_attrs(struct arena *a, const GumboElement *e, struct node *n)
{
	struct attr *attrs = ARENA_ARRAY(a, struct attr, e->attributes.length);
	for (unsigned i = 0; i < e->attributes.length; i++) {
		const GumboAttribute *from = e->attributes.data[i];
		attrs[i].name = arena_lower(a, str_of(from->name));
		attrs[i].value = arena_copy(a, str_of(from->value));
	}
	n->attrs = attrs;
	n->attr_count = e->attributes.length;
	n->id = node_attr(n, "id");
	split_classes(a, n, node_attr(n, "class"));
}

static struct str tag_name(struct arena *a, const GumboElement *e)
{
	if (e->tag != GUMBO_TAG_UNKNOWN)
		return str_of(gumbo_normalized_tagname(e->tag)); /* constant */
	GumboStringPiece piece = e->original_tag;
	gumbo_tag_from_original_text(&piece);
	return arena_lower(a, (struct str){ piece.data, piece.length });
}

static struct node *node_add(struct parser *p, struct node *parent)
{
	if (++p->nodes > DOM_NODES_MAX)
		arena_fail(p->arena, E_TOO_LARGE, "the document has more than %d nodes",
		    DOM_NODES_MAX);
	struct node *n = ARENA_NEW(p->arena, struct node);
	n->parent = parent;
	if (!parent)
		return n;
	n->prev = parent->last;
	*(parent->last ? &parent->last->next : &parent->first) = n;
	parent->last = n;
	return n;
}

static void copy_node(struct parser *p, const GumboNode *from, struct node *parent, unsigned depth);

static void copy_children(struct parser *p, const GumboVector *list, struct node *parent,
    unsigned depth)
{
	if (depth > DOM_DEPTH_MAX)
		arena_fail(p->arena, E_TOO_LARGE, "the document is nested deeper than %d",
		    DOM_DEPTH_MAX);
	for (unsigned i = 0; i < list->length; i++)
		copy_node(p, list->data[i], parent, depth);
}

static void copy_element(struct parser *p, const GumboNode *from, struct node *parent,
    unsigned depth)
{
	const GumboElement *e = &from->v.element;
	struct node *n = node_add(p, parent);
	n->tag = tag_name(p->arena, e);
	n->svg = e->tag_namespace == GUMBO_NAMESPACE_SVG;
	copy_attrs(p->arena, e, n);
	if (parent) {
		struct node *before = node_prev(n);
		n->place = before ? before->place + 1 : 1;
	}
	if (!p->dom->body && node_is(n, "body"))
		p->dom->body = n;
	copy_children(p, &e->children, n, depth + 1);
}

static void copy_node(struct parser *p, const GumboNode *from, struct node *parent, unsigned depth)
{
	switch (from->type) {
	case GUMBO_NODE_ELEMENT:
	case GUMBO_NODE_TEMPLATE:
		copy_element(p, from, parent, depth);
		break;
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_CDATA:
	case GUMBO_NODE_WHITESPACE:
		node_add(p, parent)->text = arena_copy(p->arena, str_of(from->v.text.text));
		break;
	case GUMBO_NODE_DOCUMENT:
	case GUMBO_NODE_COMMENT:
		break;
	}
}

void dom_parse(struct arena *a, struct str html, struct dom *out)
{
	if (html.len > DOM_BYTES_MAX)
		arena_fail(a, E_TOO_LARGE, "the document is larger than %u MB",
		    DOM_BYTES_MAX >> 20);
	struct parser *p = ARENA_NEW(a, struct parser);
	*p = (struct parser){ .arena = a, .html = html, .dom = out };
	p->chunks.next = p->chunks.prev = &p->chunks;
	arena_defer(a, parser_release, p);
	GumboOptions options = kGumboDefaultOptions;
	options.allocator = parser_alloc;
	options.deallocator = parser_free;
	options.userdata = p;
	options.max_errors = 0;
	p->output = gumbo_parse_with_options(&options, html.ptr ? html.ptr : "", html.len);
	*out = (struct dom){
		.quirks = p->output->document->v.document.doc_type_quirks_mode ==
		    GUMBO_DOCTYPE_QUIRKS };
	copy_node(p, p->output->root, NULL, 0);
	parser_release(p);
	out->root = out->body;
	while (out->root && out->root->parent)
		out->root = out->root->parent;
	if (!out->root)
		arena_fail(a, E_FIELD, "the document has no body (frames cannot be printed)");
}

bool node_is(const struct node *n, const char *tag)
{
	return str_is(n->tag, tag);
}

struct str node_attr(const struct node *n, const char *attr)
{
	for (unsigned i = 0; i < n->attr_count; i++)
		if (str_is(n->attrs[i].name, attr))
			return n->attrs[i].value;
	return STR_NONE;
}

bool node_has(const struct node *n, const char *attr)
{
	return node_attr(n, attr).ptr != NULL;
}

double node_number(const struct node *n, const char *attr, double otherwise)
{
	struct str s = node_attr(n, attr);
	char *end;
	double v = s.len ? strtod(s.ptr, &end) : 0;
	return s.len && end != s.ptr && v > -1e7 && v < 1e7 ? v : otherwise;
}

struct node *node_prev(const struct node *n)
{
	struct node *p = n->prev;
	while (p && !p->tag.len)
		p = p->prev;
	return p;
}

struct node *node_next(const struct node *n)
{
	struct node *p = n->next;
	while (p && !p->tag.len)
		p = p->next;
	return p;
}

struct node *node_skip(const struct node *n, const struct node *top)
{
	while (n != top && !n->next)
		n = n->parent;
	return n == top ? NULL : n->next;
}

struct node *node_walk(const struct node *n, const struct node *top)
{
	return n->first ? n->first : node_skip(n, top);
}

struct str node_content(struct arena *a, const struct node *n)
{
	size_t len = 0, at = 0;
	for (const struct node *t = n; t; t = node_walk(t, n))
		len += t->text.len;
	char *all = arena_alloc(a, len + 1);
	for (const struct node *t = n; t; t = node_walk(t, n)) {
		if (t->text.len)
			memcpy(all + at, t->text.ptr, t->text.len);
		at += t->text.len;
	}
	return (struct str){ all, len };
}
