/*
 * Digests and random bytes (OpenSSL's libcrypto; its one home beside net/tls).
 */
#ifndef BASE_SHA_H
#define BASE_SHA_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

void sha1(struct str bytes, uint8_t out[static 20]); /* WebSocket's handshake only */
void sha256(struct str bytes, uint8_t out[static 32]);
void sha256_hex(struct str bytes, char out[static 65]);

/* Several pieces in one digest. */
struct sha256;
struct sha256 *sha256_begin(void);
void sha256_add(struct sha256 *s, struct str bytes);
void sha256_end(struct sha256 *s, uint8_t out[static 32]); /* frees `s` */

/* Cryptographic random bytes; aborts if the system has none. */
void random_bytes(void *out, size_t len);

#endif
