/*
 * Answers: an error of ours in the dialect's words, and the envelope.
 */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "front/pispas.h"

#define DATA_MAX ((16u << 20) - 4096)
#define EXTRA_STATUS 409 /* of a stored answer: it was a FAILURE */

/* --- errors --------------------------------------------------------------------------------- */

/* Text NULL: the sentence of the error itself. */
static const struct wording {
	enum err err;
	const char *code, *text, *extended;
} wordings[] = {
	{ E_JSON, "INVALID_JSON", "Invalid JSON", NULL },
	{ E_NOT_ALLOWED, "NOT_ALLOWED", NULL, NULL },
	{ E_UNAUTHORIZED, "NOT_ALLOWED", NULL, NULL },
	{ E_COMMAND, "NOT_ALLOWED", NULL, NULL },
	{ E_FIELD, "INVALID_PARAMETER", NULL, NULL },
	{ E_KEY_REUSED, "IDEMPOTENCY_MISMATCH", "UUIDV4 reused with a different request", NULL },
	{ E_QUEUE_FULL, "QUEUE_FULL", "Queue full", NULL },
	{ E_DISK, "STORAGE", "Storage full", NULL },
	{ E_STORE, "STORAGE", "Queue storage unavailable", NULL },
	{ E_RATE, "TOO_MANY_REQUESTS", "Too many requests", NULL },
	{ E_EXPIRED, "EXPIRED", "Request expired", NULL },
	{ E_INTERNAL, "INTERNAL", "Internal error", NULL },
	{ E_NOT_FOUND, "E_NOEXIST", NULL, NULL },
	{ E_CONFLICT, "E_ILLEGAL", NULL, NULL },
	{ E_UNSUPPORTED, "E_ILLEGAL", NULL, NULL },
	{ E_MEDIA, "E_NOSERVICE", NULL, "NO_RENDERER" },
	{ E_RENDERER, "E_NOSERVICE", NULL, "NO_RENDERER" },
	{ E_DRAINING, "E_CLOSED", NULL, NULL },
	{ E_KICK_OFFLINE, "E_OFFLINE", NULL, NULL },
	{ E_KICK_UNKNOWN, "E_EXTENDED", NULL, "UNCONFIRMED" },
	{ E_WIRE_BUSY, "E_TIMEOUT", NULL, NULL },
	{ E_TIMEOUT, "E_TIMEOUT", NULL, NULL },
	{ E_CONNECT_TIMEOUT, "E_OFFLINE", NULL, NULL },
	{ E_REFUSED, "E_OFFLINE", NULL, NULL },
	{ E_UNREACHABLE, "E_OFFLINE", NULL, NULL },
	{ E_OFFLINE, "E_OFFLINE", NULL, NULL },
	{ E_BUSY, "E_BUSY", NULL, NULL },
};

static const struct { const char *code; int number; } upos[] = {
	{ "E_CLOSED", 101 }, { "E_CLAIMED", 102 }, { "E_NOSERVICE", 104 }, { "E_DISABLED", 105 },
	{ "E_ILLEGAL", 106 }, { "E_NOHARDWARE", 107 }, { "E_OFFLINE", 108 }, { "E_NOEXIST", 109 },
	{ "E_EXISTS", 110 }, { "E_FAILURE", 111 }, { "E_TIMEOUT", 112 }, { "E_BUSY", 113 },
	{ "E_EXTENDED", 114 },
};

void pispas_fail(struct json_w *w, const struct pispas_failure *f)
{
	json_w_object(w);
	json_w_text_field(w, "error", f->error);
	json_w_text_field(w, "code", f->code);
	for (size_t i = 0; i < COUNT_OF(upos); i++)
		if (strcmp(upos[i].code, f->code) == 0)
			json_w_int_field(w, "upos", upos[i].number);
	if (f->extended)
		json_w_text_field(w, "extended", f->extended);
}

struct pispas_failure pispas_failure_of(const struct why *why)
{
	if (why->err == E_BAD_REQUEST) /* the field is the code */
		return (struct pispas_failure){ why->field, why->text, NULL };
	for (size_t i = 0; i < COUNT_OF(wordings); i++)
		if (wordings[i].err == why->err)
			return (struct pispas_failure){ wordings[i].code,
				wordings[i].text ? wordings[i].text : why->text,
				wordings[i].extended };
	return (struct pispas_failure){ "E_FAILURE", why->text, NULL };
}

