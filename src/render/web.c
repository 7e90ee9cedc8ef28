/*
 * Each page gets a browser context of its own, which goes with it. The page is
 * laid out for print at the width of the paper, and photographed whole.
 */
#include "render/web.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "render/devtools.h"
#include "render/message.h"
#include "sys/cage.h"
#include "sys/clock.h"

#define IDLE_MS 300000
#define PAGES_MAX 200     /* then a new browser */
#define WALL_MS 15000
#define WALL_MAX_MS 60000
#define PAGE_BYTES_MAX (16u << 20)
#define CSS_DPI 96.0
#define WINDOW_HEIGHT 8   /* CSS px: a page is at least as high as its window */

static const char blocked[] = "{\"urls\":[\"http://*\",\"https://*\",\"ws://*\",\"wss://*\","
    "\"ftp://*\",\"file://*\"]}";

struct page {
	struct devtools *web;
	const struct render_options *options;
	char context[64], target[64], session[64], frame[64];
	unsigned css_width;
	double scale;          /* dots of a CSS pixel */
	uint32_t rows, css_height;
	char warning[128];
	int picture;           /* memfd, -1: not yet */
};

struct web {
	int requests;
	struct devtools devtools;
	bool running;
	unsigned pages;
};

/* --- calls ------------------------------------------------------------------------- */

static enum err ask(struct page *p, const char *method, const char *params,
    const struct json **result, struct why *why)
{
	return devtools_call(p->web, p->session, method, params, result, why);
}

static enum err tell(struct page *p, const char *method, const char *params, struct why *why)
{
	const struct json *result;
	return ask(p, method, params, &result, why);
}

static enum err keep(const struct json *value, char out[static 64], struct why *why)
{
	struct str text = json_string(value);
	if (!text.len || !str_copy(out, 64, text))
		return why_fail(why, E_DOCUMENT, "Chromium gave an answer that is not understood");
	return E_OK;
}

/* --- a page of its own ------------------------------------------------------------- */

static enum err open_target(struct page *p, struct why *why)
{
	const struct json *r;
	char params[256];
	enum err err = ask(p, "Target.createBrowserContext", "{\"disposeOnDetach\":true}", &r, why);

	if (!err)
		err = keep(json_get(r, "browserContextId"), p->context, why);
	snprintf(params, sizeof(params), "{\"url\":\"about:blank\",\"browserContextId\":\"%s\"}",
	    p->context);
	if (!err)
		err = ask(p, "Target.createTarget", params, &r, why);
	if (!err)
		err = keep(json_get(r, "targetId"), p->target, why);
	snprintf(params, sizeof(params), "{\"targetId\":\"%s\",\"flatten\":true}", p->target);
	if (!err)
		err = ask(p, "Target.attachToTarget", params, &r, why);
	return err ? err : keep(json_get(r, "sessionId"), p->session, why);
}

static enum err set_up(struct page *p, struct why *why)
{
	const struct render_options *o = p->options;
	const struct json *r;
	char metrics[160], scripts[40];

	snprintf(metrics, sizeof(metrics), "{\"width\":%u,\"height\":%d,"
	    "\"deviceScaleFactor\":%.6f,\"mobile\":false}", p->css_width, WINDOW_HEIGHT, p->scale);
	snprintf(scripts, sizeof(scripts), "{\"value\":%s}", o->scripts ? "false" : "true");
	const struct { const char *method, *params; } calls[] = {
		{ "Network.enable", "{}" },
		{ "Network.setBlockedURLs", blocked },
		{ "Emulation.setDeviceMetricsOverride", metrics },
		{ "Emulation.setEmulatedMedia", "{\"media\":\"print\"}" },
		{ "Emulation.setScriptExecutionDisabled", scripts },
	};
	enum err err = E_OK;
	for (size_t i = 0; i < COUNT_OF(calls) && !err; i++)
		err = tell(p, calls[i].method, calls[i].params, why);
	if (!err)
		err = ask(p, "Page.getFrameTree", "{}", &r, why);
	return err ? err : keep(json_get(json_get(json_get(r, "frameTree"), "frame"), "id"),
	    p->frame, why);
}

