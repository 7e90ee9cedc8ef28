/*
 * The dialect of the pispas service: one WebSocket, one envelope, a TARGET that
 * names a module and an ACTION that it knows. docs/dialects/pispas.md is its
 * manual.
 */
#include "front/pispas.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "front/pispas_base.h"
#include "front/pispas_event.h"
#include "sys/clock.h"
#include "sys/service.h"

#define MESSAGE_MAX (16u << 20)
#define PENDING_MAX 32
#define ECHO_CHARS 64
#define ECHO_BYTES 200
#define ACTIONS_MAX 32

/* Those without actions are of the contract, but not of this build. */
static const struct pispas_module modules[] = {
	{ "BASE", "base", NULL, pispas_base },
	{ "PRINT", "print", NULL, pispas_print },
	{ "SCALE", "scale", NULL, NULL },
	{ "RFID", "rfid", NULL, NULL },
	{ "CASHGUARD", "cash_guard", "cashguard", NULL },
	{ "PAYTEF", "paytef", NULL, NULL },
	{ "MYPOS", "mypos", NULL, NULL },
	{ "ORDER_KITCHEN", "order_kitchen", NULL, NULL },
	{ "CACHE", "cache", "persistence", pispas_cache },
};

/* --- which modules -------------------------------------------------------------------------- */

const struct env *pispas_env(const struct platen *p)
{
	return p->config->env;
}

static const struct pispas_module *by_token(struct str token)
{
	for (size_t i = 0; i < COUNT_OF(modules); i++)
		if (str_is_nocase(token, modules[i].token) ||
		    (modules[i].alias && str_is_nocase(token, modules[i].alias)))
			return &modules[i];
	return NULL;
}

/* The i-th of MODULES that this build has, each once; base is there unasked. */
const struct pispas_module *pispas_loaded(const struct platen *p, size_t i)
{
	const struct pispas_module *m;
	unsigned seen = 0;
	struct str token;

	for (size_t k = 0; env_item(pispas_env(p), ENV_MODULES, k, &token); k++) {
		m = by_token(token);
		if (!m || !m->actions || seen & 1u << (m - modules))
			continue;
		seen |= 1u << (m - modules);
		if (i-- == 0)
			return m;
	}
	return !(seen & 1) && i == 0 ? &modules[0] : NULL;
}

/* What MODULES asks for in vain is said once for each configuration, to its first client. */
static void tell_unknown(const struct platen *p)
{
	static const struct config *told;
	const struct pispas_module *m;
	struct str token;

	if (told == p->config || !env_given(pispas_env(p), ENV_MODULES))
		return;
	told = p->config;
	for (size_t i = 0; env_item(pispas_env(p), ENV_MODULES, i, &token); i++) {
		m = by_token(token);
		if (!m || !m->actions)
			log_warn("pispas.modules", m ? "This build has no module %.*s"
			    : "There is no module %.*s: ignored", STR_ARG(token));
	}
}

static bool is_loaded(const struct platen *p, const struct pispas_module *m)
{
	const struct pispas_module *at;

	for (size_t i = 0; (at = pispas_loaded(p, i)); i++)
		if (at == m)
			return true;
	return false;
}

const char *pispas_install(const struct platen *p)
{
	const char *name = env_text(pispas_env(p), ENV_SERVICE_NAME);

	return name[0] ? name : service_host_name();
}

/* --- parameters ------------------------------------------------------------------------------- */

enum err pispas_bad(struct why *why, const char *name)
{
	return why_field(why, name, E_FIELD, "Invalid parameter: %s", name);
}

static const struct json *given(const struct json *params, const char *name)
{
	const struct json *v = json_get(params, name);

	return json_is(v, JSON_NULL) ? NULL : v;
}

enum err pispas_int(const struct json *params, const char *name, int64_t low, int64_t high,
    int64_t *out, struct why *why)
{
	const struct json *v = given(params, name);
	int64_t n;

	if (!v)
		return E_OK;
	if (!json_is(v, JSON_NUMBER) || !json_int(v, &n) || n < low || n > high)
		return pispas_bad(why, name);
	*out = n;
	return E_OK;
}

enum err pispas_flag(const struct json *params, const char *name, bool *out, struct why *why)
{
	const struct json *v = given(params, name);

	if (v && !json_is(v, JSON_BOOL))
		return pispas_bad(why, name);
	*out = json_bool(v, *out);
	return E_OK;
}

enum err pispas_text(const struct json *params, const char *name, char *out, size_t size,
    struct why *why)
{
	const struct json *v = given(params, name);
	struct str text = json_string(v);

	if (!v)
		return E_OK;
	if (!json_is(v, JSON_STRING) || memchr(text.ptr ? text.ptr : "", '\0', text.len) ||
	    !str_copy(out, size, text))
		return pispas_bad(why, name);
	return E_OK;
}

