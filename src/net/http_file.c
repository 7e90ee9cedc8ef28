/*
 * Static files out of a compiled-in table. Browsers must ask each time
 * (no-cache) and mostly hear 304: an upgraded daemon never meets old pages.
 */
#include <string.h>

#include "net/http_priv.h"

static const char policy[] = "default-src 'self'; img-src 'self' data: blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/* Whether If-None-Match names our tag; the comparison is the weak one. */
static bool is_known(const struct http_request *r, struct str etag)
{
	struct str rest = http_header(r, "If-None-Match");

	while (rest.len > 0) {
		struct str tag = str_trim(str_cut(rest, ',', &rest));

		if (str_starts(tag, "W/"))
			tag = str_from(tag, 2);
		if (str_is(tag, "*") || str_eq(tag, etag))
			return true;
	}
	return false;
}

/* A door may have set a policy of its own. */
static bool has_policy(const struct http_request *r)
{
	return memmem(r->extra.ptr ? r->extra.ptr : (const uint8_t *)"", r->extra.len,
	    "Content-Security-Policy:", 24);
}

void http_reply_file(struct http_request *r, const struct http_file *file)
{
	struct str bytes = { (const char *)file->bytes, file->len };

	if (!str_is(r->method, "GET") && !r->head_only) {
		http_add_header(r, "Allow", STR("GET, HEAD"));
		http_reply(r, 405, NULL, STR_NONE);
		return;
	}
	if (!has_policy(r))
		http_add_header(r, "Content-Security-Policy", str_of(policy));
	http_add_header(r, "X-Frame-Options", STR("DENY"));
	http_add_header(r, "X-Content-Type-Options", STR("nosniff"));
	http_add_header(r, "Referrer-Policy", STR("no-referrer"));
	http_add_header(r, "Cache-Control", STR("no-cache"));
	http_add_header(r, "ETag", str_of(file->etag));
	if (is_known(r, str_of(file->etag)))
		http_reply(r, 304, NULL, STR_NONE);
	else
		http_reply(r, 200, file->type, bytes);
}
