/*
 * BASE: is it there, what is it, how does it do, and tell me what happens.
 */
#include <string.h>

#include "base/uri.h"
#include "front/pispas_base.h"
#include "front/pispas_event.h"

static bool write_pong(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)q;
	(void)r;
	json_w_text(w, "PONG");
	return true;
}

static bool write_version(const struct request *q, const struct reply *r, struct json_w *w)
{
	(void)r;
	json_w_object(w);
	json_w_text_field(w, "version", PLATEN_VERSION);
	json_w_text_field(w, "service_name", pispas_install(q->platen));
	json_w_text_field(w, "service_vers", env_text(pispas_env(q->platen), ENV_SERVICE_VERS));
	json_w_int_field(w, "protocol", 1);
	json_w_object_end(w);
	return true;
}

/* LOCAL_HOST and LOCAL_PORT as they are in force: the block may say them, too. */
static void write_local(struct json_w *w, const struct platen *p, const struct listen_block *l)
{
	const struct env *e = pispas_env(p);
	char host[64];
	struct ip ip;
	int64_t n = 0;
	uint16_t port;

	str_copy(host, sizeof host, str_of(env_text(e, ENV_LOCAL_HOST)));
	env_int(e, ENV_LOCAL_PORT, &n);
	if (l && l->address.count &&
	    !ip_port_parse(str_of(l->address.items[0]), &ip, &port, NULL)) {
		ip_format(&ip, host);
		n = port;
	}
	json_w_text_field(w, "local_host", host);
	json_w_int_field(w, "local_port", n);
	json_w_bool_field(w, "local_ussl", env_bool(e, ENV_LOCAL_USSL));
}

static void write_list(struct json_w *w, const struct env *e, enum env_key key, const char *name)
{
	struct str item;

	json_w_key(w, name);
	if (!env_text(e, key)[0]) {
		json_w_null(w);
		return;
	}
	json_w_array(w);
	for (size_t i = 0; env_item(e, key, i, &item); i++)
		json_w_str(w, item);
	json_w_array_end(w);
}

void pispas_write_number(struct json_w *w, const struct platen *p, enum env_key key,
    const char *name)
{
	int64_t n;

	json_w_key(w, name);
	if (env_int(pispas_env(p), key, &n))
		json_w_int(w, n);
	else
		json_w_null(w);
}

static bool write_config(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct env *e = pispas_env(q->platen);

	json_w_object(w);
	json_w_text_field(w, "service_name", pispas_install(q->platen));
	json_w_text_field(w, "service_vers", env_text(e, ENV_SERVICE_VERS));
	json_w_text_field(w, "pispas_host", env_text(e, ENV_PISPAS_HOST));
	json_w_text_field(w, "remote_host", env_text(e, ENV_REMOTE_HOST));
	pispas_write_number(w, q->platen, ENV_REMOTE_PORT, "remote_port");
	json_w_bool_field(w, "remote_ussl", env_bool(e, ENV_REMOTE_USSL));
	write_local(w, q->platen, q->listen);
	pispas_write_modules(w, q->platen);
	write_list(w, e, ENV_LIST_PRINTERS, "list_printers");
	pispas_write_number(w, q->platen, ENV_PLACE_ID, "place_id");
	pispas_write_number(w, q->platen, ENV_OBJID, "objid");
	json_w_object_end(w);
	return true;
}

/* A page must not be able to stop the till's printing. */
static enum err decode_restart(const struct visit *v, const struct json *params,
    struct request *q, struct why *why)
{
	return why_fail(why, E_NOT_ALLOWED, "RESTART is available on the control channel only");
}

const struct pispas_action pispas_base[] = {
	{ "PING", VERB_HELLO, 0, NULL, NULL, write_pong, NULL },
	{ "CHECK", VERB_HELLO, 0, NULL, NULL, pispas_write_check, NULL },
	{ "VERSION", VERB_HELLO, 0, NULL, NULL, write_version, NULL },
	{ "CONFIG", VERB_HELLO, CAP_STATUS, NULL, NULL, write_config, NULL },
	{ "subscribe", VERB_SUBSCRIBE, CAP_STATUS, NULL, pispas_decode_topics,
	    pispas_write_topics, NULL },
	{ "unsubscribe", VERB_UNSUBSCRIBE, CAP_STATUS, NULL, pispas_decode_topics,
	    pispas_write_topics, NULL },
	{ "RESTART", VERB_HELLO, 0, NULL, decode_restart, NULL, NULL },
	{ 0 },
};
