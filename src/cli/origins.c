/*
 * platen origins: which web pages may come in, and which knocked in vain.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/out.h"

static void show_granted(const struct json *list)
{
	static const char *const heads[] = { "ORIGIN", "MAY", "PRINTERS", "FROM", NULL };
	struct table *t = table_create(heads);

	for (const struct json *o = json_first(list); o; o = json_next(o)) {
		const struct json *printers = json_get(o, "printers");

		table_json(t, json_get(o, "origin"));
		table_json(t, json_get(o, "allow"));
		if (json_count(printers))
			table_json(t, printers);
		else
			table_text(t, "all");
		table_text(t, json_bool(json_get(o, "added"), false) ? "added" : "file");
	}
	if (!json_count(list))
		puts("no web page may come in");
	table_print(t);
}

static void show_refused(const struct json *list)
{
	static const char *const heads[] = { "REFUSED", "WANTED", "TIMES", "LAST", NULL };
	struct table *t = table_create(heads);

	for (const struct json *o = json_first(list); o; o = json_next(o)) {
		table_json(t, json_get(o, "origin"));
		table_json(t, json_get(o, "wanted"));
		table_json(t, json_get(o, "count"));
		table_time(t, json_get(o, "last"));
	}
	if (json_count(list))
		puts("");
	table_print(t);
	if (json_count(list))
		puts("\n`platen origins allow URL print,status` lets one in.");
}

static void show(const struct cli *c, const struct json *root)
{
	(void)c;
	show_granted(json_get(root, "origins"));
	show_refused(json_get(root, "refused"));
}

static int list(struct cli *c)
{
	struct ask ask = { .path = "/v1/origins" };

	return api_run(c, &ask, show);
}

static void show_allowed(const struct cli *c, const struct json *root)
{
	(void)root;
	printf("%s may come in now\n", c->words[0]);
}

static int allow(struct cli *c)
{
	struct ask ask = { .method = "POST", .path = "/v1/origins" };
	struct buf body;
	struct json_w w = json_w(&body);
	int status;

	buf_init(&body, 65536);
	json_w_object(&w);
	json_w_text_field(&w, "origin", c->words[0]);
	if (c->word_count > 1)
		json_w_text_field(&w, "allow", c->words[1]);
	if (cli_flag(c, "printers"))
		json_w_text_field(&w, "printers", cli_flag(c, "printers"));
	json_w_object_end(&w);
	ask.body = buf_str(&body);
	status = api_run(c, &ask, show_allowed);
	buf_finish(&body);
	return status;
}

static void show_removed(const struct cli *c, const struct json *root)
{
	(void)root;
	printf("%s may not come in any more\n", c->words[0]);
}

static int remove_one(struct cli *c)
{
	char *path = api_path("/v1/origins?origin=", c->words[0], "");
	struct ask ask = { .method = "DELETE", .path = path };
	int status = api_run(c, &ask, show_removed);

	free(path);
	return status;
}

static const struct flag allow_flags[] = {
	{ "printers", 0, "NAMES", "only these printers, with commas" },
	{ 0 },
};

const struct command commands_origins[] = {
	{ "origins list", "", "web pages that may come in, and those that were refused", NULL, NULL,
	    0, 0, list },
	{ "origins allow", "URL [CAPABILITIES]", "let the pages of an origin in, at once",
	    "Capabilities with commas: print, status (the default is both), drawer, peripherals,\n"
	    "pay, raw.", allow_flags, 1, 2, allow },
	{ "origins remove", "URL", "take an added origin's rights away", NULL, NULL, 1, 1,
	    remove_one },
	{ 0 },
};
