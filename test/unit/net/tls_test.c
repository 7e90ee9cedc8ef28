/* TLS sessions, TLS on connections, and the certificates we make. */
#include "rig.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/tls.h"
#include "net/tls_internal.h"
#include "sys/clock.h"
#include "sys/file.h"

#define BIG (3 * 1024 * 1024)

static char dir[64];
static char ca_path[80], cert_path[80], key_path[80];
static struct tls *tls;
static const char *const names[] = {
	"localhost", "till-1.local", "127.0.0.1", "::1", "192.168.1.20",
};

/* A session and an OpenSSL client, joined in memory. */

struct pair {
	struct tls_session *server;
	SSL_CTX *ctx;
	SSL *client;
	struct buf heard; /* by the server */
	enum err err;
	size_t refuse_after; /* bytes, then `send` fails */
};

static bool to_client(void *arg, const void *bytes, size_t len)
{
	struct pair *p = arg;

	if (p->refuse_after && p->refuse_after < len)
		return false;
	return BIO_write(SSL_get_rbio(p->client), bytes, (int)len) == (int)len;
}

static SSL_CTX *client_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_load_verify_locations(ctx, ca_path, NULL);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return ctx;
}

static void pair_open(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->heard, 64 * 1024 * 1024);
	p->ctx = client_context();
	p->client = SSL_new(p->ctx);
	SSL_set_bio(p->client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(p->client);
	SSL_set1_host(p->client, "localhost");
	p->server = tls_session_create(tls, to_client, p);
}

static void pair_close(struct pair *p)
{
	tls_session_destroy(p->server);
	SSL_free(p->client);
	SSL_CTX_free(p->ctx);
	buf_finish(&p->heard);
}

/* Hand the client's bytes over in pieces of `piece`; false if there were none. */
static bool pump(struct pair *p, size_t piece)
{
	char *bytes;
	size_t len = (size_t)BIO_get_mem_data(SSL_get_wbio(p->client), &bytes);
	char *copy = malloc(len + 1);

	memcpy(copy, bytes, len);
	(void)BIO_reset(SSL_get_wbio(p->client));
	for (size_t at = 0; at < len && !p->err; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		p->err = tls_session_feed(p->server, (struct str){ copy + at, n }, &p->heard);
	}
	free(copy);
	return len > 0;
}

static bool handshake(struct pair *p, size_t piece)
{
	bool moving = true;

	while (moving && !p->err) {
		SSL_do_handshake(p->client);
		moving = pump(p, piece);
	}
	return SSL_is_init_finished(p->client) && tls_session_ready(p->server);
}

static void session_takes_any_split(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 16, 100, 1000, 100000 };

	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		struct pair p;
		char got[8] = "";

		pair_open(&p);
		assert_true(handshake(&p, pieces[i]));
		assert_int_equal(SSL_write(p.client, "hello", 5), 5);
		pump(&p, pieces[i]);
		assert_true(str_is(buf_str(&p.heard), "hello"));
		assert_true(tls_session_write(p.server, STR("reply")));
		assert_int_equal(SSL_read(p.client, got, sizeof(got)), 5);
		assert_string_equal(got, "reply");
		SSL_shutdown(p.client);
		assert_false(tls_session_ended(p.server));
		pump(&p, pieces[i]);
		assert_true(tls_session_ended(p.server));
		assert_int_equal(p.err, E_OK);
		pair_close(&p);
	}
}

static void session_refuses_garbage(void **state)
{
	struct pair p;

	pair_open(&p);
	SSL_do_handshake(p.client);
	p.err = tls_session_feed(p.server, STR("\x16\x03\x01\x00\x04zzzz and more"), &p.heard);
	assert_int_equal(p.err, E_BAD_REQUEST);
	assert_int_equal(tls_session_feed(p.server, STR("x"), &p.heard), E_BAD_REQUEST);
	assert_false(tls_session_write(p.server, STR("x")));
	tls_session_end(p.server);
	pair_close(&p);
}

static void session_notices_a_changed_record(void **state)
{
	struct pair p;
	char *bytes;

	pair_open(&p);
	assert_true(handshake(&p, 1000));
	SSL_write(p.client, "hello", 5);
	long len = BIO_get_mem_data(SSL_get_wbio(p.client), &bytes);
	bytes[len - 1] ^= 1;
	pump(&p, 1000);
	assert_int_equal(p.err, E_BAD_REQUEST);
	assert_int_equal(p.heard.len, 0);
	pair_close(&p);
}

