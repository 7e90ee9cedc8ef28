/*
 * Certificates for this install. The CA lives for one signature: its key is
 * never written, and its critical name constraints make it worthless for any
 * public name even if it had been kept. Browsers trust it because the owner
 * imports ca.pem once a year.
 */
#include "net/tls.h"
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/uri.h"
#include "sys/file.h"

#define DAY (24 * 60 * 60)
#define LIFE_DAYS 397 /* browsers refuse leaves of more than 398 */
#define RENEW_DAYS 30
#define SKEW_S (60 * 60) /* of the clocks in one shop */
#define PEM_MAX (64 * 1024)

/* A public name that its owner points at 127.0.0.1 for the pages of one system. */
#define LOOPBACK_NAME "local.unpispas.es"

/* What the CA may sign for: RFC 5280, 4.2.1.10. "local" covers what ends in .local. */
static const char name_constraints[] = "critical"
    ",permitted;DNS:localhost,permitted;DNS:local,permitted;DNS:" LOOPBACK_NAME
    ",permitted;IP:127.0.0.0/255.0.0.0"
    ",permitted;IP:10.0.0.0/255.0.0.0"
    ",permitted;IP:172.16.0.0/255.240.0.0"
    ",permitted;IP:192.168.0.0/255.255.0.0"
    ",permitted;IP:169.254.0.0/255.255.0.0"
    ",permitted;IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF"
    ",permitted;IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0"
    ",permitted;IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0";

struct extension {
	int nid;
	const char *value;
};

static const struct extension ca_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_name_constraints, name_constraints },
};

static const struct extension leaf_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
};

/* Names. */

static bool is_local_name(struct str name)
{
	struct ip ip;

	if (!ip_parse(name, &ip))
		return str_is_nocase(name, "localhost") || str_is_nocase(name, LOOPBACK_NAME) ||
		    (name.len > 6 && str_eq_nocase(str_from(name, name.len - 6), STR(".local")));
	if (ip_is_loopback(&ip) || ip_is_link_local(&ip))
		return true;
	if (ip.v6)
		return (ip.bytes[0] & 0xfe) == 0xfc;
	return ip.bytes[0] == 10 || (ip.bytes[0] == 192 && ip.bytes[1] == 168) ||
	    (ip.bytes[0] == 172 && (ip.bytes[1] & 0xf0) == 16);
}

static enum err check_names(const char *const *names, size_t count, struct why *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_local_name(str_of(names[i])))
			return why_fail(why, E_FIELD, "No certificate can be made for %s: "
			    "only for localhost, .local names and private addresses", names[i]);
	}
	return count ? E_OK : why_fail(why, E_FIELD, "A certificate needs a name");
}

static GENERAL_NAME *name_of(const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value;
	struct ip ip;

	if (!name)
		return NULL;
	if (ip_parse(str_of(text), &ip)) {
		value = ASN1_OCTET_STRING_new();
		if (value && ASN1_STRING_set(value, ip.bytes, ip.v6 ? 16 : 4))
			GENERAL_NAME_set0_value(name, GEN_IPADD, value);
	} else {
		value = ASN1_IA5STRING_new();
		if (value && ASN1_STRING_set(value, text, -1))
			GENERAL_NAME_set0_value(name, GEN_DNS, value);
	}
	return name;
}

GENERAL_NAMES *tls_make_names(const char *const *names, size_t count)
{
	GENERAL_NAMES *all = GENERAL_NAMES_new();

	for (size_t i = 0; all && i < count; i++)
		sk_GENERAL_NAME_push(all, name_of(names[i]));
	return all;
}

/* Certificates. */

EVP_PKEY *tls_make_key(void)
{
	return EVP_EC_gen("P-256");
}

static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];
	BIGNUM *number;
	bool ok;

	random_bytes(bytes, sizeof(bytes));
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and of full length */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

/* A name of its own for each CA: a browser that still has last year's must not
 * take it for this one. */
static bool set_subject(X509 *cert, const char *what)
{
	char text[64];
	uint8_t tag[4];

	random_bytes(tag, sizeof(tag));
	snprintf(text, sizeof(text), "platen %s %02x%02x%02x%02x", what, tag[0], tag[1], tag[2],
	    tag[3]);
	return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (unsigned char *)text, -1, -1, 0);
}

static bool add_extensions(X509 *cert, X509 *issuer, const struct extension *ext, size_t count)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, ext[i].nid, ext[i].value);
		bool ok = e && X509_add_ext(cert, e, -1);

		X509_EXTENSION_free(e);
		if (!ok)
			return false;
	}
	return true;
}

/* Everything but extensions and signature; `issuer` NULL: itself. */
static X509 *draft(EVP_PKEY *key, X509 *issuer, const char *what)
{
	X509 *cert = X509_new();

	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    set_subject(cert, what) && X509_set_pubkey(cert, key) &&
	    X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -SKEW_S) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), (long)LIFE_DAYS * DAY))
		return cert;
	X509_free(cert);
	return NULL;
}

X509 *tls_make_ca(EVP_PKEY *key)
{
	X509 *ca = draft(key, NULL, "local CA");

	if (ca && add_extensions(ca, ca, ca_extensions, COUNT_OF(ca_extensions)) &&
	    X509_sign(ca, key, EVP_sha256()))
		return ca;
	X509_free(ca);
	return NULL;
}

