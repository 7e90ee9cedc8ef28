/*
 * Socket.IO packets: what is taken is of the shape that its type promises, its
 * slices lie in the text, and written anew it is taken again with the same meaning.
 */
#include <string.h>

#include "fuzz.h"
#include "net/sio_packet.h"

static bool is_inside(struct str part, struct str text)
{
	return part.ptr >= text.ptr && part.ptr + part.len <= text.ptr + text.len;
}

static void check(const struct sio_packet *p, struct str text)
{
	const struct json *root = p->doc ? json_root(p->doc) : NULL;

	MUST(p->type <= SIO_BINARY_ACK);
	MUST(p->ack >= SIO_NO_ACK);
	MUST(p->name_space.len > 0 && p->name_space.ptr[0] == '/');
	MUST(str_is(p->name_space, "/") || is_inside(p->name_space, text));
	MUST(!memchr(p->name_space.ptr, ',', p->name_space.len));
	if (root)
		MUST(is_inside(json_source(root), text));
	if (p->type == SIO_EVENT || p->type == SIO_BINARY_EVENT)
		MUST(json_count(root) > 0);
}

static void write_anew(const struct sio_packet *p)
{
	struct str json = p->doc ? json_source(json_root(p->doc)) : STR_NONE;
	struct sio_packet again;
	enum eio_type type;
	struct str rest;
	struct buf out;

	if (p->type > SIO_CONNECT_ERROR)
		return;
	buf_init(&out, 1 << 24);
	sio_packet_write(&out, p->type, p->name_space, p->ack, json);
	MUST(eio_parse(buf_str(&out), &type, &rest) && type == EIO_MESSAGE);
	MUST(sio_packet_parse(rest, &again));
	MUST(again.type == p->type && again.ack == p->ack);
	MUST(str_eq(again.name_space, p->name_space));
	MUST((again.doc != NULL) == (p->doc != NULL));
	if (p->doc)
		MUST(str_eq(json_source(json_root(again.doc)), json));
	sio_packet_finish(&again);
	buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = { (const char *)bytes, size };
	struct sio_packet p;
	struct eio_open open;
	enum eio_type type;
	struct str rest;

	if (eio_parse(text, &type, &rest))
		MUST(type <= EIO_NOOP && rest.len == size - 1);
	if (eio_parse_open(text, &open))
		MUST(open.ping_interval_ms > 0 && open.ping_timeout_ms > 0 &&
		    open.max_payload >= 0);
	if (sio_packet_parse(text, &p)) {
		check(&p, text);
		write_anew(&p);
	} else {
		MUST(!p.doc);
	}
	sio_packet_finish(&p);
	return 0;
}
