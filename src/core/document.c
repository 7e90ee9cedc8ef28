/*
 * A document is counted by reference: made once on the loop, read by the clerk
 * and a worker, freed by whoever lets go last. Tickets travel as JSON that
 * holds only what differs from the default ticket.
 */
#include "core/document.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

static void media_type(const char *text, char *out, size_t size)
{
	struct str rest;
	struct str type = str_trim(str_cut(str_of(text), ';', &rest));

	str_copy(out, size, type);
	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

struct document *document_create(const char *type, struct buf *b, const uint32_t *ends,
    size_t chunks)
{
	struct document *d = mem_alloc(sizeof(*d));

	d->refs = 1;
	media_type(type, d->type, sizeof(d->type));
	d->bytes = buf_take(b, &d->len);
	d->chunks = d->len > 0;
	if (ends && chunks > 0) {
		d->ends = mem_array(chunks, sizeof(*ends));
		memcpy(d->ends, ends, chunks * sizeof(*ends));
		d->chunks = chunks;
	}
	return d;
}

struct document *document_ref(struct document *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void document_release(struct document *d)
{
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) > 1)
		return;
	free(d->bytes);
	free(d->ends);
	free(d);
}

struct str document_chunk(const struct document *d, size_t i)
{
	size_t begin, end;

	if (i >= d->chunks)
		return STR_NONE;
	begin = d->ends && i > 0 ? d->ends[i - 1] : 0;
	end = d->ends ? d->ends[i] : d->len;
	return (struct str){ (const char *)d->bytes + begin, end - begin };
}

struct ticket ticket_default(void)
{
	return (struct ticket){
		.copies = 1,
		.cut = CUT_NONE,
		.init = true,
		.drawer_pin = 2,
		.drawer_on = 0x19,
		.drawer_off = 0xfa,
	};
}

/*
 * The numbers of a ticket, by the names they have on disk. The default ticket
 * is part of the stored format: a member equal to it is left out.
 */
enum number_type { NUMBER_UNSIGNED, NUMBER_LONG, NUMBER_BOOL };

static const struct number {
	const char *name;
	enum number_type type;
	size_t offset;
} numbers[] = {
	{ "copies", NUMBER_UNSIGNED, offsetof(struct ticket, copies) },
	{ "feed", NUMBER_UNSIGNED, offsetof(struct ticket, feed_lines) },
	{ "beeps", NUMBER_UNSIGNED, offsetof(struct ticket, beeps) },
	{ "beep-delay", NUMBER_LONG, offsetof(struct ticket, beep_delay) },
	{ "chunk-delay", NUMBER_LONG, offsetof(struct ticket, chunk_delay) },
	{ "drawer-pin", NUMBER_UNSIGNED, offsetof(struct ticket, drawer_pin) },
	{ "drawer-on", NUMBER_UNSIGNED, offsetof(struct ticket, drawer_on) },
	{ "drawer-off", NUMBER_UNSIGNED, offsetof(struct ticket, drawer_off) },
	{ "init", NUMBER_BOOL, offsetof(struct ticket, init) },
	{ "exact", NUMBER_BOOL, offsetof(struct ticket, exact) },
	{ "threshold", NUMBER_UNSIGNED, offsetof(struct ticket, threshold) },
	{ "width-dots", NUMBER_UNSIGNED, offsetof(struct ticket, width_dots) },
	{ "scripts", NUMBER_BOOL, offsetof(struct ticket, scripts) },
	{ "raster", NUMBER_BOOL, offsetof(struct ticket, raster) },
	{ "open-drawer", NUMBER_BOOL, offsetof(struct ticket, open_drawer) },
	{ "drawer-allowed", NUMBER_BOOL, offsetof(struct ticket, drawer_allowed) },
};

/* Its choices, by words. */
static const char *const cuts[] = { "none", "partial", "full", NULL };
static const char *const engines[] = { "auto", "builtin", "chromium", "strict", NULL };
static const char *const halftones[] = {
	"auto", "threshold", "diffusion", "atkinson", "ordered", "blue-noise", NULL,
};

static const struct choice {
	const char *name;
	const char *const *words;
	size_t offset; /* of an enum; the default ticket has its first word */
} choices[] = {
	{ "cut", cuts, offsetof(struct ticket, cut) },
	{ "engine", engines, offsetof(struct ticket, engine) },
	{ "halftone", halftones, offsetof(struct ticket, halftone) },
};

