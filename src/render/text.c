/*
 * Plain text: each line a row of one column. UTF-8, or what the job says that
 * it is; the pages of printers are built in, others are iconv's.
 */
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/codepage.h"
#include "base/mem.h"
#include "base/text.h"
#include "render/receipt/receipt.h"

#define TEXT_BYTES_MAX (4u << 20)

static const char *const types[] = { TYPE_TEXT, NULL };

/* iconv reads its tables from files, which a cage has not: those of scripts that
 * printers have no pages for stay open from the zygote on. */
static void text_warm(void)
{
	static const char *const kept[] = { "SHIFT_JIS", "EUC-JP", "GB18030", "BIG5", "EUC-KR",
		"KOI8-R", "KOI8-U", "ISO-8859-1", "UTF-16" };
	static iconv_t open[COUNT_OF(kept)];

	receipt_warm();
	for (size_t i = 0; i < COUNT_OF(kept); i++)
		if (!open[i])
			open[i] = iconv_open("UTF-8", kept[i]);
}

/* --- encodings ------------------------------------------------------------------- */

/* The pages of printers are built in; a cage need not open a file for them. */
static bool decode_page(const struct codepage *page, struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = (uint8_t)text.ptr[i];
		uint32_t code = byte < 0x80 ? byte : codepage_code(page, byte);
		char bytes[4];
		if (!buf_add(out, bytes, utf8_encode(code ? code : 0xfffd, bytes)))
			return false;
	}
	return true;
}

static bool decode_with(iconv_t conversion, struct str text, struct buf *out)
{
	char *in = (char *)(uintptr_t)text.ptr, piece[4096];
	size_t left = text.len;

	while (left > 0) {
		char *to = piece;
		size_t room = sizeof piece;
		size_t rc = iconv(conversion, &in, &left, &to, &room);
		if (!buf_add(out, piece, sizeof piece - room))
			return false;
		if (rc == (size_t)-1 && errno != E2BIG) {
			buf_puts(out, "\uFFFD");
			in++;
			left--;
		}
	}
	return true;
}

static enum err decode(struct str text, const char *encoding, struct buf *out, struct why *why)
{
	const struct codepage *page = codepage_find(str_of(encoding));
	bool whole;

	if (page) {
		whole = decode_page(page, text, out);
	} else {
		iconv_t conversion = iconv_open("UTF-8", encoding);
		if (conversion == (iconv_t)-1)
			return why_field(why, "encoding", E_FIELD, "The encoding %s is not known",
			    encoding);
		whole = decode_with(conversion, text, out);
		iconv_close(conversion);
	}
	return whole ? E_OK : why_fail(why, E_TOO_LARGE, "The text is larger than %u bytes",
	    TEXT_BYTES_MAX);
}

static enum err take_utf8(const struct task *t, struct buf *copy, struct str *out,
    struct why *why)
{
	const char *encoding = t->options->encoding;
	enum err err = E_OK;

	if (t->bytes.len > TEXT_BYTES_MAX)
		return why_fail(why, E_TOO_LARGE, "The text is larger than %u bytes",
		    TEXT_BYTES_MAX);
	if (*encoding && strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0) {
		err = decode(t->bytes, encoding, copy, why);
		*out = buf_str(copy);
	} else {
		*out = receipt_utf8(t->bytes, copy);
		if (copy->failed)
			err = why_fail(why, E_TOO_LARGE, NULL);
	}
	if (str_starts(*out, "\xef\xbb\xbf"))
		*out = str_from(*out, 3);
	return err;
}

/* --- lines ------------------------------------------------------------------------ */

/* A line that is longer than a row may be goes on in the next one. */
static size_t head_length(struct str line)
{
	size_t len = line.len;

	if (len <= RECEIPT_TEXT_MAX)
		return len;
	len = RECEIPT_TEXT_MAX;
	while (len > 0 && ((uint8_t)line.ptr[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static enum err put_line(struct receipt *r, struct str line, struct why *why)
{
	enum err err;

	do {
		struct run run = { .text = str_head(line, head_length(line)), .wide = 1,
			.high = 1 };
		struct receipt_cell cell = { .runs = &run, .count = 1, .natural = true, .flex = 1 };
		struct receipt_row row = { .cells = &cell, .count = 1, .wrap = WRAP_WORDS };
		err = receipt_row(r, &row, why);
		line = str_from(line, run.text.len);
	} while (!err && line.len > 0);
	return err;
}

static enum err put_part(struct receipt *r, struct str line, struct why *why)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return put_line(r, line, why);
}

static size_t count_lines(struct str text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	return lines;
}

static enum err put_text(struct receipt *r, struct str text, struct why *why)
{
	enum err err = receipt_expect(r, count_lines(text), why);

	while (text.len > 0 && !err) {
		struct str rest, line = str_cut(text, '\n', &rest);
		err = put_part(r, line, why);
		text = rest;
	}
	return err;
}

static enum err text_draw(const struct task *t, struct why *why)
{
	struct buf copy;
	struct str text;
	struct receipt *r;

	buf_init(&copy, 3 * (size_t)TEXT_BYTES_MAX);
	enum err err = take_utf8(t, &copy, &text, why);
	if (!err) {
		err = receipt_begin(t, &r, why);
		err = err ? err : put_text(r, text, why);
		err = receipt_end(r, err, why);
	}
	buf_finish(&copy);
	return err;
}

const struct engine_plug engine_text = {
	.name = "text",
	.types = types,
	.warm = text_warm,
	.draw = text_draw,
};
