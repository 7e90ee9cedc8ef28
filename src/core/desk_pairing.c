/*
 * Verbs about the pairing with a backend. Dialects write the answer from
 * platen->pairing, which holds no token that could get into it.
 */
#include "core/desk_inside.h"

void verb_pairing(struct errand *e)
{
	errand_ok(e);
}

static void on_changed(enum err err, const struct why *why, void *arg)
{
	struct errand *e = arg;

	if (err)
		errand_fail(e, err, why);
	else
		errand_ok(e);
}

void verb_pair(struct errand *e)
{
	pairing_make(e->q->platen->pairing, &e->q->pairing, on_changed, e);
}

void verb_unpair(struct errand *e)
{
	pairing_end(e->q->platen->pairing, on_changed, e);
}
