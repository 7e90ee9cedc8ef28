/*
 * Any message to pispas: it is understood or refused, and a refusal is one JSON
 * object that has the very UUIDV4 that was sent.
 */
#include <string.h>

#include "core/env.h"
#include "core/front.h"
#include "core/platen.h"
#include "fuzz.h"
#include "net/loop.h"

static struct platen platen;
static struct config config;
static struct listen_block listen;

/* The program's, of which there is none here. */
enum err platen_reload(struct platen *p, struct why *why)
{
	return why_fail(why, E_UNSUPPORTED, NULL);
}

void platen_tidy(struct platen *p)
{
}

static void set_up(void)
{
	if (platen.loop)
		return;
	config.env = env_parse(STR("MODULES=base,print,cache\nSERVICE_NAME=till\n"));
	platen.config = &config;
	platen.loop = loop_create();
	platen.access = access_create();
	platen.queue = queue_create(&platen);
	devices_init(&platen.devices);
}

static void check_answer(struct request *q, const struct why *why, const struct json *message)
{
	struct reply r = { .err = why->err, .why = *why };
	const struct json *id = json_get(message, "UUIDV4");
	struct json_doc *doc;
	struct buf out;

	buf_init(&out, 1 << 24);
	dialect_pispas.messages->reply(q, &r, &out);
	MUST(!out.failed && json_parse(buf_str(&out), NULL, &doc, NULL) == E_OK);
	MUST(str_is(json_string(json_get(json_root(doc), "MESSAGE_EXEC")), "FAILURE"));
	MUST(str_eq(json_source(json_get(json_root(doc), "MESSAGE_UUID")),
	    id ? json_source(id) : STR("null")));
	MUST(json_string(json_get(json_get(json_root(doc), "MESSAGE_DATA"), "code")).len);
	json_destroy(doc);
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct caller caller = { .kind = CALLER_LOCAL, .allow = CAP_ALL & ~CAP_ADMIN,
		.principal = "local" };
	struct visit v = { .platen = &platen, .listen = &listen, .caller = &caller,
		.body = { (const char *)bytes, size } };
	struct json_doc *doc = NULL;
	struct request q;
	struct why why = { 0 };

	set_up();
	request_init(&q);
	q.platen = &platen;
	q.dialect = &dialect_pispas;
	q.caller = &caller;
	if (json_parse(v.body, NULL, &doc, NULL) == E_OK)
		v.json = q.json = json_root(doc);
	if (dialect_pispas.messages->decode(&v, &q, &why))
		check_answer(&q, &why, v.json);
	request_finish(&q);
	json_destroy(doc);
	return 0;
}
