/*
 * What people read: aligned columns, local times, text of others made safe for
 * a terminal. Standard output; no colours.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdint.h>

#include "base/json.h"

/* Control characters become '?': a job's title must not move the cursor. free(). */
char *out_safe(struct str text);
/* A time of the API as local time ("2026-11-20 18:30:05"), "-" for none. */
void out_time(const struct json *iso, char out[static 32]);
/* "3 d 4 h", "12 min", "40 s" */
void out_duration(int64_t seconds, char out[static 32]);
/* "Name:    text"; nothing without text. */
void out_line(const char *name, struct str text);

/* Rows are filled cell by cell; columns are as wide as their widest cell. */
struct table;
struct table *table_create(const char *const *heads); /* NULL-terminated, kept by reference */
void table_text(struct table *t, const char *text); /* NULL gives "-" */
void table_str(struct table *t, struct str text);
void table_int(struct table *t, int64_t n);
void table_time(struct table *t, const struct json *iso);
/* A member as text: strings decoded, lists with commas, null and absent as "-". */
void table_json(struct table *t, const struct json *value);
/* Prints and destroys. Empty heads are not printed, nor are heads without rows. */
void table_print(struct table *t);

#endif
