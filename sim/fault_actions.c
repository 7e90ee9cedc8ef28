/*
 * The table of everything that can go wrong. Most actions set one flag of the
 * printer and need no code.
 */
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "fault_inside.h"
#include "printer.h"

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

const struct action *fault_find_action(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		if (str_is(name, actions[i].name))
			return &actions[i];
	}
	return NULL;
}

void fault_run_action(struct printer *p, const struct action *action, const struct argument *a)
{
	if (action->run)
		action->run(p, a);
	else
		*(bool *)((char *)p + action->flag) = action->kind == ARG_SWITCH ? a->on :
		                                                                action->value;
	printer_event(p, "fault", "\"action\":\"%s\"", action->name);
	printer_changed(p);
}
