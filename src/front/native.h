/*
 * The native dialect: what jobs, devices and the daemon look like in its JSON, and
 * what is read the same from a request and from a message. docs/openapi.json
 * describes it.
 */
#ifndef FRONT_NATIVE_H
#define FRONT_NATIVE_H

#include "core/front.h"

#define NATIVE_BODY_MAX (16u << 20)

void native_refuse(const struct why *why, struct buf *out);
bool native_event(const struct event *e, const struct caller *caller, const char **name,
    struct buf *out);
/* The event's data, whoever is to see it, and its name; NULL: it is told to nobody. */
const char *native_event_data(const struct event *e, struct buf *out);

encode_fn native_accepted, native_job, native_jobs, native_device, native_devices,
    native_hello, native_status, native_live, native_ready, native_metrics, native_picture,
    native_origins,
    native_tokens, native_token, native_ok, native_created;
/* native_clients.c */
encode_fn native_clients;
enum err native_read_clients(const struct visit *v, struct request *q, struct why *why);
/* native_admin.c */
encode_fn native_problems, native_env;
void native_write_problems(struct json_w *w, const struct request *q); /* the member */
enum err native_read_env(const struct visit *v, struct request *q, struct why *why);
encode_fn native_outcome; /* a job without its journal */

/* native_ws.c: the same over WebSocket. */
extern const struct messages native_messages;

/*
 * What both ways of asking read the same. What a request is about is
 * params[0]: a path's segment, or a message's member.
 */
typedef enum err native_read(const struct visit *v, struct request *q, struct why *why);
native_read native_read_job, native_read_device, native_read_resolve, native_read_pulse,
    native_read_beep, native_read_probe;
/* A parameter by its name, as visit_query gives it. */
typedef bool native_get(const struct visit *v, const char *name, char *out, size_t size);
enum err native_job_query(const struct visit *v, native_get *get, struct request *q,
    struct why *why);
/* The draft of a job for the printer of params[0]. Takes the bytes if it is good. */
enum err native_draft(const struct visit *v, const char *type, struct buf *bytes,
    struct request *q, struct why *why);
/* Options of a job; `where` is what the client calls them. */
enum err native_options(const struct json *options, const char *where, struct job *job,
    struct why *why);

#endif
