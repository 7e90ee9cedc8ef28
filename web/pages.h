/* The files of web/, compiled in; ended by a NULL path. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "net/http.h"

extern const struct http_file pages[];        /* the console's */
extern const struct http_file viewer_pages[]; /* the command viewer's, web/viewer/ */

#endif
