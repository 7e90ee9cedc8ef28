/*
 * The table of commands: the rows of all files, one after the other, and the
 * help that is read from them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/out.h"

#define NEAR 3

static const struct command *const tables[] = {
#define COMMANDS(name) commands_##name,
#include "cli/command.def"
#undef COMMANDS
};

const struct flag common_flags[] = {
	{ "json", 0, NULL, "print what the daemon said, as JSON" },
	{ "state", 0, "DIR", "state directory of the daemon, where its control socket is" },
	{ "url", 0, "URL", "ask a daemon at this address instead of by its control socket" },
	{ "token", 0, "TOKEN", "bearer token for --url; better as PLATEN_TOKEN" },
	{ "help", 'h', NULL, "print this" },
	{ 0 },
};

const struct command *command_at(size_t i)
{
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (const struct command *row = tables[t]; row->name; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

static int word_count(const char *name)
{
	return strchr(name, ' ') ? 2 : 1;
}

static bool named(const struct command *row, char **words, int count)
{
	struct str second, first = str_cut(str_of(row->name), ' ', &second);

	if (count < word_count(row->name) || !str_is(first, words[0]))
		return false;
	return !second.ptr || str_is(second, words[1]);
}

/* "jobs" or "jobs --state open" is "jobs list". */
static bool stands_for(const struct command *row, const char *word)
{
	struct str second, first = str_cut(str_of(row->name), ' ', &second);

	return str_is(first, word) && str_is(second, "list");
}

const struct command *command_find(char **words, int count, int *used)
{
	const struct command *row;

	for (size_t i = 0; (row = command_at(i)); i++)
		if (named(row, words, count)) {
			*used = word_count(row->name);
			return row;
		}
	*used = 1;
	if (count > 1 && words[1][0] != '-')
		return NULL;
	for (size_t i = 0; count && (row = command_at(i)); i++)
		if (stands_for(row, words[0]))
			return row;
	return NULL;
}

const char *command_nearest(const char *words)
{
	const struct command *row, *best = NULL;
	unsigned least = NEAR;
	struct str rest, given = str_of(words);

	for (size_t i = 0; (row = command_at(i)); i++) {
		/* A word against the first word, two against the whole. */
		struct str name = strchr(words, ' ') ? str_of(row->name)
		    : str_cut(str_of(row->name), ' ', &rest);
		unsigned d = str_distance(given, name, NEAR);

		if (d < least) {
			least = d;
			best = row;
		}
	}
	return best ? best->name : NULL;
}

/* --- help ------------------------------------------------------------------------ */

static void flag_row(const struct flag *f)
{
	char left[64];

	snprintf(left, sizeof left, "%c%c%s--%s%s%s", f->letter ? '-' : ' ',
	    f->letter ? f->letter : ' ', f->letter ? ", " : "  ", f->name, f->value ? " " : "",
	    f->value ? f->value : "");
	printf("  %-24s %s\n", left, f->help);
}

static void flag_rows(const struct flag *flags)
{
	for (; flags && flags->name; flags++)
		flag_row(flags);
}

void command_help(const struct command *command)
{
	printf("usage: platen %s%s%s\n\n%s\n", command->name, command->arguments[0] ? " " : "",
	    command->arguments, command->summary);
	if (command->details)
		printf("%s\n", command->details);
	puts("");
	flag_rows(command->flags);
	flag_rows(common_flags);
}

void command_usage(void)
{
	static const char *const heads[] = { "", "", "", NULL };
	const struct command *row;
	struct table *t = table_create(heads);

	for (size_t i = 0; (row = command_at(i)); i++) {
		char *left = mem_printf("%s %s", row->name, row->arguments);

		table_text(t, "");
		table_text(t, left);
		table_text(t, row->summary);
		free(left);
	}
	puts("usage: platen COMMAND [ARGUMENT]...\n");
	table_print(t);
	puts("\nWith every command:\n");
	flag_rows(common_flags);
	puts("\n`platen help COMMAND` tells more.");
}

static void write_flags(struct json_w *w, const struct flag *flags)
{
	json_w_key(w, "flags");
	json_w_array(w);
	for (; flags && flags->name; flags++) {
		char letter[2] = { flags->letter, '\0' };

		json_w_object(w);
		json_w_text_field(w, "name", flags->name);
		json_w_text_field(w, "letter", flags->letter ? letter : NULL);
		json_w_text_field(w, "value", flags->value);
		json_w_text_field(w, "help", flags->help);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

void command_json(void)
{
	const struct command *row;
	struct buf out;
	struct json_w w = json_w(&out);

	buf_init(&out, 1 << 20);
	json_w_object(&w);
	write_flags(&w, common_flags);
	json_w_key(&w, "commands");
	json_w_array(&w);
	for (size_t i = 0; (row = command_at(i)); i++) {
		json_w_object(&w);
		json_w_text_field(&w, "name", row->name);
		json_w_text_field(&w, "arguments", row->arguments);
		json_w_text_field(&w, "summary", row->summary);
		write_flags(&w, row->flags);
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
	json_w_object_end(&w);
	puts(buf_cstr(&out));
	buf_finish(&out);
}
