/*
 * The printer's own bytes, whatever it speaks: nothing is added.
 */
#include "core/lang.h"
#include "core/print.h"

static bool raw_takes(const char *type)
{
	return str_is(str_of(type), TYPE_RAW);
}

static enum err raw_print(struct press *p, const struct document *doc, const struct ticket *t,
    struct why *why)
{
	return press_document(p, doc, t->chunk_delay, why);
}

const struct language language_raw = {
	.name = "raw",
	.summary = "bytes in the printer's own language, sent as they are",
	.takes = raw_takes,
	.print = raw_print,
};
