/*
 * What tls.c and tls_make.c share, and the steps of tls_make, apart for the
 * tests: what a CA of ours may sign is only shown by signing something else
 * with it.
 */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"

/* A pem_password_cb: keys with a password are refused. */
int tls_no_password(char *buf, int size, int writing, void *arg);

/* NULL only if OpenSSL fails (no memory, no random bytes). */
EVP_PKEY *tls_make_key(void);
X509 *tls_make_ca(EVP_PKEY *key);
X509 *tls_make_leaf(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, GENERAL_NAMES *names);
/* Host names and IP literals, allowed or not. */
GENERAL_NAMES *tls_make_names(const char *const *names, size_t count);

#endif
