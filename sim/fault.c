/*
 * When a fault happens: each printer keeps, for each line of the script, the
 * count at which it fires next. A count that goes up looks whether it is due.
 */
#include "fault.h"

#include <stdlib.h>

#include "base/mem.h"
#include "fault_inside.h"
#include "printer.h"

enum err fault_do(struct printer *p, struct str action, struct why *why)
{
	const struct action *found;
	struct argument argument;
	enum err err = script_parse_action(action, &found, &argument, why);

	if (!err)
		fault_run_action(p, found, &argument);
	return err;
}

static bool mine(const struct printer *p, const struct script_line *line)
{
	return !line->printer || line->printer == p->opt.number;
}

/* An AFTER line waits for the line above it. */
static void arm_after(struct printer *p, unsigned i)
{
	const struct script *s = p->fault.script;

	if (i < s->count && s->lines[i].trigger == TRIGGER_AFTER && mine(p, &s->lines[i]))
		p->fault.lines[i].due_us = p->now_us + (int64_t)s->lines[i].n * 1000;
}

static void fire(struct printer *p, unsigned i)
{
	const struct script_line *line = &p->fault.script->lines[i];

	fault_run_action(p, line->action, &line->argument);
	arm_after(p, i + 1);
}

void fault_start(struct printer *p, const struct script *script)
{
	p->fault = (struct fault){ .script = script, .power_on_us = -1 };
	if (!script)
		return;
	p->fault.lines = mem_array(script->count + 1, sizeof *p->fault.lines);
	for (unsigned i = 0; i < script->count; i++) {
		const struct script_line *line = &script->lines[i];
		p->fault.lines[i].due_us = -1;
		p->fault.lines[i].next = mine(p, line) ? line->n : UINT64_MAX;
	}
	arm_after(p, 0);
	for (unsigned i = 0; i < script->count; i++) {
		if (script->lines[i].trigger == TRIGGER_ALWAYS && mine(p, &script->lines[i]))
			fire(p, i);
	}
}

void fault_finish(struct printer *p)
{
	free(p->fault.lines);
	p->fault.lines = NULL;
	p->fault.script = NULL;
}

void fault_counted(struct printer *p, enum trigger trigger)
{
	const struct script *s = p->fault.script;

	for (unsigned i = 0; s && i < s->count; i++) {
		struct fault_line_state *state = &p->fault.lines[i];
		if (s->lines[i].trigger != trigger || p->count[trigger] < state->next)
			continue;
		if (!s->lines[i].every) {
			state->next = UINT64_MAX;
		} else {
			while (state->next <= p->count[trigger])
				state->next += s->lines[i].n;
		}
		fire(p, i);
	}
}

void fault_connected(struct printer *p)
{
	const struct script *s = p->fault.script;

	for (unsigned i = 0; s && i < s->count; i++) {
		if (s->lines[i].trigger == TRIGGER_BYTE && s->lines[i].every &&
		    mine(p, &s->lines[i]))
			p->fault.lines[i].next = s->lines[i].n;
	}
}

uint64_t fault_left(const struct printer *p, enum trigger trigger)
{
	const struct script *s = p->fault.script;
	uint64_t left = UINT64_MAX;

	for (unsigned i = 0; s && i < s->count; i++) {
		uint64_t next = p->fault.lines[i].next;
		if (s->lines[i].trigger == trigger && next != UINT64_MAX &&
		    next > p->count[trigger] && next - p->count[trigger] < left)
			left = next - p->count[trigger];
	}
	return left;
}

void fault_tick(struct printer *p)
{
	const struct script *s = p->fault.script;

	if (p->fault.power_on_us >= 0 && p->now_us >= p->fault.power_on_us) {
		p->fault.power_on_us = -1;
		printer_power(p, true);
	}
	for (unsigned i = 0; s && i < s->count; i++) {
		struct fault_line_state *state = &p->fault.lines[i];
		if (state->due_us < 0 || p->now_us < state->due_us)
			continue;
		state->due_us = -1;
		fire(p, i);
	}
}

int64_t fault_next_us(const struct printer *p)
{
	const struct script *s = p->fault.script;
	int64_t next = p->fault.power_on_us;

	for (unsigned i = 0; s && i < s->count; i++) {
		int64_t due = p->fault.lines[i].due_us;
		if (due >= 0 && (next < 0 || due < next))
			next = due;
	}
	return next;
}
