/*
 * Two tables, one of triggers and one of actions; a script line is an index
 * into each. Most actions set one flag of the printer and need no code.
 */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "printer.h"

enum { LINES_MAX = 1000 };

enum argument_kind { ARG_NONE, ARG_SWITCH, ARG_NUMBER, ARG_COUNT, ARG_TEXT };

struct argument {
	bool on;
	uint64_t number;
	char text[SERIAL_MAX + 1];
};

struct action {
	const char *name;
	enum argument_kind kind;
	void (*run)(struct printer *p, const struct argument *a); /* NULL: set the flag */
	size_t flag; /* offset of a bool */
	bool value;
	bool per_connection; /* "always" means: on every connection */
};

static void do_wire(struct printer *p, enum wire wire)
{
	p->ops->wire(p->arg, wire);
}

static void reset(struct printer *p, const struct argument *a)
{
	(void)a;
	printer_drop(p, WIRE_RESET);
}

static void close_connection(struct printer *p, const struct argument *a)
{
	(void)a;
	printer_drop(p, WIRE_CLOSE);
}

static void half_close(struct printer *p, const struct argument *a)
{
	(void)a;
	do_wire(p, WIRE_HALF_CLOSE);
}

static void refuse(struct printer *p, const struct argument *a)
{
	(void)a;
	do_wire(p, WIRE_REFUSE);
}

static void hang(struct printer *p, const struct argument *a)
{
	(void)a;
	do_wire(p, WIRE_HANG);
}

static void listen_again(struct printer *p, const struct argument *a)
{
	(void)a;
	do_wire(p, WIRE_LISTEN);
}

static void paper_in(struct printer *p, const struct argument *a)
{
	(void)a;
	p->status.paper_out = p->status.paper_low = false;
}

static void recover(struct printer *p, const struct argument *a)
{
	(void)a;
	p->status.cutter_error = p->status.mechanical_error = false;
	p->status.fatal_error = p->status.head_hot = false;
}

static void slow(struct printer *p, const struct argument *a)
{
	p->fault.slow = a->number;
	p->slow_until_us = p->now_us;
}

static void lost_echo(struct printer *p, const struct argument *a)
{
	p->fault.lost_echo = a->number;
}

static void late_echo(struct printer *p, const struct argument *a)
{
	p->fault.late_echo_ms = a->number;
}

static void power_off(struct printer *p, const struct argument *a)
{
	(void)a;
	printer_power(p, false);
}

static void power_on(struct printer *p, const struct argument *a)
{
	(void)a;
	printer_power(p, true);
}

static void power_cycle(struct printer *p, const struct argument *a)
{
	printer_power(p, false);
	if (a->number == UINT64_MAX)
		printer_power(p, true);
	else
		p->fault.power_on_us = p->now_us + (int64_t)a->number * 1000;
}

static void serial(struct printer *p, const struct argument *a)
{
	memcpy(p->serial, a->text, sizeof p->serial);
}

static void normal(struct printer *p, const struct argument *a)
{
	const struct script *script = p->fault.script;
	struct fault_line_state *lines = p->fault.lines;

	(void)a;
	p->fault = (struct fault){ .script = script, .lines = lines, .power_on_us = -1 };
	p->status = (struct status){ .drawer_open = p->status.drawer_open };
	if (!p->powered)
		printer_power(p, true);
	else
		do_wire(p, WIRE_LISTEN);
}

#define STATUS(member) ARG_NONE, NULL, offsetof(struct printer, status.member)
#define MODE(member) ARG_SWITCH, NULL, offsetof(struct printer, fault.member), true

static const struct action actions[] = {
	{ "paper-out", STATUS(paper_out), true },
	{ "paper-low", STATUS(paper_low), true },
	{ "paper-in", ARG_NONE, paper_in },
	{ "reload", ARG_NONE, paper_in },
	{ "cover-open", STATUS(cover_open), true },
	{ "cover-close", STATUS(cover_open), false },
	{ "cutter-error", STATUS(cutter_error), true },
	{ "mechanical-error", STATUS(mechanical_error), true },
	{ "fatal-error", STATUS(fatal_error), true },
	{ "head-hot", STATUS(head_hot), true },
	{ "recover", ARG_NONE, recover },
	{ "offline", STATUS(offline), true },
	{ "online", STATUS(offline), false },
	{ "drawer-open", STATUS(drawer_open), true },
	{ "drawer-close", STATUS(drawer_open), false },
	{ "silent", MODE(silent) },
	{ "stall", MODE(stall) },
	{ "slow", ARG_NUMBER, slow },
	{ "lost-echo", ARG_COUNT, lost_echo },
	{ "late-echo", ARG_NUMBER, late_echo },
	{ "wrong-echo", MODE(wrong_echo) },
	{ "garble-status", MODE(garble) },
	{ "interleave", MODE(interleave) },
	{ "reset", ARG_NONE, reset, 0, false, true },
	{ "close", ARG_NONE, close_connection, 0, false, true },
	{ "half-close", ARG_NONE, half_close, 0, false, true },
	{ "accept-silent", MODE(accept_silent) },
	{ "one-connection", MODE(one_connection) },
	{ "refuse", ARG_NONE, refuse },
	{ "hang", ARG_NONE, hang },
	{ "listen", ARG_NONE, listen_again },
	{ "power-off", ARG_NONE, power_off },
	{ "power-on", ARG_NONE, power_on },
	{ "power-cycle", ARG_COUNT, power_cycle },
	{ "serial", ARG_TEXT, serial },
	{ "normal", ARG_NONE, normal },
};