/* What is not UTF-8 is taken for Latin 1. */
static void add_html(struct json_w *w, struct str html)
{
	struct buf text;
	char utf8[4];

	if (utf8_valid(html)) {
		json_w_str_field(w, "html", html);
		return;
	}
	buf_init(&text, 2 * PAGE_BYTES_MAX);
	for (size_t i = 0; i < html.len; i++)
		buf_add(&text, utf8, utf8_encode((uint8_t)html.ptr[i], utf8));
	json_w_str_field(w, "html", buf_str(&text));
	buf_finish(&text);
}

static enum err fill(struct page *p, struct str html, struct why *why)
{
	struct buf params;
	struct json_w w;

	buf_init(&params, 6 * PAGE_BYTES_MAX);
	w = json_w(&params);
	json_w_object(&w);
	json_w_text_field(&w, "frameId", p->frame);
	add_html(&w, html);
	json_w_object_end(&w);
	enum err err = params.failed ? why_fail(why, E_TOO_LARGE, NULL)
	    : tell(p, "Page.setDocumentContent", buf_cstr(&params), why);
	buf_finish(&params);
	return err;
}

static enum err evaluate(struct page *p, const char *expression, bool *yes, struct why *why)
{
	const struct json *r;
	char params[256];

	snprintf(params, sizeof(params), "{\"expression\":\"%s\",\"awaitPromise\":true}",
	    expression);
	enum err err = ask(p, "Runtime.evaluate", params, &r, why);
	if (!err)
		*yes = json_bool(json_get(json_get(r, "result"), "value"), false);
	return err;
}

/* Asked again and again, because with scripts off nobody may call us. */
static enum err await_page(struct page *p, struct why *why)
{
	bool ready = false;
	enum err err;

	while (!(err = evaluate(p, "document.readyState=='complete'", &ready, why)) && !ready)
		clock_sleep(2);
	return err ? err : evaluate(p, "document.fonts.ready.then(()=>true)", &ready, why);
}

/* --- its picture ------------------------------------------------------------------- */

static enum err measure(struct page *p, struct why *why)
{
	const struct json *r, *size;
	double width = 0, height = 0;
	enum err err = ask(p, "Page.getLayoutMetrics", "{}", &r, why);

	if (err)
		return err;
	size = json_get(r, "cssContentSize");
	if (!json_double(json_get(size, "width"), &width) ||
	    !json_double(json_get(size, "height"), &height) || height < 1)
		return why_fail(why, E_DOCUMENT, "The page is empty");
	if (height * p->scale > SHEET_ROWS_MAX)
		return why_fail(why, E_TOO_LARGE, "The page would be %.0f rows long",
		    height * p->scale);
	if (width > p->css_width + 1)
		snprintf(p->warning, sizeof(p->warning), "the page is %.0f px wide, the paper %u: "
		    "what is on the right is cut off", width, p->css_width);
	p->css_height = (uint32_t)ceil(height);
	return E_OK;
}

static enum err shoot(struct page *p, struct why *why)
{
	const struct json *r;
	struct buf png;
	char params[240];

	snprintf(params, sizeof(params), "{\"format\":\"png\",\"captureBeyondViewport\":true,"
	    "\"optimizeForSpeed\":true,\"clip\":{\"x\":0,\"y\":0,\"width\":%u,\"height\":%u,"
	    "\"scale\":1}}", p->css_width, p->css_height);
	enum err err = ask(p, "Page.captureScreenshot", params, &r, why);
	if (err)
		return err;
	buf_init(&png, 64u << 20);
	p->picture = memfd_create("platen-page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (p->picture < 0 || !base64_decode(json_string(json_get(r, "data")), &png) ||
	    write(p->picture, png.ptr, png.len) != (ssize_t)png.len ||
	    fcntl(p->picture, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK))
		err = why_fail(why, E_DOCUMENT, "Chromium gave no picture of the page");
	buf_finish(&png);
	return err;
}

static void close_page(struct page *p)
{
	const struct json *r;
	char params[128];

	if (!p->context[0])
		return;
	snprintf(params, sizeof(params), "{\"browserContextId\":\"%s\"}", p->context);
	p->web->give_up_fd = -1;
	devtools_call(p->web, "", "Target.disposeBrowserContext", params, &r, NULL);
}

static enum err draw_page(struct page *p, struct str html, struct why *why)
{
	const struct abilities *a = &p->options->abilities;
	uint32_t wish = p->options->width_dots;
	uint32_t dots = wish && wish < a->width_dots ? wish : a->width_dots;

