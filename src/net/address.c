/*
 * Addresses of both families. A mapped IPv4 address is told as IPv4, as
 * everywhere (base/uri.h).
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct sockaddr_storage address_make(const struct ip *ip, uint16_t port)
{
	struct sockaddr_storage at = { 0 };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	if (ip->v6) {
		memcpy(&v6.sin6_addr, ip->bytes, 16);
		memcpy(&at, &v6, sizeof(v6));
	} else {
		memcpy(&v4.sin_addr, ip->bytes, 4);
		memcpy(&at, &v4, sizeof(v4));
	}
	return at;
}

static void read_v6(const struct in6_addr *from, struct ip *ip)
{
	ip->v6 = !IN6_IS_ADDR_V4MAPPED(from);
	if (ip->v6)
		memcpy(ip->bytes, from, 16);
	else
		memcpy(ip->bytes, from->s6_addr + 12, 4);
}

bool address_read(const struct sockaddr_storage *at, struct ip *ip, uint16_t *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(ip, 0, sizeof(*ip));
	if (at->ss_family == AF_INET) {
		memcpy(&v4, at, sizeof(v4));
		memcpy(ip->bytes, &v4.sin_addr, 4);
		*port = ntohs(v4.sin_port);
		return true;
	}
	if (at->ss_family != AF_INET6)
		return false;
	memcpy(&v6, at, sizeof(v6));
	read_v6(&v6.sin6_addr, ip);
	*port = ntohs(v6.sin6_port);
	return true;
}
