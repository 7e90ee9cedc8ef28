/*
 * Boxes are built from the bottom: an element's children first, then what CSS
 * wants around them (anonymous blocks, rows, cells, tables).
 */
#include "render/html/box.h"

#include <string.h>

#include "render/html/counter.h"
#include "render/html/css_cascade.h"
#include "render/html/picture_box.h"

struct building {
	struct doc *doc;
	struct counters *counters;
	unsigned boxes;
};

#define BOXES_MAX 200000

static struct box *box_new(struct building *b, enum box_kind kind, struct style *s,
    const struct node *n)
{
	if (++b->boxes > BOXES_MAX)
		arena_fail(&b->doc->arena, E_TOO_LARGE, "the document has too many boxes");
	struct box *box = ARENA_NEW(&b->doc->arena, struct box);
	*box = (struct box){ .kind = kind, .doc = b->doc, .style = s, .node = n, .baseline = -1,
		.last_baseline = -1, .columns = 1, .rows = 1, .split_start = true,
		.split_end = true };
	return box;
}

static void append(struct box *parent, struct box *child)
{
	child->parent = parent;
	child->next = NULL;
	child->prev = parent->last;
	*(parent->last ? &parent->last->next : &parent->first) = child;
	parent->last = child;
}

bool box_is_formatting_root(const struct box *b)
{
	const struct box_style *s = &b->style->box;
	return !b->parent || b->kind != BOX_BLOCK || s->floats ||
	    s->position >= POSITION_ABSOLUTE ||
	    s->overflow_hidden || s->display == DISPLAY_INLINE_BLOCK ||
	    s->display == DISPLAY_FLOW_ROOT || b->parent->kind == BOX_FLEX ||
	    b->parent->kind == BOX_GRID;
}

float box_edges(const struct box *b, int from, int to)
{
	return b->border[from] + b->padding[from] + b->border[to] + b->padding[to];
}

static const struct { uint8_t kind; bool inline_level; } by_display[] = {
	[DISPLAY_INLINE] = { BOX_INLINE, true },
	[DISPLAY_BLOCK] = { BOX_BLOCK, false },
	[DISPLAY_INLINE_BLOCK] = { BOX_BLOCK, true },
	[DISPLAY_LIST_ITEM] = { BOX_BLOCK, false },
	[DISPLAY_FLEX] = { BOX_FLEX, false },
	[DISPLAY_INLINE_FLEX] = { BOX_FLEX, true },
	[DISPLAY_GRID] = { BOX_GRID, false },
	[DISPLAY_INLINE_GRID] = { BOX_GRID, true },
	[DISPLAY_FLOW_ROOT] = { BOX_BLOCK, false },
	[DISPLAY_TABLE] = { BOX_TABLE, false },
	[DISPLAY_INLINE_TABLE] = { BOX_TABLE, true },
	[DISPLAY_ROW_GROUP] = { BOX_ROW_GROUP, false },
	[DISPLAY_HEADER_GROUP] = { BOX_ROW_GROUP, false },
	[DISPLAY_FOOTER_GROUP] = { BOX_ROW_GROUP, false },
	[DISPLAY_ROW] = { BOX_ROW, false },
	[DISPLAY_CELL] = { BOX_CELL, false },
	[DISPLAY_CAPTION] = { BOX_CAPTION, false },
	[DISPLAY_COLUMN] = { BOX_COLUMN, false },
	[DISPLAY_COLUMN_GROUP] = { BOX_COLUMN_GROUP, false },
};

static bool is_blank_text(const struct box *b)
{
	if (b->kind != BOX_TEXT)
		return false;
	for (size_t i = 0; i < b->text.len; i++)
		if (!strchr(" \t\r\n\f", b->text.ptr[i]))
			return false;
	return b->style->text.white_space != WS_PRE && b->style->text.white_space != WS_PRE_WRAP;
}

static struct box *anonymous(struct building *b, const struct box *parent, enum box_kind kind,
    enum display display)
{
	return box_new(b, kind, cascade_anonymous(b->doc, parent->style, display), NULL);
}

/* --- inline boxes that hold blocks are split around them --- */

static bool holds_block(const struct box *b)
{
	for (const struct box *c = b->first; c; c = c->next)
		if ((!c->inline_level && !c->outside) || (c->kind == BOX_INLINE && holds_block(c)))
			return true;
	return false;
}

