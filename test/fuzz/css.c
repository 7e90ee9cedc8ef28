/*
 * Any bytes as a style sheet, for a page that has something for most selectors
 * and most kinds of layout.
 */
#include <string.h>

#include "base/buf.h"
#include "render_task.h"

static const char head[] = "<!DOCTYPE html><style>";
static const char body[] = "</style><div id=a class='b c'><p>one <b>two</b><br><i>three</i> 4.50</p>"
    "<table><tr><td rowspan=2>x<td>y<tr><td colspan=2>z</table><ul><li>l<li>m</ul>"
    "<div class=d><span>s</span><span>t</span><img src='data:,'></div></div>";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf page;
	if (size > 4096 || memmem(bytes, size, "</style", 7))
		return 0;
	buf_init(&page, 16384);
	buf_puts(&page, head);
	buf_add(&page, bytes, size);
	buf_puts(&page, body);
	fuzz_draw(TYPE_HTML, buf_str(&page), ENGINE_BUILTIN);
	buf_finish(&page);
	return 0;
}
