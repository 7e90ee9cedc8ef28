/*
 * Printers and jobs of the pispas dialect as others of its files need them;
 * their actions stand in the table of pispas_print.c.
 */
#ifndef FRONT_PISPAS_PRINTER_H
#define FRONT_PISPAS_PRINTER_H

#include "front/pispas.h"

/* The printers that clients are shown, in their order; NULL past the end. */
struct device *pispas_printer(const struct platen *p, const struct caller *caller, size_t i);
/* The `printer` of a request, or the first one: q->device, NULL if there is none.
 * Checks the parameter alone ... */
enum err pispas_find_printer(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
/* ... and this whether it is there and may be used: E_NOT_FOUND, E_NOT_ALLOWED. */
enum err pispas_need_printer(const struct visit *v, const struct request *q, struct why *why);

/* "idle", "busy", "error", and "unknown", "online", "offline". */
const char *pispas_state(const struct device *d);
const char *pispas_power(const struct device *d);
bool pispas_has_conditions(const struct device *d);
void pispas_conditions(struct json_w *w, const struct device *d); /* an array */
/* The members of `status`. */
void pispas_printer_fields(struct json_w *w, const struct device *d);
const char *pispas_job_state(enum job_state s);

bool pispas_write_printers(const struct request *q, const struct reply *r, struct json_w *w);
enum err pispas_decode_status(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
bool pispas_write_status(const struct request *q, const struct reply *r, struct json_w *w);
enum err pispas_decode_jobs(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
bool pispas_write_jobs(const struct request *q, const struct reply *r, struct json_w *w);
enum err pispas_decode_cancel(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
bool pispas_write_cancelled(const struct request *q, const struct reply *r, struct json_w *w);
enum err pispas_decode_resolve(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
bool pispas_write_job(const struct request *q, const struct reply *r, struct json_w *w);
void pispas_explain_job(const struct request *q, const struct reply *r, struct json_w *w);

#endif
