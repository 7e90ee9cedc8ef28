/* The actions of BASE that have a file of their own, pispas_check.c. */
#ifndef FRONT_PISPAS_BASE_H
#define FRONT_PISPAS_BASE_H

#include "front/pispas.h"

struct problem;

bool pispas_write_check(const struct request *q, const struct reply *r, struct json_w *w);
void pispas_write_modules(struct json_w *w, const struct platen *p); /* the member */
/* A member of a whole number, null when it is unset. */
void pispas_write_number(struct json_w *w, const struct platen *p, enum env_key key,
    const char *name);
void pispas_problem_fields(struct json_w *w, const struct problem *p);

#endif
