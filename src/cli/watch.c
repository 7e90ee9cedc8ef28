/*
 * platen watch: the daemon's events, one line each.
 *
 * The stream is read line by line ("event:", "data:", blank); when it breaks,
 * it is opened again after a pause, for as long as somebody watches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/out.h"
#include "sys/clock.h"

#define LINE_MAX_BYTES (1u << 20)
#define PAUSE_FIRST_MS 250
#define PAUSE_MAX_MS 5000

struct watch {
	const struct cli *cli;
	struct buf line, data; /* what came of a line; the lines of an event */
	char event[32];
	uint64_t left;         /* events to come; 0: no end */
	bool ended;
};

static void now(char out[static 16])
{
	time_t seconds = (time_t)(clock_wall() / 1000);
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(out, 16, "%H:%M:%S", &tm);
	else
		out[0] = '\0';
}

static void print_member(const struct json *object, const char *name, const char *before)
{
	char *text = out_safe(json_string(json_get(object, name)));

	if (text[0])
		printf("%s%s", before, text);
	free(text);
}

static void print_job(const struct json *job)
{
	print_member(job, "id", " ");
	print_member(job, "printer", " on ");
	print_member(job, "state", ": ");
	print_member(job, "hold", ", ");
	print_member(job, "error", ": ");
	print_member(job, "title", " - ");
}

static void print_device(const struct json *device)
{
	print_member(device, "name", " ");
	print_member(device, "state", ": ");
	print_member(device, "last_error", ", ");
	if (json_bool(json_get(device, "paused"), false))
		printf(", paused");
}

static void print_line(const struct watch *w, const struct json *root)
{
	char time[16];

	now(time);
	printf("%s %s", time, w->event);
	if (strcmp(w->event, "job") == 0)
		print_job(root);
	else if (strcmp(w->event, "device") == 0)
		print_device(root);
	puts("");
}

static void print_event(struct watch *w)
{
	struct json_doc *doc;

	if (json_parse(buf_str(&w->data), NULL, &doc, NULL))
		return;
	if (w->cli->json)
		printf("{\"event\":\"%s\",\"data\":%s}\n", w->event, buf_cstr(&w->data));
	else
		print_line(w, json_root(doc));
	fflush(stdout);
	json_destroy(doc);
	if (w->left && --w->left == 0)
		w->ended = true;
}

/* Names of events are words; anything else does not come from platend. */
static void take_name(struct watch *w, struct str name)
{
	char *safe = out_safe(name);

	if (!strpbrk(safe, "\"\\"))
		str_copy(w->event, sizeof w->event, str_of(safe));
	free(safe);
}

static void take_line(struct watch *w, struct str line)
{
	struct str value, field = str_cut(line, ':', &value);

	value = str_starts(value, " ") ? str_from(value, 1) : value;
	if (str_is(field, "event")) {
		take_name(w, value);
	} else if (str_is(field, "data")) {
		buf_add_str(&w->data, value);
	} else if (!line.len) {
		if (w->data.len && !w->data.failed)
			print_event(w);
		buf_clear(&w->data);
		w->event[0] = '\0';
	}
}

static bool on_piece(struct str piece, void *arg)
{
	struct watch *w = arg;
	const char *end;

	while (!w->ended && (end = memchr(piece.ptr, '\n', piece.len))) {
		size_t len = (size_t)(end - piece.ptr);

		buf_add_str(&w->line, str_head(piece, len));
		if (!w->line.failed)
			take_line(w, buf_str(&w->line));
		buf_clear(&w->line);
		piece = str_from(piece, len + 1);
	}
	if (!w->ended)
		buf_add_str(&w->line, piece);
	return !w->ended && !ferror(stdout);
}

/* The body of a refusal is one line without an end. */
static int refused(struct watch *w, int http)
{
	struct json_doc *doc = NULL;
	char *text;

	json_parse(buf_str(&w->line), NULL, &doc, NULL);
	text = out_safe(json_string(json_get(json_root(doc), "error")));
	if (text[0])
		cli_fail("%s", text);
	else
		cli_fail("The daemon answered %d", http);
	free(text);
	json_destroy(doc);
	return STATUS_ERROR;
}

/* Open the stream again and again. A daemon that never answered, or one that
 * refuses us, ends it; a lost one does not. */
static int follow(struct watch *w)
{
	int64_t pause = PAUSE_FIRST_MS;
	bool once = false;

	while (!ferror(stdout)) {
		struct said said;
		int http = api_stream(w->cli, "/v1/events", on_piece, w, &said);

		if (w->ended)
			return STATUS_OK;
		if (http >= 400)
			return refused(w, http);
		if (!http && !once)
			return cli_fail("%s", said.sentence);
		if (http) {
			once = true;
			pause = PAUSE_FIRST_MS;
			cli_fail("the connection was lost; trying again");
		}
		buf_clear(&w->line);
		buf_clear(&w->data);
		clock_sleep(pause);
		pause = 2 * pause < PAUSE_MAX_MS ? 2 * pause : PAUSE_MAX_MS;
	}
	return STATUS_ERROR;
}

static int watch(struct cli *c)
{
	struct watch w = { .cli = c };
	const char *count = cli_flag(c, "count");
	int status;

	if (count && (!str_to_u64(str_of(count), &w.left) || !w.left))
		return cli_usage(c, "--count is a number from 1");
	buf_init(&w.line, LINE_MAX_BYTES);
	buf_init(&w.data, LINE_MAX_BYTES);
	status = follow(&w);
	buf_finish(&w.line);
	buf_finish(&w.data);
	return status;
}

static const struct flag watch_flags[] = {
	{ "count", 'n', "N", "end after so many events" },
	{ 0 },
};

const struct command commands_watch[] = {
	{ "watch", "[-n N]", "events as they happen, one line each; until Ctrl-C",
	    "With --json each line is {\"event\": NAME, \"data\": {...}}.", watch_flags, 0, 0,
	        watch },
	{ 0 },
};
