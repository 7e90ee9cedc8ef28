/*
 * The first word of a request is the version of both sides: an upgrade while
 * the daemon runs shall not be misunderstood.
 */
#include "render/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pack.h"

#define FDS_MAX 4
#define TYPE_BYTES 64

static const char greeting[] = "platen-render " PLATEN_VERSION;

/* --- options ----------------------------------------------------------------------- */

static void write_abilities(const struct abilities *a, struct buf *out)
{
	pack_u32(out, a->width_dots);
	pack_u32(out, a->dpi);
	pack_u32(out, a->columns);
	pack_u32(out, a->columns_b);
	pack_u32(out, a->cell_height);
	pack_u32(out, a->cell_height_b);
	pack_u8(out, a->cutter);
	pack_u8(out, a->two_colour);
	pack_u32(out, a->codes);
	pack_u32(out, a->label_height);
	pack_u32(out, a->label_gap);
	size_t count = 0;
	while (a->codepages && a->codepages[count] && count < REQUEST_CODEPAGES_MAX)
		count++;
	pack_u8(out, (unsigned)count);
	for (size_t i = 0; i < count; i++)
		pack_str(out, str_of(a->codepages[i]));
}

static void read_abilities(struct unpack *u, struct render_request *r)
{
	struct abilities *a = &r->options.abilities;
	a->width_dots = unpack_u32(u, 1, 65535);
	a->dpi = unpack_u32(u, 1, 2400);
	a->columns = unpack_u32(u, 0, 1000);
	a->columns_b = unpack_u32(u, 0, 1000);
	a->cell_height = unpack_u32(u, 0, 1000);
	a->cell_height_b = unpack_u32(u, 0, 1000);
	a->cutter = unpack_u8(u, 0, 1);
	a->two_colour = unpack_u8(u, 0, 1);
	a->codes = unpack_u32(u, 0, UINT32_MAX);
	a->label_height = unpack_u32(u, 0, UINT32_MAX);
	a->label_gap = unpack_u32(u, 0, UINT32_MAX);
	unsigned count = unpack_u8(u, 0, REQUEST_CODEPAGES_MAX);
	for (unsigned i = 0; i < count; i++) {
		unpack_text(u, r->names[i], sizeof(r->names[i]));
		r->codepages[i] = r->names[i];
	}
	r->codepages[count] = NULL;
	a->codepages = count ? r->codepages : NULL;
}

void request_write_options(const struct render_options *o, struct buf *out)
{
	pack_str(out, str_of(o->type));
	write_abilities(&o->abilities, out);
	pack_u8(out, o->engine);
	pack_u8(out, o->halftone);
	pack_u8(out, o->threshold);
	pack_u32(out, o->width_dots);
	pack_str(out, str_of(o->encoding));
	pack_u8(out, o->scripts);
	pack_u8(out, o->raster);
	pack_u8(out, o->drawer);
	pack_i64(out, o->wall_ms);
}

static void read_options(struct unpack *u, struct render_request *r)
{
	struct render_options *o = &r->options;
	unpack_text(u, o->type, sizeof(o->type));
	read_abilities(u, r);
	o->engine = (enum engine)unpack_u8(u, ENGINE_AUTO, ENGINE_STRICT);
	o->halftone = (enum halftone_choice)unpack_u8(u, HALFTONE_AUTO, HALFTONE_BLUE_NOISE);
	o->threshold = (uint8_t)unpack_u8(u, 0, 255);
	o->width_dots = unpack_u32(u, 0, 65535);
	unpack_text(u, o->encoding, sizeof(o->encoding));
	o->scripts = unpack_u8(u, 0, 1);
	o->raster = unpack_u8(u, 0, 1);
	o->drawer = unpack_u8(u, 0, 1);
	o->wall_ms = unpack_i64(u);
}

/* --- request and ending ------------------------------------------------------------ */

void request_write(const struct render_request *r, struct buf *out)
{
	pack_str(out, str_of(greeting));
	buf_add(out, r->key, sizeof(r->key));
	request_write_options(&r->options, out);
}

enum err request_read(struct str bytes, struct render_request *r, struct why *why)
{
	struct unpack u = { .rest = bytes };
	memset(r, 0, sizeof(*r));
	if (!str_is(unpack_str(&u, sizeof(greeting)), greeting))
		return why_fail(why, E_RENDERER,
		    "platen-render is of another version than platend");
	struct str key = unpack_bytes(&u, sizeof(r->key));
	if (key.len)
		memcpy(r->key, key.ptr, key.len);
	read_options(&u, r);
	return unpack_done(&u) ? E_OK : why_fail(why, E_FIELD, "A malformed request");
}

void ending_write(const struct ending *e, struct buf *out)
{
	pack_u32(out, e->err);
	pack_str(out, str_of(e->err ? e->why.field : ""));
	pack_str(out, str_of(e->err ? e->why.text : ""));
	pack_str(out, str_of(e->note.engine));
	pack_str(out, str_of(e->note.warning));
	pack_u8(out, e->handover);
}

enum err ending_read(struct str bytes, struct ending *e, struct why *why)
{
	struct unpack u = { .rest = bytes };
	memset(e, 0, sizeof(*e));
	e->err = e->why.err = (enum err)unpack_u32(&u, 0, ERR_COUNT - 1);
	unpack_text(&u, e->why.field, sizeof(e->why.field));
	unpack_text(&u, e->why.text, sizeof(e->why.text));
	unpack_text(&u, e->note.engine, sizeof(e->note.engine));
	unpack_text(&u, e->note.warning, sizeof(e->note.warning));
	e->handover = unpack_u8(&u, 0, 1);
	return unpack_done(&u) ? E_OK : why_fail(why, E_FIELD, "A malformed ending");
}

/* --- messages ---------------------------------------------------------------------- */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

bool message_send(int fd, struct str bytes, const int *fds, size_t count, int flags)
{
	union control control = { 0 };
	struct iovec part = { (void *)(uintptr_t)bytes.ptr, bytes.len };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count > 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	ssize_t sent;
	do
		sent = sendmsg(fd, &m, flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)bytes.len;
}

/* Keep `count` of what came, close the rest: the other side decides how many it sends. */
static void take_fds(struct msghdr *m, int *fds, size_t count)
{
	size_t taken = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t came = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < came; i++) {
			int one;
			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if (taken < count)
				fds[taken++] = one;
			else
				close(one);
		}
	}
}

ssize_t message_receive(int fd, void *bytes, size_t size, int *fds, size_t count, int flags)
{
	union control control;
	struct iovec part = { bytes, size };
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control.bytes, .msg_controllen = sizeof(control),
	};
	for (size_t i = 0; i < count; i++)
		fds[i] = -1;
	ssize_t got;
	do
		got = recvmsg(fd, &m, flags | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	take_fds(&m, fds, count);
	return got;
}
