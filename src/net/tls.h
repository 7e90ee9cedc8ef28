/*
 * TLS for listeners (OpenSSL's libssl; its one home). TLS 1.2 and later, ALPN
 * http/1.1 only, no renegotiation.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/err.h"
#include "base/str.h"

struct tls;

/* Load a PEM certificate chain and key. Reference-counted: connections keep it. */
enum err tls_load(const char *cert_path, const char *key_path, struct tls **tls, struct why *why);
void tls_release(struct tls *tls);

/*
 * Make what this install needs below `dir`, unless it is there: a CA whose
 * name constraints allow nothing but localhost, .local, loopback and private
 * addresses, and a leaf for `names` (host names and IP literals) signed by it.
 * The CA's key is thrown away after signing; when the leaf has less than 30
 * days left or other names, both are made anew. The paths of certificate and
 * key are then dir/leaf.pem, dir/leaf.key, and the CA's is dir/ca.pem.
 */
enum err tls_make(const char *dir, const char *const *names, size_t count, struct why *why);

#endif
