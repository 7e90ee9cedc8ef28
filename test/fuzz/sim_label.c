/*
 * The simulator's label languages and Star's over any bytes, cut anywhere: the first
 * byte picks the language, the second the pieces.
 */
#include <stdint.h>

#include "fuzz.h"
#include "printer.h"

enum { INPUT_MOST = 4096 };

static void on_reply(void *arg, const uint8_t *bytes, size_t len)
{
	(void)arg, (void)bytes, (void)len;
}

static void on_paper(void *arg, struct paper *paper, const struct paper_end *end)
{
	(void)arg, (void)end;
	MUST(paper->rows <= PAPER_ROWS_MAX);
}

static void on_event(void *arg, const char *name, const char *fields)
{
	(void)arg, (void)name, (void)fields;
}

static void on_wire(void *arg, enum wire wire)
{
	(void)arg, (void)wire;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct printer_ops ops = { on_reply, on_paper, on_event, on_wire };
	struct printer_options options = { .number = 9100, .model = model_at(0),
		.width_dots = 576, .buffer_bytes = 65536, .draw = true };
	struct printer printer;
	if (len < 2 || len > INPUT_MOST)
		return 0;
	options.speech = bytes[0] >= 0xc0 ? SPEAKS_STAR : bytes[0] % 2 ? SPEAKS_ZPL : SPEAKS_TSPL;
	size_t step = bytes[1] ? bytes[1] : len;
	printer_init(&printer, &options, &ops, NULL);
	printer_connected(&printer, 0);
	for (size_t at = 2; at < len; at += step)
		printer_receive(&printer, 0, bytes + at, len - at < step ? len - at : step);
	printer_tear(&printer);
	printer_finish(&printer);
	return 0;
}