enum err pispas_word(const struct json *params, const char *name, const char *const *words,
    unsigned *out, struct why *why)
{
	const struct json *v = given(params, name);

	if (!v)
		return E_OK;
	for (unsigned i = 0; json_is(v, JSON_STRING) && words[i]; i++) {
		if (!str_is(json_string(v), words[i]))
			continue;
		*out = i;
		return E_OK;
	}
	return pispas_bad(why, name);
}

/* --- from a message to a row ---------------------------------------------------------------- */

/* At most 64 characters, whole ones. */
static struct str cut(struct str s)
{
	size_t at = 0, chars = 0;

	while (at < s.len && chars < ECHO_CHARS) {
		size_t next = at;

		utf8_next(s, &next);
		if (next > ECHO_BYTES)
			break;
		at = next;
		chars++;
	}
	return str_head(s, at);
}

/* What the envelope says before it is known whether the message can be routed. */
static void note_sender(const struct visit *v, struct request *q)
{
	const struct json *target = json_get(v->json, "TARGET");
	struct str id = json_source(json_get(v->json, "UUIDV4"));

	str_copy(q->name, sizeof q->name, str_of(pispas_install(v->platen)));
	if (json_is(target, JSON_STRING))
		str_copy(q->name, sizeof q->name, cut(json_string(target)));
	q->keep = !str_copy(q->echo, sizeof q->echo, id);
	if (q->keep)
		q->echo[0] = '\0'; /* the answer takes it from the message */
}

static enum err missing(struct why *why, const char *code, const char *name)
{
	return why_field(why, code, E_BAD_REQUEST, "%s is missing", name);
}

static enum err check_members(const struct json *message, struct why *why)
{
	const struct json *id = json_get(message, "UUIDV4");

	if (!json_is(message, JSON_OBJECT))
		return why_field(why, "INVALID_REQUEST", E_BAD_REQUEST,
		    "Message must be an object");
	if (!id || json_is(id, JSON_NULL) || (json_is(id, JSON_STRING) && !json_string(id).len))
		return missing(why, "MISSING_UUIDV4", "UUIDV4");
	if (!json_is(json_get(message, "TARGET"), JSON_STRING))
		return missing(why, "MISSING_TARGET", "TARGET");
	if (!json_is(json_get(message, "ACTION"), JSON_STRING))
		return missing(why, "MISSING_ACTION", "ACTION");
	return E_OK;
}

static enum err find_module(const struct visit *v, const struct pispas_module **out,
    struct why *why)
{
	struct str target = json_string(json_get(v->json, "TARGET"));

	for (size_t i = 0; i < COUNT_OF(modules); i++) {
		if (!str_is(target, modules[i].target))
			continue;
		*out = &modules[i];
		return is_loaded(v->platen, *out) ? E_OK : why_field(why, "MODULE_NOT_LOADED",
		    E_BAD_REQUEST, "Module not loaded: %s", modules[i].token);
	}
	target = cut(target);
	return why_field(why, "UNKNOWN_TARGET", E_BAD_REQUEST, "Unknown TARGET: %.*s",
	    STR_ARG(target));
}

static enum err find_action(const struct visit *v, struct request *q, struct why *why)
{
	struct str name = json_string(json_get(v->json, "ACTION"));
	const struct pispas_module *m = NULL;
	enum err err = find_module(v, &m, why);

	if (err)
		return err;
	for (size_t i = 0; m->actions[i].name; i++) {
		if (!str_is_nocase(name, m->actions[i].name))
			continue;
		q->call = (int)((size_t)(m - modules) * ACTIONS_MAX + i + 1);
		return E_OK;
	}
	name = cut(name);
	return why_field(why, "UNKNOWN_ACTION", E_BAD_REQUEST, "Unknown ACTION: %.*s",
	    STR_ARG(name));
}

const struct pispas_action *pispas_action_of(const struct request *q)
{
	size_t i = (size_t)q->call - 1;

	return q->call > 0 ? &modules[i / ACTIONS_MAX].actions[i % ACTIONS_MAX] : NULL;
}

/* --- one request ---------------------------------------------------------------------------- */

static bool is_uuid4(struct str s)
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

	if (s.len != sizeof form - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		const char *set = form[i] == 'x' ? "0123456789abcdefABCDEF"
		    : form[i] == 'v' ? "89abAB" : form[i] == '4' ? "4" : "-";

		if (!s.ptr[i] || !strchr(set, s.ptr[i]))
			return false;
	}
	return true;
}

#define PARTS_MAX 24

/* What is asked for is told by what the action reads, in its order: members that
 * mean nothing and the order in which they were sent do not make it another. */