const char *fault_action_name(unsigned index)
{
	return index < COUNT_OF(actions) ? actions[index].name : NULL;
}

static const char *const counters[] = {
	[TRIGGER_BYTE] = "byte", [TRIGGER_ROW] = "row", [TRIGGER_JOB] = "job",
	[TRIGGER_CUT] = "cut", [TRIGGER_KICK] = "kick", [TRIGGER_ECHO] = "echo",
	[TRIGGER_CONNECTION] = "connection",
};

struct script_line {
	unsigned printer; /* port; 0: all */
	enum trigger trigger;
	bool every;
	uint64_t n; /* count, or milliseconds */
	const struct action *action;
	struct argument argument;
};

struct script {
	struct script_line *lines;
	unsigned count;
};

/* The next blank-separated word; empty at the end. */
static struct str next_word(struct str *rest)
{
	struct str s = str_trim(*rest);
	size_t len = 0;

	while (len < s.len && s.ptr[len] != ' ' && s.ptr[len] != '\t')
		len++;
	*rest = str_trim(str_from(s, len));
	return str_head(s, len);
}

static const struct action *find_action(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		if (str_is(name, actions[i].name))
			return &actions[i];
	}
	return NULL;
}

static enum err unknown_action(struct str name, struct why *why)
{
	unsigned best = 4, found = COUNT_OF(actions);

	for (unsigned i = 0; i < COUNT_OF(actions); i++) {
		unsigned d = str_distance(name, str_of(actions[i].name), best);
		if (d < best) {
			best = d;
			found = i;
		}
	}
	if (found < COUNT_OF(actions))
		return why_fail(why, E_FIELD, "unknown action \"%.*s\", did you mean \"%s\"?",
		    STR_ARG(name), actions[found].name);
	return why_fail(why, E_FIELD, "unknown action \"%.*s\"", STR_ARG(name));
}

static enum err parse_switch(struct str word, struct argument *a, struct why *why)
{
	a->on = !str_is(word, "off");
	if (!word.len || str_is(word, "on") || !a->on)
		return E_OK;
	return why_fail(why, E_FIELD, "\"on\" or \"off\" expected, not \"%.*s\"", STR_ARG(word));
}

static enum err parse_argument(const struct action *action, struct str word,
    struct argument *a, struct why *why)
{
	*a = (struct argument){ .on = true, .number = UINT64_MAX };
	switch (action->kind) {
	case ARG_NONE:
		if (word.len)
			return why_fail(why, E_FIELD, "\"%s\" takes no argument", action->name);
		return E_OK;
	case ARG_SWITCH:
		return parse_switch(word, a, why);
	case ARG_COUNT:
		if (!word.len)
			return E_OK;
		/* fall through */
	case ARG_NUMBER:
		if (!str_to_u64(word, &a->number) || a->number > 1000 * 1000 * 1000)
			return why_fail(why, E_FIELD, "\"%s\" needs a number up to 10^9",
			    action->name);
		return E_OK;
	case ARG_TEXT:
		if (!word.len || !str_copy(a->text, sizeof a->text, word))
			return why_fail(why, E_FIELD, "\"%s\" needs a word of up to %d characters",
			    action->name, SERIAL_MAX);
		return E_OK;
	}
	return E_OK;
}

static enum err parse_action(struct str rest, const struct action **action, struct argument *a,
    struct why *why)
{
	struct str name = next_word(&rest);
	struct str word = next_word(&rest);

	*action = find_action(name);
	if (!*action)
		return unknown_action(name, why);
	if (rest.len)
		return why_fail(why, E_FIELD, "nothing may follow \"%.*s\"", STR_ARG(word));
	return parse_argument(*action, word, a, why);
}

/* "at row 400", "every cut 2" */
static enum err parse_count(struct str *rest, struct script_line *line, struct why *why)
{
	struct str counter = next_word(rest), number = next_word(rest);

