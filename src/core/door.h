/*
 * The door: listeners, and what every HTTP message passes before a dialect
 * sees it, in the contract's order: limits and syntax, Host, Origin,
 * preflight, path, method, token, capability, rate, content type, size, JSON.
 * The first failure answers and nothing has happened before. Loop thread only.
 */
#ifndef CORE_DOOR_H
#define CORE_DOOR_H

#include "core/config.h"

struct platen;
struct doors;

struct doors *doors_create(struct platen *p);
void doors_destroy(struct doors *d);
/* Open what the configuration names, close what it does not; unchanged
 * listeners stay open. A port in use is an error of that listener only and is
 * tried again every 30 s. E_STORE only if no listener at all could be bound. */
enum err doors_load(struct doors *d, const struct config *c, struct why *why);
/* STATE/control.sock: the administrator's. */
enum err doors_control(struct doors *d, const char *path, struct why *why);
/* Accept no more; what is being answered is answered. */
void doors_close(struct doors *d);
/* Requests being carried out and streams: while there are any, the
 * configuration they refer to must live. */
bool doors_busy(const struct doors *d);
/* A request that came by other means than HTTP is under way. */
void doors_hold(struct doors *d);
void doors_release(struct doors *d);
/* The CA of this install in PEM; NULL while that listener speaks no TLS by it. */
const char *doors_ca(struct doors *d, const struct listen_block *listen);

enum door_tls_state { DOOR_TLS_OFF, DOOR_TLS_ON, DOOR_TLS_MISSING };
struct door_tls {
	enum door_tls_state state; /* MISSING: it should speak TLS and has no certificate */
	int64_t not_after;         /* wall: the certificate's end */
	char reason[128];          /* why it is missing */
};

enum door_state { DOOR_OPEN, DOOR_PARTIAL, DOOR_ERROR };
struct door_status {
	const char *name, *dialect;
	enum door_state state;
	char reason[128];      /* "Port 8080 is in use" */
	char addresses[256];   /* "127.0.0.1:8080, [::1]:8080": those that are bound */
	size_t clients;
	uint16_t port;         /* of its first address */
	struct door_tls tls;
	const struct listen_block *listen;
};
/* For readyz and the console: NULL-safe iteration; false past the end. */
bool doors_status(const struct doors *d, size_t i, struct door_status *out);

enum refusal { REFUSED_HOST, REFUSED_ORIGIN, REFUSED_TOKEN, REFUSED_CAPABILITY, REFUSED_RATE,
	REFUSED_SIZE, REFUSED_JSON, REFUSED_OTHER, REFUSALS };
struct door_totals {
	uint64_t requests, refused[REFUSALS];
};
void doors_totals(const struct doors *d, struct door_totals *out);

#endif
