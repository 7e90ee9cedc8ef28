/*
 * Looking for text in what was printed: pure, any thread.
 */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include <stdbool.h>

#include "base/needle.h"
#include "core/document.h"

struct language;
struct profile;

#define SEARCH_TEXT_MAX (1u << 20) /* text of one document; what is beyond is not found */

/*
 * Whether a document says it: for a printer's own bytes what they print (of
 * `language`, by its `text`), for text, markup and JSON the source as it was sent.
 * Pictures and PDF say nothing. `language` and `profile` may be NULL.
 */
bool search_document(const struct document *doc, const struct needle *needle,
    const struct language *language, const struct profile *profile);

#endif