static void lift_blocks(struct building *b, struct box *from, struct box *to)
{
	struct box *next, *part = NULL, *first = NULL, *list = from->first;
	struct box staged = { 0 };
	for (struct box *c = list; c; c = next) {
		next = c->next;
		if (c->kind == BOX_INLINE && holds_block(c))
			lift_blocks(b, c, &staged);
		else
			append(&staged, c);
	}
	for (struct box *c = staged.first; c; c = next) {
		next = c->next;
		if (!c->inline_level && !c->outside) {
			append(to, c);
			part = NULL;
			continue;
		}
		if (!part) {
			part = box_new(b, BOX_INLINE, from->style, from->node);
			part->inline_level = true;
			part->split_start = !first;
			part->split_end = false;
			first = first ? first : part;
			append(to, part);
		}
		append(part, c);
	}
	if (part)
		part->split_end = true;
}

/* A block container holds either blocks or inline content: wrap what is mixed. */
static void wrap_inlines(struct building *b, struct box *box)
{
	struct box *next, *wrap = NULL, *child = box->first;
	bool blocks = false, inlines = false;
	for (struct box *c = box->first; c; c = c->next) {
		if (c->outside)
			continue;
		inlines |= c->inline_level && !is_blank_text(c);
		blocks |= !c->inline_level || (c->kind == BOX_INLINE && holds_block(c));
	}
	if (!blocks) {
		box->inline_content = inlines || box->first;
		return;
	}
	struct box staged = { 0 };
	for (struct box *c = child; c; c = next) {
		next = c->next;
		if (c->kind == BOX_INLINE && holds_block(c))
			lift_blocks(b, c, &staged);
		else
			append(&staged, c);
	}
	box->first = box->last = NULL;
	for (child = staged.first; child; child = next) {
		next = child->next;
		bool apart = child->outside && !child->marker;
		if (!wrap && (is_blank_text(child) || apart)) {
			if (apart)
				append(box, child);
			continue;
		}
		if (!child->inline_level && !child->outside) {
			append(box, child);
			wrap = NULL;
			continue;
		}
		if (!wrap) {
			wrap = anonymous(b, box, BOX_BLOCK, DISPLAY_BLOCK);
			wrap->inline_content = true;
			append(box, wrap);
		}
		append(wrap, child);
	}
}

/* --- tables --- */

static bool is_row_part(const struct box *c)
{
	return c->kind == BOX_CELL;
}

static bool is_group_part(const struct box *c)
{
	return c->kind == BOX_ROW;
}

static bool is_table_part(const struct box *c)
{
	return c->kind == BOX_ROW_GROUP || c->kind == BOX_ROW || c->kind == BOX_CAPTION ||
	    c->kind == BOX_COLUMN || c->kind == BOX_COLUMN_GROUP;
}

static void finish(struct building *b, struct box *box);

/* Runs of children that do not belong get a box of `kind` around them. */
static void wrap_strays(struct building *b, struct box *box, bool (*belongs)(const struct box *),
    enum box_kind kind, enum display display)
{
	struct box *next, *wrap = NULL, *child = box->first;
	box->first = box->last = NULL;
	for (; child; child = next) {
		next = child->next;
		if (belongs(child) || child->outside) {
			append(box, child);
			wrap = child->outside ? wrap : NULL;
			continue;
		}
		if (!wrap && is_blank_text(child))
			continue;
		if (!wrap) {
			wrap = anonymous(b, box, kind, display);
			append(box, wrap);
		}
		append(wrap, child);
	}
	for (struct box *c = box->first; c; c = c->next)
		if (!c->node && c->kind == kind)
			finish(b, c);
}

static bool is_no_table_part(const struct box *c)
{
	return !is_table_part(c) && c->kind != BOX_CELL;
}

static void wrap_table_parts(struct building *b, struct box *box)
{
	bool any = false;
	for (struct box *c = box->first; c && !any; c = c->next)
		any = !is_no_table_part(c);
	if (!any)
		return;
	/* white space between cells does not end a table */
	struct box *next, *child = box->first;
	box->first = box->last = NULL;
	for (; child; child = next) {
		next = child->next;
		bool between = is_blank_text(child) && box->last && next &&
		    !is_no_table_part(box->last) && !is_no_table_part(next);
		if (!between)
			append(box, child);
	}
	wrap_strays(b, box, is_no_table_part, BOX_TABLE, DISPLAY_TABLE);
}

/* In flex and grid containers each run of text is an item. */
static bool is_item(const struct box *c)
{
	return !c->inline_level || c->kind == BOX_REPLACED || c->kind == BOX_BLOCK;
}

static void blockify_items(struct building *b, struct box *box)
{
	wrap_table_parts(b, box);
	wrap_strays(b, box, is_item, BOX_BLOCK, DISPLAY_BLOCK);
	for (struct box *c = box->first; c; c = c->next)
		c->inline_level = false;
}

