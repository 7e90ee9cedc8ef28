/*
 * Every language that can read its own bytes, over any bytes: the first picks the
 * language and the model. What is painted keeps within its limits, text is UTF-8,
 * and the byte policy ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/profile.h"
#include "fuzz.h"

#define TEXT_MOST 65536
#define INPUT_MOST 8192

static enum err take(const struct bitmap *dots, void *arg, struct why *why)
{
	uint64_t *rows = arg;
	(void)why;
	MUST(dots->rows && dots->height_dots);
	*rows += dots->height_dots;
	MUST(*rows <= 200000);
	return E_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct language *const all[] = { &language_escpos, &language_tspl,
		&language_zpl };
	const struct ticket ticket = { .copies = 1 };
	struct document doc = { .len = len - 1 };
	struct abilities abilities;
	struct finding finding;
	struct why why = { 0 };
	struct buf text;
	uint64_t rows = 0;
	if (len < 2 || len > INPUT_MOST)
		return 0;
	bool star = bytes[0] >= 0xc0;
	bool epl = bytes[0] >= 0x80 && !star;
	const struct language *l = star ? &language_star : epl ? &language_epl :
	    all[bytes[0] % 3];
	const struct profile *p = star ? profile_at(bytes[0] & 0x3f) :
	    bytes[0] & 4 ? profile_at(bytes[0] >> 3) : NULL;
	struct str s = { (const char *)bytes + 1, len - 1 };
	struct composing setup = { p, &abilities, &ticket };
	profile_abilities(p, l, &(struct paper_settings){ 0 }, &abilities);
	enum err err = l->paint(s, &setup, take, &rows, &why);
	MUST(err == E_OK || err == E_TOO_LARGE);
	buf_init(&text, TEXT_MOST);
	l->text(s, p, &text);
	MUST((l != &language_escpos && !star) || utf8_valid(buf_str(&text)));
	buf_finish(&text);
	doc.bytes = malloc(len);
	memcpy(doc.bytes, bytes + 1, len - 1);
	l->examine(&doc, &finding);
	free(doc.bytes);
	return 0;
}
