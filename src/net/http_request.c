/*
 * What a request says: slices of its head, which lie behind the struct.
 */
#include <stdlib.h>

#include "net/http_priv.h"

/* Longer query parameters are not worth decoding. */
#define PARAMETER_MAX 4096

struct str http_method(const struct http_request *r)
{
	return r->method;
}

struct str http_path(const struct http_request *r)
{
	return r->path;
}

struct str http_query(const struct http_request *r)
{
	return r->query;
}

static bool decode(struct str text, struct buf *out)
{
	uint8_t *space = text.len <= PARAMETER_MAX ? buf_space(out, text.len + 1) : NULL;
	size_t len;

	if (!space || !http_parse_percent(text, true, (char *)space, &len))
		return false;
	buf_grown(out, len);
	return true;
}

bool http_query_get(const struct http_request *r, const char *name, struct buf *out)
{
	struct str rest = r->query;

	while (rest.len > 0) {
		struct str value;
		struct str key = str_cut(str_cut(rest, '&', &rest), '=', &value);

		if (str_is(key, name))
			return decode(value, out);
	}
	return false;
}

size_t http_header_count(const struct http_request *r)
{
	return r->count;
}

struct http_header http_header_at(const struct http_request *r, size_t i)
{
	return r->headers[i];
}

struct str http_header(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);

	for (size_t i = 0; i < r->count; i++)
		if (str_eq_nocase(r->headers[i].name, wanted))
			return r->headers[i].value;
	return STR_NONE;
}

size_t http_header_repeats(const struct http_request *r, const char *name)
{
	struct str wanted = str_of(name);
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += str_eq_nocase(r->headers[i].name, wanted);
	return n;
}

struct str http_body(const struct http_request *r)
{
	return buf_str(&r->body);
}

uint8_t *http_body_take(struct http_request *r, size_t *len)
{
	return buf_take(&r->body, len);
}

bool http_has_body(const struct http_request *r)
{
	return r->chunked || r->length > 0;
}

struct conn *http_conn(const struct http_request *r)
{
	return r->client->live.conn;
}

void *http_request_arg(const struct http_request *r)
{
	return r->arg;
}

void http_request_set_arg(struct http_request *r, void *arg)
{
	r->arg = arg;
}

void http_set_body_max(struct http_request *r, size_t bytes)
{
	r->body.max = bytes;
}

void http_request_free(struct http_request *r)
{
	if (!r)
		return;
	buf_finish(&r->body);
	buf_finish(&r->extra);
	free(r);
}
