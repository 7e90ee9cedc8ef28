/*
 * Device URIs. RFC 3986 cut down to what CUPS device URIs use: no fragment, no
 * user; percent escapes stay as they are.
 */
#include "base/uri.h"

#include <string.h>

static bool is_scheme(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i], l = (char)(c | 0x20);
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (!(l >= 'a' && l <= 'z') && (!other || i == 0))
			return false;
	}
	return s.len > 0;
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || s.ptr[i] == '#')
			return false;
	return s.len > 0;
}

static size_t until(struct str s, const char *stops)
{
	size_t len = 0;
	while (len < s.len && !strchr(stops, s.ptr[len]))
		len++;
	return len;
}

static bool parse_port(struct str text, struct uri *uri)
{
	return !text.len || (*text.ptr == ':' && port_parse(str_from(text, 1), &uri->port));
}

/* host, host:port, [ip6] or [ip6]:port */
static bool parse_authority(struct str text, struct uri *uri)
{
	struct ip ip;
	if (text.len && memchr(text.ptr, '@', text.len))
		return false;
	if (!str_starts(text, "[")) {
		size_t len = until(text, ":");
		uri->host = str_head(text, len);
		return parse_port(str_from(text, len), uri);
	}
	size_t close = until(text, "]");
	uri->host = str_head(str_from(text, 1), close - 1);
	return close < text.len && memchr(text.ptr, ':', close) && ip_parse(uri->host, &ip) &&
	    parse_port(str_from(text, close + 1), uri);
}

enum err uri_parse(struct str text, struct uri *uri, struct why *why)
{
	struct uri parsed = { 0 };
	struct str rest;
	if (!is_clean(text))
		return why_fail(why, E_FIELD,
		    "A device URI is not empty and has no blanks, # or other characters that need "
		    "a %% escape");
	parsed.scheme = str_cut(text, ':', &rest);
	if (!rest.ptr || !is_scheme(parsed.scheme))
		return why_fail(why, E_FIELD,
		    "\"%.*s\" does not begin with a scheme, as in socket://192.168.1.50:9100",
		    STR_ARG(str_head(text, 100)));
	if (str_starts(rest, "//")) {
		rest = str_from(rest, 2);
		size_t len = until(rest, "/?");
		if (!parse_authority(str_head(rest, len), &parsed))
			return why_fail(why, E_FIELD,
			    "\"%.*s\" has no valid host and port after the scheme",
			    STR_ARG(str_head(text, 100)));
		rest = str_from(rest, len);
	}
	parsed.path = str_cut(rest, '?', &parsed.query);
	if (parsed.path.len && *parsed.path.ptr != '/')
		return why_fail(why, E_FIELD, "The path of \"%.*s\" does not begin with a slash",
		    STR_ARG(str_head(text, 100)));
	*uri = parsed;
	return E_OK;
}
