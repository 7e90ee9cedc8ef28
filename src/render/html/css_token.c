/*
 * One function per kind of token; each is given the text at its first character
 * and moves past its last.
 */
#include "render/html/css_token.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct lexer {
	struct arena *arena;
	const char *at, *end;
};

static char peek(const struct lexer *l, size_t ahead)
{
	return ahead < (size_t)(l->end - l->at) ? l->at[ahead] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_name_start(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '-';
}

static bool escape_at(const struct lexer *l, size_t ahead)
{
	return peek(l, ahead) == '\\' && peek(l, ahead + 1) != '\n' && l->at + ahead + 1 < l->end;
}

static bool name_at(const struct lexer *l, size_t ahead)
{
	if (peek(l, ahead) == '-')
		return is_name_start(peek(l, ahead + 1)) || peek(l, ahead + 1) == '-' ||
		    escape_at(l, ahead + 1);
	return is_name_start(peek(l, ahead)) || escape_at(l, ahead);
}

static bool number_at(const struct lexer *l)
{
	size_t i = peek(l, 0) == '+' || peek(l, 0) == '-';
	return is_digit(peek(l, i)) || (peek(l, i) == '.' && is_digit(peek(l, i + 1)));
}

/* After the backslash. */
static size_t take_escape(struct lexer *l, char out[static 4])
{
	uint32_t code = 0;
	int digits = 0;
	if (!is_hex(*l->at)) {
		out[0] = *l->at++;
		return 1;
	}
	for (; digits < 6 && l->at < l->end && is_hex(*l->at); digits++, l->at++)
		code = code * 16 +
		    (uint32_t)(is_digit(*l->at) ? *l->at - '0' : (*l->at | 32) - 'a' + 10);
	if (l->at < l->end && is_blank(*l->at))
		l->at++;
	if (!code || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	return utf8_encode(code, out);
}

/* Up to the first character that `ends`; copied only when it has escapes. */
static struct str take_escaped(struct lexer *l, bool (*goes_on)(const struct lexer *, char),
    char quote)
{
	const char *from = l->at;
	while (l->at < l->end && *l->at != '\\' && goes_on(l, quote))
		l->at++;
	if (l->at == l->end || *l->at != '\\')
		return (struct str){ from, (size_t)(l->at - from) };
	/* an escape never becomes longer than it was written, but for "\1 "-like ones */
	char *text = arena_alloc(l->arena, (size_t)(l->end - from) < 4096 ?
	    (size_t)(l->end - from) + 4 : 4096 + 4);
	size_t len = (size_t)(l->at - from), room = 4096;
	memcpy(text, from, len < room ? len : room);
	while (l->at < l->end && (*l->at == '\\' || goes_on(l, quote))) {
		char out[4] = { *l->at };
		size_t n = 1;
		bool escaped = *l->at++ == '\\';
		if (escaped && l->at < l->end && *l->at == '\n')
			n = 0, l->at++;
		else if (escaped && l->at < l->end)
			n = take_escape(l, out);
		if (len + n <= room) {
			memcpy(text + len, out, n);
			len += n;
		}
	}
	return (struct str){ text, len < room ? len : room };
}

static bool in_name(const struct lexer *l, char quote)
{
	return is_name(*l->at);
}

static bool in_string(const struct lexer *l, char quote)
{
	return *l->at != quote && *l->at != '\n';
}

static bool in_url(const struct lexer *l, char quote)
{
	return *l->at != ')' && !is_blank(*l->at);
}

static void take_blanks(struct lexer *l)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
}

static struct token take_string(struct lexer *l)
{
	char quote = *l->at++;
	struct token t = { .kind = T_STRING, .text = take_escaped(l, in_string, quote) };
	if (l->at < l->end && *l->at == quote)
		l->at++;
	return t;
}

static struct token take_url(struct lexer *l)
{
	struct token t = { .kind = T_URL };
	take_blanks(l);
	if (peek(l, 0) == '"' || peek(l, 0) == '\'')
		t.text = take_string(l).text;
	else
		t.text = take_escaped(l, in_url, 0);
	while (l->at < l->end && *l->at != ')')
		l->at++;
	if (l->at < l->end)
		l->at++;
	return t;
}

static struct token take_name(struct lexer *l)
{
	struct token t = { .kind = T_IDENT, .text = take_escaped(l, in_name, 0) };
	if (peek(l, 0) != '(')
		return t;
	l->at++;
	t.kind = T_FUNCTION;
	return str_is_nocase(t.text, "url") ? take_url(l) : t;
}

static struct token take_number(struct lexer *l)
{
	char text[48];
	size_t n = 0;
	struct token t = { .kind = T_NUMBER, .integer = true };
	t.sign = peek(l, 0) == '+' || peek(l, 0) == '-';
	for (bool dot = false, first = true; l->at < l->end; l->at++, first = false) {
		char c = *l->at;
		if (c == '.' && !dot && is_digit(peek(l, 1)))
			dot = true, t.integer = false;
		else if (!is_digit(c) && !(first && t.sign))
			break;
		if (n < sizeof(text) - 8)
			text[n++] = c;
	}
	bool signed_e = peek(l, 1) == '-' || peek(l, 1) == '+';
	if ((peek(l, 0) | 32) == 'e' && is_digit(peek(l, 1 + signed_e))) {
		t.integer = false;
		for (size_t i = 0; l->at < l->end && (i <= signed_e || is_digit(*l->at)); i++,
		    l->at++)
			if (n < sizeof(text) - 1)
				text[n++] = *l->at;
	}
	text[n] = '\0';
	t.number = strtod(text, NULL);
	if (!isfinite(t.number) || fabs(t.number) > 1e9)
		t.number = t.number < 0 ? -1e9 : 1e9;
	if (peek(l, 0) == '%') {
		l->at++;
		t.kind = T_PERCENT;
	} else if (name_at(l, 0)) {
		t.kind = T_DIMENSION;
		t.text = take_escaped(l, in_name, 0);
	}
	return t;
}

static struct token take_prefixed(struct lexer *l, enum token_kind kind)
{
	char c = *l->at++;
	if (kind == T_HASH ? !is_name(peek(l, 0)) && !escape_at(l, 0) : !name_at(l, 0))
		return (struct token){ .kind = T_DELIM, .delim = c };
	return (struct token){ .kind = (uint8_t)kind, .text = take_escaped(l, in_name, 0) };
}

static bool take_comment(struct lexer *l)
{
	if (peek(l, 0) != '/' || peek(l, 1) != '*')
		return false;
	for (l->at += 2; l->at < l->end && !(*l->at == '*' && peek(l, 1) == '/'); l->at++)
		;
	l->at += l->end - l->at < 2 ? l->end - l->at : 2;
	return true;
}

/* <!-- and --> are nothing between rules, and there is no use for them elsewhere. */
static bool take_markup(struct lexer *l)
{
	for (size_t n = 3; n <= 4; n++) {
		const char *mark = n == 4 ? "<!--" : "-->";
		if ((size_t)(l->end - l->at) >= n && !memcmp(l->at, mark, n)) {
			l->at += n;
			return true;
		}
	}
	return false;
}

static struct token take(struct lexer *l)
{
	char c = *l->at;
	if (is_blank(c)) {
		take_blanks(l);
		return (struct token){ .kind = T_BLANK };
	}
	if (c == '"' || c == '\'')
		return take_string(l);
	if (c == '#')
		return take_prefixed(l, T_HASH);
	if (c == '@')
		return take_prefixed(l, T_AT);
	if (number_at(l))
		return take_number(l);
	if (name_at(l, 0))
		return take_name(l);
	l->at++;
	return (struct token){ .kind = T_DELIM, .delim = c };
}

struct tokens css_tokens(struct arena *a, struct str css, size_t *budget)
{
	struct lexer l = { a, css.ptr, css.ptr + css.len };
	struct token *all = NULL;
	size_t count = 0;
	while (l.at < l.end) {
		if (take_comment(&l) || take_markup(&l))
			continue;
		if (!(*budget)--) {
			*budget = 0;
			arena_fail(a, E_TOO_LARGE, "the document's style sheets are too long");
		}
		all = arena_more(a, all, count, sizeof(*all));
		all[count++] = take(&l);
	}
	all = arena_more(a, all, count, sizeof(*all));
	all[count] = (struct token){ .kind = T_END };
	return (struct tokens){ all, count };
}

bool token_is(const struct token *t, const char *ident)
{
	return t->kind == T_IDENT && str_is_nocase(t->text, ident);
}

bool token_delim(const struct token *t, char c)
{
	return t->kind == T_DELIM && t->delim == c;
}

struct tokens tokens_trim(struct tokens t)
{
	while (t.count && t.ptr->kind == T_BLANK)
		t.ptr++, t.count--;
	while (t.count && t.ptr[t.count - 1].kind == T_BLANK)
		t.count--;
	return t;
}

static int bracket(const struct token *t)
{
	if (t->kind == T_FUNCTION)
		return 1;
	if (t->kind != T_DELIM)
		return 0;
	return strchr("([{", t->delim) ? 1 : strchr(")]}", t->delim) ? -1 : 0;
}

size_t tokens_skip(struct tokens t, size_t at)
{
	int depth = 0;
	do {
		depth += bracket(&t.ptr[at++]);
	} while (depth > 0 && at < t.count);
	return at;
}

struct tokens tokens_cut(struct tokens t, char c, struct tokens *rest)
{
	size_t i = 0;
	while (i < t.count && !token_delim(&t.ptr[i], c))
		i = tokens_skip(t, i);
	*rest = (struct tokens){ t.ptr + i, t.count - i };
	if (rest->count)
		rest->ptr++, rest->count--;
	return (struct tokens){ t.ptr, i };
}

static struct str token_text(struct arena *a, const struct token *t)
{
	switch (t->kind) {
	case T_NUMBER:
		return arena_printf(a, "%g", t->number);
	case T_PERCENT:
		return arena_printf(a, "%g%%", t->number);
	case T_DIMENSION:
		return arena_printf(a, "%g%.*s", t->number, STR_ARG(t->text));
	case T_FUNCTION:
		return arena_printf(a, "%.*s(", STR_ARG(t->text));
	case T_DELIM:
		return arena_printf(a, "%c", t->delim);
	case T_BLANK:
		return STR(" ");
	case T_HASH:
		return arena_printf(a, "#%.*s", STR_ARG(t->text));
	default:
		return t->text;
	}
}

struct str tokens_text(struct arena *a, struct tokens t)
{
	struct str all = STR("");
	for (size_t i = 0; i < t.count && all.len < 60; i++) {
		struct str s = str_head(token_text(a, &t.ptr[i]), 60);
		all = arena_printf(a, "%.*s%.*s", STR_ARG(all), STR_ARG(s));
	}
	return str_head(all, 60);
}