/* "Not allowed: drawer" -> "drawer" */
static void name_capability(struct json_w *w, const struct why *why)
{
	struct str name;

	str_cut(str_of(why->text), ' ', &name);
	str_cut(name, ' ', &name);
	if (name.ptr && capability_parse(name))
		json_w_str_field(w, "capability", name);
}

static void write_failure(const struct request *q, const struct reply *r, struct json_w *w)
{
	const struct pispas_action *a = pispas_action_of(q);
	struct pispas_failure f = pispas_failure_of(&r->why);

	pispas_fail(w, &f);
	if (r->err == E_FIELD)
		json_w_text_field(w, "parameter", r->why.field);
	if (r->err == E_NOT_ALLOWED)
		name_capability(w, &r->why);
	if (a && a->explain)
		a->explain(q, r, w);
	json_w_object_end(w);
}

/* --- parts of answers ----------------------------------------------------------------------- */

void pispas_id(struct json_w *w, const char *key, job_id id)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)id);
	json_w_text_field(w, key, text);
}

void pispas_date(struct json_w *w, const char *key, int64_t wall)
{
	char text[32];

	date_format(wall, text);
	json_w_text_field(w, key, wall ? text : NULL);
}

/* --- what is kept with a key ---------------------------------------------------------------- */

void pispas_encode(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	out->status = pispas_action_of(q)->write(q, r, &w) ? 200 : EXTRA_STATUS;
}

/* The object of the first time, said to be that. */
static bool write_stored(const struct request *q, const struct reply *r, struct json_w *w)
{
	static const char first[] = ",\"duplicate\":false}";
	struct str body = str_of(r->stored->body);
	struct reply doubt = { .err = E_KICK_UNKNOWN };

	if (r->stored->status != 200 && r->stored->status != EXTRA_STATUS) {
		why_fail(&doubt.why, doubt.err, NULL);
		write_failure(q, &doubt, w);
		return false;
	}
	if (!r->replayed) {
		json_w_raw(w, body);
		return r->stored->status == 200;
	}
	body = str_head(body, body.len - (str_ends(body, first) ? sizeof first - 1 : 1));
	buf_add_str(w->out, body);
	buf_puts(w->out, ",\"duplicate\":true}");
	return r->stored->status == 200;
}

/* --- the envelope --------------------------------------------------------------------------- */

void pispas_envelope(const struct platen *p, const char *service, const char *type,
    bool success, struct str uuid, struct str data, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_text_field(&w, "SERVICE_NAME", service);
	json_w_text_field(&w, "SERVICE_VERS", env_text(pispas_env(p), ENV_SERVICE_VERS));
	json_w_text_field(&w, "MESSAGE_TYPE", type);
	json_w_text_field(&w, "MESSAGE_EXEC", success ? "SUCCESS" : "FAILURE");
	json_w_key(&w, "MESSAGE_UUID");
	json_w_raw(&w, uuid.len ? uuid : STR("null"));
	json_w_key(&w, "MESSAGE_DATA");
	json_w_raw(&w, data);
	json_w_object_end(&w);
}

static bool write_data(const struct request *q, const struct reply *r, struct buf *out)
{
	struct json_w w = json_w(out);
	struct reply broken = { .err = E_INTERNAL };
	bool success = false;

	if (r->err)
		write_failure(q, r, &w);
	else if (r->stored)
		success = write_stored(q, r, &w);
	else
		success = pispas_action_of(q)->write(q, r, &w);
	if (!out->failed)
		return success;
	why_fail(&broken.why, E_INTERNAL, NULL);
	buf_clear(out);
	w = json_w(out);
	write_failure(q, &broken, &w);
	return false;
}

void pispas_reply(const struct request *q, const struct reply *r, struct buf *out)
{
	struct str id = q->echo[0] ? str_of(q->echo) : json_source(json_get(q->json, "UUIDV4"));
	struct buf data;
	bool success;

	if (q->call == PISPAS_IGNORED)
		return;
	buf_init(&data, DATA_MAX);
	success = write_data(q, r, &data);
	pispas_envelope(q->platen, q->name, "RESPONSE", success, id, buf_str(&data), out);
	buf_finish(&data);
}
