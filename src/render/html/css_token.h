/*
 * CSS text as tokens (CSS Syntax 3, without comments). Any bytes give tokens.
 */
#ifndef RENDER_HTML_CSS_TOKEN_H
#define RENDER_HTML_CSS_TOKEN_H

#include <stdbool.h>

#include "render/html/arena.h"

#define CSS_TOKENS_MAX 400000

enum token_kind {
	T_END, T_IDENT, T_FUNCTION, T_AT, T_HASH, T_STRING, T_URL, T_NUMBER, T_PERCENT,
	T_DIMENSION, T_BLANK, T_DELIM, /* one character, brackets too: `delim` */
};

struct token {
	uint8_t kind;
	char delim;
	bool integer, sign; /* of a number: written without fraction; with + or - */
	struct str text;    /* name, string, URL, unit; escapes resolved */
	double number;
};

/* A slice of tokens. Its end is marked by the count, not by a T_END. */
struct tokens {
	const struct token *ptr;
	size_t count;
};

/* Tokens of `css`, with a T_END behind the last. `*budget` is what is left of
 * CSS_TOKENS_MAX for the document. */
struct tokens css_tokens(struct arena *a, struct str css, size_t *budget);

bool token_is(const struct token *t, const char *ident); /* no case */
bool token_delim(const struct token *t, char c);
struct tokens tokens_trim(struct tokens t);
/* Past the block that begins at t[at] (a bracket or function), or past one token. */
size_t tokens_skip(struct tokens t, size_t at);
/* Cut at the first `c` outside brackets: returns the part before. */
struct tokens tokens_cut(struct tokens t, char c, struct tokens *rest);
/* As text again, for messages: at most 60 characters. */
struct str tokens_text(struct arena *a, struct tokens t);

#endif
