/*
 * The simulated printer over any bytes, drawing included. The first byte picks
 * the model, the second how the stream is cut; each reply and each paper is
 * made, and nothing of it kept.
 */
#include "printer.h"

#include <stddef.h>
#include <stdint.h>

enum { INPUT_MAX = 16384, JSON_MAX = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	volatile uint8_t *sink = arg;

	for (size_t i = 0; i < len; i++)
		*sink = bytes[i];
}

static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	struct buf json;

	(void)arg;
	if (paper->rows > PAPER_ROWS_MAX || paper->dots.height_dots > PAPER_ROWS_MAX)
		__builtin_trap();
	buf_init(&json, JSON_MAX);
	paper_json(paper, end, &json);
	buf_finish(&json);
}

static void on_event(void *arg, const char *name, const char *fields)
{
	(void)arg;
	(void)name;
	(void)fields;
}

static void on_wire(void *arg, enum wire wire)
{
	(void)arg;
	(void)wire;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct printer_ops ops = { on_reply, on_paper, on_event, on_wire };
	static uint8_t sink;
	struct printer_options options = { .number = 9100, .buffer_bytes = 65536, .draw = true };
	struct printer printer;
	size_t step;

	if (len < 2 || len > INPUT_MAX)
		return 0;
	options.model = model_at(bytes[0] % 8);
	options.width_dots = options.model->width_dots;
	step = bytes[1] ? bytes[1] : len;
	printer_init(&printer, &options, &ops, &sink);
	printer_connected(&printer, 0);
	for (size_t at = 2; at < len; at += step)
		printer_receive(&printer, (int64_t)at, bytes + at, len - at < step ? len - at : step);
	printer_tear(&printer);
	printer_finish(&printer);
	return 0;
}
