/*
 * Faults: what goes wrong with a printer, and when.
 *
 * A script is lines of `[printer PORT:] [TRIGGER] ACTION [ARGUMENT]`; the
 * grammar is in docs/sim.md. One script serves many printers, each of which
 * keeps its own account of what has fired. An action alone can be done at once
 * (the control port).
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct printer;
struct script;

/* What is counted. TRIGGER_AFTER is time. */
enum trigger {
	TRIGGER_BYTE,       /* consumed of this connection */
	TRIGGER_ROW,        /* of paper moved */
	TRIGGER_JOB,        /* begun: first ink after a cut or a new connection */
	TRIGGER_CUT,
	TRIGGER_KICK,
	TRIGGER_ECHO,       /* process ids about to be returned */
	TRIGGER_CONNECTION,
	TRIGGER_AFTER,
	TRIGGER_ALWAYS,
	TRIGGER_COUNT,
};

struct fault_line_state {
	uint64_t next; /* count at which it fires; UINT64_MAX: never again */
	int64_t due_us; /* of an AFTER line that is armed; else -1 */
};

/* A printer's faults in force. */
struct fault {
	const struct script *script;
	struct fault_line_state *lines;

	bool silent;        /* prints, answers nothing */
	bool stall;         /* takes bytes into the buffer, prints nothing */
	bool accept_silent; /* accepts connections, reads nothing */
	bool wrong_echo;    /* returns foreign process ids */
	bool garble;        /* replies are noise */
	bool interleave;    /* replies come bytewise, with XON and ASB between */
	bool one_connection;
	uint64_t slow;      /* bytes per second; 0: full speed */
	uint64_t lost_echo; /* so many are not sent */
	uint64_t late_echo_ms;
	int64_t power_on_us; /* when it comes back; -1 */
};

/* Parse a whole script. `name` is its file, for messages ("file:3: ..."). */
enum err script_parse(struct str text, const char *name, struct script **out, struct why *why);
void script_destroy(struct script *script);

void fault_start(struct printer *p, const struct script *script);
void fault_finish(struct printer *p);
/* Do one action ("slow 100") now. */
enum err fault_do(struct printer *p, struct str action, struct why *why);
/* p->count[trigger] went up: fire what is due. */
void fault_counted(struct printer *p, enum trigger trigger);
/* A new connection: its bytes are counted afresh. */
void fault_connected(struct printer *p);
/* How far the count is from the next line that waits for it. */
uint64_t fault_left(const struct printer *p, enum trigger trigger);
void fault_tick(struct printer *p);
int64_t fault_next_us(const struct printer *p); /* time of the next AFTER line; -1 */

/* For --help and the manual: the names of all actions, NULL past the end. */
const char *fault_action_name(unsigned index);

#endif
