/*
 * The .env file of a pispas install wins over the blocks of the configuration:
 * its keys become options of the listeners and an uplink. What cannot be is
 * left as it was, with a warning; nothing in that file keeps the daemon from
 * starting.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/uri.h"
#include "core/config_inside.h"
#include "core/env.h"

#define DIALECT "pispas"
#define REMOTE_NAME "remote-host"
#define ITEMS_MAX 64

/* Beside the configuration, unless it says where. */
static char *path_of(const struct config *c, const char *file)
{
	const char *slash = c->path ? strrchr(c->path, '/') : NULL;

	if (file[0] == '/' || !slash)
		return mem_strdup(file);
	return mem_printf("%.*s/%s", (int)(slash - c->path), c->path, file);
}

static struct listen_block *listen_of(struct config *c, const char *dialect)
{
	for (size_t i = 0; i < c->listen_count; i++)
		if (c->listens[i].dialect && strcmp(c->listens[i].dialect, dialect) == 0)
			return &c->listens[i];
	return NULL;
}

/* The values of one option, in place of what it had. */
static void set(enum block block, void *fields, const char *name, const char *const *texts)
{
	const struct option *option = option_find(block, str_of(name));
	struct raw_value values[ITEMS_MAX] = { 0 };
	struct why why;
	size_t count = 0;

	for (; texts[count] && count < ITEMS_MAX; count++)
		values[count] = (struct raw_value){ .option = (char *)option->name,
			.text = (char *)texts[count], .first = count == 0 };
	if (option_set(option, fields, values, count, &why))
		log_warn("config.env", "%s", why.text);
}

static void set_one(enum block block, void *fields, const char *name, const char *text)
{
	set(block, fields, name, (const char *const[]){ text, NULL });
}

/* --- our listener --------------------------------------------------------------------------- */

static void set_addresses(struct listen_block *l, const char *host, int64_t port)
{
	const char *texts[3] = { NULL };
	char first[96], second[96];
	struct ip ip;

	snprintf(first, sizeof first, "127.0.0.1:%d", (int)port);
	snprintf(second, sizeof second, "[::1]:%d", (int)port);
	texts[0] = first;
	texts[1] = second;
	if (ip_parse(str_of(host), &ip) && !ip_is_loopback(&ip)) {
		ip_port_format(&ip, (uint16_t)port, first);
		texts[1] = NULL;
	}
	set(BLOCK_listen, l, "address", texts);
}

/* A network is spoken to over TLS only. */
static const char *usable_host(const struct env *e)
{
	const char *host = env_text(e, ENV_LOCAL_HOST);
	struct ip ip;

	if (str_is_nocase(str_of(host), "localhost"))
		return "127.0.0.1";
	if (!ip_parse(str_of(host), &ip)) {
		log_warn("config.env", "LOCAL_HOST must be an IP address, not %s", host);
		return "127.0.0.1";
	}
	if (!ip_is_loopback(&ip) && !env_bool(e, ENV_LOCAL_USSL)) {
		log_warn("config.env", "LOCAL_HOST %s is not a loopback address and needs "
		    "LOCAL_USSL", host);
		return "127.0.0.1";
	}
	return host;
}

static void take_listener(const struct env *e, struct listen_block *l)
{
	const char *host = usable_host(e);
	struct ip ip;
	int64_t port;

	if (!env_int(e, ENV_LOCAL_PORT, &port))
		return;
	if (env_given(e, ENV_LOCAL_HOST) || env_given(e, ENV_LOCAL_PORT))
		set_addresses(l, host, port);
	if (env_given(e, ENV_LOCAL_USSL))
		set_one(BLOCK_listen, l, "tls", !env_bool(e, ENV_LOCAL_USSL) ? "off"
		    : ip_parse(str_of(host), &ip) && !ip_is_loopback(&ip) ? "on" : "auto");
	if (!env_given(e, ENV_LOCAL_CERT) && !env_given(e, ENV_LOCAL_KEY))
		return;
	if (!env_text(e, ENV_LOCAL_CERT)[0] != !env_text(e, ENV_LOCAL_KEY)[0]) {
		log_warn("config.env", "LOCAL_CERT and LOCAL_KEY belong together");
		return;
	}
	if (env_text(e, ENV_LOCAL_CERT)[0]) {
		set_one(BLOCK_listen, l, "tls-cert", env_text(e, ENV_LOCAL_CERT));
		set_one(BLOCK_listen, l, "tls-key", env_text(e, ENV_LOCAL_KEY));
	}
}

