/*
 * Everything that is not ink: cutter, drawer, beeper, status questions, and the
 * families of commands that are told apart by a letter after GS ( or ESC ( .
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "escpos.h"
#include "printer.h"

static uint8_t digit(uint8_t n)
{
	return n >= '0' && n <= '9' ? n - '0' : n;
}

/* Cutter */

/* m 0, 1: now; 65, 66, 103, 104 n: feed, then cut; 97, 98 n: cut position. */
static size_t gs_cut_length(const uint8_t *p, size_t have)
{
	static const uint8_t with_feed[] = { 65, 66, 97, 98, 103, 104 };

	return have && memchr(with_feed, p[0], sizeof with_feed) ? 2 : 1;
}

/* Epson's printers ignore a cut in the middle of a line. */
static bool may_cut(struct escpos *e)
{
	if (line_empty(e) || e->page.on)
		return true;
	printer_warn(e->printer, "a cut with text in the line buffer");
	return !e->printer->opt.model->strict;
}

static void cut(struct escpos *e, enum cut kind, uint32_t feed)
{
	if (!may_cut(e))
		return;
	line_flush(e);
	if (feed)
		printer_feed(e->printer, feed);
	printer_cut(e->printer, kind);
}

static void gs_cut(struct escpos *e, const uint8_t *p, size_t len)
{
	uint8_t m = digit(p[0]);
	bool partial = m == 1 || m == 66 || m == 98 || m == 104;

	if (m > 1 && len < 2)
		printer_unknown(e->printer, "1D 56 %02X", p[0]);
	else
		cut(e, partial ? CUT_PARTIAL : CUT_FULL, len > 1 ? (uint32_t)units_y(e, p[1]) : 0);
}

static void esc_cut_full(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	cut(e, CUT_FULL, 0);
}

static void esc_cut_partial(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	cut(e, CUT_PARTIAL, 0);
}

/* Drawer and beeper */

static void esc_kick(struct escpos *e, const uint8_t *p, size_t len)
{
	unsigned on = p[1] * 2u, off = p[2] * 2u;

	(void)len;
	if (digit(p[0]) > 1)
		printer_unknown(e->printer, "1B 70 %02X", p[0]);
	else
		printer_kick(e->printer, digit(p[0]) ? 5 : 2, on, off < on ? on : off, false);
}

static void esc_beep(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	printer_beep(e->printer, p[0] > 9 ? 9 : p[0]);
}

static void esc_beep_mode(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	printer_beep(e->printer, p[1] > 9 ? 9 : p[1]);
}

/* Questions */

static void reply_byte(struct escpos *e, uint8_t byte)
{
	printer_reply(e->printer, &byte, 1);
}

static void gs_asb(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	printer_set_asb(e->printer, p[0]);
}

static void gs_status(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)len;
	if (!e->printer->opt.model->queries)
		return;
	if (digit(p[0]) == 1)
		reply_byte(e, status_paper(&e->printer->status));
	else if (digit(p[0]) == 2)
		reply_byte(e, status_drawer(&e->printer->status));
}

static void esc_drawer_status(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	if (e->printer->opt.model->queries)
		reply_byte(e, status_drawer(&e->printer->status));
}

static void esc_paper_status(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	if (e->printer->opt.model->queries)
		reply_byte(e, status_paper(&e->printer->status));
}

static void reply_text(struct escpos *e, const char *text)
{
	char reply[96];
	int n = snprintf(reply, sizeof reply, "_%s", text);

	printer_reply(e->printer, reply, (size_t)n + 1);
}

static void gs_identity(struct escpos *e, const uint8_t *p, size_t len)
{
	const struct model *m = e->printer->opt.model;

	(void)len;
	if (!m->queries)
		return;
	switch (p[0]) {
	case 1: case 49: reply_byte(e, m->model_id); break;
	case 2: case 50: reply_byte(e, m->type_id); break;
	case 3: case 51: reply_byte(e, m->rom_id); break;
	case 65: reply_text(e, m->firmware); break;
	case 66: reply_text(e, m->maker); break;
	case 67: reply_text(e, m->product); break;
	case 68: reply_text(e, e->printer->serial); break;
	case 69: reply_text(e, m->language); break;
	default: break;
	}
}

/* Families: GS ( and ESC ( , a letter, pL pH, data */

/* GS ( H: fn 48 echoes an id when all before it is on paper. */
static void request_response(struct escpos *e, const uint8_t *p, size_t len)
{
	if (!e->printer->opt.model->fence)
		printer_unknown(e->printer, "1D 28 48");
	else if (len >= 6 && p[0] == 48 && p[1] == 48)
		printer_fence(e->printer, p + 2);
}

