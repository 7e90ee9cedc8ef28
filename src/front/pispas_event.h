/* Subscribing and what follows: BASE subscribe, unsubscribe, and the events. */
#ifndef FRONT_PISPAS_EVENT_H
#define FRONT_PISPAS_EVENT_H

#include "core/session.h"
#include "front/pispas.h"

enum err pispas_decode_topics(const struct visit *v, const struct json *params,
    struct request *q, struct why *why);
bool pispas_write_topics(const struct request *q, const struct reply *r, struct json_w *w);
unsigned pispas_event(struct platen *p, const struct event *e, struct buf *out);

#endif
