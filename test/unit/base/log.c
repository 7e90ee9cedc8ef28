#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "unit.h"

/* Standard error goes into a file while `fn` runs; what it got is returned. */
static char *capture(void (*fn)(void))
{
	char path[] = "/tmp/platen-log-XXXXXX";
	int file = mkstemp(path), saved = dup(STDERR_FILENO);
	assert_true(file >= 0 && saved >= 0);
	unlink(path);
	dup2(file, STDERR_FILENO);
	fn();
	dup2(saved, STDERR_FILENO);
	close(saved);
	off_t size = lseek(file, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);
	assert_int_equal(pread(file, text, (size_t)size, 0), size);
	text[size] = '\0';
	close(file);
	return text;
}

static void some_lines(void)
{
	log_open(LOG_INFO, LOG_TEXT);
	log_info("queue.open", "%d jobs", 7);
	log_debug("queue.detail", "not shown");
	log_error("evil", "a\nb\x1b[2J\xff\xc3\xb1 pan 4111111111111111");
}

static void test_text(void **state)
{
	char *text = capture(some_lines);
	struct str second, first = str_cut(str_of(text), '\n', &second);
	assert_int_equal(text[4], '-');
	assert_true(str_ends(first, "Z info  queue.open: 7 jobs"));
	assert_true(str_ends(second,
	    "Z error evil: a\\x0ab\\x1b[2J\\xff\xc3\xb1 pan ************1111\n"));
	free(text);
}

static void a_json_line(void)
{
	log_open(LOG_DEBUG, LOG_JSON);
	log_warn("listen.failed", "say \"no\" \\ \x01");
}

static void test_json(void **state)
{
	char *text = capture(a_json_line);
	struct json_doc *doc;
	assert_int_equal(json_parse(str_of(text), NULL, &doc, NULL), E_OK);
	const struct json *line = json_root(doc);
	assert_int_equal(json_string(json_get(line, "time")).len, 24);
	assert_slice(json_string(json_get(line, "level")), "warn");
	assert_slice(json_string(json_get(line, "event")), "listen.failed");
	assert_slice(json_string(json_get(line, "message")), "say \"no\" \\ \\x01");
	json_destroy(doc);
	free(text);
}

static void long_lines(void)
{
	char message[5000];
	memset(message, '"', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	log_open(LOG_INFO, LOG_JSON);
	log_info("long.json", "%s", message);
	log_open(LOG_INFO, LOG_TEXT);
	log_info("long.text", "%s", message);
}

static void test_lines_are_cut(void **state)
{
	char *text = capture(long_lines);
	struct str rest, json = str_cut(str_of(text), '\n', &rest);
	struct json_doc *doc;
	assert_int_equal(json_parse(json, NULL, &doc, NULL), E_OK);
	assert_true(json.len > 800 && json.len < 1024);
	assert_true(rest.len > 800 && rest.len <= 1024);
	assert_true(str_ends(rest, "\"\n"));
	json_destroy(doc);
	free(text);
}

/* The card begins before the cut and ends behind it. */
static void cards_at_the_cut(void)
{
	char message[1200];
	log_open(LOG_INFO, LOG_TEXT);
	for (size_t before = 840; before < 880; before++) {
		memset(message, 'x', before);
		strcpy(message + before, "4111111111111111");
		log_info("cards", "%s", message);
	}
}

static void test_a_cut_shows_no_card(void **state)
{
	char *text = capture(cards_at_the_cut);
	assert_null(strstr(text, "4111"));
	assert_non_null(strstr(text, "x****"));
	free(text);
}

static void flood(void)
{
	log_open(LOG_INFO, LOG_TEXT);
	for (int i = 0; i < 1000; i++)
		log_info("flood", "line %d", i);
	log_info("other", "still heard");
	sleep(1); /* another second in any case */
	log_info("flood", "again");
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;
	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* However the lines fall into seconds: each is written or counted. */
static void test_floods_are_thinned_and_counted(void **state)
{
	char *text = capture(flood);
	unsigned written = count(text, "info  flood: "), dropped = 0;
	for (const char *at = text; (at = strstr(at, "log.dropped: ")); at++)
		dropped += (unsigned)strtoul(at + strlen("log.dropped: "), NULL, 10);
	assert_int_equal(written + dropped, 1001);
	assert_true(written < 700);
	assert_int_equal(count(text, " lines of flood were left out\n"),
	    count(text, "warn  log.dropped: "));
	assert_int_equal(count(text, "other: still heard\n"), 1);
	assert_int_equal(count(text, "info  flood: again\n"), 1);
	free(text);
}

static void *many_lines(void *event)
{
	for (int i = 0; i < 100; i++)
		log_info(event, "a line of some length that could mix with another");
	return NULL;
}

static void four_threads(void)
{
	static const char *const events[] = { "t1", "t2", "t3", "t4" };
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, many_lines, (void *)events[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void test_lines_of_threads_do_not_mix(void **state)
{
	char *text = capture(four_threads);
	assert_int_equal(count(text, ": a line of some length that could mix with another\n"), 400);
	assert_int_equal(count(text, "\n"), 400);
	free(text);
}

static void test_levels(void **state)
{
	enum log_level level = LOG_INFO;
	assert_true(log_level_parse(STR("debug"), &level));
	assert_int_equal(level, LOG_DEBUG);
	assert_false(log_level_parse(STR("Debug"), &level));
	assert_false(log_level_parse(STR(""), &level));
	assert_int_equal(level, LOG_DEBUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_lines_are_cut),
		cmocka_unit_test(test_a_cut_shows_no_card),
		cmocka_unit_test(test_floods_are_thinned_and_counted),
		cmocka_unit_test(test_lines_of_threads_do_not_mix),
		cmocka_unit_test(test_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
