/*
 * Frames that leave: never fragmented, masked if we are the client (RFC 6455
 * sections 5.2 and 5.3).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/ws_priv.h"

#define FIN 0x80
#define MASKED 0x80
#define LENGTH_16 126
#define LENGTH_64 127

struct ws_frame {
	size_t len, head_len;
	uint8_t bytes[];
};

size_t ws_frame_head(enum ws_opcode opcode, size_t len, const uint8_t *mask,
    uint8_t head[static WS_HEAD_MAX])
{
	size_t extra = len <= WS_CONTROL_MAX ? 0 : len <= UINT16_MAX ? 2 : 8;

	head[0] = (uint8_t)(FIN | opcode);
	head[1] = (uint8_t)(extra == 0 ? len : extra == 2 ? LENGTH_16 : LENGTH_64);
	for (size_t i = 0; i < extra; i++)
		head[2 + i] = (uint8_t)((uint64_t)len >> 8 * (extra - 1 - i));
	if (!mask)
		return 2 + extra;
	head[1] |= MASKED;
	memcpy(head + 2 + extra, mask, WS_MASK_BYTES);
	return 2 + extra + WS_MASK_BYTES;
}

void ws_frame_mask(const uint8_t mask[static WS_MASK_BYTES], size_t at, struct str bytes,
    char *to)
{
	for (size_t i = 0; i < bytes.len; i++)
		to[i] = (char)((uint8_t)bytes.ptr[i] ^ mask[(at + i) % WS_MASK_BYTES]);
}

struct ws_frame *ws_frame_text(struct str text)
{
	struct ws_frame *frame = mem_alloc(sizeof(*frame) + WS_HEAD_MAX + text.len);

	frame->len = frame->head_len = ws_frame_head(WS_TEXT, text.len, NULL, frame->bytes);
	if (text.len > 0)
		memcpy(frame->bytes + frame->len, text.ptr, text.len);
	frame->len += text.len;
	return frame;
}

struct str ws_frame_bytes(const struct ws_frame *frame)
{
	return (struct str){ (const char *)frame->bytes, frame->len };
}

struct str ws_frame_payload(const struct ws_frame *frame)
{
	return str_from(ws_frame_bytes(frame), frame->head_len);
}

void ws_frame_release(struct ws_frame *frame)
{
	free(frame);
}