static void set_key(const struct visit *v, const struct json *params, struct request *q)
{
	const struct pispas_action *a = pispas_action_of(q);
	struct str id = json_string(json_get(v->json, "UUIDV4"));
	struct str parts[PARTS_MAX];
	char what[80];
	size_t count = 0;

	if (!a->parameters || !is_uuid4(id))
		return;
	for (; a->parameters[count] && count < PARTS_MAX; count++)
		parts[count] = json_source(given(params, a->parameters[count]));
	snprintf(what, sizeof what, "%.40s %s", q->name, a->name);
	request_key(q, id, what, parts, count);
	q->join = true;
	q->encode = pispas_encode;
}

static enum err check_capability(const struct visit *v, unsigned capability, struct why *why)
{
	return capability ? access_require(v->platen->access, v->caller, capability, why) : E_OK;
}

/* A cloud says until when its request is worth something. */
static enum err check_expiry(const struct visit *v, struct why *why)
{
	int64_t at;

	if (v->caller->kind == CALLER_REMOTE &&
	    date_parse(json_string(json_get(v->json, "EXPIRES")), &at) && clock_wall() > at)
		return why_fail(why, E_EXPIRED, "Request expired");
	return E_OK;
}

static enum err understand(const struct visit *v, struct request *q, struct why *why)
{
	const struct pispas_action *a = pispas_action_of(q);
	const struct json *params = given(v->json, "DATA");
	enum err err = check_capability(v, a->capability, why);

	q->verb = a->verb;
	q->capability = a->capability;
	if (!err && params && !json_is(params, JSON_OBJECT))
		err = pispas_bad(why, "DATA");
	if (!params)
		params = v->json;
	if (!err && a->decode)
		err = a->decode(v, params, q, why);
	if (!err)
		set_key(v, params, q);
	return err;
}

static enum err decode(const struct visit *v, struct request *q, struct why *why)
{
	enum err err;

	q->verb = VERB_HELLO;
	q->encode = pispas_encode;
	note_sender(v, q);
	if (!v->json)
		return why_fail(why, E_JSON, NULL);
	if (v->caller->kind == CALLER_REMOTE && json_get(v->json, "MESSAGE_TYPE")) {
		q->call = PISPAS_IGNORED;
		return why_fail(why, E_BAD_REQUEST, NULL);
	}
	if ((err = check_members(v->json, why)) || (err = find_action(v, q, why)) ||
	    (err = understand(v, q, why)))
		return err;
	return check_expiry(v, why);
}

static void greet(struct session *s, struct buf *out)
{
	tell_unknown(s->platen);
}

static void call_name(const struct request *q, char out[static 40])
{
	const struct pispas_action *a = pispas_action_of(q);

	if (a)
		snprintf(out, 40, "%.16s %.20s", q->name, a->name);
}

static void refuse(const struct why *why, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "error", why->text);
	json_w_object_end(&w);
}

/* Who we are, to a cloud that we called. */
static void announce(struct session *s, struct buf *out)
{
	const struct platen *p = s->platen;
	struct json_w w;
	struct buf data;
	char uuid[37], quoted[40];

	device_make_uuid(uuid);
	snprintf(quoted, sizeof quoted, "\"%s\"", uuid);
	buf_init(&data, 65536);
	w = json_w(&data);
	json_w_object(&w);
	json_w_int_field(&w, "protocol", 1);
	json_w_text_field(&w, "version", PLATEN_VERSION);
	pispas_write_number(&w, p, ENV_PLACE_ID, "place_id");
	pispas_write_number(&w, p, ENV_OBJID, "objid");
	pispas_write_modules(&w, p);
	json_w_key(&w, "targets");
	json_w_array(&w);
	for (size_t i = 0; pispas_loaded(p, i); i++)
		json_w_text(&w, pispas_loaded(p, i)->target);
	json_w_array_end(&w);
	json_w_object_end(&w);
	pispas_envelope(p, pispas_install(p), "HELLO", true, str_of(quoted), buf_str(&data), out);
	buf_finish(&data);
}

static const struct route routes[] = {
	{ "GET", "*", VERB_HELLO, ROUTE_SOCKET, NULL, NULL, 0 },
	{ 0 },
};

static const struct messages messages = {
	.message_max = MESSAGE_MAX,
	.pending_max = PENDING_MAX,
	.decode = decode,
	.reply = pispas_reply,
	.event = pispas_event,
	.hello = greet,
	.announce = announce,
	.call = call_name,
};

const struct dialect dialect_pispas = {
	.name = "pispas",
	.summary = "WebSocket of the pispas service: print, devices, cache",
	.port = 5005,
	.body_max = 1024,
	.on_doubt = DOUBT_HOLD,
	.tls = TLS_AUTO,
	.names = "local.unpispas.es",
	.routes = routes,
	.refuse = refuse,
	.messages = &messages,
};
