/* Between env.c (reading) and env_edit.c (changing). */
#ifndef CORE_ENV_INSIDE_H
#define CORE_ENV_INSIDE_H

#include "core/env.h"

enum env_line {
	ENV_LINE_OTHER, /* blank or a comment */
	ENV_LINE_PAIR,
	ENV_LINE_BAD,
};
/* One line without its line feed; name and value point into it. */
enum env_line env_line(struct str line, struct str *name, struct str *value);

#endif
