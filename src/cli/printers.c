/*
 * platen printers: add, list, show, remove, pause, resume, probe.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/devices.h"
#include "cli/out.h"

static int list(struct cli *c)
{
	struct ask ask = { .path = "/v1/printers" };

	return api_run(c, &ask, devices_table);
}

static int show(struct cli *c)
{
	char *path = api_path("/v1/printers/", c->words[0], "");
	struct ask ask = { .path = path };
	int status = api_run(c, &ask, devices_one);

	free(path);
	return status;
}

/* "keep-open=yes" as a member; the daemon knows the options and their ranges. */
static int write_option(const struct cli *c, struct json_w *w, const char *word)
{
	const char *value = strchr(word, '=');
	char name[64];

	if (!value || !str_copy(name, sizeof name, (struct str){ word, (size_t)(value - word) }))
		return cli_usage(c, "\"%s\" must be OPTION=VALUE", word);
	json_w_text_field(w, name, value + 1);
	return STATUS_OK;
}

static int write_printer(const struct cli *c, struct buf *out)
{
	struct json_w w = json_w(out);
	int status = STATUS_OK;

	json_w_object(&w);
	json_w_text_field(&w, "name", c->words[0]);
	json_w_text_field(&w, "uri", c->words[1]);
	for (int i = 2; i < c->word_count && !status; i++)
		status = write_option(c, &w, c->words[i]);
	json_w_object_end(&w);
	return status;
}

static void show_added(const struct cli *c, const struct json *root)
{
	char *name = out_safe(json_string(json_get(root, "name")));

	(void)c;
	printf("printer %s is there; `platen printers probe %s` asks it\n", name, name);
	free(name);
}

static int add(struct cli *c)
{
	struct ask ask = { .method = "POST", .path = "/v1/printers" };
	struct buf body;
	int status;

	buf_init(&body, 65536);
	status = write_printer(c, &body);
	ask.body = buf_str(&body);
	if (!status)
		status = api_run(c, &ask, show_added);
	buf_finish(&body);
	return status;
}

static void show_removed(const struct cli *c, const struct json *root)
{
	(void)root;
	printf("printer %s is gone\n", c->words[0]);
}

static int remove_one(struct cli *c)
{
	char *path = api_path("/v1/printers/", c->words[0], "");
	struct ask ask = { .method = "DELETE", .path = path };
	int status = api_run(c, &ask, show_removed);

	free(path);
	return status;
}

static int pause_one(struct cli *c)
{
	return devices_verb(c, "/pause", NULL, devices_one);
}

static int resume(struct cli *c)
{
	return devices_verb(c, "/resume", NULL, devices_one);
}

static int probe(struct cli *c)
{
	return devices_verb(c, "/probe", NULL, devices_one);
}

const struct command commands_printers[] = {
	{ "printers list", "", "printers, their state and their queues", NULL, NULL, 0, 0, list },
	{ "printers show", "NAME", "one printer", NULL, NULL, 1, 1, show },
	{ "printers add", "NAME URI [OPTION=VALUE]...",
	    "add a printer, or replace one that was added",
	    "Options are those of a printer block; `platen config printer` lists them.", NULL, 2,
	    64, add },
	{ "printers remove", "NAME", "remove a printer that was added", NULL, NULL, 1, 1,
	    remove_one },
	{ "printers pause", "NAME", "let its jobs wait", NULL, NULL, 1, 1, pause_one },
	{ "printers resume", "NAME", "print on", NULL, NULL, 1, 1, resume },
	{ "printers probe", "NAME", "ask the printer now whether it answers", NULL, NULL, 1, 1,
	    probe },
	{ 0 },
};
