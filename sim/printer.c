/*
 * Bytes go through three gates on their way to the paper: real-time commands
 * are picked out as they arrive, the receive buffer holds what cannot be
 * printed yet, and the interpreter takes as much as body, speed and faults
 * allow. Whoever stops the interpreter sets `stop`; tick() asks again.
 */
#include "printer.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum {
	DOTS_PER_MM = 8,
	FEED_MAX = 8128,        /* one command moves at most a metre, as Epson's do */
	AHEAD_US = 2000,        /* the head may be this far behind the interpreter */
	SLOW_STEPS = 50,        /* portions a second of a slow wire */
	WINDOW_MAX = 1 << 20,   /* what may arrive beyond the receive buffer */
	ROWS_AT_ONCE = 4096,
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
	paper_finish(&p->paper);
	buf_finish(&p->in);
}

bool printer_stopped(const struct printer *p)
{
	return status_is_offline(&p->status);
}

static void update_stop(struct printer *p)
{
	p->escpos.stop = printer_stopped(p) || p->fault.stall || p->dropped || !p->powered ||
	                 p->busy_until_us > p->now_us + AHEAD_US ||
	                 (p->fault.slow && p->slow_until_us > p->now_us);
}

/* Replies */

static void send(struct printer *p, const uint8_t *bytes, size_t len)
{
	p->ops->reply(p->arg, bytes, len);
}

/* Legal, but a trial for the host's parser: flow control between any two
 * bytes and a status packet before each reply. */
static void send_interleaved(struct printer *p, const uint8_t *bytes, size_t len)
{
	static const uint8_t xon = 0x11;
	uint8_t packet[4];

	status_asb(&p->status, packet);
	send(p, packet, sizeof packet);
	for (size_t i = 0; i < len; i++) {
		send(p, &xon, 1);
		send(p, bytes + i, 1);
	}
}

static void send_noise(struct printer *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)(0xa5 + 0x3d * (p->replies + i));
		send(p, &byte, 1);
	}
}

void printer_reply(struct printer *p, const void *bytes, size_t len)
{
	if (!p->connected || p->fault.silent || p->dropped)
		return;
	p->replies++;
	if (p->fault.garble)
		send_noise(p, len);
	else if (p->fault.interleave)
		send_interleaved(p, bytes, len);
	else
		send(p, bytes, len);
}

static void push_asb(struct printer *p, bool always)
{
	uint8_t packet[4];

	if (!p->asb || !p->opt.model->asb)
		return;
	status_asb(&p->status, packet);
	if (!always && !status_asb_differs(packet, p->asb_sent, p->asb))
		return;
	memcpy(p->asb_sent, packet, sizeof packet);
	printer_reply(p, packet, sizeof packet);
}

void printer_set_asb(struct printer *p, uint8_t mask)
{
	p->asb = mask;
	push_asb(p, true);
}

void printer_changed(struct printer *p)
{
	push_asb(p, false);
	update_stop(p);
}

/* Process ids */

static void count(struct printer *p, enum trigger trigger)
{
	p->count[trigger]++;
	fault_counted(p, trigger);
}

static void send_echo(struct printer *p, const uint8_t id[static 4])
{
	uint8_t reply[7] = { 0x37, 0x22, id[0], id[1], id[2], id[3], 0 };

	count(p, TRIGGER_ECHO);
	if (p->fault.lost_echo) {
		if (p->fault.lost_echo != UINT64_MAX)
			p->fault.lost_echo--;
		return;
	}
	if (p->fault.wrong_echo)
		reply[2] = reply[2] == 'Z' ? 'Y' : 'Z';
	printer_reply(p, reply, sizeof reply);
	printer_event(p, "echo", "\"id\":\"%02x%02x%02x%02x\"", id[0], id[1], id[2], id[3]);
}

