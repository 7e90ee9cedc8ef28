/*
 * The return stream over a table of byte strings: what comes out of it, however
 * it is cut; and the facts that single replies tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lang/escpos_reply.h"

/* Replies as letters: s(tatus) b(yte) a(sb) t(ext) p(rocess id) k (any other block),
 * each followed by its bytes. */
static const struct row {
	const char *hex, *replies;
	unsigned foreign;
} rows[] = {
	{ "", "", 0 },
	{ "12", "s12", 0 },
	{ "16 12 1E", "s16 s12 s1E", 0 },
	{ "1A 32 7E", "s1A s32 s7E", 0 },
	{ "00 FF 41", "b00 b41", 1 },
	{ "9A 80 92", "", 3 },
	{ "0F 20 02", "b0F b20 b02", 0 },
	/* XON and XOFF fall anywhere */
	{ "11 12 13", "s12", 0 },
	{ "10 11 00 13 00 11 0F 12", "a1000000F s12", 0 },
	{ "5F 11 54 4D 13 00", "t544D", 0 },
	/* status packets: the next three bytes are theirs, whatever they are */
	{ "14 00 00 0F", "a1400000F", 0 },
	{ "18 00 0C 00 12", "a18000C00 s12", 0 },
	{ "10 12 12 12 16", "s16", 4 },
	{ "10 00 00", "", 0 },
	{ "1C 00 00 80", "", 4 },
	/* blocks */
	{ "5F 45 50 53 4F 4E 00", "t4550534F4E", 0 },
	{ "5F 00", "t", 0 },
	{ "37 22 41 42 43 44 00", "p41424344", 0 },
	{ "37 22 41 42 43 00", "k3722414243", 0 },
	{ "37 22 41 42 43 44 45 00", "k37224142434445", 0 },
	{ "37 25 00", "k3725", 0 },
	{ "37 23 40 41 00", "k37234041", 0 },
	{ "3B 31 00", "k3B31", 0 },
	{ "3D 21 41 00 12", "k3D2141 s12", 0 },
	{ "35 00", "k35", 0 },
	{ "12 5F 12 00 12", "s12 t12 s12", 0 },
	/* a block without end */
	{ "5F 41*511 41 12", "s12", 513 },
	{ "5F 41*511 00 12", "t+511 s12", 0 },
};

static size_t bytes_of(const char *hex, uint8_t out[static 1024])
{
	size_t n = 0;
	while (*hex) {
		char *end;
		uint8_t b = (uint8_t)strtoul(hex, &end, 16);
		size_t times = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
		while (times--)
			out[n++] = b;
		hex = end + strspn(end, " ");
	}
	return n;
}

static void write_down(const struct escpos_reply *r, enum escpos_reply_kind kind, char *out)
{
	static const char letters[] = {
		[ESCPOS_STATUS] = 's', [ESCPOS_BYTE] = 'b', [ESCPOS_ASB] = 'a',
		[ESCPOS_TEXT] = 't', [ESCPOS_TOKEN] = 'p', [ESCPOS_BLOCK] = 'k',
	};
	if (!kind)
		return;
	out += strlen(out);
	out += sprintf(out, "%c", letters[kind]);
	if (r->len > 100)
		out += sprintf(out, "+%zu", r->len);
	for (size_t i = 0; i < r->len && r->len <= 100; i++)
		out += sprintf(out, "%02X", r->bytes[i]);
	sprintf(out, " ");
}

static void test_table(void **state)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[1024];
		char got[512] = "";
		struct escpos_reply r;
		size_t len = bytes_of(rows[i].hex, bytes);
		escpos_reply_init(&r);
		for (size_t at = 0; at < len; at++)
			write_down(&r, escpos_reply_feed(&r, bytes[at]), got);
		if (got[0])
			got[strlen(got) - 1] = '\0';
		if (strcmp(got, rows[i].replies) || r.foreign != rows[i].foreign)
			fail_msg("%s: \"%s\", %d foreign", rows[i].hex, got, (int)r.foreign);
	}
	(void)state;
}

/* Facts in the order of status.def: online, paper, low, cover, cutter, mechanical,
 * unrecoverable, hot, feeding, drawer; y, n or - . */
static void check_facts(const char *what, const struct facts *f, const char *expected)
{
	char got[32] = "";
	enum tri value;
	for (unsigned i = 0; facts_at(f, i, &value); i++)
		got[i] = "-ny"[value];
	if (strcmp(got, expected))
		fail_msg("%s: %s", what, got);
}

