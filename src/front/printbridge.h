/*
 * The Print Bridge dialect's own parts: how its printers are read and written
 * (printbridge_printer.c), and the snapshot of everything (printbridge_status.c).
 */
#ifndef FRONT_PRINTBRIDGE_H
#define FRONT_PRINTBRIDGE_H

#include "core/front.h"

/* --- printers ----------------------------------------------------------------------- */

/* The name that people and clients see; unique in this dialect. */
const char *printbridge_label(const struct device *d);
bool printbridge_shown(const struct device *d, const struct caller *caller);
bool printbridge_is_tcp(const struct device *d);
/* "tcp://192.168.1.50:9100", or NULL without an address. `out` has 320 bytes. */
const char *printbridge_url(const struct device *d, char out[static 320]);
void printbridge_write_stations(struct json_w *w, const struct device *d);
void printbridge_write_printer(struct json_w *w, const struct device *d);

/* Turn the body into options of the block (q->pairs) and, for a new printer,
 * find it a title (q->name). E_FIELD names the member, E_CONFLICT says why. */
enum err printbridge_judge_new(struct request *q, struct why *why);
enum err printbridge_judge_change(struct request *q, struct why *why);
enum err printbridge_judge_removal(struct request *q, struct why *why);
/* The member that an option comes from. */
const char *printbridge_member(const char *option);

/* --- the snapshot --------------------------------------------------------------------- */

/* The object of GET /api/status, and of an event of the stream. */
encode_fn printbridge_status;
void printbridge_snapshot(struct platen *p, const struct caller *caller, struct buf *out);
void printbridge_date(struct json_w *w, const char *key, int64_t wall); /* 0: null */

#endif
