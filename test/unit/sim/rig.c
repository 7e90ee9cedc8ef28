#include "rig.h"

#include <assert.h>
#include <string.h>

#include "base/sha.h"

enum { COLLECTED_MAX = 16 << 20 };

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	buf_add(&((struct rig *)arg)->replies, bytes, len);
}

static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	struct rig *r = arg;
	const struct bitmap *dots = &paper->dots;
	char hex[65];

	r->count++;
	paper_json(paper, end, &r->papers);
	sha256_hex((struct str){ (const char *)dots->rows, dots->stride * dots->height_dots }, hex);
	buf_puts(&r->dots, hex);
	bitmap_finish(&r->last);
	bitmap_init(&r->last, dots->width_dots);
	if (dots->height_dots && bitmap_need(&r->last, dots->height_dots))
		memcpy(r->last.rows, dots->rows, dots->stride * dots->height_dots);
}

static void on_event(void *arg, const char *name, const char *fields)
{
	buf_printf(&((struct rig *)arg)->events, "%s{%s}\n", name, fields);
}

static void on_wire(void *arg, enum wire wire)
{
	static const char letters[] = {
		[WIRE_RESET] = 'R', [WIRE_CLOSE] = 'C', [WIRE_HALF_CLOSE] = 'H',
		[WIRE_LISTEN] = 'L', [WIRE_REFUSE] = 'r', [WIRE_HANG] = 'h', [WIRE_DROP_ALL] = 'D',
	};

	buf_add_byte(&((struct rig *)arg)->wires, (uint8_t)letters[wire]);
}

static const struct printer_ops ops = { on_reply, on_paper, on_event, on_wire };

void rig_open_with(struct rig *r, const struct printer_options *options, const char *script)
{
	struct why why;

	memset(r, 0, sizeof *r);
	buf_init(&r->replies, COLLECTED_MAX);
	buf_init(&r->papers, COLLECTED_MAX);
	buf_init(&r->events, COLLECTED_MAX);
	buf_init(&r->wires, COLLECTED_MAX);
	buf_init(&r->dots, COLLECTED_MAX);
	bitmap_init(&r->last, options->width_dots);
	r->now_us = 1000000;
	printer_init(&r->printer, options, &ops, r);
	if (script && script_parse(str_of(script), "script", &r->script, &why) != E_OK)
		assert(!"the test's script is wrong");
	printer_script(&r->printer, r->script, r->now_us);
	printer_connected(&r->printer, r->now_us);
	buf_clear(&r->events);
}

void rig_open(struct rig *r, const char *model, const char *script)
{
	struct printer_options options = { .number = 9100, .model = model_find(model),
		.buffer_bytes = 65536, .draw = true };

	assert(options.model);
	options.width_dots = options.model->width_dots;
	rig_open_with(r, &options, script);
}

void rig_close(struct rig *r)
{
	printer_finish(&r->printer);
	script_destroy(r->script);
	buf_finish(&r->replies);
	buf_finish(&r->papers);
	buf_finish(&r->events);
	buf_finish(&r->wires);
	buf_finish(&r->dots);
	bitmap_finish(&r->last);
}

void rig_send(struct rig *r, const void *bytes, size_t len)
{
	printer_receive(&r->printer, r->now_us, bytes, len);
}

void rig_wait(struct rig *r, int64_t ms)
{
	int64_t until = r->now_us + ms * 1000, next;

	while ((next = printer_tick(&r->printer, r->now_us)) >= 0 && r->now_us + next <= until)
		r->now_us += next ? next : 1;
	r->now_us = until;
	printer_tick(&r->printer, r->now_us);
}

void rig_do(struct rig *r, const char *action)
{
	struct why why;

	if (fault_do(&r->printer, str_of(action), &why) != E_OK)
		assert(!"the test's action is wrong");
	printer_tick(&r->printer, r->now_us);
}
