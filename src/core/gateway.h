/*
 * Gateways: connections that we open to a cloud which then asks us, in a
 * message dialect of ours, as if it were a client. Loop thread only.
 *
 * A gateway is an uplink block of kind `pispas`. Its requests pass the same
 * router, limits and idempotency as those of any client; the caller is
 * `remote`, with the rights of the block's `allow`, never `admin`. What could
 * not be answered because the connection broke is not queued: the cloud asks
 * again under the same id and gets the answer of the first time.
 *
 * Reconnect: after 1, 2, 4 .. 60 s (options), each wait a random part of it; the
 * count starts anew once a connection stood for 60 s. A cloud that refuses us (401,
 * 403) is asked again after 5 minutes. Ping every 30 s; a peer silent for 10 s
 * after it is dropped. Certificates are verified, redirects not followed.
 */
#ifndef CORE_GATEWAY_H
#define CORE_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct platen;
struct gateways;

struct gateways *gateways_create(struct platen *p);
/* From then on EVENT_CONFIG makes them those of the configuration. */
void gateways_start(struct gateways *g);
void gateways_close(struct gateways *g); /* connect no more; what stands is let go */
bool gateways_closed(const struct gateways *g);
void gateways_destroy(struct gateways *g); /* closed */

enum gateway_state { GATEWAY_OFF, GATEWAY_CONNECTING, GATEWAY_CONNECTED, GATEWAY_REFUSED };
const char *gateway_state_name(enum gateway_state s);
struct gateway_status {
	char name[64];
	enum gateway_state state;
	int64_t since;         /* wall: in this state */
	uint64_t connections;  /* since the start */
	char last_error[160];  /* "" while connected */
};
/* False past the end. EVENT_UPLINK tells that one has changed. */
bool gateways_status(const struct gateways *g, size_t i, struct gateway_status *out);

#endif
