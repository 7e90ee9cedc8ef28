/*
 * From bytes to messages. wslay takes frames apart and unmasks them; joining
 * fragments, and what RFC 6455 wants beyond one frame, is done here. The
 * reader, with wslay's 4 KiB inside, is made when bytes arrive and freed as
 * soon as no frame or message is half done.
 */
#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/ws_priv.h"

struct ws_reader {
	wslay_frame_context_ptr frames;
	struct str window;  /* received, not yet given to wslay */
	uint64_t given;     /* bytes given to wslay */
	uint64_t accounted; /* of those, in frames that it has told us of */
	uint64_t left;      /* payload of the current frame still to come */
	bool in_frame, final;
	bool skipping;   /* the message is too big and thrown away */
	uint8_t opcode;  /* of the current frame */
	uint8_t message; /* WS_TEXT or WS_BINARY while one is in progress, else 0 */
	struct buf text; /* of the message */
	size_t control_len;
	char control[WS_CONTROL_MAX];
};

static ssize_t give(uint8_t *to, size_t len, int flags, void *arg)
{
	struct ws_reader *r = arg;
	size_t n = len < r->window.len ? len : r->window.len;

	if (n == 0)
		return -1;
	memcpy(to, r->window.ptr, n);
	r->window = str_from(r->window, n);
	r->given += n;
	return (ssize_t)n;
}

static struct ws_reader *reader_create(const struct ws *ws)
{
	static const struct wslay_frame_callbacks callbacks = { .recv_callback = give };
	struct ws_reader *r = mem_alloc(sizeof(*r));

	if (wslay_frame_context_init(&r->frames, &callbacks, r)) {
		free(r);
		return NULL;
	}
	buf_init(&r->text, ws->limits.message_bytes);
	return r;
}

void ws_reader_destroy(struct ws_reader *r)
{
	if (!r)
		return;
	wslay_frame_context_free(r->frames);
	buf_finish(&r->text);
	free(r);
}

static bool is_idle(const struct ws_reader *r)
{
	return !r->in_frame && !r->message && r->given == r->accounted;
}

static bool is_control(uint8_t opcode)
{
	return opcode & 0x8;
}

/* Whether a frame of this kind may come now: 0, or the code to close with. */
static enum ws_code check_data(const struct ws *ws, const struct wslay_frame_iocb *f)
{
	const struct ws_reader *r = ws->reader;

	if ((f->opcode == WS_CONTINUATION) != (r->message != 0))
		return WS_PROTOCOL;
	if (f->opcode == WS_BINARY && !ws->ops.on_binary)
		return WS_UNACCEPTABLE;
	if (f->payload_length > r->text.max - r->text.len && !ws->ops.on_too_big)
		return WS_TOO_BIG;
	return 0;
}

/* The rest of the message is read but not kept. */
static void skip_if_too_big(struct ws_reader *r)
{
	if (is_control(r->opcode) || r->left <= r->text.max - r->text.len)
		return;
	r->skipping = true;
	buf_finish(&r->text);
}

static enum ws_code check_frame(const struct ws *ws, const struct wslay_frame_iocb *f)
{
	if (f->mask == ws->is_client || f->rsv)
		return WS_PROTOCOL;
	if (f->opcode <= WS_BINARY)
		return check_data(ws, f);
	if (f->opcode < WS_CLOSE || f->opcode > WS_PONG)
		return WS_PROTOCOL;
	return f->fin && f->payload_length <= WS_CONTROL_MAX ? 0 : WS_PROTOCOL;
}

/* Bytes of a frame before its payload; wslay insists on the shortest form. */
static unsigned head_length(const struct wslay_frame_iocb *f)
{
	unsigned extra = f->payload_length <= 125 ? 0 : f->payload_length <= UINT16_MAX ? 2 : 8;

	return 2 + extra + (f->mask ? WS_MASK_BYTES : 0);
}

static enum ws_code begin_frame(struct ws *ws, const struct wslay_frame_iocb *f)
{
	struct ws_reader *r = ws->reader;
	enum ws_code code = check_frame(ws, f);

	if (code)
		return code;
	r->in_frame = true;
	r->final = f->fin;
	r->opcode = f->opcode;
	r->left = f->payload_length;
	r->accounted += head_length(f);
	r->control_len = 0;
	if (f->opcode == WS_TEXT || f->opcode == WS_BINARY)
		r->message = f->opcode;
	skip_if_too_big(r);
	return 0;
}

static enum ws_code add_payload(struct ws_reader *r, const uint8_t *bytes, size_t len)
{
	r->accounted += len;
	r->left -= len;
	if (!is_control(r->opcode))
		return r->skipping || buf_add(&r->text, bytes, len) ? 0 : WS_TOO_BIG;
	if (len > 0)
		memcpy(r->control + r->control_len, bytes, len);
	r->control_len += len;
	return 0;
}

static enum ws_code end_message(struct ws *ws)
{
	struct ws_reader *r = ws->reader;
	struct str text = buf_str(&r->text);
	bool is_text = r->message == WS_TEXT;

	r->message = 0;
	if (r->skipping) {
		r->skipping = false;
		if (ws->state == WS_OPEN)
			ws->ops.on_too_big(ws, ws->arg);
		return 0;
	}
	if (is_text && !utf8_valid(text))
		return WS_NOT_UTF8;
	if (ws->state == WS_OPEN && is_text)
		ws->ops.on_text(ws, text, ws->arg);
	else if (ws->state == WS_OPEN)
		ws->ops.on_binary(ws, text, ws->arg);
	buf_clear(&r->text);
	return 0;
}

static enum ws_code end_frame(struct ws *ws)
{
	struct ws_reader *r = ws->reader;
	struct str control = { r->control, r->control_len };

	r->in_frame = false;
	if (!is_control(r->opcode))
		return r->final ? end_message(ws) : 0;
	if (r->opcode == WS_PING)
		ws_send(ws, WS_PONG, control);
	if (r->opcode == WS_CLOSE)
		ws_peer_closes(ws, control);
	return 0;
}

/* One piece of one frame. WANT_READ when wslay has eaten all we have. */
static ssize_t read_piece(struct ws *ws, enum ws_code *code)
{
	struct ws_reader *r = ws->reader;
	struct wslay_frame_iocb f;
	ssize_t n = wslay_frame_recv(r->frames, &f);

	if (n < 0)
		return n;
	if (!r->in_frame)
		*code = begin_frame(ws, &f);
	if (!*code)
		*code = add_payload(r, f.data, f.data_length);
	if (!*code && r->left == 0)
		*code = end_frame(ws);
	return n;
}

void ws_read(struct ws *ws, struct str bytes)
{
	enum ws_code code = 0;
	ssize_t n = 0;

	if (!ws->reader)
		ws->reader = reader_create(ws);
	if (!ws->reader) {
		ws_fail(ws, WS_POLICY);
		return;
	}
	ws->reader->window = bytes;
	while (n >= 0 && !code && ws->state != WS_CLOSED)
		n = read_piece(ws, &code);
	if (n < 0 && n != WSLAY_ERR_WANT_READ)
		code = WS_PROTOCOL;
	if (code)
		ws_fail(ws, code);
	if (ws->state == WS_CLOSED || is_idle(ws->reader)) {
		ws_reader_destroy(ws->reader);
		ws->reader = NULL;
	}
}
