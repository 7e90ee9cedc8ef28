/*
 * Values of a JSON receipt, each with its place in the document for the
 * sentence that says what is wrong with it.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "render/receipt/json.h"

static void write_path(const struct path *p, struct buf *out)
{
	if (p->up)
		write_path(p->up, out);
	if (!p->name)
		buf_printf(out, "[%zu]", p->index);
	else if (*p->name)
		buf_printf(out, "%s%s", out->len ? "." : "", p->name);
}

enum err json_wrong(const struct path *at, struct why *why, const char *format, ...)
{
	char sentence[200];
	struct buf path;
	va_list args;

	buf_init(&path, 256);
	write_path(at, &path);
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	enum err err = why_field(why, buf_cstr(&path), E_DOCUMENT, "%s %s",
	    path.len ? buf_cstr(&path) : "The receipt", sentence);
	buf_finish(&path);
	return err;
}

enum err json_members(const struct json *v, const struct path *at, const char *const *known,
    struct why *why)
{
	for (const struct json *m = json_first(v); m; m = json_next(m)) {
		const char *near = NULL;
		unsigned least = 3;
		struct str key = json_key(m);
		bool found = false;
		for (size_t i = 0; known[i] && !found; i++) {
			unsigned distance = str_distance(key, str_of(known[i]), 3);
			found = distance == 0;
			if (distance < least) {
				least = distance;
				near = known[i];
			}
		}
		if (!found)
			return json_wrong(at, why, "has an unknown member %.*s%s%s%s",
			    (int)(key.len < 40 ? key.len : 40), key.ptr,
			    near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
	}
	return E_OK;
}

/* "left, center or right" */
static void write_words(const char *const *words, struct buf *out)
{
	for (size_t i = 0; words[i]; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

enum err json_word(const struct json *v, const struct path *at, const char *const *words,
    int *out, struct why *why)
{
	struct buf list;

	if (!v)
		return E_OK;
	for (int i = 0; words[i]; i++) {
		if (!json_is(v, JSON_STRING) || !str_is(json_string(v), words[i]))
			continue;
		*out = i;
		return E_OK;
	}
	buf_init(&list, 160);
	write_words(words, &list);
	enum err err = json_wrong(at, why, "must be %s", buf_cstr(&list));
	buf_finish(&list);
	return err;
}

enum err json_whole(const struct json *v, const struct path *at, int64_t least, int64_t most,
    unsigned *out, struct why *why)
{
	int64_t n;

	if (!v)
		return E_OK;
	if (!json_int(v, &n) || n < least || n > most)
		return json_wrong(at, why, "must be a whole number from %lld to %lld",
		    (long long)least, (long long)most);
	*out = (unsigned)n;
	return E_OK;
}

enum err json_flag(const struct json *v, const struct path *at, bool *out, struct why *why)
{
	if (!v)
		return E_OK;
	if (!json_is(v, JSON_BOOL))
		return json_wrong(at, why, "must be true or false");
	*out = json_bool(v, false);
	return E_OK;
}

/* --- styles ------------------------------------------------------------------------- */

struct json_style json_style_initial(const struct json_receipt *r)
{
	return (struct json_style){ .run = { .wide = 1, .high = 1 }, .natural = !r->rtl,
		.align = r->rtl ? ALIGN_END : ALIGN_START };
}

static enum err read_size(const struct json *v, const struct path *at, struct run *run,
    struct why *why)
{
	unsigned wide = run->wide, high = run->high;
	enum err err;

	if (!v)
		return E_OK;
	if (json_is(v, JSON_ARRAY) && json_count(v) == 2) {
		struct path first = { at, NULL, 0 }, second = { at, NULL, 1 };
		err = json_whole(json_first(v), &first, 1, 8, &wide, why);
		err = err ? err : json_whole(json_next(json_first(v)), &second, 1, 8, &high, why);
	} else if (json_is(v, JSON_NUMBER)) {
		err = json_whole(v, at, 1, 8, &wide, why);
		high = wide;
	} else {
		err = json_wrong(at, why, "must be 1 to 8, or [width, height] of these");
	}
	run->wide = (uint8_t)wide;
	run->high = (uint8_t)high;
	return err;
}

static enum err read_align(const struct json *v, const struct path *at, struct json_style *s,
    struct why *why)
{
	static const char *const words[] = { "left", "center", "right", NULL };
	int word = s->align;
	enum err err = json_word(v, at, words, &word, why);

	if (v) {
		s->align = (enum align)word;
		s->natural = false;
	}
	return err;
}

static enum err read_words(const struct json *v, const struct path *at, struct json_style *s,
    struct why *why)
{
	static const char *const fonts[] = { "a", "b", NULL };
	static const char *const wraps[] = { "words", "chars", "none", NULL };
	struct path font = { at, "font", 0 }, wrap = { at, "wrap", 0 };
	int small = s->small, how = (int)s->wrap;
	enum err err = json_word(json_get(v, "font"), &font, fonts, &small, why);

	err = err ? err : json_word(json_get(v, "wrap"), &wrap, wraps, &how, why);
	s->small = small == 1;
	s->wrap = (enum receipt_wrap)how;
	return err;
}

enum err json_style_read(const struct json *v, const struct path *at, struct json_style *s,
    struct why *why)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = { { "bold", &s->run.bold }, { "underline", &s->run.underline },
		{ "invert", &s->run.invert }, { "red", &s->run.red } };
	struct path size = { at, "size", 0 }, align = { at, "align", 0 };
	enum err err = read_size(json_get(v, "size"), &size, &s->run, why);

	err = err ? err : read_align(json_get(v, "align"), &align, s, why);
	err = err ? err : read_words(v, at, s, why);
	for (size_t i = 0; i < COUNT_OF(flags) && !err; i++) {
		struct path flag = { at, flags[i].name, 0 };
		bool set = *flags[i].flag;
		err = json_flag(json_get(v, flags[i].name), &flag, &set, why);
		*flags[i].flag = set;
	}
	return err;
}

/* --- text ------------------------------------------------------------------------------- */

static enum err add_run(struct json_receipt *r, const struct path *at, const struct run *style,
    struct str text, struct why *why)
{
	if (r->run_count == JSON_RUNS_MAX)
		return json_wrong(at, why, "is one of more than %d pieces of text in a block",
		    JSON_RUNS_MAX);
	r->runs[r->run_count] = *style;
	r->runs[r->run_count++].text = text;
	return E_OK;
}

static enum err add_part(struct json_receipt *r, const struct json *v, const struct path *at,
    const struct json_style *s, struct why *why)
{
	static const char *const known[] = { "text", "bold", "underline", "invert", "red", "size",
		NULL };
	struct json_style own = *s;
	struct path text = { at, "text", 0 };
	enum err err;

	if (json_is(v, JSON_STRING))
		return add_run(r, at, &s->run, json_string(v), why);
	if (!json_is(v, JSON_OBJECT))
		return json_wrong(at, why, "must be a string or an object with a text");
	err = json_members(v, at, known, why);
	err = err ? err : json_style_read(v, at, &own, why);
	if (!err && !json_is(json_get(v, "text"), JSON_STRING))
		return json_wrong(&text, why, "must be a string");
	return err ? err : add_run(r, at, &own.run, json_string(json_get(v, "text")), why);
}

enum err json_runs(struct json_receipt *r, const struct json *v, const struct path *at,
    const struct json_style *s, struct receipt_cell *cell, struct why *why)
{
	size_t first = r->run_count, i = 0;
	enum err err = E_OK;

	if (json_is(v, JSON_STRING)) {
		err = add_run(r, at, &s->run, json_string(v), why);
	} else if (json_is(v, JSON_ARRAY)) {
		const struct json *part = json_first(v);
		for (; part && !err; part = json_next(part)) {
			struct path element = { at, NULL, i++ };
			err = add_part(r, part, &element, s, why);
		}
	} else {
		err = json_wrong(at, why, "must be a string or an array of pieces of text");
	}
	cell->runs = r->runs + first;
	cell->count = r->run_count - first;
	cell->align = s->align;
	cell->natural = s->natural;
	return err;
}
