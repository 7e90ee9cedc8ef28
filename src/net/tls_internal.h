/*
 * What tls.c (sessions), tls_client.c (trust) and tls_make.c (certificates)
 * share, and the steps of tls_make, apart for the tests: what a CA of ours may
 * sign is only shown by signing something else with it.
 */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "net/tls.h"

struct tls {
	SSL_CTX *ctx;
	unsigned refs; /* loop thread only; sessions hold the SSL_CTX itself */
};

struct tls_peer; /* whom a client's session expects */

struct tls_session {
	SSL *ssl;
	struct str window; /* ciphertext not yet taken */
	tls_send_fn *send;
	void *arg;
	struct tls_peer *peer; /* NULL: we are the server */
	bool broken; /* OpenSSL must not be called again */
};

/* tls.c: never NULL */
SSL_CTX *tls_context(const SSL_METHOD *method);
struct tls *tls_of(SSL_CTX *ctx); /* takes `ctx` */
struct tls_session *tls_session_of(const struct tls *tls, tls_send_fn *send, void *arg);
/* The words of OpenSSL's last error. */
const char *tls_reason(void);

/* tls_client.c: OpenSSL failed; keep the sentence. */
enum err tls_client_failed(struct tls_session *s);
void tls_client_forget(struct tls_peer *peer); /* NULL is allowed */

/* A pem_password_cb: keys with a password are refused. */
int tls_no_password(char *buf, int size, int writing, void *arg);

/* NULL only if OpenSSL fails (no memory, no random bytes). */
EVP_PKEY *tls_make_key(void);
X509 *tls_make_ca(EVP_PKEY *key);
X509 *tls_make_leaf(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, GENERAL_NAMES *names);
/* Host names and IP literals, allowed or not. */
GENERAL_NAMES *tls_make_names(const char *const *names, size_t count);

#endif