static void send_due_echoes(struct printer *p)
{
	struct echo first;

	while (p->echo_count && p->echoes[0].due_us <= p->now_us) {
		first = p->echoes[0];
		p->echo_count--;
		memmove(p->echoes, p->echoes + 1, p->echo_count * sizeof first);
		send_echo(p, first.id);
	}
}

void printer_fence(struct printer *p, const uint8_t id[static 4])
{
	int64_t due = p->busy_until_us > p->now_us ? p->busy_until_us : p->now_us;
	struct echo echo = { .due_us = due + (int64_t)p->fault.late_echo_ms * 1000 };

	memcpy(echo.id, id, sizeof echo.id);
	if (p->echo_count == ECHOES_MAX) /* the newest survive */
		memmove(p->echoes, p->echoes + 1, --p->echo_count * sizeof echo);
	p->echoes[p->echo_count++] = echo;
	send_due_echoes(p);
	update_stop(p);
}

/* Paper */

void printer_begin(struct printer *p)
{
	if (p->in_job)
		return;
	p->in_job = true;
	printer_event(p, "job", "\"n\":%llu", (unsigned long long)p->count[TRIGGER_JOB] + 1);
	count(p, TRIGGER_JOB);
}

static void end_paper(struct printer *p, enum cut kind, bool torn)
{
	struct paper_end end = { p->opt.number, ++p->seq, kind, torn };

	escpos_account(&p->escpos);
	p->ops->paper(p->arg, &p->paper, &end);
	printer_event(p, "cut", "\"seq\":%u,\"cut\":\"%s\",\"torn\":%s,\"height_dots\":%u,"
	    "\"bytes\":%llu", end.seq, cut_name(kind), torn ? "true" : "false", p->paper.rows,
	    (unsigned long long)p->paper.bytes);
	paper_renew(&p->paper);
	p->paper.connection = (unsigned)p->count[TRIGGER_CONNECTION];
	p->in_job = false;
}

void printer_tear(struct printer *p)
{
	if (!paper_blank(&p->paper))
		end_paper(p, CUT_NONE, true);
}

void printer_reserve(struct printer *p, uint32_t rows)
{
	if (rows > FEED_MAX)
		rows = FEED_MAX;
	if (rows > PAPER_ROWS_MAX - p->paper.rows)
		end_paper(p, CUT_NONE, false);
}

void printer_feed(struct printer *p, uint32_t rows)
{
	if (!rows)
		return;
	if (rows > FEED_MAX)
		rows = FEED_MAX;
	printer_reserve(p, rows);
	paper_feed(&p->paper, rows);
	if (p->opt.speed_mm_s) {
		if (p->busy_until_us < p->now_us)
			p->busy_until_us = p->now_us;
		p->busy_until_us += (int64_t)rows * 1000000 / (p->opt.speed_mm_s * DOTS_PER_MM);
	}
	p->count[TRIGGER_ROW] += rows;
	fault_counted(p, TRIGGER_ROW);
	update_stop(p);
}

uint32_t printer_rows_free(const struct printer *p)
{
	uint64_t rows = p->opt.speed_mm_s ? DOTS_PER_MM : ROWS_AT_ONCE;
	uint64_t left = fault_left(p, TRIGGER_ROW);

	if (left < rows)
		rows = left;
	if (PAPER_ROWS_MAX - p->paper.rows < rows)
		rows = PAPER_ROWS_MAX - p->paper.rows;
	return (uint32_t)rows;
}

void printer_cut(struct printer *p, enum cut kind)
{
	count(p, TRIGGER_CUT);
	if (printer_stopped(p)) {
		p->cut_waits = true;
		p->cut_kind = kind;
		return;
	}
	end_paper(p, kind, false);
}

void printer_kick(struct printer *p, unsigned pin, unsigned on_ms, unsigned off_ms, bool realtime)
{
	struct mark mark = { .kind = MARK_KICK, .pin = pin, .on_ms = on_ms, .off_ms = off_ms,
		.realtime = realtime };

	marks_add(&p->paper.marks, &mark, STR_NONE);
	printer_event(p, "kick", "\"pin\":%u,\"on_ms\":%u,\"off_ms\":%u,\"realtime\":%s", pin,
	    on_ms, off_ms, realtime ? "true" : "false");
	count(p, TRIGGER_KICK);
}

