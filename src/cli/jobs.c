/*
 * platen jobs: list, show, cancel, resolve, reprint.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/out.h"

/* What a list says about a job: why it waits or failed, else what it is called. */
static const struct json *remark(const struct json *job)
{
	const struct json *error = json_get(job, "error");

	return json_string(error).len ? error : json_get(job, "title");
}

static void show_more(struct str before)
{
	char *id = out_safe(before);

	if (id[0])
		printf("\nThere may be older ones: --before %s\n", id);
	free(id);
}

static void show_list(const struct cli *c, const struct json *root)
{
	static const char *const heads[] = { "ID", "PRINTER", "KIND", "STATE", "HOLD", "CREATED",
		"BYTES", "SENT", "TITLE OR REASON", NULL };
	struct table *t = table_create(heads);
	const struct json *jobs = json_get(root, "jobs");

	(void)c;
	for (const struct json *j = json_first(jobs); j; j = json_next(j)) {
		table_json(t, json_get(j, "id"));
		table_json(t, json_get(j, "printer"));
		table_json(t, json_get(j, "kind"));
		table_json(t, json_get(j, "state"));
		table_json(t, json_get(j, "hold"));
		table_time(t, json_get(j, "created"));
		table_json(t, json_get(j, "size"));
		table_json(t, json_get(j, "sent"));
		table_json(t, remark(j));
	}
	if (!json_count(jobs))
		puts("no jobs");
	table_print(t);
	show_more(json_string(json_get(root, "before")));
}

static void add_query(const struct cli *c, struct buf *path, const char *flag,
    const char *parameter)
{
	const char *value = cli_flag(c, flag);
	char *coded;

	if (!value)
		return;
	coded = api_path("", value, "");
	buf_printf(path, "%c%s=%s", strchr(buf_cstr(path), '?') ? '&' : '?', parameter, coded);
	free(coded);
}

static int list(struct cli *c)
{
	struct ask ask = { 0 };
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_puts(&path, "/v1/jobs");
	add_query(c, &path, "in", "state");
	add_query(c, &path, "printer", "printer");
	add_query(c, &path, "limit", "limit");
	add_query(c, &path, "before", "before");
	add_query(c, &path, "text", "text");
	ask.path = buf_cstr(&path);
	status = path.failed ? cli_usage(c, "that is too long") : api_run(c, &ask, show_list);
	buf_finish(&path);
	return status;
}

/* --- one job ----------------------------------------------------------------------- */

static void show_journal(const struct json *journal)
{
	static const char *const heads[] = { "AT", "WHAT", "SENT", "", NULL };
	struct table *t = table_create(heads);

	for (const struct json *n = json_first(journal); n; n = json_next(n)) {
		table_time(t, json_get(n, "at"));
		table_json(t, json_get(n, "what"));
		table_json(t, json_get(n, "sent"));
		table_str(t, json_string(json_get(n, "text")));
	}
	if (json_count(journal))
		puts("");
	table_print(t);
}

static void show_member(const struct json *m)
{
	char text[32];
	char *name = out_safe(json_key(m));

	if (str_is(json_key(m), "created") || str_is(json_key(m), "ended") ||
	    str_is(json_key(m), "run_at")) {
		out_time(m, text);
		out_line(name, str_of(text));
	} else if (json_is(m, JSON_STRING)) {
		out_line(name, json_string(m));
	} else if (!json_is(m, JSON_ARRAY)) {
		out_line(name, json_source(m));
	}
	free(name);
}

static void show_job(const struct cli *c, const struct json *root)
{
	(void)c;
	for (const struct json *m = json_first(root); m; m = json_next(m))
		show_member(m);
	show_journal(json_get(root, "journal"));
}

static void show_state(const struct cli *c, const struct json *root)
{
	char *id = out_safe(json_string(json_get(root, "id")));
	char *state = out_safe(json_string(json_get(root, "state")));

	(void)c;
	printf("job %s: %s\n", id, state);
	free(state);
	free(id);
}

static int with_job(struct cli *c, const char *method, const char *after, show_fn *show)
{
	char *path = api_path("/v1/jobs/", c->words[0], after);
	struct ask ask = { .method = method, .path = path };
	int status = api_run(c, &ask, show);

	free(path);
	return status;
}

static int show(struct cli *c)
{
	return with_job(c, "GET", "", show_job);
}

static int cancel(struct cli *c)
{
	return with_job(c, "DELETE", "", show_state);
}

static int reprint(struct cli *c)
{
	return with_job(c, "POST", "/reprint", show_state);
}

static int resolve(struct cli *c)
{
	char *path = api_path("/v1/jobs/", c->words[0], "/resolve");
	struct ask ask = { .method = "POST", .path = path };
	struct buf body;
	struct json_w w = json_w(&body);
	int status;

	buf_init(&body, 4096);
	json_w_object(&w);
	json_w_text_field(&w, "action", c->words[1]);
	json_w_object_end(&w);
	ask.body = buf_str(&body);
	status = api_run(c, &ask, show_state);
	buf_finish(&body);
	free(path);
	return status;
}

static const struct flag list_flags[] = {
	{ "in", 0, "STATES", "only these: open, or names with commas (queued, held, done, ...)" },
	{ "printer", 'p', "NAME", "only of this printer" },
	{ "limit", 'n', "N", "at most so many, 1 to 1000 (default 100)" },
	{ "before", 0, "ID", "only older ones than this job" },
	{ "text", 't', "TEXT", "only those in whose title or document this is" },
	{ 0 },
};

const struct command commands_jobs[] = {
	{ "jobs list", "[OPTION]...", "jobs, newest first", NULL, list_flags, 0, 0, list },
	{ "jobs show", "ID", "a job and its journal", NULL, NULL, 1, 1, show },
	{ "jobs cancel", "ID", "cancel a job that waits", NULL, NULL, 1, 1, cancel },
	{ "jobs resolve", "ID printed|reprint|drop",
	    "say what became of an unconfirmed job", NULL, NULL, 2, 2, resolve },
	{ "jobs reprint", "ID", "print an ended job again, marked as a copy", NULL, NULL, 1, 1,
	    reprint },
	{ 0 },
};
