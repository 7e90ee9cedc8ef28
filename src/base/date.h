/*
 * Dates on the wire: UTC, ISO 8601, milliseconds, Z. Wall-clock milliseconds
 * since 1970 throughout.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* 2026-11-20T09:14:03.120Z */
void date_format(int64_t wall_ms, char out[static 32]);

/*
 * Parse a number of milliseconds since 1970, ISO 8601 (`2026-11-20`,
 * `2026-11-20T18:30`, seconds, fraction, `Z` or `±hh:mm`; without a zone local
 * time, a bare date is UTC) or RFC 5322 (`Fri, 20 Nov 2026 18:30:00 +0100`).
 */
bool date_parse(struct str text, int64_t *wall_ms);

#endif
