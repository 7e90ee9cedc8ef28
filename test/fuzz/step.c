/*
 * What the caged renderer may send: a step that is read is sensible, and is
 * written again as the same bytes.
 */
#include <string.h>

#include "core/sheet.h"
#include "fuzz.h"
#include "render/message.h"

static void step(struct str bytes)
{
	struct run runs[STEP_RUNS_MAX];
	struct tally tally = { .open = true };
	struct step s;
	struct buf again;

	if (step_read(bytes, &s, runs, NULL))
		return;
	tally_step(&tally, &s, NULL);
	MUST(s.kind < STEP_KINDS);
	MUST(s.kind != STEP_DOTS || (s.height <= STEP_ROWS_MAX && s.stride * 8 >= s.width));
	buf_init(&again, STEP_BYTES_MAX);
	step_write(&s, &again);
	MUST(again.len == bytes.len && !memcmp(again.ptr, bytes.ptr, bytes.len));
	buf_finish(&again);
}

static void messages(struct str bytes)
{
	static struct render_request r;
	struct ending e;
	struct buf again;

	if (ending_read(bytes, &e, NULL) == E_OK) {
		MUST(e.err < ERR_COUNT);
		MUST(memchr(e.why.text, 0, sizeof(e.why.text)));
	}
	if (request_read(bytes, &r, NULL))
		return;
	buf_init(&again, REQUEST_BYTES_MAX);
	request_write(&r, &again);
	MUST(again.len == bytes.len && !memcmp(again.ptr, bytes.ptr, bytes.len));
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str s = { (const char *)bytes, len };
	step(s);
	messages(s);
	return 0;
}
