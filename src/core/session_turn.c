/*
 * A turn: one message, from its bytes to its answer. The message is copied
 * once; unless the dialect keeps slices of it, it is let go as soon as it has
 * been decoded, so that a client which waits for paper holds no megabytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "core/audit.h"
#include "core/session_inside.h"
#include "core/vigil.h"

struct turn {
	struct session *session;
	char *text;
	size_t len;
	struct json_doc *json;
	struct visit visit;
	struct request request;
};

static void let_go(struct turn *t)
{
	json_destroy(t->json);
	t->json = NULL;
	t->visit.json = t->request.json = NULL;
	free(t->text);
	t->text = NULL;
	t->session->platen->sessions->turn_bytes -= t->len;
	t->len = 0;
}

static void finish(struct turn *t)
{
	struct session *s = t->session;

	request_finish(&t->request);
	let_go(t);
	doors_release(s->platen->doors);
	free(t);
	s->pending--;
	session_settle(s);
}

/* What was waited for did not come out. */
static bool went_wrong(const struct request *q, const struct reply *r)
{
	return r->err || (q->await_ms && r->job && job_decided(r->job) &&
	    r->job->state != JOB_DONE);
}

static void answer(struct turn *t, const struct reply *r)
{
	struct session *s = t->session;
	const struct request *q = &t->request;
	struct buf out;

	if ((s->ws || q->entry) && !r->unanswered) {
		buf_init(&out, REPLY_MAX);
		s->dialect->messages->reply(q, r, &out);
		session_say(s, buf_str(&out));
		if (q->entry)
			audit_result(s->platen->audit, q->entry, went_wrong(q, r), buf_str(&out));
		buf_finish(&out);
	}
	finish(t);
}

static void refuse(struct turn *t, const struct why *why)
{
	struct reply r = { .err = why->err, .why = *why };

	answer(t, &r);
}

static void on_done(struct request *q, const struct reply *r, void *arg)
{
	answer(arg, r);
}

/* --- what a message passes -------------------------------------------------------------- */

/* The JSON of a framed message; what follows it is `*rest`. */
static struct str head_of(struct str message, struct str *rest)
{
	const uint8_t *p = (const uint8_t *)message.ptr;
	size_t len;

	*rest = STR_NONE;
	if (!message.len || p[0])
		return message;
	len = message.len < 4 ? 0 : (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (!len || len > message.len - 4)
		return STR_NONE;
	*rest = (struct str){ message.ptr + 4 + len, message.len - 4 - len };
	return (struct str){ message.ptr + 4, len };
}

static enum err understand(struct turn *t, struct why *why)
{
	struct request *q = &t->request;
	const struct messages *m = t->session->dialect->messages;
	struct str rest = { t->text, t->len }, text = m->framed ? head_of(rest, &rest) : rest;
	enum err bad = json_parse(text, NULL, &t->json, NULL), err;

	t->visit.body = rest;
	t->visit.json = q->json = bad ? NULL : json_root(t->json);
	err = m->decode(&t->visit, q, why);
	if (!err && bad)
		err = why_fail(why, E_JSON, NULL);
	return err;
}

static enum err check(struct turn *t, struct why *why)
{
	struct session *s = t->session;
	const struct request *q = &t->request;
	unsigned capability = q->capability ? q->capability : verb_capability(q->verb);
	enum err err = access_require(s->platen->access, &s->caller, capability, why);

	if (err)
		return err;
	if (s->pending > s->dialect->messages->pending_max ||
	    s->platen->sessions->turn_bytes > TURN_BYTES_MAX)
		return why_fail(why, E_RATE, NULL);
	if (q->verb == VERB_SUBMIT && s->door)
		return door_check_rate(s->door, &s->caller, why);
	return E_OK;
}

static struct turn *begin(struct session *s, struct str message)
{
	struct turn *t = mem_alloc(sizeof *t);
	struct request *q = &t->request;

	t->session = s;
	t->len = message.len;
	t->text = mem_alloc(message.len + 1);
	if (message.len)
		memcpy(t->text, message.ptr, message.len);
	s->platen->sessions->turn_bytes += t->len;
	s->pending++;
	doors_hold(s->platen->doors);
	request_init(q);
	t->visit.platen = q->platen = s->platen;
	t->visit.listen = q->listen = session_listen(s);
	t->visit.caller = q->caller = &s->caller;
	q->dialect = s->dialect;
	q->session = s;
	return t;
}

static void note_call(struct session *s, const struct request *q)
{
	s->requests++;
	s->last_call[0] = '\0';
	if (s->dialect->messages->call)
		s->dialect->messages->call(q, s->last_call);
}

/* Those who read the audit are not its subject: of them only what they change. */
static void note_command(struct turn *t, bool refused)
{
	struct session *s = t->session;
	struct request *q = &t->request;
	struct command c = {
		.dialect = s->dialect->name,
		.caller = &s->caller,
		.request = q,
		.action = str_of(s->last_call),
		.json = t->visit.json,
		.body = { t->text, t->len },
		.message = true,
		.refused = refused,
	};

	if (!s->dialect->audits || verb_capability(q->verb) & ~(unsigned)CAP_STATUS)
		q->entry = audit_command(s->platen->audit, &c);
}

static void take_token(struct session *s, struct str message)
{
	char bearer[160] = "";
	struct json_doc *doc;
	struct why why;
	struct buf out;

	if (!json_parse(message, NULL, &doc, NULL)) {
		struct str token = s->dialect->messages->token(json_root(doc));

		snprintf(bearer, sizeof bearer, "Bearer %.*s",
		    (int)(token.len < 128 ? token.len : 128), token.ptr ? token.ptr : "");
		json_destroy(doc);
	}
	s->approach.listen = session_listen(s);
	s->approach.authorization = str_of(bearer);
	if (access_identify(s->platen->access, &s->approach, &s->caller, &why)) {
		ws_close(s->ws, 1008, "Unauthorized");
		return;
	}
	s->approach.authorization = STR_NONE;
	timer_destroy(s->late);
	s->late = NULL;
	if (!s->dialect->messages->hello)
		return;
	buf_init(&out, REPLY_MAX);
	s->dialect->messages->hello(s, &out);
	session_say(s, buf_str(&out));
	buf_finish(&out);
}

void session_take(struct session *s, struct str message)
{
	struct turn *t;
	struct why why;
	enum err err;

	if (s->late) {
		take_token(s, message);
		return;
	}
	t = begin(s, message);
	err = understand(t, &why);
	note_call(s, &t->request);
	if (!err)
		err = check(t, &why);
	if (s->platen->auditing)
		note_command(t, err != E_OK);
	if (err) {
		refuse(t, &why);
		return;
	}
	if (!t->request.keep)
		let_go(t);
	desk_run(&t->request, on_done, t);
}

/* --- keys ---------------------------------------------------------------------------- */

void request_key(struct request *q, struct str key, const char *what, const struct str *parts,
    size_t count)
{
	struct sha256 *sum = sha256_begin();

	str_copy(q->key, sizeof q->key, key);
	snprintf(q->scope, sizeof q->scope, "%s|%s|%.80s", q->dialect->name,
	    q->caller->principal, what);
	for (size_t i = 0; i < count; i++) {
		uint64_t len = parts[i].len;

		sha256_add(sum, (struct str){ (const char *)&len, sizeof len });
		sha256_add(sum, parts[i]);
	}
	sha256_end(sum, q->fingerprint);
}
