/*
 * platen: find the command that the words name, give it its flags, run it.
 *
 * Common flags may stand before the command, too: they are moved behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

static bool takes_value(const char *word)
{
	for (const struct flag *f = common_flags; f->name; f++)
		if (f->value && strncmp(word, "--", 2) == 0 && strcmp(word + 2, f->name) == 0)
			return true;
	return false;
}

/* How many words before the command are flags. */
static int leading_flags(int argc, char **argv)
{
	int n = 1;

	while (n < argc && argv[n][0] == '-' && argv[n][1])
		n += takes_value(argv[n]) ? 2 : 1;
	return (n < argc ? n : argc) - 1;
}

/* The first word names a group ("jobs"), or nothing that we know. */
static bool is_group(const char *word)
{
	const struct command *row;
	size_t len = strlen(word);

	for (size_t i = 0; (row = command_at(i)); i++)
		if (strncmp(row->name, word, len) == 0 && row->name[len] == ' ')
			return true;
	return false;
}

static int unknown(char **words, int count)
{
	bool two = count > 1 && is_group(words[0]);
	char *name = two ? mem_printf("%s %s", words[0], words[1]) : mem_strdup(words[0]);
	const char *near = command_nearest(name);

	if (near)
		cli_fail("there is no command \"%s\"; did you mean \"%s\"?", name, near);
	else
		cli_fail("there is no command \"%s\"; `platen help` lists them", name);
	free(name);
	return STATUS_USAGE;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct cli c = { .command = command };
	int status = cli_parse(&c, argc, argv);

	if (!status && cli_flag(&c, "help"))
		command_help(command);
	else if (!status)
		status = command->run(&c);
	cli_finish(&c);
	return fflush(stdout) || ferror(stdout) ? STATUS_ERROR : status;
}

/* argv without the command's name: program, words and flags, leading flags first. */
static char **rearrange(int argc, char **argv, int flags, int used)
{
	char **out = mem_array((size_t)argc + 1, sizeof *out);
	int n = 0;

	out[n++] = argv[0];
	for (int i = 1; i <= flags; i++)
		out[n++] = argv[i];
	for (int i = 1 + flags + used; i < argc; i++)
		out[n++] = argv[i];
	return out;
}

/* `platen` alone, or flags without a command: --help and --version, else usage. */
static int without_command(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[argc - 1] : "";

	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		puts("platen " PLATEN_VERSION);
		return STATUS_OK;
	}
	command_usage();
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ? STATUS_OK : STATUS_USAGE;
}

int main(int argc, char **argv)
{
	int flags = leading_flags(argc, argv), used, status;
	const struct command *command;
	char **words;

	if (1 + flags >= argc)
		return without_command(argc, argv);
	command = command_find(argv + 1 + flags, argc - 1 - flags, &used);
	if (!command)
		return unknown(argv + 1 + flags, argc - 1 - flags);
	words = rearrange(argc, argv, flags, used);
	status = run(command, argc - used, words);
	free(words);
	return status;
}
