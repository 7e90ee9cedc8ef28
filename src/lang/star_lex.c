/* The longest row of the table that fits is the command; its shape measures the rest. */
#include "lang/star_lex.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_HEAD 6

/* FIXED: n bytes; UNTIL: as far as byte n; COUNTED: a count of two bytes, n bytes each;
 * SIZED: n bytes, then a count of two bytes and so many; BLOCK: ESC GS S. */
enum shape { FIXED, UNTIL, COUNTED, SIZED, BLOCK };
enum what { PASSES, DRAWER, REFUSED };

static const struct row {
	struct str name;
	enum shape shape;
	uint8_t n;
	enum what what;
} rows[] = {
#define STAR(bytes, shape, n, what) { STR_INIT(bytes), shape, n, what },
#include "lang/star_command.def"
#undef STAR
};

static const struct row *find(struct str rest)
{
	const struct row *best = NULL;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].name.len <= rest.len && (!best || rows[i].name.len > best->name.len) &&
		    !memcmp(rest.ptr, rows[i].name.ptr, rows[i].name.len))
			best = &rows[i];
	return best;
}

static size_t word(struct str s, size_t at)
{
	return (uint8_t)s.ptr[at] | (size_t)(uint8_t)s.ptr[at + 1] << 8;
}

/* Bytes of what follows the name; more than there are: it is cut off. */
static size_t measure(const struct row *r, struct str rest)
{
	const char *end;
	switch (r->shape) {
	case FIXED:
		return r->n;
	case UNTIL:
		end = rest.len ? memchr(rest.ptr, r->n, rest.len) : NULL;
		return end ? (size_t)(end - rest.ptr) + 1 : rest.len + 1;
	case COUNTED:
		return rest.len < 2 ? 2 : 2 + word(rest, 0) * r->n;
	case SIZED:
		return rest.len < r->n + 2u ? r->n + 2u : r->n + 2u + word(rest, r->n);
	case BLOCK:
		return rest.len < BLOCK_HEAD ? BLOCK_HEAD : BLOCK_HEAD +
		    word(rest, 1) * word(rest, 3);
	}
	return 0;
}

static bool ends(struct star_lexer *l, struct star_token *t, enum star_kind kind, struct str rest)
{
	t->kind = kind;
	t->name = str_head(rest, 8);
	l->at = l->bytes.len;
	return true;
}

static bool raster_row(struct star_lexer *l, struct star_token *t, struct str rest)
{
	size_t len = rest.len < 3 ? rest.len : 3 + word(rest, 1);
	if (rest.len < 3 || len > rest.len)
		return ends(l, t, STAR_CUT_OFF, rest);
	t->kind = STAR_ROW;
	t->name = str_head(rest, 1);
	t->params = str_head(str_from(rest, 3), len - 3);
	l->at += len;
	return true;
}

static bool command(struct star_lexer *l, struct star_token *t, struct str rest)
{
	const struct row *r = find(rest);
	if (!r)
		return ends(l, t, STAR_UNKNOWN, rest);
	struct str after = str_from(rest, r->name.len);
	size_t len = measure(r, after);
	if (len > after.len)
		return ends(l, t, STAR_CUT_OFF, rest);
	t->kind = STAR_COMMAND;
	t->name = r->name;
	t->params = str_head(after, len);
	l->at += r->name.len + len;
	if (star_is(t, "\x1B*rA"))
		l->raster = true;
	else if (star_is(t, "\x1B*rB") || star_is(t, "\x1B@"))
		l->raster = false;
	return true;
}

bool star_lex(struct star_lexer *l, struct star_token *t)
{
	struct str rest = str_from(l->bytes, l->at);
	*t = (struct star_token){ 0 };
	if (!rest.len)
		return false;
	uint8_t first = (uint8_t)*rest.ptr;
	if (l->raster && (first == 'b' || first == 'k'))
		return raster_row(l, t, rest);
	if (first == 0x1B || (first < 0x20 && find(str_head(rest, 1))))
		return command(l, t, rest);
	t->kind = STAR_LETTER;
	t->name = str_head(rest, 1);
	l->at++;
	return true;
}

bool star_is(const struct star_token *t, const char *name)
{
	return t->kind == STAR_COMMAND && str_is(t->name, name);
}

/* As people write it: "ESC GS ( A". */
static void spell(struct finding *f, struct str bytes)
{
	size_t at = 0;
	for (size_t i = 0; i < bytes.len && i < 4; i++) {
		uint8_t b = (uint8_t)bytes.ptr[i];
		const char *name = b == 0x1B ? "ESC" : b == 0x1D ? "GS" : b == 0x1E ? "RS" : NULL;
		int n = name ? snprintf(f->unknown_text + at, sizeof(f->unknown_text) - at, "%s%s",
		    at ? " " : "", name) : snprintf(f->unknown_text + at,
		    sizeof(f->unknown_text) - at, b > ' ' && b < 0x7f ? "%s%c" : "%s%02X",
		    at ? " " : "", b);
		at += (size_t)n;
	}
	f->unknown = f->unknown_text;
}

static void judge(const struct star_token *t, struct finding *f)
{
	const struct row *r = t->kind == STAR_COMMAND ? find(t->name) : NULL;
	bool refused = t->kind == STAR_UNKNOWN || t->kind == STAR_CUT_OFF ||
	    (r && r->what == REFUSED);
	f->drawer |= r && r->what == DRAWER;
	if (!refused || f->refused)
		return;
	spell(f, t->name);
	f->refused = f->unknown_text;
}

void star_examine(const struct document *doc, struct finding *f)
{
	struct star_lexer l = { .bytes = { (const char *)doc->bytes, doc->len } };
	struct star_token t;
	*f = (struct finding){ 0 };
	while (star_lex(&l, &t))
		judge(&t, f);
}
