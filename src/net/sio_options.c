/*
 * What a caller may ask for: an address whose scheme says TLS or plain, a
 * namespace, and JSON to be known by. All of it is checked before a name is
 * looked up, for these come from configuration files.
 */
#include "net/sio_priv.h"

#include <string.h>

#include "base/mem.h"
#include "base/uri.h"

struct scheme {
	const char *name;
	bool tls;
	uint16_t port;
};

static const struct scheme *find_scheme(struct str name)
{
	static const struct scheme schemes[] = {
		{ "https", true, 443 },
		{ "wss", true, 443 },
		{ "http", false, 80 },
		{ "ws", false, 80 },
	};

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (str_is_nocase(name, schemes[i].name))
			return &schemes[i];
	return NULL;
}

static bool is_name(const char *text)
{
	return text[0] == '/' && !strchr(text, ',') && !strchr(text, '?');
}

static bool is_object(const char *text)
{
	struct json_doc *doc;
	bool ok;

	if (json_parse(str_of(text), NULL, &doc, NULL))
		return false;
	ok = json_is(json_root(doc), JSON_OBJECT);
	json_destroy(doc);
	return ok;
}

enum err sio_options_check(const struct sio_options *o, struct ws_target *to,
    char host[static 256], struct why *why)
{
	const struct scheme *scheme;
	struct uri uri;

	if (uri_parse(str_of(o->url), &uri, why))
		return E_FIELD;
	scheme = find_scheme(uri.scheme);
	if (!scheme || !host_parse(uri.host, host))
		return why_fail(why, E_FIELD, "%s is not the address of a server", o->url);
	if (scheme->tls && !o->tls)
		return why_fail(why, E_FIELD, "No certificates to check %s by", o->url);
	if (o->name_space && !is_name(o->name_space))
		return why_fail(why, E_FIELD, "%s is not a namespace", o->name_space);
	if (o->auth && !is_object(o->auth))
		return why_fail(why, E_FIELD, "What authenticates us must be a JSON object");
	to->host = host;
	to->port = uri.port ? uri.port : scheme->port;
	to->tls = scheme->tls ? o->tls : NULL;
	return E_OK;
}