static void session_survives_a_lost_connection(void **state)
{
	struct pair p;

	pair_open(&p);
	assert_true(handshake(&p, 1000));
	p.refuse_after = 1;
	assert_false(tls_session_write(p.server, STR("hello")));
	assert_false(tls_session_write(p.server, STR("hello")));
	assert_false(tls_session_ready(p.server));
	pair_close(&p);
}

static void old_versions_are_refused(void **state)
{
	struct pair p;

	pair_open(&p);
	SSL_set_security_level(p.client, 0);
	SSL_set_min_proto_version(p.client, TLS1_VERSION);
	SSL_set_max_proto_version(p.client, TLS1_1_VERSION);
	assert_false(handshake(&p, 1000));
	assert_int_equal(p.err, E_BAD_REQUEST);
	pair_close(&p);

	pair_open(&p);
	SSL_set_max_proto_version(p.client, TLS1_2_VERSION);
	assert_true(handshake(&p, 1000));
	assert_int_equal(SSL_renegotiate(p.client), 1);
	SSL_do_handshake(p.client);
	pump(&p, 1000);
	assert_int_equal(SSL_do_handshake(p.client), -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	pair_close(&p);
}

static bool negotiates(const char *offer, const char *chosen)
{
	struct pair p;
	const unsigned char *proto;
	unsigned len;
	bool ok;

	pair_open(&p);
	SSL_set_alpn_protos(p.client, (const unsigned char *)offer, (unsigned)strlen(offer));
	ok = handshake(&p, 1000);
	SSL_get0_alpn_selected(p.client, &proto, &len);
	if (ok)
		ok = len == strlen(chosen) && memcmp(proto, chosen, len) == 0;
	pair_close(&p);
	return ok;
}

static void alpn_is_http_1_1_or_nothing(void **state)
{
	assert_true(negotiates("\x08http/1.1", "http/1.1"));
	assert_true(negotiates("\x02h2\x08http/1.1", "http/1.1"));
	assert_false(negotiates("\x02h2", ""));
}

/* On connections. */

struct dialled {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

static struct dialled dial(struct rig *rig)
{
	struct dialled d = { .fd = rig_connect(rig), .ctx = client_context() };

	d.ssl = SSL_new(d.ctx);
	SSL_set_fd(d.ssl, d.fd);
	SSL_set1_host(d.ssl, "localhost");
	RIG_CHECK(SSL_connect(d.ssl) == 1);
	return d;
}

static void hang_up(struct dialled *d)
{
	SSL_free(d->ssl);
	SSL_CTX_free(d->ctx);
	close(d->fd);
}

static void client_tls_and_plain(struct rig *rig)
{
	char got[8] = "";
	struct dialled d = dial(rig);
	int plain = rig_connect(rig);

	RIG_CHECK(SSL_write(d.ssl, "secret", 6) == 6);
	RIG_CHECK(SSL_read(d.ssl, got, sizeof(got)) == 6 && memcmp(got, "secret", 6) == 0);
	rig_send(plain, "open");
	RIG_CHECK(rig_receive(plain, got, 4) == 4 && memcmp(got, "open", 4) == 0);
	SSL_shutdown(d.ssl);
	RIG_CHECK(SSL_read(d.ssl, got, sizeof(got)) == 0); /* the answering close_notify */
	RIG_CHECK(SSL_get_error(d.ssl, 0) == SSL_ERROR_ZERO_RETURN);
	close(plain);
	hang_up(&d);
}

static void one_port_serves_tls_and_plain(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_AUTO },
	};

	rig_run(&rig, client_tls_and_plain);
	assert_int_equal(rig.accepted, 2);
	assert_int_equal(rig.why, E_OK);
}

static char *big;

static void send_big(struct conn *c, struct str bytes, void *rig)
{
	assert_true(conn_is_tls(c));
	conn_set_ceiling(c, 2 * BIG);
	assert_true(conn_write2(c, STR("head"), (struct str){ big, BIG }));
	assert_true(conn_write2(c, STR("he"), STR("ad")));
	conn_close(c);
}

static void client_reads_big(struct rig *rig)
{
	struct dialled d = dial(rig);
	char *got = malloc(BIG + 8);
	int len = 0, n = 1;

	RIG_CHECK(SSL_write(d.ssl, "go", 2) == 2);
	for (; len < BIG + 8 && n > 0; len += n > 0 ? n : 0)
		n = SSL_read(d.ssl, got + len, BIG + 8 - len);
	RIG_CHECK(len == BIG + 8);
	RIG_CHECK(memcmp(got, "head", 4) == 0 && memcmp(got + 4, big, BIG) == 0);
	RIG_CHECK(memcmp(got + 4 + BIG, "head", 4) == 0);
	RIG_CHECK(SSL_read(d.ssl, got, 1) == 0);
	RIG_CHECK(SSL_get_error(d.ssl, 0) == SSL_ERROR_ZERO_RETURN);
	free(got);
	hang_up(&d);
}