static unsigned choice_get(const struct ticket *t, const struct choice *c)
{
	unsigned value;

	memcpy(&value, (const char *)t + c->offset, sizeof(value));
	return value;
}

static bool choice_set(struct ticket *t, const struct choice *c, struct str word)
{
	for (unsigned i = 0; c->words[i]; i++)
		if (str_is(word, c->words[i])) {
			memcpy((char *)t + c->offset, &i, sizeof(i));
			return true;
		}
	return false;
}

bool ticket_choose(struct ticket *t, const char *name, struct str word)
{
	for (size_t i = 0; i < COUNT_OF(choices); i++)
		if (strcmp(name, choices[i].name) == 0)
			return choice_set(t, &choices[i], word);
	return false;
}

static int64_t number_get(const struct ticket *t, const struct number *n)
{
	const char *at = (const char *)t + n->offset;

	switch (n->type) {
	case NUMBER_UNSIGNED:
		return *(const unsigned *)(const void *)at;
	case NUMBER_LONG:
		return *(const int64_t *)(const void *)at;
	case NUMBER_BOOL:
		break;
	}
	return *(const bool *)at;
}

static bool number_set(struct ticket *t, const struct number *n, int64_t value)
{
	char *at = (char *)t + n->offset;

	if (value < 0 || (n->type == NUMBER_UNSIGNED && value > UINT32_MAX))
		return false;
	switch (n->type) {
	case NUMBER_UNSIGNED:
		*(unsigned *)(void *)at = (unsigned)value;
		break;
	case NUMBER_LONG:
		*(int64_t *)(void *)at = value;
		break;
	case NUMBER_BOOL:
		*(bool *)at = value != 0;
		break;
	}
	return true;
}

void ticket_write(const struct ticket *t, struct buf *json)
{
	const struct ticket usual = ticket_default();
	struct json_w w = json_w(json);

	json_w_object(&w);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (number_get(t, &numbers[i]) != number_get(&usual, &numbers[i]))
			json_w_int_field(&w, numbers[i].name, number_get(t, &numbers[i]));
	for (size_t i = 0; i < COUNT_OF(choices); i++)
		if (choice_get(t, &choices[i]))
			json_w_text_field(&w, choices[i].name,
			    choices[i].words[choice_get(t, &choices[i])]);
	if (t->encoding[0])
		json_w_text_field(&w, "encoding", t->encoding);
	if (t->has_tail) {
		char hex[2 * sizeof(t->tail) + 1];

		hex_encode(t->tail, t->tail_len, hex);
		json_w_text_field(&w, "tail", hex);
	}
	json_w_object_end(&w);
}

static bool tail_read(struct str hex, struct ticket *t)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, sizeof(t->tail));
	ok = hex_decode(hex, &bytes);
	if (ok) {
		t->has_tail = true;
		t->tail_len = (uint8_t)bytes.len;
		if (bytes.len > 0)
			memcpy(t->tail, bytes.ptr, bytes.len);
	}
	buf_finish(&bytes);
	return ok;
}

static bool ticket_members(const struct json *root, struct ticket *t)
{
	const struct json *encoding = json_get(root, "encoding");
	const struct json *tail = json_get(root, "tail");
	int64_t value;

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const struct json *member = json_get(root, numbers[i].name);

		if (!member)
			continue;
		if (!json_int(member, &value) || !number_set(t, &numbers[i], value))
			return false;
	}
	for (size_t i = 0; i < COUNT_OF(choices); i++) {
		const struct json *member = json_get(root, choices[i].name);

		if (member && !choice_set(t, &choices[i], json_string(member)))
			return false;
	}
	if (encoding && !str_copy(t->encoding, sizeof(t->encoding), json_string(encoding)))
		return false;
	return !tail || (json_is(tail, JSON_STRING) && tail_read(json_string(tail), t));
}

bool ticket_read(struct str json, struct ticket *t)
{
	struct json_doc *doc;
	bool ok;

	*t = ticket_default();
	if (json_parse(json, NULL, &doc, NULL) != E_OK)
		return false;
	ok = json_is(json_root(doc), JSON_OBJECT) && ticket_members(json_root(doc), t);
	json_destroy(doc);
	return ok;
}
