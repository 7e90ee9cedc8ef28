/*
 * Web origins (RFC 6454), parsed into comparable parts. A mistake here lets a
 * page in or locks one out, so everything unusual is refused.
 */
#include "base/uri.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *scheme;
	uint16_t port;
} defaults[] = { { "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 } };

static uint16_t default_port(const char *scheme)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strcmp(scheme, defaults[i].scheme))
			return defaults[i].port;
	return 0;
}

static bool parse_scheme(struct str text, char *scheme, size_t size)
{
	if (!text.len || text.len >= size)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
		if (!letter && (!other || i == 0))
			return false;
		scheme[i] = letter ? (char)(c | 0x20) : c;
	}
	scheme[text.len] = '\0';
	return true;
}

/* The colon before the port, if there is one: the last, and not within brackets. */
static struct str cut_port(struct str text, struct str *port)
{
	size_t i = text.len;
	*port = STR_NONE;
	while (i && text.ptr[i - 1] != ':' && text.ptr[i - 1] != ']')
		i--;
	if (!i || text.ptr[i - 1] == ']')
		return text;
	*port = str_from(text, i);
	return str_head(text, i - 1);
}

static enum err refuse(struct str text, struct why *why, const char *what)
{
	/* Bytes that are no UTF-8 must not get into a sentence. */
	char shown[101];
	size_t len = 0;
	for (; len < text.len && len < sizeof(shown) - 1; len++)
		shown[len] = text.ptr[len] >= ' ' && text.ptr[len] <= '~' ? text.ptr[len] : '?';
	shown[len] = '\0';
	return why_fail(why, E_FIELD, "\"%s\" is not a web origin: %s", shown, what);
}

enum err origin_parse(struct str text, struct origin *origin, struct why *why)
{
	struct origin parsed;
	struct str rest, port, scheme = str_cut(text, ':', &rest);
	if (!str_starts(rest, "//") || !parse_scheme(scheme, parsed.scheme, sizeof(parsed.scheme)))
		return refuse(text, why, "write scheme://host, as in https://pos.example");
	struct str host = cut_port(str_from(rest, 2), &port);
	if (!host_parse(host, parsed.host))
		return refuse(text, why,
		    "after the scheme comes a host name in ASCII and nothing else but a port");
	parsed.port = default_port(parsed.scheme);
	if (port.ptr && !port_parse(port, &parsed.port))
		return refuse(text, why, "the port is a number from 1 to 65535");
	*origin = parsed;
	return E_OK;
}

bool origin_eq(const struct origin *a, const struct origin *b)
{
	return a->port == b->port && !strcmp(a->scheme, b->scheme) && !strcmp(a->host, b->host);
}

void origin_format(const struct origin *origin, char out[static 320])
{
	bool v6 = strchr(origin->host, ':') != NULL;
	int len = snprintf(out, 320, v6 ? "%s://[%s]" : "%s://%s", origin->scheme, origin->host);
	if (origin->port != default_port(origin->scheme))
		snprintf(out + len, 320 - (size_t)len, ":%u", (unsigned)origin->port);
}
