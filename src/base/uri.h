/*
 * Device URIs (CUPS style), web origins, IP literals and address ranges. Pure
 * parsers; nothing here resolves a name.
 */
#ifndef BASE_URI_H
#define BASE_URI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* scheme://host:port/path?query, or scheme:/path (file:/dev/usb/lp0). */
struct uri {
	struct str scheme; /* as written */
	struct str host;   /* brackets of an IPv6 literal removed; may be empty */
	uint16_t port;     /* 0: none */
	struct str path;   /* with its leading slash; may be empty */
	struct str query;  /* without '?' */
};
enum err uri_parse(struct str text, struct uri *uri, struct why *why);

/* A web origin: lower-case scheme and host, port made explicit. */
struct origin {
	char scheme[24]; /* chrome-extension, safari-web-extension */
	char host[256];
	uint16_t port;
};
/* `text` is an Origin header or a grant's title. "null", a path, user info or
 * anything else that is not scheme://host[:port] is E_FIELD. Non-ASCII hosts
 * are refused (browsers send punycode). */
enum err origin_parse(struct str text, struct origin *origin, struct why *why);
bool origin_eq(const struct origin *a, const struct origin *b);
/* Canonical text: default ports are left out. */
void origin_format(const struct origin *origin, char out[static 320]);

/* An IP address; IPv4-mapped IPv6 is reduced to IPv4. */
struct ip {
	bool v6;
	uint8_t bytes[16]; /* the first 4 for IPv4 */
};
/* Dotted decimal without leading zeros, or RFC 4291 text without zone. */
bool ip_parse(struct str text, struct ip *ip);
void ip_format(const struct ip *ip, char out[static 46]); /* RFC 5952 */
bool ip_eq(const struct ip *a, const struct ip *b);
bool ip_is_loopback(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip);
bool ip_is_never_host(const struct ip *ip); /* unspecified, multicast, 255.255.255.255 */

/* "ip:port" or "[ip6]:port"; the port is required. */
enum err ip_port_parse(struct str text, struct ip *ip, uint16_t *port, struct why *why);
/* 192.168.1.50:9100, [fd12::5]:9100 */
void ip_port_format(const struct ip *ip, uint16_t port, char out[static 64]);

/* A range where callers may print: CIDR:port or CIDR:low-high; a bare address
 * is a /32 or /128. IPv6 prefixes are written [fd00::]/8:9100. */
struct ip_range {
	struct ip ip;
	unsigned prefix; /* bits */
	uint16_t low, high;
};
enum err ip_range_parse(struct str text, struct ip_range *range, struct why *why);
/* Loopback and link-local addresses match only a range whose own prefix lies
 * in that kind; never-hosts match nothing (systems/plato.md section 2). */
bool ip_range_has(const struct ip_range *range, const struct ip *ip, uint16_t port);

/* A port, 1 to 65535, in ASCII digits only. */
bool port_parse(struct str text, uint16_t *port);

/* A host name or IP literal in the form all comparisons use: lower case,
 * addresses in canonical text, no brackets. False on anything else. */
bool host_parse(struct str text, char host[static 256]);

/* Host header: "name", "name:port", "[::1]:port" -> name in lower case without
 * port and brackets. False if malformed. */
bool host_header_parse(struct str text, char host[static 256]);

#endif
