/*
 * WebSocket frames: they mean the same in one piece and cut in pieces, text is
 * UTF-8 and no longer than allowed, and on_close comes once. The first byte
 * chooses the cuts.
 */
#include "base/buf.h"
#include "base/text.h"
#include "fake_conn.h"
#include "fuzz.h"
#include "net/ws.h"

#define MESSAGE_MAX 2000

struct run {
	struct buf log;
	struct buf out;
	unsigned closed;
};

static void on_text(struct ws *ws, struct str text, void *arg)
{
	struct run *run = arg;

	MUST(utf8_valid(text) && text.len <= MESSAGE_MAX);
	buf_printf(&run->log, "T%zu:%.*s", text.len, STR_ARG(text));
	if (str_is(text, "bye"))
		ws_close(ws, 4000, "so long");
	else
		ws_send_text(ws, text);
}

static void on_binary(struct ws *ws, struct str bytes, void *arg)
{
	struct run *run = arg;

	MUST(bytes.len <= MESSAGE_MAX);
	buf_printf(&run->log, "B%zu", bytes.len);
	ws_send_binary(ws, bytes);
}

static void on_close(struct ws *ws, uint16_t code, void *arg)
{
	struct run *run = arg;

	buf_printf(&run->log, "X%u", code);
	run->closed++;
}

static void on_head(struct http_request *r, void *arg)
{
	static const struct ws_limits limits = { .message_bytes = MESSAGE_MAX };
	static const struct ws_ops ops = { on_text, on_binary, on_close };

	ws_upgrade(r, &limits, &ops, arg);
}

static void on_request(struct http_request *r, void *arg)
{
	MUST(!"upgraded");
}

static void feed(struct conn *c, struct str bytes, unsigned step)
{
	while (bytes.len > 0) {
		fake_feed(c, str_head(bytes, step));
		bytes = str_from(bytes, step);
		step = step * 7 % 61 + 1;
	}
}

static void run_once(struct run *run, struct str bytes, unsigned step)
{
	static const struct http_ops ops = { on_head, on_request, NULL, NULL };
	struct http_service *s = http_service_create(fake_loop(), NULL, &ops, run);
	struct conn *c = fake_open(http_accept, s);

	buf_init(&run->log, 1 << 24);
	buf_init(&run->out, 1 << 24);
	fake_feed(c, STR("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
	fake_output_clear(c);
	feed(c, bytes, step);
	buf_add_str(&run->out, buf_str(fake_output(c)));
	fake_pass(100000);
	MUST(fake_is_closed(c) && run->closed == 1);
	fake_free(c);
	http_service_destroy(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct run whole = { 0 }, cut = { 0 };
	struct str text = { (const char *)bytes + 1, size - 1 };

	if (size < 2)
		return 0;
	run_once(&whole, text, (unsigned)size);
	run_once(&cut, text, bytes[0] % 60 + 1);
	MUST(str_eq(buf_str(&whole.log), buf_str(&cut.log)));
	MUST(str_eq(buf_str(&whole.out), buf_str(&cut.out)));
	buf_finish(&whole.log);
	buf_finish(&whole.out);
	buf_finish(&cut.log);
	buf_finish(&cut.out);
	return 0;
}
