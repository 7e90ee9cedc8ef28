/*
 * platen-sim: simulated devices of the shop counter. The first argument names
 * the kind, the rest is that command's business.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "printer", "receipt printers: paper as PNG and JSON, status, faults", command_printer },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out, int status)
{
	fprintf(out, "usage: platen-sim COMMAND [OPTION]...\n\n");
	for (unsigned i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n`platen-sim COMMAND --help` tells more.\n");
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--help") == 0)
		return usage(stdout, 0);
	if (strcmp(argv[1], "--version") == 0) {
		printf("platen-sim %s\n", PLATEN_VERSION);
		return 0;
	}
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "platen-sim: unknown command \"%s\"\n", argv[1]);
	return usage(stderr, 2);
}
