/*
 * A growing bitmap beside an array of marks. Without pictures only the row
 * counter moves.
 */
#include "paper.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static void notes_finish(struct notes *n)
{
	for (unsigned i = 0; i < n->count; i++)
		free(n->text[i]);
	n->count = 0;
}

void notes_add(struct notes *n, const char *text)
{
	for (unsigned i = 0; i < n->count; i++) {
		if (strcmp(n->text[i], text) == 0)
			return;
	}
	if (n->count < PAPER_NOTES_MAX)
		n->text[n->count++] = mem_strdup(text);
}

static void notes_json(const struct notes *n, const char *key, struct json_w *w)
{
	json_w_key(w, key);
	json_w_array(w);
	for (unsigned i = 0; i < n->count; i++)
		json_w_text(w, n->text[i]);
	json_w_array_end(w);
}

void paper_init(struct paper *p, uint32_t width_dots, bool draw)
{
	*p = (struct paper){ .draw = draw };
	bitmap_init(&p->dots, width_dots);
}

static void end_hash(struct paper *p, uint8_t digest[static 32])
{
	struct sha256 *hash = p->hash ? p->hash : sha256_begin();

	sha256_end(hash, digest);
	p->hash = NULL;
}

void paper_finish(struct paper *p)
{
	uint8_t digest[32];

	end_hash(p, digest);
	bitmap_finish(&p->dots);
	marks_finish(&p->marks);
	notes_finish(&p->unknown);
	notes_finish(&p->warnings);
}

void paper_renew(struct paper *p)
{
	uint32_t width = p->dots.width_dots;
	bool draw = p->draw;

	paper_finish(p);
	paper_init(p, width, draw);
}

bool paper_blank(const struct paper *p)
{
	return !p->rows && !p->marks.count && !p->beeps;
}

void paper_consume(struct paper *p, const uint8_t *bytes, size_t len)
{
	if (!len)
		return;
	if (!p->hash)
		p->hash = sha256_begin();
	sha256_add(p->hash, (struct str){ (const char *)bytes, len });
	p->bytes += len;
}

void paper_feed(struct paper *p, uint32_t rows)
{
	if (rows > PAPER_ROWS_MAX - p->rows)
		rows = PAPER_ROWS_MAX - p->rows;
	p->rows += rows;
	if (p->draw)
		bitmap_need(&p->dots, p->rows);
}

const char *cut_name(enum cut cut)
{
	static const char *const names[] = { "none", "partial", "full" };

	return names[cut];
}

void paper_json(struct paper *p, const struct paper_end *end, struct buf *out)
{
	struct json_w w = json_w(out);
	uint8_t digest[32];
	char hex[65];

	end_hash(p, digest);
	hex_encode(digest, sizeof digest, hex);
	json_w_object(&w);
	json_w_int_field(&w, "printer", end->printer);
	json_w_int_field(&w, "seq", end->seq);
	json_w_int_field(&w, "width_dots", p->dots.width_dots);
	json_w_int_field(&w, "height_dots", p->rows);
	json_w_text_field(&w, "cut", cut_name(end->cut));
	json_w_bool_field(&w, "torn", end->torn);
	marks_json(&p->marks, &w);
	json_w_int_field(&w, "beeps", p->beeps);
	json_w_int_field(&w, "connection", p->connection);
	json_w_int_field(&w, "bytes", (int64_t)p->bytes);
	json_w_text_field(&w, "sha256", hex);
	notes_json(&p->unknown, "unknown", &w);
	notes_json(&p->warnings, "warnings", &w);
	if (p->marks.full)
		json_w_bool_field(&w, "truncated", true);
	json_w_object_end(&w);
	buf_add_byte(out, '\n');
}
