/*
 * Secrets at rest: HKDF-SHA256 (RFC 5869) makes a key of a secret, AES-256-GCM
 * (NIST SP 800-38D) seals with it (OpenSSL's libcrypto, as in base/sha). Pure;
 * aborts only where libcrypto itself is broken.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define SEAL_KEY 32
#define SEAL_NONCE 12
#define SEAL_TAG 16

/* `len` bytes of key, at most 255 * 32. The caller wipes them. */
void seal_derive(struct str secret, struct str salt, struct str info, uint8_t *out, size_t len);

/*
 * `out` gets as many bytes as `plain` has, `tag` what proves them and `extra`,
 * which is authenticated but not encrypted. A nonce is used once per key.
 */
void seal_close(const uint8_t key[static SEAL_KEY], const uint8_t nonce[static SEAL_NONCE],
    struct str extra, struct str plain, uint8_t *out, uint8_t tag[static SEAL_TAG]);
/* False, and nothing in `out`, unless all of it is as it was sealed. */
bool seal_open(const uint8_t key[static SEAL_KEY], const uint8_t nonce[static SEAL_NONCE],
    struct str extra, struct str sealed, const uint8_t tag[static SEAL_TAG], uint8_t *out);

#endif
