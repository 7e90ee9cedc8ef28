/*
 * The engines of this build (engine.def).
 */
#ifndef RENDER_ENGINES_H
#define RENDER_ENGINES_H

#include <stddef.h>

#include "render/engine.h"

const struct engine_plug *engine_at(size_t i);            /* NULL past the last */
const struct engine_plug *engine_find(const char *type);  /* NULL: nobody draws it */

#endif
