/*
 * The browser's own sandbox is on unless it does not start with it (a machine
 * that forbids user name spaces); it then has only our fences around it: no
 * network, an unprivileged user, no new privileges.
 */
#include "render/devtools.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/clock.h"
#include "sys/file.h"

#define MESSAGE_MAX (96u << 20) /* a picture of 20,000 rows, in base64 */
#define START_MS 20000
#define REMOVALS 50
#define REMOVAL_PAUSE_MS 20

static const char *const programs[] = {
	"/usr/bin/chromium-headless-shell", "/usr/lib/chromium/chromium-headless-shell",
	"/usr/lib/chromium/chromium", "/usr/lib/chromium-browser/chromium-browser",
	"/usr/lib64/chromium-browser/headless_shell", "/opt/google/chrome/chrome",
};

static const char *find_program(void)
{
	for (size_t i = 0; i < COUNT_OF(programs); i++)
		if (file_exists(programs[i]))
			return programs[i];
	return NULL;
}

/* --- the process ------------------------------------------------------------------- */

static enum err start(struct devtools *d, const char *program, bool sandbox, struct why *why)
{
	char profile[96];
	const char *const argv[] = {
		program, profile, "--headless", "--remote-debugging-pipe", "--no-first-run",
		"--disable-gpu", "--hide-scrollbars", "--mute-audio", "--disable-extensions",
		"--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
		"--disable-breakpad", "--disable-crash-reporter", "--no-default-browser-check",
		"--disable-features=Translate,OptimizationHints,MediaRouter",
		"--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND",
		sandbox ? "about:blank" : "--no-sandbox", NULL,
	};
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return why_errno(why, E_INTERNAL, errno, "Cannot reach Chromium");
	snprintf(profile, sizeof(profile), "--user-data-dir=%s", d->home);
	const int fds[] = { to[0], from[1] };
	enum err err = child_start(&d->child, argv, fds, COUNT_OF(fds), why);
	close(to[0]);
	close(from[1]);
	d->to = to[1];
	d->from = from[0];
	return err;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st, (void)flag, (void)at;
	return remove(path);
}

static void stop(struct devtools *d)
{
	if (d->to >= 0) {
		close(d->to);
		close(d->from);
	}
	d->to = d->from = -1;
	if (d->child.pid > 0) {
		child_kill(&d->child);
		child_end(&d->child);
	}
	buf_clear(&d->in);
	d->used = 0;
}

/* The browser's own children outlive it by a moment, and write on. */
static void remove_home(struct devtools *d)
{
	for (int i = 0; i < REMOVALS && d->home[0]; i++) {
		if (i > 0)
			clock_sleep(REMOVAL_PAUSE_MS);
		nftw(d->home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		if (!file_exists(d->home))
			d->home[0] = '\0';
	}
}

void devtools_close(struct devtools *d)
{
	stop(d);
	json_destroy(d->answer);
	d->answer = NULL;
	buf_finish(&d->in);
	remove_home(d);
}

static enum err try_start(struct devtools *d, const char *program, bool sandbox,
    struct why *why)
{
	const struct json *version;
	enum err err = start(d, program, sandbox, why);

	d->deadline = clock_mono() + START_MS;
	if (!err)
		err = devtools_call(d, "", "Browser.getVersion", "{}", &version, why);
	if (err)
		stop(d);
	return err;
}

enum err devtools_open(struct devtools *d, struct why *why)
{
	const char *program = find_program();

	*d = (struct devtools){ .to = -1, .from = -1, .give_up_fd = -1, .child.fd = -1 };
	buf_init(&d->in, MESSAGE_MAX);
	if (!program)
		return why_fail(why, E_RENDERER, "This page needs Chromium, which is not "
		    "installed (package chromium)");
	snprintf(d->home, sizeof(d->home), "/tmp/platen-web-XXXXXX");
	if (!mkdtemp(d->home)) {
		d->home[0] = '\0';
		return why_errno(why, E_RENDERER, errno, "Chromium has no room for its profile");
	}
	setenv("HOME", d->home, 1);
	if (try_start(d, program, true, why) && try_start(d, program, false, why))
		return why_fail(why, E_RENDERER, "This page needs Chromium, and %s does not start",
		    program);
	return E_OK;
}

/* --- calls ------------------------------------------------------------------------- */

static enum err await(struct devtools *d, int fd, short events, struct why *why)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events }, { .fd = d->give_up_fd, .events = 0 },
	};
	for (;;) {
		int64_t left = d->deadline - clock_mono();
		int ready = poll(fds, COUNT_OF(fds), left > 0 ? (int)left : 0);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return why_fail(why, E_TIMEOUT, "Chromium did not draw the page in time");
		if (fds[1].revents)
			return why_fail(why, E_CANCELLED, NULL);
		return E_OK;
	}
}

