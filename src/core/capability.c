/*
 * The capabilities by name: bit and place in the table are the same number.
 */
#include "core/access.h"

#include <stdio.h>

#include "base/mem.h"

static const char *const names[] = {
	"print", "status", "drawer", "peripherals", "pay", "raw", "admin",
};

unsigned capability_parse(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_is(name, names[i]))
			return 1U << i;
	return 0;
}

const char *capability_name(unsigned bit)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (bit == 1U << i)
			return names[i];
	return "";
}

void capability_format(unsigned set, char out[static 96])
{
	size_t at = 0;
	out[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (set & 1U << i)
			at += (size_t)snprintf(out + at, 96 - at, "%s%s", at ? ", " : "",
			    names[i]);
}
