/*
 * jansson's opinion of a text. It lives in a file of its own because jansson
 * and base/json share names.
 */
#ifndef JSON_ORACLE_H
#define JSON_ORACLE_H

#include <stdint.h>

#include "base/buf.h"

enum oracle {
	ORACLE_ACCEPTS,
	ORACLE_REFUSES,
	ORACLE_CANNOT, /* beyond jansson's numbers or depth, or a key with a NUL */
};

/*
 * What is accepted is told value by value into `tokens`: n, t, f; i with the
 * 8 bytes of an int64 or r with those of a double; s or, for a key, k with the
 * length in 8 bytes and the text; [ and { at the begin, ] and } at the end.
 */
enum oracle json_oracle(const uint8_t *bytes, size_t size, struct buf *tokens);

#endif
