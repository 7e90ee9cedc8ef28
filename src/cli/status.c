/*
 * platen status: the daemon, its listeners and its printers at one glance.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/devices.h"
#include "cli/out.h"

static void show_listeners(const struct json *list)
{
	static const char *const heads[] = { "LISTENER", "DIALECT", "STATE", "CLIENTS",
		"ADDRESSES", "", NULL };
	struct table *t = table_create(heads);

	for (const struct json *l = json_first(list); l; l = json_next(l)) {
		table_json(t, json_get(l, "name"));
		table_json(t, json_get(l, "dialect"));
		table_json(t, json_get(l, "state"));
		table_json(t, json_get(l, "clients"));
		table_json(t, json_get(l, "addresses"));
		table_str(t, json_string(json_get(l, "reason")));
	}
	puts("");
	table_print(t);
	puts("");
}

static void show(const struct cli *c, const struct json *root)
{
	static const char *const counters[] = { "open_jobs", "accepted", "done", "failed",
		"unconfirmed", "reprints" };
	int64_t uptime = 0;
	char text[32];

	(void)c;
	json_int(json_get(root, "uptime"), &uptime);
	out_duration(uptime, text);
	out_line("version", json_string(json_get(root, "version")));
	out_line("up", str_of(text));
	out_line("journal", json_bool(json_get(root, "journal"), false) ? STR("good")
	    : STR("FAILING"));
	out_line("disk", json_bool(json_get(root, "disk_low"), false) ? STR("LOW") : STR("good"));
	for (size_t i = 0; i < COUNT_OF(counters); i++)
		out_line(counters[i], json_source(json_get(root, counters[i])));
	show_listeners(json_get(root, "listeners"));
}

static int status(struct cli *c)
{
	struct ask ask = { .path = "/v1/status" }, devices = { .path = "/v1/devices" };
	int result = api_run(c, &ask, show);

	return result || c->json ? result : api_run(c, &devices, devices_table);
}

const struct command commands_status[] = {
	{ "status", "", "the daemon, its listeners and its devices", NULL, NULL, 0, 0, status },
	{ 0 },
};
