/*
 * OpenSSL without I/O. Its BIO reads from the window that is being fed and
 * writes straight to the connection, so a session holds no buffers of its own
 * beyond what OpenSSL keeps of an incomplete record.
 */
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define RECORD_MAX (16 * 1024)

static int bio_read(BIO *bio, char *to, int len)
{
	struct tls_session *s = BIO_get_data(bio);
	size_t n = s->window.len < (size_t)len ? s->window.len : (size_t)len;

	BIO_clear_retry_flags(bio);
	if (!n) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(to, s->window.ptr, n);
	s->window = str_from(s->window, n);
	return (int)n;
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
	struct tls_session *s = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return s->send(s->arg, bytes, (size_t)len) ? len : -1;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *window_bio;
static pthread_once_t window_bio_once = PTHREAD_ONCE_INIT;

static void make_window_bio(void)
{
	window_bio = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "window");
	if (!window_bio)
		abort();
	BIO_meth_set_read(window_bio, bio_read);
	BIO_meth_set_write(window_bio, bio_write);
	BIO_meth_set_ctrl(window_bio, bio_ctrl);
}

static BIO *window_bio_new(struct tls_session *s)
{
	BIO *bio;

	pthread_once(&window_bio_once, make_window_bio);
	bio = BIO_new(window_bio);
	if (!bio)
		abort();
	BIO_set_data(bio, s);
	BIO_set_init(bio, 1);
	return bio;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *offered, unsigned offered_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, offered,
	    offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

SSL_CTX *tls_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (!ctx)
		abort();
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets do without */
	SSL_CTX_set_default_passwd_cb(ctx, tls_no_password);
	return ctx;
}

struct tls *tls_of(SSL_CTX *ctx)
{
	struct tls *tls = mem_alloc(sizeof(*tls));

	tls->ctx = ctx;
	tls->refs = 1;
	return tls;
}

int64_t tls_ends(const struct tls *tls)
{
	const X509 *cert = SSL_CTX_get0_certificate(tls->ctx);
	struct tm end = { 0 };

	if (!cert || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) != 1)
		return 0;
	return (int64_t)timegm(&end) * 1000;
}

/* OpenSSL would ask on the terminal, and a daemon would hang there. */
int tls_no_password(char *buf, int size, int writing, void *arg)
{
	return -1;
}

const char *tls_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unreadable";
}

enum err tls_load(const char *cert_path, const char *key_path, struct tls **tls, struct why *why)
{
	SSL_CTX *ctx = tls_context(TLS_server_method());
	const char *bad = NULL;

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_path) != 1)
		bad = cert_path;
	else if (SSL_CTX_use_PrivateKey_file(ctx, key_path, SSL_FILETYPE_PEM) != 1)
		bad = key_path;
	if (bad) {
		enum err err = why_fail(why, E_FIELD, "Cannot use %s: %s", bad, tls_reason());

		ERR_clear_error();
		SSL_CTX_free(ctx);
		return err;
	}
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	*tls = tls_of(ctx);
	return E_OK;
}

struct tls *tls_hold(const struct tls *tls)
{
	struct tls *held = (struct tls *)tls; /* the count is not part of the value */

	if (held)
		held->refs++;
	return held;
}

void tls_release(struct tls *tls)
{
	if (!tls || --tls->refs)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

struct tls_session *tls_session_of(const struct tls *tls, tls_send_fn *send, void *arg)
{
	struct tls_session *s = mem_alloc(sizeof(*s));
	BIO *bio = window_bio_new(s);

	s->send = send;
	s->arg = arg;
	s->ssl = SSL_new(tls->ctx);
	if (!s->ssl)
		abort();
	SSL_set_bio(s->ssl, bio, bio);
	return s;
}

struct tls_session *tls_session_create(const struct tls *tls, tls_send_fn *send, void *arg)
{
	struct tls_session *s = tls_session_of(tls, send, arg);

	SSL_set_accept_state(s->ssl);
	return s;
}

void tls_session_destroy(struct tls_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	tls_client_forget(s->peer);
	free(s);
}

/* What a call that returned `rc` means for the session. */
static enum err judge(struct tls_session *s, int rc)
{
	int error = SSL_get_error(s->ssl, rc);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN)
		return E_OK;
	s->broken = true;
	if (s->peer)
		return tls_client_failed(s);
	ERR_clear_error();
	return E_BAD_REQUEST;
}

enum err tls_session_start(struct tls_session *s)
{
	int rc;

	if (s->broken)
		return tls_client_failed(s);
	ERR_clear_error();
	rc = SSL_do_handshake(s->ssl);
	return rc == 1 ? E_OK : judge(s, rc);
}

/* Handshake and data alike: OpenSSL takes from the window until it is empty. */
enum err tls_session_feed(struct tls_session *s, struct str ciphertext, struct buf *plain)
{
	enum err err = E_OK;
	int n = 1;

	if (s->broken)
		return s->peer ? tls_client_failed(s) : E_BAD_REQUEST;
	s->window = ciphertext;
	ERR_clear_error();
	while (n > 0) {
		uint8_t *to = buf_space(plain, RECORD_MAX);

		if (!to)
			return E_BAD_REQUEST;
		n = SSL_read(s->ssl, to, RECORD_MAX);
		if (n > 0)
			buf_grown(plain, (size_t)n);
		else
			err = judge(s, n);
	}
	s->window = STR_NONE;
	return err;
}

bool tls_session_ready(const struct tls_session *s)
{
	return SSL_is_init_finished(s->ssl) && !s->broken;
}

bool tls_session_ended(const struct tls_session *s)
{
	return SSL_get_shutdown(s->ssl) & SSL_RECEIVED_SHUTDOWN;
}

/* Without SSL_MODE_ENABLE_PARTIAL_WRITE, and with a BIO that takes all, one
 * call sends the whole in as many records as it needs. */
bool tls_session_write(struct tls_session *s, struct str plain)
{
	size_t written;
	int rc;

	if (!plain.len)
		return true;
	if (!tls_session_ready(s))
		return false;
	ERR_clear_error();
	rc = SSL_write_ex(s->ssl, plain.ptr, plain.len, &written);
	if (rc != 1)
		judge(s, rc);
	return rc == 1;
}

void tls_session_end(struct tls_session *s)
{
	if (!tls_session_ready(s))
		return;
	ERR_clear_error();
	if (SSL_shutdown(s->ssl) < 0)
		judge(s, -1);
}
