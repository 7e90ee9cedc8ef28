/*
 * The daemon's side of platen-render against a real one, whose engine is
 * hostile: each document fails by itself, and the next one is drawn.
 */
#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "render/client.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "sys/wake.h"

static const char *program;

struct counted {
	size_t steps;
	uint32_t rows;
	int64_t pause; /* as a slow printer */
	enum err fail;
};

static enum err on_step(const struct step *s, void *arg, struct why *why)
{
	struct counted *c = arg;
	c->steps++;
	c->rows += s->kind == STEP_DOTS ? s->height : 0;
	if (c->pause)
		clock_sleep(c->pause);
	return c->fail ? why_fail(why, c->fail, "The wire broke") : E_OK;
}

static struct document *document(const char *type, const void *bytes, size_t len)
{
	struct buf b;
	buf_init(&b, 1 << 24);
	buf_add(&b, bytes, len);
	return document_create(type, &b, NULL, 1);
}

static struct render_options options_of(const struct document *d, int64_t wall)
{
	struct render_options o = {
		.abilities = { .width_dots = 576, .dpi = 203 }, .wall_ms = wall,
	};
	str_copy(o.type, sizeof(o.type), str_of(d->type));
	return o;
}

static enum err render(struct document *d, int64_t wall, int cancel_fd, struct counted *c,
    struct why *why)
{
	const struct sheet_sink sink = { on_step, c };
	const struct render_options o = options_of(d, wall);
	struct render_note note;
	enum err err = renderer_caged.render(d, &o, cancel_fd, &sink, &note, why);
	document_release(d);
	return err;
}

static enum err act(const char *word, struct why *why)
{
	struct counted c = { 0 };
	return render(document("application/x-hostile", word, strlen(word)), 2000, -1, &c, why);
}

/* 576 x 300, black; as BMP of one bit. */
static struct document *picture(uint8_t shade)
{
	uint8_t bmp[62 + 72 * 300] = { 'B', 'M', [10] = 62, [14] = 40, [18] = 64, 2, [22] = 44, 1,
		[26] = 1, [28] = 1 };
	memset(bmp + 58, 0xff, 4);
	memset(bmp + 62, shade, sizeof(bmp) - 62);
	return document(TYPE_BMP, bmp, sizeof(bmp));
}

static void assert_well(void)
{
	struct counted c = { 0 };
	struct why why;
	assert_int_equal(render(picture(0), 0, -1, &c, &why), E_OK);
	assert_int_equal(c.rows, 300);
}

static void test_picture(void **state)
{
	(void)state;
	assert_well();
	assert_well(); /* the second time from memory */
}

