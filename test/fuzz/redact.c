/*
 * Redaction: what comes out is JSON again, no larger than what may be shown of
 * each value, and holds no card number; done twice it changes nothing more.
 */
#include "core/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"

static const struct json_limits deep = { .depth = 64, .values = 1 << 20 };

/* Digests may hold any digits; two names may have become one. */
static bool is_special(const char *text)
{
	return strstr(text, "\"sha256\"") || strchr(text, '*');
}

static void check_cards(const char *text)
{
	size_t len = strlen(text);
	char *masked = strdup(text);

	redact_cards(masked, len);
	MUST(is_special(text) || !strcmp(masked, text));
	free(masked);
}

static void check_again(struct buf *once)
{
	struct json_doc *doc;
	struct buf again;

	if (json_parse(buf_str(once), &deep, &doc, NULL)) {
		MUST(is_special(buf_cstr(once)));
		return;
	}
	buf_init(&again, 1 << 24);
	redact_json(json_root(doc), &again);
	MUST(is_special(buf_cstr(once)) || str_eq(buf_str(&again), buf_str(once)));
	buf_finish(&again);
	json_destroy(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct json_doc *doc;
	struct buf out;

	buf_init(&out, 1 << 24);
	if (!json_parse(text, NULL, &doc, NULL)) {
		redact_json(json_root(doc), &out);
		MUST(!out.failed);
		check_cards(buf_cstr(&out));
		check_again(&out);
		json_destroy(doc);
	}
	buf_clear(&out);
	redact_text(text, &out);
	MUST(!out.failed && !json_parse(buf_str(&out), &deep, &doc, NULL));
	json_destroy(doc);
	redact_is_secret(text);
	buf_finish(&out);
	return 0;
}
