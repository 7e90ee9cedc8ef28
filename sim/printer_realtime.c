/*
 * Real-time commands: obeyed as they arrive, whatever the interpreter is doing,
 * but never while it is on the stack.
 */
#include <string.h>

#include "printer_inside.h"

void printer_clear_now(struct printer *p)
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
		printer_clear_now(p);
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
	printer_update_stop(p);
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

void printer_realtime(struct printer *p)
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
