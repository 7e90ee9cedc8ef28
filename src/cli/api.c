/*
 * One blocking request by net/fetch, and the sentence when it fails.
 */
#include "cli/api.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/out.h"
#include "net/fetch.h"

#define ANSWER_MS 60000
#define ANSWER_MAX (32u << 20)

static void why_unreachable(const struct cli *c, const struct why *why, struct said *said)
{
	if (c->url)
		snprintf(said->sentence, sizeof said->sentence,
		    "The daemon does not answer at %.120s: %.120s", c->url, why->text);
	else if (access(c->socket, R_OK | W_OK) == 0)
		snprintf(said->sentence, sizeof said->sentence,
		    "The daemon does not answer at %.200s: is platend running?", c->socket);
	else if (errno == EACCES)
		snprintf(said->sentence, sizeof said->sentence,
		    "Only root and the daemon's user may open %.200s", c->socket);
	else
		snprintf(said->sentence, sizeof said->sentence,
		    "There is no daemon at %.160s: start platend, or name it with --state or --url",
		    c->socket);
}

static void read_said(struct said *said)
{
	struct str error;
	char *safe;

	if (!json_parse(buf_str(&said->body), NULL, &said->doc, NULL))
		said->root = json_root(said->doc);
	if (said->http >= 200 && said->http < 300)
		return;
	error = json_string(json_get(said->root, "error"));
	safe = out_safe(error);
	if (error.len)
		snprintf(said->sentence, sizeof said->sentence, "%s", safe);
	else
		snprintf(said->sentence, sizeof said->sentence, "The daemon answered %d",
		    said->http);
	free(safe);
}

static bool has_line_break(const char *text)
{
	return text && strpbrk(text, "\r\n");
}

static char *full_url(const struct cli *c, const char *path)
{
	size_t len = c->url ? strlen(c->url) : 0;

	if (!c->url)
		return mem_printf("http://localhost%s", path);
	while (len && c->url[len - 1] == '/')
		len--;
	return mem_printf("%.*s%s", (int)len, c->url, path);
}

/* Our own headers, then the request's; `lines` has room for all. */
static void list_headers(const struct ask *ask, char *type, char *token, const char **lines)
{
	size_t n = 0;

	if (type)
		lines[n++] = type;
	if (token)
		lines[n++] = token;
	for (size_t i = 0; i < API_HEADERS && ask->headers[i]; i++)
		lines[n++] = ask->headers[i];
	lines[n] = NULL;
}

static bool headers_clean(const char *const *lines)
{
	while (*lines && !has_line_break(*lines))
		lines++;
	return !*lines;
}

static enum err run_fetch(const struct cli *c, const struct ask *ask, struct fetch *f,
    struct said *said, struct why *why)
{
	const char *lines[API_HEADERS + 3];
	char *url = full_url(c, ask->path);
	char *type = ask->body.len ? mem_printf("Content-Type: %s",
	    ask->type ? ask->type : "application/json") : NULL;
	char *token = c->url && c->token ? mem_printf("Authorization: Bearer %s", c->token) : NULL;
	enum err err;

	list_headers(ask, type, token, lines);
	f->method = ask->method;
	f->url = url;
	f->unix_socket = c->url ? NULL : c->socket;
	f->headers = lines;
	f->body = ask->body;
	f->max_bytes = ANSWER_MAX;
	err = headers_clean(lines) ? fetch_run(f, &said->http, &said->body, why)
	    : why_fail(why, E_BAD_REQUEST, "A header cannot hold a line break");
	if (token)
		mem_wipe(token, strlen(token));
	free(token);
	free(type);
	free(url);
	return err;
}

int api_ask(const struct cli *c, const struct ask *ask, struct said *said)
{
	struct fetch f = { .timeout_ms = ANSWER_MS };
	struct why why;
	enum err err;

	memset(said, 0, sizeof *said);
	buf_init(&said->body, ANSWER_MAX);
	err = run_fetch(c, ask, &f, said, &why);
	if (!err) {
		read_said(said);
	} else {
		said->http = 0;
		if (err == E_BAD_REQUEST || err == E_TOO_LARGE)
			snprintf(said->sentence, sizeof said->sentence, "%s", why.text);
		else
			why_unreachable(c, &why, said);
	}
	if (!said->sentence[0])
		return STATUS_OK;
	if (!ask->quiet && c->json && said->http)
		puts(buf_cstr(&said->body));
	return ask->quiet ? STATUS_ERROR : cli_fail("%s", said->sentence);
}

void api_finish(struct said *said)
{
	json_destroy(said->doc);
	buf_finish(&said->body);
	memset(said, 0, sizeof *said);
}

int api_run(const struct cli *c, const struct ask *ask, show_fn *show)
{
	struct said said;
	int status = api_ask(c, ask, &said);

	if (!status && c->json)
		puts(buf_cstr(&said.body));
	else if (!status)
		show(c, said.root);
	api_finish(&said);
	return status;
}

int api_stream(const struct cli *c, const char *path, bool (*fn)(struct str, void *), void *arg,
    struct said *said)
{
	struct ask ask = { .path = path };
	struct fetch f = { .on_piece = fn, .arg = arg };
	struct why why;

	memset(said, 0, sizeof *said);
	buf_init(&said->body, ANSWER_MAX);
	if (run_fetch(c, &ask, &f, said, &why))
		why_unreachable(c, &why, said);
	return said->http;
}

char *api_path(const char *before, const char *name, const char *after)
{
	struct buf out;
	char *path;

	buf_init(&out, 65536);
	buf_puts(&out, before);
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (isalnum(*p) || strchr("-._~", *p))
			buf_add_byte(&out, *p);
		else
			buf_printf(&out, "%%%02X", *p);
	buf_puts(&out, after);
	path = mem_strdup(out.failed ? "/" : buf_cstr(&out));
	buf_finish(&out);
	return path;
}

void api_value_field(struct json_w *w, const char *key, const char *text)
{
	int64_t n;

	if (str_to_i64(str_of(text), &n))
		json_w_int_field(w, key, n);
	else
		json_w_text_field(w, key, text);
}
