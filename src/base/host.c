/*
 * Host names as browsers and programs send them, in one canonical form so that
 * later comparisons are plain ones.
 */
#include "base/uri.h"

#include <stdio.h>
#include <string.h>

bool port_parse(struct str text, uint16_t *port)
{
	uint64_t n;
	if (!str_to_u64(text, &n) || n < 1 || n > 65535)
		return false;
	*port = (uint16_t)n;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

/* Where the last label is a number, browsers take the whole for an IPv4
 * address (URL standard, "ends in a number"), so nothing else may pass. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *label = dot ? dot + 1 : host;
	return is_digit(*label) && strspn(label, "0123456789") == strlen(label);
}

static bool canonical_ip(struct str text, bool v6, char host[static 256])
{
	struct ip ip;
	if (!ip_parse(text, &ip) || (text.len && memchr(text.ptr, ':', text.len) != NULL) != v6)
		return false;
	ip_format(&ip, host);
	return true;
}

bool host_parse(struct str text, char host[static 256])
{
	if (str_starts(text, "["))
		return str_ends(text, "]") &&
		    canonical_ip(str_head(str_from(text, 1), text.len - 2), true, host);
	if (!text.len || text.len > 255)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		host[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		if (!is_name_char(host[i]))
			return false;
	}
	host[text.len] = '\0';
	return host[0] != '.' && (!ends_in_number(host) || canonical_ip(text, false, host));
}

bool host_header_parse(struct str text, char host[static 256])
{
	size_t len = text.len;
	while (len && is_digit(text.ptr[len - 1]))
		len--;
	struct str port = str_from(text, len), name = text;
	uint64_t n;
	if (len && text.ptr[len - 1] == ':') {
		/* RFC 9110 7.2: the port may be empty */
		if (port.len && (!str_to_u64(port, &n) || n > 65535))
			return false;
		name = str_head(text, len - 1);
	}
	return host_parse(name, host);
}
