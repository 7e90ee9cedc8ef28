/*
 * Any bytes as a page, through all of the engine: it ends with paper or with a
 * sentence, within its limits, and hands over before anything was printed.
 */
#include "render_task.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str page = { (const char *)bytes, size };
	if (size > 4096)
		return 0;
	fuzz_draw(TYPE_HTML, page, size % 2 ? ENGINE_BUILTIN : ENGINE_AUTO);
	return 0;
}
