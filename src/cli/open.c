/*
 * platen open, platen beep: the cash drawer and the bell.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/devices.h"
#include "cli/out.h"

static void show_job(const struct cli *c, const struct json *root)
{
	char *id = out_safe(json_string(json_get(root, "id")));
	char *printer = out_safe(json_string(json_get(root, "printer")));

	(void)c;
	printf("job %s on %s: queued\n", id, printer);
	free(printer);
	free(id);
}

static int open_drawer(struct cli *c)
{
	return devices_verb(c, "/open", NULL, show_job);
}

static int beep(struct cli *c)
{
	const char *times = cli_flag(c, "times");
	struct buf body;
	struct json_w w = json_w(&body);
	int status;

	buf_init(&body, 4096);
	json_w_object(&w);
	if (times)
		api_value_field(&w, "times", times);
	json_w_object_end(&w);
	status = devices_verb(c, "/beep", buf_cstr(&body), show_job);
	buf_finish(&body);
	return status;
}

static const struct flag beep_flags[] = {
	{ "times", 'n', "N", "1 to 20 (default 1)" },
	{ 0 },
};

const struct command commands_open[] = {
	{ "open", "NAME", "open the cash drawer at this printer", NULL, NULL, 1, 1, open_drawer },
	{ "beep", "NAME [-n N]", "let it beep", NULL, beep_flags, 1, 1, beep },
	{ 0 },
};
