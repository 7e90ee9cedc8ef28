/*
 * Faults from inside: an action, and a line of a script.
 */
#ifndef SIM_FAULT_INSIDE_H
#define SIM_FAULT_INSIDE_H

#include "fault.h"
#include "printer.h"

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

const struct action *fault_find_action(struct str name); /* NULL if unknown */
void fault_run_action(struct printer *p, const struct action *action, const struct argument *a);
/* "slow 100" */
enum err script_parse_action(struct str rest, const struct action **action, struct argument *a,
    struct why *why);

#endif