	for (line->trigger = 0; line->trigger < COUNT_OF(counters); line->trigger++) {
		if (str_is(counter, counters[line->trigger]))
			break;
	}
	if (line->trigger == COUNT_OF(counters))
		return why_fail(why, E_FIELD, "unknown count \"%.*s\": byte, row, job, cut, kick, "
		    "echo or connection", STR_ARG(counter));
	if (!str_to_u64(number, &line->n) || line->n >= UINT64_MAX / 2 ||
	    (line->n == 0 && (line->every || line->trigger != TRIGGER_BYTE)))
		return why_fail(why, E_FIELD, "\"%.*s\" needs a number from 1", STR_ARG(counter));
	return E_OK;
}

/* "after 2000ms", "after 2s", "after 2000" */
static enum err parse_after(struct str *rest, struct script_line *line, struct why *why)
{
	struct str time = next_word(rest);
	uint64_t unit = 1;

	line->trigger = TRIGGER_AFTER;
	if (str_ends(time, "ms"))
		time.len -= 2;
	else if (str_ends(time, "s")) {
		time.len -= 1;
		unit = 1000;
	}
	if (!str_to_u64(time, &line->n) || line->n > 1000 * 1000 * 1000)
		return why_fail(why, E_FIELD, "\"after\" needs a time such as 500ms or 2s");
	line->n *= unit;
	return E_OK;
}

static enum err parse_trigger(struct str *text, struct script_line *line, struct why *why)
{
	struct str rest = *text, word = next_word(&rest);
	enum err err = E_OK;

	line->trigger = TRIGGER_ALWAYS;
	line->every = str_is(word, "every");
	if (str_is(word, "at") || line->every)
		err = parse_count(&rest, line, why);
	else if (str_is(word, "after"))
		err = parse_after(&rest, line, why);
	else if (!str_is(word, "always"))
		return E_OK; /* an action alone */
	*text = rest;
	return err;
}

static enum err parse_printer(struct str *text, struct script_line *line, struct why *why)
{
	struct str rest = *text, number;
	uint64_t n;

	if (!str_is(next_word(&rest), "printer"))
		return E_OK;
	number = next_word(&rest);
	if (!str_ends(number, ":") ||
	    !str_to_u64(str_head(number, number.len - 1), &n) || !n || n > 65535)
		return why_fail(why, E_FIELD, "\"printer\" needs a port and a colon");
	line->printer = (unsigned)n;
	*text = rest;
	return E_OK;
}

static enum err parse_line(struct str text, struct script_line *line, struct why *why)
{
	enum err err;

	*line = (struct script_line){ 0 };
	if ((err = parse_printer(&text, line, why)) || (err = parse_trigger(&text, line, why)) ||
	    (err = parse_action(text, &line->action, &line->argument, why)))
		return err;
	if (line->trigger == TRIGGER_ALWAYS && line->action->per_connection) {
		line->trigger = TRIGGER_CONNECTION;
		line->every = true;
		line->n = 1;
	}
	return E_OK;
}

static struct str without_comment(struct str line)
{
	struct str rest;

	return str_trim(str_cut(line, '#', &rest));
}

enum err script_parse(struct str text, const char *name, struct script **out, struct why *why)
{
	struct script *s = mem_alloc(sizeof *s);
	struct script_line line;
	struct why what;

	for (unsigned number = 1; text.len; number++) {
		struct str one = without_comment(str_cut(text, '\n', &text));
		if (!one.len)
			continue;
		enum err err = parse_line(one, &line, &what);
		if (!err && s->count == LINES_MAX)
			err = why_fail(&what, E_TOO_LARGE, "more than %d lines", LINES_MAX);
		if (err) {
			script_destroy(s);
			return why_fail(why, err, "%s:%u: %s", name, number, what.text);
		}
		s->lines = mem_grow(s->lines, s->count + 1, sizeof line);
		s->lines[s->count++] = line;
	}
	*out = s;
	return E_OK;
}

void script_destroy(struct script *script)
{
	if (!script)
		return;
	free(script->lines);
	free(script);
}

static void run_action(struct printer *p, const struct action *action, const struct argument *a)
{
	if (action->run)
		action->run(p, a);
	else
		*(bool *)((char *)p + action->flag) = action->kind == ARG_SWITCH ? a->on :
		                                                                action->value;
	printer_event(p, "fault", "\"action\":\"%s\"", action->name);
	printer_changed(p);
}

enum err fault_do(struct printer *p, struct str action, struct why *why)
{
	const struct action *found;
	struct argument argument;
	enum err err = parse_action(action, &found, &argument, why);

	if (!err)
		run_action(p, found, &argument);
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

	run_action(p, line->action, &line->argument);
	arm_after(p, i + 1);
}

void fault_start(struct printer *p, const struct script *script)
{
	p->fault = (struct fault){ .script = script, .power_on_us = -1 };
	if (!script)
		return;
	p->fault.lines = mem_array(script->count + 1, sizeof *p->fault.lines);
	for (unsigned i = 0; i < script->count; i++) {
		p->fault.lines[i].due_us = -1;
		p->fault.lines[i].next = mine(p, &script->lines[i]) ? script->lines[i].n : UINT64_MAX;
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