X509 *tls_make_leaf(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, GENERAL_NAMES *names)
{
	X509 *leaf = draft(key, ca, "on this machine");

	if (leaf && add_extensions(leaf, ca, leaf_extensions, COUNT_OF(leaf_extensions)) &&
	    X509_add1_ext_i2d(leaf, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1 &&
	    X509_sign(leaf, ca_key, EVP_sha256()))
		return leaf;
	X509_free(leaf);
	return NULL;
}

/* Files. */

static char *path_in(const char *dir, const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static enum err write_pem(const char *dir, const char *name, BIO *pem, mode_t mode, struct why *why)
{
	char *path = path_in(dir, name);
	char *bytes;
	long len = BIO_get_mem_data(pem, &bytes);
	enum err err = file_write(path, (struct str){ bytes, (size_t)len }, mode, why);

	free(path);
	return err;
}

static enum err write_cert(const char *dir, const char *name, X509 *cert, struct why *why)
{
	BIO *pem = BIO_new(BIO_s_mem());
	enum err err = E_INTERNAL;

	if (pem && PEM_write_bio_X509(pem, cert))
		err = write_pem(dir, name, pem, 0644, why);
	else
		why_fail(why, err, "Cannot encode a certificate");
	BIO_free(pem);
	return err;
}

static enum err write_key(const char *dir, const char *name, EVP_PKEY *key, struct why *why)
{
	BIO *pem = BIO_new(BIO_s_secmem());
	enum err err = E_INTERNAL;

	if (pem && PEM_write_bio_PKCS8PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL))
		err = write_pem(dir, name, pem, 0600, why);
	else
		why_fail(why, err, "Cannot encode a key");
	BIO_free(pem);
	return err;
}

/* A BIO over the whole file, or NULL. */
static BIO *read_pem(const char *dir, const char *name, struct buf *bytes)
{
	char *path = path_in(dir, name);
	enum err err = file_read(path, bytes, NULL);

	free(path);
	return err || !bytes->len ? NULL : BIO_new_mem_buf(bytes->ptr, (int)bytes->len);
}

static X509 *read_cert(const char *dir, const char *name)
{
	struct buf bytes;
	X509 *cert = NULL;

	buf_init(&bytes, PEM_MAX);
	BIO *pem = read_pem(dir, name, &bytes);
	if (pem)
		cert = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	BIO_free(pem);
	buf_finish(&bytes);
	return cert;
}

static EVP_PKEY *read_key(const char *dir, const char *name)
{
	struct buf bytes;
	EVP_PKEY *key = NULL;

	buf_init(&bytes, PEM_MAX);
	BIO *pem = read_pem(dir, name, &bytes);
	if (pem)
		key = PEM_read_bio_PrivateKey(pem, NULL, tls_no_password, NULL);
	BIO_free(pem);
	if (bytes.ptr)
		mem_wipe(bytes.ptr, bytes.len);
	buf_finish(&bytes);
	return key;
}

/* Whether what is there still serves: of one making, these names, time left. */

static bool has_names(X509 *leaf, GENERAL_NAMES *wanted)
{
	GENERAL_NAMES *there = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	unsigned char *a = NULL, *b = NULL;
	int a_len = there ? i2d_GENERAL_NAMES(there, &a) : -1;
	int b_len = i2d_GENERAL_NAMES(wanted, &b);
	bool same = a_len > 0 && a_len == b_len && memcmp(a, b, (size_t)a_len) == 0;

	OPENSSL_free(a);
	OPENSSL_free(b);
	GENERAL_NAMES_free(there);
	return same;
}

static bool has_time_left(X509 *leaf)
{
	time_t renew = time(NULL) + (time_t)RENEW_DAYS * DAY;

	return X509_cmp_time(X509_get0_notAfter(leaf), &renew) > 0;
}

static bool still_good(const char *dir, GENERAL_NAMES *names)
{
	X509 *ca = read_cert(dir, "ca.pem");
	X509 *leaf = read_cert(dir, "leaf.pem");
	EVP_PKEY *key = read_key(dir, "leaf.key");
	bool good = ca && leaf && key && X509_check_private_key(leaf, key) == 1 &&
	    X509_verify(leaf, X509_get0_pubkey(ca)) == 1 && has_names(leaf, names) &&
	    has_time_left(leaf);

	EVP_PKEY_free(key);
	X509_free(leaf);
	X509_free(ca);
	ERR_clear_error();
	return good;
}

/* The key first: a crash in between leaves files that do not match, which
 * still_good() sees the next time. */
static enum err write_all(const char *dir, EVP_PKEY *key, X509 *leaf, X509 *ca, struct why *why)
{
	enum err err = file_mkdirs(dir, 0700, why);

	if (!err)
		err = write_key(dir, "leaf.key", key, why);
	if (!err)
		err = write_cert(dir, "leaf.pem", leaf, why);
	if (!err)
		err = write_cert(dir, "ca.pem", ca, why);
	return err;
}

static enum err make_anew(const char *dir, GENERAL_NAMES *names, struct why *why)
{
	EVP_PKEY *ca_key = tls_make_key(), *key = tls_make_key();
	X509 *ca = ca_key ? tls_make_ca(ca_key) : NULL;
	X509 *leaf = ca && key ? tls_make_leaf(key, ca, ca_key, names) : NULL;
	enum err err;

	EVP_PKEY_free(ca_key); /* wiped: nobody can sign with this CA again */
	if (leaf)
		err = write_all(dir, key, leaf, ca, why);
	else
		err = why_fail(why, E_INTERNAL, "Cannot make a certificate");
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

enum err tls_make(const char *dir, const char *const *names, size_t count, struct why *why)
{
	enum err err = check_names(names, count, why);
	GENERAL_NAMES *wanted;

	if (err)
		return err;
	wanted = tls_make_names(names, count);
	if (!wanted)
		return why_fail(why, E_INTERNAL, "Out of memory");
	if (!still_good(dir, wanted))
		err = make_anew(dir, wanted, why);
	GENERAL_NAMES_free(wanted);
	return err;
}
