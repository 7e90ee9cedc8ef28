/*
 * The pairing with a backend: who we are there, and the device token that
 * proves it (systems/print-bridge.md section 3). Loop thread only.
 *
 * The token is kept sealed: AES-256-GCM under a key that HKDF-SHA256 makes of
 * the bridge's secret (64 hex digits in BRIDGE_SECRET, or in the secret-file of
 * an uplink) and of random salt; the device's id is authenticated with it. It
 * is in clear only while it is being sealed, and for whoever asks for it.
 */
#ifndef CORE_PAIRING_H
#define CORE_PAIRING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/config.h"

struct platen;
struct pairing;
struct store;
struct store_plug;

#define PAIRING_TOKEN_CHARS 4096
#define PAIRING_ID_CHARS 128
#define PAIRING_ID_SIZE (4 * PAIRING_ID_CHARS + 1)

enum pairing_state {
	PAIRING_NONE,       /* "unpaired" */
	PAIRING_GOOD,       /* "paired" */
	PAIRING_UNREADABLE, /* the secret is lost or another one: pair again */
	PAIRING_REJECTED,   /* the backend refused the token */
};
const char *pairing_state_name(enum pairing_state s);

/* What a pairing is made of; slices of the caller's. */
struct pairing_offer {
	struct str token, device, business, location;
};

/* Takes BRIDGE_SECRET out of the environment. */
struct pairing *pairing_create(struct platen *p);
void pairing_destroy(struct pairing *g); /* NULL is allowed */
/* At start: what the store holds. */
enum err pairing_recall(struct pairing *g, const struct store_plug *plug, struct store *s,
    struct why *why);
/* The configuration is new: look at the secret again. */
void pairing_load(struct pairing *g, const struct config *c);

enum pairing_state pairing_state(const struct pairing *g);
/* "" and 0 while unpaired. */
const char *pairing_device(const struct pairing *g);
const char *pairing_business(const struct pairing *g);
const char *pairing_location(const struct pairing *g);
int64_t pairing_since(const struct pairing *g); /* wall */

/*
 * Change it; `fn` is told once, when it is on disk or was refused: E_FIELD
 * "Invalid pairing", E_SECRET, errors of the store. The offer is not needed
 * any more when the call returns. Each change publishes EVENT_CONFIG.
 */
typedef void pairing_fn(enum err err, const struct why *why, void *arg);
void pairing_make(struct pairing *g, const struct pairing_offer *offer, pairing_fn *fn, void *arg);
void pairing_end(struct pairing *g, pairing_fn *fn, void *arg); /* the record is overwritten */

/* Append the device token to `out`, which the caller wipes. E_NOT_FOUND while
 * unpaired, E_SECRET while unreadable. */
enum err pairing_token(const struct pairing *g, struct buf *out, struct why *why);
/* The backend refused the token; or took it. */
void pairing_rejected(struct pairing *g, bool rejected);

#endif
