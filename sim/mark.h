/*
 * Marks: what is on a piece of paper, in words. A mark is a line of text, a
 * code, a picture or a drawer pulse, with its place in dots.
 */
#ifndef SIM_MARK_H
#define SIM_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"
#include "font.h"

enum mark_kind { MARK_LINE, MARK_CODE, MARK_IMAGE, MARK_KICK };

struct mark {
	enum mark_kind kind;
	int64_t x, y;
	uint32_t width, height;
	struct style style;  /* of a line: of its first character; bold if any is */
	const char *type;    /* of a code: "QR"; static */
	char *text;          /* of a line or code, UTF-8 or bytes; of an image, its SHA-256 */
	size_t text_len;
	unsigned pin, on_ms, off_ms; /* of a kick */
	bool realtime;
};

struct marks {
	struct mark *at;
	size_t count, cap;
	size_t bytes; /* of all texts */
	bool full;    /* some were left out */
};

/* Add a mark; `text` is copied. Past 50,000 marks or 8 MiB of text it is left
 * out and `full` is set. */
void marks_add(struct marks *m, const struct mark *mark, struct str text);
/* Move all of them onto `to`, displaced by dy. */
void marks_move(struct marks *to, struct marks *from, int64_t dy);
void marks_finish(struct marks *m); /* frees; may be used again */
/* The members "lines", "codes", "images" and "kicks" of an open object. */
void marks_json(const struct marks *m, struct json_w *w);

#endif
