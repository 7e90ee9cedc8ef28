/*
 * A counter's value goes with its name; a reset below a list or an element
 * hides the one above until that element ends.
 */
#include "render/html/counter.h"

#include <stdio.h>
#include <string.h>

#define LIST "list-item"

struct counter {
	struct counter *below;
	struct str name;
	long value;
	const void *owner;      /* where it was reset */
};

struct counters {
	struct arena *arena;
	struct counter *top;
};

struct counters *counters_new(struct arena *a)
{
	struct counters *c = ARENA_NEW(a, struct counters);
	c->arena = a;
	return c;
}

static struct counter *find(struct counters *c, struct str name)
{
	struct counter *k = c->top;
	while (k && !str_eq(k->name, name))
		k = k->below;
	return k;
}

static struct counter *push(struct counters *c, struct str name, long value, const void *owner)
{
	struct counter *k = ARENA_NEW(c->arena, struct counter);
	*k = (struct counter){ c->top, name, value, owner };
	return c->top = k;
}

static void pop(struct counters *c, const void *owner)
{
	while (c->top && c->top->owner == owner)
		c->top = c->top->below;
}

/* "name 2 other": each with its number, `otherwise` when it has none. */
static size_t next_change(struct tokens t, size_t at, long otherwise, struct str *name, long *n)
{
	while (at < t.count && t.ptr[at].kind != T_IDENT)
		at++;
	if (at == t.count)
		return 0;
	*name = t.ptr[at++].text;
	*n = otherwise;
	while (at < t.count && t.ptr[at].kind == T_BLANK)
		at++;
	if (at < t.count && t.ptr[at].kind == T_NUMBER)
		*n = (long)t.ptr[at++].number;
	return at;
}

void counter_enter(struct counters *c, const struct style *s)
{
	struct str name;
	long n;
	struct tokens t = s->box.counter_reset;
	for (size_t at = 0; (at = next_change(t, at, 0, &name, &n)); ) {
		/* siblings count on, so a reset lives in the parent's scope */
		struct counter *k = find(c, name);
		if (k)
			k->value = n;
		else
			push(c, name, n, NULL);
	}
	t = s->box.counter_increment;
	for (size_t at = 0; (at = next_change(t, at, 1, &name, &n)); ) {
		struct counter *k = find(c, name);
		k = k ? k : push(c, name, 0, NULL);
		k->value += n;
	}
}

void counter_leave(struct counters *c, const struct style *s)
{
	pop(c, s);
}

static bool is_list(const struct node *n)
{
	return node_is(n, "ol") || node_is(n, "ul") || node_is(n, "menu") || node_is(n, "dir");
}

void counter_list(struct counters *c, const struct node *list)
{
	if (is_list(list))
		push(c, STR(LIST), (long)node_number(list, "start", 1) - 1, list);
}

void counter_list_end(struct counters *c, const struct node *list)
{
	if (is_list(list))
		pop(c, list);
}

void counter_item(struct counters *c, const struct node *item)
{
	struct counter *k = find(c, STR(LIST));
	k = k ? k : push(c, STR(LIST), 0, NULL);
	k->value = (long)node_number(item, "value", (double)(k->value + 1));
}

static struct str letters(struct arena *a, long n, char first)
{
	char text[16];
	size_t at = sizeof(text);
	if (n < 1)
		return arena_printf(a, "%ld", n);
	for (; n > 0 && at; n = (n - 1) / 26)
		text[--at] = (char)(first + (n - 1) % 26);
	return arena_copy(a, (struct str){ text + at, sizeof(text) - at });
}

