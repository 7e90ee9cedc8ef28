/* A task whose steps go nowhere, after a look at each. */
#ifndef FUZZ_RENDER_TASK_H
#define FUZZ_RENDER_TASK_H

#include "fuzz.h"
#include "render/engines.h"

/* The font map lives as long as the process. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\nleak:libglib\nleak:libcairo\n";
}

/* Each step must survive its way through bytes. */
static void through_wire(const struct step *given)
{
	struct run runs[STEP_RUNS_MAX];
	struct step s;
	struct buf wire;
	buf_init(&wire, STEP_BYTES_MAX);
	step_write(given, &wire);
	MUST(!wire.failed && !step_read(buf_str(&wire), &s, runs, NULL));
	buf_finish(&wire);
}

static enum err look(const struct step *s, void *arg, struct why *why)
{
	uint32_t *rows = arg;
	through_wire(s);
	if (s->kind == STEP_DOTS) {
		MUST(s->height >= 1 && s->height <= STEP_ROWS_MAX);
		MUST(s->stride >= (s->width + 7) / 8 && s->black);
	}
	if (s->kind == STEP_DOTS || s->kind == STEP_FEED)
		*rows += s->height;
	MUST(*rows <= SHEET_ROWS_MAX + 1);
	return E_OK;
}

static void fuzz_draw(const char *type, struct str bytes, enum engine choice)
{
	uint32_t rows = 0;
	bool handover = false;
	struct render_options o = { .engine = choice,
		.abilities = { .width_dots = 384, .dpi = 203 } };
	struct render_note note = { 0 };
	struct why why = { 0 };
	struct task t = { .bytes = bytes, .options = &o, .sink = { look, &rows }, .note = &note,
		.handover = &handover };
	enum err err = engine_find(type)->draw(&t, &why);
	MUST(!handover || (err == E_UNSUPPORTED && !rows)); /* before the first step */
	MUST(!err || why.text[0]);
}

#endif
