/*
 * The cage is closed before the request comes, so that the zygote can keep a
 * child ready and a document pays for neither the fork nor the cage.
 */
#include "render/cell.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "base/mem.h"
#include "render/engines.h"
#include "render/message.h"
#include "render/spool.h"
#include "sys/cage.h"

#define DOCUMENT_MAX (16u << 20)
#define REHEARSED_BYTES (4 << 20)
#define ROOM_BYTES (3u << 19) /* a picture of 576 x 2000 is inflated into such */

static const char *const readable[] = {
	"/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig",
	"/var/cache/fontconfig", "/usr/lib", "/lib", "/etc/ld.so.cache", "/usr/share/poppler",
	NULL,
};

static const struct cage cage = {
	.memory = 768u << 20, .file_bytes = 64u << 20, .cpu_seconds = 30, .files = 64,
	.reads = readable,
};

static const struct cage cage_of_programs = {
	.memory = 1024u << 20, .file_bytes = 64u << 20, .cpu_seconds = 30, .files = 64,
	.reads = readable, .programs = true,
};

struct cell {
	struct render_request request;
	int socket;
	struct spool spool;
	struct buf step;
	struct ending ending;
};

static void put(struct cell *c, enum record kind, struct str bytes)
{
	const char more = ANSWER_MORE;
	if (!spool_put(&c->spool, kind, bytes))
		_exit(CELL_BROKEN);
	/* When the socket is full, there are bells enough that nobody has heard yet. */
	message_send(c->socket, (struct str){ &more, 1 }, NULL, 0, MSG_DONTWAIT);
}

static enum err on_step(const struct step *s, void *arg, struct why *why)
{
	struct cell *c = arg;
	const char more = ANSWER_MORE;

	buf_clear(&c->step);
	step_write(s, &c->step);
	if (c->step.failed || !spool_put(&c->spool, RECORD_STEP, buf_str(&c->step)))
		return why_fail(why, E_TOO_LARGE, "The document becomes too large when drawn");
	message_send(c->socket, (struct str){ &more, 1 }, NULL, 0, MSG_DONTWAIT);
	return E_OK;
}

static struct str map_document(int fd)
{
	struct stat st;
	if (fstat(fd, &st) || st.st_size <= 0 || st.st_size > DOCUMENT_MAX)
		return STR_NONE;
	void *base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	return base == MAP_FAILED ? STR_NONE : (struct str){ base, (size_t)st.st_size };
}

static enum err draw(struct cell *c, struct str bytes, int fd)
{
	const struct render_options *o = &c->request.options;
	const struct engine_plug *engine = engine_find(o->type);
	struct ending *end = &c->ending;
	struct task task = {
		.bytes = bytes, .fd = fd, .options = o, .sink = { on_step, c }, .note = &end->note,
		.handover = &end->handover,
	};

	if (!engine && strcmp(o->type, TYPE_HTML) == 0)
		return task_handover(&task, &end->why, "HTML");
	if (!engine)
		return why_fail(&end->why, E_MEDIA, "There is no engine that draws %s", o->type);
	str_copy(end->note.engine, sizeof(end->note.engine), str_of(engine->name));
	return engine->draw(&task, &end->why);
}

static _Noreturn void serve(struct cell *c, const int fds[REQUEST_FDS])
{
	struct str bytes = map_document(fds[REQUEST_DOCUMENT]);
	struct buf out;

	c->socket = fds[REQUEST_SOCKET];
	if (!bytes.len || !spool_map(&c->spool, fds[REQUEST_SPOOL]))
		_exit(CELL_BROKEN);
	buf_init(&c->step, STEP_BYTES_MAX);
	c->ending.err = draw(c, bytes, fds[REQUEST_DOCUMENT]);
	buf_init(&out, ENDING_BYTES_MAX);
	ending_write(&c->ending, &out);
	put(c, RECORD_END, buf_str(&out));
	_exit(c->ending.err ? CELL_FAILED : CELL_DREW);
}

/* A child shares the memory of the zygote until it writes to it, page by page. What it
 * frees stays its own, so that the document finds it. */
static void rehearse(void)
{
	const struct engine_plug *engine;
	void *room;

	mallopt(M_TRIM_THRESHOLD, REHEARSED_BYTES);
	mallopt(M_MMAP_THRESHOLD, REHEARSED_BYTES);
	for (size_t i = 0; (engine = engine_at(i)); i++)
		if (engine->rehearse)
			engine->rehearse();
	room = malloc(ROOM_BYTES);
	if (room)
		explicit_bzero(room, ROOM_BYTES);
	free(room);
}

static void on_orphaned(int number)
{
	(void)number;
	kill(0, SIGKILL);
}

/* To end with the zygote, and whatever we have started with us: only their group knows of
 * those. A zygote that lives ends the group itself. */
static void lead_programs(void)
{
	struct sigaction all = { .sa_handler = on_orphaned };

	setpgid(0, 0);
	sigaction(SIGTERM, &all, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
}

_Noreturn void cell_run(int fd, bool programs)
{
	static struct cell c;
	uint8_t bytes[REQUEST_BYTES_MAX];
	int fds[REQUEST_FDS];
	struct why why;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (programs)
		lead_programs();
	else
		rehearse();
	if (cage_enter(programs ? &cage_of_programs : &cage, &why))
		_exit(CELL_BROKEN);
	ssize_t got = message_receive(fd, bytes, sizeof(bytes), fds, COUNT_OF(fds), 0);
	if (got <= 0)
		_exit(CELL_DREW); /* the zygote needs it no more */
	struct str message = { (const char *)bytes, (size_t)got };
	if (request_read(message, &c.request, &why) || fds[REQUEST_SOCKET] < 0)
		_exit(CELL_BROKEN);
	serve(&c, fds);
}
