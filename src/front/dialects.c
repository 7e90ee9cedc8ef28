/* The table of dialects, from dialect.def. */
#include "core/front.h"

static const struct dialect *const dialects[] = {
#define DIALECT(name) &dialect_##name,
#include "front/dialect.def"
#undef DIALECT
};

const struct dialect *dialect_at(size_t i)
{
	return i < COUNT_OF(dialects) ? dialects[i] : NULL;
}

const struct dialect *dialect_find(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(dialects); i++)
		if (str_is(name, dialects[i]->name))
			return dialects[i];
	return NULL;
}
