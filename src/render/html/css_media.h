/*
 * Conditions of at-rules, and @page.
 */
#ifndef RENDER_HTML_CSS_MEDIA_H
#define RENDER_HTML_CSS_MEDIA_H

#include "render/html/doc.h"

/* Whether a media query list holds on this paper: `print`, its width, no colour. */
bool media_holds(struct doc *d, struct tokens query);
bool media_supports(struct doc *d, struct tokens condition);
/* Margins and size of @page into d->page. */
void media_page(struct doc *d, struct tokens body);

#endif
