/*
 * Flags: getopt_long over the rows of the command and the common ones.
 */
#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "sys/service.h"

#define FIRST 256 /* values of getopt above all letters: the index of the flag */

struct letters {
	struct option options[FLAGS_MAX + 1];
	char text[2 * FLAGS_MAX + 2];
	int count, common;
};

static void add(struct letters *l, const struct flag *f)
{
	char *end = l->text + strlen(l->text);

	assert(l->count < FLAGS_MAX);
	l->options[l->count] = (struct option){ f->name,
		f->value ? required_argument : no_argument, NULL, FIRST + l->count };
	if (f->letter)
		snprintf(end, sizeof l->text - (size_t)(end - l->text), "%c%s", f->letter,
		    f->value ? ":" : "");
	l->count++;
}

static void add_all(struct letters *l, const struct command *command)
{
	memset(l, 0, sizeof *l);
	for (const struct flag *f = command->flags; f && f->name; f++)
		add(l, f);
	l->common = l->count;
	for (const struct flag *f = common_flags; f->name; f++)
		add(l, f);
}

static const struct flag *flag_at(const struct letters *l, const struct command *command, int i)
{
	return i < l->common ? &command->flags[i] : &common_flags[i - l->common];
}

static int index_of(const struct letters *l, const struct command *command, int got)
{
	if (got >= FIRST)
		return got - FIRST;
	for (int i = 0; i < l->count; i++)
		if (flag_at(l, command, i)->letter == got)
			return i;
	return -1;
}

const char *cli_flag(const struct cli *c, const char *name)
{
	int i = 0;

	for (const struct flag *f = c->command->flags; f && f->name; f++, i++)
		if (strcmp(f->name, name) == 0)
			return c->values[i];
	for (const struct flag *f = common_flags; f->name; f++, i++)
		if (strcmp(f->name, name) == 0)
			return c->values[i];
	assert(!"a flag of the command's table");
	return NULL;
}

static void take_common(struct cli *c)
{
	const char *state = cli_flag(c, "state");

	c->json = cli_flag(c, "json") != NULL;
	c->url = cli_flag(c, "url");
	c->token = cli_flag(c, "token");
	if (!c->token)
		c->token = getenv("PLATEN_TOKEN");
	c->state_dir = state ? mem_strdup(state) : service_state_dir();
	c->socket = mem_printf("%s/control.sock", c->state_dir);
}

int cli_parse(struct cli *c, int argc, char **argv)
{
	struct letters l;
	int got, i;

	add_all(&l, c->command);
	optind = 0; /* begin anew: main has parsed what came before */
	while ((got = getopt_long(argc, argv, l.text, l.options, NULL)) != -1) {
		i = got == '?' ? -1 : index_of(&l, c->command, got);
		if (i < 0)
			return cli_usage(c, NULL);
		c->values[i] = optarg ? optarg : "";
	}
	take_common(c);
	c->words = argv + optind;
	c->word_count = argc - optind;
	if (cli_flag(c, "help"))
		return STATUS_OK;
	if (c->word_count < c->command->least)
		return cli_usage(c, "something is missing");
	if (c->word_count > c->command->most)
		return cli_usage(c, "\"%s\" is too much", c->words[c->command->most]);
	return STATUS_OK;
}

void cli_finish(struct cli *c)
{
	free(c->state_dir);
	free(c->socket);
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list args;

	if (fmt) {
		fputs("platen: ", stderr);
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
		fputs("\n", stderr);
	}
	fprintf(stderr, "usage: platen %s %s\n`platen help %s` tells more\n", c->command->name,
	    c->command->arguments, c->command->name);
	return STATUS_USAGE;
}

int cli_fail(const char *fmt, ...)
{
	va_list args;

	fputs("platen: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
	return STATUS_ERROR;
}
