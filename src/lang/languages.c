/*
 * The table of languages, made from language.def.
 */
#include "base/mem.h"
#include "core/lang.h"

static const struct language *const languages[] = {
#define LANGUAGE(name) &language_##name,
#include "lang/language.def"
#undef LANGUAGE
};

const struct language *language_at(size_t i)
{
	return i < COUNT_OF(languages) ? languages[i] : NULL;
}

const struct language *language_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(languages); i++) {
		if (str_is(name, languages[i]->name))
			return languages[i];
	}
	return NULL;
}
