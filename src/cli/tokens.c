/*
 * platen tokens: bearer tokens of programs. Without a daemon a token is made
 * here, and the block for the configuration is printed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/api.h"
#include "cli/out.h"
#include "core/access.h"

static void show(const struct cli *c, const struct json *root)
{
	static const char *const heads[] = { "NAME", "MAY", "PRINTERS", "FROM", NULL };
	struct table *t = table_create(heads);
	const struct json *list = json_get(root, "tokens");

	(void)c;
	for (const struct json *o = json_first(list); o; o = json_next(o)) {
		const struct json *printers = json_get(o, "printers");

		table_json(t, json_get(o, "name"));
		table_json(t, json_get(o, "allow"));
		if (json_count(printers))
			table_json(t, printers);
		else
			table_text(t, "all");
		table_text(t, json_bool(json_get(o, "added"), false) ? "added" : "file");
	}
	if (!json_count(list))
		puts("no tokens");
	table_print(t);
}

static int list(struct cli *c)
{
	struct ask ask = { .path = "/v1/tokens" };

	return api_run(c, &ask, show);
}

/* The token alone on standard output, for scripts. */
static void show_token(const struct cli *c, const struct json *root)
{
	char *token = out_safe(json_string(json_get(root, "token")));

	puts(token);
	fprintf(stderr, "This is the token of %s. It is not shown again.\n", c->words[0]);
	free(token);
}

static int add_by_daemon(struct cli *c)
{
	struct ask ask = { .method = "POST", .path = "/v1/tokens" };
	struct buf body;
	struct json_w w = json_w(&body);
	int status;

	buf_init(&body, 65536);
	json_w_object(&w);
	json_w_text_field(&w, "name", c->words[0]);
	if (c->word_count > 1)
		json_w_text_field(&w, "allow", c->words[1]);
	if (cli_flag(c, "printers"))
		json_w_text_field(&w, "printers", cli_flag(c, "printers"));
	json_w_object_end(&w);
	ask.body = buf_str(&body);
	status = api_run(c, &ask, show_token);
	buf_finish(&body);
	return status;
}

/* --- without a daemon ----------------------------------------------------------- */

/* Names and capabilities are words of the configuration's syntax. */
static int check_words(const struct cli *c)
{
	const char *printers = cli_flag(c, "printers");

	for (struct str rest = str_of(c->word_count > 1 ? c->words[1] : NULL); rest.ptr;) {
		struct str name = str_trim(str_cut(rest, ',', &rest));

		if (!capability_parse(name))
			return cli_usage(c, "there is no capability \"%.*s\"", STR_ARG(name));
	}
	for (struct str s = str_of(c->words[0]); s.len; s = str_from(s, 1))
		if (s.ptr[0] <= ' ' || s.ptr[0] == '"' || s.ptr[0] == '\\' || s.ptr[0] == '{')
			return cli_usage(c, "\"%s\" is no name for a token", c->words[0]);
	return printers && *printers == '\0' ? cli_usage(c, "--printers needs names") : STATUS_OK;
}

static void print_block(const struct cli *c, const char *token, const char *digest)
{
	printf("# The bearer token is %s\n"
	    "# Keep it with the program; here stands only its digest.\n"
	    "token \"%s\" {\n  sha256 = %s\n  allow  = {%s}\n", token, c->words[0], digest,
	    c->word_count > 1 ? c->words[1] : "print, status");
	if (cli_flag(c, "printers"))
		printf("  printers = {%s}\n", cli_flag(c, "printers"));
	puts("}");
}

static void print_json(const struct cli *c, const char *token, const char *digest)
{
	struct buf out;
	struct json_w w = json_w(&out);

	buf_init(&out, 4096);
	json_w_object(&w);
	json_w_text_field(&w, "name", c->words[0]);
	json_w_text_field(&w, "token", token);
	json_w_text_field(&w, "sha256", digest);
	json_w_object_end(&w);
	puts(buf_cstr(&out));
	mem_wipe(out.ptr, out.len);
	buf_finish(&out);
}

static int add_by_hand(const struct cli *c)
{
	char token[64], digest[65];
	int status = check_words(c);

	if (status)
		return status;
	access_make_token(token, digest);
	(c->json ? print_json : print_block)(c, token, digest);
	mem_wipe(token, sizeof token);
	return STATUS_OK;
}

static bool daemon_runs(const struct cli *c)
{
	struct ask ask = { .path = "/livez", .quiet = true };
	struct said said;
	bool runs;

	api_ask(c, &ask, &said);
	runs = said.http != 0;
	api_finish(&said);
	return runs;
}

static int add(struct cli *c)
{
	if (cli_flag(c, "offline") || (!c->url && !daemon_runs(c)))
		return add_by_hand(c);
	return add_by_daemon(c);
}

static void show_removed(const struct cli *c, const struct json *root)
{
	(void)root;
	printf("token %s is void\n", c->words[0]);
}

static int remove_one(struct cli *c)
{
	char *path = api_path("/v1/tokens/", c->words[0], "");
	struct ask ask = { .method = "DELETE", .path = path };
	int status = api_run(c, &ask, show_removed);

	free(path);
	return status;
}

static const struct flag add_flags[] = {
	{ "printers", 0, "NAMES", "only these printers, with commas" },
	{ "offline", 0, NULL, "only print a token and its block for the configuration" },
	{ 0 },
};

const struct command commands_tokens[] = {
	{ "tokens list", "", "programs that may come in by token", NULL, NULL, 0, 0, list },
	{ "tokens add", "NAME [CAPABILITIES]", "make a bearer token; it is shown once",
	    "Capabilities with commas: print, status (the default is both), drawer, peripherals,\n"
	    "pay, raw, admin. When no daemon runs, a token and its block for the configuration\n"
	    "are printed.", add_flags, 1, 2, add },
	{ "tokens remove", "NAME", "void an added token", NULL, NULL, 1, 1, remove_one },
	{ 0 },
};
