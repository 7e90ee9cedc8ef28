#include "sim_paper.h"

#include <string.h>

#include "printer.h"

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	(void)arg, (void)bytes, (void)len;
}

static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	struct bitmap *out = arg;
	uint32_t y = out->height_dots;
	(void)end;
	bitmap_need(out, y + paper->rows);
	bitmap_draw(out, 0, y, paper->dots.rows, paper->dots.stride, out->width_dots,
	    paper->dots.height_dots < paper->rows ? paper->dots.height_dots : paper->rows, 1, 1);
}

static void on_event(void *arg, const char *name, const char *fields)
{
	(void)arg, (void)name, (void)fields;
}

static void on_wire(void *arg, enum wire wire)
{
	(void)arg, (void)wire;
}

bool sim_paper(const char *language, const uint8_t *bytes, size_t len, struct bitmap *out)
{
	enum speech speech = 0;
	static const struct printer_ops ops = { on_reply, on_paper, on_event, on_wire };
	struct printer_options options = { .number = 9100, .model = model_at(0),
		.width_dots = 576, .buffer_bytes = 65536, .draw = true };
	struct printer printer;
	while (speech < SPEECHES && strcmp(language, speech_name(speech)))
		speech++;
	if (speech == SPEECHES)
		return false;
	options.speech = speech;
	bitmap_init(out, 576);
	printer_init(&printer, &options, &ops, out);
	printer_connected(&printer, 0);
	for (size_t at = 0; at < len; at += 4096)
		printer_receive(&printer, 0, bytes + at, len - at < 4096 ? len - at : 4096);
	printer_tear(&printer);
	printer_finish(&printer);
	return true;
}
