/*
 * Verbs of whoever runs the install: its .env file, what is wrong, a new start.
 */
#include "base/log.h"
#include "core/desk_inside.h"
#include "core/env.h"

/* The dialect walks platen->config->env and the problems itself. */
void verb_env(struct errand *e)
{
	errand_ok(e);
}

void verb_problems(struct errand *e)
{
	errand_ok(e);
}

void verb_env_put(struct errand *e)
{
	struct request *q = e->q;
	const char *path = q->platen->config->env_path;
	struct why why;
	enum err err;

	if (!path)
		err = why_fail(&why, E_CONFLICT, "No listener names an env-file");
	else
		err = env_save(path, q->pairs, &why);
	if (!err)
		err = platen_reload(q->platen, &why);
	if (err) {
		errand_fail(e, err, &why);
		return;
	}
	log_info("config.change", "%s by %s", path, q->caller->principal);
	errand_ok(e);
}

/* Answered first: the daemon drains, ends and begins anew. */
void verb_restart(struct errand *e)
{
	struct platen *p = e->q->platen;

	if (!p->restart) {
		errand_fail(e, E_UNSUPPORTED, NULL);
		return;
	}
	log_info("daemon.restart", "asked for by %s", e->q->caller->principal);
	errand_ok(e);
	p->restart(p);
}
