/*
 * The native dialect's view of the install: problems and the .env file.
 */
#include <string.h>

#include "base/date.h"
#include "core/env.h"
#include "core/platen.h"
#include "core/problems.h"
#include "front/native.h"

#define PAIRS_MAX (2 * ENV_KEYS)

void native_write_problems(struct json_w *w, const struct request *q)
{
	size_t count;
	const struct problem *all = problems_now(q->platen->problems, &count);
	char date[32];

	json_w_key(w, "problems");
	json_w_array(w);
	for (size_t i = 0; i < count; i++) {
		if (all[i].device && !access_printer(q->caller, all[i].device->name))
			continue;
		date_format(all[i].since, date);
		json_w_object(w);
		json_w_text_field(w, "id", all[i].id);
		json_w_text_field(w, "kind", problem_name(all[i].kind));
		json_w_text_field(w, "severity",
		    all[i].severity == SEVERITY_ERROR ? "error" : "warning");
		json_w_text_field(w, "since", date);
		json_w_text_field(w, "message", all[i].message);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

void native_problems(const struct request *q, const struct reply *r, struct answer *out)
{
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	native_write_problems(&w, q);
	json_w_object_end(&w);
}

void native_env(const struct request *q, const struct reply *r, struct answer *out)
{
	const struct config *c = q->platen->config;
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_text_field(&w, "path", c->env_path);
	json_w_key(&w, "values");
	json_w_object(&w);
	for (unsigned key = 0; key < ENV_KEYS; key++)
		json_w_text_field(&w, env_name((enum env_key)key),
		    env_text(c->env, (enum env_key)key));
	json_w_object_end(&w);
	json_w_text_field(&w, "warnings", env_warnings(c->env));
	json_w_object_end(&w);
}

/* {"LOCAL_PORT":"5006","PLACE_ID":null}: null goes back to the default. */
enum err native_read_env(const struct visit *v, struct request *q, struct why *why)
{
	size_t offsets[PAIRS_MAX], count = 0;

	for (const struct json *m = json_first(v->json); m; m = json_next(m)) {
		struct str text = json_is(m, JSON_STRING) ? json_string(m) : json_source(m);

		if (json_is(m, JSON_OBJECT) || json_is(m, JSON_ARRAY) || count + 2 > PAIRS_MAX)
			return why_fail(why, E_FIELD, "A value must be a text, a number, true, "
			    "false or null");
		offsets[count++] = q->arena.len;
		buf_add_str(&q->arena, json_key(m));
		buf_add_byte(&q->arena, 0);
		offsets[count++] = json_is(m, JSON_NULL) ? SIZE_MAX : q->arena.len;
		if (memchr(text.ptr ? text.ptr : "", '\0', text.len))
			return why_fail(why, E_FIELD, "A value holds a control character");
		buf_add_str(&q->arena, text);
		buf_add_byte(&q->arena, 0);
	}
	if (q->arena.failed)
		return why_fail(why, E_TOO_LARGE, NULL);
	q->pairs = mem_array(count + 1, sizeof *q->pairs);
	for (size_t i = 0; i < count; i++)
		q->pairs[i] = offsets[i] == SIZE_MAX ? NULL
		    : (const char *)q->arena.ptr + offsets[i];
	return E_OK;
}
