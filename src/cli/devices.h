/*
 * How devices look on a terminal, and asking one for something.
 */
#ifndef CLI_DEVICES_H
#define CLI_DEVICES_H

#include "cli/api.h"

/* The answer of /v1/devices and /v1/printers; one device's. */
show_fn devices_table, devices_one;
/* Append "paper-low, cover-open" of a device's list of reasons. */
void devices_reasons(const struct json *list, struct buf *out);
/* POST /v1/devices/WORD + verb, with a JSON body or none; the exit status. */
int devices_verb(struct cli *c, const char *verb, const char *body, show_fn *show);

#endif