/* GS ( D 14 a b ... : whether DLE DC4 fn a is obeyed. */
static void realtime_switch(struct escpos *e, const uint8_t *p, size_t len)
{
	for (size_t i = 1; i + 1 < len; i += 2) {
		bool on = p[i + 1] & 1;
		if (p[i] == 1)
			e->printer->realtime_kick = on;
		else if (p[i] == 2)
			e->printer->realtime_off = on;
	}
}

static size_t letter_length(const uint8_t *p, size_t have)
{
	return length_prefixed(p, have, 1);
}

struct letter {
	char letter;
	void (*run)(struct escpos *e, const uint8_t *p, size_t len);
};

static void gs_letter(struct escpos *e, const uint8_t *p, size_t len)
{
	static const struct letter letters[] = {
		{ 'H', request_response }, { 'D', realtime_switch }, { 'L', graphics_function },
		{ 'k', codes_function },
		{ 'A', NULL }, /* test print */
		{ 'E', NULL }, /* settings */
		{ 'C', NULL }, /* user memory */
		{ 'K', NULL }, /* print speed and density */
		{ 'M', NULL }, { 'N', NULL }, { 'P', NULL }, { 'Q', NULL },
	};

	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		if (letters[i].letter != p[0])
			continue;
		if (letters[i].run)
			letters[i].run(e, p + 3, len - 3);
		return;
	}
	printer_unknown(e->printer, "1D 28 %02X", p[0]);
}

/* ESC ( A fn 48: pattern, count; fn 97: 100, count. */
static void esc_letter(struct escpos *e, const uint8_t *p, size_t len)
{
	if (p[0] != 'A')
		printer_unknown(e->printer, "1B 28 %02X", p[0]);
	else if (len >= 6 && (p[3] == 48 || p[3] == 97))
		printer_beep(e->printer, p[5] > 63 ? 63 : p[5]);
}

/* Macros: the definition prints as it comes; playing it is not simulated. */
static void gs_macro_play(struct escpos *e, const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	printer_warn(e->printer, "a macro was played: not simulated");
}

/* Real-time commands were obeyed when they arrived; here they are only passed. */
static size_t dle_eot_length(const uint8_t *p, size_t have)
{
	return have ? realtime_eot_params(p[0]) : 1;
}

static size_t dle_dc4_length(const uint8_t *p, size_t have)
{
	return have ? realtime_dc4_params(p[0]) : 1;
}

/* GS C 0 n m, 1 ... (7), 2 nL nH: the counter; not printed. */
static size_t gs_counter_length(const uint8_t *p, size_t have)
{
	if (!have)
		return 1;
	return p[0] == '1' ? 7 : 3;
}

/* FS g m: 1 writes (m a1-a4 nL nH data), 2 reads (m a1-a4 nL nH). */
static size_t fs_memory_length(const uint8_t *p, size_t have)
{
	if (have < 8)
		return 8;
	return p[0] == '1' ? 8 + (size_t)word(p + 6) : 8;
}

const struct command device_commands[] = {
	{ GS, 'V', 0, gs_cut_length, gs_cut },
	{ ESC, 'i', 0, NULL, esc_cut_full },
	{ ESC, 'm', 0, NULL, esc_cut_partial },
	{ ESC, 'p', 3, NULL, esc_kick },
	{ ESC, 'B', 2, NULL, esc_beep },
	{ ESC, 'C', 3, NULL, esc_beep_mode },
	{ GS, 'a', 1, NULL, gs_asb },
	{ GS, 'r', 1, NULL, gs_status },
	{ GS, 'I', 1, NULL, gs_identity },
	{ ESC, 'u', 1, NULL, esc_drawer_status },
	{ ESC, 'v', 0, NULL, esc_paper_status },
	{ GS, '(', 0, letter_length, gs_letter },
	{ ESC, '(', 0, letter_length, esc_letter },
	{ DLE, 0x04, 0, dle_eot_length, NULL },
	{ DLE, 0x05, 1, NULL, NULL },
	{ DLE, 0x14, 0, dle_dc4_length, NULL },
	{ GS, ':', 0, NULL, NULL },
	{ GS, '^', 3, NULL, gs_macro_play },
	{ ESC, 'c', 2, NULL, NULL },  /* sensors and panel buttons */
	{ GS, 'j', 1, NULL, NULL },   /* ink status */
	{ GS, 'g', 4, NULL, NULL },   /* maintenance counters */
	{ GS, 'z', 3, NULL, NULL },   /* on-line recovery time */
	{ GS, 'E', 1, NULL, NULL },   /* print quality */
	{ GS, '#', 1, NULL, NULL },
	{ GS, 'C', 0, gs_counter_length, NULL },
	{ GS, 'c', 0, NULL, NULL },
	{ GS, 0xf9, 2, NULL, NULL },  /* Bematech: command set */
	{ FS, 'g', 0, fs_memory_length, NULL },
	{ 0 },
};
