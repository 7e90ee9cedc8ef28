/*
 * The roll: rows move past the head, pieces are cut off, and both are counted
 * for the faults that wait for them.
 */
#include "printer_inside.h"

enum {
	DOTS_PER_MM = 8,
	FEED_MAX = 8128, /* one command moves at most a metre, as Epson's do */
	ROWS_AT_ONCE = 4096,
};

void printer_begin(struct printer *p)
{
	if (p->in_job)
		return;
	p->in_job = true;
	printer_event(p, "job", "\"n\":%llu", (unsigned long long)p->count[TRIGGER_JOB] + 1);
	printer_count(p, TRIGGER_JOB);
}

void printer_end_paper(struct printer *p, enum cut kind, bool torn)
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
		printer_end_paper(p, CUT_NONE, true);
}

void printer_reserve(struct printer *p, uint32_t rows)
{
	if (rows > FEED_MAX)
		rows = FEED_MAX;
	if (rows > PAPER_ROWS_MAX - p->paper.rows)
		printer_end_paper(p, CUT_NONE, false);
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
	printer_update_stop(p);
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
	printer_count(p, TRIGGER_CUT);
	if (printer_stopped(p)) {
		p->cut_waits = true;
		p->cut_kind = kind;
		return;
	}
	printer_end_paper(p, kind, false);
}

void printer_kick(struct printer *p, unsigned pin, unsigned on_ms, unsigned off_ms, bool realtime)
{
	struct mark mark = { .kind = MARK_KICK, .pin = pin, .on_ms = on_ms, .off_ms = off_ms,
		.realtime = realtime };

	marks_add(&p->paper.marks, &mark, STR_NONE);
	printer_event(p, "kick", "\"pin\":%u,\"on_ms\":%u,\"off_ms\":%u,\"realtime\":%s", pin,
	    on_ms, off_ms, realtime ? "true" : "false");
	printer_count(p, TRIGGER_KICK);
}

void printer_beep(struct printer *p, unsigned times)
{
	p->paper.beeps += times;
	p->beeps += times;
	printer_event(p, "beep", "\"times\":%u", times);
}
