/* A command ends where the next caret or tilde stands, except for counted bytes. */
#include "lang/zpl_lex.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define NUMBER_MOST 100000000u

static bool opens(char c)
{
	return c == '^' || c == '~';
}

static char capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

struct str zpl_param(struct str *params)
{
	return str_trim(str_cut(*params, ',', params));
}

unsigned zpl_number(struct str param)
{
	unsigned n = 0;
	for (size_t i = 0; i < param.len && param.ptr[i] >= '0' && param.ptr[i] <= '9'; i++)
		if (n < NUMBER_MOST)
			n = n * 10 + (unsigned)(param.ptr[i] - '0');
	return n;
}

/* ^GFB,bytes,total,stride, and ~DYd:f,b,x,total,stride,: behind these commas stand
 * counted bytes. Returns the length of the parameters; 0: not counted. */
static size_t counted(const struct zpl_command *c, struct str rest, struct str *data)
{
	bool gf = !strcmp(c->name, "GF") && rest.len && capital(*rest.ptr) == 'B';
	bool dy = !strcmp(c->name, "DY");
	struct str params = rest;
	uint64_t count = 0;
	if (!gf && !dy)
		return 0;
	for (unsigned i = 0; i < (gf ? 4u : 5u) && params.ptr; i++) {
		struct str one = zpl_param(&params);
		if (i == (gf ? 1u : 3u))
			count = zpl_number(one);
	}
	if (!params.ptr)
		return 0;
	*data = str_head(params, count < params.len ? count : params.len);
	return rest.len - params.len;
}

bool zpl_lex(struct str bytes, size_t *at, struct zpl_command *c)
{
	struct str rest = str_from(bytes, *at);
	size_t len = 0, name = 2;
	*c = (struct zpl_command){ 0 };
	if (!rest.len)
		return false;
	if (!opens(*rest.ptr)) {
		while (len < rest.len && !opens(rest.ptr[len]))
			len++;
		c->params = str_head(rest, len);
		*at += len;
		return true;
	}
	c->prefix = *rest.ptr;
	rest = str_from(rest, 1);
	if (rest.len && c->prefix == '^' && capital(*rest.ptr) == 'A')
		name = 1; /* ^Af: the font is a parameter */
	name = name < rest.len ? name : rest.len;
	for (size_t i = 0; i < name; i++)
		c->name[i] = capital(rest.ptr[i]);
	rest = str_from(rest, name);
	len = counted(c, rest, &c->data);
	while (!c->data.ptr && len < rest.len && !opens(rest.ptr[len]))
		len++;
	c->params = str_head(rest, len);
	*at += 1 + name + len + c->data.len;
	return true;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct unpacking {
	size_t stride, size, nibbles; /* filled so far */
	uint8_t *out;
};

static void fill(struct unpacking *u, unsigned digit, size_t count)
{
	for (; count && u->nibbles < u->size * 2; count--, u->nibbles++) {
		uint8_t *b = &u->out[u->nibbles / 2];
		*b = u->nibbles % 2 ? (uint8_t)(*b | digit) : (uint8_t)(digit << 4);
	}
}

/* The rest of the row. */
static size_t row_left(const struct unpacking *u)
{
	return u->stride * 2 - u->nibbles % (u->stride * 2);
}

static void repeat_row(struct unpacking *u)
{
	size_t at = u->nibbles / 2;
	for (size_t i = 0; at >= u->stride && i < u->stride && at + i < u->size; i++) {
		u->out[at + i] = u->out[at + i - u->stride];
		u->nibbles += 2;
	}
}

size_t zpl_unpack(struct str text, size_t stride, uint8_t *out, size_t size)
{
	struct unpacking u = { .stride = stride, .size = size, .out = out };
	size_t count = 0;
	for (size_t i = 0; stride && i < text.len && u.nibbles < size * 2; i++) {
		char c = text.ptr[i];
		if (c >= 'G' && c <= 'Y') {
			count += (size_t)(c - 'G' + 1);
		} else if (c >= 'g' && c <= 'z') {
			count += (size_t)(c - 'g' + 1) * 20;
		} else if (c == ',' || c == '!') {
			fill(&u, c == '!' ? 15 : 0, row_left(&u));
		} else if (c == ':') {
			repeat_row(&u);
		} else if (hex(c) >= 0) {
			fill(&u, (unsigned)hex(c), count ? count : 1);
			count = 0;
		}
	}
	return (u.nibbles + 1) / 2;
}

enum what { PASSES, REFUSED };

static const struct {
	const char *name;
	enum what what;
} commands[] = {
#define ZPL(name, what) { name, what },
#include "lang/zpl_command.def"
#undef ZPL
};

static void unknown(const char *name, struct finding *f)
{
	if (f->unknown)
		return;
	snprintf(f->unknown_text, sizeof(f->unknown_text), "%s", name);
	f->unknown = f->unknown_text;
}

static void judge(const struct zpl_command *c, struct finding *f)
{
	char name[5] = { c->prefix, c->name[0], c->name[1], 0 };
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		if (commands[i].what == REFUSED && !f->refused)
			f->refused = commands[i].name;
		return;
	}
	for (size_t i = 1; name[i]; i++)
		if (name[i] < ' ' || name[i] > '~')
			name[i] = '?';
	unknown(name, f);
}

/* Between formats "!" begins a command of another language (SGD, CPCL). */
void zpl_examine(const struct document *doc, struct finding *f)
{
	struct str bytes = { (const char *)doc->bytes, doc->len };
	struct zpl_command c;
	*f = (struct finding){ 0 };
	for (size_t at = 0; zpl_lex(bytes, &at, &c);) {
		struct str between = str_trim(c.params);
		if (c.prefix)
			judge(&c, f);
		else if (between.len && *between.ptr == '!' && !f->refused)
			f->refused = "! (SGD)";
		else if (between.len)
			unknown("text between formats", f);
		if (c.data.len && at < bytes.len && !opens(bytes.ptr[at]))
			unknown("^GF (length)", f);
	}
}
