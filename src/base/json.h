/*
 * JSON: a strict reader that leaves the text as it was sent, and a writer.
 *
 * The reader accepts RFC 8259 and nothing more: UTF-8 is checked, a repeated
 * key of one object is refused, depth and number of values have ceilings. It
 * copies nothing: a value is a range of the source text, so identifiers can be
 * echoed and signatures checked over the very bytes that came, and megabytes
 * of base64 cost one scan. Strings are decoded when asked for, and only those
 * with escapes are copied (into the document's arena). Numbers stay text until
 * somebody asks, so a weight keeps its digits.
 *
 * The source text must outlive the document. Not thread-safe.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json; /* one value of a document */
struct json_doc;

struct json_limits {
	unsigned depth;  /* 0: 32 */
	size_t values;   /* 0: 262,144 */
};

/* Parse `text` whole. On success `*doc` must be destroyed. E_JSON otherwise,
 * with line and column in `why`. `limits` may be NULL. */
enum err json_parse(struct str text, const struct json_limits *limits,
    struct json_doc **doc, struct why *why);
void json_destroy(struct json_doc *doc);
const struct json *json_root(const struct json_doc *doc);

/* All of these take a NULL value and then act as for an absent one. */
bool json_is(const struct json *v, enum json_type type);
enum json_type json_type(const struct json *v); /* NULL gives JSON_NULL */
const char *json_type_name(enum json_type type); /* "string", "object" */
struct str json_source(const struct json *v); /* the very text, quotes included */

const struct json *json_get(const struct json *object, const char *key);
const struct json *json_first(const struct json *container); /* first member or element */
const struct json *json_next(const struct json *v);
size_t json_count(const struct json *container);
struct str json_key(const struct json *member); /* decoded key of an object's member */

/* The decoded string; STR_NONE for another type. May contain NUL. */
struct str json_string(const struct json *v);
bool json_bool(const struct json *v, bool fallback);
/* False unless the value is a number that is a whole one and fits. 1e3 and 5.0 count as whole. */
bool json_int(const struct json *v, int64_t *out);
bool json_double(const struct json *v, double *out);

/*
 * The writer appends to a buf and puts the commas. Calls nest; the buf's
 * `failed` is the one error to check. Invalid UTF-8 in strings becomes U+FFFD.
 * Inside an object a key comes before each value: json_w_key, or the *_field
 * forms that do both.
 */
struct json_w {
	struct buf *out;
	bool comma; /* a comma is due before the next value */
};

struct json_w json_w(struct buf *out);
void json_w_object(struct json_w *w);
void json_w_object_end(struct json_w *w);
void json_w_array(struct json_w *w);
void json_w_array_end(struct json_w *w);
void json_w_key(struct json_w *w, const char *key);
void json_w_str(struct json_w *w, struct str s);
void json_w_text(struct json_w *w, const char *text); /* NULL gives null */
void json_w_int(struct json_w *w, int64_t n);
void json_w_double(struct json_w *w, double n); /* not finite gives null */
void json_w_bool(struct json_w *w, bool b);
void json_w_null(struct json_w *w);
void json_w_raw(struct json_w *w, struct str json); /* already JSON */
void json_w_text_field(struct json_w *w, const char *key, const char *text);
void json_w_str_field(struct json_w *w, const char *key, struct str s);
void json_w_int_field(struct json_w *w, const char *key, int64_t n);
void json_w_bool_field(struct json_w *w, const char *key, bool b);

#endif
