/*
 * Whether what was written makes sense: one rule per option that has one, and
 * then the questions that need more than one option. A rule says what is wrong
 * in a sentence; where it stands is added by whoever knows the line.
 */
#include "core/config_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/uri.h"
#include "core/access.h"
#include "core/profile.h"

#define VALUE_MAX 4096 /* bytes of one text */
#define NAME_MAX_LEN 63

typedef enum err rule_fn(const char *text, const struct config_checks *checks, struct why *why);

static enum err check_dialect(const char *text, const struct config_checks *checks,
    struct why *why)
{
	if (checks->dialect_known(text))
		return E_OK;
	return why_fail(why, E_FIELD, "no such dialect '%.64s' (there are %s)", text,
	    checks->dialects);
}

static enum err check_language(const char *text, const struct config_checks *checks,
    struct why *why)
{
	if (checks->language_known(text))
		return E_OK;
	return why_fail(why, E_FIELD, "no such language '%.64s' (there are %s)", text,
	    checks->languages);
}

static enum err check_profile(const char *text, const struct config_checks *checks,
    struct why *why)
{
	(void)checks;
	if (!*text || profile_find(str_of(text)))
		return E_OK;
	return why_fail(why, E_FIELD, "no such profile '%.64s'; the nearest is %s", text,
	    profile_near(str_of(text)));
}

static enum err check_uri(const char *text, const struct config_checks *checks, struct why *why)
{
	return checks->uri_check(text, why);
}

static enum err check_ip_port(const char *text, const struct config_checks *checks,
    struct why *why)
{
	(void)checks;
	struct ip ip;
	uint16_t port;
	return ip_port_parse(str_of(text), &ip, &port, why);
}

static enum err check_range(const char *text, const struct config_checks *checks, struct why *why)
{
	(void)checks;
	struct ip_range range;
	return ip_range_parse(str_of(text), &range, why);
}

static enum err check_host(const char *text, const struct config_checks *checks, struct why *why)
{
	(void)checks;
	char host[256];
	if (!strpbrk(text, ":[]") && host_header_parse(str_of(text), host))
		return E_OK;
	return why_fail(why, E_FIELD, "'%.64s' is not a host name", text);
}

static enum err check_capability(const char *text, const struct config_checks *checks,
    struct why *why)
{
	(void)checks;
	char all[96];
	if (capability_parse(str_of(text)))
		return E_OK;
	capability_format(CAP_ALL, all);
	return why_fail(why, E_FIELD, "no such capability '%.64s' (there are %s)", text, all);
}

static enum err check_grant(const char *text, const struct config_checks *checks, struct why *why)
{
	if (capability_parse(str_of(text)) == CAP_ADMIN)
		return why_fail(why, E_FIELD, "'admin' is never given to an origin; use a token");
	return check_capability(text, checks, why);
}

static enum err check_sha256(const char *text, const struct config_checks *checks,
    struct why *why)
{
	(void)checks;
	if (strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64)
		return E_OK;
	return why_fail(why, E_FIELD, "'sha256' must be 64 hex digits");
}

static enum err check_hex(const char *text, const struct config_checks *checks, struct why *why)
{
	(void)checks;
	struct buf bytes;
	buf_init(&bytes, VALUE_MAX);
	bool ok = hex_decode(str_of(text), &bytes);
	buf_finish(&bytes);
	return ok ? E_OK : why_fail(why, E_FIELD, "'%.64s' is not hex bytes", text);
}

static enum err check_pin(const char *text, const struct config_checks *checks, struct why *why)
{
	(void)checks;
	if (!strcmp(text, "2") || !strcmp(text, "5"))
		return E_OK;
	return why_fail(why, E_FIELD, "'drawer-pin' must be 2 or 5, not '%.64s'", text);
}

static enum err check_encoding(const char *text, const struct config_checks *checks,
    struct why *why)
{
	static const char *const known[] = { "cp437", "cp850", "cp852", "cp858", "cp866",
	    "cp1252" };

	(void)checks;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (!strcmp(text, known[i]))
			return E_OK;
	return why_fail(why, E_FIELD, "no such encoding '%.64s' (there are cp437, cp850, cp852, "
	    "cp858, cp866, cp1252)", text);
}

static bool is_this_machine(struct str host)
{
	struct ip ip;
	return str_is_nocase(host, "localhost") || (ip_parse(host, &ip) && ip_is_loopback(&ip));
}

