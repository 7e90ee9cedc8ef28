/* Any bytes as a drawing. */
#include "render_task.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size <= 4096)
		fuzz_draw(TYPE_SVG, (struct str){ (const char *)bytes, size }, ENGINE_BUILTIN);
	return 0;
}
