/*
 * Every parser of base/uri on the same text: none may fall over it, and what
 * one accepts it accepts again, unchanged, in its canonical form.
 */
#include "base/uri.h"

#include <string.h>

#include "fuzz.h"

static void check_origin(struct str text)
{
	struct origin first, second;
	char canonical[320], again[320];
	if (origin_parse(text, &first, NULL))
		return;
	origin_format(&first, canonical);
	MUST(origin_parse(str_of(canonical), &second, NULL) == E_OK);
	MUST(origin_eq(&first, &second));
	origin_format(&second, again);
	MUST(!strcmp(canonical, again));
}

static void check_ip(struct str text)
{
	struct ip first, second;
	char canonical[46];
	if (!ip_parse(text, &first))
		return;
	ip_format(&first, canonical);
	MUST(ip_parse(str_of(canonical), &second) && ip_eq(&first, &second));
	MUST(!ip_is_loopback(&first) || !ip_is_link_local(&first));
}

static void check_ip_port(struct str text)
{
	struct ip first, second;
	uint16_t port, again;
	char canonical[64];
	if (ip_port_parse(text, &first, &port, NULL))
		return;
	ip_port_format(&first, port, canonical);
	MUST(ip_port_parse(str_of(canonical), &second, &again, NULL) == E_OK);
	MUST(port == again && ip_eq(&first, &second));
}

static void check_range(struct str text)
{
	struct ip_range range;
	if (ip_range_parse(text, &range, NULL))
		return;
	MUST(range.low && range.low <= range.high && range.prefix <= (range.ip.v6 ? 128 : 32));
	bool special = ip_is_loopback(&range.ip) || ip_is_link_local(&range.ip) ||
	    ip_is_never_host(&range.ip);
	MUST(special || ip_range_has(&range, &range.ip, range.low));
	MUST(range.high == 65535 || !ip_range_has(&range, &range.ip, range.high + 1));
	static const char *const loopback[] = { "127.0.0.1", "::1" };
	for (int i = 0; i < 2; i++) {
		struct ip ip;
		MUST(ip_parse(str_of(loopback[i]), &ip));
		MUST(!ip_range_has(&range, &ip, range.low) || ip_is_loopback(&range.ip));
	}
}

static void check_host(struct str text)
{
	char host[256], again[256];
	if (!host_header_parse(text, host))
		return;
	MUST(host[0]);
	if (!strchr(host, ':'))
		MUST(host_header_parse(str_of(host), again) && !strcmp(host, again));
}

static bool inside(struct str part, struct str whole)
{
	return !part.len || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_uri(struct str text)
{
	struct uri uri;
	struct why why = { 0 };
	if (uri_parse(text, &uri, &why)) {
		MUST(why.text[0]);
		return;
	}
	MUST(uri.scheme.len && (!uri.path.len || uri.path.ptr[0] == '/'));
	MUST(inside(uri.host, text) && inside(uri.path, text) && inside(uri.query, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	check_origin(text);
	check_ip(text);
	check_ip_port(text);
	check_range(text);
	check_host(text);
	check_uri(text);
	return 0;
}
