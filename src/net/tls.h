/*
 * TLS for listeners and for outgoing connections (OpenSSL's libssl; its one
 * home). TLS 1.2 and later, ALPN http/1.1 only, no renegotiation.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct tls;

/* Load a PEM certificate chain and key. Reference-counted: connections keep it. */
enum err tls_load(const char *cert_path, const char *key_path, struct tls **tls, struct why *why);
/* When its certificate ends: wall, ms. */
int64_t tls_ends(const struct tls *tls);
/*
 * What outgoing connections trust: the system's certificates and, unless
 * `ca_path` is NULL, those of that PEM file. Reads files: once for each
 * configuration, not for each connection. E_FIELD names the bad file.
 */
enum err tls_trust(const char *ca_path, struct tls **tls, struct why *why);
struct tls *tls_hold(const struct tls *tls); /* NULL stays NULL */
void tls_release(struct tls *tls);           /* NULL is allowed */

/*
 * Make what this install needs below `dir`, unless it is there: a CA whose
 * name constraints allow nothing but localhost, .local, loopback and private
 * addresses, and a leaf for `names` (host names and IP literals) signed by it.
 * A name outside of those is E_FIELD. The CA's key is thrown away after
 * signing; when the leaf has less than 30 days left or other names, both are
 * made anew. The paths of certificate and key are then dir/leaf.pem and
 * dir/leaf.key (0600), and the CA's is dir/ca.pem.
 */
enum err tls_make(const char *dir, const char *const *names, size_t count, struct why *why);

/*
 * The TLS of one connection, for net/conn. It does no I/O: ciphertext goes in
 * by tls_session_feed and leaves by `send`, which takes all or returns false
 * because the connection is gone.
 */
struct tls_session;
typedef bool tls_send_fn(void *arg, const void *bytes, size_t len);

struct tls_session *tls_session_create(const struct tls *tls, tls_send_fn *send, void *arg);
/*
 * The same for a client; `tls` is from tls_trust. The peer's certificate must
 * be valid for `host`, a name (told by SNI) or an IP literal. Nothing is sent
 * before tls_session_start.
 */
struct tls_session *tls_session_connect(const struct tls *tls, const char *host,
    tls_send_fn *send, void *arg);
enum err tls_session_start(struct tls_session *s);
/* Why a client's session failed: "The certificate of pos.example is not valid:
 * certificate has expired". False, and `why` untouched, if it did not. */
bool tls_session_why(const struct tls_session *s, struct why *why);
void tls_session_destroy(struct tls_session *s);
/* Take one window of ciphertext; what it decrypts to is appended to `plain`.
 * E_BAD_REQUEST if the peer broke the protocol (an alert has been sent); for a
 * client E_REFUSED when the handshake failed, E_LOST after it. */
enum err tls_session_feed(struct tls_session *s, struct str ciphertext, struct buf *plain);
bool tls_session_ready(const struct tls_session *s); /* the handshake is complete */
bool tls_session_ended(const struct tls_session *s); /* the peer said close_notify */
bool tls_session_write(struct tls_session *s, struct str plain); /* only when ready */
void tls_session_end(struct tls_session *s); /* send close_notify, if we still can */

#endif
