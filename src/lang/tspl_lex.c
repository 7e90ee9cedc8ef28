/* A word, then arguments to the end of the line; a picture's bytes are counted. */
#include "lang/tspl_lex.h"

#include <string.h>

#include "base/mem.h"

#define ESC 0x1B
#define BITMAP_ARGS 5
#define NUMBER_MOST 100000000u

static bool ends(char c)
{
	return c == '\r' || c == '\n';
}

struct str tspl_arg(struct str *args)
{
	struct str rest = str_trim(*args), arg;
	if (rest.len && *rest.ptr == '"') {
		arg = str_cut(str_from(rest, 1), '"', &rest);
		str_cut(rest, ',', &rest);
	} else {
		arg = str_trim(str_cut(rest, ',', &rest));
	}
	*args = rest;
	return arg;
}

unsigned tspl_number(struct str arg)
{
	unsigned n = 0;
	for (size_t i = 0; i < arg.len && arg.ptr[i] >= '0' && arg.ptr[i] <= '9'; i++)
		if (n < NUMBER_MOST)
			n = n * 10 + (unsigned)(arg.ptr[i] - '0');
	return n;
}

/* x,y,bytes,rows,mode, and then bytes * rows bytes. */
static size_t bitmap_args(struct str rest, struct str *data)
{
	uint64_t number[BITMAP_ARGS] = { 0 };
	size_t at = 0;
	for (size_t i = 0; i < BITMAP_ARGS; i++) {
		size_t from = at;
		while (at < rest.len && rest.ptr[at] != ',' && !ends(rest.ptr[at]))
			at++;
		if (at == rest.len || ends(rest.ptr[at]))
			return at; /* cut off: a line like any other */
		number[i] = tspl_number(str_trim(str_head(str_from(rest, from), at - from)));
		at++;
	}
	uint64_t need = number[2] * number[3];
	*data = str_head(str_from(rest, at), need < rest.len - at ? need : rest.len - at);
	return at;
}

bool tspl_lex(struct str bytes, size_t *at, struct tspl_line *l)
{
	struct str rest = str_from(bytes, *at);
	size_t skip = 0, len = 0;
	while (skip < rest.len &&
	    (ends(rest.ptr[skip]) || rest.ptr[skip] == ' ' || !rest.ptr[skip]))
		skip++;
	rest = str_from(rest, skip);
	*at += skip;
	*l = (struct tspl_line){ 0 };
	if (!rest.len)
		return false;
	if (*rest.ptr == ESC) { /* at once: ESC ! and a letter */
		l->word = str_head(rest, rest.len < 3 ? rest.len : 3);
		*at += l->word.len;
		return true;
	}
	while (len < rest.len && !ends(rest.ptr[len]) && rest.ptr[len] != ' ')
		len++;
	l->word = str_head(rest, len);
	rest = str_from(rest, len);
	*at += len;
	len = 0;
	if (str_is_nocase(l->word, "BITMAP"))
		len = bitmap_args(rest, &l->data);
	while (!l->data.ptr && len < rest.len && !ends(rest.ptr[len]))
		len++;
	l->args = str_head(rest, len);
	*at += len + l->data.len;
	return true;
}

enum what { PASSES, DRAWER, REFUSED };

static const struct {
	const char *word;
	enum what what;
} commands[] = {
#define TSPL(word, what) { word, what },
#include "lang/tspl_command.def"
#undef TSPL
};

static void judge_at_once(struct str word, struct finding *f)
{
	char c = word.len > 2 ? word.ptr[2] : 0;
	if (!f->refused && c != '?' && c != 'S' && c != 'O' && c != '.')
		f->refused = "<ESC>! (reset, pause)";
}

static void unknown(struct str word, struct finding *f)
{
	if (f->unknown)
		return;
	size_t n = 0;
	for (; n < word.len && n < sizeof(f->unknown_text) - 1; n++)
		f->unknown_text[n] = word.ptr[n] >= ' ' && word.ptr[n] < 0x7f ? word.ptr[n] : '?';
	f->unknown_text[n] = '\0';
	f->unknown = f->unknown_text;
}

static void judge(struct str word, struct finding *f)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (!str_is_nocase(word, commands[i].word))
			continue;
		f->drawer |= commands[i].what == DRAWER;
		if (commands[i].what == REFUSED && !f->refused)
			f->refused = commands[i].word;
		return;
	}
	unknown(word, f);
}

void tspl_examine(const struct document *doc, struct finding *f)
{
	struct str bytes = { (const char *)doc->bytes, doc->len };
	struct tspl_line l;
	*f = (struct finding){ 0 };
	for (size_t at = 0; tspl_lex(bytes, &at, &l);) {
		if (l.word.len && *l.word.ptr == ESC)
			judge_at_once(l.word, f);
		else
			judge(l.word, f);
		if (l.args.len > 1 && memmem(l.args.ptr, l.args.len, "\x1B!", 2))
			judge_at_once(STR("\x1B!"), f); /* obeyed wherever it stands */
		/* a length that is not true leaves bytes that we and the printer read apart */
		if (l.data.len && at < bytes.len && !ends(bytes.ptr[at]))
			unknown(STR("BITMAP (length)"), f);
	}
}