static void finish(struct building *b, struct box *box)
{
	switch (box->kind) {
	case BOX_BLOCK:
	case BOX_CELL:
	case BOX_CAPTION:
		wrap_table_parts(b, box);
		wrap_inlines(b, box);
		break;
	case BOX_INLINE:
		wrap_table_parts(b, box);
		break;
	case BOX_TABLE:
		wrap_strays(b, box, is_table_part, BOX_ROW, DISPLAY_ROW);
		break;
	case BOX_ROW_GROUP:
		wrap_strays(b, box, is_group_part, BOX_ROW, DISPLAY_ROW);
		break;
	case BOX_ROW:
		wrap_strays(b, box, is_row_part, BOX_CELL, DISPLAY_CELL);
		break;
	case BOX_FLEX:
	case BOX_GRID:
		blockify_items(b, box);
		break;
	default:
		break;
	}
}

/* --- elements --- */

static void add_text(struct building *b, struct box *to, struct str text, struct style *s)
{
	if (!text.len)
		return;
	struct style *own = s;
	if (s->box.display != DISPLAY_INLINE || s->box.position || s->box.background.a)
		own = cascade_anonymous(b->doc, s, DISPLAY_INLINE);
	struct box *box = box_new(b, BOX_TEXT, own, NULL);
	box->text = text;
	box->inline_level = true;
	append(to, box);
}

static void add_marker(struct building *b, struct box *item)
{
	const struct text_style *t = &item->style->text;
	struct str text = counter_marker(b->counters, t->list_style);
	if (!text.len)
		return;
	struct style *s = cascade_anonymous(b->doc, item->style, DISPLAY_INLINE);
	struct box *box = box_new(b, BOX_TEXT, s, NULL);
	box->text = text;
	box->inline_level = true;
	box->marker = box->outside = !t->list_inside;
	append(item, box);
}

static void add_pseudo(struct building *b, struct box *to, struct style *s, const struct node *n)
{
	if (!s)
		return;
	struct box *box = box_new(b, by_display[s->box.display].kind, s, NULL);
	box->inline_level = by_display[s->box.display].inline_level;
	box->outside = s->box.floats || s->box.position >= POSITION_ABSOLUTE;
	counter_enter(b->counters, s);
	add_text(b, box, counter_content(b->counters, s, n),
	    cascade_anonymous(b->doc, s, DISPLAY_INLINE));
	counter_leave(b->counters, s);
	finish(b, box);
	append(to, box);
}

static void add_children(struct building *b, struct box *to, const struct node *n);

static uint16_t span_of(const struct node *n, const char *attr, double most)
{
	double v = node_number(n, attr, 1);
	return (uint16_t)(v < 1 ? 1 : v > most ? most : v);
}

static void add_element(struct building *b, struct box *to, const struct node *n)
{
	struct style *s = n->style;
	uint8_t display = s->box.display;
	if (display == DISPLAY_NONE)
		return;
	if (display == DISPLAY_CONTENTS) {
		add_children(b, to, n);
		return;
	}
	struct box *box = box_new(b, by_display[display].kind, s, n);
	box->inline_level = by_display[display].inline_level;
	box->outside = s->box.floats || s->box.position >= POSITION_ABSOLUTE;
	counter_enter(b->counters, s);
	if (node_is(n, "li"))
		counter_item(b->counters, n);
	if (node_is(n, "br"))
		box->kind = BOX_BREAK;
	else if (picture_box_make(b->doc, box))
		box->kind = BOX_REPLACED;
	if (box->kind == BOX_CELL) {
		box->columns = span_of(n, "colspan", 1000);
		box->rows = span_of(n, "rowspan", 65534);
	} else if (box->kind == BOX_COLUMN || box->kind == BOX_COLUMN_GROUP) {
		box->columns = span_of(n, "span", 1000);
	}
	if (display == DISPLAY_LIST_ITEM)
		add_marker(b, box);
	if (box->kind != BOX_BREAK && box->kind != BOX_REPLACED)
		add_children(b, box, n);
	counter_leave(b->counters, s);
	finish(b, box);
	append(to, box);
}

static void add_children(struct building *b, struct box *to, const struct node *n)
{
	struct style *s = n->style;
	if (s->box.display == DISPLAY_CONTENTS)
		s = cascade_anonymous(b->doc, s, DISPLAY_INLINE);
	counter_list(b->counters, n);
	add_pseudo(b, to, n->before, n);
	for (const struct node *c = n->first; c; c = c->next) {
		if (c->tag.len)
			add_element(b, to, c);
		else
			add_text(b, to, c->text, s);
	}
	add_pseudo(b, to, n->after, n);
	counter_list_end(b->counters, n);
}

struct box *box_build(struct doc *d)
{
	struct building b = { .doc = d };
	const struct node *root = d->dom.root;
	struct box top = { 0 };
	b.counters = counters_new(&d->arena);
	add_element(&b, &top, root);
	if (!top.first)
		return NULL;
	top.first->parent = NULL;
	top.first->inline_level = top.first->outside = false;
	return top.first;
}
