/*
 * What the printer says: every reply goes through one place, where faults can
 * hold it back or spoil it. Process ids wait until the paper has moved.
 */
#include <string.h>

#include "printer_inside.h"

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
	printer_update_stop(p);
}

/* Process ids */

static void send_echo(struct printer *p, const uint8_t id[static 4])
{
	uint8_t reply[7] = { 0x37, 0x22, id[0], id[1], id[2], id[3], 0 };

	printer_count(p, TRIGGER_ECHO);
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

void printer_send_echoes(struct printer *p)
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
	printer_send_echoes(p);
	printer_update_stop(p);
}
