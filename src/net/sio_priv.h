/*
 * What sio.c and sio_options.c share.
 */
#ifndef NET_SIO_PRIV_H
#define NET_SIO_PRIV_H

#include "net/sio.h"
#include "net/ws.h"

/* Fill in whom to call; `host` is where its name is kept. E_FIELD. */
enum err sio_options_check(const struct sio_options *o, struct ws_target *to,
    char host[static 256], struct why *why);

#endif
