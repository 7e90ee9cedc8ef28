#include "base/seal.h"
#include "base/text.h"
#include "unit.h"

/* Hex into bytes of a fixed place. */
struct bytes {
	uint8_t b[128];
	size_t len;
};

static struct bytes from(const char *hex)
{
	struct bytes out = { .len = 0 };
	struct buf b;

	buf_init(&b, sizeof(out.b));
	assert_true(hex_decode(str_of(hex), &b));
	if (b.len)
		memcpy(out.b, b.ptr, b.len);
	out.len = b.len;
	buf_finish(&b);
	return out;
}

static struct str as_str(const struct bytes *b)
{
	return (struct str){ (const char *)b->b, b->len };
}

/* RFC 5869, appendices A.1 to A.3 */
static const struct {
	const char *secret, *salt, *info, *key;
} derivations[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
	    "f0f1f2f3f4f5f6f7f8f9",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
	  "28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687"
	    "88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7"
	    "d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac78272"
	    "71cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f"
	    "1d87" },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8" },
};

static void test_derive(void **state)
{
	for (size_t i = 0; i < sizeof(derivations) / sizeof(derivations[0]); i++) {
		struct bytes secret = from(derivations[i].secret), salt = from(derivations[i].salt);
		struct bytes info = from(derivations[i].info), key = from(derivations[i].key);
		uint8_t got[128];

		seal_derive(as_str(&secret), as_str(&salt), as_str(&info), got, key.len);
		assert_memory_equal(got, key.b, key.len);
	}
}

/* The GCM specification's test cases 13, 14 and 16 (AES-256). */
static const struct {
	const char *key, *nonce, *extra, *plain, *sealed, *tag;
} seals[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "00000000000000000000000000000000",
	    "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void test_known_seals(void **state)
{
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		struct bytes key = from(seals[i].key), nonce = from(seals[i].nonce);
		struct bytes extra = from(seals[i].extra), plain = from(seals[i].plain);
		struct bytes sealed = from(seals[i].sealed), tag = from(seals[i].tag);
		uint8_t got[128], got_tag[SEAL_TAG], back[128];

		seal_close(key.b, nonce.b, as_str(&extra), as_str(&plain), got, got_tag);
		assert_memory_equal(got, sealed.b, sealed.len);
		assert_memory_equal(got_tag, tag.b, SEAL_TAG);
		assert_true(seal_open(key.b, nonce.b, as_str(&extra), as_str(&sealed), tag.b, back));
		assert_memory_equal(back, plain.b, plain.len);
	}
}

static void assert_refused(struct bytes *key, struct bytes *nonce, struct bytes *extra,
    struct bytes *sealed, struct bytes *tag)
{
	uint8_t out[128], zero[128] = { 0 };

	memset(out, 0xAA, sizeof(out));
	assert_false(seal_open(key->b, nonce->b, as_str(extra), as_str(sealed), tag->b, out));
	assert_memory_equal(out, zero, sealed->len); /* nothing of it gets out */
}

/* Every single bit counts. */
static void test_any_change_is_noticed(void **state)
{
	struct bytes part[5] = { from(seals[2].key), from(seals[2].nonce), from(seals[2].extra),
		from(seals[2].sealed), from(seals[2].tag) };

	for (size_t p = 0; p < 5; p++)
		for (size_t bit = 0; bit < part[p].len * 8; bit++) {
			part[p].b[bit / 8] ^= 1u << bit % 8;
			assert_refused(&part[0], &part[1], &part[2], &part[3], &part[4]);
			part[p].b[bit / 8] ^= 1u << bit % 8;
		}
	part[3].len--;
	assert_refused(&part[0], &part[1], &part[2], &part[3], &part[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive),
		cmocka_unit_test(test_known_seals),
		cmocka_unit_test(test_any_change_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