void printer_beep(struct printer *p, unsigned times)
{
	p->paper.beeps += times;
	p->beeps += times;
	printer_event(p, "beep", "\"times\":%u", times);
}

/* Real-time commands */

static void clear_now(struct printer *p)
{
	buf_clear(&p->in);
	p->older = 0;
	p->echo_count = 0;
	p->cut_waits = false;
	p->busy_until_us = p->now_us;
	if (p->reset_due)
		escpos_reset(&p->escpos);
	else
		escpos_clear(&p->escpos);
	p->reset_due = false;
}

void printer_clear(struct printer *p)
{
	if (p->running)
		p->clear_due = true;
	else
		clear_now(p);
}

static void recover(struct printer *p, uint8_t n)
{
	if (n != 1 && n != 2)
		return;
	p->status.cutter_error = p->status.mechanical_error = false;
	if (n == 2)
		printer_clear(p);
	printer_changed(p);
}

static void realtime_kick(struct printer *p, const uint8_t *q)
{
	if (p->realtime_kick && !status_is_error(&p->status) && q[0] <= 1 && q[1] >= 1 && q[1] <= 8)
		printer_kick(p, q[0] ? 5 : 2, q[1] * 100u, q[1] * 100u, true);
}

static void realtime_clear(struct printer *p, const uint8_t *q)
{
	static const uint8_t magic[] = { 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08 };

	if (memcmp(q, magic, sizeof magic) != 0)
		return;
	printer_clear(p);
	printer_event(p, "clear", "\"by\":\"host\"");
	printer_reply(p, "\x37\x25", 3);
}

static void realtime_off(struct printer *p, const uint8_t *q)
{
	if (!p->realtime_off || q[0] != 0x01 || q[1] != 0x08)
		return;
	printer_reply(p, "\x3b\x30", 3);
	p->fault.stall = true;
	update_stop(p);
}

static void realtime_dc4(struct printer *p, const uint8_t *q)
{
	uint8_t packet[4];

	switch (q[0]) {
	case 1:
		realtime_kick(p, q + 1);
		break;
	case 2:
		realtime_off(p, q + 1);
		break;
	case 7:
		status_asb(&p->status, packet);
		if (q[1] == 1 && p->opt.model->asb)
			printer_reply(p, packet, sizeof packet);
		break;
	case 8:
		realtime_clear(p, q + 1);
		break;
	default:
		break;
	}
}

static void realtime_run(struct printer *p)
{
	const uint8_t *seq = p->realtime.seq;
	uint8_t reply;

	p->realtime.len = 0;
	if (seq[1] == 0x04) {
		reply = status_dle_eot(&p->status, seq[2]);
		if (reply && p->opt.model->realtime)
			printer_reply(p, &reply, 1);
	} else if (seq[1] == 0x05) {
		recover(p, seq[2]);
	} else {
		realtime_dc4(p, seq + 2);
	}
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
	end_paper(p, p->cut_kind, false);
}

static size_t run(struct printer *p, const uint8_t *bytes, size_t len)
{
	size_t at = 0;

	p->running = true;
	for (update_stop(p); at < len && !p->escpos.stop; update_stop(p)) {
		size_t n = escpos_feed(&p->escpos, bytes + at, portion(p, len - at));
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
		clear_now(p);
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
	while (len && !p->dropped && p->powered) {
		size_t n = realtime_scan(&p->realtime, bytes, len, &complete);
		take(p, bytes, n);
		if (complete && !p->dropped)
			realtime_run(p);
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
	send_due_echoes(p);
	update_stop(p);
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
	update_stop(p);
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
	update_stop(p);
}
