/*
 * platen doctor: what a person would look at first, each with what to do.
 *
 * A finding is good, a note or bad; one bad finding makes the exit status 1.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/uri.h"
#include "cli/devices.h"
#include "cli/out.h"
#include "sys/file.h"

#define SPACE_LOW (64u << 20)
#define PROBES_MAX 16 /* an answer may take seconds each */

enum mark { GOOD, NOTE, BAD };
static const char *const marks[] = { "ok", "note", "BAD" };
static const char *const mark_names[] = { "ok", "note", "bad" };

struct doctor {
	struct cli *cli;
	struct buf json;
	struct json_w w;
	bool bad;
};

static void found(struct doctor *d, enum mark mark, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void found(struct doctor *d, enum mark mark, const char *what, const char *fmt, ...)
{
	struct buf text;
	va_list args;
	char *safe;

	buf_init(&text, 65536);
	va_start(args, fmt);
	buf_vprintf(&text, fmt, args);
	va_end(args);
	safe = out_safe(buf_str(&text));
	d->bad |= mark == BAD;
	json_w_object(&d->w);
	json_w_text_field(&d->w, "check", what);
	json_w_text_field(&d->w, "result", mark_names[mark]);
	json_w_text_field(&d->w, "text", safe);
	json_w_object_end(&d->w);
	if (!d->cli->json)
		printf("%-5s %-10s %s\n", marks[mark], what, safe);
	free(safe);
	buf_finish(&text);
}

static char *text_of(const struct json *object, const char *name)
{
	struct str s = json_string(json_get(object, name));

	return mem_strndup(s.len ? s.ptr : "", s.len);
}

/* --- here ------------------------------------------------------------------------ */

static void look_at_state(struct doctor *d)
{
	const char *dir = d->cli->state_dir;
	uint64_t left, total;

	if (d->cli->url)
		return;
	if (!file_exists(dir))
		found(d, BAD, "state", "%s does not exist: no daemon has run with it", dir);
	else if (!file_space(dir, &left, &total))
		found(d, BAD, "state", "%s cannot be read", dir);
	else
		found(d, left < SPACE_LOW ? BAD : GOOD, "state", "%s, %" PRIu64 " MiB free", dir,
		    left >> 20);
}

/* --- the daemon -------------------------------------------------------------------- */

static bool reachable(struct doctor *d)
{
	struct ask ask = { .path = "/v1/hello", .quiet = true };
	struct said said;
	int status = api_ask(d->cli, &ask, &said);
	char *version = text_of(said.root, "version");

	if (status)
		found(d, BAD, "daemon", "%s", said.sentence);
	else if (strcmp(version, PLATEN_VERSION) != 0)
		found(d, NOTE, "daemon", "platend is version %s, this is " PLATEN_VERSION, version);
	else
		found(d, GOOD, "daemon", "platend %s answers", version);
	free(version);
	api_finish(&said);
	return !status;
}

static bool beyond_loopback(struct str addresses)
{
	while (addresses.ptr) {
		struct str one = str_trim(str_cut(addresses, ',', &addresses));
		struct ip ip;
		uint16_t port;

		if (!ip_port_parse(one, &ip, &port, NULL) && !ip_is_loopback(&ip))
			return true;
	}
	return false;
}

static void look_at_listener(struct doctor *d, const struct json *l)
{
	char *name = text_of(l, "name"), *addresses = text_of(l, "addresses");
	char *reason = text_of(l, "reason");

	if (str_is(json_string(json_get(l, "state")), "open"))
		found(d, GOOD, "listener", "%s on %s", name, addresses);
	else
		found(d, BAD, "listener", "%s: %s%s%s", name, reason, *addresses ? "; open: " : "",
		    addresses);
	if (beyond_loopback(str_of(addresses)))
		found(d, NOTE, "exposure", "%s can be reached from other machines: %s", name,
		    addresses);
	free(reason);
	free(addresses);
	free(name);
}

static void look_at_daemon(struct doctor *d, const struct json *root)
{
	int64_t doubtful = 0;
	bool journal = json_bool(json_get(root, "journal"), false);
	bool low = json_bool(json_get(root, "disk_low"), false);

	found(d, journal ? GOOD : BAD, "journal", journal ? "jobs can be written down"
	    : "the last commit failed; nothing is accepted until one works");
	found(d, low ? BAD : GOOD, "disk", low ? "too little space; jobs are refused"
	    : "enough space");
	for (const struct json *l = json_first(json_get(root, "listeners")); l; l = json_next(l))
		look_at_listener(d, l);
	if (json_int(json_get(root, "unconfirmed"), &doubtful) && doubtful)
		found(d, NOTE, "jobs", "%" PRId64 " became unconfirmed since the start; "
		    "`platen jobs --in unconfirmed` lists those that wait", doubtful);
}

/* --- printers and pages ---------------------------------------------------------------- */

static void judge_printer(struct doctor *d, const struct json *printer)
{
	char *name = text_of(printer, "name"), *uri = text_of(printer, "uri");
	char *error = text_of(printer, "last_error"), *state = text_of(printer, "state");
	struct buf reasons;

	buf_init(&reasons, 4096);
	devices_reasons(json_get(printer, "reasons"), &reasons);
	if (json_bool(json_get(printer, "paused"), false))
		found(d, NOTE, "printer", "%s (%s) is paused", name, uri);
	else if (strcmp(state, "offline") == 0)
		found(d, BAD, "printer", "%s (%s) is offline: %s", name, uri, error);
	else if (reasons.len)
		found(d, NOTE, "printer", "%s (%s) is %s and says: %s", name, uri, state,
		    buf_cstr(&reasons));
	else
		found(d, GOOD, "printer", "%s (%s) is %s", name, uri, state);
	buf_finish(&reasons);
	free(error);
	free(state);
	free(uri);
	free(name);
}

/* A printer that works is not disturbed by the probe; the daemon sees to that. */
static void probe_printer(struct doctor *d, const struct json *listed)
{
	char *name = text_of(listed, "name");
	char *path = api_path("/v1/devices/", name, "/probe");
	struct ask ask = { .method = "POST", .path = path, .quiet = true };
	struct said said;

	if (api_ask(d->cli, &ask, &said))
		found(d, BAD, "printer", "%s: %s", name, said.sentence);
	else
		judge_printer(d, said.root);
	api_finish(&said);
	free(path);
	free(name);
}

static void look_at_printers(struct doctor *d, const struct json *root)
{
	const struct json *list = json_get(root, "devices");
	unsigned probes = 0;

	for (const struct json *p = json_first(list); p; p = json_next(p))
		if (json_bool(json_get(p, "adhoc"), false))
			continue;
		else if (probes++ < PROBES_MAX)
			probe_printer(d, p);
		else
			judge_printer(d, p);
	if (!json_count(list))
		found(d, NOTE, "printer", "there is none; `platen printers add NAME URI` adds one");
}

static void look_at_origins(struct doctor *d, const struct json *root)
{
	for (const struct json *r = json_first(json_get(root, "refused")); r; r = json_next(r)) {
		char *origin = text_of(r, "origin"), *wanted = text_of(r, "wanted");

		found(d, NOTE, "origin", "%s was refused (it wanted %s); "
		    "`platen origins allow %s` lets it in", origin, *wanted ? wanted : "a page",
		    origin);
		free(wanted);
		free(origin);
	}
}

static const struct {
	const char *path, *what;
	void (*look)(struct doctor *d, const struct json *root);
} looks[] = {
	{ "/v1/status", "status", look_at_daemon },
	{ "/v1/printers", "printers", look_at_printers },
	{ "/v1/origins", "origins", look_at_origins },
};

static void look_inside(struct doctor *d)
{
	for (size_t i = 0; i < COUNT_OF(looks); i++) {
		struct ask ask = { .path = looks[i].path, .quiet = true };
		struct said said;

		if (api_ask(d->cli, &ask, &said))
			found(d, NOTE, looks[i].what, "cannot be seen: %s", said.sentence);
		else
			looks[i].look(d, said.root);
		api_finish(&said);
	}
}

static int doctor(struct cli *c)
{
	struct doctor d = { .cli = c };

	buf_init(&d.json, 1 << 20);
	d.w = json_w(&d.json);
	json_w_object(&d.w);
	json_w_key(&d.w, "checks");
	json_w_array(&d.w);
	look_at_state(&d);
	if (reachable(&d))
		look_inside(&d);
	json_w_array_end(&d.w);
	json_w_bool_field(&d.w, "ok", !d.bad);
	json_w_object_end(&d.w);
	if (c->json)
		puts(buf_cstr(&d.json));
	buf_finish(&d.json);
	return d.bad ? STATUS_ERROR : STATUS_OK;
}

const struct command commands_doctor[] = {
	{ "doctor", "", "look for what is wrong: daemon, listeners, disk, printers, pages",
	    "Exit status: 0, or 1 when something is bad.", NULL, 0, 0, doctor },
	{ 0 },
};
