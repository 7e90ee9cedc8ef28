/*
 * platen print: a file to a printer, and its fate if asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/media.h"
#include "cli/out.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/file.h"

#define DOCUMENT_MAX (16u << 20)
#define LOOK_FIRST_MS 20
#define LOOK_MAX_MS 500

static int read_input(struct buf *out)
{
	for (;;) {
		uint8_t *room = buf_space(out, 65536);
		ssize_t n = room ? read(STDIN_FILENO, room, 65536) : -1;

		if (!room)
			return cli_fail("The document is larger than %u MiB", DOCUMENT_MAX >> 20);
		if (n < 0)
			return cli_fail("Standard input cannot be read");
		if (n == 0)
			return STATUS_OK;
		buf_grown(out, (size_t)n);
	}
}

static int read_document(const char *file, struct buf *out)
{
	struct why why;

	if (strcmp(file, "-") == 0)
		return read_input(out);
	return file_read(file, out, &why) ? cli_fail("%s", why.text) : STATUS_OK;
}

/* --- which printer ------------------------------------------------------------- */

static char *only_printer(const struct json *list)
{
	const struct json *found = NULL;

	for (const struct json *d = json_first(list); d; d = json_next(d)) {
		if (json_bool(json_get(d, "adhoc"), false))
			continue;
		if (found)
			return NULL;
		found = d;
	}
	return found ? mem_strndup(json_string(json_get(found, "name")).ptr,
	    json_string(json_get(found, "name")).len) : NULL;
}

/* The one that is named, or the only one there is. free(); NULL after a complaint. */
static char *choose_printer(const struct cli *c)
{
	struct ask ask = { .path = "/v1/printers" };
	struct said said;
	char *name = NULL;

	if (cli_flag(c, "printer"))
		return mem_strdup(cli_flag(c, "printer"));
	if (!api_ask(c, &ask, &said)) {
		name = only_printer(json_get(said.root, "devices"));
		if (!name)
			cli_fail("Which printer? Name it with -p; `platen printers` lists them");
	}
	api_finish(&said);
	return name;
}

/* --- the request ------------------------------------------------------------------ */

static void write_options(const struct cli *c, struct buf *out)
{
	static const struct {
		const char *flag, *option;
	} rows[] = {
		{ "copies", "copies" }, { "cut", "cut" }, { "run-at", "run_at" },
		{ "expires", "expires_s" }, { "priority", "priority" },
		{ "on-doubt", "on_doubt" }, { "engine", "engine" },
		{ "halftone", "halftone" }, { "width-dots", "width_dots" },
		{ "encoding", "encoding" }, { "title", NULL },
	};
	struct json_w w = json_w(out);

	json_w_object(&w);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *value = cli_flag(c, rows[i].flag);

		if (value && rows[i].option)
			api_value_field(&w, rows[i].option, value);
		else if (value) /* a title of digits is a text */
			json_w_text_field(&w, rows[i].flag, value);
	}
	json_w_object_end(&w);
}

static int submit(const struct cli *c, const char *printer, const struct buf *doc,
    struct said *said)
{
	bool preview = cli_flag(c, "preview");
	const char *key = cli_flag(c, "key"), *type = cli_flag(c, "type");
	char *path = preview ? api_path("/v1/preview?printer=", printer, "") :
	    api_path("/v1/printers/", printer, "/jobs");
	char *key_line = key ? mem_printf("Idempotency-Key: %s", key) : NULL;
	struct ask ask = { .method = "POST", .path = path, .body = buf_str(doc) };
	struct buf options;
	int status;

	buf_init(&options, 65536);
	buf_puts(&options, "Platen-Options: ");
	write_options(c, &options);
	ask.type = type ? type : media_of(c->words[0], buf_str(doc));
	ask.headers[0] = buf_cstr(&options);
	ask.headers[1] = key_line;
	status = api_ask(c, &ask, said);
	buf_finish(&options);
	free(key_line);
	free(path);
	return status;
}

/* --- its end -------------------------------------------------------------------------- */

static const struct {
	const char *state;
	int status;
} ends[] = {
	{ "done", STATUS_OK },
	{ "unconfirmed", STATUS_UNCONFIRMED },
	{ "failed", STATUS_FAILED },
	{ "expired", STATUS_EXPIRED },
	{ "cancelled", STATUS_CANCELLED },
};

/* Index into ends, or -1 while it waits or prints. */
static int end_of(const struct json *job)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (str_is(json_string(json_get(job, "state")), ends[i].state))
			return (int)i;
	return -1;
}

static void show_end(const struct cli *c, struct said *said)
{
	char *reason = out_safe(json_string(json_get(said->root, "error")));
	char *state = out_safe(json_string(json_get(said->root, "state")));

	if (c->json)
		puts(buf_cstr(&said->body));
	else
		printf("%s%s%s\n", state, reason[0] ? ": " : "", reason);
	free(state);
	free(reason);
}

