/*
 * What of a command may be shown. Dialects whose messages name themselves
 * (TARGET, ACTION, UUIDV4, MESSAGE_EXEC) are shown under these names, the others
 * under those of their dialect.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/audit_inside.h"
#include "core/redact.h"
#include "core/render.h"

#define SHOWN_MAX 65536   /* bytes of a request or response */
#define PARSED_MAX 1048576
#define NAME_SHOWN 64
#define ACTION_SHOWN 256
#define UUID_SHOWN 264
#define LINES_MAX 200
#define LINE_SHOWN 256

static char *take_text(struct buf *b)
{
	char *text = mem_strdup(buf_cstr(b));

	buf_finish(b);
	return text;
}

/* Cut where a character ends. */
static char *copy_of(struct str text, size_t max)
{
	size_t len = text.len < max ? text.len : max;
	char *copy;

	while (len && len < text.len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len--;
	copy = mem_strndup(text.ptr ? text.ptr : "", len);
	redact_cards(copy, len);
	return copy;
}

static char *upper(const char *text)
{
	char *copy = mem_strdup(text);

	for (char *c = copy; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c += 'A' - 'a';
	return copy;
}

/* --- bytes ---------------------------------------------------------------------------- */

static bool is_text(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if ((unsigned char)bytes.ptr[i] < ' ' && !strchr("\t\r\n", bytes.ptr[i]))
			return false;
	return utf8_valid(bytes);
}

static char *show(const struct json *json, struct str bytes)
{
	struct buf out;

	buf_init(&out, SHOWN_MAX);
	if (json)
		redact_json(json, &out);
	else if (!bytes.len)
		buf_puts(&out, "null");
	else if (is_text(bytes))
		redact_text(bytes, &out);
	else
		redact_omit(bytes, &out);
	if (out.failed) {
		buf_clear(&out);
		redact_omit(json ? json_source(json) : bytes, &out);
	}
	return take_text(&out);
}

/* --- names ---------------------------------------------------------------------------- */

static char *name_of(const struct command *c, const char *member)
{
	struct str name = c->message ? json_string(json_get(c->json, member)) : STR_NONE;

	return name.len ? copy_of(name, NAME_SHOWN) : NULL;
}

static char *uuid_of(const struct command *c)
{
	const struct json *own = c->message ? json_get(c->json, "UUIDV4") : NULL;
	struct buf out;

	buf_init(&out, UUID_SHOWN);
	if (own)
		redact_json(own, &out);
	else if (c->request->key[0])
		redact_text(str_of(c->request->key), &out);
	if (out.failed || !out.len) {
		buf_clear(&out);
		buf_puts(&out, "null");
	}
	return take_text(&out);
}

static bool is_print(const struct request *q)
{
	return (q->verb == VERB_SUBMIT && q->draft && q->draft->kind == KIND_PRINT) ||
	    q->verb == VERB_REPRINT;
}

struct entry *entry_make(const struct command *c)
{
	const struct request *q = c->request;
	struct entry *e = mem_alloc(sizeof *e);

	str_copy(e->dialect, sizeof e->dialect, str_of(c->dialect));
	e->caller = mem_strdup(c->caller->origin[0] ? c->caller->origin : c->caller->principal);
	e->target = name_of(c, "TARGET");
	if (!e->target)
		e->target = upper(c->dialect);
	e->action = name_of(c, "ACTION");
	if (!e->action)
		e->action = copy_of(c->action, ACTION_SHOWN);
	e->uuid = uuid_of(c);
	e->request = show(c->json, c->body);
	e->reading = c->refused || !(verb_capability(q->verb) & ~(unsigned)CAP_STATUS);
	e->resendable = !c->refused && is_print(q);
	str_copy(e->printer, sizeof e->printer,
	    str_of(q->device ? q->device->name : q->printer));
	return e;
}

void entry_answer(struct entry *e, bool failed, struct str body)
{
	struct json_doc *doc = NULL;
	bool json = body.len && body.len <= PARSED_MAX && !json_parse(body, NULL, &doc, NULL);
	struct str said = json ? json_string(json_get(json_root(doc), "MESSAGE_EXEC")) : STR_NONE;

	e->failed = said.len ? str_is(said, "FAILURE") : failed;
	e->response = show(json ? json_root(doc) : NULL, body);
	json_destroy(doc);
}

/* --- tickets -------------------------------------------------------------------------- */

char *entry_lines(const struct document *doc)
{
	struct buf out;
	struct json_w w;
	struct str rest, line;

	if (!doc || strcmp(doc->type, TYPE_TEXT) != 0)
		return NULL;
	rest = (struct str){ (const char *)doc->bytes, doc->len };
	if (!is_text(rest))
		return NULL;
	buf_init(&out, SHOWN_MAX);
	w = json_w(&out);
	json_w_array(&w);
	for (unsigned n = 0; rest.len && n < LINES_MAX; n++) {
		char *shown;

		line = str_cut(rest, '\n', &rest);
		shown = copy_of(str_trim(line).len ? line : STR_NONE, LINE_SHOWN);
		shown[strcspn(shown, "\r")] = '\0';
		json_w_text(&w, shown);
		free(shown);
	}
	json_w_array_end(&w);
	return take_text(&out);
}
