/*
 * IP literals and ranges. The C library's inet_pton() is as strict as we want
 * (no leading zeros, no zones, no short forms); what is added here is the
 * reduction of IPv4-mapped addresses and who may be printed to.
 */
#include "base/uri.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static unsigned width(const struct ip *ip)
{
	return ip->v6 ? 128 : 32;
}

bool ip_parse(struct str text, struct ip *ip)
{
	char copy[INET6_ADDRSTRLEN];
	struct ip parsed = { .v6 = text.len && memchr(text.ptr, ':', text.len) };
	if (!str_copy(copy, sizeof(copy), text) || strlen(copy) != text.len)
		return false;
	if (inet_pton(parsed.v6 ? AF_INET6 : AF_INET, copy, parsed.bytes) != 1)
		return false;
	if (parsed.v6 && !memcmp(parsed.bytes, mapped, sizeof(mapped))) {
		struct ip v4 = { 0 };
		memcpy(v4.bytes, parsed.bytes + sizeof(mapped), 4);
		parsed = v4;
	}
	*ip = parsed;
	return true;
}

void ip_format(const struct ip *ip, char out[static 46])
{
	inet_ntop(ip->v6 ? AF_INET6 : AF_INET, ip->bytes, out, 46);
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
	return a->v6 == b->v6 && !memcmp(a->bytes, b->bytes, width(a) / 8);
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);
	return !memcmp(a, b, bits / 8) && !((a[bits / 8] ^ b[bits / 8]) & mask);
}

/* Address blocks with a meaning. RFC 6890, RFC 4291. */
struct block {
	bool v6;
	uint8_t bytes[17]; /* one spare, which same_prefix() looks at for /128 */
	unsigned prefix;
};
static const struct block loopback[] = {
	{ false, { 127 }, 8 },
	{ true, { [15] = 1 }, 128 },
};
static const struct block link_local[] = {
	{ false, { 169, 254 }, 16 },
	{ true, { 0xfe, 0x80 }, 10 },
};
static const struct block never_host[] = {
	{ false, { 0 }, 8 }, /* "this network": 0.0.0.0 reaches ourselves */
	{ false, { 224 }, 4 },
	{ false, { 255, 255, 255, 255 }, 32 },
	{ true, { 0 }, 128 },
	{ true, { 0xff }, 8 },
};

/* Whether the first `bits` of the address lie wholly in one of the blocks. */
static bool within(const struct ip *ip, unsigned bits, const struct block *blocks, size_t count)
{
	uint8_t bytes[17] = { 0 };
	memcpy(bytes, ip->bytes, sizeof(ip->bytes));
	for (size_t i = 0; i < count; i++)
		if (blocks[i].v6 == ip->v6 && bits >= blocks[i].prefix &&
		    same_prefix(bytes, blocks[i].bytes, blocks[i].prefix))
			return true;
	return false;
}

bool ip_is_loopback(const struct ip *ip)
{
	return within(ip, width(ip), loopback, 2);
}

bool ip_is_link_local(const struct ip *ip)
{
	return within(ip, width(ip), link_local, 2);
}

bool ip_is_never_host(const struct ip *ip)
{
	return within(ip, width(ip), never_host, 5);
}

/* An address with or without brackets off the front; `*rest` is what follows. */
static bool cut_address(struct str text, struct ip *ip, struct str *rest)
{
	size_t len = 0;
	bool bracket = str_starts(text, "[");
	const char *stops = bracket ? "]" : "/:";
	text = str_from(text, bracket);
	while (len < text.len && !memchr(stops, text.ptr[len], strlen(stops)))
		len++;
	*rest = str_from(text, len + bracket);
	return (!bracket || len < text.len) && ip_parse(str_head(text, len), ip) &&
	    (!ip->v6 || bracket);
}

enum err ip_port_parse(struct str text, struct ip *ip, uint16_t *port, struct why *why)
{
	struct str rest;
	struct ip parsed;
	if (!cut_address(text, &parsed, &rest))
		return why_fail(why, E_FIELD, "\"%.*s\" does not begin with an IP address",
		    STR_ARG(str_head(text, 100)));
	if (!str_starts(rest, ":") || !port_parse(str_from(rest, 1), port))
		return why_fail(why, E_FIELD,
		    "\"%.*s\" does not end with a port, as in 127.0.0.1:9100",
		    STR_ARG(str_head(text, 100)));
	*ip = parsed;
	return E_OK;
}

void ip_port_format(const struct ip *ip, uint16_t port, char out[static 64])
{
	char text[46];
	ip_format(ip, text);
	snprintf(out, 64, ip->v6 ? "[%s]:%u" : "%s:%u", text, (unsigned)port);
}

static bool parse_prefix(struct str *rest, const struct ip *ip, unsigned *prefix)
{
	uint64_t bits;
	*prefix = width(ip);
	if (!str_starts(*rest, "/"))
		return true;
	struct str digits = str_from(*rest, 1);
	size_t len = 0;
	while (len < digits.len && digits.ptr[len] != ':')
		len++;
	*rest = str_from(digits, len);
	if (!str_to_u64(str_head(digits, len), &bits) || bits > width(ip))
		return false;
	*prefix = (unsigned)bits;
	return true;
}

static bool parse_ports(struct str rest, struct ip_range *range)
{
	struct str high, low = str_cut(str_from(rest, 1), '-', &high);
	if (!str_starts(rest, ":") || !port_parse(low, &range->low))
		return false;
	range->high = range->low;
	return (!high.ptr || port_parse(high, &range->high)) && range->low <= range->high;
}

/* Bits behind the prefix mean nothing: 192.168.1.7/16 is 192.168.0.0/16. */
static void clear_host_bits(struct ip_range *range)
{
	for (unsigned bit = range->prefix; bit < width(&range->ip); bit++)
		range->ip.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
}

enum err ip_range_parse(struct str text, struct ip_range *range, struct why *why)
{
	struct ip_range parsed;
	struct str rest, shown = str_head(text, 100);
	if (!cut_address(text, &parsed.ip, &rest))
		return why_fail(why, E_FIELD, "\"%.*s\" does not begin with an IP address",
		    STR_ARG(shown));
	if (!parse_prefix(&rest, &parsed.ip, &parsed.prefix))
		return why_fail(why, E_FIELD, "\"%.*s\" has a prefix longer than the address",
		    STR_ARG(shown));
	if (!parse_ports(rest, &parsed))
		return why_fail(why, E_FIELD,
		    "\"%.*s\" does not end with a port or a range of ports, as in "
		    "192.168.0.0/16:9100-9109",
		    STR_ARG(shown));
	clear_host_bits(&parsed);
	*range = parsed;
	return E_OK;
}

bool ip_range_has(const struct ip_range *range, const struct ip *ip, uint16_t port)
{
	const struct ip *net = &range->ip;
	uint8_t a[17] = { 0 }, b[17] = { 0 };
	memcpy(a, net->bytes, sizeof(net->bytes));
	memcpy(b, ip->bytes, sizeof(ip->bytes));
	if (net->v6 != ip->v6 || !same_prefix(a, b, range->prefix) || port < range->low ||
	    port > range->high || ip_is_never_host(ip))
		return false;
	if (ip_is_loopback(ip))
		return within(net, range->prefix, loopback, 2);
	return !ip_is_link_local(ip) || within(net, range->prefix, link_local, 2);
}
