/*
 * platen devices: everything that is configured, and what it is doing.
 */
#include "cli/devices.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/out.h"

static int64_t count(const struct json *device, const char *name)
{
	int64_t n = 0;

	json_int(json_get(json_get(device, "queue"), name), &n);
	return n;
}

static void add_row(struct table *t, const struct json *d)
{
	bool paused = json_bool(json_get(d, "paused"), false);

	table_json(t, json_get(d, "name"));
	table_json(t, json_get(d, "kind"));
	if (paused)
		table_text(t, "paused");
	else
		table_json(t, json_get(d, "state"));
	table_int(t, count(d, "waiting") + count(d, "delayed") + count(d, "active"));
	table_int(t, count(d, "unconfirmed"));
	table_json(t, json_get(d, "language"));
	table_json(t, json_get(d, "uri"));
	table_json(t, json_get(d, "last_error"));
}

void devices_table(const struct cli *c, const struct json *root)
{
	static const char *const heads[] = { "NAME", "KIND", "STATE", "JOBS", "IN DOUBT",
		"LANGUAGE", "URI", "LAST ERROR", NULL };
	struct table *t = table_create(heads);
	const struct json *list = json_get(root, "devices");

	(void)c;
	for (const struct json *d = json_first(list); d; d = json_next(d))
		add_row(t, d);
	if (!json_count(list))
		puts("no devices; `platen printers add NAME URI` adds a printer");
	table_print(t);
}

void devices_reasons(const struct json *list, struct buf *out)
{
	for (const struct json *r = json_first(list); r; r = json_next(r)) {
		buf_puts(out, out->len ? ", " : "");
		buf_add_str(out, json_string(json_get(r, "reason")));
	}
}

static void show_reasons(const struct json *list)
{
	struct buf all;

	buf_init(&all, 4096);
	devices_reasons(list, &all);
	out_line("reasons", buf_str(&all));
	buf_finish(&all);
}

/* What is unknown is left out: most printers cannot say most things. */
static void show_members(const struct json *object)
{
	for (const struct json *m = json_first(object); m; m = json_next(m)) {
		char *name = out_safe(json_key(m));
		char text[32];

		if (str_starts(json_key(m), "last_") && !str_is(json_key(m), "last_error")) {
			out_time(m, text);
			out_line(name, str_of(text));
		} else if (json_is(m, JSON_OBJECT)) {
			show_members(m);
		} else if (json_is(m, JSON_ARRAY)) {
			show_reasons(m);
		} else if (json_is(m, JSON_STRING)) {
			out_line(name, json_string(m));
		} else if (!json_is(m, JSON_NULL)) {
			out_line(name, json_source(m));
		}
		free(name);
	}
}

void devices_one(const struct cli *c, const struct json *root)
{
	(void)c;
	show_members(root);
}

int devices_verb(struct cli *c, const char *verb, const char *body, show_fn *show)
{
	char *path = api_path("/v1/devices/", c->words[0], verb);
	struct ask ask = { .method = "POST", .path = path, .body = str_of(body) };
	int status = api_run(c, &ask, show);

	free(path);
	return status;
}

static int list(struct cli *c)
{
	struct ask ask = { .path = "/v1/devices" };

	return api_run(c, &ask, devices_table);
}

const struct command commands_devices[] = {
	{ "devices", "", "every device, its state and its queue", NULL, NULL, 0, 0, list },
	{ 0 },
};
