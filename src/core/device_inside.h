/*
 * Devices from inside:
 *
 *   device.c           finding, making, reloading, removing
 *   device_settings.c  from the configuration
 *   device_adhoc.c     printers that callers name; what the store remembers
 *   device_probe.c     condition and probes
 */
#ifndef CORE_DEVICE_INSIDE_H
#define CORE_DEVICE_INSIDE_H

#include "core/platen.h"

void settings_of_printer(const struct printer_block *b, struct settings *s);
void settings_of_listener(const struct listen_block *b, const char *address,
    struct settings *s);
struct worker_options settings_for_worker(const struct device *d);

struct device *device_make(struct platen *p, const char *name); /* in no list, no worker */
enum err device_start(struct device *d, struct why *why);       /* its worker, by its settings */
void device_list(struct device *d);
void device_leaves(struct device *d);  /* unlisted: what was known of it is kept */
void device_returns(struct device *d); /* listed: ... and known again */
void device_destroy(struct device *d);
void device_rename(struct device *d, const char *name);         /* an ad-hoc one: configured now */
void device_on_report(const struct report *r, void *arg);       /* the worker's */

#endif
