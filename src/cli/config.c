/*
 * platen config: every option of the configuration, from the daemon's own
 * table; and `platend --check`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "core/config.h"

static char *range_of(const struct option *o)
{
	static const char *const words[] = {
		[OPTION_BOOL] = "yes or no", [OPTION_TEXT] = "text", [OPTION_LIST] = "list",
	};

	if (o->type == OPTION_INT)
		return mem_printf("%" PRId64 " to %" PRId64, o->low, o->high);
	return mem_strdup(o->type == OPTION_ENUM ? o->choices : words[o->type]);
}

static const char *default_of(const struct option *o)
{
	if (o->type == OPTION_BOOL)
		return strcmp(o->fallback, "true") == 0 ? "yes" : "no";
	return o->fallback;
}

static void print_block(enum block block)
{
	static const char *const heads[] = { "", "OPTION", "DEFAULT", "RANGE", "", NULL };
	struct table *t = table_create(heads);
	const struct option *o;

	printf("%s: %s\n", block_name(block), block_help(block));
	for (size_t i = 0; (o = option_at(i)); i++) {
		char *range;

		if (o->block != block)
			continue;
		range = range_of(o);
		table_text(t, "");
		table_text(t, o->name);
		table_text(t, default_of(o));
		table_text(t, range);
		table_text(t, o->help);
		free(range);
	}
	table_print(t);
	puts("");
}

static void write_option(struct json_w *w, const struct option *o)
{
	static const char *const types[] = { "int", "bool", "text", "list", "enum" };

	json_w_object(w);
	json_w_text_field(w, "block", block_name(o->block));
	json_w_text_field(w, "option", o->name);
	json_w_text_field(w, "type", types[o->type]);
	json_w_text_field(w, "default", default_of(o));
	if (o->type == OPTION_INT) {
		json_w_int_field(w, "low", o->low);
		json_w_int_field(w, "high", o->high);
	}
	json_w_text_field(w, "choices", o->choices);
	json_w_text_field(w, "help", o->help);
	json_w_object_end(w);
}

static void print_json(int only)
{
	const struct option *o;
	struct buf out;
	struct json_w w = json_w(&out);

	buf_init(&out, 1 << 20);
	json_w_array(&w);
	for (size_t i = 0; (o = option_at(i)); i++)
		if (only < 0 || (int)o->block == only)
			write_option(&w, o);
	json_w_array_end(&w);
	puts(buf_cstr(&out));
	buf_finish(&out);
}

static int list(struct cli *c)
{
	int only = -1;

	for (int b = 0; b < BLOCKS && c->word_count; b++)
		if (strcmp(c->words[0], block_name(b)) == 0)
			only = b;
	if (c->word_count && only < 0)
		return cli_usage(c, "there is no block \"%s\"", c->words[0]);
	if (c->json) {
		print_json(only);
		return STATUS_OK;
	}
	for (int b = 0; b < BLOCKS; b++)
		if (only < 0 || b == only)
			print_block(b);
	return STATUS_OK;
}

/* platend stands beside us, in sbin beside our bin, or in the PATH. */
static char *beside(const char *path)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n <= 0)
		return mem_strdup("platend");
	self[n] = '\0';
	slash = strrchr(self, '/');
	return mem_printf("%.*s%s", (int)(slash - self), self, path);
}

static int check(struct cli *c)
{
	static const char *const places[] = { "/platend", "/../sbin/platend" };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		char *path = beside(places[i]);

		execl(path, "platend", "--check", "-c", c->words[0], (char *)NULL);
		free(path);
	}
	execlp("platend", "platend", "--check", "-c", c->words[0], (char *)NULL);
	return cli_fail("platend was not found; is it in the PATH?");
}

/* "config check" first: "config" takes any word. */
const struct command commands_config[] = {
	{ "config check", "FILE", "validate a configuration: one line a mistake",
	    "Exit status: 0, or 2 with mistakes.", NULL, 1, 1, check },
	{ "config", "[BLOCK]", "every option of the configuration, its default and its range", NULL,
	    NULL, 0, 1, list },
	{ 0 },
};
