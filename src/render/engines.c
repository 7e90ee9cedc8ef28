/*
 * The table of engines, made from engine.def.
 */
#include "render/engines.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define ENGINE(name) extern const struct engine_plug engine_##name;
#include "render/engine.def"
#undef ENGINE

static const struct engine_plug *const engines[] = {
#define ENGINE(name) &engine_##name,
#include "render/engine.def"
#undef ENGINE
};

const struct engine_plug *engine_at(size_t i)
{
	return i < COUNT_OF(engines) ? engines[i] : NULL;
}

const struct engine_plug *engine_find(const char *type)
{
	for (size_t i = 0; i < COUNT_OF(engines); i++)
		for (const char *const *t = engines[i]->types; *t; t++)
			if (strcmp(*t, type) == 0)
				return engines[i];
	return NULL;
}

enum err task_handover(const struct task *t, struct why *why, const char *format, ...)
{
	va_list args;
	char what[128];

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (t->handover)
		*t->handover = true;
	return why_fail(why, E_UNSUPPORTED, "The page uses %s", what);
}

void task_warn(const struct task *t, const char *format, ...)
{
	char *text = t->note->warning;
	size_t room = sizeof(t->note->warning), len = strlen(text);
	va_list args;

	if (len > 0 && len + 3 < room)
		len += (size_t)snprintf(text + len, room - len, "; ");
	va_start(args, format);
	if (len + 1 < room)
		vsnprintf(text + len, room - len, format, args);
	va_end(args);
}
