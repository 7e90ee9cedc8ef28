/*
 * Two tables: endings, and how files of a kind begin. Markup may begin with blanks, in
 * any case.
 */
#include "cli/media.h"

#include <string.h>

#include "base/mem.h"
#include "core/render.h"

static const struct {
	const char *ending, *type;
} endings[] = {
	{ ".escpos", TYPE_ESCPOS },
	{ ".bin", TYPE_RAW },
	{ ".prn", TYPE_RAW },
	{ ".zpl", TYPE_RAW },
	{ ".epl", TYPE_RAW },
	{ ".cpcl", TYPE_RAW },
	{ ".tspl", TYPE_RAW },
	{ ".txt", TYPE_TEXT },
	{ ".receipt", TYPE_RECEIPTLINE },
	{ ".receiptline", TYPE_RECEIPTLINE },
	{ ".json", TYPE_RECEIPT },
	{ ".html", TYPE_HTML },
	{ ".htm", TYPE_HTML },
	{ ".pdf", TYPE_PDF },
	{ ".png", TYPE_PNG },
	{ ".jpg", TYPE_JPEG },
	{ ".jpeg", TYPE_JPEG },
	{ ".gif", TYPE_GIF },
	{ ".bmp", TYPE_BMP },
	{ ".webp", TYPE_WEBP },
	{ ".svg", TYPE_SVG },
};

static const struct {
	struct str begin;
	const char *type;
	bool markup;
} beginnings[] = {
	{ STR_INIT("%PDF-"), TYPE_PDF, false },
	{ STR_INIT("\x89PNG\r\n\x1a\n"), TYPE_PNG, false },
	{ STR_INIT("\xff\xd8\xff"), TYPE_JPEG, false },
	{ STR_INIT("GIF8"), TYPE_GIF, false },
	{ STR_INIT("\x1b@"), TYPE_ESCPOS, false },
	{ STR_INIT("<!doctype html"), TYPE_HTML, true },
	{ STR_INIT("<html"), TYPE_HTML, true },
	{ STR_INIT("<svg"), TYPE_SVG, true },
};

static bool begins(struct str s, struct str with, bool any_case)
{
	if (s.len < with.len)
		return false;
	return any_case ? str_eq_nocase(str_head(s, with.len), with) :
	    str_eq(str_head(s, with.len), with);
}

static struct str without_blanks(struct str s)
{
	if (str_starts(s, "\xef\xbb\xbf"))
		s = str_from(s, 3);
	while (s.len && (s.ptr[0] == ' ' || (s.ptr[0] >= '\t' && s.ptr[0] <= '\r')))
		s = str_from(s, 1);
	return s;
}

const char *media_of(const char *file, struct str bytes)
{
	struct str name = str_of(file), markup = without_blanks(bytes);

	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		size_t len = strlen(endings[i].ending);

		if (name.len > len &&
		    str_is_nocase(str_from(name, name.len - len), endings[i].ending))
			return endings[i].type;
	}
	if (str_starts(bytes, "RIFF") && str_starts(str_from(bytes, 8), "WEBP"))
		return TYPE_WEBP;
	for (size_t i = 0; i < COUNT_OF(beginnings); i++)
		if (begins(beginnings[i].markup ? markup : bytes, beginnings[i].begin,
		    beginnings[i].markup))
			return beginnings[i].type;
	return TYPE_RAW;
}
