/*
 * The files of test/paper/escpos: bytes in, and what must be on paper, in replies and
 * in events. Each case runs whole, byte by byte and cut in two at every place;
 * all runs must agree to the last dot.
 *
 *   case TITLE            begins one
 *   model NAME            else "full"
 *   fault LINE            a line of the fault script
 *   send 1B 40 "text"     hex bytes and strings, appended
 *   papers N              so many were cut
 *   paper TEXT            the JSON of the papers contains it
 *   no-paper TEXT         or does not
 *   reply 12 ...          all replies, in hex; "reply" alone: none
 *   event TEXT            the events contain it
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "rig.h"

enum { CASES_MAX = 500, EXPECTED_MAX = 24, FILE_MAX = 1 << 20 };

struct expected {
	char kind[16];
	char *text;
};

struct test_case {
	char *title;
	char model[16];
	struct buf script, bytes;
	struct expected expected[EXPECTED_MAX];
	unsigned count;
};

static struct test_case cases[CASES_MAX];
static unsigned case_count;

static void bad(const char *file, unsigned line, const char *text)
{
	fprintf(stderr, "%s:%u: cannot read: %s\n", file, line, text);
	exit(1);
}

/* 1B 40 "text" -> bytes */
static bool parse_bytes(struct str s, struct buf *out)
{
	while ((s = str_trim(s)).len) {
		struct str rest, word;
		if (s.ptr[0] == '"') {
			word = str_cut(str_from(s, 1), '"', &rest);
			buf_add_str(out, word);
		} else {
			word = str_cut(s, ' ', &rest);
			if (!hex_decode(word, out))
				return false;
		}
		s = rest;
	}
	return true;
}

static void parse_line(const char *file, unsigned number, struct str line)
{
	struct test_case *c = case_count ? &cases[case_count - 1] : NULL;
	struct str rest, word = str_cut(line, ' ', &rest);

	if (str_is(word, "case")) {
		c = &cases[case_count++];
		c->title = mem_printf("%s: %.*s", file, STR_ARG(rest));
		strcpy(c->model, "full");
		buf_init(&c->script, FILE_MAX);
		buf_init(&c->bytes, FILE_MAX);
	} else if (!c || c->count == EXPECTED_MAX) {
		bad(file, number, "no case, or too much expected");
	} else if (str_is(word, "model")) {
		str_copy(c->model, sizeof c->model, rest);
	} else if (str_is(word, "fault")) {
		buf_add_str(&c->script, rest);
		buf_add_byte(&c->script, '\n');
	} else if (str_is(word, "send")) {
		if (!parse_bytes(rest, &c->bytes))
			bad(file, number, "bytes");
	} else {
		struct expected *e = &c->expected[c->count++];
		if (!str_copy(e->kind, sizeof e->kind, word))
			bad(file, number, "word");
		e->text = mem_strndup(rest.ptr ? rest.ptr : "", rest.len);
	}
}

static void read_file(const char *dir, const char *name)
{
	char path[1024];
	char *line = NULL;
	size_t cap = 0;
	unsigned number = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	file = fopen(path, "r");
	if (!file)
		bad(path, 0, "file");
	while (getline(&line, &cap, file) >= 0) {
		struct str s = str_trim(str_of(line));
		number++;
		if (s.len && s.ptr[0] != '#')
			parse_line(name, number, s);
	}
	free(line);
	fclose(file);
}

static bool contains(struct buf *b, const char *text)
{
	return strstr(buf_cstr(b), text) != NULL;
}

static void expect(struct rig *r, const struct expected *e)
{
	struct buf want;
	bool good = true;

	if (strcmp(e->kind, "papers") == 0) {
		assert_int_equal(r->count, atoi(e->text));
	} else if (strcmp(e->kind, "paper") == 0) {
		good = contains(&r->papers, e->text);
	} else if (strcmp(e->kind, "no-paper") == 0) {
		good = !contains(&r->papers, e->text);
	} else if (strcmp(e->kind, "event") == 0) {
		good = contains(&r->events, e->text);
	} else if (strcmp(e->kind, "reply") == 0) {
		buf_init(&want, FILE_MAX);
		assert_true(parse_bytes(str_of(e->text), &want));
		good = str_eq(buf_str(&want), buf_str(&r->replies));
		buf_finish(&want);
	} else {
		fail_msg("unknown expectation \"%s\"", e->kind);
	}
	if (!good) {
		print_message("papers: %s\nevents: %s\nreplies:", buf_cstr(&r->papers),
		    buf_cstr(&r->events));
		for (size_t i = 0; i < r->replies.len; i++)
			print_message(" %02X", r->replies.ptr[i]);
		fail_msg("\nexpected: %s %s", e->kind, e->text);
	}
}

/* Send it in pieces that end at `cut` (0: bytewise, SIZE_MAX: whole). */
static void play(struct rig *r, struct test_case *c, size_t cut)
{
	size_t step = cut ? cut : 1;

	rig_open(r, c->model, buf_cstr(&c->script));
	for (size_t at = 0; at < c->bytes.len;) {
		size_t n = c->bytes.len - at < step ? c->bytes.len - at : step;
		rig_send(r, c->bytes.ptr + at, n);
		at += n;
		if (cut)
			step = SIZE_MAX;
	}
	rig_wait(r, 10000);
	printer_tear(&r->printer);
}

static void same(struct rig *a, struct rig *b, size_t cut)
{
	if (!str_eq(buf_str(&a->papers), buf_str(&b->papers)) ||
	    !str_eq(buf_str(&a->dots), buf_str(&b->dots)) ||
	    !str_eq(buf_str(&a->replies), buf_str(&b->replies)) ||
	    !str_eq(buf_str(&a->events), buf_str(&b->events)))
		fail_msg("cut at %zu it comes out differently:\n%s\n%s", cut,
		    buf_cstr(&a->papers), buf_cstr(&b->papers));
}

static void run_case(void **state)
{
	struct test_case *c = *state;
	struct rig whole, cut;

	play(&whole, c, SIZE_MAX);
	for (unsigned i = 0; i < c->count; i++)
		expect(&whole, &c->expected[i]);
	for (size_t at = 0; at < c->bytes.len; at++) {
		play(&cut, c, at);
		same(&whole, &cut, at);
		rig_close(&cut);
	}
	rig_close(&whole);
}

static void forget(struct test_case *c)
{
	for (unsigned i = 0; i < c->count; i++)
		free(c->expected[i].text);
	free(c->title);
	buf_finish(&c->script);
	buf_finish(&c->bytes);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[CASES_MAX];
	const char *dir = argc > 1 ? argv[1] : "test/paper/escpos";
	struct dirent **names;
	int n = scandir(dir, &names, NULL, by_name), failed;

	for (int i = 0; i < n; i++) {
		if (str_ends(str_of(names[i]->d_name), ".case"))
			read_file(dir, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	if (!case_count)
		bad(dir, 0, "no cases");
	for (unsigned i = 0; i < case_count; i++)
		tests[i] = (struct CMUnitTest){ cases[i].title, run_case, NULL, NULL, &cases[i] };
	failed = _cmocka_run_group_tests("escpos cases", tests, case_count, NULL, NULL);
	for (unsigned i = 0; i < case_count; i++)
		forget(&cases[i]);
	return failed;
}
