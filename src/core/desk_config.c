/*
 * Verbs that change the configuration: printers, origins, tokens. What they
 * add lives in STATE/added.conf and is in force at once.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "core/desk_inside.h"

/* The dialect walks platen->config and the refused origins itself. */
void verb_origins(struct errand *e)
{
	errand_ok(e);
}

void verb_tokens(struct errand *e)
{
	errand_ok(e);
}

static void reload(struct errand *e, const char *what)
{
	struct request *q = e->q;
	struct why why;
	enum err err = platen_reload(q->platen, &why);

	if (err) {
		errand_fail(e, err, &why);
		return;
	}
	log_info("config.change", "%s %s by %s", what, q->name, q->caller->principal);
	errand_ok(e);
}

static void put(struct errand *e, enum block block, const char *const *pairs)
{
	struct request *q = e->q;
	struct why why;
	enum err err = config_put(q->platen->config_path, q->platen->state_dir,
	    q->platen->checks, block, q->name, pairs, &why);

	if (err)
		errand_fail(e, err, &why);
	else
		reload(e, verb_name(q->verb));
}

void verb_printer_amend(struct errand *e)
{
	struct request *q = e->q;
	struct why why;
	enum err err = config_amend(q->platen->config_path, q->platen->state_dir,
	    q->platen->checks, BLOCK_printer, q->name, q->pairs, &why);

	if (err)
		errand_fail(e, err, &why);
	else
		reload(e, verb_name(q->verb));
}

static void drop(struct errand *e, enum block block)
{
	struct request *q = e->q;
	struct why why;
	enum err err = config_remove(q->platen->state_dir, block, q->name, &why);

	if (err)
		errand_fail(e, err, &why);
	else
		reload(e, verb_name(q->verb));
}

void verb_printer_put(struct errand *e)
{
	put(e, BLOCK_printer, e->q->pairs);
}

void verb_printer_remove(struct errand *e)
{
	drop(e, BLOCK_printer);
}

void verb_origin_put(struct errand *e)
{
	put(e, BLOCK_origin, e->q->pairs);
}

void verb_origin_remove(struct errand *e)
{
	drop(e, BLOCK_origin);
}

/* The token itself is shown once and never stored: only its digest is. */
void verb_token_put(struct errand *e)
{
	struct request *q = e->q;
	char token[64], digest[65];
	const char *pairs[16] = { "sha256", digest };
	struct reply r = { .secret = token };
	struct why why;
	enum err err;
	size_t n = 2;

	access_make_token(token, digest);
	for (const char *const *p = q->pairs; p && *p && n < COUNT_OF(pairs) - 1; p++)
		pairs[n++] = *p;
	err = config_put(q->platen->config_path, q->platen->state_dir, q->platen->checks,
	    BLOCK_token, q->name, pairs, &why);
	if (!err)
		err = platen_reload(q->platen, &why);
	e->stored = true; /* a secret is not kept to be replayed */
	if (err)
		errand_fail(e, err, &why);
	else
		errand_reply(e, &r);
	mem_wipe(token, sizeof token);
}

void verb_token_remove(struct errand *e)
{
	drop(e, BLOCK_token);
}