static void test_ends(void **state)
{
	static const struct { const char *word; enum err err; const char *sentence; } cases[] = {
		{ "loop", E_TIMEOUT, "longer than 2 s" },
		{ "crash", E_DOCUMENT, "crashed" },
		{ "leave", E_DOCUMENT, "without a word" },
		{ "babble", E_DOCUMENT, "" },
		{ "disorder", E_DOCUMENT, "no sensible result" },
		{ "unfinished", E_DOCUMENT, "no sensible result" },
		{ "endless", E_TOO_LARGE, "rows" },
		{ "nonsense", E_DOCUMENT, "No such act" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct why why = { 0 };
		print_message("# %s\n", cases[i].word);
		assert_int_equal(act(cases[i].word, &why), cases[i].err);
		assert_non_null(strstr(why.text, cases[i].sentence));
		assert_well();
	}
}

/* Nothing is to be had: the engine then draws its page. */
static void test_cage(void **state)
{
	static const char *const words[] = {
		"socket", "read", "write", "fork", "kill",
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* no limit of memory */
		"eat",
#endif
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct why why = { 0 };
		enum err err = act(words[i], &why);
		print_message("# %s: %s\n", words[i], why.text);
		assert_int_equal(err, E_OK);
	}
}

static void test_sink_ends_it(void **state)
{
	struct counted c = { .fail = E_LOST };
	struct why why;
	(void)state;
	assert_int_equal(render(picture(1), 0, -1, &c, &why), E_LOST);
	assert_string_equal(why.text, "The wire broke");
	assert_int_equal(c.steps, 1);
}

static void test_cancel(void **state)
{
	struct counted c = { 0 };
	struct why why;
	int cancel = wake_open();
	(void)state;
	wake_set(cancel);
	int64_t begun = clock_mono();
	assert_int_equal(render(document("application/x-hostile", "loop", 4), 60000, cancel, &c, &why),
	    E_CANCELLED);
	assert_true(clock_mono() - begun < 2000);
	wake_close(cancel);
	assert_well(); /* it does not hold a place */
}

/* More slow printers than there are places: none waits for another. */
static void one_slow(void *arg)
{
	struct counted *c = arg;
	struct why why;
	c->fail = render(picture((uint8_t)(c->pause & 1)), 0, -1, c, &why);
}

static void test_slow_printers(void **state)
{
	enum { MANY = 12 };
	struct counted c[MANY];
	struct thread *threads[MANY];
	struct why why;
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		c[i] = (struct counted){ .pause = 200 + (int64_t)i };
		assert_int_equal(thread_start(&threads[i], "slow", 0, one_slow, &c[i], &why), E_OK);
	}
	int64_t begun = clock_mono();
	assert_well();
	assert_true(clock_mono() - begun < 2000);
	for (size_t i = 0; i < MANY; i++) {
		thread_join(threads[i]);
		assert_int_equal(c[i].fail, E_OK);
		assert_int_equal(c[i].rows, 300);
	}
}

static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	DIR *dir;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	for (struct dirent *e; dir && !child && (e = readdir(dir));) {
		char list[PATH_MAX];
		snprintf(list, sizeof(list), "%s/%s/children", path, e->d_name);
		FILE *f = fopen(list, "r");
		if (f && fscanf(f, "%d", &child) != 1)
			child = 0;
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return child;
}

static void test_killed(void **state)
{
	(void)state;
	assert_well();
	pid_t zygote = child_of(getpid());
	assert_true(zygote > 0);
	kill(zygote, SIGKILL);
	assert_well();
	assert_int_not_equal(child_of(getpid()), zygote);
}

static void test_types(void **state)
{
	(void)state;
	assert_true(renderer_caged.takes(TYPE_PNG));
	assert_true(renderer_caged.takes(TYPE_HTML));
	assert_false(renderer_caged.takes(TYPE_RAW));
	assert_false(renderer_caged.takes("application/x-hostile"));
}

static void test_missing(void **state)
{
	struct counted c = { 0 };
	struct why why;
	(void)state;
	renderer_close();
	assert_int_equal(render(picture(0), 0, -1, &c, &why), E_RENDERER);
	assert_int_equal(renderer_open("/nonexistent/platen-render", &why), E_OK);
	assert_int_equal(render(picture(0), 0, -1, &c, &why), E_RENDERER);
	assert_non_null(strstr(why.text, "/nonexistent/platen-render"));
	renderer_close();
	assert_int_equal(renderer_open("/bin/false", &why), E_OK);
	assert_int_equal(render(picture(0), 0, -1, &c, &why), E_RENDERER);
	renderer_close();
	assert_int_equal(renderer_open(program, &why), E_OK);
	assert_well();
}

static int setup(void **state)
{
	struct why why;
	(void)state;
	return renderer_open(program, &why);
}

static int teardown(void **state)
{
	(void)state;
	renderer_close();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picture), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_cage), cmocka_unit_test(test_sink_ends_it),
		cmocka_unit_test(test_cancel), cmocka_unit_test(test_slow_printers),
		cmocka_unit_test(test_killed), cmocka_unit_test(test_types),
		cmocka_unit_test(test_missing),
	};
	if (argc < 2)
		return 64;
	program = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