static void big_replies_are_whole_and_end_with_close_notify(void **state)
{
	struct rig rig = {
		.ops = { .on_data = send_big },
		.options = { .tls = tls, .tls_mode = TLS_ON },
	};

	big = malloc(BIG);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
	rig_run(&rig, client_reads_big);
	free(big);
}

/* A megabyte upstream arrives whole, whatever records and windows it came in. */
static void client_sends_much(struct rig *rig)
{
	struct dialled d = dial(rig);
	char piece[5000], got[5000];

	for (int i = 0; i < 200; i++) {
		memset(piece, i, sizeof(piece));
		RIG_CHECK(SSL_write(d.ssl, piece, sizeof(piece)) == sizeof(piece));
		for (int len = 0, n; len < (int)sizeof(got); len += n) {
			n = SSL_read(d.ssl, got + len, (int)sizeof(got) - len);
			RIG_CHECK(n > 0);
		}
		RIG_CHECK(memcmp(piece, got, sizeof(got)) == 0);
	}
	hang_up(&d);
}

static void echoes_a_megabyte(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_AUTO },
	};

	rig_run(&rig, client_sends_much);
}

static void client_speaks_plain(struct rig *rig)
{
	int fd = rig_connect(rig);

	rig_send(fd, "GET / HTTP/1.1\r\n");
	RIG_CHECK(rig_end(fd) == RIG_RST);
	close(fd);
}

static void tls_only_means_it(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_ON },
	};

	rig_run(&rig, client_speaks_plain);
	assert_int_equal(rig.why, E_BAD_REQUEST);
}

static void client_is_told(struct rig *rig)
{
	int fd = rig_connect(rig);
	char said[4];

	rig_send(fd, "GET / HTTP/1.1\r\n");
	RIG_CHECK(rig_receive(fd, said, 4) == 4 && !memcmp(said, "TLS!", 4));
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void tls_only_may_say_so(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_ON, .plain_answer = "TLS!" },
	};

	rig_run(&rig, client_is_told);
	assert_int_equal(rig.why, E_OK);
}

static void speak_first(struct conn *c, struct rig *rig)
{
	assert_false(conn_write(c, "secret", 6));
}

static void client_gets_nothing(struct rig *rig)
{
	int fd = rig_connect(rig);

	RIG_CHECK(rig_end(fd) == RIG_RST);
	close(fd);
}

static void nothing_leaves_in_the_clear(void **state)
{
	struct rig rig = {
		.on_accept = speak_first,
		.options = { .tls = tls, .tls_mode = TLS_ON },
	};

	rig_run(&rig, client_gets_nothing);
	assert_int_equal(rig.why, E_LOST);
}

static void client_breaks_tls(struct rig *rig)
{
	char alert[7];
	int fd = rig_connect(rig);

	RIG_CHECK(send(fd, "\x16\x03\x01\x00\x04zzzz", 9, MSG_NOSIGNAL) == 9);
	RIG_CHECK(rig_receive(fd, alert, sizeof(alert)) == sizeof(alert));
	RIG_CHECK(alert[0] == 0x15);
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void broken_handshake_gets_an_alert(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_AUTO },
	};

	rig_run(&rig, client_breaks_tls);
	assert_int_equal(rig.why, E_BAD_REQUEST);
}

static void client_is_silent(struct rig *rig)
{
	int64_t start = clock_mono();
	int fd = rig_connect(rig);

	RIG_CHECK(rig_end(fd) == RIG_FIN);
	RIG_CHECK(clock_mono() - start >= 99);
	close(fd);
	fd = rig_connect(rig);
	rig_send(fd, "\x16\x03\x01"); /* a handshake that stops */
	RIG_CHECK(rig_end(fd) == RIG_FIN);
	close(fd);
}

static void silence_is_cut_off(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_AUTO, .first_byte_ms = 100 },
	};

	rig_run(&rig, client_is_silent);
	assert_int_equal(rig.accepted, 2);
	assert_int_equal(rig.why, E_TIMEOUT);
}

static void client_pauses(struct rig *rig)
{
	char got[4];
	struct dialled d = dial(rig);
	int plain = rig_connect(rig);

	rig_send(plain, "a");
	RIG_CHECK(rig_receive(plain, got, 1) == 1);
	clock_sleep(250); /* longer than the first byte may take */
	rig_send(plain, "b");
	RIG_CHECK(rig_receive(plain, got, 1) == 1);
	RIG_CHECK(SSL_write(d.ssl, "c", 1) == 1 && SSL_read(d.ssl, got, 1) == 1);
	close(plain);
	hang_up(&d);
}

