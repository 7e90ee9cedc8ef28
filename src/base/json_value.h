/*
 * The inside of base/json, shared by its own files only: how a value is kept,
 * the arena it lies in, and strings between text and memory.
 */
#ifndef BASE_JSON_VALUE_H
#define BASE_JSON_VALUE_H

#include "base/json.h"

struct json {
	struct str source;
	struct str key; /* decoded, of an object's member */
	struct json *next;
	union {
		struct str string;    /* JSON_STRING, not `escaped` */
		struct json_doc *doc; /* JSON_STRING, `escaped`: where to decode it */
		struct {
			struct json *first;
			size_t count;
		} in; /* JSON_ARRAY, JSON_OBJECT */
	};
	enum json_type type;
	bool escaped;
};

struct json_chunk;
struct json_doc {
	struct json_chunk *chunks; /* the one in use first */
	struct json *root;
};

/* Room in the arena; never NULL. */
void *json_doc_take(struct json_doc *doc, size_t size);

/*
 * Check the string whose opening quote is at `*at`. NULL if it is good: `*at`
 * is then behind the closing quote, `*inner` what lies between the two, and
 * `*escaped` whether that is still to be decoded. Otherwise the mistake, and
 * `*at` where it is.
 */
const char *json_string_scan(const char **at, const char *end, struct str *inner, bool *escaped);

/* Resolve the escapes of what was scanned. */
struct str json_string_decode(struct json_doc *doc, struct str inner);

#endif
