/*
 * The native dialect's JSON: what jobs, devices and the daemon look like under
 * /v1. docs/openapi.json describes the same.
 */
#ifndef FRONT_NATIVE_H
#define FRONT_NATIVE_H

#include "core/front.h"

void native_refuse(const struct why *why, struct buf *out);
bool native_event(const struct event *e, const struct caller *caller, const char **name,
    struct buf *out);

encode_fn native_accepted, native_job, native_jobs, native_device, native_devices,
    native_hello, native_status, native_live, native_ready, native_metrics, native_origins,
    native_tokens, native_token, native_ok, native_created;

#endif
