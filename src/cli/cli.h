/*
 * The command line: a client of the native API.
 *
 * A command is a row of a table: its words, its flags and the function that
 * runs it. Usage, help, `help --json` and the man page's check are read from
 * the same rows. Each file of commands exports one table, `commands_NAME`,
 * and has one row in command.def.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

/* What the program says to scripts when it ends. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_ERROR = 1,       /* refused, or the daemon does not answer */
	STATUS_UNCONFIRMED = 3, /* print --wait: nobody knows whether it was printed */
	STATUS_FAILED = 4,
	STATUS_EXPIRED = 5,
	STATUS_CANCELLED = 6,
	STATUS_WAITING = 7,     /* print --wait --timeout: it has not ended yet */
	STATUS_USAGE = 64,
};

struct flag {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* what it takes, for the help; NULL: it is a switch */
	const char *help;
};

struct cli;

struct command {
	const char *name;          /* "jobs show"; "jobs" alone means "jobs list" */
	const char *arguments;     /* for the usage line */
	const char *summary;
	const char *details;       /* further help, or NULL */
	const struct flag *flags;  /* ended by a NULL name, or NULL */
	int least, most;           /* words after the name */
	int (*run)(struct cli *c); /* returns the exit status */
};

#define FLAGS_MAX 24

struct cli {
	const struct command *command;
	const char *values[FLAGS_MAX]; /* by flag: first the command's, then the common ones */
	char **words;
	int word_count;
	bool json;
	const char *url, *token; /* of a daemon elsewhere; NULL: the control socket */
	char *state_dir;
	char *socket;
};

/* Sort what follows the command's name into flags and words. Reordered words
 * stay in argv. STATUS_OK, or STATUS_USAGE after a complaint. */
int cli_parse(struct cli *c, int argc, char **argv);
void cli_finish(struct cli *c);
/* Value of a flag of the command: NULL without it, "" for a switch. */
const char *cli_flag(const struct cli *c, const char *name);
/* Say what is wrong with the words; returns STATUS_USAGE. */
int cli_usage(const struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "platen: ..." on standard error; returns STATUS_ERROR. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The table. */
extern const struct flag common_flags[];
const struct command *command_at(size_t i); /* NULL past the end */
/* The command that the first words name, and how many they are; NULL if none. */
const struct command *command_find(char **words, int count, int *used);
/* `words` is one word or two with a blank. NULL if nothing is near. */
const char *command_nearest(const char *words);
void command_help(const struct command *command);
void command_usage(void);
void command_json(void);

#define COMMANDS(name) extern const struct command commands_##name[];
#include "cli/command.def"
#undef COMMANDS

#endif
