/*
 * libcrypto does the work; a digest that fails means a broken installation of
 * it, and nothing of ours could go on safely. It looks an algorithm up on each
 * use unless it is fetched beforehand, which takes as long as 4 KB of SHA-256.
 */
#include "base/sha.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static void must(int ok)
{
	if (ok == 1)
		return;
	fputs("platen: libcrypto failed\n", stderr);
	abort();
}

static EVP_MD *md_sha256;

static void fetch(void)
{
	md_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	must(md_sha256 != NULL);
}

static const EVP_MD *fetched(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch);
	return md_sha256;
}

void sha1(struct str bytes, uint8_t out[static 20])
{
	must(EVP_Digest(bytes.ptr, bytes.len, out, NULL, EVP_sha1(), NULL));
}

void sha256(struct str bytes, uint8_t out[static 32])
{
	must(EVP_Digest(bytes.ptr, bytes.len, out, NULL, fetched(), NULL));
}

void sha256_hex(struct str bytes, char out[static 65])
{
	uint8_t digest[32];
	sha256(bytes, digest);
	hex_encode(digest, sizeof(digest), out);
}

/* `struct sha256` is libcrypto's context under a name of ours. */
struct sha256 *sha256_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	must(ctx && EVP_DigestInit_ex(ctx, fetched(), NULL));
	return (struct sha256 *)ctx;
}

void sha256_add(struct sha256 *s, struct str bytes)
{
	must(EVP_DigestUpdate((EVP_MD_CTX *)s, bytes.ptr, bytes.len));
}

void sha256_end(struct sha256 *s, uint8_t out[static 32])
{
	must(EVP_DigestFinal_ex((EVP_MD_CTX *)s, out, NULL));
	EVP_MD_CTX_free((EVP_MD_CTX *)s);
}

void random_bytes(void *out, size_t len)
{
	unsigned char *at = out;
	while (len) {
		int piece = len < 4096 ? (int)len : 4096; /* RAND_bytes takes an int */
		must(RAND_bytes(at, piece));
		at += piece;
		len -= (size_t)piece;
	}
}