static void who_has_spoken_may_pause(void **state)
{
	struct rig rig = {
		.ops = { .on_data = rig_echo },
		.options = { .tls = tls, .tls_mode = TLS_AUTO, .first_byte_ms = 100 },
	};

	rig_run(&rig, client_pauses);
}

static void swap_certificate(struct conn *c, struct str bytes, void *arg)
{
	struct rig *rig = arg;
	struct tls *next;

	assert_int_equal(tls_load(cert_path, key_path, &next, NULL), E_OK);
	listener_set_tls(rig->listener, next);
	tls_release(next);
	conn_write(c, bytes.ptr, bytes.len);
}

static void client_comes_twice(struct rig *rig)
{
	char got[4];
	struct dialled first = dial(rig);

	RIG_CHECK(SSL_write(first.ssl, "a", 1) == 1 && SSL_read(first.ssl, got, 1) == 1);
	struct dialled second = dial(rig);
	RIG_CHECK(SSL_write(second.ssl, "a", 1) == 1 && SSL_read(second.ssl, got, 1) == 1);
	RIG_CHECK(SSL_write(first.ssl, "a", 1) == 1 && SSL_read(first.ssl, got, 1) == 1);
	hang_up(&first);
	hang_up(&second);
}

static void certificate_is_replaced_under_way(void **state)
{
	struct rig rig = {
		.ops = { .on_data = swap_certificate },
		.options = { .tls = tls, .tls_mode = TLS_AUTO },
	};

	rig_run(&rig, client_comes_twice);
}

/* Certificates. */

static int verify(X509 *ca, X509 *leaf)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int rc;

	X509_STORE_add_cert(store, ca);
	X509_STORE_CTX_init(ctx, store, leaf, NULL);
	X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(ctx), X509_PURPOSE_SSL_SERVER);
	rc = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return rc;
}

/* What a client says to a leaf for `name` that our CA has signed. */
static int judged(const char *name)
{
	EVP_PKEY *ca_key = tls_make_key(), *key = tls_make_key();
	X509 *ca = tls_make_ca(ca_key);
	GENERAL_NAMES *san = tls_make_names(&name, 1);
	X509 *leaf = tls_make_leaf(key, ca, ca_key, san);
	int rc = verify(ca, leaf);

	GENERAL_NAMES_free(san);
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	return rc;
}

static void ca_is_worth_nothing_outside(void **state)
{
	static const char *const good[] = { "localhost", "till.local", "a.b.local", "127.0.0.1",
	    "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1", "169.254.1.1",
	    "::1", "fd12::1", "fe80::1" };
	static const char *const bad[] = { "www.bank.example", "bank.example", "example",
	    "notlocal", "localhost.example", "8.8.8.8", "172.32.0.1", "192.169.0.1", "11.0.0.1", "::2",
	    "2001:db8::1" };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(judged(good[i]), X509_V_OK);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(judged(bad[i]), X509_V_ERR_PERMITTED_VIOLATION);
}

static X509 *load(const char *path)
{
	FILE *f = fopen(path, "r");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f)
		fclose(f);
	return cert;
}

static void made_certificate_is_as_promised(void **state)
{
	X509 *ca = load(ca_path), *leaf = load(cert_path);
	struct stat st;
	char other[96];
	int days, seconds;

	assert_non_null(ca);
	assert_non_null(leaf);
	assert_int_equal(verify(ca, leaf), X509_V_OK);
	ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), X509_get0_notAfter(leaf));
	assert_in_range(days, 390, 397);
	assert_int_equal(X509_check_host(leaf, "till-1.local", 0, 0, NULL), 1);
	assert_int_equal(X509_check_ip_asc(leaf, "192.168.1.20", 0), 1);
	assert_int_equal(X509_check_host(leaf, "till-2.local", 0, 0, NULL), 0);
	assert_true(X509_get_extension_flags(ca) & EXFLAG_CA);
	assert_false(X509_get_extension_flags(leaf) & EXFLAG_CA);
	int at = X509_get_ext_by_NID(ca, NID_name_constraints, -1);
	assert_true(X509_EXTENSION_get_critical(X509_get_ext(ca, at)));
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(other, sizeof(other), "%s/ca.key", dir);
	assert_false(file_exists(other));
	X509_free(leaf);
	X509_free(ca);
}

