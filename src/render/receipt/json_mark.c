/*
 * Bar codes, symbols and pictures of a JSON receipt.
 */
#include "base/mem.h"
#include "base/text.h"
#include "render/picture.h"
#include "render/receipt/json.h"

#define IMAGE_BYTES_MAX PICTURE_BYTES_MAX

static const char *const symbologies[] = {
	[SYM_UPC_A] = "upc-a", [SYM_UPC_E] = "upc-e", [SYM_EAN13] = "ean13", [SYM_EAN8] = "ean8",
	[SYM_CODE39] = "code39", [SYM_ITF] = "itf", [SYM_CODABAR] = "codabar",
	[SYM_CODE93] = "code93", [SYM_CODE128] = "code128", [SYM_GS1_128] = "gs1-128",
	[SYM_DATABAR] = "databar", [SYM_QR] = "qr", [SYM_MICRO_QR] = "micro-qr",
	[SYM_PDF417] = "pdf417", [SYM_DATAMATRIX] = "datamatrix", [SYM_AZTEC] = "aztec",
	[SYM_MAXICODE] = "maxicode", NULL,
};
static const char *const aligns[] = { "left", "center", "right", NULL };
static const char *const levels[] = { "L", "M", "Q", "H", NULL };

static enum err read_align(const struct json *block, const struct path *at, enum align *out,
    struct why *why)
{
	struct path place = { at, "align", 0 };
	int word = ALIGN_CENTER;
	enum err err = json_word(json_get(block, "align"), &place, aligns, &word, why);

	*out = (enum align)word;
	return err;
}

/* A code that cannot be made is the document's mistake, told with its place. */
static enum err check_code(const struct receipt_code *code, const struct path *at,
    struct why *why)
{
	struct barcode_options options = { .level = code->level };
	struct why reason = { 0 };
	struct modules m;

	if (barcode_make(code->symbology, code->content, &options, &m, &reason))
		return json_wrong(at, why, "cannot be made into %s: %s",
		    symbologies[code->symbology], reason.text);
	modules_finish(&m);
	return E_OK;
}

static enum err put_code(struct json_receipt *r, struct receipt_code *code,
    const struct path *at, struct why *why)
{
	struct why reason = { 0 };

	if (r->checking)
		return check_code(code, at, why);
	enum err err = receipt_table_end(r->receipt, &reason);
	err = err ? err : receipt_code(r->receipt, code, &reason);
	if (err == E_FIELD)
		return json_wrong(at, why, "cannot be printed: %s", reason.text);
	if (err && why)
		*why = reason;
	return err;
}

static enum err read_content(const struct json *v, const struct path *at, struct str *out,
    struct why *why)
{
	*out = json_string(v);
	if (!json_is(v, JSON_STRING) || out->len == 0)
		return json_wrong(at, why, "must be a string that is not empty");
	return E_OK;
}

enum err json_barcode(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path content = { at, "barcode", 0 }, type = { at, "type", 0 },
		module = { at, "module", 0 }, height = { at, "height", 0 }, hri = { at, "hri", 0 };
	struct receipt_code code = { .module = 0, .height = 72 };
	int symbology = SYM_CODE128;
	enum err err = read_content(json_get(block, "barcode"), &content, &code.content, why);

	err = err ? err : json_word(json_get(block, "type"), &type, symbologies, &symbology, why);
	code.symbology = (enum symbology)symbology;
	err = err ? err : json_whole(json_get(block, "module"), &module, 1, 16, &code.module, why);
	err = err ? err : json_whole(json_get(block, "height"), &height, 8, 1000, &code.height,
	    why);
	err = err ? err : json_flag(json_get(block, "hri"), &hri, &code.hri, why);
	err = err ? err : read_align(block, at, &code.align, why);
	if (code.module == 0)
		code.module = symbology >= SYM_QR ? 4 : 2;
	if (symbology == SYM_QR)
		code.level = 2;
	return err ? err : put_code(r, &code, &content, why);
}

enum err json_qr(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path content = { at, "qr", 0 }, module = { at, "module", 0 },
		level = { at, "level", 0 };
	struct receipt_code code = { .symbology = SYM_QR, .module = 5 };
	int word = 1;
	enum err err = read_content(json_get(block, "qr"), &content, &code.content, why);

	err = err ? err : json_whole(json_get(block, "module"), &module, 1, 16, &code.module, why);
	err = err ? err : json_word(json_get(block, "level"), &level, levels, &word, why);
	code.level = (unsigned)word + 1;
	err = err ? err : read_align(block, at, &code.align, why);
	return err ? err : put_code(r, &code, &content, why);
}

/* --- pictures ------------------------------------------------------------------------ */

/* What follows "data:image/png;base64,", or all of it. */
static struct str base64_of(struct str text)
{
	if (!str_starts(text, "data:"))
		return text;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == ',')
			return str_from(text, i + 1);
	return STR_NONE;
}

static enum err put_image(struct json_receipt *r, const struct receipt_image *image,
    const struct path *at, struct why *why)
{
	struct why reason = { 0 };
	struct picture size;
	enum err err;

	err = r->checking ? picture_measure(image->bytes, &size, &reason) :
	    receipt_table_end(r->receipt, &reason);
	if (!err && !r->checking)
		err = receipt_image(r->receipt, image, &reason);
	if (err == E_DOCUMENT || err == E_FIELD)
		return json_wrong(at, why, "is no picture that can be read: %s", reason.text);
	if (err && why)
		*why = reason;
	return err;
}

enum err json_image(struct json_receipt *r, const struct json *block, const struct path *at,
    struct why *why)
{
	struct path content = { at, "image", 0 }, width = { at, "width", 0 };
	struct receipt_image image = { 0 };
	struct str text = { 0 };
	struct buf bytes;
	enum err err = read_content(json_get(block, "image"), &content, &text, why);

	err = err ? err : json_whole(json_get(block, "width"), &width, 1, 65535, &image.width, why);
	err = err ? err : read_align(block, at, &image.align, why);
	if (err)
		return err;
	buf_init(&bytes, IMAGE_BYTES_MAX);
	if (!base64_decode(base64_of(text), &bytes) || bytes.len == 0) {
		err = json_wrong(&content, why, "must be a picture in base64");
	} else {
		image.bytes = buf_str(&bytes);
		err = put_image(r, &image, &content, why);
	}
	buf_finish(&bytes);
	return err;
}
