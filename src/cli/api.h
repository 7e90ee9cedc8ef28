/*
 * The daemon, asked: one request of the native API through the control socket,
 * or at --url with a token.
 */
#ifndef CLI_API_H
#define CLI_API_H

#include "base/json.h"
#include "cli/cli.h"

#define API_HEADERS 4

struct ask {
	const char *method; /* "GET" if NULL */
	const char *path;   /* with its query; names in it by api_path */
	struct str body;
	const char *type;   /* of the body; application/json if NULL */
	const char *headers[API_HEADERS]; /* "Name: value", NULL-terminated */
	bool quiet;         /* say nothing when it fails */
};

struct said {
	int http;             /* 0: the daemon did not answer */
	struct buf body;
	struct json_doc *doc; /* NULL unless the body is JSON */
	const struct json *root;
	char sentence[320];   /* why it failed */
};

/*
 * Ask. STATUS_OK when the answer is a 2xx; otherwise STATUS_ERROR, with the
 * sentence on standard error (and the API's error on standard output with
 * --json). `said` must be finished in either case.
 */
int api_ask(const struct cli *c, const struct ask *ask, struct said *said);
void api_finish(struct said *said);

/* Ask, then print the answer: as it came with --json, else by `show`. Returns
 * the exit status. */
typedef void show_fn(const struct cli *c, const struct json *root);
int api_run(const struct cli *c, const struct ask *ask, show_fn *show);

/* Stream a path's reply piece by piece until it ends or `fn` returns false. The
 * HTTP status, 0 if there was none and then the sentence in `said`. */
int api_stream(const struct cli *c, const char *path, bool (*fn)(struct str, void *), void *arg,
    struct said *said);

/* `before`, `name` percent-encoded, `after`. free(). */
char *api_path(const char *before, const char *name, const char *after);
/* A member whose text is a whole number goes as one, else as a string. */
void api_value_field(struct json_w *w, const char *key, const char *text);

#endif
