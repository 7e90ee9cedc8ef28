/*
 * libcrypto does the work. What it cannot refuse for our arguments and refuses
 * all the same means a broken installation of it; a tag that does not match is
 * the one failure that belongs here.
 */
#include "base/seal.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static void must(int ok)
{
	if (ok == 1)
		return;
	fputs("platen: libcrypto failed\n", stderr);
	abort();
}

static OSSL_PARAM octets(const char *name, struct str s)
{
	return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)s.ptr, s.len);
}

void seal_derive(struct str secret, struct str salt, struct str info, uint8_t *out, size_t len)
{
	char digest[] = "SHA256";
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		octets(OSSL_KDF_PARAM_KEY, secret),
		octets(OSSL_KDF_PARAM_SALT, salt),
		octets(OSSL_KDF_PARAM_INFO, info),
		OSSL_PARAM_construct_end(),
	};

	must(ctx && EVP_KDF_derive(ctx, out, len, params) == 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static EVP_CIPHER_CTX *begin(const uint8_t *key, const uint8_t *nonce, struct str extra, int enc)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	assert(extra.len < INT_MAX);
	must(ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce, enc));
	if (extra.len)
		must(EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)extra.ptr, (int)extra.len));
	return ctx;
}

static void update(EVP_CIPHER_CTX *ctx, struct str in, uint8_t *out)
{
	int n;

	assert(in.len < INT_MAX);
	if (in.len)
		must(EVP_CipherUpdate(ctx, out, &n, (const uint8_t *)in.ptr, (int)in.len));
}

void seal_close(const uint8_t key[static SEAL_KEY], const uint8_t nonce[static SEAL_NONCE],
    struct str extra, struct str plain, uint8_t *out, uint8_t tag[static SEAL_TAG])
{
	EVP_CIPHER_CTX *ctx = begin(key, nonce, extra, 1);
	uint8_t none[SEAL_TAG];
	int n;

	update(ctx, plain, out);
	must(EVP_CipherFinal_ex(ctx, none, &n));
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, tag));
	EVP_CIPHER_CTX_free(ctx);
}

bool seal_open(const uint8_t key[static SEAL_KEY], const uint8_t nonce[static SEAL_NONCE],
    struct str extra, struct str sealed, const uint8_t tag[static SEAL_TAG], uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = begin(key, nonce, extra, 0);
	uint8_t none[SEAL_TAG];
	bool ok;
	int n;

	update(ctx, sealed, out);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, SEAL_TAG, (void *)(uintptr_t)tag));
	ok = EVP_CipherFinal_ex(ctx, none, &n) == 1;
	if (!ok)
		mem_wipe(out, sealed.len);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}
