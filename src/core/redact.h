/*
 * Redaction: what people may be shown of a message. Pure, any thread.
 *
 * - A member named like password, secret, token, key, authorization, pin, pan,
 *   card, track or cvv becomes "***", whatever it holds.
 * - Card numbers keep their last four digits: 13 to 19 digits that pass the
 *   Luhn check, in one run or grouped as they are printed on cards.
 * - A string or a list of plain values over REDACT_WHOLE bytes becomes
 *   {"omitted":true,"bytes":48211,"sha256":"..."}.
 *
 * What comes out is JSON in UTF-8 again.
 */
#ifndef CORE_REDACT_H
#define CORE_REDACT_H

#include <stdbool.h>

#include "base/json.h"

#define REDACT_WHOLE 2048

/* Append what may be shown of it; a NULL value is null. */
void redact_json(const struct json *v, struct buf *out);
/* ... of a text, as a JSON string; of bytes that are no text only how many. */
void redact_text(struct str text, struct buf *out);
void redact_omit(struct str bytes, struct buf *out);
/* Whether a member of this name is not for people's eyes. */
bool redact_is_secret(struct str name);
/* Card numbers to their last four, in place. */
void redact_cards(char *text, size_t len);

#endif
