/*
 * The options of platen.conf for its manual page: copies the page's source and
 * puts the table of option.def, as troff, in place of the line "@OPTIONS@".
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/config.h"

/* A hyphen-minus stays one, and no line of text becomes a request. */
static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

/* The table's phrases have neither capital nor stop. */
static void put_sentence(const char *phrase)
{
	putchar(toupper((unsigned char)*phrase));
	put_text(phrase + 1);
	putchar('.');
}

static void put_choices(const char *choices)
{
	for (; *choices; choices++)
		*choices == '|' ? fputs("\\fR | \\fI", stdout) : putchar(*choices);
}

static void put_kind(const struct option *o)
{
	static const char *const kinds[] = {
		[OPTION_INT] = "NUMBER",
		[OPTION_BOOL] = "yes\\fR | \\fIno",
		[OPTION_TEXT] = "TEXT",
		[OPTION_LIST] = "{TEXT, ...}",
	};
	fputs(" = \\fI", stdout);
	if (o->type == OPTION_ENUM)
		put_choices(o->choices);
	else
		fputs(kinds[o->type], stdout);
	puts("\\fR");
}

static const char *fallback_of(const struct option *o)
{
	if (o->type == OPTION_BOOL)
		return strcmp(o->fallback, "true") ? "no" : "yes";
	return o->fallback;
}

static void put_option(const struct option *o)
{
	fputs(".TP\n\\fB", stdout);
	put_text(o->name);
	fputs("\\fR", stdout);
	put_kind(o);
	put_sentence(o->help);
	if (o->type == OPTION_INT)
		printf(" From %lld to %lld.", (long long)o->low, (long long)o->high);
	if (o->fallback) {
		fputs(" Default: ", stdout);
		put_text(fallback_of(o));
		putchar('.');
	}
	putchar('\n');
}

static void put_options(void)
{
	const struct option *o;
	for (enum block b = 0; b < BLOCKS; b++) {
		printf(".SS %s\n", block_name(b));
		put_sentence(block_help(b));
		putchar('\n');
		for (size_t i = 0; (o = option_at(i)); i++)
			if (o->block == b)
				put_option(o);
	}
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *page = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!page) {
		fputs("usage: options PAGE.in\n", stderr);
		return 2;
	}
	while (fgets(line, sizeof(line), page))
		if (!strcmp(line, "@OPTIONS@\n"))
			put_options();
		else
			fputs(line, stdout);
	fclose(page);
	return fflush(stdout) ? 1 : 0;
}