static ino_t inode(const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static bool made_anew(const char *const *wanted, size_t count)
{
	ino_t before = inode(cert_path), ca_before = inode(ca_path);
	bool anew;

	assert_int_equal(tls_make(dir, wanted, count, NULL), E_OK);
	anew = inode(cert_path) != before;
	assert_int_equal(inode(ca_path) != ca_before, anew);
	return anew;
}

static void certificate_is_kept_while_it_serves(void **state)
{
	struct tls *t = NULL;

	assert_false(made_anew(names, COUNT_OF(names)));
	assert_true(made_anew(names, 2));
	assert_true(made_anew(names, COUNT_OF(names)));
	assert_int_equal(file_write(key_path, STR("nonsense"), 0600, NULL), E_OK);
	assert_int_equal(tls_load(cert_path, key_path, &t, NULL), E_FIELD);
	assert_true(made_anew(names, COUNT_OF(names)));
	assert_int_equal(tls_load(cert_path, key_path, &t, NULL), E_OK);
	tls_release(t);
	tls_release(NULL);
}

/* With a password the daemon would wait at a terminal that nobody watches. */
static void key_with_a_password_is_refused(void **state)
{
	EVP_PKEY *key = tls_make_key();
	FILE *f = fopen(key_path, "w");
	struct tls *t;

	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, EVP_aes_128_cbc(), "secret", 6, NULL,
	    NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
	assert_int_equal(tls_load(cert_path, key_path, &t, NULL), E_FIELD);
	assert_true(made_anew(names, COUNT_OF(names)));
}

static void key_of_another_certificate_is_refused(void **state)
{
	EVP_PKEY *key = tls_make_key();
	FILE *f = fopen(key_path, "w");
	struct tls *t;
	struct why why;

	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
	assert_int_equal(tls_load(cert_path, key_path, &t, &why), E_FIELD);
	assert_non_null(strstr(why.text, "mismatch"));
	assert_true(made_anew(names, COUNT_OF(names)));
}

static void foreign_names_are_refused(void **state)
{
	static const char *const foreign[] = { "localhost", "shop.example" };
	struct why why;

	assert_int_equal(tls_make(dir, foreign, 2, &why), E_FIELD);
	assert_non_null(strstr(why.text, "shop.example"));
	assert_int_equal(tls_make(dir, foreign, 0, &why), E_FIELD);
	assert_int_equal(tls_load("/nonexistent", key_path, &(struct tls *){ NULL }, &why),
	    E_FIELD);
	assert_non_null(strstr(why.text, "/nonexistent"));
}

static int prepare(void **state)
{
	char template[] = "/tmp/platen-tls-XXXXXX";

	if (!mkdtemp(template))
		return -1;
	snprintf(dir, sizeof(dir), "%s/made/tls", template);
	snprintf(ca_path, sizeof(ca_path), "%s/ca.pem", dir);
	snprintf(cert_path, sizeof(cert_path), "%s/leaf.pem", dir);
	snprintf(key_path, sizeof(key_path), "%s/leaf.key", dir);
	return tls_make(dir, names, COUNT_OF(names), NULL) ||
	    tls_load(cert_path, key_path, &tls, NULL);
}

static int clean(void **state)
{
	tls_release(tls);
	unlink(ca_path);
	unlink(cert_path);
	unlink(key_path);
	for (int i = 0; i < 3; i++) {
		if (rmdir(dir))
			return -1;
		*strrchr(dir, '/') = '\0';
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_takes_any_split),
		cmocka_unit_test(session_refuses_garbage),
		cmocka_unit_test(session_notices_a_changed_record),
		cmocka_unit_test(session_survives_a_lost_connection),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(alpn_is_http_1_1_or_nothing),
		cmocka_unit_test(one_port_serves_tls_and_plain),
		cmocka_unit_test(big_replies_are_whole_and_end_with_close_notify),
		cmocka_unit_test(echoes_a_megabyte),
		cmocka_unit_test(tls_only_means_it),
		cmocka_unit_test(tls_only_may_say_so),
		cmocka_unit_test(nothing_leaves_in_the_clear),
		cmocka_unit_test(broken_handshake_gets_an_alert),
		cmocka_unit_test(silence_is_cut_off),
		cmocka_unit_test(who_has_spoken_may_pause),
		cmocka_unit_test(certificate_is_replaced_under_way),
		cmocka_unit_test(ca_is_worth_nothing_outside),
		cmocka_unit_test(made_certificate_is_as_promised),
		cmocka_unit_test(certificate_is_kept_while_it_serves),
		cmocka_unit_test(key_with_a_password_is_refused),
		cmocka_unit_test(key_of_another_certificate_is_refused),
		cmocka_unit_test(foreign_names_are_refused),
	};
	return cmocka_run_group_tests(tests, prepare, clean);
}