	p->css_width = (unsigned)(dots * CSS_DPI / a->dpi + 0.5);
	p->css_width = p->css_width ? p->css_width : 1;
	p->scale = (double)dots / p->css_width;
	enum err err = open_target(p, why);
	if (!err)
		err = set_up(p, why);
	if (!err)
		err = fill(p, html, why);
	if (!err)
		err = await_page(p, why);
	if (!err)
		err = measure(p, why);
	return err ? err : shoot(p, why);
}

/* --- requests ---------------------------------------------------------------------- */

static void stop_browser(struct web *w)
{
	if (w->running)
		devtools_close(&w->devtools);
	w->running = false;
	w->pages = 0;
}

static enum err draw(struct web *w, const struct render_options *o, struct str html, int socket,
    struct page *p, struct why *why)
{
	enum err err = E_OK;
	int64_t wall = o->wall_ms > 0 ? o->wall_ms : WALL_MS;

	if (w->pages >= PAGES_MAX)
		stop_browser(w);
	if (!w->running) {
		err = devtools_open(&w->devtools, why);
		w->running = true;
	}
	*p = (struct page){ .web = &w->devtools, .options = o, .picture = -1 };
	w->devtools.give_up_fd = socket;
	w->devtools.deadline = clock_mono() + (wall < WALL_MAX_MS ? wall : WALL_MAX_MS);
	if (!err) {
		err = draw_page(p, html, why);
		close_page(p);
		w->pages++;
	}
	if (err && err != E_DOCUMENT && err != E_TOO_LARGE)
		stop_browser(w); /* it may be stuck, or gone */
	return err;
}

static void answer(int socket, enum err err, const struct why *why, const struct page *p)
{
	struct ending e = { .err = err };
	struct buf out;

	buf_init(&out, ENDING_BYTES_MAX + 1);
	buf_add_byte(&out, err ? ANSWER_ENDED : ANSWER_PICTURE);
	if (err)
		e.why = *why;
	str_copy(e.note.engine, sizeof(e.note.engine), STR("chromium"));
	str_copy(e.note.warning, sizeof(e.note.warning), str_of(p->warning));
	ending_write(&e, &out);
	message_send(socket, buf_str(&out), &p->picture, err ? 0 : 1, MSG_DONTWAIT);
	buf_finish(&out);
}

static void serve(struct web *w, struct str message, const int fds[REQUEST_FDS])
{
	struct render_request r;
	struct page p = { .picture = -1 };
	struct why why;
	enum err err = request_read(message, &r, &why);
	off_t size = err ? 0 : lseek(fds[REQUEST_DOCUMENT], 0, SEEK_END);
	char *html = size > 0 && size <= (off_t)PAGE_BYTES_MAX
	    ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fds[REQUEST_DOCUMENT], 0)
	    : MAP_FAILED;

	if (!err && html == MAP_FAILED)
		err = why_fail(&why, E_TOO_LARGE, "The page is empty or too large");
	if (!err)
		err = draw(w, &r.options, (struct str){ html, (size_t)size }, fds[REQUEST_SOCKET],
		    &p, &why);
	answer(fds[REQUEST_SOCKET], err, &why, &p);
	if (p.picture >= 0)
		close(p.picture);
	if (html != MAP_FAILED)
		munmap(html, (size_t)size);
}

/* What the browser mutters is for its own developers. */
static void hush(void)
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nowhere < 0)
		return;
	dup2(nowhere, 2);
	close(nowhere);
}

int web_run(int fd)
{
	static struct web w;
	static uint8_t bytes[REQUEST_BYTES_MAX];
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int fds[REQUEST_FDS];
	struct why why;
	ssize_t got = 1;

	if (cage_floor(&why)) {
		fprintf(stderr, "platen-render: %s\n", why.text);
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, 0); /* the end of `fd` tells as much, and lets us tidy up */
	hush();
	while (got > 0 && poll(&wait, 1, IDLE_MS) > 0) {
		got = message_receive(fd, bytes, sizeof(bytes), fds, REQUEST_FDS, 0);
		if (got > 0 && fds[REQUEST_SOCKET] >= 0)
			serve(&w, (struct str){ (const char *)bytes, (size_t)got }, fds);
		for (size_t i = 0; got > 0 && i < REQUEST_FDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	stop_browser(&w);
	return 0;
}
