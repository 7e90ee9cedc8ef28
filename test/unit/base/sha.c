#include "base/sha.h"
#include "base/text.h"
#include "unit.h"

/* FIPS 180-2, appendices A.1 and B.1 */
static void test_known_digests(void **state)
{
	uint8_t digest[20];
	char hex[65];
	sha1(STR("abc"), digest);
	hex_encode(digest, sizeof(digest), hex);
	assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha256_hex(STR("abc"), hex);
	assert_string_equal(hex,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex(STR_NONE, hex);
	assert_string_equal(hex,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_pieces(void **state)
{
	uint8_t whole[32], pieces[32];
	sha256(STR("abcdef"), whole);
	struct sha256 *s = sha256_begin();
	sha256_add(s, STR("ab"));
	sha256_add(s, STR_NONE);
	sha256_add(s, STR("cdef"));
	sha256_end(s, pieces);
	assert_memory_equal(whole, pieces, 32);
}

static void test_random(void **state)
{
	static uint8_t a[10000], b[10000];
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, 32);
	assert_memory_not_equal(a + 9968, b + 9968, 32);
	random_bytes(a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_digests),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