static struct str roman(struct arena *a, long n, bool upper)
{
	static const struct { int value; const char *lower, *upper; } signs[] = {
		{ 1000, "m", "M" }, { 900, "cm", "CM" }, { 500, "d", "D" }, { 400, "cd", "CD" },
		{ 100, "c", "C" }, { 90, "xc", "XC" }, { 50, "l", "L" }, { 40, "xl", "XL" },
		{ 10, "x", "X" }, { 9, "ix", "IX" }, { 5, "v", "V" }, { 4, "iv", "IV" },
		{ 1, "i", "I" } };
	char text[32] = "";
	if (n < 1 || n > 3999)
		return arena_printf(a, "%ld", n);
	for (size_t i = 0; n > 0; i++)
		for (; n >= signs[i].value; n -= signs[i].value)
			strcat(text, upper ? signs[i].upper : signs[i].lower);
	return arena_copy(a, str_of(text));
}

static struct str number_text(struct arena *a, long n, enum list_style style)
{
	switch (style) {
	case LIST_LOWER_ALPHA:
	case LIST_UPPER_ALPHA:
		return letters(a, n, style == LIST_LOWER_ALPHA ? 'a' : 'A');
	case LIST_LOWER_ROMAN:
	case LIST_UPPER_ROMAN:
		return roman(a, n, style == LIST_UPPER_ROMAN);
	case LIST_DECIMAL_ZERO:
		return arena_printf(a, "%02ld", n);
	default:
		return arena_printf(a, "%ld", n);
	}
}

struct str counter_marker(struct counters *c, enum list_style style)
{
	static const char *const bullets[] = { [LIST_DISC] = "\u2022 ", [LIST_CIRCLE] = "\u25e6 ",
		[LIST_SQUARE] = "\u25aa " };
	struct counter *k = find(c, STR(LIST));
	if (style == LIST_NONE)
		return STR("");
	if (style <= LIST_SQUARE)
		return str_of(bullets[style]);
	struct str n = number_text(c->arena, k ? k->value : 0, style);
	return arena_printf(c->arena, "%.*s. ", STR_ARG(n));
}

static enum list_style style_named(const struct token *t)
{
	static const struct { const char *name; enum list_style style; } names[] = {
		{ "decimal-leading-zero", LIST_DECIMAL_ZERO }, { "lower-alpha", LIST_LOWER_ALPHA },
		{ "upper-alpha", LIST_UPPER_ALPHA }, { "lower-roman", LIST_LOWER_ROMAN },
		{ "upper-roman", LIST_UPPER_ROMAN } };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (token_is(t, names[i].name))
			return names[i].style;
	return LIST_DECIMAL;
}

/* counter(name, style), attr(name): `t` begins at the function. */
static struct str function_text(struct counters *c, struct tokens t, const struct node *n)
{
	struct str name = STR_NONE;
	enum list_style style = LIST_DECIMAL;
	for (size_t i = 1; i < t.count; i++) {
		if (t.ptr[i].kind == T_IDENT && name.ptr)
			style = style_named(&t.ptr[i]);
		else if (t.ptr[i].kind == T_IDENT)
			name = t.ptr[i].text;
	}
	if (!name.ptr)
		return STR("");
	if (str_is_nocase(t.ptr->text, "attr")) {
		struct str value = node_attr(n, arena_copy(c->arena, name).ptr);
		return value.ptr ? value : STR("");
	}
	struct counter *k = find(c, name);
	return number_text(c->arena, k ? k->value : 0, style);
}

struct str counter_content(struct counters *c, const struct style *s, const struct node *n)
{
	struct tokens t = s->box.content;
	struct str all = STR("");
	for (size_t i = 0; i < t.count && all.len < 1000; ) {
		struct str one = STR("");
		size_t end = tokens_skip(t, i);
		if (t.ptr[i].kind == T_STRING)
			one = t.ptr[i].text;
		else if (t.ptr[i].kind == T_FUNCTION)
			one = function_text(c, (struct tokens){ t.ptr + i, end - i }, n);
		else if (token_is(&t.ptr[i], "open-quote") || token_is(&t.ptr[i], "close-quote"))
			one = STR("\"");
		all = arena_printf(c->arena, "%.*s%.*s", STR_ARG(all), STR_ARG(one));
		i = end;
	}
	return all;
}
