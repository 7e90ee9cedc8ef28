/*
 * An engine of receipts under fire: the first byte chooses what the printer can
 * do, the rest is the document. Each step must survive its way through bytes.
 */
#ifndef FUZZ_RECEIPT_H
#define FUZZ_RECEIPT_H

#include <stdlib.h>
#include <string.h>

#include "render/engine.h"

/* The font map lives as long as the process. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\nleak:libglib\nleak:libcairo\n";
}

static enum err fuzz_take(const struct step *given, void *arg, struct why *why)
{
	struct run runs[STEP_RUNS_MAX];
	struct step s;
	struct buf wire;

	(void)arg;
	buf_init(&wire, STEP_BYTES_MAX);
	step_write(given, &wire);
	if (wire.failed || step_read(buf_str(&wire), &s, runs, why))
		abort();
	buf_finish(&wire);
	return E_OK;
}

static int fuzz_receipt(const struct engine_plug *engine, const uint8_t *data, size_t len)
{
	static const char *const pages[] = { "cp437", "cp858", NULL };
	static const uint32_t widths[] = { 576, 384, 100, 13 };
	struct render_options o = { 0 };
	struct render_note note = { 0 };
	struct why why = { 0 };
	static bool warm;

	if (len == 0 || len > 4096)
		return 0;
	if (!warm)
		engine->warm();
	warm = true;
	o.raster = data[0] & 1;
	o.drawer = data[0] & 2;
	o.abilities.width_dots = widths[data[0] >> 2 & 3];
	o.abilities.dpi = 203;
	if (data[0] & 16) {
		o.abilities.columns = o.abilities.width_dots / 12;
		o.abilities.columns_b = o.abilities.width_dots / 9;
		o.abilities.codepages = pages;
	}
	o.abilities.cutter = o.abilities.two_colour = data[0] & 32;
	o.abilities.codes = data[0] & 64 ? ~0u : 0;
	o.abilities.label_height = data[0] & 128 ? 200 : 0;
	struct task task = { .bytes = { (const char *)data + 1, len - 1 }, .options = &o,
		.sink = { fuzz_take, NULL }, .note = &note };
	engine->draw(&task, &why);
	return 0;
}

#define FUZZ_RECEIPT(engine) \
	extern const struct engine_plug engine; \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len); \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) \
	{ \
		return fuzz_receipt(&engine, data, len); \
	}

#endif
