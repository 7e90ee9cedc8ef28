/*
 * The stream machine. `step` is the state: idle, after a lead byte, collecting
 * parameters, skipping, or (escpos_graphics.c) eating raster rows. Each command
 * is a row of a table that knows how long its parameters are.
 */
#include "escpos.h"

#include <string.h>

#include "base/mem.h"
#include "printer.h"

enum { PARAMS_MAX = 1 << 20, DPI = 203 };

enum { BEL = 0x07, HT = 0x09, LF = 0x0a, FF = 0x0c, CR = 0x0d, CAN = 0x18 };

const struct settings escpos_defaults = {
	.style = { .font = FONT_A, .width = 1, .height = 1 },
	.spacing = 30, /* 3.75 mm, as 203 dpi printers have it */
	.kanji = { .width = 1, .height = 1 },
	.unit_x = DPI,
	.unit_y = DPI,
	.bar_height = 162,
	.bar_width = 3,
};

static const struct command *const tables[] = {
	machine_commands, raster_commands, text_commands, line_commands, page_commands,
	graphics_commands, code_commands, device_commands,
};

const struct command *escpos_find(uint8_t lead, uint8_t code)
{
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		for (const struct command *c = tables[i]; c->lead; c++) {
			if (c->lead == lead && c->code == code)
				return c;
		}
	}
	return NULL;
}

size_t length_prefixed(const uint8_t *p, size_t have, size_t at)
{
	return have < at + 2 ? at + 2 : at + 2 + word(p + at);
}

static int64_t to_dots(int64_t n, unsigned per_inch)
{
	return (n * DPI * 2 + per_inch) / (per_inch * 2);
}

int64_t units_x(const struct escpos *e, int64_t n)
{
	return to_dots(n, e->set.unit_x);
}

int64_t units_y(const struct escpos *e, int64_t n)
{
	return to_dots(n, e->set.unit_y);
}

static void run(struct escpos *e)
{
	const struct command *c = e->command;

	e->step = escpos_idle_step;
	if (c->run && (!e->deselected || (c->lead == ESC && (c->code == '=' || c->code == '@'))))
		c->run(e, e->params.ptr, e->params.len);
}

static size_t wanted(const struct escpos *e)
{
	const struct command *c = e->command;

	return c->length ? c->length(e->params.ptr, e->params.len) : c->params;
}

static void skip_step(struct escpos *e)
{
	size_t n = e->len - e->at;

	if (n > e->skip)
		n = (size_t)e->skip;
	e->at += n;
	e->skip -= n;
	if (!e->skip)
		e->step = escpos_idle_step;
}

static void params_step(struct escpos *e)
{
	size_t want = wanted(e), n = want - e->params.len;

	if (want > PARAMS_MAX) {
		printer_warn(e->printer, "a command with more than 1 MiB of data was skipped");
		e->skip = n;
		e->step = skip_step;
		return;
	}
	if (n > e->len - e->at)
		n = e->len - e->at;
	buf_add(&e->params, e->bytes + e->at, n);
	e->at += n;
	if (e->params.len == wanted(e))
		run(e);
}

static void code_step(struct escpos *e)
{
	uint8_t code = e->bytes[e->at++];

	e->command = escpos_find(e->lead, code);
	e->step = escpos_idle_step;
	if (!e->command) {
		printer_unknown(e->printer, "%02X %02X", e->lead, code);
		return;
	}
	buf_clear(&e->params);
	if (wanted(e))
		e->step = params_step;
	else
		run(e);
}

static void control(struct escpos *e, uint8_t byte)
{
	switch (byte) {
	case DLE:
	case ESC:
	case FS:
	case GS:
		e->lead = byte;
		e->step = code_step;
		break;
	case LF:
		line_print(e, e->set.spacing);
		break;
	case HT:
		text_byte(e, byte);
		break;
	case FF:
		if (e->page.on) {
			page_print(e);
			page_leave(e);
		}
		break;
	case CAN:
		page_clear(e);
		break;
	case BEL:
		printer_beep(e->printer, 1);
		break;
	default: /* CR, NUL and the like: no effect */
		break;
	}
}

void escpos_idle_step(struct escpos *e)
{
	uint8_t byte = e->bytes[e->at++];

	text_break(e, byte);
	if (byte >= 0x20 || e->multi_len) {
		if (!e->deselected)
			text_byte(e, byte);
	} else if (!e->deselected || byte == ESC || byte == DLE) {
		control(e, byte);
	}
}

void escpos_account(struct escpos *e)
{
	if (e->at == e->accounted)
		return;
	paper_consume(&e->printer->paper, e->bytes + e->accounted, e->at - e->accounted);
	e->accounted = e->at;
}

size_t escpos_feed(struct escpos *e, const uint8_t *bytes, size_t len)
{
	e->bytes = bytes;
	e->len = len;
	e->at = e->accounted = 0;
	while (e->at < e->len && !e->stop)
		e->step(e);
	escpos_account(e);
	e->bytes = NULL;
	e->len = 0;
	return e->at;
}

bool escpos_idle(const struct escpos *e)
{
	return e->step == escpos_idle_step && !e->multi_len && line_empty(e) && !e->page.on;
}

static void esc_initialize(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	line_clear(e);
	page_leave(e);
	e->multi_len = 0;
	e->deselected = false;
	e->set = escpos_defaults;
	e->set.two_byte = e->printer->opt.model->two_byte;
	codes_reset(e);
	printer_set_asb(e->printer, 0);
}

void escpos_forget(struct escpos *e)
{
	raster_abandon(e);
	buf_clear(&e->params);
	e->multi_len = 0;
	e->step = escpos_idle_step;
}

void escpos_clear(struct escpos *e)
{
	escpos_forget(e);
	line_clear(e);
	page_leave(e);
}

void escpos_reset(struct escpos *e)
{
	escpos_forget(e);
	esc_initialize(e, NULL, 0);
}

void escpos_init(struct escpos *e, struct printer *printer)
{
	memset(e, 0, sizeof *e);
	e->printer = printer;
	buf_init(&e->params, PARAMS_MAX);
	buf_init(&e->raster.row, 1 << 16);
	for (unsigned i = 0; i < FAMILY_COUNT; i++)
		buf_init(&e->symbols[i].data, 1 << 13);
	escpos_reset(e);
}

void escpos_finish(struct escpos *e)
{
	line_clear(e);
	page_leave(e);
	graphics_finish(e);
	for (unsigned i = 0; i < FAMILY_COUNT; i++)
		buf_finish(&e->symbols[i].data);
	buf_finish(&e->raster.row);
	buf_finish(&e->params);
}

static void esc_select_device(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	e->deselected = !(p[0] & 1);
}

/* ESC @ and ESC = belong to the machine itself; the parts add their own. */
const struct command machine_commands[] = {
	{ ESC, '@', 0, NULL, esc_initialize },
	{ ESC, '=', 1, NULL, esc_select_device },
	{ 0 },
};