/* A backend gets our token: over TLS, unless it never leaves this machine. */
static enum err check_backend(const char *text, const struct config_checks *checks,
    struct why *why)
{
	(void)checks;
	struct uri uri;
	enum err err = uri_parse(str_of(text), &uri, why);
	if (err)
		return err;
	bool socket = str_is_nocase(uri.scheme, "wss") || str_is_nocase(uri.scheme, "ws");
	bool safe = str_is_nocase(uri.scheme, "https") || str_is_nocase(uri.scheme, "wss");
	bool plain = str_is_nocase(uri.scheme, "http") || str_is_nocase(uri.scheme, "ws");
	if (uri.host.len && (socket || !uri.query.len) &&
	    (safe || (plain && is_this_machine(uri.host))))
		return E_OK;
	return why_fail(why, E_FIELD, "'%.64s' is not https://HOST or wss://HOST "
	    "(or http, ws to this machine)", text);
}

static const struct {
	enum block block;
	const char *option;
	rule_fn *rule;
} rules[] = {
	{ BLOCK_listen, "dialect", check_dialect },
	{ BLOCK_listen, "address", check_ip_port },
	{ BLOCK_listen, "tls-address", check_ip_port },
	{ BLOCK_listen, "addresses", check_range },
	{ BLOCK_listen, "names", check_host },
	{ BLOCK_printer, "uri", check_uri },
	{ BLOCK_printer, "language", check_language },
	{ BLOCK_printer, "profile", check_profile },
	{ BLOCK_printer, "drawer-pin", check_pin },
	{ BLOCK_printer, "encoding", check_encoding },
	{ BLOCK_printer, "plato-tail", check_hex },
	{ BLOCK_uplink, "url", check_backend },
	{ BLOCK_uplink, "allow", check_grant },
	{ BLOCK_origin, "allow", check_grant },
	{ BLOCK_token, "sha256", check_sha256 },
	{ BLOCK_token, "allow", check_capability },
};

/* Values end up in logs, headers and our own file. */
static enum err check_plain(const char *text, struct why *why)
{
	struct str s = str_of(text);
	if (s.len > VALUE_MAX)
		return why_fail(why, E_FIELD, "a value is longer than %d bytes", VALUE_MAX);
	if (!utf8_valid(s))
		return why_fail(why, E_FIELD, "a value is not UTF-8");
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return why_fail(why, E_FIELD, "a value holds a control character");
	return E_OK;
}

enum err config_check_text(const struct option *option, const char *text,
    const struct config_checks *checks, struct why *why)
{
	enum err err = check_plain(text, why);
	for (size_t i = 0; i < COUNT_OF(rules) && !err; i++)
		if (rules[i].block == option->block && !strcmp(rules[i].option, option->name))
			err = rules[i].rule(text, checks, why);
	return err;
}

static bool is_name(const char *title)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(title);
	return len && len <= NAME_MAX_LEN && strspn(title, letters) == len;
}

enum err config_check_title(enum block block, const char *title, char out[static 320],
    struct why *why)
{
	if (block == BLOCK_origin) {
		struct origin origin;
		enum err err = origin_parse(str_of(title), &origin, why);
		if (!err)
			origin_format(&origin, out);
		return err;
	}
	if (!is_name(title))
		return why_fail(why, E_FIELD,
		    "'%.64s' is not a name: 1 to %d of letters, digits, '.', '_' and '-'", title,
		    NAME_MAX_LEN);
	str_copy(out, 320, str_of(title));
	return E_OK;
}

static void mistake(struct mistakes *mistakes, const void *block, const char *option,
    const char *text)
{
	struct block_head head = block_head_of(block);
	mistakes_add(mistakes, head.file, head.line, option, "%s", text);
}

/* Every address that a listener gives itself, `address` first. */
static const char *address_at(const struct listen_block *l, size_t i)
{
	if (i < l->address.count)
		return l->address.items[i];
	i -= l->address.count;
	return i < l->tls_address.count ? l->tls_address.items[i] : NULL;
}

/* What goes over a network is encrypted: "auto" would take plain text, too. */
static void check_beyond_loopback(const struct listen_block *l, const char *address,
    struct mistakes *mistakes)
{
	struct ip ip;
	uint16_t port;
	char text[160];
	if (ip_port_parse(str_of(address), &ip, &port, NULL) || ip_is_loopback(&ip))
		return;
	snprintf(text, sizeof(text), "%.64s is not a loopback address and needs 'tls = on'",
	    address);
	mistake(mistakes, l, "tls", text);
}

