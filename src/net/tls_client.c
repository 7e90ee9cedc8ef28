/*
 * The client's side: whom we trust, and whom a session expects. OpenSSL checks
 * chain and name within the handshake; here is what it checks against, and the
 * sentence for the person who has to mend it.
 */
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/uri.h"

struct tls_peer {
	char *host;
	bool greeted; /* the handshake was done; OpenSSL forgets it with the first error */
	struct why why; /* of what went wrong; err 0: nothing yet */
};

enum err tls_trust(const char *ca_path, struct tls **tls, struct why *why)
{
	static const unsigned char http[] = "\x08http/1.1";
	SSL_CTX *ctx = tls_context(TLS_client_method());
	enum err err;

	ERR_clear_error();
	SSL_CTX_set_default_verify_paths(ctx);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_alpn_protos(ctx, http, sizeof(http) - 1);
	if (!ca_path || SSL_CTX_load_verify_file(ctx, ca_path) == 1) {
		*tls = tls_of(ctx);
		return E_OK;
	}
	err = why_fail(why, E_FIELD, "Cannot use %s: %s", ca_path, tls_reason());
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return err;
}

/* False only if OpenSSL does not take the name: then nobody can have it. */
static bool expect(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct ip ip;

	if (ip_parse(str_of(host), &ip))
		return X509_VERIFY_PARAM_set1_ip(param, ip.bytes, ip.v6 ? 16 : 4);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return host[0] && X509_VERIFY_PARAM_set1_host(param, host, 0) &&
	    SSL_set_tlsext_host_name(ssl, host);
}

static void on_state(const SSL *ssl, int where, int rc)
{
	struct tls_session *s = SSL_get_app_data(ssl);

	if (where & SSL_CB_HANDSHAKE_DONE)
		s->peer->greeted = true;
}

struct tls_session *tls_session_connect(const struct tls *tls, const char *host,
    tls_send_fn *send, void *arg)
{
	struct tls_session *s = tls_session_of(tls, send, arg);

	s->peer = mem_alloc(sizeof(*s->peer));
	s->peer->host = mem_strdup(host);
	SSL_set_app_data(s->ssl, s);
	SSL_set_info_callback(s->ssl, on_state);
	SSL_set_connect_state(s->ssl);
	s->broken = !expect(s->ssl, host);
	if (s->broken)
		why_fail(&s->peer->why, E_REFUSED, "No certificate can be valid for \"%s\"", host);
	ERR_clear_error();
	return s;
}

/* The first failure is the one that is told. */
enum err tls_client_failed(struct tls_session *s)
{
	struct why *why = &s->peer->why;
	long verdict = SSL_get_verify_result(s->ssl);

	if (why->err)
		return why->err;
	if (s->peer->greeted)
		why_fail(why, E_LOST, "The TLS connection to %s broke: %s", s->peer->host,
		    tls_reason());
	else if (verdict != X509_V_OK)
		why_fail(why, E_REFUSED, "The certificate of %s is not valid: %s", s->peer->host,
		    X509_verify_cert_error_string(verdict));
	else
		why_fail(why, E_REFUSED, "The TLS handshake with %s failed: %s", s->peer->host,
		    tls_reason());
	ERR_clear_error();
	return why->err;
}

bool tls_session_why(const struct tls_session *s, struct why *why)
{
	if (!s->peer || !s->peer->why.err)
		return false;
	*why = s->peer->why;
	return true;
}

void tls_client_forget(struct tls_peer *peer)
{
	if (!peer)
		return;
	free(peer->host);
	free(peer);
}
