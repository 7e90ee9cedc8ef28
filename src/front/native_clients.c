/*
 * The list of clients: who speaks with us in messages just now. How many there
 * are is for whoever sees states; who they are, for the administrator.
 */
#include "base/date.h"
#include "core/platen.h"
#include "core/session.h"
#include "front/native.h"

#define CLIENTS_USUAL 100
#define CLIENTS_MAX 1000

enum err native_read_clients(const struct visit *v, struct request *q, struct why *why)
{
	uint64_t limit = CLIENTS_USUAL;
	char text[32];

	if (visit_query(v, "limit", text, sizeof text) &&
	    (!str_to_u64(str_of(text), &limit) || limit < 1 || limit > CLIENTS_MAX))
		return why_field(why, "limit", E_FIELD, "limit must be a number from 1 to %d",
		    CLIENTS_MAX);
	q->query.limit = (unsigned)limit;
	return E_OK;
}

static void write_client(struct json_w *w, const struct session *s)
{
	char since[32];

	date_format(s->since, since);
	json_w_object(w);
	json_w_int_field(w, "number", (int64_t)s->number);
	json_w_text_field(w, "dialect", s->dialect->name);
	json_w_text_field(w, "caller", s->caller.origin[0] ? s->caller.origin
	    : s->caller.principal);
	json_w_text_field(w, "address", s->address);
	json_w_text_field(w, "since", since);
	json_w_int_field(w, "requests", (int64_t)s->requests);
	json_w_text_field(w, "last_call", s->last_call);
	json_w_object_end(w);
}

/* Newest first. */
static void write_clients(struct json_w *w, const struct sessions *all, unsigned limit)
{
	const struct session *s;

	json_w_key(w, "clients");
	json_w_array(w);
	for (size_t i = 0; i < limit && (s = sessions_at(all, i)); i++)
		write_client(w, s);
	json_w_array_end(w);
}

static void write_dialects(struct json_w *w, const struct sessions *all)
{
	const struct dialect *d;

	json_w_key(w, "dialects");
	json_w_array(w);
	for (size_t i = 0; (d = dialect_at(i)); i++) {
		if (!d->messages)
			continue;
		json_w_object(w);
		json_w_text_field(w, "dialect", d->name);
		json_w_int_field(w, "count", (int64_t)sessions_count_of(all, d));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

void native_clients(const struct request *q, const struct reply *r, struct answer *out)
{
	const struct sessions *all = q->platen->sessions;
	struct json_w w = json_w(&out->body);

	(void)r;
	json_w_object(&w);
	json_w_int_field(&w, "count", (int64_t)sessions_count(all));
	write_dialects(&w, all);
	if (q->caller->allow & CAP_ADMIN)
		write_clients(&w, all, q->query.limit);
	json_w_object_end(&w);
}
