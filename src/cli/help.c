/*
 * platen help, platen version.
 */
#include <stdio.h>

#include "cli/cli.h"

static int help(struct cli *c)
{
	const struct command *command;
	int used;

	if (c->json) {
		command_json();
		return STATUS_OK;
	}
	if (!c->word_count) {
		command_usage();
		return STATUS_OK;
	}
	command = command_find(c->words, c->word_count, &used);
	if (!command)
		return cli_usage(c, "there is no command \"%s\"", c->words[0]);
	command_help(command);
	return STATUS_OK;
}

static int version(struct cli *c)
{
	puts(c->json ? "{\"name\":\"platen\",\"version\":\"" PLATEN_VERSION "\"}"
	    : "platen " PLATEN_VERSION);
	return STATUS_OK;
}

const struct command commands_help[] = {
	{ "version", "", "the version of this program", NULL, NULL, 0, 0, version },
	{ "help", "[COMMAND]", "this, or the help of one command", NULL, NULL, 0, 2, help },
	{ 0 },
};