/* Look again until the job has ended or the time is up. */
static int wait_for_end(const struct cli *c, const char *id, int64_t timeout_ms)
{
	char *path = api_path("/v1/jobs/", id, "");
	struct ask ask = { .path = path };
	int64_t until = clock_mono() + timeout_ms, pause = LOOK_FIRST_MS;
	int status = STATUS_OK, end = -1;

	while (!status && end < 0) {
		struct said said;

		status = api_ask(c, &ask, &said);
		end = status ? -1 : end_of(said.root);
		if (!status && end < 0 && timeout_ms && clock_mono() >= until)
			status = STATUS_WAITING;
		if (end >= 0 || status == STATUS_WAITING)
			show_end(c, &said);
		api_finish(&said);
		if (!status && end < 0)
			clock_sleep(pause);
		pause = 2 * pause < LOOK_MAX_MS ? 2 * pause : LOOK_MAX_MS;
	}
	free(path);
	return end < 0 ? status : ends[end].status;
}

/* Whole seconds of --timeout in ms; 0 waits for as long as it takes. */
static int read_timeout(const struct cli *c, int64_t *ms)
{
	const char *text = cli_flag(c, "timeout");
	uint64_t seconds = 0;

	if (text && (!str_to_u64(str_of(text), &seconds) || seconds > 31536000))
		return cli_usage(c, "--timeout is a number of seconds");
	*ms = (int64_t)seconds * 1000;
	return STATUS_OK;
}

static int report(const struct cli *c, struct said *said, int64_t timeout_ms)
{
	char *id = out_safe(json_string(json_get(said->root, "id")));
	char *state = out_safe(json_string(json_get(said->root, "state")));
	char *printer = out_safe(json_string(json_get(said->root, "printer")));
	bool wait = cli_flag(c, "wait");
	int status = STATUS_OK;

	if (!c->json)
		printf("job %s on %s: %s\n", id, printer, state);
	else if (!wait)
		puts(buf_cstr(&said->body));
	fflush(stdout);
	if (wait)
		status = wait_for_end(c, id, timeout_ms);
	free(printer);
	free(state);
	free(id);
	return status;
}

/* The picture that came instead of a job. */
static int save_preview(const struct cli *c, const struct said *said)
{
	const char *path = cli_flag(c, "preview");
	FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	bool good = f && fwrite(said->body.ptr, 1, said->body.len, f) == said->body.len;

	if (f && f != stdout && fclose(f) != 0)
		good = false;
	return good ? STATUS_OK : cli_fail("%s cannot be written", path);
}

static int print(struct cli *c)
{
	struct said said;
	struct buf doc;
	int64_t timeout_ms = 0;
	char *printer = NULL;
	int status;

	buf_init(&doc, DOCUMENT_MAX);
	if ((status = read_timeout(c, &timeout_ms)) ||
	    (status = read_document(c->words[0], &doc)))
		goto out;
	status = STATUS_ERROR;
	printer = choose_printer(c);
	if (!printer)
		goto out;
	status = submit(c, printer, &doc, &said);
	if (!status && cli_flag(c, "preview"))
		status = save_preview(c, &said);
	else if (!status)
		status = report(c, &said, timeout_ms);
	api_finish(&said);
out:
	free(printer);
	buf_finish(&doc);
	return status;
}

static const struct flag print_flags[] = {
	{ "printer", 'p', "NAME", "where; may be left out when there is only one printer" },
	{ "type", 't', "TYPE",
	    "media type; else by the file's ending or beginning, else the printer's language" },
	{ "copies", 'n', "N", "1 to 100" },
	{ "cut", 0, "HOW", "partial, full or none" },
	{ "run-at", 0, "TIME", "not before (ISO 8601; local time without a zone)" },
	{ "expires", 0, "SECONDS", "do not print it later than this" },
	{ "priority", 0, "P", "bulk, normal or urgent" },
	{ "on-doubt", 0, "POLICY",
	    "hold, reprint or drop, if nobody knows whether it was printed" },
	{ "engine", 0, "NAME", "of HTML: auto, builtin, strict or chromium" },
	{ "halftone", 0, "NAME",
	    "of pictures: auto, threshold, diffusion, atkinson, ordered or blue-noise" },
	{ "width-dots", 0, "N", "how wide it is; usually as wide as the paper" },
	{ "encoding", 0, "NAME", "of text that is not UTF-8: cp858, iso8859-15, ..." },
	{ "title", 0, "TEXT", "shown in lists of jobs" },
	{ "key", 0, "KEY", "idempotency key: the same key never prints twice" },
	{ "preview", 0, "FILE", "print nothing: a PNG of what would be on the paper into FILE" },
	{ "wait", 'w', NULL, "wait for the job's end and tell it by the exit status" },
	{ "timeout", 0, "SECONDS", "stop waiting after this" },
	{ 0 },
};

const struct command commands_print[] = {
	{ "print", "FILE [-p NAME] [OPTION]...", "print a file; \"-\" is standard input",
	    "Exit status with --wait: 0 done, 3 unconfirmed, 4 failed, 5 expired, 6 cancelled,\n"
	    "7 not ended within --timeout.", print_flags, 1, 1, print },
	{ 0 },
};
