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
	for (size_t i = 0; i < doc->chunks; i++) {
		struct str chunk = document_chunk(doc, i);
		enum err err = press_payload(p, chunk.ptr, chunk.len, why);
		if (!err)
			err = press_pause(p, t->chunk_delay, why);
		if (err)
			return err;
	}
	return E_OK;
}

const struct language language_raw = {
	.name = "raw",
	.summary = "bytes in the printer's own language, sent as they are",
	.takes = raw_takes,
	.print = raw_print,
};
