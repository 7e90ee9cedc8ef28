/*
 * What a file is, as a media type: by its ending, else by its first bytes.
 */
#ifndef CLI_MEDIA_H
#define CLI_MEDIA_H

#include "base/str.h"

/* A constant; application/octet-stream, the printer's own language, when nothing tells. */
const char *media_of(const char *file, struct str bytes);

#endif