static void check_tls(const struct listen_block *l, struct mistakes *mistakes)
{
	enum { ON = 1, OFF = 2 }; /* places among the choices */
	if (!l->tls_cert != !l->tls_key)
		mistake(mistakes, l, l->tls_cert ? "tls-key" : "tls-cert",
		    "'tls-cert' and 'tls-key' belong together");
	if (l->tls == OFF && l->tls_address.count)
		mistake(mistakes, l, "tls-address", "'tls-address' contradicts 'tls = off'");
	for (size_t i = 0; i < l->address.count && l->tls != ON; i++)
		check_beyond_loopback(l, l->address.items[i], mistakes);
}

/* Two listeners cannot share an address. */
static void check_address(struct map *taken, const struct listen_block *l, const char *address,
    struct mistakes *mistakes)
{
	struct ip ip;
	uint16_t port;
	char key[64], text[160];
	if (ip_port_parse(str_of(address), &ip, &port, NULL))
		return;
	ip_port_format(&ip, port, key);
	const struct listen_block *other = map_put(taken, str_of(key), (void *)(uintptr_t)l);
	if (!other)
		return;
	snprintf(text, sizeof(text), "%s is taken by listen '%s'", key, other->name);
	mistake(mistakes, l, "address", text);
}

/* What shows everything that is asked of us is shown on this machine only. */
static void check_loopback_only(const struct listen_block *l, struct mistakes *mistakes)
{
	const char *address;
	char text[160];
	struct ip ip;
	uint16_t port;
	for (size_t i = 0; (address = address_at(l, i)); i++) {
		if (ip_port_parse(str_of(address), &ip, &port, NULL) || ip_is_loopback(&ip))
			continue;
		snprintf(text, sizeof(text), "%.64s is not a loopback address: %.32s is for this "
		    "machine only", address, l->dialect);
		mistake(mistakes, l, "address", text);
	}
}

static void check_listens(const struct config *c, const struct config_checks *checks,
    struct mistakes *mistakes)
{
	struct map taken;
	map_init(&taken);
	for (size_t i = 0; i < c->listen_count; i++) {
		const struct listen_block *l = &c->listens[i];
		const char *address;
		for (size_t j = 0; l->enabled && (address = address_at(l, j)); j++)
			check_address(&taken, l, address, mistakes);
		if (l->dialect && checks->loopback_only && checks->loopback_only(l->dialect))
			check_loopback_only(l, mistakes);
		check_tls(l, mistakes);
	}
	map_finish(&taken);
}

static bool has_printer(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->printer_count; i++)
		if (!strcmp(c->printers[i].name, name))
			return true;
	return false;
}

/* Only a warning: a printer that the console removed must not keep the daemon
 * from starting. The grant then simply covers one printer less. */
static void warn_printers(const struct config *c, const void *block, const struct texts *printers)
{
	struct block_head head = block_head_of(block);
	for (size_t i = 0; i < printers->count; i++)
		if (!has_printer(c, printers->items[i]))
			log_warn("config.unknown-printer", "%s:%d: there is no printer '%s'",
			    head.file, head.line, printers->items[i]);
}

static void require(enum block block, const void *fields, const char *option,
    struct mistakes *mistakes)
{
	char text[160];
	if (config_given(block, fields, option))
		return;
	snprintf(text, sizeof(text), "'%s' is missing in %s '%s'", option, block_name(block),
	    block_head_of(fields).name);
	mistake(mistakes, fields, option, text);
}

void config_check_whole(const struct config *c, const struct config_checks *checks,
    struct mistakes *mistakes)
{
	check_listens(c, checks, mistakes);
	for (size_t i = 0; i < c->listen_count; i++)
		if (!c->listens[i].dialect)
			require(BLOCK_listen, &c->listens[i], "dialect", mistakes);
	for (size_t i = 0; i < c->printer_count; i++)
		require(BLOCK_printer, &c->printers[i], "uri", mistakes);
	for (size_t i = 0; i < c->uplink_count; i++)
		require(BLOCK_uplink, &c->uplinks[i], "url", mistakes);
	for (size_t i = 0; i < c->token_count; i++) {
		require(BLOCK_token, &c->tokens[i], "sha256", mistakes);
		warn_printers(c, &c->tokens[i], &c->tokens[i].printers);
	}
	for (size_t i = 0; i < c->origin_count; i++)
		warn_printers(c, &c->origins[i], &c->origins[i].printers);
}
