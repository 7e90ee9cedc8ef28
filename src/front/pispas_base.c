/*
 * BASE: is it there, what is it, how does it do, and tell me what happens.
 */
#include <string.h>

#include "front/pispas.h"

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

const struct pispas_action pispas_base[] = {
	{ "PING", VERB_HELLO, 0, NULL, NULL, write_pong, NULL },
	{ "VERSION", VERB_HELLO, 0, NULL, NULL, write_version, NULL },
	{ 0 },
};
