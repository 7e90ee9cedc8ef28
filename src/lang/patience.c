/* The clock starts anew whenever the printer tells something new. */
#include "lang/patience.h"

#include "sys/clock.h"

void patience_begin(struct patience *p, struct press *press)
{
	*p = (struct patience){ .press = press, .changed = clock_mono() };
}

void patience_told(struct patience *p, const struct facts *f)
{
	struct facts before = p->facts;
	facts_merge(&p->facts, f);
	if (!facts_eq(&before, &p->facts))
		p->changed = clock_mono();
	p->heard = true;
	press_told(p->press, f);
}

bool patience_held(const struct patience *p)
{
	return facts_hold(&p->facts) != HOLD_NONE;
}

int64_t patience_end(const struct patience *p)
{
	return p->changed + press_patience(p->press) * (patience_held(p) ? PATIENCE_HELD : 1);
}

enum err patience_over(const struct patience *p, struct why *why)
{
	enum err err = press_held(&p->facts, why);
	return err ? err : why_fail(why, E_UNCONFIRMED, NULL);
}

enum err patience_lost(enum err err, struct why *why)
{
	bool wire = err == E_LOST || err == E_WRITE_TIMEOUT;
	return wire ? why_fail(why, E_UNCONFIRMED, NULL) : err;
}
