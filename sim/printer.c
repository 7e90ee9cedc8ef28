/*
 * Bytes go through three gates on their way to the paper: real-time commands
 * are picked out as they arrive, the receive buffer holds what cannot be
 * printed yet, and the interpreter takes as much as body, speed and faults
 * allow. Whoever stops the interpreter sets `stop`; tick() asks again.
 */
#include "printer_inside.h"

#include <stdio.h>

enum {
	AHEAD_US = 2000,        /* the head may be this far behind the interpreter */
	SLOW_STEPS = 50,        /* portions a second of a slow wire */
	WINDOW_MAX = 1 << 20,   /* what may arrive beyond the receive buffer */
};

void printer_event(struct printer *p, const char *name, const char *fmt, ...)
{
	char fields[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(fields, sizeof fields, fmt, args);
	va_end(args);
	p->ops->event(p->arg, name, fields);
}

void printer_unknown(struct printer *p, const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	notes_add(&p->paper.unknown, text);
}

void printer_warn(struct printer *p, const char *text)
{
	notes_add(&p->paper.warnings, text);
}

void printer_init(struct printer *p, const struct printer_options *options,
    const struct printer_ops *ops, void *arg)
{
	*p = (struct printer){ .opt = *options, .ops = ops, .arg = arg, .powered = true,
		.realtime_kick = true, .fault.power_on_us = -1 };
	snprintf(p->serial, sizeof p->serial, "SIM%06u", options->number);
	buf_init(&p->in, options->buffer_bytes + WINDOW_MAX);
	paper_init(&p->paper, options->width_dots, options->draw);
	escpos_init(&p->escpos, p);
	labeller_init(&p->labeller, p, options->width_dots);
	star_init(&p->star, p, options->width_dots);
}

void printer_script(struct printer *p, const struct script *script, int64_t now_us)
{
	p->now_us = now_us;
	fault_start(p, script);
}

void printer_finish(struct printer *p)
{
	fault_finish(p);
	escpos_finish(&p->escpos);
	labeller_finish(&p->labeller);
	star_finish(&p->star);
	paper_finish(&p->paper);
	buf_finish(&p->in);
}

bool printer_stopped(const struct printer *p)
{
	return status_is_offline(&p->status);
}

void printer_update_stop(struct printer *p)
{
	p->escpos.stop = printer_stopped(p) || p->fault.stall || p->dropped || !p->powered ||
	                 p->busy_until_us > p->now_us + AHEAD_US ||
	                 (p->fault.slow && p->slow_until_us > p->now_us);
}

void printer_count(struct printer *p, enum trigger trigger)
{
	p->count[trigger]++;
	fault_counted(p, trigger);
}

/* The stream */

static void consumed(struct printer *p, size_t len)
{
	size_t old = len < p->older ? len : p->older;

	if (p->fault.slow) {
		if (p->slow_until_us < p->now_us)
			p->slow_until_us = p->now_us;
		p->slow_until_us += (int64_t)(len * 1000000 / p->fault.slow);
	}
	p->older -= old;
	p->bytes_total += len;
	p->count[TRIGGER_BYTE] += len - old;
	if (len > old)
		fault_counted(p, TRIGGER_BYTE);
}

/* How many of `len` bytes may be interpreted in one go. */
static size_t portion(const struct printer *p, size_t len)
{
	uint64_t left = fault_left(p, TRIGGER_BYTE);
	uint64_t step = p->fault.slow / SLOW_STEPS;

	if (p->older)
		return len < p->older ? len : p->older;
	if (len > left)
		len = (size_t)left;
	if (p->fault.slow && len > step)
		len = step ? (size_t)step : 1;
	return len;
}

static void finish_waiting_cut(struct printer *p)
{
	if (!p->cut_waits || printer_stopped(p))
		return;
	p->cut_waits = false;
	printer_end_paper(p, p->cut_kind, false);
}

static size_t interpret(struct printer *p, const uint8_t *bytes, size_t len)
{
	if (p->opt.speech == SPEAKS_ESCPOS)
		return escpos_feed(&p->escpos, bytes, len);
	if (p->opt.speech == SPEAKS_STAR)
		star_feed(&p->star, bytes, len);
	else
		labeller_feed(&p->labeller, bytes, len);
	return len;
}

static size_t run(struct printer *p, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	p->running = true;
	for (printer_update_stop(p); at < len && !p->escpos.stop; printer_update_stop(p)) {
		size_t n = interpret(p, bytes + at, portion(p, len - at));
		at += n;
		consumed(p, n);
		if (p->opt.forget && p->forget_due && !p->older) {
			escpos_forget(&p->escpos);
			p->forget_due = false;
		}
	}
	p->running = false;
	return at;
}

/* What a fault wanted while the interpreter was at work. */
static bool cleared(struct printer *p)
{
	bool due = p->clear_due;

	p->clear_due = false;
	if (due)
		printer_clear_now(p);
	return due;
}

static void pump(struct printer *p)
{
	finish_waiting_cut(p);
	if (!p->in.len)
		return;
	size_t used = run(p, p->in.ptr, p->in.len);
	if (cleared(p))
		return;
	if (p->dropped)
		buf_clear(&p->in);
	else
		buf_drop(&p->in, used);
}

static void take(struct printer *p, const uint8_t *bytes, size_t len)
{
	size_t used = 0;

	finish_waiting_cut(p);
	if (!p->in.len) {
		used = run(p, bytes, len);
		if (cleared(p) || p->dropped)
			return;
	}
	if (used < len && !buf_add(&p->in, bytes + used, len - used))
		printer_event(p, "overrun", "\"bytes\":%zu", len - used);
	if (!used)
		pump(p);
}

void printer_receive(struct printer *p, int64_t now_us, const uint8_t *bytes, size_t len)
{
	bool complete;

	p->now_us = now_us;
	if (p->opt.speech != SPEAKS_ESCPOS) {
		if (!p->dropped && p->powered)
			take(p, bytes, len);
		return;
	}
	while (len && !p->dropped && p->powered) {
		size_t n = realtime_scan(&p->realtime, bytes, len, &complete);
		take(p, bytes, n);
		if (complete && !p->dropped)
			printer_realtime(p);
		bytes += n;
		len -= n;
	}
}

bool printer_accepts(const struct printer *p)
{
	return !p->fault.accept_silent && p->in.len < p->opt.buffer_bytes;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t printer_tick(struct printer *p, int64_t now_us)
{
	int64_t next;

	p->now_us = now_us;
	fault_tick(p);
	pump(p);
	printer_send_echoes(p);
	printer_update_stop(p);
	next = fault_next_us(p);
	if (p->echo_count)
		next = sooner(next, p->echoes[0].due_us);
	if (p->busy_until_us > now_us)
		next = sooner(next, p->busy_until_us - (p->in.len ? AHEAD_US / 2 : 0));
	if (p->in.len && p->fault.slow && p->slow_until_us > now_us)
		next = sooner(next, p->slow_until_us);
	if (next < 0)
		return -1;
	return next > now_us ? next - now_us : 0;
}

/* The wire */

void printer_connected(struct printer *p, int64_t now_us)
{
	p->now_us = now_us;
	p->connected = true;
	p->dropped = false;
	p->in_job = false;
	p->realtime.len = 0;
	p->older = p->in.len;
	p->count[TRIGGER_BYTE] = 0;
	fault_connected(p);
	p->count[TRIGGER_CONNECTION]++;
	if (paper_blank(&p->paper))
		p->paper.connection = (unsigned)p->count[TRIGGER_CONNECTION];
	printer_event(p, "connect", "\"connection\":%llu",
	    (unsigned long long)p->count[TRIGGER_CONNECTION]);
	fault_counted(p, TRIGGER_CONNECTION);
	fault_counted(p, TRIGGER_BYTE);
	printer_update_stop(p);
}

void printer_disconnected(struct printer *p, int64_t now_us, const char *how)
{
	p->now_us = now_us;
	p->connected = false;
	p->echo_count = 0;
	p->older = p->in.len;
	p->forget_due = true;
	if (p->opt.forget && !p->in.len) {
		escpos_forget(&p->escpos);
		p->forget_due = false;
	}
	printer_event(p, "disconnect", "\"connection\":%llu,\"bytes\":%llu,\"how\":\"%s\"",
	    (unsigned long long)p->count[TRIGGER_CONNECTION],
	    (unsigned long long)p->count[TRIGGER_BYTE], how);
}

void printer_drop(struct printer *p, enum wire wire)
{
	if (!p->connected)
		return;
	p->dropped = true;
	if (!p->running)
		buf_clear(&p->in);
	p->ops->wire(p->arg, wire);
}

void printer_power(struct printer *p, bool on)
{
	if (on == p->powered)
		return;
	p->powered = on;
	if (on) {
		p->ops->wire(p->arg, WIRE_LISTEN);
	} else {
		p->dropped = true;
		p->realtime_kick = true;
		p->realtime_off = false;
		p->reset_due = true;
		printer_clear(p);
		p->ops->wire(p->arg, WIRE_REFUSE);
		p->ops->wire(p->arg, WIRE_DROP_ALL);
	}
	printer_update_stop(p);
}
