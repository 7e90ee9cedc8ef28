/*
 * Encodings: what is encoded decodes to itself; what decodes, encodes to
 * something that decodes alike; iconv's opinion of UTF-8 is ours; what is looked
 * for is found.
 */
#include "base/needle.h"
#include "base/text.h"

#include <iconv.h>
#include <string.h>

#include "fuzz.h"

static void check_base64(struct str text)
{
	struct buf bytes, encoded, again;
	buf_init(&bytes, text.len + 8);
	buf_init(&encoded, 2 * text.len + 8);
	buf_init(&again, text.len + 8);
	MUST(base64_encode(text, &encoded));
	MUST(base64_decode(buf_str(&encoded), &again));
	MUST(str_eq(buf_str(&again), text));
	buf_clear(&again);
	buf_clear(&encoded);
	if (base64_decode(text, &bytes)) {
		MUST(base64_encode(buf_str(&bytes), &encoded));
		MUST(base64_decode(buf_str(&encoded), &again));
		MUST(str_eq(buf_str(&again), buf_str(&bytes)));
		/* the ceiling is one of bytes, not of characters */
		struct buf exact;
		buf_init(&exact, bytes.len);
		MUST(base64_decode(text, &exact));
		buf_finish(&exact);
	} else {
		MUST(!bytes.len);
	}
	buf_finish(&bytes);
	buf_finish(&encoded);
	buf_finish(&again);
}

static void check_hex(struct str text)
{
	struct buf bytes;
	char *hex = malloc(2 * text.len + 1);
	buf_init(&bytes, text.len);
	hex_encode(text.ptr, text.len, hex);
	MUST(strlen(hex) == 2 * text.len);
	MUST(hex_decode(str_of(hex), &bytes) && str_eq(buf_str(&bytes), text));
	buf_clear(&bytes);
	MUST(hex_decode(text, &bytes) || !bytes.len);
	free(hex);
	buf_finish(&bytes);
}

static bool iconv_accepts(struct str text)
{
	static iconv_t converter;
	if (!converter)
		converter = iconv_open("UTF-32LE", "UTF-8");
	iconv(converter, NULL, NULL, NULL, NULL);
	size_t room = 4 * text.len + 8, left = text.len;
	char *out = malloc(room), *to = out, *from = (char *)text.ptr;
	bool ok = iconv(converter, &from, &left, &to, &room) != (size_t)-1;
	free(out);
	return ok;
}

static void check_utf8(struct str text)
{
	bool replaced = false;
	struct buf again;
	buf_init(&again, 3 * text.len);
	for (size_t at = 0, from = 0; at < text.len; from = at) {
		char utf8[4];
		uint32_t code = utf8_next(text, &at);
		MUST(at > from && at <= text.len);
		replaced |= code == 0xfffd && at - from == 1;
		buf_add(&again, utf8, utf8_encode(code, utf8));
	}
	MUST(!again.failed);
	MUST(utf8_valid(text) == !replaced && utf8_valid(text) == iconv_accepts(text));
	MUST(utf8_valid(buf_str(&again)));
	MUST(replaced || str_eq(buf_str(&again), text));
	buf_finish(&again);
}

static void check_cards(struct str text)
{
	char *masked = malloc(text.len + 1);
	memcpy(masked, text.ptr, text.len);
	text_mask_cards(masked, text.len);
	for (size_t i = 0; i < text.len; i++)
		MUST(masked[i] == text.ptr[i] ||
		    (masked[i] == '*' && text.ptr[i] >= '0' && text.ptr[i] <= '9'));
	char printable[9];
	text_printable(masked, text.len, 8, printable);
	free(masked);
}

/* Whatever can be a needle is found in itself and between other things. */
static void check_needle(struct str text)
{
	struct needle n;
	struct buf hay;
	if (!needle_init(&n, text))
		return;
	buf_init(&hay, text.len + 16);
	buf_puts(&hay, "ab \n");
	buf_add_str(&hay, str_trim(text));
	MUST(needle_in(&n, text) && needle_in(&n, buf_str(&hay)));
	buf_finish(&hay);
	needle_in(&n, str_head(text, text.len / 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { size ? (const char *)bytes : "", size };
	check_base64(text);
	check_hex(text);
	check_utf8(text);
	check_cards(text);
	check_needle(text);
	return 0;
}
