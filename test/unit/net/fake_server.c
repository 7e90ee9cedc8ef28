/* See fake_server.h. */
#include "fake_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha.h"
#include "base/text.h"

static struct str find_key(struct str request)
{
	struct str line = STR_NONE;

	while (request.len > 0 && !str_starts(line, "Sec-WebSocket-Key: "))
		line = str_trim(str_cut(request, '\n', &request));
	return str_from(line, strlen("Sec-WebSocket-Key: "));
}

void fake_server_accept(struct conn *c, struct buf *reply)
{
	struct str key = find_key(buf_str(fake_output(c)));
	uint8_t digest[20];
	struct buf text;

	buf_init(&text, 100);
	buf_add_str(&text, key);
	buf_puts(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	sha1(buf_str(&text), digest);
	buf_puts(reply, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
	    "Connection: keep-alive, upgrade\r\nSec-WebSocket-Accept: ");
	base64_encode((struct str){ (const char *)digest, sizeof(digest) }, reply);
	buf_puts(reply, "\r\n\r\n");
	buf_finish(&text);
}

struct conn *fake_server_open(void)
{
	struct buf reply;
	struct conn *c;

	fake_pass(0);
	c = fake_dialled();
	if (!c)
		abort();
	fake_answer(c);
	buf_init(&reply, 1000);
	fake_server_accept(c, &reply);
	fake_output_clear(c);
	fake_feed(c, buf_str(&reply));
	buf_finish(&reply);
	return c;
}

void fake_server_frame(struct buf *out, unsigned first, struct str payload)
{
	size_t extra = payload.len < 126 ? 0 : payload.len < 65536 ? 2 : 8;

	buf_add_byte(out, (uint8_t)first);
	buf_add_byte(out, (uint8_t)(extra == 0 ? payload.len : extra == 2 ? 126 : 127));
	for (size_t i = extra; i > 0; i--)
		buf_add_byte(out, (uint8_t)((uint64_t)payload.len >> 8 * (i - 1)));
	buf_add_str(out, payload);
}

void fake_server_say(struct conn *c, struct str text)
{
	struct buf frame;

	buf_init(&frame, 1 << 24);
	fake_server_frame(&frame, 0x81, text);
	fake_feed(c, buf_str(&frame));
	buf_finish(&frame);
}

/* One frame from the start of `bytes`; what is behind it is left. */
static void hear_frame(struct str *bytes, struct buf *said)
{
	static const char names[16] = { [1] = 'T', [2] = 'B', [8] = 'X', [9] = 'P', [10] = 'Q' };
	const uint8_t *p = (const uint8_t *)bytes->ptr;
	size_t len = p[1] & 0x7F, at = 2, extra = len == 126 ? 2 : len == 127 ? 8 : 0;
	const uint8_t *mask;

	if (extra)
		len = 0;
	for (size_t i = 0; i < extra; i++)
		len = len << 8 | p[at++];
	mask = p + at;
	at += 4;
	if (!(p[1] & 0x80) || (p[0] & 0xF0) != 0x80 || at + len > bytes->len) {
		buf_puts(said, "!");
		*bytes = STR_NONE;
		return;
	}
	buf_printf(said, "%c(", names[p[0] & 15]);
	if ((p[0] & 15) == 8 && len >= 2)
		buf_printf(said, "%d", (p[at] ^ mask[0]) << 8 | (p[at + 1] ^ mask[1]));
	for (size_t i = 0; i < len && (p[0] & 15) != 8; i++)
		buf_add_byte(said, p[at + i] ^ mask[i % 4]);
	buf_puts(said, ")");
	*bytes = str_from(*bytes, at + len);
}

void fake_server_hear(struct conn *c, struct buf *said)
{
	struct str bytes = buf_str(fake_output(c));

	while (bytes.len > 0)
		hear_frame(&bytes, said);
	fake_output_clear(c);
}
