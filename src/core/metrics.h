/*
 * Metrics in OpenMetrics text. Loop thread only. Printers are labels, at most
 * 64 of them; nothing names a job, a client or a document.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "base/buf.h"

struct platen;

void metrics_write(struct platen *p, struct buf *out);

#endif
