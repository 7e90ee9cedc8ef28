/*
 * One call, one conversation: send the document, pass on the steps as they
 * come, each one checked, until the ending. What platen-render cannot draw right
 * goes on to Chromium, and comes back as a picture.
 */
#include "render/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha.h"
#include "render/keeper.h"
#include "render/message.h"
#include "render/spool.h"
#include "sys/clock.h"

#define WAIT_MS 60000 /* for a place among those that are drawn */
#define WALL_MS 5000

/* One request and what came of it. */
struct talk {
	const struct sheet_sink *sink;
	int cancel_fd;
	int socket;
	struct spool_reader spool;
	struct tally tally;
	struct run *runs;
	int64_t deadline;
	bool ended, lost;     /* an ending came; the other side went without one */
	size_t steps;
	int picture;          /* a memfd to be rendered instead, or -1 */
	struct ending ending;
};

/* --- the document ------------------------------------------------------------------ */

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* Sealed, so that the child may read it in place. */
static int document_fd(const struct document *doc)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	int fd = memfd_create("platen-document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 && (!write_all(fd, doc->bytes, doc->len) || fcntl(fd, F_ADD_SEALS, seals))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void make_key(const struct document *doc, const struct render_options *o, uint8_t *key)
{
	struct sha256 *sha = sha256_begin();
	struct buf options;

	buf_init(&options, REQUEST_BYTES_MAX);
	request_write_options(o, &options);
	sha256_add(sha, buf_str(&options));
	sha256_add(sha, (struct str){ (const char *)doc->bytes, doc->len });
	sha256_end(sha, key);
	buf_finish(&options);
}

/* --- the answer -------------------------------------------------------------------- */

static enum err take_step(struct talk *t, struct str bytes, struct why *why)
{
	struct step step;
	enum err err = step_read(bytes, &step, t->runs, why);
	if (!err)
		err = tally_step(&t->tally, &step, why);
	if (err == E_FIELD)
		return why_fail(why, E_DOCUMENT, "Drawing the document gave no sensible result");
	t->steps++;
	return err ? err : t->sink->put(&step, t->sink->arg, why);
}

static enum err take_ending(struct talk *t, struct str bytes, struct why *why)
{
	t->ended = true;
	if (ending_read(bytes, &t->ending, why) || (!t->ending.err && t->tally.open))
		return why_fail(why, E_DOCUMENT, "Drawing the document gave no sensible result");
	return E_OK;
}

static enum err drain(struct talk *t, struct why *why)
{
	struct str bytes;
	enum err err = E_OK;
	int kind;

	while (!err && !t->ended && (kind = spool_next(&t->spool, &bytes)))
		err = kind == RECORD_STEP ? take_step(t, bytes, why) : take_ending(t, bytes, why);
	if (!err && t->spool.broken)
		err = why_fail(why, E_DOCUMENT, "Drawing the document gave no sensible result");
	return err;
}

static enum err wait_answer(const struct talk *t, struct why *why)
{
	struct pollfd fds[] = {
		{ .fd = t->socket, .events = POLLIN }, { .fd = t->cancel_fd, .events = POLLIN },
	};
	for (;;) {
		int64_t left = t->deadline - clock_mono();
		int ready = poll(fds, COUNT_OF(fds), left > 0 ? (int)left : 0);
		if (ready < 0 && errno == EINTR)
			continue;
		if (fds[1].revents)
			return why_fail(why, E_CANCELLED, NULL);
		if (ready > 0)
			return E_OK;
		return why_fail(why, E_TIMEOUT, "The document was not drawn in time");
	}
}

static enum err take_answer(struct talk *t, struct why *why)
{
	uint8_t bytes[1 + ENDING_BYTES_MAX];
	int fd;
	ssize_t got = message_receive(t->socket, bytes, sizeof(bytes), &fd, 1, 0);
	enum err err = E_OK;

	if (got > 0 && bytes[0] == ANSWER_CACHED && fd >= 0) {
		close(t->spool.fd);
		t->spool.fd = fd;
	} else if (got > 0 && bytes[0] == ANSWER_PICTURE && fd >= 0) {
		t->picture = fd;
		t->ended = true;
		err = take_ending(t, (struct str){ (char *)bytes + 1, (size_t)got - 1 }, why);
	} else if (fd >= 0) {
		close(fd);
	}
	if (!err && t->picture < 0)
		err = drain(t, why); /* also what came before an end */
	if (err || t->ended)
		return err;
	if (got > 0 && bytes[0] == ANSWER_ENDED)
		return take_ending(t, (struct str){ (char *)bytes + 1, (size_t)got - 1 }, why);
	t->lost = t->ended = got <= 0;
	return E_OK;
}

/* --- a conversation ---------------------------------------------------------------- */

static enum err send_request(struct talk *t, enum post post, const struct render_request *r,
    int document, int socket, struct why *why)
{
	const int fds[] = { document, t->spool.fd, socket };
	int to = keeper_post(post);
	struct buf out;
	enum err err = E_OK;

	buf_init(&out, REQUEST_BYTES_MAX);
	request_write(r, &out);
	while (!err && !message_send(to, buf_str(&out), fds, COUNT_OF(fds), MSG_DONTWAIT)) {
		struct pollfd full[] = {
			{ .fd = to, .events = POLLOUT }, { .fd = t->cancel_fd, .events = POLLIN },
		};
		if (errno != EAGAIN || clock_mono() >= t->deadline)
			err = why_fail(why, E_RENDERER, "platen-render cannot be reached");
		else if (poll(full, COUNT_OF(full), 100) > 0 && full[1].revents)
			err = why_fail(why, E_CANCELLED, NULL);
	}
	buf_finish(&out);
	return err;
}

static enum err converse(struct talk *t, enum post post, const struct render_request *r,
    int document, struct why *why)
{
	int pair[2] = { -1, -1 };
	enum err err;

	t->spool = (struct spool_reader){ .fd = spool_create() };
	buf_init(&t->spool.copy, STEP_BYTES_MAX + 1);
	if (document < 0 || t->spool.fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		err = why_errno(why, E_INTERNAL, errno, "There is no room to draw the document");
	} else {
		t->socket = pair[0];
		t->deadline = clock_mono() + WAIT_MS +
		    (r->options.wall_ms > 0 ? r->options.wall_ms : WALL_MS);
		err = send_request(t, post, r, document, pair[1], why);
		close(pair[1]);
		while (!err && !t->ended)
			if (!(err = wait_answer(t, why)))
				err = take_answer(t, why);
		close(pair[0]);
	}
	if (t->spool.fd >= 0)
		close(t->spool.fd);
	buf_finish(&t->spool.copy);
	return err;
}

/* Once more when the process went away before it had begun: that was not the document's fault. */
static enum err ask(struct talk *t, enum post post, const struct render_request *r,
    int document, struct why *why)
{
	struct run runs[STEP_RUNS_MAX];
	const struct talk fresh = {
		.sink = t->sink, .cancel_fd = t->cancel_fd, .runs = runs, .picture = -1,
	};
	enum err err = E_OK;

	for (int i = 0; i < 2; i++) {
		*t = fresh;
		err = converse(t, post, r, document, why);
		if (err || !t->lost || t->steps > 0)
			break;
	}
	if (!err && t->lost)
		return why_fail(why, E_DOCUMENT, "Drawing the document ended without a word");
	if (!err && t->ending.err) {
		*why = t->ending.why;
		err = t->ending.err;
	}
	return err;
}

/* --- which engine ------------------------------------------------------------------ */

/* As wide as it comes; never remembered, a page may look different each time. */
static enum err draw_picture(struct talk *t, const struct render_request *page, int picture,
    struct why *why)
{
	const struct render_note note = t->ending.note;
	struct render_request r = *page;
	enum err err;

	random_bytes(r.key, sizeof(r.key));
	str_copy(r.options.type, sizeof(r.options.type), STR(TYPE_PNG));
	r.options.width_dots = 0;
	err = ask(t, POST_CELLS, &r, picture, why);
	close(picture);
	t->ending.note = note;
	return err;
}

static enum err draw_page(struct talk *t, const struct render_request *r, int document,
    struct why *why)
{
	enum err err = ask(t, POST_WEB, r, document, why);
	if (!err && t->picture >= 0)
		return draw_picture(t, r, t->picture, why);
	if (t->picture >= 0)
		close(t->picture);
	return err ? err : why_fail(why, E_DOCUMENT, "Chromium gave no picture");
}

static enum err draw(struct talk *t, struct render_request *r, int document, struct why *why)
{
	struct why missing;
	bool html = strcmp(r->options.type, TYPE_HTML) == 0;
	enum err err;

	if (html && r->options.engine == ENGINE_CHROMIUM)
		return draw_page(t, r, document, why);
	err = ask(t, POST_CELLS, r, document, why);
	if (!err || !t->ending.handover || t->steps > 0 || r->options.engine != ENGINE_AUTO)
		return err;
	err = draw_page(t, r, document, &missing);
	if (err != E_RENDERER) {
		if (err)
			*why = missing;
		return err;
	}
	r->options.engine = ENGINE_BUILTIN;
	r->key[1] ^= 0xff;
	err = ask(t, POST_CELLS, r, document, why);
	if (err && t->ending.handover)
		*why = missing;
	return err && t->ending.handover ? E_RENDERER : err;
}

static enum err render(const struct document *doc, const struct render_options *o,
    int cancel_fd, const struct sheet_sink *sink, struct render_note *note, struct why *why)
{
	struct talk t = { .sink = sink, .cancel_fd = cancel_fd, .picture = -1 };
	struct render_request r = { .options = *o };
	enum err err;

	if (keeper_post(POST_CELLS) < 0)
		return why_fail(why, E_RENDERER, "platen-render is not running");
	make_key(doc, o, r.key);
	int document = document_fd(doc);
	err = draw(&t, &r, document, why);
	if (document >= 0)
		close(document);
	*note = t.ending.note;
	return err;
}

static bool takes(const char *type)
{
	static const char *const types[] = {
		TYPE_TEXT, TYPE_HTML, TYPE_PDF, TYPE_PNG, TYPE_JPEG, TYPE_GIF, TYPE_BMP,
		TYPE_WEBP, TYPE_SVG, TYPE_RECEIPT, TYPE_RECEIPTLINE,
	};
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

enum err renderer_open(const char *path, struct why *why)
{
	return keeper_open(path, why);
}

void renderer_close(void)
{
	keeper_close();
}

const struct renderer renderer_caged = {
	.takes = takes,
	.render = render,
};
