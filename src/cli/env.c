/*
 * platen env, restart, problems: the install as a whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/out.h"

static void show_env(const struct cli *c, const struct json *root)
{
	static const char *const heads[] = { "KEY", "VALUE", NULL };
	struct table *t = table_create(heads);
	char *path = out_safe(json_string(json_get(root, "path")));

	(void)c;
	for (const struct json *m = json_first(json_get(root, "values")); m; m = json_next(m)) {
		char *name = out_safe(json_key(m));

		table_text(t, name);
		table_json(t, m);
		free(name);
	}
	printf("%s\n", path[0] ? path : "no listener names an env-file: these are the defaults");
	table_print(t);
	free(path);
}

static void show_saved(const struct cli *c, const struct json *root)
{
	(void)c;
	(void)root;
	puts("saved and in force");
}

static int save(struct cli *c)
{
	struct ask ask = { .method = "PATCH", .path = "/v1/env" };
	struct buf body;
	struct json_w w = json_w(&body);
	int status;

	buf_init(&body, 262144);
	json_w_object(&w);
	for (int i = 0; i < c->word_count; i++) {
		char *equals = strchr(c->words[i], '=');

		if (!equals || equals == c->words[i]) {
			buf_finish(&body);
			return cli_usage(c, "%s is not KEY=VALUE", c->words[i]);
		}
		*equals = '\0';
		json_w_text_field(&w, c->words[i], equals + 1);
	}
	json_w_object_end(&w);
	ask.body = buf_str(&body);
	status = api_run(c, &ask, show_saved);
	buf_finish(&body);
	return status;
}

static int env(struct cli *c)
{
	struct ask ask = { .path = "/v1/env" };

	return c->word_count ? save(c) : api_run(c, &ask, show_env);
}

static void show_restart(const struct cli *c, const struct json *root)
{
	(void)c;
	(void)root;
	puts("restarting");
}

static int restart(struct cli *c)
{
	struct ask ask = { .method = "POST", .path = "/v1/restart", .body = STR("{}") };

	return api_run(c, &ask, show_restart);
}

static void show_problems(const struct cli *c, const struct json *root)
{
	static const char *const heads[] = { "SEVERITY", "SINCE", "WHAT", NULL };
	const struct json *list = json_get(root, "problems");
	struct table *t = table_create(heads);

	(void)c;
	for (const struct json *p = json_first(list); p; p = json_next(p)) {
		table_json(t, json_get(p, "severity"));
		table_json(t, json_get(p, "since"));
		table_json(t, json_get(p, "message"));
	}
	if (!json_count(list))
		puts("no problems");
	table_print(t);
}

static int problems(struct cli *c)
{
	struct ask ask = { .path = "/v1/problems" };

	return api_run(c, &ask, show_problems);
}

const struct command commands_env[] = {
	{ "env", "[KEY=VALUE...]", "show the .env file of a pispas install, or change it",
	    "Unknown keys, comments and the order of lines stay as they are. What changed is in\n"
	    "force at once.", NULL, 0, 32, env },
	{ "problems", "", "what is wrong now", NULL, NULL, 0, 0, problems },
	{ "restart", "", "drain the daemon and start it anew", NULL, NULL, 0, 0, restart },
	{ 0 },
};
