/*
 * The grammar: words separated by blanks, a table of counts, and the table of
 * actions. A mistake is told with its line.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "fault_inside.h"
#include "printer.h"

enum { LINES_MAX = 1000 };

static const char *const counters[] = {
	[TRIGGER_BYTE] = "byte", [TRIGGER_ROW] = "row", [TRIGGER_JOB] = "job",
	[TRIGGER_CUT] = "cut", [TRIGGER_KICK] = "kick", [TRIGGER_ECHO] = "echo",
	[TRIGGER_CONNECTION] = "connection",
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

static enum err unknown_action(struct str name, struct why *why)
{
	unsigned best = 4, found = 0;
	const char *other;

	for (unsigned i = 0; (other = fault_action_name(i)); i++) {
		unsigned d = str_distance(name, str_of(other), best);
		if (d < best) {
			best = d;
			found = i + 1;
		}
	}
	if (found)
		return why_fail(why, E_FIELD, "unknown action \"%.*s\", did you mean \"%s\"?",
		    STR_ARG(name), fault_action_name(found - 1));
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

enum err script_parse_action(struct str rest, const struct action **action, struct argument *a,
    struct why *why)
{
	struct str name = next_word(&rest);
	struct str word = next_word(&rest);

	*action = fault_find_action(name);
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
	    (err = script_parse_action(text, &line->action, &line->argument, why)))
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