/* The viewer's two listeners are never anywhere but here. */
static void take_viewer(struct config *c, const char *dialect, enum env_key key)
{
	struct listen_block *l = listen_of(c, dialect);
	int64_t port;

	if (l && env_given(c->env, key) && env_int(c->env, key, &port))
		set_addresses(l, "127.0.0.1", port);
}

/* --- the cloud -------------------------------------------------------------------------------- */

static void set_rights(const struct env *e, struct uplink_block *u)
{
	const char *texts[ITEMS_MAX + 1] = { NULL };
	char *copies[ITEMS_MAX] = { NULL };
	struct str item;
	size_t count = 0;

	for (; count < ITEMS_MAX && env_item(e, ENV_REMOTE_CAPABILITIES, count, &item); count++)
		texts[count] = copies[count] = mem_strndup(item.ptr, item.len);
	set(BLOCK_uplink, u, "allow", texts);
	while (count)
		free(copies[--count]);
}

static struct uplink_block *remote_block(struct config *c)
{
	for (size_t i = 0; i < c->uplink_count; i++)
		if (strcmp(c->uplinks[i].name, REMOTE_NAME) == 0)
			return &c->uplinks[i];
	return block_append(c, BLOCK_uplink, REMOTE_NAME);
}

static void take_remote(struct config *c)
{
	const struct env *e = c->env;
	const char *host = env_text(e, ENV_REMOTE_HOST), *path = env_text(e, ENV_REMOTE_PATH);
	struct uplink_block *u;
	int64_t port;
	char *url;

	if (!host[0] || !env_int(e, ENV_REMOTE_PORT, &port))
		return;
	u = remote_block(c);
	url = mem_printf("%s://%s:%d%s%s", env_bool(e, ENV_REMOTE_USSL) ? "wss" : "ws", host,
	    (int)port, path[0] == '/' ? "" : "/", path);
	set_one(BLOCK_uplink, u, "kind", DIALECT);
	set_one(BLOCK_uplink, u, "url", url);
	if (env_text(e, ENV_REMOTE_TOKEN_FILE)[0])
		set_one(BLOCK_uplink, u, "token-file", env_text(e, ENV_REMOTE_TOKEN_FILE));
	if (env_text(e, ENV_REMOTE_CA)[0])
		set_one(BLOCK_uplink, u, "ca-file", env_text(e, ENV_REMOTE_CA));
	set_rights(e, u);
	free(url);
}

static void tell_warnings(const char *path, const char *lines)
{
	for (struct str rest = str_of(lines), line; rest.len;) {
		line = str_cut(rest, '\n', &rest);
		log_warn("config.env", "%s: %.*s", path, STR_ARG(line));
	}
}

/* What the block says where the file does not. */
static void suggest(struct env *e, const struct listen_block *l)
{
	const struct { enum env_key key; const struct texts *texts; } lists[] = {
		{ ENV_MODULES, &l->modules }, { ENV_LIST_PRINTERS, &l->list_printers },
	};

	env_suggest(e, ENV_SERVICE_NAME, l->service_name);
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct buf all;

		buf_init(&all, ENV_VALUE_MAX);
		for (size_t k = 0; k < lists[i].texts->count; k++)
			buf_printf(&all, "%s%s", k ? "," : "", lists[i].texts->items[k]);
		env_suggest(e, lists[i].key, all.len ? buf_cstr(&all) : NULL);
		buf_finish(&all);
	}
}

void config_take_env(struct config *c)
{
	struct listen_block *l = listen_of(c, DIALECT);

	if (l && l->env_file)
		c->env_path = path_of(c, l->env_file);
	c->env = env_load(c->env_path);
	tell_warnings(c->env_path, env_warnings(c->env));
	if (l)
		suggest(c->env, l);
	if (!l || !c->env_path)
		return;
	take_listener(c->env, l);
	take_viewer(c, "viewer", ENV_VIEWER_HTTP_PORT);
	take_viewer(c, "viewer-feed", ENV_VIEWER_WS_PORT);
	take_remote(c);
}