static void test_status_facts(void **state)
{
	static const struct {
		unsigned n;
		uint8_t b;
		const char *facts;
	} answers[] = {
		{ 1, 0x12, "y-------nn" },
		{ 1, 0x16, "y-------ny" },
		{ 1, 0x1A, "n-------nn" },
		{ 1, 0x52, "y-------yn" },
		{ 2, 0x12, "---nnnnn--" },
		{ 2, 0x16, "---ynnnn--" },
		{ 2, 0x1A, "---nnnnny-" },
		{ 2, 0x32, "-n-nnnnn--" },
		{ 2, 0x52, "---n------" },
		{ 3, 0x12, "----nnnn--" },
		{ 3, 0x16, "----nynn--" },
		{ 3, 0x1A, "----ynnn--" },
		{ 3, 0x32, "----nnyn--" },
		{ 3, 0x52, "----nnny--" },
		{ 4, 0x12, "-yn-------" },
		{ 4, 0x1E, "-yy-------" },
		{ 4, 0x1A, "-yy-------" },
		{ 4, 0x72, "-nn-------" },
		{ 4, 0x52, "-nn-------" },
		{ 4, 0x7E, "-ny-------" },
		{ 0, 0x12, "----------" },
		{ 5, 0x12, "----------" },
	};
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct facts f = { 0 };
		char what[16];
		snprintf(what, sizeof(what), "%u %02X", answers[i].n, answers[i].b);
		escpos_reply_status(answers[i].n, answers[i].b, &f);
		check_facts(what, &f, answers[i].facts);
	}
	(void)state;
}

/* The table of the Print Bridge contract. */
static void test_status_rounds(void **state)
{
	static const struct {
		uint8_t b[3];
		const char *facts;
	} rounds[] = {
		{ { 0x12, 0x12, 0x12 }, "yynnnnnnnn" },
		{ { 0x16, 0x12, 0x12 }, "yynnnnnnny" },
		{ { 0x12, 0x12, 0x1E }, "yyynnnnnnn" },
		{ { 0x1A, 0x16, 0x12 }, "nynynnnnnn" },
		{ { 0x1A, 0x32, 0x7E }, "nnynnnnnnn" },
		{ { 0x1A, 0x12, 0x72 }, "nnnnnnnnnn" },
		{ { 0x1A, 0x32, 0x12 }, "nnnnnnnnnn" },
	};
	for (size_t i = 0; i < COUNT_OF(rounds); i++) {
		static const unsigned order[] = { 1, 2, 4 };
		struct facts f = { 0 };
		for (size_t n = 0; n < 3; n++)
			escpos_reply_status(order[n], rounds[i].b[n], &f);
		check_facts("round", &f, rounds[i].facts);
	}
	(void)state;
}

/* A cover opened in print is no hot head. */
static void test_cover_is_not_hot(void **state)
{
	struct facts f = { 0 };
	escpos_reply_status(2, 0x56, &f);
	escpos_reply_status(3, 0x52, &f);
	check_facts("cover", &f, "---ynnnn--");
	(void)state;
}

static void test_asb_facts(void **state)
{
	static const struct {
		uint8_t b[4];
		const char *facts;
	} packets[] = {
		{ { 0x10, 0x00, 0x00, 0x0F }, "yynnnnnnnn" },
		{ { 0x14, 0x00, 0x00, 0x0F }, "yynnnnnnny" },
		{ { 0x18, 0x00, 0x0C, 0x0F }, "nnnnnnnnnn" },
		{ { 0x10, 0x00, 0x03, 0x0F }, "yyynnnnnnn" },
		{ { 0x38, 0x00, 0x00, 0x0F }, "nynynnnnnn" },
		{ { 0x18, 0x08, 0x00, 0x0F }, "nynnynnnnn" },
		{ { 0x18, 0x04, 0x00, 0x0F }, "nynnnynnnn" },
		{ { 0x18, 0x20, 0x00, 0x0F }, "nynnnnynnn" },
		{ { 0x18, 0x40, 0x00, 0x0F }, "nynnnnnynn" },
		{ { 0x50, 0x00, 0x00, 0x0F }, "yynnnnnnyn" },
		{ { 0x10, 0x00, 0x60, 0x0F }, "yynnnnnnnn" },
	};
	for (size_t i = 0; i < COUNT_OF(packets); i++) {
		struct facts f = { 0 };
		escpos_reply_asb(packets[i].b, &f);
		check_facts("asb", &f, packets[i].facts);
	}
	(void)state;
}

static void test_paper_facts(void **state)
{
	struct facts f = { 0 };
	escpos_reply_paper(0x00, &f);
	check_facts("00", &f, "-yn-------");
	escpos_reply_paper(0x03, &f);
	check_facts("03", &f, "-yy-------");
	escpos_reply_paper(0x0F, &f);
	check_facts("0F", &f, "-ny-------");
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_status_facts),
		cmocka_unit_test(test_status_rounds),
		cmocka_unit_test(test_cover_is_not_hot),
		cmocka_unit_test(test_asb_facts),
		cmocka_unit_test(test_paper_facts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