/* The pipe holds less than a message: the browser reads while we write. */
static enum err say(struct devtools *d, struct str message, struct why *why)
{
	fcntl(d->to, F_SETFL, O_NONBLOCK);
	while (message.len > 0) {
		ssize_t n = write(d->to, message.ptr, message.len);
		if (n > 0) {
			message = str_from(message, (size_t)n);
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return why_fail(why, E_LOST, "Chromium has ended");
		enum err err = await(d, d->to, POLLOUT, why);
		if (err)
			return err;
	}
	return E_OK;
}

/* The next whole message, without its NUL. */
static enum err hear(struct devtools *d, struct str *message, struct why *why)
{
	size_t seen = 0;

	buf_drop(&d->in, d->used);
	d->used = 0;
	for (;;) {
		uint8_t *nul = d->in.len > seen
		    ? memchr(d->in.ptr + seen, 0, d->in.len - seen) : NULL;
		if (nul) {
			*message = (struct str){ (char *)d->in.ptr, (size_t)(nul - d->in.ptr) };
			d->used = message->len + 1;
			return E_OK;
		}
		seen = d->in.len;
		uint8_t *room = buf_space(&d->in, 65536);
		enum err err = room ? await(d, d->from, POLLIN, why)
		    : why_fail(why, E_TOO_LARGE, "The page becomes too large when drawn");
		if (err)
			return err;
		ssize_t n = read(d->from, room, 65536);
		if (n <= 0)
			return why_fail(why, E_LOST, "Chromium has ended");
		buf_grown(&d->in, (size_t)n);
	}
}

static void write_call(struct devtools *d, const char *session, const char *method,
    const char *params, struct buf *out)
{
	struct json_w w = json_w(out);

	json_w_object(&w);
	json_w_int_field(&w, "id", ++d->calls);
	json_w_text_field(&w, "method", method);
	if (session[0])
		json_w_text_field(&w, "sessionId", session);
	json_w_key(&w, "params");
	json_w_raw(&w, str_of(params));
	json_w_object_end(&w);
	buf_add_byte(out, 0);
}

/* Whether the message is the answer to the last call; keeps it then. */
static bool is_answer(struct devtools *d, struct str message)
{
	int64_t id;

	json_destroy(d->answer);
	d->answer = NULL;
	return json_parse(message, NULL, &d->answer, NULL) == E_OK &&
	    json_int(json_get(json_root(d->answer), "id"), &id) && id == d->calls;
}

enum err devtools_call(struct devtools *d, const char *session, const char *method,
    const char *params, const struct json **result, struct why *why)
{
	struct str message;
	struct buf out;

	buf_init(&out, MESSAGE_MAX);
	write_call(d, session, method, params, &out);
	enum err err = out.failed ? why_fail(why, E_TOO_LARGE, NULL) : say(d, buf_str(&out), why);
	buf_finish(&out);
	do {
		if (!err)
			err = hear(d, &message, why);
	} while (!err && !is_answer(d, message));
	if (err)
		return err;
	const struct json *root = json_root(d->answer), *error = json_get(root, "error");
	if (error)
		return why_fail(why, E_DOCUMENT, "Chromium refused %s: %.*s", method,
		    STR_ARG(str_head(json_string(json_get(error, "message")), 120)));
	*result = json_get(root, "result");
	return E_OK;
}
