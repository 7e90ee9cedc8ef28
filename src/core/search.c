/*
 * A document is either bytes that a language reads, or source that people read.
 */
#include "core/search.h"

#include "core/lang.h"

static bool is_source(struct str type)
{
	return str_starts(type, "text/") || str_ends(type, "+json") || str_ends(type, "+xml");
}

/* Bytes whose type names their language are of that one, whatever their printer speaks. */
static const struct language *reader(const char *type, const struct language *language)
{
	if (!language || !language->text || !language->takes(type))
		language = str_is(str_of(type), TYPE_ESCPOS) ? language_find(STR("escpos")) : NULL;
	return language && language->text && language->takes(type) ? language : NULL;
}

bool search_document(const struct document *doc, const struct needle *needle,
    const struct language *language, const struct profile *profile)
{
	struct str bytes = { (const char *)doc->bytes, doc->len };
	struct buf text;
	bool found;

	if (is_source(str_of(doc->type)))
		return needle_in(needle, str_head(bytes, SEARCH_TEXT_MAX));
	language = reader(doc->type, language);
	if (!language)
		return false;
	buf_init(&text, SEARCH_TEXT_MAX);
	language->text(bytes, profile, &text);
	found = needle_in(needle, buf_str(&text));
	buf_finish(&text);
	return found;
}
